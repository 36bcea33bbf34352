import { createPolicyFileSchema, createPolicySchema } from "../policy/json-schema.ts";
import { createConfigSchema } from "./config-shape.ts";

/** The JSON Schemas that ship with the package in `schema/`, made from the tables. */
export function createSchemas(): readonly { readonly name: string; readonly text: string }[] {
  const policy = createPolicySchema();
  const schemas = {
    "x-trilogue.schema.json": policy,
    "policy-file.schema.json": createPolicyFileSchema(),
    "trilogue.schema.json": createConfigSchema(policy),
  };
  return Object.entries(schemas).map(([name, schema]) => ({ name, text: `${JSON.stringify(schema, undefined, 2)}\n` }));
}
