import type { ValidationIssue } from "../../descriptor/validate.ts";
import { fail } from "./fail.ts";

/*
 * Checks of one value that is no more than a scalar. Each passes `undefined`, which absent properties are, notes a
 * fault otherwise, and is true when the validator shall stop, as `fail` says. The place of the value is `pointer`
 * (undefined when no issues are wanted) and `tokens` below it.
 */

/** Not a string. */
export function badString(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return value !== undefined && typeof value !== "string" && fail(issues, issues && pointer + tokens, string);
}

/** Neither a string nor null. */
export function badStringOrNull(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return typeof value !== "string" && value != null && fail(issues, issues && pointer + tokens, stringOrNull);
}

/** Not a whole number. */
export function badInteger(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return value !== undefined && !Number.isInteger(value) && fail(issues, issues && pointer + tokens, integer);
}

/** Neither a whole number nor null. */
export function badIntegerOrNull(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return value != null && !Number.isInteger(value) && fail(issues, issues && pointer + tokens, integerOrNull);
}

/** Not a number. */
export function badNumber(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return value !== undefined && typeof value !== "number" && fail(issues, issues && pointer + tokens, number);
}

/** Neither a number nor null. */
export function badNumberOrNull(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return typeof value !== "number" && value != null && fail(issues, issues && pointer + tokens, numberOrNull);
}

/** Not a boolean. */
export function badBoolean(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return value !== undefined && typeof value !== "boolean" && fail(issues, issues && pointer + tokens, boolean);
}

/** Neither a boolean nor null. */
export function badBooleanOrNull(
  value: unknown,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  return typeof value !== "boolean" && value != null && fail(issues, issues && pointer + tokens, booleanOrNull);
}

/** Not a string, or not one of a format; `expected` says which, for people. */
export function badFormat(
  value: unknown,
  isOfFormat: (text: string) => boolean,
  expected: string,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  if (typeof value !== "string") return badString(value, issues, pointer, tokens);
  return !isOfFormat(value) && fail(issues, issues && pointer + tokens, ["format", expected]);
}

/** None of the listed scalars. */
export function badEnum(
  value: unknown,
  values: ReadonlySet<unknown>,
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  tokens: string = "",
): boolean {
  if (value === undefined || values.has(value)) return false;
  const expected = `one of ${[...values].map((each) => JSON.stringify(each)).join(", ")}`;
  return fail(issues, issues && pointer + tokens, ["enum", clip(expected)]);
}

/** Long lists help nobody. */
function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

type Fault = Parameters<typeof fail>[2];

const string: Fault = ["type", "a string"];
const stringOrNull: Fault = ["type", "a string or null"];
const integer: Fault = ["type", "a whole number"];
const integerOrNull: Fault = ["type", "a whole number or null"];
const number: Fault = ["type", "a number"];
const numberOrNull: Fault = ["type", "a number or null"];
const boolean: Fault = ["type", "a boolean"];
const booleanOrNull: Fault = ["type", "a boolean or null"];
