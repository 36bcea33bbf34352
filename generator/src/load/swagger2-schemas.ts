import { buildArray, createObjectBuilder } from "../source/build.ts";
import { isArray, isObject } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";

/** An OpenAPI 2.0 schema in the words of 3.0: `x-nullable`, discriminator objects, files as binary strings. */
export function convertSchema(value: JsonValue): JsonValue {
  if (isArray(value)) return buildArray(value.map(convertSchema), value);
  if (!isObject(value)) return value;
  if (typeof value["$ref"] === "string") return convertRef(value);
  const builder = createObjectBuilder();
  for (const [key, entry] of Object.entries(value)) {
    if (key === "x-nullable") builder.add("nullable", entry, value, key);
    else if (key === "discriminator" && typeof entry === "string") {
      const discriminator = createObjectBuilder();
      discriminator.add("propertyName", entry, value, key);
      builder.add(key, discriminator.build(value), value);
    } else if (key === "type" && entry === "file") {
      builder.add("type", "string", value);
      builder.add("format", "binary", value, "type");
    } else if (key === "properties" && isObject(entry)) builder.add(key, convertProperties(entry), value);
    else if (schemaFields.has(key)) builder.add(key, convertSchema(entry), value);
    else if (key !== "collectionFormat" && key !== "allowEmptyValue") builder.add(key, entry, value);
  }
  return builder.build(value);
}

const schemaFields: ReadonlySet<string> = new Set(["items", "allOf", "anyOf", "oneOf", "not", "additionalProperties"]);

function convertProperties(properties: JsonObject): JsonObject {
  const builder = createObjectBuilder();
  for (const [name, schema] of Object.entries(properties)) builder.add(name, convertSchema(schema), properties);
  return builder.build(properties);
}

const renamed: readonly (readonly [string, string])[] = [
  ["#/definitions/", "#/components/schemas/"],
  ["#/parameters/", "#/components/parameters/"],
  ["#/responses/", "#/components/responses/"],
];

/** A reference within the document, rewritten to where its target stands in 3.0; others stay, and still resolve. */
export function convertRef(value: JsonObject): JsonObject {
  const ref = value["$ref"];
  const rename = typeof ref === "string" ? renamed.find(([from]) => ref.startsWith(from)) : undefined;
  if (typeof ref !== "string" || rename === undefined) return value;
  const builder = createObjectBuilder();
  for (const [key, entry] of Object.entries(value)) {
    builder.add(key, key === "$ref" ? rename[1] + ref.slice(rename[0].length) : entry, value);
  }
  return builder.build(value);
}
