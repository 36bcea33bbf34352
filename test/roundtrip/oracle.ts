import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonType, Schema } from "../../generator/src/model/schema.ts";
import { holdsBytes } from "../../generator/src/plan/schema-facts.ts";
import { stringFormats } from "../../generator/src/emit/validate-formats.ts";
import * as formats from "../../runtime/src/codegen/v1/validate.ts";
import type { Types } from "./facets.ts";
import { wholeFormats } from "./numbers.ts";

/** A second opinion on what is valid: Ajv, from the model's schemas, without our emitter. */
export interface Oracle {
  fits(schema: Schema, value: unknown): boolean;
  /** What Ajv finds wrong, each fault with its place. */
  faults(schema: Schema, value: unknown): readonly ErrorObject[];
}

const root = "https://trilogue.invalid/model";

/** Makes the oracle of a model; schemas are compiled when they are first asked for. */
export function createOracle(types: Types): Oracle {
  const indices = new Map([...types.keys()].map((id, index) => [id, index]));
  const convert = createConverter((id) => indices.get(id));
  const ajv = createAjv();
  const definitions = [...types.values()].map((type, index) => [`t${index}`, convert(type.schema)] as const);
  ajv.addSchema({ $id: root, $defs: Object.fromEntries(definitions) });
  const compiled = new Map<Schema, ValidateFunction>();
  const validatorOf = (schema: Schema): ValidateFunction => {
    let validator = compiled.get(schema);
    if (validator === undefined) {
      validator = ajv.compile(convert(schema) as object);
      compiled.set(schema, validator);
    }
    return validator;
  };
  return {
    fits: (schema, value) => validatorOf(schema)(asJson(value)),
    faults: (schema, value) => {
      const validator = validatorOf(schema);
      return validator(asJson(value)) ? [] : (validator.errors ?? []);
    },
  };
}

/** Files are texts to Ajv. */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array || value instanceof Blob) return "";
  if (Array.isArray(value)) return value.some((item) => typeof item === "object") ? value.map(asJson) : value;
  if (typeof value !== "object" || value === null) return value;
  const items = Object.entries(value);
  return items.some(([, item]) => typeof item === "object")
    ? Object.fromEntries(items.map(([name, item]) => [name, asJson(item)]))
    : value;
}

function createAjv(): Ajv2020 {
  const regExp = Object.assign(
    (pattern: string, flags: string): RegExp => {
      try {
        return new RegExp(pattern, flags);
      } catch {
        // Old contracts have patterns that only the lenient grammar reads.
        return new RegExp(pattern);
      }
    },
    { code: "" },
  );
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    ownProperties: true,
    multipleOfPrecision: 9,
    inlineRefs: false,
    validateSchema: false,
    logger: false,
    code: { optimize: false, regExp },
  });
  for (const [name, [check]] of Object.entries(stringFormats)) {
    ajv.addFormat(name, { type: "string", validate: formats[check as "isDate"] });
  }
  for (const [name, [low, high]] of wholeFormats) {
    ajv.addFormat(name, {
      type: "number",
      validate: (value: number) => Number.isInteger(value) && value >= low && value <= high,
    });
  }
  return ajv;
}

type Json = boolean | { readonly [keyword: string]: unknown };

/** Keywords whose value Ajv takes as it stands. */
const same = [
  "enum",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "required",
  "minProperties",
  "maxProperties",
  "minContains",
  "maxContains",
  "minItems",
  "maxItems",
  "uniqueItems",
] as const;
const single = ["additionalProperties", "propertyNames", "unevaluatedProperties", "items", "contains"] as const;
const single2 = ["unevaluatedItems", "not", "if", "then", "else"] as const;
const lists = ["prefixItems", "allOf", "anyOf"] as const;

function createConverter(indexOf: (id: string) => number | undefined): (schema: Schema) => Json {
  const convert = (schema: Schema): Json => {
    if (schema.always === false) return false;
    // Bytes of a file are no text with a length.
    if (holdsBytes(schema)) return schema.types === undefined ? true : { type: "string" };
    const out: Record<string, unknown> = {};
    if (schema.ref !== undefined && indexOf(schema.ref) !== undefined) {
      out["$ref"] = `${root}#/$defs/t${indexOf(schema.ref)}`;
    }
    if (schema.types !== undefined) out["type"] = typesOf(schema.types);
    if (schema.constant !== undefined) out["const"] = schema.constant.value;
    if (schema.format !== undefined && (Object.hasOwn(stringFormats, schema.format) || wholeFormats.has(schema.format)))
      out["format"] = schema.format;
    for (const keyword of same) if (schema[keyword] !== undefined) out[keyword] = schema[keyword];
    for (const keyword of [...single, ...single2]) {
      const inner = schema[keyword];
      if (inner !== undefined) out[keyword] = convert(inner);
    }
    for (const keyword of lists) {
      const inner = schema[keyword];
      if (inner !== undefined) out[keyword] = inner.map(convert);
    }
    convertObject(schema, out, convert);
    if (schema.oneOf !== undefined) convertOneOf(schema, out, convert);
    return out;
  };
  return convert;
}

/** Ajv takes a union with null for every type of the list. */
function typesOf(types: readonly JsonType[]): unknown {
  return types.length === 1 ? types[0] : types;
}

function convertObject(schema: Schema, out: Record<string, unknown>, convert: (schema: Schema) => Json): void {
  const entries = <T>(list: readonly T[], pair: (item: T) => readonly [string, unknown]): object =>
    Object.fromEntries(list.map(pair));
  if (schema.properties !== undefined)
    out["properties"] = entries(schema.properties, ({ name, schema: inner }) => [name, convert(inner)]);
  if (schema.patternProperties !== undefined)
    out["patternProperties"] = entries(schema.patternProperties, ({ pattern, schema: inner }) => [
      pattern,
      convert(inner),
    ]);
  if (schema.dependentRequired !== undefined)
    out["dependentRequired"] = entries(schema.dependentRequired, ({ property, required }) => [property, required]);
  if (schema.dependentSchemas !== undefined)
    out["dependentSchemas"] = entries(schema.dependentSchemas, ({ property, schema: inner }) => [
      property,
      convert(inner),
    ]);
}

/** A discriminator that tells all members apart chooses the one that counts (OpenAPI 3.2, Discriminator Object). */
function convertOneOf(schema: Schema, out: Record<string, unknown>, convert: (schema: Schema) => Json): void {
  const { discriminator, oneOf = [] } = schema;
  const mapped = new Set(discriminator?.mapping.map(({ type }) => type));
  const tells = discriminator !== undefined && oneOf.every(({ ref }) => ref !== undefined && mapped.has(ref));
  out[tells ? "anyOf" : "oneOf"] = oneOf.map((member) => {
    const values = discriminator?.mapping.filter(({ type }) => type === member.ref).map(({ value }) => value) ?? [];
    if (!tells || discriminator === undefined) return convert(member);
    const name = discriminator.property;
    return { allOf: [convert(member), { type: "object", required: [name], properties: { [name]: { enum: values } } }] };
  });
}
