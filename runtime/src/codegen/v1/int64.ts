/**
 * Whole numbers of 64 bits as bigints: what generated code imports when `types.int64` is `bigint`, and nobody else. No
 * digit is lost on the way in or out.
 */
import type { PayloadCodec } from "../../descriptor/event.ts";
import type { JsonForm } from "../../descriptor/json-form.ts";
import type { Validator } from "../../descriptor/validate.ts";
import { isMultipleOf, isObject } from "./validate.ts";

/** Where a value has whole numbers of 64 bits; named types are functions, since they may contain themselves. */
export type Int64Shape =
  | "int64"
  | (() => Int64Shape)
  | {
      readonly properties?: Readonly<Record<string, Int64Shape>>;
      readonly patterns?: readonly (readonly [pattern: string, shape: Int64Shape])[];
      /** Of what neither `known` nor `patterns` names. */
      readonly additional?: Int64Shape;
      /** Declared properties without such numbers. */
      readonly known?: readonly string[];
      readonly prefix?: readonly (Int64Shape | null)[];
      /** Of the items after `after`, 0 by default. */
      readonly items?: Int64Shape;
      readonly after?: number;
      readonly all?: readonly Int64Shape[];
      readonly any?: readonly Int64Member[];
      /** The property whose value tells members apart. */
      readonly tag?: string;
    };

/** A member of a union, how it is known, and the values of the tag that are its own. */
export type Int64Member = readonly [shape: Int64Shape, fits: Validator, tags?: readonly string[]];

const int64Limits = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const maxUint64 = 2n ** 64n - 1n;

/** A whole number: a bigint, or a number without a fraction. */
export function isWhole(value: unknown): boolean {
  return typeof value === "bigint" || Number.isInteger(value);
}

/** A number of JSON, in either form. */
export function isNumeric(value: unknown): boolean {
  return typeof value === "bigint" || typeof value === "number";
}

/** A whole number from -2^63 to 2^63 - 1; as a number only where that is exact. */
export function isBigint64(value: bigint | number): boolean {
  if (typeof value !== "bigint") return Number.isSafeInteger(value);
  return value >= int64Limits[0] && value <= int64Limits[1];
}

/** A whole number from 0 to 2^64 - 1; as a number only where that is exact. */
export function isBigUint64(value: bigint | number): boolean {
  return value >= 0 && (typeof value === "bigint" ? value <= maxUint64 : Number.isSafeInteger(value));
}

/** As `isMultipleOf`, exact for bigints and whole divisors. */
export function isMultipleOfWhole(value: bigint | number, divisor: number): boolean {
  return typeof value === "bigint" && Number.isSafeInteger(divisor)
    ? value % BigInt(divisor) === 0n
    : isMultipleOf(Number(value), divisor);
}

/** The number that equals a bigint, to be compared with a contract's values; everything else as it is. */
export function plainNumber(value: unknown): unknown {
  return typeof value === "bigint" && BigInt(Number(value)) === value ? Number(value) : value;
}

/** Reads the text of a parameter, header or form field. */
export function readInt64(text: string): { readonly value: bigint } | undefined {
  return wholeText.test(text) ? { value: BigInt(text) } : undefined;
}

/** JSON whose whole numbers of 64 bits, at the places that the shape says, are bigints. */
export function bigintJson(shape: Int64Shape): JsonForm {
  return { parse: parseExactly, settle: (value) => settleNumbers(value, shape), write: writeBigints };
}

/** As `jsonCodec`, with bigints at the places that the shape says. */
export function bigintJsonCodec<Data = any>(
  shape: Int64Shape,
  contentType: string = "application/json",
): PayloadCodec<Data> {
  return {
    contentType,
    encode: (data) => {
      const text = writeBigints(data);
      if (text === undefined) throw new TypeError("the payload is no JSON value");
      return new TextEncoder().encode(text);
    },
    decode: (bytes) =>
      settleNumbers(parseExactly(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), shape) as Data,
  };
}

/** More digits than 20 are of no number of 64 bits, and slow to read. */
const wholeText = /^-?(?:0|[1-9][0-9]{0,19})$/;

/** A whole number that a `number` can't hold, until it is known what the contract makes of it. */
class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `JSON.parse` with the text of each number, and raw JSON: ECMAScript 2027, in Node.js since 21. */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver?: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON?(text: string): object;
};

function parseExactly(text: string): unknown {
  // Shorter numbers are exact; with a reviver the engine takes several times as long.
  if (!/[0-9]{16}/.test(text)) return json.parse(text);
  return json.parse(text, (_key, value, context) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && wholeText.test(source) ? new Digits(source) : value;
  });
}

