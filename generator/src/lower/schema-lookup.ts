import type { Loaded, LoadedDocument, RefTarget } from "../load/loaded.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { escapeSegment, unescapeSegment } from "./names.ts";

/** A `$ref` may lead to another one this many times. */
const maxHops = 100;

/** The object at the end of a chain of `$ref`s, with the document it stands in; undefined when broken or circular. */
export function followRefs(
  loaded: Loaded,
  value: JsonValue | undefined,
  document: LoadedDocument,
): { readonly value: JsonValue; readonly document: LoadedDocument } | undefined {
  let current = value;
  let home = document;
  for (let hop = 0; hop < maxHops; hop++) {
    if (current === undefined) return undefined;
    if (!isObject(current) || typeof current["$ref"] !== "string") return { value: current, document: home };
    const target = loaded.refs.get(current);
    if (target === undefined) return undefined;
    current = target.value;
    home = target.document;
  }
  return undefined;
}

/** The value at a JSON Pointer of a document, as a target; undefined when there is none. */
export function lookUp(document: LoadedDocument, pointer: string): RefTarget | undefined {
  let value: JsonValue = document.root;
  let range = keyRangeOfRoot(document);
  const segments = pointer.split("/").slice(1).map(unescapeSegment);
  for (const segment of segments) {
    const holder: JsonValue = value;
    const next: JsonValue | undefined = isArray(holder)
      ? holder[Number(segment)]
      : isObject(holder) && Object.hasOwn(holder, segment)
        ? holder[segment]
        : undefined;
    if (next === undefined) return undefined;
    range =
      (isArray(holder) ? rangeOf(holder, Number(segment)) : rangeOf(holder as JsonObject, segment, "key")) ?? range;
    value = next;
  }
  return { document, pointer: pointer === "" ? "" : `/${segments.map(escapeSegment).join("/")}`, value, range };
}

/** The range of a document as a whole. */
export function keyRangeOfRoot(document: LoadedDocument): SourceRange {
  return (
    (typeof document.root === "object" && document.root !== null ? rangeOf(document.root) : undefined) ?? {
      file: document.file,
      start: 0,
      end: 0,
    }
  );
}
