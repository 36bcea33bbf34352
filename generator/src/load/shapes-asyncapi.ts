import type { ObjectShape, Shapes } from "./shapes.ts";

const documented = { title: "string", summary: "string", description: "string", tags: "array", externalDocs: "object" } as const;
const info: ObjectShape = {
  title: "info", expected: ["title", "version"], fields: {
    ...documented, description: "any", version: "any", termsOfService: "string", contact: "object", license: "object",
  },
};
const message: ObjectShape = {
  title: "message", fields: {
    ...documented, name: "string", messageId: "string", contentType: "string", schemaFormat: "string", payload: "any", headers: "any",
    correlationId: "object", bindings: "object", examples: "array", traits: "array",
  },
};

/** AsyncAPI 3.0 and 3.1. */
export const asyncApi3: Shapes = {
  root: {
    title: "the document", expected: ["info"], fields: {
      asyncapi: "string", id: "string", info: { is: "info" }, servers: { mapOf: "server" }, defaultContentType: "string",
      channels: { mapOf: "channel" }, operations: { mapOf: "operation" }, components: { is: "components" },
    },
  },
  info,
  server: {
    title: "server", required: ["host", "protocol"], fields: {
      ...documented, host: "string", protocol: "string", protocolVersion: "any", pathname: "string", security: "array",
      variables: "object", bindings: "object",
    },
  },
  channel: {
    title: "channel", fields: {
      ...documented, address: "any", messages: { mapOf: "message" }, servers: "array", parameters: { mapOf: "parameter" }, bindings: "object",
    },
  },
  operation: {
    title: "operation", required: ["action", "channel"], values: { action: ["send", "receive"] }, fields: {
      ...documented, action: "string", channel: "object", messages: "array", reply: "object", security: "array", bindings: "object",
      traits: "array",
    },
  },
  message,
  parameter: { title: "parameter", fields: { enum: "array", default: "any", description: "string", examples: "array", location: "string" } },
  components: {
    title: "components", fields: {
      schemas: "object", servers: { mapOf: "server" }, channels: { mapOf: "channel" }, operations: { mapOf: "operation" },
      messages: { mapOf: "message" }, securitySchemes: "object", serverVariables: "object", parameters: { mapOf: "parameter" },
      correlationIds: "object", replies: "object", replyAddresses: "object", externalDocs: "object", tags: "object",
      operationTraits: "object", messageTraits: "object", serverBindings: "object", channelBindings: "object",
      operationBindings: "object", messageBindings: "object",
    },
  },
};

/** AsyncAPI 2.0 to 2.6 in one. */
export const asyncApi2: Shapes = {
  root: {
    title: "the document", expected: ["info"], fields: {
      asyncapi: "string", id: "string", info: { is: "info" }, servers: { mapOf: "server" }, defaultContentType: "string",
      channels: { mapOf: "channel" }, components: { is: "components" }, tags: "array", externalDocs: "object",
    },
  },
  info,
  server: {
    title: "server", required: ["url", "protocol"], fields: {
      url: "string", protocol: "string", protocolVersion: "any", description: "string", variables: "object", security: "array",
      bindings: "object", tags: "array",
    },
  },
  channel: {
    title: "channel", fields: {
      $ref: "string", description: "string", servers: "array", publish: { is: "operation" }, subscribe: { is: "operation" },
      parameters: "object", bindings: "object",
    },
  },
  operation: {
    title: "operation", fields: {
      operationId: "string", summary: "string", description: "string", tags: "array", externalDocs: "object", security: "array",
      bindings: "object", traits: "array", message: { is: "messages" },
    },
  },
  messages: { title: "message", fields: { ...message.fields, oneOf: { listOf: "message" } } },
  message,
  components: {
    title: "components", fields: {
      schemas: "object", servers: { mapOf: "server" }, serverVariables: "object", channels: { mapOf: "channel" },
      messages: { mapOf: "message" }, securitySchemes: "object", parameters: "object", correlationIds: "object",
      operationTraits: "object", messageTraits: "object", serverBindings: "object", channelBindings: "object",
      operationBindings: "object", messageBindings: "object",
    },
  },
};
