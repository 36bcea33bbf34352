import type { Loaded, LoadedDocument } from "../load/loaded.ts";
import { isArray, isObject, rangeOf, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { unescapeSegment } from "./names.ts";

/** A value of an AsyncAPI document with every `$ref` on the way to it already followed. */
export interface AsyncNode {
  readonly value: JsonValue;
  /** The document that holds the value, which is another one behind a file reference. */
  readonly document: LoadedDocument;
  /** The key it has where it is declared: behind a reference, the target's. */
  readonly key: string | undefined;
  /** Pointer of the target, when it was reached by a reference. */
  readonly pointer: string | undefined;
  readonly range: SourceRange | undefined;
  /** An entry; undefined when there is none, or when its reference is broken. */
  child(key: string | number): AsyncNode | undefined;
}

/** A node for a value of `document`; a reference object leads to its target. */
export function createNode(
  value: JsonValue,
  document: LoadedDocument,
  loaded: Loaded,
  place: { readonly key?: string; readonly range?: SourceRange | undefined } = {},
): AsyncNode {
  const target = isObject(value) && typeof value["$ref"] === "string" ? loaded.refs.get(value) : undefined;
  const at =
    target === undefined
      ? { value, document, key: place.key, pointer: undefined, range: place.range }
      : {
          value: target.value,
          document: target.document,
          key: lastSegment(target.pointer),
          pointer: target.pointer,
          range: target.range,
        };
  return {
    ...at,
    child: (key) => {
      const holder = at.value;
      const entry =
        isObject(holder) && typeof key === "string"
          ? holder[key]
          : isArray(holder) && typeof key === "number"
            ? holder[key]
            : undefined;
      if (entry === undefined) return undefined;
      const range = rangeOf(holder as object, key, typeof key === "string" ? "key" : "value");
      return createNode(entry, at.document, loaded, { key: String(key), range });
    },
  };
}

/** The entries of a map below a node; empty when it is none. */
export function mapOf(node: AsyncNode | undefined, key: string): readonly (readonly [string, AsyncNode])[] {
  const map = node?.child(key);
  if (map === undefined || !isObject(map.value)) return [];
  return Object.keys(map.value).flatMap((name): (readonly [string, AsyncNode])[] => {
    const child = name.startsWith("x-") ? undefined : map.child(name);
    return child === undefined || !isObject(child.value) ? [] : [[name, child]];
  });
}

/** The items of a list below a node. */
export function listOf(node: AsyncNode | undefined, key: string): readonly AsyncNode[] {
  const list = node?.child(key);
  if (list === undefined || !isArray(list.value)) return [];
  return list.value.flatMap((_item, index) => {
    const child = list.child(index);
    return child === undefined || !isObject(child.value) ? [] : [child];
  });
}

/** A node's traits, strongest first: later ones stand above earlier ones (AsyncAPI 3.0, "Traits Merge Mechanism"). */
export function traitsOf(node: AsyncNode): readonly AsyncNode[] {
  return listOf(node, "traits").toReversed();
}

/** A text of a node, else of its traits. */
export function ownText(node: AsyncNode, traits: readonly AsyncNode[], key: string): string | undefined {
  return textOf(node, key) ?? traits.map((trait) => textOf(trait, key)).find((text) => text !== undefined);
}

/** A text below a node. */
export function textOf(node: AsyncNode | undefined, key: string): string | undefined {
  const value = node !== undefined && isObject(node.value) ? node.value[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function lastSegment(pointer: string): string | undefined {
  return pointer === "" ? undefined : unescapeSegment(pointer.slice(pointer.lastIndexOf("/") + 1));
}
