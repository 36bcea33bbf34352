import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { buildArray, createObjectBuilder } from "../source/build.ts";
import { isArray, isObject } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import { stringsAt, type ConvertContext, type ReadOther } from "./convert-context.ts";
import { setMoves } from "./moves.ts";
import { convertPathItem, convertResponse, mediaTypesOf, setMediaTypes } from "./swagger2.ts";
import { convertParameter } from "./swagger2-parameters.ts";
import { convertSchema } from "./swagger2-schemas.ts";

/** What a file that an OpenAPI 2.0 document refers to is read with. */
export interface FragmentOptions {
  /** The converted document that refers to it. */
  readonly referrer: JsonValue;
  readonly diagnostics: Diagnostic[];
  readonly readOther: ReadOther;
}

/**
 * Brings a file that an OpenAPI 2.0 document refers to into the words of 3.0: its path items, schemas, plain
 * parameters and responses, told by their shape. Nothing in it moves, so that references into it lead where they did.
 * Body and form parameters have no place of their own in 3.0: operations that refer to them take in what they say, and
 * the schema of a body is referred to where it stands.
 */
export function convertFragment2(root: JsonObject, { referrer, diagnostics, readOther }: FragmentOptions): JsonObject {
  // The media types of the document hold in its parts.
  const mediaTypes = mediaTypesOf(referrer);
  const withTypes = createObjectBuilder();
  withTypes.addAll(root);
  for (const key of ["consumes", "produces"] as const) {
    if (!withTypes.has(key)) withTypes.addAt(key, mediaTypes[key], undefined);
  }
  const converted = convertPart({ root: withTypes.build(root), moves: [], diagnostics, readOther }, root);
  if (!isObject(converted)) return root;
  setMediaTypes(converted, mediaTypes);
  // Schemas are converted with the references of a whole document; here their targets stay in the old places.
  setMoves(
    converted,
    [
      { from: ["components", "schemas"], to: ["definitions"] },
      { from: ["components", "parameters"], to: ["parameters"] },
      { from: ["components", "responses"], to: ["responses"] },
    ].filter(({ to: [key = ""] }) => key in root),
  );
  return converted;
}

function convertPart(context: ConvertContext, value: JsonValue): JsonValue {
  if (isArray(value))
    return buildArray(
      value.map((item) => convertPart(context, item)),
      value,
    );
  if (!isObject(value)) return value;
  if (isParameter(value)) {
    if (value["in"] === "body") return convertBodySchema(value);
    return value["in"] === "formData" ? value : convertParameter(context, value);
  }
  if (isPathItem(value)) return convertPathItem(context, value);
  if (isResponse(value))
    return convertResponse(context, value, stringsAt(context.root, "produces") ?? ["application/json"]);
  if (isSchema(value)) return convertSchema(value);
  const builder = createObjectBuilder();
  for (const [key, entry] of Object.entries(value)) builder.add(key, convertPart(context, entry), value);
  return builder.build(value);
}

function convertBodySchema(parameter: JsonObject): JsonObject {
  const { schema } = parameter;
  if (schema === undefined) return parameter;
  const builder = createObjectBuilder();
  builder.addAll(parameter, new Set(["schema"]));
  builder.add("schema", convertSchema(schema), parameter);
  return builder.build(parameter);
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

/** A schema may have a property "get", but none with responses. */
function isPathItem(value: JsonObject): boolean {
  return methods.some((method) => {
    const operation = value[method];
    return isObject(operation) && isObject(operation["responses"]);
  });
}

function isParameter(value: JsonObject): boolean {
  return typeof value["in"] === "string" && typeof value["name"] === "string";
}

function isResponse(value: JsonObject): boolean {
  return isObject(value["schema"]) && typeof value["description"] === "string";
}

function isSchema(value: JsonObject): boolean {
  return (
    typeof value["$ref"] === "string" ||
    typeof value["type"] === "string" ||
    isArray(value["allOf"]) ||
    isArray(value["enum"]) ||
    (isObject(value["properties"]) && typeof value["properties"]["type"] !== "string")
  );
}
