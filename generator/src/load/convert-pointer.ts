import { isArray, isObject } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";

/** Where something of OpenAPI 2.0 stands after the conversion to 3.0. `root` is the converted document. */
export function convertSwaggerPointer(root: JsonValue, tokens: readonly string[]): readonly string[] {
  const [first, name, ...rest] = tokens;
  if (first === undefined) return tokens;
  const components = isObject(root) ? root["components"] : undefined;
  const has = (kind: string): boolean => {
    const map = isObject(components) && !isArray(components) ? components[kind] : undefined;
    return name !== undefined && isObject(map) && name in map;
  };
  const tail = name === undefined ? [] : [name, ...rest];
  switch (first) {
    case "definitions":
      return ["components", "schemas", ...tail];
    case "responses":
      return ["components", "responses", ...tail];
    case "securityDefinitions":
      return ["components", "securitySchemes", ...tail];
    case "parameters":
      return ["components", has("requestBodies") && !has("parameters") ? "requestBodies" : "parameters", ...tail];
    default:
      return tokens;
  }
}
