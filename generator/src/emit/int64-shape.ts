import { expression, type LiteralValue } from "../code/literal.ts";
import type { CodeSymbol } from "../code/code.ts";
import type { Schema, TypeId } from "../model/schema.ts";
import { holdsBigint } from "../plan/schema-facts.ts";
import type { ValidatorScope } from "./validate-code.ts";

/** What a shape is made with. */
export interface Int64Scope {
  /** The shape of a named type; undefined for types without such numbers. */
  readonly shapeOf: (id: TypeId) => CodeSymbol | undefined;
  /** An expression that is true when a value fits. */
  readonly predicate: ValidatorScope["predicate"];
}

/**
 * The runtime's `Int64Shape` of a schema: where its values have whole numbers of 64 bits. It follows what has a type,
 * so that a value is a bigint where its type says so. Undefined for schemas without any.
 */
export function int64Shape(schema: Schema, scope: Int64Scope): LiteralValue | undefined {
  const parts: LiteralValue[] = [];
  const add = (part: LiteralValue | undefined): void => {
    if (part !== undefined) parts.push(part);
  };
  if (holdsBigint(schema)) add("int64");
  const symbol = schema.ref === undefined ? undefined : scope.shapeOf(schema.ref);
  if (symbol !== undefined) add(expression(["() => ", symbol]));
  add(entriesShape(schema, scope));
  for (const part of schema.allOf ?? []) add(int64Shape(part, scope));
  for (const members of [schema.oneOf, schema.anyOf]) {
    if (members !== undefined) add(unionShape(members, schema, scope));
  }
  const [only] = parts;
  return parts.length > 1 ? { all: parts } : only;
}

function entriesShape(schema: Schema, scope: Int64Scope): LiteralValue | undefined {
  const properties = Object.create(null) as { [name: string]: LiteralValue };
  const known: string[] = [];
  for (const { name, schema: inner } of schema.properties ?? []) {
    const shape = int64Shape(inner, scope);
    if (shape === undefined) known.push(name);
    else properties[name] = shape;
  }
  const patterns = (schema.patternProperties ?? []).map((entry) => ({
    pattern: entry.pattern,
    shape: int64Shape(entry.schema, scope),
  }));
  const additional = schema.additionalProperties && int64Shape(schema.additionalProperties, scope);
  const prefix = (schema.prefixItems ?? []).map((item) => int64Shape(item, scope) ?? null);
  const rest = schema.items ?? schema.unevaluatedItems;
  const items = rest && int64Shape(rest, scope);
  const hasPatterns =
    patterns.some(({ shape }) => shape !== undefined) || (additional !== undefined && patterns.length > 0);
  const hasPrefix = prefix.some((shape) => shape !== null);
  if (Object.keys(properties).length === 0 && !hasPatterns && !hasPrefix && (additional ?? items) === undefined)
    return undefined;
  return {
    properties: Object.keys(properties).length === 0 ? undefined : properties,
    patterns: hasPatterns ? patterns.map(({ pattern, shape }) => [pattern, shape ?? {}]) : undefined,
    additional,
    known: additional === undefined || known.length === 0 ? undefined : known,
    prefix: hasPrefix ? prefix : undefined,
    items,
    after: prefix.length === 0 ? undefined : prefix.length,
  };
}

/** Members without such numbers are left out: a value that is of one of them needs no change. */
function unionShape(members: readonly Schema[], schema: Schema, scope: Int64Scope): LiteralValue | undefined {
  const { discriminator } = schema;
  const entries = members.flatMap((member): LiteralValue[] => {
    const shape = int64Shape(member, scope);
    if (shape === undefined) return [];
    const tags = (discriminator?.mapping ?? []).filter(({ type }) => type === member.ref).map(({ value }) => value);
    const fits = expression(["(v: any) => ", scope.predicate(member, "v")]);
    return [tags.length === 0 ? [shape, fits] : [shape, fits, tags]];
  });
  return entries.length === 0 ? undefined : { any: entries, tag: discriminator?.property };
}
