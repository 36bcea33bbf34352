import type { SourceFile, SourceRange } from "./source-file.ts";

/** A value read from YAML or JSON: plain data. Objects have no prototype, so every key is a plain own key. */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject;
/** An array of values. */
export type JsonArray = readonly JsonValue[];
/** An object of values. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Where one entry of an object stands. */
export interface EntryPlace {
  readonly key: SourceRange;
  readonly value: SourceRange;
}

/**
 * Where a container stands, and each of its entries. Readers attach one to every object and array (`setPlace`), so
 * that plain values stay plain; conversions (2.0 to 3.0, overlays) attach the place of what they were made from.
 */
export interface Place {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
  /** Keys of an object in source order, aligned with `offsets`; absent for arrays. */
  readonly keys?: readonly string[];
  /** For entry i: start of key (or of the value, in arrays), start of value, end of value. */
  readonly offsets: readonly number[];
  /** Entries that stand elsewhere, by key or index (merged, added by an overlay, moved by a conversion). They win. */
  readonly entries?: ReadonlyMap<string, EntryPlace>;
}

/** A constructor that returns what it is given, so that a subclass adds its private field to any object. */
const Given = function given(container: object): object {
  return container;
} as unknown as new (container: object) => object;

/**
 * Keeps the place in a private field of the container, where no code and no comparison sees it. A WeakMap would do
 * the same, but with a million entries the garbage collector takes longer than the readers.
 */
class Placed extends Given {
  #place: Place | undefined = undefined;

  static set(container: object, place: Place): void {
    if (!(#place in container)) new Placed(container);
    (container as Placed).#place = place;
  }

  static get(container: object): Place | undefined {
    return #place in container ? container.#place : undefined;
  }
}

/** Attaches a place to a container. */
export function setPlace(container: object, place: Place): void {
  Placed.set(container, place);
}

/** The place of a container, if it came from a file. */
export function getPlace(container: object): Place | undefined {
  return Placed.get(container);
}

/** The range of a container, or of one of its entries: its value, or with `part: "key"` its key. */
export function rangeOf(
  container: object,
  entry?: string | number,
  part: "key" | "value" = "value",
): SourceRange | undefined {
  const place = getPlace(container);
  if (place === undefined) return undefined;
  if (entry === undefined) return { file: place.file, start: place.start, end: place.end };
  const elsewhere = place.entries?.get(String(entry))?.[part];
  if (elsewhere !== undefined) return elsewhere;
  const index = typeof entry === "number" ? entry : indexOfKey(place.keys ?? [], entry);
  if (index < 0) return { file: place.file, start: place.start, end: place.end };
  const keyStart = place.offsets[index * 3] ?? place.start;
  const valueStart = place.offsets[index * 3 + 1] ?? place.start;
  const valueEnd = place.offsets[index * 3 + 2] ?? place.end;
  return part === "key"
    ? { file: place.file, start: keyStart, end: Math.max(keyStart, valueStart) }
    : { file: place.file, start: valueStart, end: valueEnd };
}

const indexByKeys = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** Large maps of names are asked for each of their entries, so they get an index. */
function indexOfKey(keys: readonly string[], key: string): number {
  if (keys.length <= 32) return keys.indexOf(key);
  let index = indexByKeys.get(keys);
  if (index === undefined) {
    index = new Map(keys.map((name, position) => [name, position]));
    indexByKeys.set(keys, index);
  }
  return index.get(key) ?? -1;
}

/** True for an object, not for null and arrays. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for an array. */
export function isArray(value: JsonValue | undefined): value is JsonArray {
  return Array.isArray(value);
}
