import { isArray, isObject, rangeOf } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";
import type { SourceFile, SourceRange } from "../source/source-file.ts";
import { decodePercent } from "./paths.ts";

/** The tokens of a JSON Pointer in a URI fragment (RFC 6901 section 6), decoded. */
export function parsePointer(fragment: string): readonly string[] {
  return fragment
    .split("/")
    .slice(1)
    .map((token) => unescapeToken(decodePercent(token)));
}

/** The tokens of a JSON Pointer that isn't part of a URI: nothing is percent-decoded. */
export function splitPointer(pointer: string): readonly string[] {
  return pointer.split("/").slice(1).map(unescapeToken);
}

/** The canonical text of a pointer: `/paths/~1payments/post`. */
export function formatPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function unescapeToken(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The entry of an object or array that a token names. */
export function getEntry(container: JsonValue, token: string): JsonValue | undefined {
  if (isObject(container)) return container[token];
  if (!isArray(container) || !/^(?:0|[1-9][0-9]*)$/.test(token)) return undefined;
  return container[Number(token)];
}

/** From the key of an entry to the end of its value. */
export function entryRange(container: JsonValue, token: string, file: SourceFile): SourceRange {
  if (typeof container !== "object" || container === null) return { file, start: 0, end: 0 };
  const entry = isArray(container) ? Number(token) : token;
  const key = rangeOf(container, entry, "key");
  const value = rangeOf(container, entry);
  if (key === undefined || value === undefined) return { file, start: 0, end: 0 };
  return { file: key.file, start: key.start, end: value.file === key.file ? Math.max(value.end, key.end) : key.end };
}

/** What kind of value this is, for messages. */
export function describeValue(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (isArray(value)) return "an array";
  if (isObject(value)) return "an object";
  if (typeof value === "string") return value.length > 40 ? "a string" : JSON.stringify(value);
  return `the ${typeof value} ${String(value)}`;
}
