import type { Schema } from "../model/schema.ts";

/**
 * How a schema within another relates to the values of the other: `whole` always applies to the same value, `member` is
 * one of several alternatives for it, `condition` applies to it when another fits, `test` (`not` and `if`) decides
 * without saying what a value is like; `inner` applies to a property or an item of it.
 */
export type PartRelation = "whole" | "member" | "condition" | "test" | "inner";

interface PartKeyword {
  /** The value is a schema, a list of them, or a list of entries with one each. */
  readonly shape: "single" | "list" | "entries";
  readonly relation: PartRelation;
}

/** A schema that stands in another one, how it relates to the values of the other, and the keyword it stands at. */
type PartVisitor<Result> = (part: Schema, relation: PartRelation, keyword: string) => Result;

/** The keywords that hold schemas. */
const partKeywords: ReadonlyMap<string, PartKeyword> = new Map<keyof Schema, PartKeyword>([
  ["additionalProperties", { shape: "single", relation: "inner" }],
  ["propertyNames", { shape: "single", relation: "inner" }],
  ["unevaluatedProperties", { shape: "single", relation: "inner" }],
  ["items", { shape: "single", relation: "inner" }],
  ["contains", { shape: "single", relation: "inner" }],
  ["unevaluatedItems", { shape: "single", relation: "inner" }],
  ["not", { shape: "single", relation: "test" }],
  ["if", { shape: "single", relation: "test" }],
  ["then", { shape: "single", relation: "condition" }],
  ["else", { shape: "single", relation: "condition" }],
  ["allOf", { shape: "list", relation: "whole" }],
  ["anyOf", { shape: "list", relation: "member" }],
  ["oneOf", { shape: "list", relation: "member" }],
  ["prefixItems", { shape: "list", relation: "inner" }],
  ["properties", { shape: "entries", relation: "inner" }],
  ["patternProperties", { shape: "entries", relation: "inner" }],
  ["dependentSchemas", { shape: "entries", relation: "condition" }],
]);

/** An entry of `properties` and the like. */
interface PartEntry {
  readonly schema: Schema;
}

/** Calls `visit` with each schema that stands directly in `schema`. */
export function visitParts(schema: Schema, visit: PartVisitor<void>): void {
  // Most schemas have few keywords, so these are gone through rather than all that there are.
  for (const key of Object.keys(schema)) {
    const keyword = partKeywords.get(key);
    const value: unknown = keyword === undefined ? undefined : schema[key as keyof Schema];
    if (keyword === undefined || value === undefined) continue;
    const { shape, relation } = keyword;
    if (shape === "single") visit(value as Schema, relation, key);
    else if (shape === "list") for (const part of value as readonly Schema[]) visit(part, relation, key);
    else for (const entry of value as readonly PartEntry[]) visit(entry.schema, relation, key);
  }
}

/** The schema with each part that stands directly in it replaced; the same object when none changes. */
export function mapParts(schema: Schema, map: PartVisitor<Schema>): Schema {
  let changed: Record<string, unknown> | undefined;
  for (const key of Object.keys(schema)) {
    const keyword = partKeywords.get(key);
    const value: unknown = keyword === undefined ? undefined : schema[key as keyof Schema];
    if (keyword === undefined || value === undefined) continue;
    const mapped = mapValue(value, keyword.shape, (part) => map(part, keyword.relation, key));
    if (mapped === value) continue;
    changed ??= {};
    changed[key] = mapped;
  }
  return changed === undefined ? schema : { ...schema, ...changed };
}

function mapValue(value: unknown, shape: PartKeyword["shape"], map: (part: Schema) => Schema): unknown {
  if (shape === "single") return map(value as Schema);
  if (shape === "list") return mapList(value as readonly Schema[], map);
  return mapList(value as readonly PartEntry[], (entry) => {
    const part = map(entry.schema);
    return part === entry.schema ? entry : { ...entry, schema: part };
  });
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
