import {
  dynamicRefBesideRef,
  enumEmpty,
  keywordType,
  keywordUnsupported,
  refSiblings,
  unknownType,
} from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { JsonType, Property, Schema } from "../model/schema.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import { reportFormat } from "./schema-formats.ts";
import { checkPattern } from "./schema-patterns.ts";
import { readDiscriminator } from "./schema-discriminator.ts";
import { applyNullable } from "./schema-nullable.ts";
import type { Draft, KeywordReader, SchemaStep } from "./schema-state.ts";
import { reportBothMarks, reportUnknown } from "./schema-unknown.ts";

/** Reads a schema object, keyword by keyword, into a draft that holds only its place. */
export function readSchemaObject(draft: Draft, step: SchemaStep): Schema {
  const { object, frame, state } = step;
  if (typeof object["$ref"] === "string") {
    Object.assign(draft, state.reference(object, frame));
    if (!frame.dialect.hasRefSiblings) {
      if (typeof object["description"] === "string") draft.description = object["description"];
      reportSiblings(step);
      return draft;
    }
  }
  for (const keyword of Object.keys(object)) {
    if (!frame.dialect.hasValidation && validationKeywords.has(keyword)) continue;
    const reader = readers.get(keyword);
    if (reader !== undefined) reader(draft, object[keyword] ?? null, step);
    else if (unsupported.has(keyword)) reportUnsupported(step, keyword);
    else reportUnknown(step, keyword, readers.keys());
  }
  reportBothMarks(draft, step);
  settleTuple(draft, step);
  settleExclusive(draft, step, "minimum");
  settleExclusive(draft, step, "maximum");
  settleEnumNames(draft, object);
  if (object["discriminator"] !== undefined) readDiscriminator(draft, step);
  return applyNullable(draft, step);
}

/** The validation vocabulary of 2020-12, which a dialect of its own may leave out. */
const validationKeywords: ReadonlySet<string> = new Set([
  "type",
  "const",
  "enum",
  "multipleOf",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "maxContains",
  "minContains",
  "maxProperties",
  "minProperties",
  "required",
  "dependentRequired",
]);

/** Assertions of drafts and tools outside JSON Schema 2020-12 that would be lost without a word. */
const unsupported: ReadonlySet<string> = new Set([
  "extends",
  "disallow",
  "divisibleBy",
  "formatMinimum",
  "formatMaximum",
  "formatExclusiveMinimum",
  "formatExclusiveMaximum",
  "patternRequired",
  "instanceof",
  "typeof",
]);

type KeysOf<Value> = { [Key in keyof Schema]-?: Value extends NonNullable<Schema[Key]> ? Key : never }[keyof Schema];

const text = (keyword: KeysOf<string>): readonly [string, KeywordReader] => [
  keyword,
  (draft, value, step) => {
    if (typeof value === "string") draft[keyword as "format"] = value;
    else reportType(step, keyword, "a string");
  },
];

const flag = (keyword: "uniqueItems" | "readOnly" | "writeOnly" | "deprecated"): readonly [string, KeywordReader] => [
  keyword,
  (draft, value, step) => {
    if (typeof value !== "boolean") reportType(step, keyword, "true or false");
    else if (value) draft[keyword] = true;
  },
];

const amount = (keyword: "minimum" | "maximum" | "multipleOf"): readonly [string, KeywordReader] => [
  keyword,
  (draft, value, step) => {
    if (typeof value === "number" && (keyword !== "multipleOf" || value > 0)) draft[keyword] = value;
    else reportType(step, keyword, keyword === "multipleOf" ? "a number above 0" : "a number");
  },
];

type CountKeyword =
  | "minLength"
  | "maxLength"
  | "minItems"
  | "maxItems"
  | "minContains"
  | "maxContains"
  | "minProperties"
  | "maxProperties";

const count = (keyword: CountKeyword): readonly [string, KeywordReader] => [
  keyword,
  (draft, value, step) => {
    if (typeof value === "number" && value >= 0 && Number.isInteger(value)) draft[keyword] = value;
    else reportType(step, keyword, "a whole number from 0");
  },
];

type SchemaKeyword =
  | "additionalProperties"
  | "propertyNames"
  | "unevaluatedProperties"
  | "contains"
  | "unevaluatedItems"
  | "not"
  | "if"
  | "then"
  | "else";

const schema = (keyword: SchemaKeyword): readonly [string, KeywordReader] => [
  keyword,
  (draft, _value, step) => {
    draft[keyword] = step.state.lowerEntry(step.object, keyword, step.frame);
  },
];

