import { buildArray, createObjectBuilder } from "../source/build.ts";
import { isObject, rangeOf } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import { isExtension, stringAt, warnOfLoss } from "./convert-context.ts";
import type { ConvertContext } from "./convert-context.ts";
import { convertSchema } from "./swagger2-schemas.ts";

/** A path, query or header parameter, or a response header: its type moves into a schema. */
export function convertParameter(context: ConvertContext, parameter: JsonObject): JsonObject {
  const builder = createObjectBuilder();
  for (const [key, value] of Object.entries(parameter)) {
    if (parameterFields.has(key) || (isExtension(key) && key !== "x-nullable")) builder.add(key, value, parameter);
  }
  const style = styleOf(context, parameter);
  if (style !== undefined) {
    builder.add("style", style.style, parameter, "collectionFormat");
    builder.add("explode", style.explode, parameter, "collectionFormat");
  }
  builder.addAt("schema", convertTyped(parameter), rangeOf(parameter));
  return builder.build(parameter);
}

const parameterFields: ReadonlySet<string> = new Set([
  "name",
  "in",
  "description",
  "required",
  "allowEmptyValue",
  "deprecated",
]);

/** The schema of a parameter: all that isn't about the parameter itself. */
function convertTyped(parameter: JsonObject): JsonValue {
  const builder = createObjectBuilder();
  for (const [key, value] of Object.entries(parameter)) {
    if (parameterFields.has(key) || key === "schema" || (isExtension(key) && key !== "x-nullable")) continue;
    builder.add(key, value, parameter);
  }
  return convertSchema(builder.build(parameter));
}

interface Style {
  readonly style: string;
  readonly explode: boolean;
}

/** Arrays are comma-separated unless told otherwise (OpenAPI 2.0, "collectionFormat"). */
function styleOf(context: ConvertContext, parameter: JsonObject): Style | undefined {
  if (parameter["type"] !== "array") return undefined;
  const place = stringAt(parameter, "in");
  const usual = place === "query" || place === "formData" ? "form" : "simple";
  switch (stringAt(parameter, "collectionFormat")) {
    case "multi":
      return { style: "form", explode: true };
    case "ssv":
      return { style: "spaceDelimited", explode: false };
    case "pipes":
      return { style: "pipeDelimited", explode: false };
    case "tsv":
      warnOfLoss(context, 'OpenAPI 3 has no tab-separated arrays; "collectionFormat: tsv" is read as csv', {
        in: parameter,
        key: "collectionFormat",
      });
      return { style: usual, explode: false };
    default:
      return { style: usual, explode: false };
  }
}

/** A body parameter as a request body. */
export function convertBody(
  _context: ConvertContext,
  parameter: JsonObject,
  mediaTypes: readonly string[],
): JsonObject {
  const builder = createObjectBuilder();
  for (const [key, value] of Object.entries(parameter)) {
    if (key === "description" || key === "required" || isExtension(key)) builder.add(key, value, parameter);
  }
  const { schema } = parameter;
  const converted = schema === undefined ? undefined : convertSchema(schema);
  const content = createObjectBuilder();
  for (const mediaType of mediaTypes) {
    const body = createObjectBuilder();
    body.add("schema", converted, parameter);
    content.addAt(mediaType, body.build(parameter), rangeOf(parameter));
  }
  builder.addAt("content", content.build(parameter), rangeOf(parameter));
  return builder.build(parameter);
}

/** Form parameters as one request body with an object schema. */
export function convertForm(
  context: ConvertContext,
  parameters: readonly JsonObject[],
  consumes: readonly string[] | undefined,
): JsonObject {
  const origin = parameters[0] === undefined ? undefined : rangeOf(parameters[0]);
  const properties = createObjectBuilder();
  const encodings = createObjectBuilder();
  const required: string[] = [];
  for (const parameter of parameters) {
    const name = stringAt(parameter, "name");
    if (name === undefined) continue;
    properties.addAt(name, describedSchema(parameter), rangeOf(parameter));
    if (parameter["required"] === true) required.push(name);
    const style = styleOf(context, parameter);
    if (style === undefined) continue;
    const encoding = createObjectBuilder();
    encoding.addAt("style", style.style, rangeOf(parameter));
    encoding.addAt("explode", style.explode, rangeOf(parameter));
    encodings.addAt(name, encoding.build(parameter), rangeOf(parameter));
  }
  const schema = createObjectBuilder();
  schema.addAt("type", "object", origin);
  schema.addAt("properties", properties.build(origin), origin);
  if (required.length > 0) schema.addAt("required", buildArray(required, origin), origin);
  const content = createObjectBuilder();
  for (const mediaType of formTypes(parameters, consumes)) {
    const body = createObjectBuilder();
    body.addAt("schema", schema.build(origin), origin);
    body.addAt("encoding", encodings.buildUnlessEmpty(origin), origin);
    content.addAt(mediaType, body.build(origin), origin);
  }
  const builder = createObjectBuilder();
  if (required.length > 0) builder.addAt("required", true, origin);
  builder.addAt("content", content.build(origin), origin);
  return builder.build(origin);
}

function describedSchema(parameter: JsonObject): JsonValue {
  const schema = convertTyped(parameter);
  if (!isObject(schema) || !("description" in parameter)) return schema;
  const builder = createObjectBuilder();
  builder.addAll(schema);
  builder.add("description", parameter["description"], parameter);
  return builder.build(parameter);
}

function formTypes(parameters: readonly JsonObject[], consumes: readonly string[] | undefined): readonly string[] {
  const hasFile = parameters.some((parameter) => parameter["type"] === "file");
  const declared = (consumes ?? []).filter((mediaType) =>
    /^(?:multipart\/|application\/x-www-form-urlencoded)/.test(mediaType),
  );
  const usable = hasFile ? declared.filter((mediaType) => mediaType.startsWith("multipart/")) : declared;
  if (usable.length > 0) return usable;
  return [hasFile ? "multipart/form-data" : "application/x-www-form-urlencoded"];
}
