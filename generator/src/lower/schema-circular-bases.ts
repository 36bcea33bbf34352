import { circularBase } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";

/** Types by id, in an order that stays. */
type Types = ReadonlyMap<TypeId, NamedType>;

/**
 * Mends bases that list their own descendants: `Vehicle = { ..., oneOf: [Car] }`, `Car = { allOf: [Vehicle, ...] }`, as
 * springdoc and Springwolf write inheritance. Read to the letter, no value could ever be judged. What is meant is that
 * a descendant has the base's own fields, and that the union holds for the base alone; so it is read that way, with a
 * warning at the descendant.
 */
export function untangleBases(types: Types, report: (diagnostic: Diagnostic) => void): Types {
  const changed = new Map<TypeId, NamedType>();
  for (const base of types.values()) {
    // Without fields of its own it is no base, and the circle has no meaning that could be read into it.
    if (base.schema.properties === undefined) continue;
    for (const id of listDescendants(base, types)) {
      const type = changed.get(id) ?? types.get(id);
      if (type?.schema.allOf === undefined) continue;
      const allOf = type.schema.allOf.map((part) => (part.ref === base.id ? withOwnFields(part, base.schema) : part));
      changed.set(id, { ...type, schema: { ...type.schema, allOf } });
      report(createDiagnostic(circularBase, { name: type.name, base: base.name }, { range: type.at }));
    }
  }
  if (changed.size === 0) return types;
  return new Map([...types].map(([id, type]) => [id, changed.get(id) ?? type]));
}

/** Members of the base's union, and what they extend, that extend the base itself. */
function listDescendants(base: NamedType, types: Types): readonly TypeId[] {
  const found: TypeId[] = [];
  const seen = new Set<TypeId>([base.id]);
  const pending = [...(base.schema.oneOf ?? []), ...(base.schema.anyOf ?? [])].flatMap(({ ref }) => ref ?? []);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const extended = (types.get(id)?.schema.allOf ?? []).flatMap(({ ref }) => ref ?? []);
    if (extended.includes(base.id)) found.push(id);
    pending.push(...extended);
  }
  return found.sort();
}

function withOwnFields(part: Schema, base: Schema): Schema {
  const { oneOf: _oneOf, anyOf: _anyOf, discriminator: _discriminator, ...own } = base;
  return { ...own, at: part.at };
}
