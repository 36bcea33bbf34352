import type { ValueShape } from "../descriptor/http.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";

/** A text that was read, or what was expected of it. */
export type Read = { readonly value: unknown } | { readonly expected: string; readonly keyword: string };

/** Sets an own property whatever its name is: `__proto__` becomes data, never the prototype. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** The own property, never an inherited one. */
export function getOwn<T>(target: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return target !== undefined && Object.hasOwn(target, name) ? target[name] : undefined;
}

/** Whether a value is an object with named parts: no array, no bytes, no Blob. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array) && !(value instanceof Blob) && !(value instanceof Date);
}

/** One step more of a JSON Pointer (RFC 6901). */
export function pointerTo(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** An issue in the validators' own form. */
export function issueAt(pointer: string, keyword: string, expected: string): ValidationIssue {
  return { pointer, keyword, expected };
}

/** The text of a scalar; undefined for what has none. */
export function writeScalar(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) ? String(value) : undefined;
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return value === null ? "null" : undefined;
  }
}

/** Reads text as a scalar shape says: numbers in JSON's grammar, integers safe, `true` or `false`. */
export function readScalar(text: string, shape: ValueShape): Read {
  switch (shape.type) {
    case "string":
    case "binary":
    case "any":
      return { value: text };
    case "number":
    case "integer":
      return readNumber(text, shape.type);
    case "whole":
      return shape.read(text) ?? { expected: "an integer", keyword: "type" };
    case "boolean":
      return text === "true" || text === "false"
        ? { value: text === "true" }
        : { expected: "true or false", keyword: "type" };
    case "null":
      return text === "null" ? { value: null } : { expected: "null", keyword: "type" };
    case "union":
      return readUnion(shape.members, (member) => readScalar(text, member));
    case "array":
    case "object":
      return { expected: shape.type === "array" ? "a list" : "an object", keyword: "type" };
  }
}

/** What the first member reads that can; else what the last but not least asked for. */
export function readUnion(members: readonly ValueShape[], read: (member: ValueShape) => Read): Read {
  let failed: Read = { expected: "a value", keyword: "type" };
  for (const member of members) {
    const result = read(member);
    if ("value" in result) return result;
    failed = result;
  }
  return failed;
}

/** True for what has values inside: such a field is JSON where no style says otherwise. */
export function isNested({ type }: ValueShape): boolean {
  return type === "object" || type === "array";
}

/** The members of a union, flat; the shape alone otherwise. */
export function membersOf(shape: ValueShape): readonly ValueShape[] {
  return shape.type === "union" ? shape.members.flatMap(membersOf) : [shape];
}

/** What one of two shapes reads; texts come last, because they read everything. */
export function joinShapes(left: ValueShape, right: ValueShape): ValueShape {
  const members = [...membersOf(left), ...membersOf(right)];
  const isText = ({ type }: ValueShape): boolean => type === "string" || type === "binary" || type === "any";
  return { type: "union", members: [...members.filter((one) => !isText(one)), ...members.filter(isText)] };
}

/** The shape of an object's property: declared, additional, or undefined when it is not allowed to be read. */
export function propertyShape(shape: ValueShape, name: string): ValueShape | undefined {
  return shape.type === "object" ? (getOwn(shape.properties, name) ?? shape.additional) : undefined;
}

function readNumber(text: string, type: "number" | "integer"): Read {
  const valid = text.length <= 64 && /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text);
  const value = valid ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) return { expected: type === "integer" ? "an integer" : "a number", keyword: "type" };
  if (type === "number") return { value };
  if (!Number.isInteger(value)) return { expected: "an integer", keyword: "type" };
  return Number.isSafeInteger(value)
    ? { value }
    : { expected: "an integer that a number can hold exactly", keyword: "format" };
}