const schemaList = (keyword: "allOf" | "anyOf" | "oneOf" | "prefixItems"): readonly [string, KeywordReader] => [
  keyword,
  (draft, value, step) => {
    if (!isArray(value)) reportType(step, keyword, "a list of schemas");
    else if (value.length > 0) draft[keyword] = lowerList(value, step);
  },
];

const readers: ReadonlyMap<string, KeywordReader> = new Map<string, KeywordReader>([
  [
    "format",
    (draft, value, step) => {
      if (typeof value !== "string") return reportType(step, "format", "a string");
      draft.format = value;
      reportFormat(value, step);
    },
  ],
  text("contentEncoding"),
  text("contentMediaType"),
  text("title"),
  text("description"),
  flag("uniqueItems"),
  flag("readOnly"),
  flag("writeOnly"),
  flag("deprecated"),
  amount("minimum"),
  amount("maximum"),
  amount("multipleOf"),
  count("minLength"),
  count("maxLength"),
  count("minItems"),
  count("maxItems"),
  count("minContains"),
  count("maxContains"),
  count("minProperties"),
  count("maxProperties"),
  schema("additionalProperties"),
  schema("propertyNames"),
  schema("unevaluatedProperties"),
  schema("contains"),
  schema("unevaluatedItems"),
  schema("not"),
  schema("if"),
  schema("then"),
  schema("else"),
  schemaList("allOf"),
  schemaList("anyOf"),
  schemaList("oneOf"),
  schemaList("prefixItems"),
  ["type", readType],
  [
    "enum",
    (draft, value, step) => {
      if (!isArray(value)) return reportType(step, "enum", "a list of values");
      // Beside other schemas an empty list is what generators leave of a list that stands there.
      const isIgnored = value.length === 0 && ["$ref", "allOf", "anyOf", "oneOf"].some((key) => key in step.object);
      if (!isIgnored) draft.enum = value;
      if (value.length > 0) return;
      step.state.report(createDiagnostic(enumEmpty, { isIgnored }, { range: rangeOf(step.object, "enum") }));
    },
  ],
  [
    "const",
    (draft, value) => {
      draft.constant = { value };
    },
  ],
  [
    "default",
    (draft, value) => {
      draft.default = { value };
    },
  ],
  [
    "example",
    (draft, value) => {
      draft.examples = [value, ...(draft.examples ?? [])];
    },
  ],
  [
    "examples",
    (draft, value) => {
      if (isArray(value)) draft.examples = [...(draft.examples ?? []), ...value];
    },
  ],
  ["pattern", readPattern],
  ["properties", readProperties],
  ["patternProperties", readPatternProperties],
  [
    "required",
    (draft, value, step) => {
      const names = isArray(value) ? value.filter((name) => typeof name === "string") : undefined;
      if (names === undefined || names.length !== (value as readonly JsonValue[]).length) {
        reportType(step, "required", "a list of property names");
      }
      if (names !== undefined && names.length > 0) draft.required = [...new Set(names)];
    },
  ],
  ["dependentRequired", readDependencies],
  ["dependentSchemas", readDependencies],
  ["dependencies", readDependencies],
  ["$dynamicRef", readDynamicRef],
  ["$recursiveRef", readDynamicRef],
]);

const jsonTypes: ReadonlySet<string> = new Set(["null", "boolean", "integer", "number", "string", "array", "object"]);

function readType(draft: Draft, value: JsonValue, step: SchemaStep): void {
  const names = isArray(value) ? value : [value];
  const types: JsonType[] = [];
  for (const name of names) {
    if (typeof name !== "string") reportType(step, "type", "a type's name, or a list of them");
    else if (jsonTypes.has(name)) types.push(name as JsonType);
    else step.state.report(createDiagnostic(unknownType, { type: name }, { range: rangeOf(step.object, "type") }));
  }
  // With a name that means nothing here, the rest would refuse values that the author had in mind.
  if (types.length === names.length && types.length > 0) draft.types = [...new Set(types)];
}

function readPattern(draft: Draft, value: JsonValue, step: SchemaStep): void {
  if (typeof value !== "string") return reportType(step, "pattern", "a string");
  if (checkPattern(value, "pattern", step)) draft.pattern = value;
}

function readProperties(draft: Draft, value: JsonValue, step: SchemaStep): void {
  const target = isObject(value) ? step.state.loaded.refs.get(value) : undefined;
  const map = target?.value ?? value;
  // Bundlers accept a reference to a whole map of properties, and contracts in many files make use of it.
  const frame = target === undefined ? step.frame : step.state.frameOf(target.document);
  if (!isObject(map) || (target === undefined && typeof map["$ref"] === "string")) {
    return reportType(step, "properties", "an object of schemas");
  }
  draft.properties = Object.keys(map).map((name): Property => {
    const schema = step.state.lowerEntry(map, name, frame);
    return { name, schema, at: rangeOf(map, name, "key") ?? schema.at };
  });
}

