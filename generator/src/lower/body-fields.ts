import type { Schema } from "../model/schema.ts";
import type { Types } from "./schema-in-place.ts";

/** Schemas that hold for one value are looked at up to so many; nobody writes more. */
const maxParts = 100;

/** The schemas that hold for one value: itself, what it refers to, and the one alternative beside null. */
export function partsOf(schema: Schema, types: Types): readonly Schema[] {
  const parts = new Set([schema]);
  for (const part of parts) {
    const target = part.ref === undefined ? undefined : types.get(part.ref)?.schema;
    if (target !== undefined) parts.add(target);
    for (const member of part.allOf ?? []) parts.add(member);
    for (const members of [part.anyOf, part.oneOf]) {
      const [only, ...others] = (members ?? []).filter((member) => member.types?.join() !== "null");
      if (only !== undefined && others.length === 0) parts.add(only);
    }
    if (parts.size > maxParts) break;
  }
  return [...parts];
}

/** The schemas of all declared properties by name, the first where several schemas declare one. */
export function propertiesOf(schema: Schema, types: Types): ReadonlyMap<string, Schema> {
  const found = new Map<string, Schema>();
  for (const { properties = [] } of partsOf(schema, types)) {
    for (const { name, schema: property } of properties) if (!found.has(name)) found.set(name, property);
  }
  return found;
}

/** The schema of a declared property. */
export function propertyOf(schema: Schema, name: string, types: Types): Schema | undefined {
  for (const { properties } of partsOf(schema, types)) {
    const found = properties?.find((property) => property.name === name);
    if (found !== undefined) return found.schema;
  }
  return undefined;
}

/** The schema at the steps of a JSON Pointer through declared properties. */
export function schemaAt(schema: Schema, steps: readonly string[], types: Types): Schema | undefined {
  let found: Schema | undefined = schema;
  for (const step of steps) found = found === undefined ? undefined : propertyOf(found, step, types);
  return found;
}

/** Whether every value but null is of one of these JSON types. */
export function isOf(schema: Schema, wanted: readonly string[], types: Types): boolean {
  const named = partsOf(schema, types).flatMap((part) => part.types ?? []);
  const real = named.filter((type) => type !== "null");
  return real.length > 0 && real.every((type) => wanted.includes(type));
}

/** The schema of a list's items; undefined when it is no list. */
export function itemsOf(schema: Schema, types: Types): Schema | undefined {
  if (!isOf(schema, ["array"], types)) return undefined;
  return partsOf(schema, types).find(({ items }) => items !== undefined)?.items ?? { at: schema.at };
}
