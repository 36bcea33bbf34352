import type { LoadedDocument, RefTarget } from "../load/loaded.ts";
import { isArray, isObject, type JsonValue } from "../source/json.ts";
import { escapeSegment } from "./names.ts";
import { lookUp } from "./schema-lookup.ts";

/** Anchors of a document are found by walking it this deep. */
const maxDepth = 200;

const anchorsByDocument = new WeakMap<LoadedDocument, ReadonlyMap<string, string>>();

/**
 * What a `$dynamicRef` or `$recursiveRef` leads to within its document: the schema with that anchor, or at that pointer.
 * The dynamic scope is known only at run time; without it this is the target that JSON Schema 2020-12 starts from.
 */
export function dynamicTarget(document: LoadedDocument, reference: string): RefTarget | undefined {
  if (!reference.startsWith("#")) return undefined;
  const fragment = reference.slice(1);
  if (fragment === "" || fragment.startsWith("/")) {
    return fragment === "" && document.kind !== "jsonSchema" ? undefined : lookUp(document, fragment);
  }
  const pointer = anchorsOf(document).get(fragment);
  return pointer === undefined ? undefined : lookUp(document, pointer);
}

function anchorsOf(document: LoadedDocument): ReadonlyMap<string, string> {
  const known = anchorsByDocument.get(document);
  if (known !== undefined) return known;
  const anchors = new Map<string, string>();
  collectAnchors(document.root, "", anchors);
  anchorsByDocument.set(document, anchors);
  return anchors;
}

function collectAnchors(value: JsonValue, pointer: string, anchors: Map<string, string>, depth: number = 0): void {
  if (depth > maxDepth) return;
  if (isArray(value)) {
    value.forEach((entry, index) => collectAnchors(entry, `${pointer}/${index}`, anchors, depth + 1));
  } else if (isObject(value)) {
    for (const keyword of ["$dynamicAnchor", "$anchor"]) {
      const anchor = value[keyword];
      if (typeof anchor === "string" && !anchors.has(anchor)) anchors.set(anchor, pointer);
    }
    for (const [key, entry] of Object.entries(value)) {
      collectAnchors(entry, `${pointer}/${escapeSegment(key)}`, anchors, depth + 1);
    }
  }
}
