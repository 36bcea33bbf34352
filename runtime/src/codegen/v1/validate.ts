/**
 * What generated validators (`_validate` modules) import: small checks that are the same for every schema.
 * Numbers, strings and equality follow JSON Schema 2020-12 (validation vocabulary).
 */
import type { ValidationIssue } from "../../descriptor/validate.ts";
import { fail } from "./fail.ts";

export type { ValidationIssue, Validator } from "../../descriptor/validate.ts";
export { fail } from "./fail.ts";
export * from "./formats.ts";
export * from "./plain.ts";
export * from "./uris.ts";

/** Notes which of the properties an object lacks. True when the validator shall stop, as `fail` says. */
export function failRequired(
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  object: Record<string, unknown>,
  names: readonly string[],
): boolean {
  return names.some(
    (name) => !has(object, name) && fail(issues, pointer, ["required", `property ${JSON.stringify(name)}`]),
  );
}

/** Whether a value is a JSON object: not null, not an array, nothing with a class of its own. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An object's own property; inherited names such as `constructor` count as absent. */
export function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether the object has the property, as JSON has it: present and not `undefined`. */
export function has(object: Record<string, unknown>, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== undefined;
}

/** A property name as a token of a JSON Pointer (RFC 6901 section 3), with its leading slash. */
export function token(name: string): string {
  return `/${name.includes("~") || name.includes("/") ? name.replaceAll("~", "~0").replaceAll("/", "~1") : name}`;
}

/** Whether a value is a part of a form that is a file: bytes in any form. */
export function isFilePart(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (
    value instanceof Uint8Array ||
    value instanceof Blob ||
    Symbol.asyncIterator in value ||
    value instanceof ReadableStream
  );
}

/** Length in code points, as `minLength` and `maxLength` count. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      length--;
      index++;
    }
  }
  return length;
}

/** Whether a number is a multiple of another, decimals such as 19.99 and 0.01 included. */
export function isMultipleOf(value: number, divisor: number): boolean {
  const quotient = value / divisor;
  if (Number.isInteger(quotient)) return true;
  if (!Number.isFinite(quotient)) return false;
  const nearest = Math.round(quotient);
  return Math.abs(quotient - nearest) < 1e-9 * Math.max(1, Math.abs(quotient)) && near(nearest * divisor, value);
}

/** Whether two JSON values are equal; the order of properties does not count. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}

/** Whether no two items are equal, as `isEqual` says, in one pass: peers choose how many there are. */
export function areUnique(items: readonly unknown[]): boolean {
  const scalars = new Set<unknown>();
  const texts = new Set<string>();
  for (const item of items) {
    const isWhole = Array.isArray(item) || isObject(item);
    const seen: Set<unknown> = isWhole ? texts : scalars;
    const key = isWhole ? canonicalText(item) : item;
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** The same text for equal JSON values. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (!isObject(value)) return typeof value === "bigint" ? `${value}n` : String(JSON.stringify(value));
  const pairs = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`);
  return `{${pairs.join()}}`;
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= Number.EPSILON * 4 * Math.max(Math.abs(a), Math.abs(b));
}
