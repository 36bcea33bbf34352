import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { buildArray, createObjectBuilder } from "../source/build.ts";
import { isArray, isObject } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { ConvertContext } from "./convert-context.ts";
import { setMoves } from "./moves.ts";
import { convertResponse } from "./swagger2.ts";
import { convertParameter } from "./swagger2-parameters.ts";
import { convertSchema } from "./swagger2-schemas.ts";

/**
 * Brings a file that an OpenAPI 2.0 document refers to into the words of 3.0: its schemas, plain parameters and
 * responses, told by their shape. Nothing in it moves, so that references into it lead where they did. Body and form
 * parameters have no place of their own in 3.0 and stay as they are.
 */
export function convertFragment2(root: JsonObject, diagnostics: Diagnostic[]): JsonObject {
  const converted = convertPart({ root, moves: [], diagnostics }, root);
  if (!isObject(converted)) return root;
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
    return value["in"] === "body" || value["in"] === "formData" ? value : convertParameter(context, value);
  }
  if (isResponse(value)) return convertResponse(context, value, ["application/json"]);
  if (isSchema(value)) return convertSchema(value);
  const builder = createObjectBuilder();
  for (const [key, entry] of Object.entries(value)) builder.add(key, convertPart(context, entry), value);
  return builder.build(value);
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
