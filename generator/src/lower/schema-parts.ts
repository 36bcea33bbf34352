import type { Schema } from "../model/schema.ts";
import type { Draft } from "./schema-state.ts";

/**
 * How a schema within another relates to the values of the other: `whole` always applies to the same value, `member` is
 * one of several alternatives for it, `condition` applies to it when another fits, `test` (`not` and `if`) decides
 * without saying what a value is like; `inner` applies to a property or an item of it.
 */
export type PartRelation = "whole" | "member" | "condition" | "test" | "inner";

const singles = {
  additionalProperties: "inner",
  propertyNames: "inner",
  unevaluatedProperties: "inner",
  items: "inner",
  contains: "inner",
  unevaluatedItems: "inner",
  not: "test",
  if: "test",
  then: "condition",
  else: "condition",
} as const satisfies { readonly [Key in keyof Schema]?: PartRelation };

const lists = {
  allOf: "whole",
  anyOf: "member",
  oneOf: "member",
  prefixItems: "inner",
} as const satisfies { readonly [Key in keyof Schema]?: PartRelation };

const entries = {
  properties: "inner",
  patternProperties: "inner",
  dependentSchemas: "condition",
} as const satisfies { readonly [Key in keyof Schema]?: PartRelation };

const singleKeys = Object.keys(singles) as (keyof typeof singles)[];
const listKeys = Object.keys(lists) as (keyof typeof lists)[];
const entryKeys = Object.keys(entries) as (keyof typeof entries)[];

/** Calls `visit` with each schema that stands directly in `schema`. */
export function visitParts(schema: Schema, visit: (part: Schema, relation: PartRelation) => void): void {
  for (const key of singleKeys) {
    const part = schema[key];
    if (part !== undefined) visit(part, singles[key]);
  }
  for (const key of listKeys) for (const part of schema[key] ?? []) visit(part, lists[key]);
  for (const key of entryKeys) for (const entry of schema[key] ?? []) visit(entry.schema, entries[key]);
}

/** The schema with each part that stands directly in it replaced; the same object when none changes. */
export function mapParts(schema: Schema, map: (part: Schema, relation: PartRelation) => Schema): Schema {
  const changed: Partial<Draft> = {};
  for (const key of singleKeys) {
    const part = schema[key];
    const mapped = part === undefined ? part : map(part, singles[key]);
    if (mapped !== part) Object.assign(changed, { [key]: mapped });
  }
  for (const key of listKeys) {
    const mapped = mapList(schema[key], (part) => map(part, lists[key]));
    if (mapped !== schema[key]) Object.assign(changed, { [key]: mapped });
  }
  for (const key of entryKeys) {
    const mapped = mapList<{ readonly schema: Schema }>(schema[key], (entry) => {
      const part = map(entry.schema, entries[key]);
      return part === entry.schema ? entry : { ...entry, schema: part };
    });
    if (mapped !== schema[key]) Object.assign(changed, { [key]: mapped });
  }
  return Object.keys(changed).length === 0 ? schema : { ...schema, ...changed };
}

/** The list with its items replaced; the same object when none changes. */
export function mapList<Item>(list: readonly Item[], map: (item: Item) => Item): readonly Item[];
export function mapList<Item>(
  list: readonly Item[] | undefined,
  map: (item: Item) => Item,
): readonly Item[] | undefined;
export function mapList<Item>(
  list: readonly Item[] | undefined,
  map: (item: Item) => Item,
): readonly Item[] | undefined {
  const mapped = list?.map(map);
  return mapped?.some((item, index) => item !== list?.[index]) === true ? mapped : list;
}
