import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { isArray, isObject, rangeOf } from "../source/json.ts";
import type { JsonArray, JsonObject, JsonValue } from "../source/json.ts";
import type { RawDocument } from "./documents.ts";
import { describeValue } from "./pointer.ts";
import { asyncApi2, asyncApi3 } from "./shapes-asyncapi.ts";
import { openApi2, openApi3 } from "./shapes.ts";
import type { FieldShape, ObjectShape, Shapes } from "./shapes.ts";

/**
 * Checks the structure of an OpenAPI or AsyncAPI document as it is written: what nothing can be generated from is an
 * error, a field that the format doesn't know is a warning. Schemas are left to the step that lowers them.
 */
export function checkShape(document: RawDocument, diagnostics: Diagnostic[]): void {
  const shapes = shapesOf(document);
  const readsNull = document.kind === "openapi";
  if (shapes !== undefined && isObject(document.root))
    checkObject({ shapes, diagnostics, readsNull }, document.root, "root");
}

function shapesOf({ kind, version }: RawDocument): Shapes | undefined {
  if (kind === "openapi") return version === "2.0" ? openApi2 : openApi3;
  if (kind === "asyncapi") return version.startsWith("2.") ? asyncApi2 : asyncApi3;
  return undefined;
}

interface Check {
  readonly shapes: Shapes;
  /** Whether null stands for an empty object or list. */
  readonly readsNull: boolean;
  readonly diagnostics: Diagnostic[];
}

function checkObject(check: Check, value: JsonObject, name: string): void {
  const shape = check.shapes[name];
  if (shape === undefined) return;
  for (const key of Object.keys(value)) {
    if (key.startsWith("x-")) continue;
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.others;
    if (field !== undefined) checkField(check, { parent: value, key, field, shape });
    else if (shape.isOpen !== true) reportUnknown(check, value, { key, shape });
  }
  const range = rangeOf(value);
  for (const field of shape.required ?? []) {
    if (!(field in value))
      check.diagnostics.push(createDiagnostic(messages.missingField, { field, object: shape.title }, { range }));
  }
  for (const field of shape.expected ?? []) {
    if (!(field in value))
      check.diagnostics.push(createDiagnostic(messages.missingUnusedField, { field, object: shape.title }, { range }));
  }
}

function reportUnknown(
  check: Check,
  value: JsonObject,
  { key, shape }: { readonly key: string; readonly shape: ObjectShape },
): void {
  const nearest = suggestName(
    key,
    Object.keys(shape.fields).filter((field) => !(field in value)),
  );
  check.diagnostics.push(
    createDiagnostic(
      messages.unknownField,
      { field: key, object: shape.title, nearest },
      {
        range: rangeOf(value, key, "key"),
      },
    ),
  );
}

interface FieldToCheck {
  readonly parent: JsonObject;
  readonly key: string;
  readonly field: FieldShape;
  readonly shape: ObjectShape;
}

function checkField(check: Check, { parent, key, field, shape }: FieldToCheck): void {
  const value = parent[key];
  const range = rangeOf(parent, key);
  if (typeof field === "string") {
    const isNamed = field === "string" && shape.required?.includes(key) === true;
    if (isNamed ? typeof value !== "string" : !fits(value, field))
      reportType(check, { name: key, expected: nounOf(field), value, range });
    const allowed = shape.values?.[key];
    if (allowed === undefined || typeof value !== "string" || allowed.includes(value)) return;
    const expected = `one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}`;
    check.diagnostics.push(
      createDiagnostic(messages.wrongValue, { field: `"${key}"`, expected, found: describeValue(value) }, { range }),
    );
  } else if ("is" in field) checkMember(check, { name: key, value, range, shape: field.is });
  else if ("mapOf" in field) {
    if (!isObject(value)) reportType(check, { name: key, expected: "an object", value, range });
    else if (typeof value["$ref"] !== "string") checkMap(check, value, field.mapOf);
  } else if (!isArray(value)) reportType(check, { name: key, expected: "an array", value, range });
  else checkList(check, value, { key, shape: field.listOf });
}

function checkMap(check: Check, map: JsonObject, shape: string): void {
  for (const key of Object.keys(map)) {
    if (!key.startsWith("x-") || isObject(map[key]))
      checkMember(check, { name: key, value: map[key], range: rangeOf(map, key), shape });
  }
}

function checkList(
  check: Check,
  list: JsonArray,
  { key, shape }: { readonly key: string; readonly shape: string },
): void {
  list.forEach((value, index) =>
    checkMember(check, { name: `${key}[${index}]`, value, range: rangeOf(list, index), shape }),
  );
}

interface Member {
  readonly name: string;
  readonly value: JsonValue | undefined;
  readonly range: ReturnType<typeof rangeOf>;
  readonly shape: string;
}

function checkMember(check: Check, { name, value, range, shape }: Member): void {
  if (!isObject(value)) reportType(check, { name, expected: "an object", value, range });
  else if (!("$ref" in value)) checkObject(check, value, shape);
}

interface WrongType {
  readonly name: string;
  readonly expected: string;
  readonly value: JsonValue | undefined;
  readonly range: ReturnType<typeof rangeOf>;
}

function reportType(check: Check, { name, expected, value, range }: WrongType): void {
  // Read as an empty list, "security" would ask for nothing.
  if (value === null && check.readsNull && expected.startsWith("an ") && name !== "security") {
    check.diagnostics.push(createDiagnostic(messages.nullField, { field: JSON.stringify(name), expected }, { range }));
    return;
  }
  const parameters = { field: JSON.stringify(name), expected, found: describeValue(value) };
  check.diagnostics.push(createDiagnostic(messages.wrongType, parameters, { range }));
}

function fits(value: JsonValue | undefined, field: string): boolean {
  switch (field) {
    case "string":
      // Unquoted YAML such as "title: 2024" or an empty description does no harm.
      return typeof value !== "object" || value === null || (isObject(value) && typeof value["$ref"] === "string");
    case "boolean":
      return typeof value === "boolean";
    case "object":
      return isObject(value);
    case "array":
      return isArray(value);
    case "strings":
      return isArray(value) && value.every((item) => typeof item !== "object" || item === null);
    default:
      return true;
  }
}

function nounOf(field: string): string {
  if (field === "strings") return "an array of strings";
  return field === "object" || field === "array" ? `an ${field}` : `a ${field}`;
}
