import { isArray, isObject, type JsonObject, type JsonValue } from "../source/json.ts";
import { formatDuration, parseDuration, parseIsoDuration } from "./duration.ts";
import type { FieldType } from "./shape.ts";

/** What a value was read as: its canonical form, or what was expected instead. */
export type FieldReading =
  { readonly value: JsonValue } | { readonly expected: string; readonly found: string; readonly help: string };

/** Where an idempotency key travels; the canonical form of `header:Idempotency-Key`. */
export interface KeySource extends JsonObject {
  readonly from: "header" | "field" | "message";
  readonly name: string;
}

const maxListLength = 256;
const maxShown = 40;

/**
 * Reads a value of the policy into its canonical form: durations in milliseconds, key sources as `{ from, name }`,
 * sets sorted and without repeats. Never throws, whatever the value.
 */
export function readFieldValue(type: FieldType, value: JsonValue): FieldReading {
  switch (type.kind) {
    case "duration":
      return readDuration(type, value);
    case "integer":
      return readNumber(value, type, "a whole number");
    case "number":
      return readNumber(value, type, "a number");
    case "percent":
      return readPercent(value);
    case "boolean":
      return typeof value === "boolean" ? { value } : refuse("true or false", value);
    case "enum":
      return readEnum(type.values, value);
    case "string":
      return typeof value === "string" && new RegExp(type.pattern, "u").test(value)
        ? { value }
        : refuse(type.expected, value);
    case "keySource":
      return readKeySource(value);
    case "set":
      return readSet(type.item, value);
    case "objects":
      return readObjects(type, value);
    case "json":
      return { value };
  }
}

/** A value as people wrote it, short and harmless, for messages. */
export function showValue(value: JsonValue | undefined): string {
  if (isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text;
}

function refuse(expected: string, value: JsonValue | undefined, help: string = `write ${expected}`): FieldReading {
  return { expected, found: showValue(value), help };
}

function readDuration(type: { readonly minMs: number; readonly maxMs: number }, value: JsonValue): FieldReading {
  const expected = 'a duration such as "800ms", "2s" or "24h"';
  if (typeof value === "number")
    return refuse(expected, value, `add the unit, for example "${value}ms" or "${value}s"`);
  if (typeof value !== "string") return refuse(expected, value);
  const ms = parseDuration(value);
  if (ms === undefined) {
    const iso = parseIsoDuration(value);
    return iso === undefined
      ? refuse(expected, value)
      : refuse(expected, value, `write "${formatDuration(iso)}" instead of the ISO form`);
  }
  if (ms < type.minMs) return refuse(`at least ${formatDuration(type.minMs)}`, value);
  if (ms > type.maxMs) return refuse(`at most ${formatDuration(type.maxMs)}`, value);
  return { value: ms };
}

function readNumber(
  value: JsonValue,
  type: { readonly kind: string; readonly min: number; readonly max: number },
  name: string,
): FieldReading {
  const expected = `${name} from ${type.min} to ${type.max}`;
  if (typeof value !== "number" || !Number.isFinite(value)) return refuse(expected, value);
  if (type.kind === "integer" && !Number.isInteger(value)) return refuse(expected, value);
  return value >= type.min && value <= type.max ? { value } : refuse(expected, value);
}

function readPercent(value: JsonValue): FieldReading {
  const expected = 'a percentage from 0 to 100, such as 10 or "10%"';
  const match = typeof value === "string" ? /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(value) : null;
  const percent = match === null ? value : Number(match[1]);
  return typeof percent === "number" && percent >= 0 && percent <= 100 ? { value: percent } : refuse(expected, value);
}

function readEnum(values: readonly string[], value: JsonValue): FieldReading {
  return typeof value === "string" && values.includes(value)
    ? { value }
    : refuse(`one of ${values.map((name) => `"${name}"`).join(", ")}`, value);
}

function readKeySource(value: JsonValue): FieldReading {
  const expected = '"header:NAME", "field:PATH" or "message:FIELD"';
  if (typeof value !== "string") return refuse(expected, value);
  const match = /^(?:(header):([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})|(field|message):([A-Za-z_][\w.-]{0,255}))$/.exec(
    value,
  );
  if (match === null) return refuse(expected, value, 'write for example "header:Idempotency-Key"');
  return { value: { from: match[1] ?? match[3] ?? "", name: match[2] ?? match[4] ?? "" } };
}

function readSet(item: FieldType, value: JsonValue): FieldReading {
  if (!isArray(value)) return refuse("a list", value, "put it in brackets: [...]");
  if (value.length > maxListLength) return refuse(`at most ${maxListLength} entries`, value.length);
  const found = new Set<JsonValue>();
  for (const entry of value) {
    const reading = readFieldValue(item, entry);
    if (!("value" in reading)) return reading;
    found.add(reading.value);
  }
  return { value: sortNames([...found]) };
}

function readObjects(type: Extract<FieldType, { readonly kind: "objects" }>, value: JsonValue): FieldReading {
  const shape = `{ ${type.fields.map(({ name }) => name).join(", ")} }`;
  if (!isArray(value)) return refuse(`a list of ${shape}`, value);
  if (value.length > maxListLength) return refuse(`at most ${maxListLength} entries`, value.length);
  const byName = new Map<JsonValue, JsonObject>();
  for (const entry of value) {
    if (!isObject(entry)) return refuse(shape, entry);
    const unknown = Object.keys(entry).find((key) => !type.fields.some(({ name }) => name === key));
    if (unknown !== undefined)
      return { expected: shape, found: `the field ${showValue(unknown)}`, help: `write ${shape}` };
    const read: Record<string, JsonValue> = {};
    for (const field of type.fields) {
      const given = Object.hasOwn(entry, field.name) ? entry[field.name] : field.default;
      if (given === undefined) return { expected: shape, found: `no "${field.name}"`, help: `add "${field.name}"` };
      const reading = readFieldValue(field.type, given);
      if (!("value" in reading)) return reading;
      read[field.name] = reading.value;
    }
    byName.set(read[type.by] ?? null, read);
  }
  return { value: sortObjects([...byName.values()], type.by) };
}

/** Sorted by code unit, so that the order in which contracts write a set can't be seen. */
export function sortNames(values: readonly JsonValue[]): JsonValue[] {
  return [...values].sort((a, b) => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0));
}

/** Sorted by the field that tells them apart. */
export function sortObjects(values: readonly JsonObject[], by: string): JsonObject[] {
  return [...values].sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : String(a[by]) > String(b[by]) ? 1 : 0));
}
