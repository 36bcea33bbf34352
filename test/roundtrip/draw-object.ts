import type { Schema } from "../../generator/src/model/schema.ts";
import { draw, impossible, losesEmpty, type Drawing, type DrawStep, type Drawn } from "./draw.ts";
import { largest, schemasOfProperty, smallest, unfold, type Facets, type Types } from "./facets.ts";
import { patternTexts } from "./patterns.ts";
import { isJson, placeOfProperty, type Place } from "./place.ts";

const chances = [0.7, 0.5, 0.3, 0.15, 0.05];

/** An object that the facets allow. */
export function drawObject(facets: Facets, step: DrawStep, drawing: Drawing): Drawn {
  const { all } = facets;
  const { random } = drawing;
  const low = Math.max(largest(all, "minProperties") ?? 0, losesEmpty(step.place) ? 1 : 0);
  const high = smallest(all, "maxProperties") ?? Infinity;
  const required = closeRequired(facets);
  const chance = step.round > 6 ? 0 : (chances[step.depth] ?? 0);
  const optional = random.shuffle([...facets.properties.keys()].filter((name) => !required.has(name)));
  const value: Record<string, unknown> = {};
  const add = (name: string): boolean => {
    const schemas = schemasOfProperty(all, name);
    if (schemas === undefined || (isHidden(schemas, drawing) && !required.has(name))) return false;
    const place = placeOfProperty(step.place, name);
    const item = place === undefined ? impossible : draw(schemas, place, step.depth + 1, drawing);
    if (item === impossible) return false;
    setOwn(value, name, item);
    return true;
  };
  for (const name of required) if (!add(name)) return impossible;
  let count = required.size;
  for (const name of optional) {
    if (count >= high || !(count < low || random.chance(chance))) continue;
    const needed = dependents(all, name).filter((other) => !Object.hasOwn(value, other));
    if (needed.every(add) && add(name)) count += 1 + needed.length;
  }
  const wanted = low - count;
  const isMap = facets.properties.size === 0;
  const extra =
    wanted > 0 ? wanted : mayGrow(facets, step) ? random.whole(0, isMap ? 3 : random.chance(0.3) ? 2 : 0) : 0;
  const isOpen = takesAnyName(facets, step.place);
  for (let at = 0, tries = 0; isOpen && at < extra && count < high && tries < 40; tries++) {
    const name = drawName(all, step.place, drawing);
    if (name === undefined || Object.hasOwn(value, name) || facets.properties.has(name) || !add(name)) continue;
    at += 1;
    count += 1;
  }
  return count < low ? impossible : value;
}

/** Properties that are not for this direction. */
function isHidden(schemas: readonly Schema[], { direction, types }: Drawing): boolean {
  const keyword = direction === "request" ? "readOnly" : "writeOnly";
  return unfold(schemas, types as Types).some((schema) => schema[keyword] === true);
}

/** Required properties with those that they bring with them. */
function closeRequired({ all, required }: Facets): ReadonlySet<string> {
  const closed = new Set(required);
  for (const name of closed) for (const other of dependents(all, name)) closed.add(other);
  return closed;
}

function dependents(all: readonly Schema[], name: string): readonly string[] {
  return all.flatMap((schema) =>
    (schema.dependentRequired ?? []).flatMap(({ property, required }) => (property === name ? required : [])),
  );
}

/** Whether names that nothing declares may be added: text places only take what is declared to come. */
function mayGrow({ all, properties }: Facets, { place, depth, round }: DrawStep): boolean {
  if (depth > 3 || round > 2 || all.some((schema) => schema.unevaluatedProperties !== undefined)) return false;
  return takesAnyName({ all, properties }, place);
}

/** In the text of a parameter only what is declared is looked for, be it by a schema for all names. */
function takesAnyName({ all, properties }: Pick<Facets, "all" | "properties">, place: Place): boolean {
  if (isJson(place)) return true;
  return (
    properties.size === 0 ||
    all.some((schema) => schema.additionalProperties !== undefined || schema.patternProperties !== undefined)
  );
}

const names = ["x-extra", "a/b~c", "", "é 中", "__proto__", "constructor", "hasOwnProperty", "k=1&v", "[0]", "A", "zz"];

function drawName(all: readonly Schema[], place: Place, drawing: Drawing): string | undefined {
  const { random } = drawing;
  const rules = all.flatMap((schema) => (schema.propertyNames === undefined ? [] : [schema.propertyNames]));
  if (rules.length > 0) {
    const name = draw(
      [...rules, { at: (rules[0] as Schema).at, types: ["string"] }],
      { kind: "json", level: "whole" },
      5,
      drawing,
    );
    return typeof name === "string" ? name : undefined;
  }
  const patterns = all.flatMap((schema) => (schema.patternProperties ?? []).map(({ pattern }) => pattern));
  if (patterns.length > 0 && random.chance(0.8)) return patternTexts(random.pick(patterns))?.(random, 5);
  return isJson(place) ? random.pick(names) : `k${random.whole(0, 99)}`;
}

/** Sets an own property whatever its name is. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
