/** What stays readable in percent-encoded text. */
export type Reserved = "none" | "query" | "path";

const encoder = new TextEncoder();

/** Reserved characters that `allowReserved` leaves alone; those that would end or split the part are always encoded. */
const keptByPlace: Readonly<Record<Reserved, RegExp>> = {
  none: /[A-Za-z0-9\-._~]/,
  query: /[A-Za-z0-9\-._~:/?@!$'()*,;=]/,
  path: /[A-Za-z0-9\-._~:@!$&'()*+,;=]/,
};

/**
 * Percent-encodes everything but unreserved characters (RFC 3986 section 2.3), and with `reserved` also leaves reserved
 * characters that are safe there, and percent-encoded triples that the text already holds (RFC 6570 section 3.2.3).
 * Lone surrogates become U+FFFD.
 */
export function percentEncode(text: string, reserved: Reserved = "none"): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(text)) return text;
  const kept = keptByPlace[reserved];
  let out = "";
  for (let at = 0; at < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (kept.test(character)) out += character;
    else if (reserved !== "none" && /^%[0-9A-Fa-f]{2}/.test(text.slice(at, at + 3))) out += "%";
    else for (const byte of encoder.encode(character)) out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    at += character.length;
  }
  return out;
}

/** The text of percent-encoded UTF-8; undefined when a triple is broken or the bytes are no UTF-8. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // URIError is the only way that decodeURIComponent has to say that the text is malformed.
    return undefined;
  }
}

/** As `percentDecode`, with `+` as a space, as forms write it. */
export function queryDecode(text: string): string | undefined {
  return percentDecode(text.includes("+") ? text.replaceAll("+", " ") : text);
}
