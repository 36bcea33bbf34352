import type { NamedType, Schema, TypeId } from "../model/schema.ts";

/** A property as schemas that hold together declare it. */
export interface FoundProperty {
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/**
 * The property that schemas which all apply declare, through references and `allOf`; the first one counts. What the
 * schema `except` itself requires is not counted.
 */
export function findProperty(
  schemas: readonly Schema[],
  name: string,
  { types, except }: { readonly types: ReadonlyMap<TypeId, NamedType>; readonly except?: Schema },
): FoundProperty | undefined {
  let found: Schema | undefined;
  let isRequired = false;
  const seen = new Set<Schema>();
  const pending = [...schemas].reverse();
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    if (seen.has(schema)) continue;
    seen.add(schema);
    found ??= schema.properties?.find((property) => property.name === name && property.hidden !== true)?.schema;
    isRequired ||= schema !== except && schema.required?.includes(name) === true;
    pending.push(...(schema.allOf ?? []).toReversed());
    const target = schema.ref === undefined ? undefined : types.get(schema.ref)?.schema;
    if (target !== undefined) pending.push(target);
  }
  return found === undefined ? undefined : { schema: found, isRequired };
}
