import type { Schema } from "../../generator/src/model/schema.ts";
import { unfold, type Types } from "./facets.ts";
import type { HeightOf } from "./heights.ts";
import type { Random } from "./random.ts";

/** One way to meet schemas that leave a choice. */
export interface Chosen {
  /** All schemas that are to hold, those of the branches taken included. */
  readonly all: readonly Schema[];
  /** Whether a value that fits `all` may still be refused. */
  readonly isOpen: boolean;
}

interface Options {
  readonly random: Random;
  readonly types: Types;
  readonly heightOf: HeightOf;
  /** Take the branches with the smallest values. */
  readonly isThrifty: boolean;
}

/** Takes a branch of every choice among the schemas; undefined when some choice has none. */
export function choose(schemas: readonly Schema[], options: Options): Chosen | undefined {
  const decided = new Set<Schema>();
  const given = [...schemas];
  let isOpen = false;
  for (let round = 0; round < 100; round++) {
    const all = unfold(given, options.types);
    const next = all.filter((schema) => !decided.has(schema) && hasChoice(schema));
    if (next.length === 0) return { all, isOpen: isOpen || all.some(isRisky) };
    for (const schema of next) {
      decided.add(schema);
      isOpen = true;
      const taken = decide(schema, options);
      if (taken === undefined) return undefined;
      given.push(...taken);
    }
  }
  return undefined;
}

function hasChoice(schema: Schema): boolean {
  return (
    schema.oneOf !== undefined ||
    schema.anyOf !== undefined ||
    schema.dependentSchemas !== undefined ||
    (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined))
  );
}

function isRisky(schema: Schema): boolean {
  return (
    schema.not !== undefined ||
    schema.contains !== undefined ||
    schema.unevaluatedProperties !== undefined ||
    schema.unevaluatedItems !== undefined ||
    schema.propertyNames !== undefined ||
    schema.dependentRequired !== undefined
  );
}

function decide(schema: Schema, options: Options): readonly Schema[] | undefined {
  const { random } = options;
  const taken: Schema[] = [];
  for (const members of [schema.oneOf, schema.anyOf]) {
    if (members === undefined) continue;
    const member = branchOf(members, options);
    if (member === undefined) return undefined;
    taken.push(member, ...tagOf(schema, member, random));
  }
  for (const { property, schema: inner } of schema.dependentSchemas ?? []) {
    taken.push(
      random.chance(0.5) ? { ...inner, required: [...(inner.required ?? []), property] } : without(inner, property),
    );
  }
  if (schema.if !== undefined && random.chance(0.5))
    taken.push(schema.if, ...(schema.then === undefined ? [] : [schema.then]));
  else if (schema.if !== undefined && schema.else !== undefined) taken.push(schema.else);
  return taken;
}

function without({ at }: Schema, name: string): Schema {
  return { at, properties: [{ name, at, schema: { at, always: false } }] };
}

function branchOf(members: readonly Schema[], { random, heightOf, isThrifty }: Options): Schema | undefined {
  const finite = members.filter((member) => Number.isFinite(heightOf(member)));
  if (finite.length === 0) return undefined;
  if (!isThrifty) return random.pick(finite);
  const least = Math.min(...finite.map(heightOf));
  return random.pick(finite.filter((member) => heightOf(member) === least));
}

/** A discriminator decides by its literal, so a value of the branch carries one that stands for the branch. */
function tagOf({ discriminator, at }: Schema, member: Schema, random: Random): readonly Schema[] {
  const values = discriminator?.mapping.filter(({ type }) => type === member.ref).map(({ value }) => value) ?? [];
  if (discriminator === undefined || values.length === 0) return [];
  const name = discriminator.property;
  const value = random.pick(values);
  return [{ at, required: [name], properties: [{ name, at, schema: { at, constant: { value } } }] }];
}
