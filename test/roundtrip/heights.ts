import type { Schema, TypeId } from "../../generator/src/model/schema.ts";
import type { Types } from "./facets.ts";

/** How deep the smallest value of a schema is: what recursion takes when it must end. Infinite: there is none. */
export type HeightOf = (schema: Schema) => number;

/** Measures all named types, by repeating until nothing changes. */
export function createHeights(types: Types): HeightOf {
  const heights = new Map<TypeId, number>();
  const heightOf = (schema: Schema): number => measure(schema, heights, types);
  for (let changed = true; changed;) {
    changed = false;
    for (const [id, type] of types) {
      const height = heightOf(type.schema);
      if (height >= (heights.get(id) ?? Infinity)) continue;
      heights.set(id, height);
      changed = true;
    }
  }
  return heightOf;
}

function measure(schema: Schema, heights: ReadonlyMap<TypeId, number>, types: Types): number {
  if (schema.always === false) return Infinity;
  const inner = (part: Schema): number => measure(part, heights, types);
  const least = (parts: readonly Schema[] | undefined): number =>
    parts === undefined ? 0 : Math.min(...parts.map(inner));
  const referred = schema.ref === undefined || !types.has(schema.ref) ? 0 : (heights.get(schema.ref) ?? Infinity);
  return Math.max(
    referred,
    ...(schema.allOf ?? []).map(inner),
    least(schema.oneOf),
    least(schema.anyOf),
    measureOwn(schema, inner),
  );
}

function measureOwn(schema: Schema, inner: HeightOf): number {
  if (schema.constant !== undefined || schema.enum !== undefined || schema.types === undefined) return 0;
  return Math.min(
    ...schema.types.map((type) => {
      if (type === "array") {
        if ((schema.minItems ?? 0) === 0) return 1;
        return (
          1 +
          Math.max(0, ...(schema.prefixItems ?? []).map(inner), schema.items === undefined ? 0 : inner(schema.items))
        );
      }
      if (type !== "object") return 0;
      const required = new Set(schema.required ?? []);
      const needed = (schema.properties ?? []).filter(({ name }) => required.has(name));
      return 1 + Math.max(0, ...needed.map((property) => inner(property.schema)));
    }),
  );
}
