import type { JsonType, NamedType, Property, Schema, TypeId } from "../../generator/src/model/schema.ts";
import type { JsonValue } from "../../generator/src/source/json.ts";

/** What several schemas that hold together say, keyword by keyword; objects and lists keep who says what. */
export interface Facets {
  /** Undefined: any type. Empty: none fits. */
  readonly types: readonly JsonType[] | undefined;
  /** Undefined: any value. */
  readonly values: readonly JsonValue[] | undefined;
  /** All schemas that hold, references and `allOf` unfolded. */
  readonly all: readonly Schema[];
  readonly properties: ReadonlyMap<string, readonly Property[]>;
  readonly required: ReadonlySet<string>;
}

/** Schemas by reference. */
export type Types = ReadonlyMap<TypeId, NamedType>;

const maxUnfolded = 500;

/** Everything that holds because these schemas do: references and `allOf` are followed, choices are not. */
export function unfold(schemas: readonly Schema[], types: Types): readonly Schema[] {
  const all = new Set<Schema>();
  const pending = [...schemas].reverse();
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    if (all.has(schema)) continue;
    if (all.size > maxUnfolded) throw new Error("more schemas than can hold together");
    all.add(schema);
    pending.push(...(schema.allOf ?? []).toReversed());
    const target = schema.ref === undefined ? undefined : types.get(schema.ref)?.schema;
    if (target !== undefined) pending.push(target);
  }
  return [...all];
}

/** Reads schemas that hold together as one. */
export function facetsOf(all: readonly Schema[]): Facets {
  const properties = new Map<string, Property[]>();
  const required = new Set<string>();
  let types: readonly JsonType[] | undefined;
  let values: readonly JsonValue[] | undefined;
  for (const schema of all) {
    if (schema.always === false) types = [];
    if (schema.types !== undefined) types = intersectTypes(types, schema.types);
    const own = schema.constant === undefined ? schema.enum : [schema.constant.value];
    if (own !== undefined) {
      const texts = new Set(own.map((value) => JSON.stringify(value)));
      values = values === undefined ? own : values.filter((value) => texts.has(JSON.stringify(value)));
    }
    for (const property of schema.properties ?? []) {
      const list = properties.get(property.name);
      if (list === undefined) properties.set(property.name, [property]);
      else list.push(property);
    }
    for (const name of schema.required ?? []) required.add(name);
  }
  return { types, values, all, properties, required };
}

function intersectTypes(left: readonly JsonType[] | undefined, right: readonly JsonType[]): readonly JsonType[] {
  if (left === undefined) return right;
  const both = new Set<JsonType>();
  for (const one of left) {
    for (const other of right) {
      if (one === other) both.add(one);
      else if ((one === "integer" && other === "number") || (one === "number" && other === "integer")) {
        both.add("integer");
      }
    }
  }
  return [...both];
}

/** The JSON type of a value. */
export function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "boolean" || typeof value === "string" ? (typeof value as "boolean" | "string") : "object";
}

/** Whether a value is of one of the types; undefined allows all. */
export function isOfType(value: unknown, types: readonly JsonType[] | undefined): boolean {
  if (types === undefined) return true;
  const type = typeOf(value);
  return types.includes(type) || (type === "integer" && types.includes("number"));
}

/** The largest of a numeric keyword over all schemas that have it. */
export function largest(all: readonly Schema[], keyword: NumericKeyword): number | undefined {
  return pickBound(all, keyword, Math.max);
}

/** The smallest, likewise. */
export function smallest(all: readonly Schema[], keyword: NumericKeyword): number | undefined {
  return pickBound(all, keyword, Math.min);
}

/** Keywords whose value is a number. */
export type NumericKeyword =
  | "minLength"
  | "maxLength"
  | "minimum"
  | "maximum"
  | "exclusiveMinimum"
  | "exclusiveMaximum"
  | "minItems"
  | "maxItems"
  | "minProperties"
  | "maxProperties"
  | "minContains"
  | "maxContains";

function pickBound(
  all: readonly Schema[],
  keyword: NumericKeyword,
  choose: (left: number, right: number) => number,
): number | undefined {
  let found: number | undefined;
  for (const schema of all) {
    const bound = schema[keyword];
    if (bound !== undefined) found = found === undefined ? bound : choose(found, bound);
  }
  return found;
}

/**
 * What a property's value must be: all that says something of it. Undefined where it must not be there.
 */
export function schemasOfProperty(all: readonly Schema[], name: string): readonly Schema[] | undefined {
  const found: Schema[] = [];
  for (const schema of all) {
    let isKnown = false;
    for (const property of schema.properties ?? []) {
      if (property.name !== name) continue;
      isKnown = true;
      found.push(property.schema);
    }
    for (const { pattern, schema: inner } of schema.patternProperties ?? []) {
      if (!matches(pattern, name)) continue;
      isKnown = true;
      found.push(inner);
    }
    if (!isKnown && schema.additionalProperties !== undefined) found.push(schema.additionalProperties);
  }
  return found.some((schema) => schema.always === false) ? undefined : found;
}

const expressions = new Map<string, RegExp | undefined>();

/** Whether a text matches a pattern of a schema; patterns that can't be read match nothing and everything. */
export function matches(pattern: string, text: string): boolean {
  if (!expressions.has(pattern)) expressions.set(pattern, compile(pattern));
  return expressions.get(pattern)?.test(text) ?? true;
}

function compile(pattern: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Old contracts have patterns that only the lenient grammar reads.
      continue;
    }
  }
  return undefined;
}
