import type { BodyCodec } from "../descriptor/http.ts";

/** A media type, lower-case, with its parameters. */
export interface MediaType {
  /** `type/subtype`, lower-case. */
  readonly essence: string;
  /** Lower-case names; values as written, unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

const cache = new Map<string, MediaType | null>();
const maxCached = 500;
const maxLength = 1000;

/** Reads a media type (RFC 9110 section 8.3.1); undefined when it is none. */
export function parseMediaType(text: string | null | undefined): MediaType | undefined {
  if (text === null || text === undefined || text.length > maxLength) return undefined;
  const known = cache.get(text);
  if (known !== undefined) return known ?? undefined;
  const parsed = parse(text);
  // Every sender draws boundaries of its own: these would push out what comes again.
  if (cache.size < maxCached && !parsed?.parameters.has("boundary")) cache.set(text, parsed ?? null);
  return parsed;
}

/** How well `actual` fits what a contract declares: 3 the same, 2 by `type/*`, 1 by any, 0 not. */
export function matchMediaType(declared: string, actual: MediaType): 0 | 1 | 2 | 3 {
  const wanted = parseMediaType(declared);
  if (wanted === undefined) return 0;
  if (wanted.essence === "*/*") return 1;
  if (wanted.essence.endsWith("/*")) return actual.essence.startsWith(wanted.essence.slice(0, -1)) ? 2 : 0;
  if (wanted.essence !== actual.essence) return 0;
  for (const [name, value] of wanted.parameters) {
    if (name !== "charset" && actual.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return 0;
  }
  return 3;
}

/** The declared entry that fits a received media type best; undefined when none does. */
export function pickMediaType<T extends { readonly mediaType: string }>(
  declared: readonly T[],
  actual: MediaType,
): T | undefined {
  let best: T | undefined;
  let bestScore = 0;
  for (const entry of declared) {
    const score = matchMediaType(entry.mediaType, actual);
    // The same types with other parameters: the one that asks for more wins.
    const parameters = parseMediaType(entry.mediaType)?.parameters.size ?? 0;
    const total = score * 100 + (score === 3 ? parameters : 0);
    if (score > 0 && total > bestScore) [best, bestScore] = [entry, total];
  }
  return best;
}

/**
 * What `Accept` (RFC 9110 section 12.5.1) prefers among `offered`: the highest weight, then the server's order.
 * Undefined when it refuses all. No header, or one that can't be read, accepts everything.
 */
export function negotiate(accept: string | null, offered: readonly string[]): string | undefined {
  const ranges = accept === null ? [] : parseAccept(accept);
  if (ranges.length === 0) return offered[0];
  let best: string | undefined;
  let bestWeight = 0;
  for (const offer of offered) {
    const type = parseMediaType(offer);
    if (type === undefined) continue;
    const weight = weightOf(ranges, type);
    if (weight > bestWeight) [best, bestWeight] = [offer, weight];
  }
  return best;
}

/** Whether a media type is JSON: `application/json`, `text/json` or `+json`. */
export function isJsonType(essence: string): boolean {
  return essence === "application/json" || essence === "text/json" || essence.endsWith("+json");
}

/** How a body of this media type is read where a contract says no more. */
export function codecOfMediaType(essence: string): BodyCodec {
  if (isJsonType(essence)) return "json";
  if (essence === "application/x-www-form-urlencoded") return "form";
  if (essence === "multipart/form-data") return "multipart";
  return essence.startsWith("text/") ? "text" : "binary";
}

interface AcceptRange {
  readonly type: MediaType;
  readonly weight: number;
}

function parseAccept(text: string): AcceptRange[] {
  return splitOutsideQuotes(text.slice(0, 4000), ",")
    .slice(0, 100)
    .flatMap((part) => {
      const type = parseMediaType(part.trim() === "*" ? "*/*" : part);
      if (type === undefined) return [];
      const weight = Number(type.parameters.get("q") ?? "1");
      return [{ type, weight: weight >= 0 && weight <= 1 ? weight : 0 }];
    });
}

function weightOf(ranges: readonly AcceptRange[], offer: MediaType): number {
  let weight = 0;
  let precision = 0;
  for (const range of ranges) {
    const parameters = [...range.type.parameters].filter(([name]) => name !== "q" && name !== "charset");
    const fits =
      range.type.essence === "*/*"
        ? 1
        : range.type.essence.endsWith("/*")
          ? offer.essence.startsWith(range.type.essence.slice(0, -1))
            ? 2
            : 0
          : range.type.essence === offer.essence &&
              parameters.every(([name, value]) => offer.parameters.get(name)?.toLowerCase() === value.toLowerCase())
            ? 3 + parameters.length
            : 0;
    if (fits > precision) [precision, weight] = [fits, range.weight];
  }
  return weight;
}

function parse(text: string): MediaType | undefined {
  const [first = "", ...rest] = splitOutsideQuotes(text, ";");
  const essence = first.trim().toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/.test(essence)) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    const raw = part.slice(at + 1).trim();
    const value = raw.startsWith('"') ? raw.slice(1, raw.endsWith('"') ? -1 : undefined).replace(/\\(.)/g, "$1") : raw;
    parameters.set(part.slice(0, at).trim().toLowerCase(), value);
  }
  return { essence, parameters };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
