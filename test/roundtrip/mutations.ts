import type { Schema } from "../../generator/src/model/schema.ts";
import { holdsBytes } from "../../generator/src/plan/schema-facts.ts";
import { pointerTo } from "../../runtime/src/http/values.ts";
import { setOwn } from "./draw-object.ts";
import { itemSchemas } from "./draw-array.ts";
import { facetsOf, isOfType, schemasOfProperty, unfold, type Facets, type Types } from "./facets.ts";
import type { Oracle } from "./oracle.ts";
import type { Random } from "./random.ts";
import { badValues } from "./bad-values.ts";

/** A value with one fault in it. */
export interface Mutation {
  /** The keyword that it goes against. */
  readonly kind: string;
  readonly value: unknown;
  /** Where the fault is: a JSON Pointer into the value. */
  readonly place: string;
  /** Places that also tell of it: unions around it, which can only say that no form fits. */
  readonly around: readonly string[];
}

/** What mutating needs to know. */
export interface MutateOptions {
  readonly types: Types;
  readonly oracle: Oracle;
  readonly random: Random;
  readonly count: number;
}

interface Candidate {
  readonly kind: string;
  readonly place: string;
  readonly make: () => unknown;
}

const maxNodes = 60;
const unions = new Set(["oneOf", "anyOf", "not", "contains", "if", "dependentSchemas", "propertyNames"]);

/** Values that differ from a good one by one fault, of which Ajv knows that they are bad. */
export function mutate(schema: Schema, value: unknown, options: MutateOptions): readonly Mutation[] {
  const candidates: Candidate[] = [];
  collect([schema], value, {
    pointer: "",
    replace: (changed) => changed,
    candidates,
    left: { nodes: maxNodes },
    options,
  });
  const found: Mutation[] = [];
  const kinds = new Set<string>();
  // One of each kind before a second one of any.
  const shuffled = options.random.shuffle(candidates);
  const ordered = [...shuffled.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind)), ...shuffled];
  for (const { kind, place, make } of ordered.slice(0, options.count * 4)) {
    if (found.length >= options.count) break;
    const changed = make();
    const faults = options.oracle.faults(schema, changed);
    if (faults.length === 0) continue;
    const around = faults.filter(({ keyword }) => unions.has(keyword)).map(({ instancePath }) => instancePath);
    found.push({ kind, value: changed, place, around: around.filter((other) => isWithin(place, other)) });
  }
  return found;
}

/** Whether a place is another, or within it. */
export function isWithin(place: string, other: string): boolean {
  return place === other || place.startsWith(`${other}/`);
}

interface Visit {
  readonly pointer: string;
  readonly replace: (changed: unknown) => unknown;
  readonly candidates: Candidate[];
  readonly left: { nodes: number };
  readonly options: MutateOptions;
}

function collect(schemas: readonly Schema[], value: unknown, visit: Visit): void {
  visit.left.nodes -= 1;
  if (visit.left.nodes < 0 || value instanceof Blob || value instanceof Uint8Array) return;
  const all = resolve(schemas, value, visit.options);
  const facets = facetsOf(all);
  if (all.some(holdsBytes)) return;
  const { candidates, pointer, replace } = visit;
  for (const { kind, value: bad } of badValues(facets, value)) {
    candidates.push({ kind, place: pointer, make: () => replace(bad) });
  }
  if (Array.isArray(value)) collectItems(facets, value, visit);
  else if (typeof value === "object" && value !== null) {
    collectProperties(facets, value as Readonly<Record<string, unknown>>, visit);
  }
}

/** All that holds for a value: of choices the branch that it takes. */
function resolve(schemas: readonly Schema[], value: unknown, { types, oracle }: MutateOptions): readonly Schema[] {
  const decided = new Set<Schema>();
  const given = [...schemas];
  for (let round = 0; round < 20; round++) {
    const all = unfold(given, types);
    const next = all.find((schema) => !decided.has(schema) && (schema.oneOf ?? schema.anyOf) !== undefined);
    if (next === undefined) return all;
    decided.add(next);
    for (const members of [next.oneOf, next.anyOf]) {
      const fitting = members?.filter((member) => oracle.fits(member, value)) ?? [];
      if (fitting.length === 1 && fitting[0] !== undefined) given.push(fitting[0]);
    }
  }
  return unfold(schemas, types);
}

function collectItems({ all }: Facets, value: readonly unknown[], visit: Visit): void {
  const { pointer, replace, candidates } = visit;
  value.forEach((item, at) => {
    const inner: Visit = {
      ...visit,
      pointer: `${pointer}/${at}`,
      replace: (changed) => replace(value.map((other, index) => (index === at ? changed : other))),
    };
    collect(itemSchemas(all, at), item, inner);
  });
  if (value.length > 0 && all.some((schema) => schema.uniqueItems === true)) {
    candidates.push({ kind: "uniqueItems", place: pointer, make: () => replace([...value, value[0]]) });
  }
}

function collectProperties({ all, required }: Facets, value: Readonly<Record<string, unknown>>, visit: Visit): void {
  const { pointer, replace, candidates } = visit;
  const copy = (change: (copied: Record<string, unknown>) => void): unknown => {
    const copied: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) setOwn(copied, name, item);
    change(copied);
    return replace(copied);
  };
  for (const [name, item] of Object.entries(value)) {
    const schemas = schemasOfProperty(all, name) ?? [];
    if (required.has(name)) {
      candidates.push({ kind: "required", place: pointer, make: () => copy((copied) => delete copied[name]) });
    }
    const put = (changed: unknown): unknown => copy((copied) => setOwn(copied, name, changed));
    collect(schemas, item, { ...visit, pointer: pointerTo(pointer, name), replace: put });
  }
  for (const name of ["no such/property", "toString"]) {
    if (Object.hasOwn(value, name) || schemasOfProperty(all, name) !== undefined) continue;
    const make = (): unknown => copy((copied) => setOwn(copied, name, 1));
    candidates.push({ kind: "additionalProperties", place: pointerTo(pointer, name), make });
  }
}

/** Whether a value is of a type that a text can be read as. */
export function isScalar(value: unknown): boolean {
  return isOfType(value, ["string", "number", "boolean", "null"]);
}
