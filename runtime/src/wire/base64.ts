/** Bytes as base64 text, RFC 4648 section 4, with padding. */
export function base64Encode(bytes: Uint8Array): string {
  let text = "";
  // In slices, because the arguments of one call are limited by the stack.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** The bytes of base64 text, padded or not; undefined when it is none. */
export function base64Decode(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, "").length % 4 === 1) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
