/** The URI of a file that says none: relative to the contract directory, as a `file:` URI. */
export function fileUri(path: string): string {
  return `file:///${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** A reference as an absolute URI without fragment (RFC 3986 section 5); undefined when it can't be read as one. */
export function resolveUri(reference: string, base: string): string | undefined {
  const hash = reference.indexOf("#");
  const text = hash === -1 ? reference : reference.slice(0, hash);
  if (text === "") return base;
  return URL.canParse(text, base) ? new URL(text, base).href : undefined;
}
