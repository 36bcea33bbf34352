import { isArray, isObject, type JsonObject, type JsonValue } from "../source/json.ts";
import type { LayerValues, WrittenValue } from "./parse-layer.ts";
import { sortNames, sortObjects } from "./read-field.ts";

const nothing: LayerValues = { resets: new Set(), values: new Map() };

/** All layers as one, weakest first. */
export function mergeLayers(layers: readonly LayerValues[]): LayerValues {
  return layers.reduce(combineLayers, nothing);
}

/**
 * Two layers as one: scalars of the stronger replace, sets grow, and what the stronger resets is gone from the weaker.
 * Associative, with an empty layer as its neutral element.
 */
export function combineLayers(weaker: LayerValues, stronger: LayerValues): LayerValues {
  const values = new Map<string, WrittenValue>();
  for (const [path, written] of weaker.values) {
    if (!isBelowAny(path, stronger.resets)) values.set(path, written);
  }
  for (const [path, written] of stronger.values) {
    const inherited = values.get(path);
    values.set(path, inherited === undefined ? written : { ...written, value: mergeValues(inherited, written) });
  }
  return { resets: new Set([...weaker.resets, ...stronger.resets]), values };
}

function isBelowAny(path: string, prefixes: ReadonlySet<string>): boolean {
  for (const prefix of prefixes) if (path === prefix || path.startsWith(`${prefix}.`)) return true;
  return false;
}

function mergeValues(weaker: WrittenValue, stronger: WrittenValue): JsonValue {
  const { type } = stronger.field;
  if (!isArray(weaker.value) || !isArray(stronger.value)) return stronger.value;
  if (type.kind === "set") return sortNames([...new Set([...weaker.value, ...stronger.value])]);
  if (type.kind !== "objects") return stronger.value;
  const byName = new Map<JsonValue | undefined, JsonObject>();
  for (const entry of [...weaker.value, ...stronger.value]) if (isObject(entry)) byName.set(entry[type.by], entry);
  return sortObjects([...byName.values()], type.by);
}
