import type { Schema } from "../../generator/src/model/schema.ts";
import { stringFormats } from "../../generator/src/emit/validate-formats.ts";
import { isOfType, largest, matches, smallest, type Facets } from "./facets.ts";

/** What a value might be instead, so that it goes against one keyword. */
export interface BadValue {
  readonly kind: string;
  readonly value: unknown;
}

const maxLength = 20_000;
const maxItems = 300;

/** Replacements of a good value that go against its facets; the facets of the type that it has. */
export function badValues({ types, values, all }: Facets, value: unknown): readonly BadValue[] {
  const bad: BadValue[] = [];
  if (types !== undefined && types.length > 0) {
    const other = ["a text", 7.5, true, null, { "not this": 1 }, [[]]].find((one) => !isOfType(one, types));
    if (other !== undefined) bad.push({ kind: "type", value: other });
  }
  if (values !== undefined)
    bad.push({ kind: "enum", value: typeof value === "number" ? 987_654_321 : "no such value" });
  if (typeof value === "string") bad.push(...badTexts(all, value));
  if (typeof value === "number") bad.push(...badNumbers(all));
  if (Array.isArray(value)) bad.push(...badLists(all, value));
  return bad;
}

function badTexts(all: readonly Schema[], value: string): readonly BadValue[] {
  const bad: BadValue[] = [];
  const high = smallest(all, "maxLength");
  const low = largest(all, "minLength");
  if (high !== undefined && high < maxLength) {
    bad.push({ kind: "maxLength", value: (value === "" ? "a" : value).repeat(high + 1).slice(0, high * 2 + 2) });
  }
  if (low !== undefined && low > 0) bad.push({ kind: "minLength", value: "" });
  for (const { pattern, format } of all) {
    const other =
      pattern === undefined ? undefined : ["!", "~ no match ~", "", "\u0001"].find((text) => !matches(pattern, text));
    if (other !== undefined) bad.push({ kind: "pattern", value: other });
    if (format !== undefined && Object.hasOwn(stringFormats, format))
      bad.push({ kind: "format", value: "not ^ of this format?" });
  }
  return bad;
}

function badNumbers(all: readonly Schema[]): readonly BadValue[] {
  const bad: BadValue[] = [];
  const low = largest(all, "minimum") ?? largest(all, "exclusiveMinimum");
  const high = smallest(all, "maximum") ?? smallest(all, "exclusiveMaximum");
  if (low !== undefined && Math.abs(low) < 2 ** 50) bad.push({ kind: "minimum", value: low - 1 });
  if (high !== undefined && Math.abs(high) < 2 ** 50) bad.push({ kind: "maximum", value: high + 1 });
  for (const { format, multipleOf } of all) {
    if (format === "int32") bad.push({ kind: "format", value: 2 ** 31 });
    if (multipleOf !== undefined && multipleOf > 0) bad.push({ kind: "multipleOf", value: multipleOf * 1.5 });
  }
  if (all.some(({ types }) => types?.includes("integer") === true)) bad.push({ kind: "type", value: 0.5 });
  return bad;
}

function badLists(all: readonly Schema[], value: readonly unknown[]): readonly BadValue[] {
  const bad: BadValue[] = [];
  const low = largest(all, "minItems");
  const high = smallest(all, "maxItems");
  if (low !== undefined && low > 0 && low < maxItems) bad.push({ kind: "minItems", value: value.slice(0, low - 1) });
  if (high !== undefined && high < maxItems && value.length > 0) {
    bad.push({ kind: "maxItems", value: Array.from({ length: high + 1 }, (_none, at) => value[at % value.length]) });
  }
  return bad;
}
