import type { Schema, TypeId } from "../model/schema.ts";
import type { Types } from "./schema-in-place.ts";
import { visitParts } from "./schema-parts.ts";

/** Properties of one value that are left out, as all schemas that apply to it say together. */
export interface HiddenNames {
  /** Left out whatever alternative the value is. */
  readonly hidden: ReadonlySet<string>;
  /** Also those that only an alternative leaves out: what stands beside the alternatives can't require them. */
  readonly loose: ReadonlySet<string>;
  /** Discriminators; these are sent in any direction, or nobody could tell what the value is. */
  readonly tags: ReadonlySet<string>;
}

/** References that lead to one another; contracts with more of them in a row are made to break readers. */
const maxDepth = 200;

const none: HiddenNames = { hidden: new Set(), loose: new Set(), tags: new Set() };

/** Finds out which properties of a value are left out in one direction. */
export interface HiddenNameFinder {
  readonly ofSchema: (schema: Schema) => HiddenNames;
  readonly ofType: (id: TypeId) => HiddenNames;
}

/**
 * Collects over references, `allOf` and alternatives: the mark of a property may stand in another branch than the
 * `required` that names it.
 */
export function createHiddenNameFinder(types: Types, isMarked: (property: Schema) => boolean): HiddenNameFinder {
  const known = new Map<TypeId, HiddenNames>();
  let depth = 0;
  const ofType = (id: TypeId): HiddenNames => {
    const before = known.get(id);
    if (before !== undefined) return before;
    if (depth >= maxDepth) return none;
    // A reference that leads back adds nothing; what can't be read at all is for `check` to report.
    known.set(id, none);
    const target = types.get(id);
    depth += 1;
    const names = target === undefined ? none : ofSchema(target.schema);
    depth -= 1;
    known.set(id, names);
    return names;
  };
  const ofSchema = (schema: Schema): HiddenNames => {
    const whole: HiddenNames[] = [];
    const alternatives: HiddenNames[] = [];
    if (schema.ref !== undefined) whole.push(ofType(schema.ref));
    visitParts(schema, (part, relation) => {
      if (relation === "whole") whole.push(ofSchema(part));
      else if (relation === "member" || relation === "condition") alternatives.push(ofSchema(part));
    });
    const own = (schema.properties ?? []).flatMap(({ name, schema: part }) => (isMarked(part) ? [name] : []));
    if (own.length === 0 && whole.length + alternatives.length === 0 && schema.discriminator === undefined) return none;
    const tags = new Set([
      ...(schema.discriminator === undefined ? [] : [schema.discriminator.property]),
      ...[...whole, ...alternatives].flatMap((names) => [...names.tags]),
    ]);
    const isSent = (name: string): boolean => !tags.has(name);
    const hidden = [...own, ...whole.flatMap((names) => [...names.hidden])].filter(isSent);
    const loose = [...hidden, ...[...whole, ...alternatives].flatMap((names) => [...names.loose])].filter(isSent);
    return { hidden: new Set(hidden), loose: new Set(loose), tags };
  };
  return { ofSchema, ofType };
}

/** The names that hold for an alternative of a value: those of the whole, and its own. */
export function joinNames(whole: HiddenNames, own: HiddenNames): HiddenNames {
  const tags = new Set([...whole.tags, ...own.tags]);
  const isSent = (name: string): boolean => !tags.has(name);
  return {
    hidden: new Set([...whole.hidden, ...own.hidden].filter(isSent)),
    loose: new Set([...whole.hidden, ...own.loose].filter(isSent)),
    tags,
  };
}

/**
 * Whether a schema requires one of the names, or declares one as a property, for the value itself; references are
 * followed.
 */
export function mentionsAny(
  schema: Schema,
  names: readonly string[],
  { types, where }: { readonly types: Types; readonly where: "required" | "anywhere" },
): boolean {
  const seen = new Set<Schema>();
  const pending: Schema[] = [schema];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    if (part.required?.some((name) => names.includes(name)) === true) return true;
    if (where === "anywhere" && part.properties?.some(({ name }) => names.includes(name)) === true) return true;
    visitParts(part, (inner, relation) => {
      if (relation !== "inner" && relation !== "test") pending.push(inner);
    });
    const target = part.ref === undefined ? undefined : types.get(part.ref);
    if (target !== undefined) pending.push(target.schema);
  }
  return false;
}
