import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import { holdsBigint } from "./schema-facts.ts";

/** Tells schemas whose values have bigints, where their types say so, at any depth. */
export type HasInt64 = (schema: Schema) => boolean;

/** Goes through all types once, however they refer to each other. */
export function createHasInt64(types: ReadonlyMap<TypeId, NamedType>): HasInt64 {
  const users = new Map<TypeId, TypeId[]>();
  const having = new Set<TypeId>();
  for (const [id, { schema }] of types) {
    for (const part of typedParts(schema)) {
      if (holdsBigint(part)) having.add(id);
      if (part.ref !== undefined) users.set(part.ref, [...(users.get(part.ref) ?? []), id]);
    }
  }
  const pending = [...having];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const user of users.get(id) ?? []) {
      if (having.has(user)) continue;
      having.add(user);
      pending.push(user);
    }
  }
  return (schema) =>
    typedParts(schema).some((part) => holdsBigint(part) || (part.ref !== undefined && having.has(part.ref)));
}

/** The schema and those in it that say what type a value is. */
function typedParts(schema: Schema): readonly Schema[] {
  const found: Schema[] = [];
  const pending = [schema];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    found.push(part);
    pending.push(...(part.allOf ?? []), ...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.prefixItems ?? []));
    for (const { schema: inner } of [...(part.properties ?? []), ...(part.patternProperties ?? [])])
      pending.push(inner);
    for (const inner of [part.additionalProperties, part.items, part.unevaluatedItems]) {
      if (inner !== undefined) pending.push(inner);
    }
  }
  return found;
}
