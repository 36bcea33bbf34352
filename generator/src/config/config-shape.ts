import { type SchemaObject, schemaDialect } from "../policy/json-schema.ts";

/** A setting of `trilogue.yaml`. The table of them is the one source of parsing and of the JSON Schema. */
export type ConfigField = {
  /** Dotted, as in the file: `types.int64`. */
  readonly path: string;
  readonly doc: string;
} & (
  | { readonly kind: "folder" }
  | { readonly kind: "folders" }
  | { readonly kind: "choice"; readonly values: readonly string[] }
);

/** Every setting but `defaults`, which is a policy. */
export const configFields: readonly ConfigField[] = [
  {
    path: "contracts",
    kind: "folders",
    doc: "Contract directories, relative to this file; one or a list. Left out: contracts.",
  },
  { path: "out", kind: "folder", doc: "Output folder, relative to this file." },
  {
    path: "importExtension",
    kind: "choice",
    values: ["ts", "js"],
    doc: "Extension of imports in the output. Left out: as the nearest tsconfig wants it.",
  },
  {
    path: "types.int64",
    kind: "choice",
    values: ["number", "bigint"],
    doc: "What JSON's formats int64 and uint64 become; protos always have bigint.",
  },
  {
    path: "format",
    kind: "choice",
    values: ["none", "prettier"],
    doc: "Whether the project's own prettier formats the output.",
  },
  {
    path: "validation.formats",
    kind: "choice",
    values: ["assert", "annotate"],
    doc: "Whether validators check formats (assert, the default), or take them as notes for readers alone.",
  },
  {
    path: "messages",
    kind: "choice",
    values: ["own", "external"],
    doc: "external leaves the messages of protos (_pb files) to the user's own protoc-gen-es.",
  },
];

/** The kinds that `defaults` may hold policies for, beside the policy for all. */
export const defaultKinds = ["http", "rpc", "event"] as const;

/** The JSON Schema of `trilogue.yaml`; policies are `x-trilogue.schema.json`. */
export function createConfigSchema(policySchema: SchemaObject): SchemaObject {
  const policy = { $ref: "x-trilogue.schema.json" };
  const properties: Record<string, unknown> = { $schema: { type: "string" } };
  for (const field of configFields) {
    const [name = "", inner] = field.path.split(".");
    const schema = { description: field.doc, ...valueSchema(field) };
    if (inner === undefined) {
      properties[name] = schema;
      continue;
    }
    const others = (properties[name] as { readonly properties: object } | undefined)?.properties;
    properties[name] = { type: "object", additionalProperties: false, properties: { ...others, [inner]: schema } };
  }
  properties["defaults"] = {
    description: "The weakest policy of every operation; below http, rpc and event for that kind alone.",
    type: "object",
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(
        Object.keys(policySchema["properties"] as object).map((name) => [
          name,
          { $ref: `x-trilogue.schema.json#/properties/${name}` },
        ]),
      ),
      ...Object.fromEntries(defaultKinds.map((kind) => [kind, policy])),
    },
  };
  return {
    $schema: schemaDialect,
    title: "trilogue.yaml",
    description: "Settings of Trilogue; all are optional, and so is the file.",
    type: "object",
    additionalProperties: false,
    properties,
  };
}

function valueSchema(field: ConfigField): SchemaObject {
  const folder = { type: "string", minLength: 1 };
  switch (field.kind) {
    case "folder":
      return folder;
    case "folders":
      return { anyOf: [folder, { type: "array", items: folder, minItems: 1 }] };
    case "choice":
      return { enum: field.values };
  }
}
