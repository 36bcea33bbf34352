import type { Schema } from "../model/schema.ts";

/** Keywords that say nothing about what is valid. */
export const annotations: ReadonlySet<string> = new Set([
  "at",
  "title",
  "description",
  "deprecated",
  "default",
  "examples",
  "readOnly",
  "writeOnly",
  "discriminator",
  "enumNames",
  "avro",
]);

/** The keywords of a schema that decide what is valid. */
export function assertionsOf(schema: Schema): readonly string[] {
  return Object.entries(schema)
    .filter(([key, value]) => value !== undefined && !annotations.has(key))
    .map(([key]) => key);
}

/** True when the schema is nothing but a reference to a named type. */
export function isPlainRef(schema: Schema): boolean {
  return schema.ref !== undefined && assertionsOf(schema).length === 1;
}

/** True when every value is valid. */
export function isAnything(schema: Schema): boolean {
  const assertions = assertionsOf(schema);
  return assertions.length === 0 || (assertions.length === 1 && schema.always === true);
}

/** True for a string without further rules: what is read from text is one already. */
export function isAnyText(schema: Schema): boolean {
  const assertions = assertionsOf(schema);
  return assertions.length === 1 && schema.types?.length === 1 && schema.types[0] === "string";
}

/** True for bytes: `format: binary`, or a media type without an encoding (OpenAPI 3.1, section "File Uploads"). */
export function isBinary(schema: Schema): boolean {
  const isText = schema.types === undefined || (schema.types.length === 1 && schema.types[0] === "string");
  if (!isText || schema.ref !== undefined || schema.properties !== undefined) return false;
  if (schema.format === "binary") return true;
  return (
    schema.contentMediaType !== undefined &&
    schema.contentEncoding === undefined &&
    !/^text\/|json|xml|yaml|jwt/i.test(schema.contentMediaType)
  );
}

/** True where numbers are bigints, and not only ruled like ones. */
export function holdsBigint({ bigint, types }: Schema): boolean {
  return bigint === true && types?.some((type) => type === "integer" || type === "number") === true;
}

/** True where a value is bytes and not text: a file of a form, or `bytes` and `fixed` of Avro. */
export function holdsBytes(schema: Schema): boolean {
  return schema.file === true || (schema.avro !== undefined && isBinary(schema));
}
