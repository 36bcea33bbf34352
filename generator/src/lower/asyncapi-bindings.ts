import { isArray, isObject, type JsonObject, type JsonValue } from "../source/json.ts";
import type { AsyncNode } from "./asyncapi-node.ts";

/** Bindings are small; what is nested deeper than this is a schema that no adapter reads. */
const maxDepth = 6;

/**
 * The bindings of a channel or operation as plain data for adapters, by protocol, references followed.
 *
 * Kafka's `groupId` and `clientId` are schemas by the binding's specification and plain strings in many documents; a
 * schema that allows one value becomes that value, any other is left out.
 */
export function lowerBindings(node: AsyncNode): JsonObject | undefined {
  const bindings = node.child("bindings");
  if (bindings === undefined || !isObject(bindings.value)) return undefined;
  const found: Record<string, JsonValue> = Object.create(null);
  for (const protocol of Object.keys(bindings.value)) {
    const binding = protocol.startsWith("x-") ? undefined : bindings.child(protocol);
    if (binding === undefined || !isObject(binding.value)) continue;
    const value = copy(binding, 0);
    if (isObject(value) && Object.keys(value).length > 0) found[protocol] = value;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** Bindings of several places as one: of two values the earlier place's stands, objects merge. */
export function mergeBindings(places: readonly (JsonObject | undefined)[]): JsonObject | undefined {
  const given = places.filter((place) => place !== undefined);
  const [first, ...weaker] = given;
  if (first === undefined || weaker.length === 0) return first;
  return weaker.reduce<JsonObject>((strong, weak) => mergeObjects(strong, weak), first);
}

/** Levels are few, because `copy` has cut them. */
function mergeObjects(strong: JsonObject, weak: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = Object.assign(Object.create(null), weak, strong);
  for (const key of Object.keys(strong)) {
    const [own, other] = [strong[key], weak[key]];
    if (own !== undefined && other !== undefined && isObject(own) && isObject(other))
      merged[key] = mergeObjects(own, other);
  }
  return merged;
}

const schemaFields: ReadonlySet<string> = new Set([
  "key",
  "groupId",
  "clientId",
  "query",
  "headers",
  "correlationData",
]);

function copy(node: AsyncNode, depth: number): JsonValue | undefined {
  if (depth > maxDepth) return undefined;
  if (isArray(node.value)) {
    return node.value.flatMap((_item, index) => {
      const child = node.child(index);
      const value = child === undefined ? undefined : copy(child, depth + 1);
      return value === undefined ? [] : [value];
    });
  }
  if (!isObject(node.value)) return node.value;
  const found: Record<string, JsonValue> = Object.create(null);
  for (const key of Object.keys(node.value)) {
    const child = key === "bindingVersion" ? undefined : node.child(key);
    if (child === undefined) continue;
    const value = schemaFields.has(key) && isObject(child.value) ? onlyValue(child.value) : copy(child, depth + 1);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

function onlyValue(schema: JsonObject): JsonValue | undefined {
  if (schema["const"] !== undefined) return schema["const"];
  const values = schema["enum"];
  return isArray(values) && values.length === 1 ? values[0] : undefined;
}
