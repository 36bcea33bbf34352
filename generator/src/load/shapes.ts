/** What a field may hold. */
export type FieldShape =
  | "any"
  | "string"
  | "boolean"
  | "object"
  | "array"
  | "strings"
  /** An object of that shape, or a reference. */
  | { readonly is: string }
  /** An object whose values are of that shape, or references. */
  | { readonly mapOf: string }
  /** An array of that shape, or of references. */
  | { readonly listOf: string };

/** What an object of a format may look like. */
export interface ObjectShape {
  /** How messages call it. */
  readonly title: string;
  readonly fields: Readonly<Record<string, FieldShape>>;
  /** Without these nothing can be generated. */
  readonly required?: readonly string[];
  /** The format requires these, and nothing that is generated needs them. */
  readonly expected?: readonly string[];
  /** Fields whose value is one of a set. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** The shape of fields with other names, such as the paths in `paths`. */
  readonly others?: FieldShape;
  /** Unknown fields are no business of ours here. */
  readonly isOpen?: boolean;
}

/** The shapes of a format, by name; the document itself is `root`. */
export type Shapes = Readonly<Record<string, ObjectShape>>;

const documented = { summary: "string", description: "string", externalDocs: "any" } as const;
const info: ObjectShape = {
  title: "info",
  expected: ["title", "version"],
  // Some documents keep the description in a file of its own.
  fields: {
    title: "string",
    summary: "string",
    description: "any",
    termsOfService: "string",
    contact: "any",
    license: "any",
    version: "any",
    tags: "array",
    externalDocs: "any",
  },
};
const tag: ObjectShape = {
  title: "tag",
  required: ["name"],
  fields: { ...documented, name: "string", parent: "string", kind: "string" },
};

const pathItem3: ObjectShape = {
  title: "path item",
  fields: {
    $ref: "string",
    summary: "string",
    description: "any",
    servers: { listOf: "server" },
    parameters: { listOf: "parameter" },
    get: { is: "operation" },
    put: { is: "operation" },
    post: { is: "operation" },
    delete: { is: "operation" },
    options: { is: "operation" },
    head: { is: "operation" },
    patch: { is: "operation" },
    trace: { is: "operation" },
    query: { is: "operation" },
    additionalOperations: { mapOf: "operation" },
  },
};

/** OpenAPI 3.0, 3.1 and 3.2 in one: a field of a later version in an older document is read. */
export const openApi3: Shapes = {
  root: {
    title: "the document",
    expected: ["info"],
    fields: {
      openapi: "string",
      $self: "string",
      info: { is: "info" },
      jsonSchemaDialect: "string",
      servers: { listOf: "server" },
      paths: { is: "paths" },
      webhooks: { mapOf: "pathItem" },
      components: { is: "components" },
      security: "array",
      tags: { listOf: "tag" },
      externalDocs: "any",
    },
  },
  info,
  tag,
  server: {
    title: "server",
    required: ["url"],
    fields: { url: "string", name: "string", description: "string", variables: "object" },
  },
  paths: { title: "paths", fields: {}, others: { is: "pathItem" } },
  pathItem: pathItem3,
  operation: {
    title: "operation",
    fields: {
      ...documented,
      tags: "strings",
      operationId: "string",
      parameters: { listOf: "parameter" },
      requestBody: { is: "requestBody" },
      responses: { is: "responses" },
      callbacks: "object",
      deprecated: "boolean",
      security: "array",
      servers: { listOf: "server" },
    },
  },
  parameter: {
    title: "parameter",
    required: ["name", "in"],
    values: { in: ["path", "query", "querystring", "header", "cookie"] },
    fields: {
      name: "string",
      in: "string",
      description: "string",
      required: "boolean",
      deprecated: "boolean",
      allowEmptyValue: "boolean",
      style: "string",
      explode: "boolean",
      allowReserved: "boolean",
      schema: "any",
      example: "any",
      examples: "any",
      content: { mapOf: "mediaType" },
    },
  },
  requestBody: {
    title: "request body",
    required: ["content"],
    fields: {
      description: "string",
      content: { mapOf: "mediaType" },
      required: "boolean",
    },
  },
  mediaType: { title: "media type", isOpen: true, fields: { encoding: "object" } },
  responses: { title: "responses", fields: {}, others: { is: "response" } },
  response: {
    title: "response",
    fields: {
      summary: "string",
      description: "string",
      headers: { mapOf: "header" },
      content: { mapOf: "mediaType" },
      links: "object",
    },
  },
  header: { title: "header", isOpen: true, fields: { description: "string", content: { mapOf: "mediaType" } } },
  components: {
    title: "components",
    fields: {
      schemas: "object",
      responses: { mapOf: "response" },
      parameters: { mapOf: "parameter" },
      examples: "any",
      requestBodies: { mapOf: "requestBody" },
      headers: { mapOf: "header" },
      securitySchemes: { mapOf: "securityScheme" },
      links: "object",
      callbacks: "object",
      pathItems: { mapOf: "pathItem" },
      mediaTypes: { mapOf: "mediaType" },
    },
  },
  securityScheme: {
    title: "security scheme",
    isOpen: true,
    fields: { name: "string", flows: "object" },
  },
};

/** OpenAPI 2.0. */
export const openApi2: Shapes = {
  root: {
    title: "the document",
    expected: ["info"],
    fields: {
      swagger: "any",
      info: { is: "info" },
      host: "string",
      basePath: "string",
      schemes: "strings",
      consumes: "strings",
      produces: "strings",
      paths: { is: "paths" },
      definitions: "object",
      parameters: { mapOf: "parameter" },
      responses: { mapOf: "response" },
      securityDefinitions: { mapOf: "securityScheme" },
      security: "array",
      tags: { listOf: "tag" },
      externalDocs: "any",
    },
  },
  info,
  tag,
  paths: { title: "paths", fields: {}, others: { is: "pathItem" } },
  pathItem: {
    title: "path item",
    fields: {
      $ref: "string",
      parameters: { listOf: "parameter" },
      get: { is: "operation" },
      put: { is: "operation" },
      post: { is: "operation" },
      delete: { is: "operation" },
      options: { is: "operation" },
      head: { is: "operation" },
      patch: { is: "operation" },
    },
  },
  operation: {
    title: "operation",
    fields: {
      ...documented,
      tags: "strings",
      operationId: "string",
      consumes: "strings",
      produces: "strings",
      schemes: "strings",
      parameters: { listOf: "parameter" },
      responses: { is: "responses" },
      deprecated: "boolean",
      security: "array",
    },
  },
  parameter: {
    title: "parameter",
    required: ["name", "in"],
    isOpen: true,
    values: { in: ["path", "query", "header", "body", "formData"] },
    fields: { name: "string", in: "string", description: "string", required: "boolean" },
  },
  responses: { title: "responses", fields: {}, others: { is: "response" } },
  response: { title: "response", fields: { description: "string", schema: "any", headers: "object", examples: "any" } },
  securityScheme: {
    title: "security scheme",
    isOpen: true,
    fields: {},
  },
};
