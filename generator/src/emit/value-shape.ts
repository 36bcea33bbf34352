import { expression, type Expression, type LiteralValue } from "../code/literal.ts";
import type { JsonType, NamedType, Schema, TypeId } from "../model/schema.ts";
import { holdsBigint, holdsBytes } from "../plan/schema-facts.ts";
import { isArray, isObject } from "../source/json.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/** Levels of a shape; what is deeper is read as any value. */
const maxDepth = 6;
/** Nodes of a shape, for schemas that would unfold without end. */
const maxNodes = 600;

/** The runtime's `ValueShape`: how text becomes a value. */
export type Shape =
  | { readonly type: "string" | "binary" | "number" | "integer" | "boolean" | "null" | "any" }
  | { readonly type: "whole"; readonly read: Expression }
  | { readonly type: "array"; readonly items: Shape }
  | { readonly type: "object"; readonly properties: { readonly [name: string]: Shape }; readonly additional?: Shape }
  | { readonly type: "union"; readonly members: readonly Shape[] };

/** The shape of a parameter or header from its schema. Recursion ends at a depth, with values of any type. */
export function shapeOf(schema: Schema, types: ReadonlyMap<TypeId, NamedType>): Shape & LiteralValue {
  return build([schema], { types, nodes: { count: 0 }, depth: 0, styled: undefined }) as Shape & LiteralValue;
}

/** The shape of a form. Objects in it are JSON, which needs no shape, but for those of properties with a style. */
export function shapeOfForm(
  schema: Schema,
  types: ReadonlyMap<TypeId, NamedType>,
  styled: ReadonlySet<string>,
): Shape & LiteralValue {
  return build([schema], { types, nodes: { count: 0 }, depth: 0, styled }) as Shape & LiteralValue;
}

interface ShapeScope {
  readonly types: ReadonlyMap<TypeId, NamedType>;
  readonly nodes: { count: number };
  readonly depth: number;
  /** In the fields of a form: which of them have a style; `json` within the others. */
  readonly styled: ReadonlySet<string> | "json" | undefined;
}

const any: Shape = { type: "any" };

/** `schemas` hold together; the most telling parts of each are used. */
function build(schemas: readonly Schema[], scope: ShapeScope): Shape {
  scope.nodes.count += 1;
  if (scope.depth > maxDepth || scope.nodes.count > maxNodes) return any;
  const all = unfold(schemas, scope.types);
  const choices = all.find((schema) => schema.oneOf !== undefined || schema.anyOf !== undefined);
  const types = typesOf(all);
  const isScalar = types?.length === 1 && types[0] !== "object" && types[0] !== "array";
  if (choices !== undefined && !isScalar) {
    const inner = { ...scope, depth: scope.depth + 1 };
    const members = [...(choices.oneOf ?? []), ...(choices.anyOf ?? [])];
    return unionOf(
      members.map((member) =>
        build([...all.map((schema) => (schema === choices ? withoutChoices(schema) : flat(schema))), member], inner),
      ),
    );
  }
  if (types === undefined) return all.some(holdsBytes) ? { type: "binary" } : any;
  return unionOf(order.filter((type) => types.includes(type)).map((type) => shapeOfType(type, all, scope)));
}

/** Tried in this order: what reads every text comes last. */
const order: readonly JsonType[] = ["null", "boolean", "integer", "number", "array", "object", "string"];

