import type { JsonType, Schema } from "../../generator/src/model/schema.ts";
import { holdsBytes } from "../../generator/src/plan/schema-facts.ts";
import { choose, type Chosen } from "./choose.ts";
import { drawArray } from "./draw-array.ts";
import { drawObject } from "./draw-object.ts";
import { facetsOf, isOfType, unfold, type Facets, type Types } from "./facets.ts";
import type { HeightOf } from "./heights.ts";
import { drawNumber } from "./numbers.ts";
import type { Oracle } from "./oracle.ts";
import { isItem, isJson, placeOfItems, placeOfProperty, type Place } from "./place.ts";
import type { Random } from "./random.ts";
import { drawText, isCarried } from "./texts.ts";

/** Which way a value goes: what is read only is not in requests, what is write only not in responses. */
export type Direction = "request" | "response";

/** What drawing needs to know of the model, and what it has spent. */
export interface Drawing {
  readonly random: Random;
  readonly types: Types;
  readonly heightOf: HeightOf;
  readonly oracle: Oracle;
  readonly direction: Direction;
  /** Values that may still be drawn: contracts may unfold without end. */
  budget: number;
}

/** What comes instead of a value where none was found. */
export const impossible: unique symbol = Symbol("impossible");

/** A value or none. */
export type Drawn = unknown;

/** A value that fits all of these schemas, in a place that can hold it. */
export function draw(schemas: readonly Schema[], place: Place, depth: number, drawing: Drawing): Drawn {
  let tries = 1;
  for (let round = 0; round < tries; round++) {
    drawing.budget -= 1;
    if (drawing.budget < 0) return impossible;
    const chosen = choose(schemas, { ...drawing, isThrifty: depth > 3 || round > 8 });
    if (chosen === undefined) return impossible;
    tries = chosen.isOpen ? 14 : 2;
    const value = drawChosen(chosen, { place, depth, round }, drawing);
    if (value === impossible) continue;
    if (isLostInList(schemas, value, place, drawing)) continue;
    // What is chosen is only hoped to fit: the other branches may fit as well, or an exclusion may strike.
    const fits = (drawn: Drawn): boolean => schemas.every((schema) => drawing.oracle.fits(schema, drawn));
    if (!chosen.isOpen || fits(value)) return value;
    const spoiled = round < 6 ? undefined : spoil(chosen, value, drawing.types);
    if (spoiled !== undefined && fits(spoiled)) return spoiled;
  }
  return impossible;
}

/** Fields repeat their name for lists, so a single value is one where one may be; and a text may look like null. */
function isLostInList(schemas: readonly Schema[], value: Drawn, place: Place, { types }: Drawing): boolean {
  if (isJson(place) || value === null || Array.isArray(value)) return false;
  if (typeof value === "string" && /^(?:null|true|false|-?\d.*)$/.test(value) && isMixed(schemas, types)) return true;
  if (place.level !== "field") return false;
  return unfold(schemas, types).some((schema) =>
    [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].some((member) => {
      const own = facetsOf(unfold([member], types)).types;
      return own?.includes("array") === true;
    }),
  );
}

function isMixed(schemas: readonly Schema[], types: Types): boolean {
  return unfold(schemas, types).some(
    (schema) => schema.oneOf !== undefined || schema.anyOf !== undefined || (schema.types?.length ?? 0) > 1,
  );
}

/** Of forms that all fit, all but one are spoiled: by properties that they alone declare, with no value of theirs. */
function spoil({ all }: Chosen, value: Drawn, types: Types): Drawn {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const known = facetsOf(all).properties;
  const extra = all.flatMap(({ oneOf = [] }) =>
    oneOf.flatMap((member) => [...facetsOf(unfold([member], types)).properties.keys()]),
  );
  const foreign = extra.filter((name) => !known.has(name));
  return { ...value, ...Object.fromEntries(foreign.map((name) => [name, { "no value": [] }])) };
}

