import { unsatisfiable } from "../diagnostics/catalogue/check.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { HttpMediaTypeModel } from "../model/http.ts";
import type { JsonType, NamedType, Schema, TypeId } from "../model/schema.ts";
import { listHttpOperations } from "./operations.ts";
import type { CheckRule } from "./rule.ts";

/** Bodies that nobody can send: their schema contradicts itself, or requires itself without end. */
export const checkSatisfiable: CheckRule = ({ model }, report) => {
  const operations = listHttpOperations(model);
  if (operations.length === 0) return;
  const hasValue = createSatisfiable(model.types);
  for (const operation of operations) {
    const look = (content: readonly HttpMediaTypeModel[], of: string): void => {
      for (const { schema, mediaType, at } of content) {
        if (schema === undefined || hasValue(schema)) continue;
        const parameters = { what: `the ${mediaType} body${of}`, operation: operation.name };
        report(createDiagnostic(unsatisfiable, parameters, { range: at }));
      }
    };
    look(operation.body?.content ?? [], "");
    for (const { status, content } of operation.responses) look(content, ` of response ${status}`);
    for (const { name, in: place, schema, at } of operation.parameters) {
      if (hasValue(schema)) continue;
      const parameters = { what: `${place} parameter "${name}"`, operation: operation.name };
      report(createDiagnostic(unsatisfiable, parameters, { range: at }));
    }
  }
};

/** Whether a schema may have a value. False is certain; what it would take a search to find out counts as yes. */
function createSatisfiable(types: ReadonlyMap<TypeId, NamedType>): (schema: Schema) => boolean {
  const good = new Set<TypeId>();
  const hasValue = (schema: Schema): boolean => {
    if (schema.always === false || isContradiction(schema)) return false;
    if (schema.ref !== undefined && types.has(schema.ref) && !good.has(schema.ref)) return false;
    const { allOf = [], oneOf, anyOf } = schema;
    return (
      allOf.every(hasValue) &&
      (oneOf === undefined || oneOf.some(hasValue)) &&
      (anyOf === undefined || anyOf.some(hasValue)) &&
      (schema.types?.some((type) => hasValueOf(schema, type, hasValue)) ?? true)
    );
  };
  // What has a finite value grows by those that waited for it: a type that needs itself is never reached.
  const users = usersOf(types);
  const pending = [...types.keys()];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const schema = types.get(id)?.schema;
    if (schema === undefined || good.has(id) || !hasValue(schema)) continue;
    good.add(id);
    for (const user of users.get(id) ?? []) pending.push(user);
  }
  return hasValue;
}

/** The types whose values need, or may need, a value of a type. */
function usersOf(types: ReadonlyMap<TypeId, NamedType>): ReadonlyMap<TypeId, ReadonlySet<TypeId>> {
  const users = new Map<TypeId, Set<TypeId>>();
  const collect = (schema: Schema, user: TypeId): void => {
    const { ref, allOf = [], oneOf = [], anyOf = [], properties = [], items } = schema;
    if (ref !== undefined) users.set(ref, (users.get(ref) ?? new Set()).add(user));
    for (const part of [...allOf, ...oneOf, ...anyOf]) collect(part, user);
    for (const property of properties) collect(property.schema, user);
    if (items !== undefined) collect(items, user);
  };
  for (const [id, { schema }] of types) collect(schema, id);
  return users;
}

function hasValueOf(schema: Schema, type: JsonType, hasValue: (schema: Schema) => boolean): boolean {
  if (type === "object") {
    const required = new Set(schema.required ?? []);
    return (schema.properties ?? []).every((property) => !required.has(property.name) || hasValue(property.schema));
  }
  const isFilled = type === "array" && (schema.minItems ?? 0) > 0;
  return !isFilled || schema.items === undefined || (schema.prefixItems ?? []).length > 0 || hasValue(schema.items);
}

/** Keywords of one schema that can't hold together. */
function isContradiction(schema: Schema): boolean {
  const values = schema.constant === undefined ? schema.enum : [schema.constant.value];
  if (values !== undefined && schema.types !== undefined) {
    const { types } = schema;
    if (!values.some((value) => types.some((type) => isOf(value, type)))) return true;
  }
  const isOnly = (type: JsonType): boolean => schema.types?.length === 1 && schema.types[0] === type;
  const crosses = (low = -Infinity, high = Infinity): boolean => low > high;
  return (
    (isOnly("string") && crosses(schema.minLength, schema.maxLength)) ||
    (isOnly("array") && crosses(schema.minItems, schema.maxItems)) ||
    ((isOnly("integer") || isOnly("number")) && crosses(schema.minimum, schema.maximum))
  );
}

function isOf(value: unknown, type: JsonType): boolean {
  if (value === null || Array.isArray(value)) return type === (value === null ? "null" : "array");
  if (typeof value === "number") return type === "number" || (type === "integer" && Number.isInteger(value));
  return typeof value === type;
}
