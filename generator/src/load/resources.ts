import { isObject, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { LoadedDocument, RefTarget } from "./loaded.ts";
import { entryRange, formatPointer, getEntry } from "./pointer.ts";
import { flavourOf, scanRefs, type Scope } from "./scan-refs.ts";

/** A name that a schema gives itself by `$anchor`, `$dynamicAnchor` or, until draft-07, `$id: "#name"`. */
export interface Anchor {
  readonly name: string;
  readonly tokens: readonly string[];
  readonly isDynamic: boolean;
  /** The schema or document whose identifiers they are: with `$id`, else the document's root. */
  readonly resource: object;
}

/** What can be addressed in a document otherwise than by its path and pointers. */
export interface DocumentIndex {
  /** Tokens of each schema with `$id`, and of a document with `$self`, by absolute URI; the first of a URI counts. */
  readonly resources: ReadonlyMap<string, readonly string[]>;
  readonly anchors: readonly Anchor[];
}

const none: DocumentIndex = { resources: new Map(), anchors: [] };
const indexes = new WeakMap<object, DocumentIndex>();
const marks = /\$(?:id|self|anchor|dynamicAnchor|recursiveAnchor)\b|"?\bid"?\s*:\s*["']?#/;

/** The identifiers of a document's schemas; made once, and only for texts that hold any. */
export function indexOf(document: LoadedDocument): DocumentIndex {
  const { root, file } = document;
  if (!isObject(root)) return none;
  const known = indexes.get(root);
  if (known !== undefined) return known;
  const index = marks.test(file.text) ? buildIndex(document, root) : none;
  indexes.set(root, index);
  return index;
}

function buildIndex(document: LoadedDocument, root: JsonObject): DocumentIndex {
  const resources = new Map<string, readonly string[]>();
  const anchors: Anchor[] = [];
  const start = {
    document,
    value: root,
    tokens: [],
    scope: undefined,
    state: "node",
    flavour: flavourOf(document.kind, "openapi"),
    isSoft: false,
  } as const;
  scanRefs(start, new Set(), {
    onRef: () => {},
    onBadRef: () => {},
    onDiscriminator: () => {},
    onNode: (value, path, scope) => {
      if (scope?.value === value && scope.uri !== undefined && !resources.has(scope.uri)) {
        resources.set(scope.uri, [...path]);
      }
      const resource = resourceOf(scope) ?? root;
      for (const [name, isDynamic] of namesOf(value)) {
        anchors.push({ name, tokens: [...path], isDynamic, resource });
      }
    },
  });
  return { resources, anchors };
}

/** All resources with the dynamic anchors of each; empty when there are no such anchors at all. */
export function findResources(
  documents: readonly LoadedDocument[],
): ReadonlyMap<object, ReadonlyMap<string, RefTarget>> {
  const found = new Map<object, Map<string, RefTarget>>();
  if (!documents.some(hasDynamicAnchors)) return found;
  for (const document of documents) {
    const { root } = document;
    const { resources, anchors } = indexOf(document);
    if (isObject(root)) found.set(root, new Map());
    for (const tokens of resources.values()) {
      const value = targetOf(document, tokens)?.value;
      if (isObject(value ?? null)) found.set(value as JsonObject, new Map());
    }
    for (const { name, resource, tokens, isDynamic } of anchors) {
      // Two of a name in one resource are an error of the contract; then none of them is what others mean by it.
      const isAlone = anchors.filter((other) => other.name === name && other.resource === resource).length === 1;
      const target = isDynamic && isAlone ? targetOf(document, tokens) : undefined;
      if (target !== undefined) found.get(resource)?.set(name, target);
    }
  }
  return found;
}

/** Whether what a reference in the document means can depend on where it was reached from. */
export function hasDynamicAnchors(document: LoadedDocument): boolean {
  return indexOf(document).anchors.some(({ isDynamic }) => isDynamic);
}

function targetOf(document: LoadedDocument, tokens: readonly string[]): RefTarget | undefined {
  let value: JsonValue | undefined = document.root;
  let range: SourceRange = { file: document.file, start: 0, end: 0 };
  for (const token of tokens) {
    range = value === undefined ? range : entryRange(value, token, document.file);
    value = value === undefined ? undefined : getEntry(value, token);
  }
  return value === undefined ? undefined : { document, pointer: formatPointer(tokens), value, range };
}

/** The nearest schema around that has an URI of its own. */
export function resourceOf(scope: Scope | undefined): object | undefined {
  for (let next = scope; next !== undefined; next = next.parent) {
    if (next.uri !== undefined && isObject(next.value)) return next.value;
  }
  return undefined;
}

function namesOf(value: JsonObject): readonly (readonly [string, boolean])[] {
  const names: (readonly [string, boolean])[] = [];
  if (typeof value["$dynamicAnchor"] === "string") names.push([value["$dynamicAnchor"], true]);
  if (typeof value["$anchor"] === "string") names.push([value["$anchor"], false]);
  for (const id of [value["$id"], value["id"]]) {
    if (typeof id === "string" && id.startsWith("#") && id.length > 1) names.push([id.slice(1), false]);
  }
  return names;
}