/** How far a draw has come. */
export interface DrawStep {
  readonly place: Place;
  readonly depth: number;
  /** Later rounds draw less that is optional. */
  readonly round: number;
}

function drawChosen(chosen: Chosen, step: DrawStep, drawing: Drawing): Drawn {
  const facets = facetsOf(chosen.all);
  const { place } = step;
  if (chosen.all.some(holdsBytes)) return drawFile(drawing.random);
  if (facets.values !== undefined) {
    const isUsable = (value: unknown): boolean =>
      isOfType(value, facets.types) && (typeof value === "string" ? isCarried(value, place) : isHeld(value, place));
    const usable = facets.values.filter(isUsable);
    return usable.length === 0 ? impossible : structuredClone(drawing.random.pick(usable));
  }
  const types = typesFor(facets, step);
  if (types.length === 0) return impossible;
  return drawOfType(drawing.random.pick(types), facets, { ...step, drawing });
}

function drawOfType(type: JsonType, facets: Facets, step: DrawStep & { readonly drawing: Drawing }): Drawn {
  const { random } = step.drawing;
  switch (type) {
    case "null":
      return null;
    case "boolean":
      return random.chance(0.5);
    case "integer":
    case "number":
      return drawNumber(facets.all, type === "integer", random) ?? impossible;
    case "string":
      return drawText(facets.all, step.place, random) ?? impossible;
    case "array":
      return drawArray(facets, step, step.drawing);
    case "object":
      return drawObject(facets, step, step.drawing);
  }
}

const everyType: readonly JsonType[] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/** The types that a value may have here. Free values are shallow, and text that may mean anything means a text. */
function typesFor(facets: Facets, { place, depth, round }: DrawStep): readonly JsonType[] {
  const implied = facets.types ?? impliedTypes(facets);
  if (implied === undefined && !isJson(place)) return ["string"];
  const types = (implied ?? everyType).filter((type) => canHold(type, place));
  const flat = types.filter((type) => type !== "array" && type !== "object");
  return implied === undefined && flat.length > 0 && (depth > 2 || round > 4) ? flat : types;
}

/** Keywords of one type make that type the telling one, though others would be valid too. */
function impliedTypes({ all, properties }: Facets): readonly JsonType[] | undefined {
  if (properties.size > 0 || all.some((schema) => schema.additionalProperties !== undefined)) return ["object"];
  if (all.some((schema) => schema.items !== undefined || schema.prefixItems !== undefined)) return ["array"];
  if (all.some((schema) => schema.pattern !== undefined || schema.minLength !== undefined)) return ["string"];
  return all.some((schema) => schema.minimum !== undefined || schema.multipleOf !== undefined) ? ["number"] : undefined;
}

function canHold(type: JsonType, place: Place): boolean {
  if (type === "array") return placeOfItems(place) !== undefined;
  return type === "object" ? placeOfProperty(place, "") !== undefined : true;
}

/** Whether a listed value can stand here; lists and objects of lists are rare, and only JSON takes them. */
function isHeld(value: unknown, place: Place): boolean {
  return isJson(place) || typeof value !== "object" || value === null;
}

function drawFile(random: Random): Uint8Array | Blob {
  const bytes = Uint8Array.from({ length: random.whole(0, 64) }, () => random.whole(0, 255));
  switch (random.whole(0, 2)) {
    case 0:
      return bytes;
    case 1:
      return new Blob([bytes], { type: "image/png" });
    default:
      return new File([bytes], random.pick(["a.bin", 'quo"te.txt', "Zoë %22.png"]), {
        type: "application/octet-stream",
      });
  }
}

/** Whether a place loses a list or object that has nothing in it. */
export function losesEmpty(place: Place): boolean {
  return (
    !isJson(place) &&
    !(place.level === "whole" && (place.kind === "form" || place.kind === "multipart")) &&
    !isItem(place)
  );
}
