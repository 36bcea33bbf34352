import type { Schema, TypeId } from "../model/schema.ts";
import type { Types } from "./schema-in-place.ts";
import { visitParts } from "./schema-parts.ts";

/** The mark of properties that one direction leaves out. */
export type ViewMark = "readOnly" | "writeOnly";

/** Whether a property of this schema has the mark. */
export type MarkFinder = (schema: Schema, mark: ViewMark) => boolean;

/**
 * A property has a mark itself, by what its `$ref` leads to, in a part of its `allOf`, or in all of its alternatives
 * but null. One that has both marks, which OpenAPI forbids and lowering reports, counts as unmarked.
 */
export function createMarkFinder(types: Types): MarkFinder {
  const users = usersOf(types);
  const marked = { readOnly: new Set<TypeId>(), writeOnly: new Set<TypeId>() };
  const has = (schema: Schema, mark: ViewMark): boolean => {
    if (schema[mark] === true || (schema.ref !== undefined && marked[mark].has(schema.ref))) return true;
    if (schema.allOf?.some((part) => has(part, mark)) === true) return true;
    const { anyOf = [], oneOf = [] } = schema;
    if (anyOf.length + oneOf.length === 0) return false;
    const members = [...anyOf, ...oneOf].filter((member) => member.types?.join() !== "null");
    return members.length > 0 && members.every((member) => has(member, mark));
  };
  // What is marked grows by those that lead there, however long the way: nothing is walked twice.
  for (const mark of ["readOnly", "writeOnly"] as const) {
    const pending = [...types.keys()];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      const schema = types.get(id)?.schema;
      if (schema === undefined || marked[mark].has(id) || !has(schema, mark)) continue;
      marked[mark].add(id);
      for (const user of users.get(id) ?? []) pending.push(user);
    }
  }
  return (schema, mark) => has(schema, mark) && !has(schema, mark === "readOnly" ? "writeOnly" : "readOnly");
}

/** The types that refer to a type for a value as a whole. */
function usersOf(types: Types): ReadonlyMap<TypeId, readonly TypeId[]> {
  const users = new Map<TypeId, TypeId[]>();
  const collect = (schema: Schema, user: TypeId): void => {
    if (schema.ref !== undefined) {
      const known = users.get(schema.ref);
      if (known === undefined) users.set(schema.ref, [user]);
      else known.push(user);
    }
    visitParts(schema, (part, relation) => {
      if (relation === "whole" || relation === "member") collect(part, user);
    });
  };
  for (const { id, schema } of types.values()) collect(schema, id);
  return users;
}