function writeBigints(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== "bigint") return item;
    if (json.rawJSON === undefined)
      throw new Error("this platform can't write bigints as JSON: it has no JSON.rawJSON");
    return json.rawJSON(String(item));
  });
}

function settleNumbers(value: unknown, shape: Int64Shape): unknown {
  return round(convert(value, shape, new Map()));
}

/** Digits that no shape wants become the nearest number, as `JSON.parse` would have made it. */
function round(value: unknown): unknown {
  if (value instanceof Digits) return Number(value.text);
  return mapEntries(value, round);
}

/** What became of objects and lists so far, by named type: a value is converted once, however many ways lead to it. */
type Converted = Map<Int64Shape, Map<object, unknown>>;

function convert(value: unknown, shape: Int64Shape, converted: Converted): unknown {
  if (shape === "int64") {
    if (value instanceof Digits) return BigInt(value.text);
    return Number.isSafeInteger(value) ? BigInt(value as number) : value;
  }
  if (typeof shape === "function") return convertNamed(value, shape(), converted);
  let result = mapEntries(value, (entry, key) => {
    let found = entry;
    for (const inner of shapesAt(shape, key)) found = convert(found, inner, converted);
    return found;
  });
  for (const part of shape.all ?? []) result = convert(result, part, converted);
  return convertMember(result, shape, converted);
}

function convertNamed(value: unknown, shape: Int64Shape, converted: Converted): unknown {
  if (typeof value !== "object" || value === null || value instanceof Digits) return convert(value, shape, converted);
  const known = converted.get(shape) ?? new Map<object, unknown>();
  converted.set(shape, known);
  if (known.has(value)) return known.get(value);
  known.set(value, value);
  const result = convert(value, shape, converted);
  known.set(value, result);
  if (typeof result === "object" && result !== null) known.set(result, result);
  return result;
}

/** By each member that the value then fits. */
function convertMember(
  value: unknown,
  { any = [], tag }: Exclude<Int64Shape, string | (() => Int64Shape)>,
  converted: Converted,
): unknown {
  const told = tag !== undefined && isObject(value) && Object.hasOwn(value, tag) ? value[tag] : undefined;
  const own = any.filter(([, , tags]) => typeof told === "string" && tags?.includes(told) === true);
  let result = value;
  for (const [shape, fits, tags] of own.length > 0 ? own : any) {
    if (own.length === 0 && tags !== undefined && told !== undefined) continue;
    const candidate = convert(result, shape, converted);
    if (candidate !== result && fits(round(candidate))) result = candidate;
  }
  return result;
}

function shapesAt(
  shape: Exclude<Int64Shape, string | (() => Int64Shape)>,
  key: string | number,
): readonly Int64Shape[] {
  if (typeof key === "number") {
    const found = key < (shape.after ?? 0) ? shape.prefix?.[key] : shape.items;
    return found == null ? [] : [found];
  }
  const { properties = {}, patterns = [], known = [] } = shape;
  const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
  const matching = patterns.filter(([pattern]) => patternOf(pattern).test(key)).map(([, inner]) => inner);
  if (own !== undefined || matching.length > 0) return own === undefined ? matching : [own, ...matching];
  return shape.additional === undefined || known.includes(key) ? [] : [shape.additional];
}

const patterns = /*@__PURE__*/ new Map<string, RegExp>();

/** Patterns are the contract's, so there are only so many. */
function patternOf(pattern: string): RegExp {
  const existing = patterns.get(pattern);
  if (existing !== undefined) return existing;
  let made: RegExp;
  try {
    made = new RegExp(pattern, "u");
  } catch {
    // As validators do: what isn't readable with the flag is read without.
    made = new RegExp(pattern);
  }
  patterns.set(pattern, made);
  return made;
}

/** The object or list with its entries mapped; the same one when none changes. Files and bytes have no entries. */
function mapEntries(value: unknown, map: (entry: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) {
    let changed: unknown[] | undefined;
    for (const [index, entry] of value.entries()) {
      const mapped: unknown = map(entry, index);
      if (mapped !== entry) (changed ??= [...(value as readonly unknown[])])[index] = mapped;
    }
    return changed ?? value;
  }
  if (!isObject(value)) return value;
  let changed: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const mapped = map(value[key], key);
    // The copy has the property already, as one of its own, even if it is called `__proto__`.
    if (mapped !== value[key]) (changed ??= { ...value })[key] = mapped;
  }
  return changed ?? value;
}
