import type { LoadedDocument } from "../load/loaded.ts";
import { isObject } from "../source/json.ts";
import type { LoweringInput } from "./lowering.ts";
import { lookUp } from "./schema-lookup.ts";

/** Keywords that say nothing about values: a root with these alone only holds definitions. */
const silent: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "id",
  "$comment",
  "title",
  "description",
  "definitions",
  "$defs",
]);

/** Registers the schemas of JSON Schema files found in the contract directories; such a file is no contract. */
export function lowerSchemaFiles({ loaded, schemas }: LoweringInput): readonly [] {
  for (const document of loaded.documents) {
    if (document.kind !== "jsonSchema" || !document.isEntry) continue;
    const root = hasOwnSchema(document) ? lookUp(document, "") : undefined;
    if (root !== undefined) schemas.register(root);
    schemas.registerAll(document, "/definitions");
    schemas.registerAll(document, "/$defs");
  }
  return [];
}

function hasOwnSchema({ root }: LoadedDocument): boolean {
  return isObject(root) ? Object.keys(root).some((key) => !silent.has(key)) : typeof root === "boolean";
}
