import { builtInPolicy } from "@trilogue/runtime/codegen/policy-defaults";
import type { Origin, PolicyLayerName, PolicyValue, ResolvedPolicy } from "../model/policy.ts";
import { isArray, isObject, type JsonValue } from "../source/json.ts";
import { formatDuration } from "./duration.ts";
import type { NativeFacts } from "./layers.ts";
import type { WrittenValue } from "./parse-layer.ts";
import { fieldsByPath, policyFields, type FieldType, type PolicyField } from "./shape.ts";

/** A value that holds for an operation, with where it comes from and how strong that is. */
export interface EffectiveValue {
  readonly field: PolicyField;
  /** Canonical: milliseconds, `{ from, name }`, sorted sets. */
  readonly value: JsonValue;
  readonly origin: Origin;
  /** -1 for built-in and derived values; the place of the layer in the precedence otherwise. */
  readonly rank: number;
  /** True for what the runtime knows by itself and the literal leaves out. */
  readonly isImplied: boolean;
}

/** Effective values by path. */
export type EffectiveValues = Map<string, EffectiveValue>;

const layerOrder: readonly PolicyLayerName[] = [
  "config",
  "root",
  "service",
  "tag",
  "path",
  "server",
  "channel",
  "operation",
  "override",
];

/** A layer's place in the precedence, weakest 0. */
export function rankLayer(name: PolicyLayerName): number {
  return layerOrder.indexOf(name);
}

/** A value as a layer wrote it. */
export function toEffective(written: WrittenValue): EffectiveValue {
  const { field, value, range, layer } = written;
  return {
    field,
    value,
    origin: { kind: "contract", layer: layer.name, range },
    rank: rankLayer(layer.name),
    isImplied: false,
  };
}

/** Adds a value that follows from something else; `isImplied` leaves it out of the literal. */
export function setDerived(
  values: EffectiveValues,
  path: string,
  derived: Pick<EffectiveValue, "value"> & { readonly origin: Origin; readonly isImplied?: boolean },
): void {
  values.set(path, {
    field: fieldOf(path),
    value: derived.value,
    origin: derived.origin,
    rank: -1,
    isImplied: derived.isImplied ?? false,
  });
}

/** The field at a path that this package itself names. */
export function fieldOf(path: string): PolicyField {
  const field = fieldsByPath.get(path);
  if (field === undefined) throw new Error(`internal: the policy has no field "${path}"`);
  return field;
}

/** Adds the built-in defaults that count for the operation. */
export function addBuiltIns(values: EffectiveValues, facts: NativeFacts): void {
  const canRetry = facts.kind === "event" || values.get("idempotency.level")?.value !== "none";
  const isKeyed = values.get("idempotency.level")?.value === "keyed";
  for (const field of policyFields) {
    const { path, runtime } = field;
    if (values.has(path) || runtime === undefined || !field.kinds.includes(facts.kind)) continue;
    if (path === "timeout" && facts.isStream) continue;
    if (path.startsWith("retry.") && !canRetry) continue;
    if (path.startsWith("idempotency.") && !isKeyed) continue;
    if (path === "circuitBreaker.slowCallRate" && !values.has("circuitBreaker.slowCallDuration")) continue;
    if (path === "delivery.prefetch" && values.has("delivery.concurrency")) continue;
    const value = readPath(builtInPolicy[facts.kind], runtime);
    if (value !== undefined) values.set(path, { field, value, origin: { kind: "builtin" }, rank: -1, isImplied: true });
  }
}

/** The result: values for people, sorted by path, and the runtime's literal in the order of the table. */
export function toResolvedPolicy(values: EffectiveValues): ResolvedPolicy {
  const listed: PolicyValue[] = [...values.values()]
    .map(({ field, value, origin }) => ({ path: field.path, value: displayValue(field.type, value), origin }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const literal: Record<string, unknown> = {};
  for (const field of policyFields) {
    const found = values.get(field.path);
    if (found === undefined || found.isImplied || field.runtime === undefined) continue;
    for (const [path, constant] of Object.entries(field.implies ?? {})) writePath(literal, path, constant);
    writePath(literal, field.runtime, found.value);
  }
  return { values: listed, literal };
}

/** A canonical value as contracts write it: `2s`, `header:Idempotency-Key`. */
export function displayValue(type: FieldType, value: JsonValue): JsonValue {
  if (type.kind === "duration" && typeof value === "number") return formatDuration(value);
  if (type.kind === "keySource" && isObject(value)) return `${String(value["from"])}:${String(value["name"])}`;
  return value;
}

function readPath(root: object, path: string): JsonValue | undefined {
  let at: unknown = root;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return isArray(at as JsonValue) ? [...(at as readonly JsonValue[])] : (at as JsonValue);
}

/** Paths come from the table alone, so no name of a contract ever becomes a key here. */
function writePath(root: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split(".");
  let at = root;
  for (const name of names.slice(0, -1)) {
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  at[names.at(-1) ?? ""] = value;
}
