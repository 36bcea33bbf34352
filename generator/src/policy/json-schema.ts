import { durationPattern } from "./duration.ts";
import { fieldsByPath, groupsByPath, listMembers, type FieldType, type PolicyField } from "./shape.ts";

/** A JSON Schema (2020-12) as plain data. */
export interface SchemaObject {
  readonly [keyword: string]: unknown;
}

/** The address of the dialect of all our schemas. */
export const schemaDialect = "https://json-schema.org/draft/2020-12/schema";

/** The JSON Schema of `x-trilogue`, made from the table of the policy. */
export function createPolicySchema(): SchemaObject {
  const { properties, ...rest } = groupSchema("");
  return {
    $schema: schemaDialect,
    title: "x-trilogue",
    description:
      "What a call may do: be late, be retried, be repeated. Layers merge, weakest first: objects field by field, " +
      "scalars replace, lists are sets that grow; reset drops what was inherited.",
    ...rest,
    properties: {
      ...(properties as SchemaObject),
      reset: {
        description: "Paths of what is not inherited from weaker layers.",
        type: "array",
        items: { enum: [...groupsByPath.keys(), ...fieldsByPath.keys()] },
      },
    },
  };
}

/** The JSON Schema of policy files; the policy itself is `x-trilogue.schema.json`. */
export function createPolicyFileSchema(): SchemaObject {
  const name = (description: string): SchemaObject => ({ description, type: "string" });
  return {
    $schema: schemaDialect,
    title: "Trilogue policy file",
    description:
      "Policies for protos that one does not own. Of all entries that match a method each counts: the default is the " +
      "weakest, then the service, then the method (the order of gRPC's MethodConfig).",
    type: "object",
    required: ["trilogue"],
    additionalProperties: false,
    properties: {
      trilogue: { description: "Version of this format.", enum: ["1", 1] },
      methods: {
        type: "array",
        items: {
          type: "object",
          required: ["name", "policy"],
          additionalProperties: false,
          properties: {
            name: {
              description: "What the policy is for; an empty object is the default for all methods.",
              type: "array",
              items: {
                type: "object",
                additionalProperties: false,
                properties: {
                  service: name("Full name of a service: google.pubsub.v1.Publisher."),
                  method: name("Name of a method in the proto; left out, all methods of the service."),
                },
                dependentRequired: { method: ["service"] },
              },
            },
            policy: { $ref: "x-trilogue.schema.json" },
          },
        },
      },
    },
  };
}

function groupSchema(groupPath: string): SchemaObject {
  const group = groupsByPath.get(groupPath);
  const properties: Record<string, SchemaObject> = {};
  for (const name of listMembers(groupPath)) {
    const path = groupPath === "" ? name : `${groupPath}.${name}`;
    const field = fieldsByPath.get(path);
    // What this version can't carry out is an error, so editors should not offer it.
    if (field?.runtime !== undefined) properties[name] = fieldSchema(field);
    else if (field === undefined && hasSupportedField(path)) properties[name] = groupSchema(path);
  }
  return {
    ...(group === undefined ? {} : { description: group.doc }),
    type: "object",
    additionalProperties: false,
    ...(group?.alternatives === true ? { maxProperties: 1 } : {}),
    properties,
  };
}

function hasSupportedField(groupPath: string): boolean {
  return [...fieldsByPath.values()].some(
    ({ path, runtime }) => path.startsWith(`${groupPath}.`) && runtime !== undefined,
  );
}

function fieldSchema(field: PolicyField): SchemaObject {
  const only = field.kinds.length === 3 ? "" : ` For ${field.kinds.join(" and ")} only.`;
  return { description: `${field.doc} (${field.role})${only}`, ...typeSchema(field.type) };
}

function typeSchema(type: FieldType): SchemaObject {
  switch (type.kind) {
    case "duration":
      return { type: "string", pattern: durationPattern.source, examples: ["800ms", "2s", "24h"] };
    case "integer":
    case "number":
      return { type: type.kind, minimum: type.min, maximum: type.max };
    case "percent":
      return {
        anyOf: [
          { type: "number", minimum: 0, maximum: 100 },
          { type: "string", pattern: "^\\d{1,3}(?:\\.\\d{1,6})?%$" },
        ],
      };
    case "boolean":
      return { type: "boolean" };
    case "enum":
      return { enum: type.values };
    case "string":
      return { type: "string", pattern: type.pattern };
    case "keySource":
      return {
        type: "string",
        pattern: "^(?:header|field|message):.",
        examples: ["header:Idempotency-Key", "field:reservation_id", "message:id"],
      };
    case "set":
      return { type: "array", items: typeSchema(type.item) };
    case "objects":
      return {
        type: "array",
        items: {
          type: "object",
          additionalProperties: false,
          required: type.fields.filter((field) => field.default === undefined).map(({ name }) => name),
          properties: Object.fromEntries(
            type.fields.map(({ name, doc, type: inner }) => [name, { description: doc, ...typeSchema(inner) }]),
          ),
        },
      };
    case "json":
      return {};
  }
}
