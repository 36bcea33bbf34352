import { circularBase, circularPart } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import { conditionsOf, findCircles, refsInPlace, type Types } from "./schema-in-place.ts";

/**
 * Mends schemas that contain themselves without a step into a property or an item. Read to the letter no value could
 * ever be judged, and no type could be written; what is meant is often clear all the same:
 *
 * - `Vehicle = { ..., oneOf: [Car] }` and `Car = { allOf: [Vehicle, ...] }`, as springdoc and Springwolf write
 *   inheritance: a car has the vehicle's own fields, and the union holds for the vehicle alone.
 * - `A = A | B`, also by way of others, is `B`: an alternative that leads back adds nothing.
 *
 * Each is read so, with a warning. Nothing can be read into references alone (`A = B = A`); they stay, and `check`
 * reports them.
 */
export function untangle(types: Types, report: (diagnostic: Diagnostic) => void): Types {
  const changed = new Map<TypeId, NamedType>();
  for (const circle of findCircles(types)) {
    if ([...circle].some((id) => isAliasCircle(id, types))) continue;
    const knot: Knot = { types, circle, openings: findOpenings(circle, types), report };
    for (const id of circle) {
      const type = types.get(id);
      if (type === undefined) continue;
      changed.set(id, { ...type, schema: mend(type.schema, { knot, owner: type, isMember: false }) });
    }
  }
  return changed.size === 0 ? types : new Map([...types].map(([id, type]) => [id, changed.get(id) ?? type]));
}

interface Knot {
  readonly types: Types;
  readonly circle: ReadonlySet<TypeId>;
  /** Where circles are opened: no reference to these is left within the circle. */
  readonly openings: ReadonlySet<TypeId>;
  readonly report: (diagnostic: Diagnostic) => void;
}

interface Place {
  readonly knot: Knot;
  readonly owner: NamedType;
  /** Below `oneOf` or `anyOf`, where a part may be left out. */
  readonly isMember: boolean;
}

/** Whether nothing but references leads from the type back to it. */
function isAliasCircle(start: TypeId, types: Types): boolean {
  const seen = new Set<TypeId>();
  let id: TypeId | undefined = start;
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    id = aliasOf(types.get(id)?.schema);
  }
  return id === start;
}

/** What a schema stands for when it is no more than a reference, maybe within `allOf`. */
function aliasOf(schema: Schema | undefined): TypeId | undefined {
  if (schema === undefined) return undefined;
  const { at: _at, title: _title, description: _description, deprecated: _deprecated, ref, allOf, ...rest } = schema;
  const [only, ...more] = [...(ref === undefined ? [] : [ref]), ...(allOf ?? []).map((part) => aliasOf(part))];
  return Object.keys(rest).length > 0 || more.length > 0 ? undefined : only;
}

/** Bases with a union that leads back first; then what still closes a circle, in the order of the types. */
function findOpenings(circle: ReadonlySet<TypeId>, types: Types): ReadonlySet<TypeId> {
  const openings = new Set<TypeId>();
  const inside = [...circle].flatMap((id) => {
    const type = types.get(id);
    return type === undefined ? [] : refsInPlace(type.schema).map((ref) => ({ ...ref, from: id }));
  });
  const extended = new Set(inside.filter(({ kind }) => kind === "whole").map(({ to }) => to));
  for (const { from, to, kind } of inside) {
    if (kind !== "whole" && circle.has(to) && extended.has(from)) openings.add(from);
  }
  for (;;) {
    const rest = new Map([...types].filter(([id]) => circle.has(id) && !openings.has(id)));
    const [first] = findCircles(rest).map((found) => [...found].sort()[0]);
    if (first === undefined) return openings;
    openings.add(first);
  }
}

