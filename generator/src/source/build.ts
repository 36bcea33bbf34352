import { getPlace, rangeOf, setPlace } from "./json.ts";
import type { EntryPlace, JsonObject, JsonValue } from "./json.ts";
import type { SourceRange } from "./source-file.ts";

/** Builds an object out of parts that stand elsewhere, keeping their places. */
export interface ObjectBuilder {
  /** Adds a value under a name; it stands where the entry `key` of `from` stands. Does nothing when undefined. */
  add(name: string, value: JsonValue | undefined, from: JsonObject | readonly JsonValue[], key?: string | number): void;
  /** Adds a value that stands at a range. */
  addAt(name: string, value: JsonValue | undefined, range: SourceRange | undefined): void;
  /** Adds the entries of an object under their own names, but for those left out. */
  addAll(from: JsonObject, except?: ReadonlySet<string>): void;
  has(name: string): boolean;
  /** The object. It stands where `origin` stands. */
  build(origin: JsonObject | readonly JsonValue[] | SourceRange | undefined): JsonObject;
  /** The same, but undefined when nothing was added. */
  buildUnlessEmpty(origin: JsonObject | readonly JsonValue[] | SourceRange | undefined): JsonObject | undefined;
}

/** Makes an empty builder. */
export function createObjectBuilder(): ObjectBuilder {
  const value: Record<string, JsonValue> = Object.create(null);
  const entries = new Map<string, EntryPlace>();
  const addAt: ObjectBuilder["addAt"] = (name, entry, range) => {
    if (entry === undefined) return;
    value[name] = entry;
    if (range !== undefined) entries.set(name, { key: range, value: range });
  };
  const add: ObjectBuilder["add"] = (name, entry, from, key = name) => {
    if (entry === undefined) return;
    value[name] = entry;
    const keyRange = rangeOf(from, key, "key");
    const valueRange = rangeOf(from, key);
    if (keyRange !== undefined && valueRange !== undefined) entries.set(name, { key: keyRange, value: valueRange });
  };
  const build: ObjectBuilder["build"] = (origin) => {
    const range = origin === undefined ? undefined : toRange(origin);
    const at = range ?? entries.values().next().value?.value;
    if (at !== undefined)
      setPlace(value, { file: at.file, start: at.start, end: at.end, keys: [], offsets: [], entries });
    return value;
  };
  return {
    add,
    addAt,
    build,
    addAll: (from, except) => {
      for (const key of Object.keys(from)) if (except?.has(key) !== true) add(key, from[key], from, key);
    },
    has: (name) => name in value,
    buildUnlessEmpty: (origin) => (Object.keys(value).length === 0 ? undefined : build(origin)),
  };
}

/** An array whose items stand where they stand; the array itself stands at `origin`. */
export function buildArray(
  items: readonly JsonValue[],
  origin: JsonObject | readonly JsonValue[] | SourceRange | undefined,
): readonly JsonValue[] {
  const range = origin === undefined ? undefined : toRange(origin);
  const value = [...items];
  if (range === undefined) return value;
  const offsets = value.flatMap((item) => {
    const place = typeof item === "object" && item !== null ? getPlace(item) : undefined;
    return place?.file === range.file ? [place.start, place.start, place.end] : [range.start, range.start, range.end];
  });
  setPlace(value, { file: range.file, start: range.start, end: range.end, offsets });
  return value;
}

/** An object with one entry. */
export function buildEntry(name: string, value: JsonValue, range: SourceRange | undefined): JsonObject {
  const builder = createObjectBuilder();
  builder.addAt(name, value, range);
  return builder.build(range);
}

function toRange(origin: JsonObject | readonly JsonValue[] | SourceRange): SourceRange | undefined {
  return rangeOf(origin) ?? (isRange(origin) ? origin : undefined);
}

function isRange(origin: object): origin is SourceRange {
  return "file" in origin && "start" in origin && "end" in origin && typeof origin.file === "object";
}
