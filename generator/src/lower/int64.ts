import { numberRounded } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { HttpContract } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { EventMessageModel, EventOperationModel } from "../model/event.ts";
import type { Schema } from "../model/schema.ts";
import type { JsonValue } from "../source/json.ts";
import { mapOperation } from "./model-schemas.ts";
import type { Types } from "./schema-in-place.ts";
import { mapList, mapParts } from "./schema-parts.ts";

/**
 * Marks what is a bigint where `types.int64` says so: numbers of the formats int64 and uint64, and what else is said of
 * the same value beside them, as in `allOf: [Base, { properties: { id: { minimum: 1 } } }]`. Where another type says
 * that the value is a plain number, it stays one, with the check that it is exact. Avro has a codec of its own.
 */
export function markInt64(model: Model, report: (diagnostic: Diagnostic) => void): Model {
  const { types } = model;
  const mark = (schema: Schema): Schema => markSchema(schema, [], { types, report });
  const markOperations = (operations: HttpContract["operations"]): HttpContract["operations"] =>
    mapList(operations, (operation) => mapOperation(operation, mark));
  const markMessage = (message: EventMessageModel): EventMessageModel => ({
    ...message,
    ...(message.payload === undefined ? {} : { payload: mark(message.payload) }),
    ...(message.headers === undefined ? {} : { headers: mark(message.headers) }),
  });
  const markEvents = ({ reply, ...operation }: EventOperationModel): EventOperationModel => ({
    ...operation,
    messages: operation.messages.map(markMessage),
    ...(reply === undefined ? {} : { reply: { ...reply, messages: reply.messages.map(markMessage) } }),
  });
  return {
    ...model,
    types: new Map([...types].map(([id, type]) => [id, { ...type, schema: mark(type.schema) }])),
    contracts: model.contracts.map((contract) => {
      if (contract.kind === "rpc") return contract;
      if (contract.kind === "event") return { ...contract, operations: contract.operations.map(markEvents) };
      return {
        ...contract,
        operations: markOperations(contract.operations),
        webhooks: markOperations(contract.webhooks),
      };
    }),
  };
}

/** A schema that holds for a value; one that is `fixed` holds in other places too, or whatever the marked one says. */
interface Holding {
  readonly schema: Schema;
  readonly isFixed: boolean;
}

interface MarkScope {
  readonly types: Types;
  readonly report: (diagnostic: Diagnostic) => void;
}

function markSchema(schema: Schema, around: readonly Holding[], scope: MarkScope): Schema {
  const { types } = scope;
  const whole = unfold([{ schema, isFixed: false }, ...around], types);
  const mapped = mapParts(schema, (part, relation, keyword) => {
    // An alternative or a condition has to suit what holds without it.
    if (relation !== "inner") {
      const isFixed = relation !== "whole";
      const others = isFixed ? unfold([{ schema: withoutParts(schema), isFixed }, ...around], types) : whole;
      return markSchema(part, isFixed ? others.map((other) => ({ ...other, isFixed })) : others, scope);
    }
    const inner = whole.flatMap((other) =>
      partsLike(part, keyword, { schema, other: other.schema }).map((found) => ({ ...other, schema: found })),
    );
    return markSchema(part, inner, scope);
  });
  const isFixed = whole.some((other) => other.isFixed && isNumeric(other.schema) && !isDeclared(other.schema));
  if (isFixed || !isAboutNumbers(schema) || !whole.some((other) => isDeclared(other.schema))) return mapped;
  reportRounded(schema, scope);
  return { ...mapped, bigint: true };
}

/** The limits of 64 bits themselves are no loss: the format checks them. */
function reportRounded(schema: Schema, { report }: MarkScope): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, enum: values = [], constant } = schema;
  const isLimit = (value: number): boolean => value === 2 ** 64 || Math.abs(value) === 2 ** 63;
  const bounds = Object.entries({ minimum, maximum }).filter(([, value]) => value !== undefined && !isLimit(value));
  const rules: readonly (readonly [string, JsonValue | undefined])[] = [
    ...bounds,
    ...Object.entries({ exclusiveMinimum, exclusiveMaximum, multipleOf, const: constant?.value }),
    ...values.map((value) => ["enum", value] as const),
  ];
  for (const [keyword, value] of rules) {
    if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) continue;
    report(createDiagnostic(numberRounded, { keyword, value }, { range: schema.at }));
  }
}

/** The schemas that hold together: referenced ones and all of `allOf`. */
function unfold(schemas: readonly Holding[], types: Types): readonly Holding[] {
  const found = new Map<Schema, Holding>();
  const pending = [...schemas].reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next.schema)) continue;
    found.set(next.schema, next);
    const { isFixed, schema } = next;
    for (const part of schema.allOf ?? []) pending.push({ schema: part, isFixed });
    const target = schema.ref === undefined ? undefined : types.get(schema.ref);
    if (target !== undefined) pending.push({ schema: target.schema, isFixed: true });
  }
  return [...found.values()];
}

/** The schema without what stands in it. */
function withoutParts(schema: Schema): Schema {
  const { anyOf: _anyOf, oneOf: _oneOf, not: _not, if: _if, then: _then, else: _else, ...rest } = schema;
  return rest;
}

/** What another schema says of the property or item that a part is about. */
function partsLike(
  part: Schema,
  keyword: string,
  { schema, other }: { readonly schema: Schema; readonly other: Schema },
): readonly Schema[] {
  const isPart = (one: { readonly schema: Schema }): boolean => one.schema === part;
  if (keyword === "properties") {
    const name = schema.properties?.find(isPart)?.name;
    return (other.properties ?? []).filter((property) => property.name === name).map((property) => property.schema);
  }
  if (keyword === "patternProperties") {
    const pattern = schema.patternProperties?.find(isPart)?.pattern;
    return (other.patternProperties ?? []).filter((entry) => entry.pattern === pattern).map((entry) => entry.schema);
  }
  if (keyword === "prefixItems") return [other.prefixItems?.[schema.prefixItems?.indexOf(part) ?? -1] ?? []].flat();
  const same = other[keyword as "items"];
  const items = keyword === "contains" || keyword === "unevaluatedItems" ? other.items : undefined;
  return [same, items].filter((found) => found !== undefined);
}

function isDeclared(schema: Schema): boolean {
  return isNumeric(schema) && /^u?int64$/.test(schema.format ?? "") && schema.avro === undefined;
}

function isNumeric({ types = [] }: Schema): boolean {
  return types.includes("integer") || types.includes("number");
}

/** Whether a schema is of numbers, or a rule for them. */
function isAboutNumbers(schema: Schema): boolean {
  if (schema.types !== undefined) return isNumeric(schema);
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, enum: values, constant } = schema;
  const rules = [minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, values, constant];
  return rules.some((rule) => rule !== undefined);
}