/** The schema without references that keep the circle closed. */
function mend(schema: Schema, place: Place): Schema {
  const { knot, owner } = place;
  const { ref, allOf, oneOf, anyOf, ...rest } = schema;
  const result: { -readonly [Key in keyof Schema]: Schema[Key] } = { ...withoutConditions(rest, knot) };
  const parts: Schema[] = [];
  if (ref !== undefined) {
    const target = isClosing(ref, knot) ? knot.types.get(ref) : undefined;
    if (target === undefined) result.ref = ref;
    else {
      announce(place, target);
      const isAlternative = place.isMember || aliasOf(owner.schema) !== undefined;
      const part = isAlternative ? alternativesOf : ownPart;
      if (target.id !== owner.id) parts.push(part(target, knot, new Set([owner.id])));
    }
  }
  parts.push(...(allOf ?? []).map((part) => mend(part, place)));
  if (parts.length > 0) result.allOf = parts;
  for (const [keyword, members] of Object.entries({ oneOf, anyOf }) as readonly ["oneOf" | "anyOf", typeof oneOf][]) {
    const kept = members?.filter((member) => !isOnlyRef(member, owner.id));
    if (kept?.length !== members?.length) announce(place, owner);
    if (kept !== undefined && kept.length > 0) {
      result[keyword] = kept.map((member) => mend(member, { ...place, isMember: true }));
    }
  }
  const [only] = parts;
  const isBare = Object.keys(result).every((keyword) => keyword === "at" || keyword === "allOf");
  return isBare && ref !== undefined && parts.length === 1 && only !== undefined ? { ...only, at: schema.at } : result;
}

/** References to an opening close a circle only when they come from within. */
function isClosing(ref: TypeId, { circle, openings }: Knot): boolean {
  return circle.has(ref) && openings.has(ref);
}

function isOnlyRef(schema: Schema, id: TypeId): boolean {
  return schema.ref === id;
}

/** What a type says of every value, without the alternatives and conditions that lead back. */
function ownPart(type: NamedType, knot: Knot, seen: Set<TypeId>): Schema {
  seen.add(type.id);
  const { oneOf, anyOf, discriminator, allOf, ref, ...rest } = type.schema;
  const isBack = [oneOf, anyOf].some((members) => members?.some((member) => touches(member, knot)) === true);
  const targets = [ref === undefined ? undefined : { at: type.schema.at, ref }, ...(allOf ?? [])];
  const parts = targets.flatMap((part): readonly Schema[] => {
    if (part === undefined) return [];
    const target = part.ref === undefined || !knot.circle.has(part.ref) ? undefined : knot.types.get(part.ref);
    if (target === undefined) return touches(part, knot) ? [] : [part];
    return seen.has(target.id) ? [] : [ownPart(target, knot, seen)];
  });
  return {
    ...withoutConditions(rest, knot),
    ...(isBack ? {} : { ...(oneOf && { oneOf }), ...(anyOf && { anyOf }), ...(discriminator && { discriminator }) }),
    ...(parts.length === 0 ? {} : { allOf: parts }),
  };
}

/** A type as an alternative of another: its own alternatives without those that were looked at already. */
function alternativesOf(type: NamedType, knot: Knot, seen: Set<TypeId>): Schema {
  seen.add(type.id);
  const { oneOf, anyOf } = type.schema;
  const without = (members: readonly Schema[]): readonly Schema[] =>
    members.flatMap((member): readonly Schema[] => {
      const target = member.ref === undefined || !knot.circle.has(member.ref) ? undefined : knot.types.get(member.ref);
      if (target === undefined) return touches(member, knot) ? [] : [member];
      return seen.has(target.id) ? [] : [alternativesOf(target, knot, seen)];
    });
  const lists = { oneOf: without(oneOf ?? []), anyOf: without(anyOf ?? []) };
  return {
    ...ownPart(type, knot, new Set(seen)),
    ...(lists.oneOf.length > 0 ? { oneOf: lists.oneOf } : {}),
    ...(lists.anyOf.length > 0 ? { anyOf: lists.anyOf } : {}),
  };
}

function withoutConditions(schema: Schema, knot: Knot): Schema {
  if (!conditionsOf(schema).some((part) => touches(part, knot))) return schema;
  const { not: _not, if: _if, then: _then, else: _else, dependentSchemas: _dependent, ...rest } = schema;
  return rest;
}

function touches(schema: Schema, { circle }: Knot): boolean {
  return refsInPlace(schema).some(({ to }) => circle.has(to));
}

function announce({ knot, owner, isMember }: Place, target: NamedType): void {
  const isBase =
    !isMember && refsInPlace(target.schema).some(({ to, kind }) => kind === "member" && knot.circle.has(to));
  const definition = isBase && owner.id !== target.id ? circularBase : circularPart;
  knot.report(createDiagnostic(definition, { name: owner.name, base: target.name }, { range: owner.at }));
}
