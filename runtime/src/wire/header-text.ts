import { ServiceError } from "../error/service-error.ts";

/** Whether text can be a header's name: a token, RFC 9110 section 5.6.2. */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/**
 * Whether a header can hold the text: tabs and visible characters up to U+00FF (RFC 9110 section 5.5). Anything else
 * could end the header and begin another.
 */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** Headers that belong to one connection or frame one message: who sends a message makes them, and nobody else. */
export const framingHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether a header, in lower case, is of the connection or framing, and not passed on (RFC 9110 section 7.6.1). */
export function isFramingHeader(name: string): boolean {
  return framingHeaders.has(name);
}

/** The name of the first of these headers that can't be sent; undefined when all can. */
export function findBrokenHeader(headers: Iterable<readonly [string, string]>): string | undefined {
  for (const [name, value] of headers) if (!isHeaderName(name) || !isHeaderValue(value)) return name;
  return undefined;
}

/**
 * Refuses headers of a call that can't be sent; else each platform would fail in its own way, and as if the network
 * had failed.
 *
 * @throws {ServiceError} invalid_argument, `sent: "no"`.
 */
export function refuseBrokenHeaders(headers: Iterable<readonly [string, string]>, operation: string): void {
  const name = findBrokenHeader(headers);
  if (name === undefined) return;
  throw new ServiceError("invalid_argument", `header ${JSON.stringify(name)} has a name or a text that can't be sent`, {
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    operation,
  });
}