function readPatternProperties(draft: Draft, value: JsonValue, step: SchemaStep): void {
  if (!isObject(value)) return reportType(step, "patternProperties", "an object of schemas");
  const patterns = Object.keys(value).filter((pattern) => checkPattern(pattern, "patternProperties", step));
  draft.patternProperties = patterns.map((pattern) => ({
    pattern,
    schema: step.state.lowerEntry(value, pattern, step.frame),
  }));
}

function readDependencies(draft: Draft, value: JsonValue, step: SchemaStep): void {
  if (!isObject(value)) return reportType(step, "dependencies", "an object");
  for (const [property, needed] of Object.entries(value)) {
    const required = isArray(needed) ? needed : typeof needed === "string" ? [needed] : undefined;
    if (required !== undefined) {
      const names = required.filter((name) => typeof name === "string");
      draft.dependentRequired = [...(draft.dependentRequired ?? []), { property, required: names }];
    } else {
      const schema = step.state.lowerEntry(value, property, step.frame);
      draft.dependentSchemas = [...(draft.dependentSchemas ?? []), { property, schema }];
    }
  }
}

/** Load resolves these as far as a contract alone tells; the dynamic scope is known only at run time. */
function readDynamicRef(draft: Draft, _value: JsonValue, { state, frame, object }: SchemaStep): void {
  if (typeof object["$ref"] !== "string") Object.assign(draft, state.reference(object, frame));
  else state.report(createDiagnostic(dynamicRefBesideRef, {}, { range: rangeOf(object, "$dynamicRef") }));
}

/** `items` is one schema for all, or (before 2020-12) a list for the first ones with `additionalItems` for the rest. */
function settleTuple(draft: Draft, step: SchemaStep): void {
  const { object, state, frame } = step;
  const items = object["items"];
  if (items === undefined) return;
  if (!isArray(items)) {
    draft.items = state.lowerEntry(object, "items", frame);
    return;
  }
  if (items.length > 0) draft.prefixItems = lowerList(items, step);
  if (object["additionalItems"] !== undefined) draft.items = state.lowerEntry(object, "additionalItems", frame);
}

/** Until draft-04 and OpenAPI 3.0 `exclusiveMinimum: true` says that `minimum` itself is out. */
function settleExclusive(draft: Draft, step: SchemaStep, bound: "minimum" | "maximum"): void {
  const keyword = bound === "minimum" ? "exclusiveMinimum" : "exclusiveMaximum";
  const value = step.frame.dialect.hasValidation ? step.object[keyword] : undefined;
  if (value === undefined || value === false) return;
  if (typeof value === "number") draft[keyword] = value;
  else if (value !== true) reportType(step, keyword, "a number");
  else if (draft[bound] !== undefined) {
    draft[keyword] = draft[bound];
    delete draft[bound];
  }
}

/** Names of enum values, of the extensions in use for them; descriptions serve only where each could be a name. */
function settleEnumNames(draft: Draft, object: JsonObject): void {
  if (draft.enum === undefined) return;
  for (const keyword of ["x-enum-varnames", "x-enumNames", "enumNames", "x-enum-descriptions"]) {
    const names = object[keyword];
    if (!isArray(names) || names.length !== draft.enum.length) continue;
    const texts = names.filter((name) => typeof name === "string" && name !== "");
    const isUsable =
      keyword !== "x-enum-descriptions" || texts.every((name) => /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(String(name)));
    if (texts.length === names.length && new Set(texts).size === texts.length && isUsable) {
      draft.enumNames = texts.map(String);
      return;
    }
  }
}

function lowerList(list: readonly JsonValue[], step: SchemaStep): readonly Schema[] {
  return list.map((_entry, index) => step.state.lowerEntry(list, index, step.frame));
}

function reportType(step: SchemaStep, keyword: string, expected: string): void {
  step.state.report(createDiagnostic(keywordType, { keyword, expected }, { range: rangeOf(step.object, keyword) }));
}

function reportSiblings(step: SchemaStep): void {
  const keywords = Object.keys(step.object).filter(
    (keyword) => keyword !== "description" && readers.has(keyword) && keyword !== "example" && keyword !== "title",
  );
  if (keywords.length === 0) return;
  const range = rangeOf(step.object, keywords[0]);
  step.state.report(createDiagnostic(refSiblings, { keywords }, { range }));
}

function reportUnsupported(step: SchemaStep, keyword: string): void {
  step.state.report(createDiagnostic(keywordUnsupported, { keyword }, { range: rangeOf(step.object, keyword) }));
}