function shapeOfType(type: JsonType, all: readonly Schema[], scope: ShapeScope): Shape {
  const inner = { ...scope, depth: scope.depth + 1 };
  if (type === "array") {
    const items = all.flatMap((schema) => [...(schema.items === undefined ? [] : [schema.items])]);
    const prefix = all.flatMap((schema) => schema.prefixItems ?? []);
    if (items.length === 0 && prefix.length > 0)
      return { type, items: unionOf(prefix.map((item) => build([item], inner))) };
    return { type, items: items.length === 0 ? any : build(items, inner) };
  }
  const isNumber = type === "integer" || type === "number";
  if (isNumber && all.some(holdsBigint)) {
    return { type: "whole", read: expression(runtimeSymbol("readInt64")) };
  }
  if (type === "string" && all.some(holdsBytes)) return { type: "binary" };
  if (type !== "object") return { type };
  if (scope.styled === "json") return { type, properties: {} };
  const properties = new Map<string, Schema[]>();
  for (const { name, schema } of all.flatMap((member) => member.properties ?? [])) {
    properties.set(name, [...(properties.get(name) ?? []), schema]);
  }
  const additional = all.flatMap((schema) =>
    schema.additionalProperties === undefined ? [] : [schema.additionalProperties],
  );
  const isOpen = additional.every((schema) => schema.always !== false);
  const entries = [...properties].map(([name, schemas]) => [name, build(schemas, within(inner, name))] as const);
  return {
    type,
    properties: withoutPrototype(entries),
    ...(additional.length > 0 && isOpen
      ? { additional: build(additional, within(inner, "")) }
      : entries.length === 0 && isOpen
        ? { additional: any }
        : {}),
  };
}

/** The scope of a property; those of a form are each on their own. */
function within(scope: ShapeScope, name: string): ShapeScope {
  if (scope.styled === undefined || scope.styled === "json") return scope;
  return { ...scope, nodes: { count: 0 }, styled: scope.styled.has(name) ? undefined : "json" };
}

/** Keys of contracts are data: `__proto__` is one like any other. */
function withoutPrototype(entries: readonly (readonly [string, Shape])[]): { readonly [name: string]: Shape } {
  const result = Object.create(null) as { [name: string]: Shape };
  for (const [name, shape] of entries) result[name] = shape;
  return result;
}

function unfold(schemas: readonly Schema[], types: ReadonlyMap<TypeId, NamedType>): readonly Schema[] {
  const all = new Set<Schema>();
  const pending = [...schemas].reverse();
  for (let schema = pending.pop(); schema !== undefined && all.size < maxNodes; schema = pending.pop()) {
    if (all.has(schema)) continue;
    all.add(schema);
    pending.push(...(schema.allOf ?? []).toReversed());
    const target = schema.ref === undefined ? undefined : types.get(schema.ref)?.schema;
    if (target !== undefined) pending.push(target);
  }
  return [...all];
}

function withoutChoices({ oneOf: _oneOf, anyOf: _anyOf, ...schema }: Schema): Schema {
  return flat(schema);
}

/** An unfolded schema without what led to others, which stand beside it: a choice that was made is not met again. */
function flat({ allOf: _allOf, ref: _ref, ...schema }: Schema): Schema {
  return schema;
}

/** Types that all schemas allow; undefined when none says. */
function typesOf(all: readonly Schema[]): readonly JsonType[] | undefined {
  let types: readonly JsonType[] | undefined;
  for (const schema of all) {
    const own = schema.types ?? impliedTypes(schema);
    if (own === undefined) continue;
    types =
      types === undefined
        ? own
        : types.filter((type) => own.includes(type) || (type === "integer" && own.includes("number")));
  }
  return types;
}

function impliedTypes(schema: Schema): readonly JsonType[] | undefined {
  const values = schema.constant === undefined ? schema.enum : [schema.constant.value];
  if (values !== undefined) {
    return [
      ...new Set(
        values.map((value): JsonType => {
          if (value === null) return "null";
          if (isArray(value)) return "array";
          if (isObject(value)) return "object";
          if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
          return typeof value === "boolean" ? "boolean" : "string";
        }),
      ),
    ];
  }
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return ["object"];
  return schema.items !== undefined || schema.prefixItems !== undefined ? ["array"] : undefined;
}

function unionOf(members: readonly Shape[]): Shape {
  const seen = new Map<string, Shape>();
  for (const member of members.flatMap((shape) => (shape.type === "union" ? shape.members : [shape]))) {
    seen.set(JSON.stringify(member), member);
  }
  const [only] = seen.values();
  if (only === undefined) return any;
  if (seen.size === 1) return only;
  const rank = (shape: Shape): number =>
    shape.type === "any" || shape.type === "union" || shape.type === "binary"
      ? order.length
      : order.indexOf(shape.type === "whole" ? "integer" : shape.type);
  return { type: "union", members: [...seen.values()].sort((left, right) => rank(left) - rank(right)) };
}
