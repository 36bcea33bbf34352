import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** Something of the wrong type. */
export const openApiExpected: MessageDefinition<{ what: string; expected: string }> = defineMessage({
  severity: "error",
  code: "openapi-expected",
  message: ({ what, expected }) => `expected ${what} to be ${expected}`,
  help: ({ expected }) => `write ${expected}`,
});

/** A later operation with an operationId that is taken. */
export const duplicateOperationId: MessageDefinition<{ id: string; name: string }> = defineMessage({
  severity: "warning",
  code: "openapi-duplicate-operation-id",
  message: ({ id, name }) => `operationId "${id}" is used twice; this operation is called "${name}"`,
  help: () => `give each operation an operationId of its own`,
});

/** A name in the path template without a parameter. */
export const undeclaredPathParameter: MessageDefinition<{ name: string; path: string }> = defineMessage({
  severity: "warning",
  code: "openapi-undeclared-path-parameter",
  message: ({ name, path }) => `path "${path}" names "${name}", which no parameter declares; it is read as a string`,
  help: ({ name }) => `declare a parameter "${name}" with in: path`,
});

/** A path parameter that the template doesn't name. */
export const unusedPathParameter: MessageDefinition<{ name: string; path: string }> = defineMessage({
  severity: "warning",
  code: "openapi-unused-path-parameter",
  message: ({ name, path }) => `path parameter "${name}" is not in the template "${path}"; it is left out`,
  help: ({ name }) => `put {${name}} into the path, or remove the parameter`,
});

/** Two parameters of one list with the same place and name. */
export const duplicateParameter: MessageDefinition<{ name: string; place: string }> = defineMessage({
  severity: "warning",
  code: "openapi-duplicate-parameter",
  message: ({ name, place }) => `${place} parameter "${name}" is declared twice; the first declaration counts`,
  help: () => `remove one of them`,
});

/** A parameter that can't be read. */
export const badParameter: MessageDefinition<{ name: string; why: string }> = defineMessage({
  severity: "error",
  code: "openapi-bad-parameter",
  message: ({ name, why }) => `parameter "${name}" ${why}`,
  help: () => `declare it with a name, an "in" of path, query, header or cookie, and a schema or one media type`,
});

/** A parameter that says too little, or too much, of its value. */
export const looseParameter: MessageDefinition<{ name: string; why: string }> = defineMessage({
  severity: "warning",
  code: "openapi-loose-parameter",
  message: ({ name, why }) => `parameter "${name}" ${why}`,
  help: () => `declare it with a schema, or with content of one media type`,
});

/** A style that its location doesn't have. */
export const badStyle: MessageDefinition<{ name: string; style: string; place: string; used: string }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-style",
  message: ({ name, style, place, used }) =>
    `${place} parameter "${name}" has style "${style}"; "${used}" is used instead`,
  help: ({ place }) => `use a style that ${place} parameters have`,
});

/** Header parameters that OpenAPI itself ignores. */
export const ignoredHeader: MessageDefinition<{ name: string; instead: string }> = defineMessage({
  severity: "info",
  code: "openapi-ignored-header",
  message: ({ name }) => `header parameter "${name}" is ignored, as OpenAPI says`,
  help: ({ instead }) => `it follows from ${instead}`,
});

/** Two templates that match the same paths. */
export const sameTemplate: MessageDefinition<{ path: string; other: string; method: string }> = defineMessage({
  severity: "warning",
  code: "openapi-same-template",
  message: ({ path, other, method }) =>
    `${method} "${path}" and "${other}" differ only in parameter names; servers answer the latter`,
  help: () => `make them one path`,
});

/** An operation that only its fragment tells from another one: clients call it, servers can't know that they do. */
export const pathFragment: MessageDefinition<{ path: string; other: string; method: string }> = defineMessage({
  severity: "warning",
  code: "openapi-path-fragment",
  message: ({ path, other, method }) =>
    `${method} "${path}" differs from "${other}" in its fragment alone, which is never sent: the latter answers`,
  help: () => `give the operation a path or a query of its own, such as ?kind=..., or serve the other one`,
});

/** A method of `additionalOperations` in small letters: sent like that, no server would know it. */
export const methodCase: MessageDefinition<{ written: string; method: string }> = defineMessage({
  severity: "warning",
  code: "openapi-method-case",
  message: ({ written, method }) => `method "${written}" is read as "${method}": methods tell case apart`,
  help: ({ method }) => `write it as ${method}`,
});

/** A method that no server of this runtime gets to see. */
export const unknownMethod: MessageDefinition<{ method: string }> = defineMessage({
  severity: "warning",
  code: "openapi-unknown-method",
  message: ({ method }) => `"${method}" is no method that HTTP servers on Node read`,
  help: () => `use a method of the IANA registry, or serve the operation where others are read`,
});

/** A path that doesn't begin with a slash. */
export const pathWithoutSlash: MessageDefinition<{ path: string }> = defineMessage({
  severity: "warning",
  code: "openapi-path-without-slash",
  message: ({ path }) => `path "${path}" doesn't begin with a slash; it is read as "/${path}"`,
  help: ({ path }) => `write it as "/${path}"`,
});

/** A path that names a parameter more than once. */
export const repeatedPathParameter: MessageDefinition<{ path: string; name: string }> = defineMessage({
  severity: "warning",
  code: "openapi-repeated-path-parameter",
  message: ({ path, name }) => `path "${path}" names the parameter "${name}" twice; its one value goes to both places`,
  help: () => `give each place a parameter of its own`,
});

/** A path with broken braces. */
export const badPath: MessageDefinition<{ path: string; why: string }> = defineMessage({
  severity: "error",
  code: "openapi-bad-path",
  message: ({ path, why }) => `path "${path}" ${why}`,
  help: () => `write it as /segment/{parameter}`,
});

/** An operation without responses. */
export const noResponses: MessageDefinition<{ name: string }> = defineMessage({
  severity: "warning",
  code: "openapi-no-responses",
  message: ({ name }) => `operation "${name}" declares no response`,
  help: () => `declare at least one response, or "default"`,
});

/** A key of `responses` that is no status. */
export const badStatus: MessageDefinition<{ status: string }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-status",
  message: ({ status }) =>
    `expected a status from 100 to 599, a range such as 4XX, or "default", found "${status}"; it is left out`,
  help: () => `write the status as "200"`,
});

/** A body where HTTP gives it no meaning. */
export const bodyWithoutMeaning: MessageDefinition<{ name: string; method: string }> = defineMessage({
  severity: "warning",
  code: "openapi-body-without-meaning",
  message: ({ name, method }) => `operation "${name}" has a request body, to which ${method} gives no meaning`,
  help: () => `use POST, or QUERY in OpenAPI 3.2`,
});

/** Two keys of one media type. */
export const duplicateMediaType: MessageDefinition<{ mediaType: string }> = defineMessage({
  severity: "warning",
  code: "openapi-duplicate-media-type",
  message: ({ mediaType }) => `media type "${mediaType}" is declared twice; the first declaration counts`,
  help: () => `remove one; letter case doesn't matter in media types`,
});

/** A key of `content` that is no media type. */
export const badMediaType: MessageDefinition<{ mediaType: string; readAs: string | undefined }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-media-type",
  message: ({ mediaType, readAs }) =>
    `expected a media type such as "application/json", found "${mediaType}"; it is ` +
    (readAs === undefined ? "left out" : `read as "${readAs}"`),
  help: () => `write type/subtype`,
});

/** A security requirement that names no scheme. */
export const unknownSecurityScheme: MessageDefinition<{ name: string }> = defineMessage({
  severity: "warning",
  code: "openapi-unknown-security-scheme",
  message: ({ name }) => `security scheme "${name}" is not declared; nobody but your own authenticator can know it`,
  help: ({ name }) =>
    /[/#]/.test(name)
      ? `declare it in components.securitySchemes, where a $ref may lead to another file`
      : `declare "${name}" in components.securitySchemes`,
});

/** A security scheme that can't be read. */
export const badSecurityScheme: MessageDefinition<{ name: string; why: string }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-security-scheme",
  message: ({ name, why }) => `security scheme "${name}" can't be read: ${why}`,
  help: () =>
    `use type apiKey (with in and name), http (with scheme), oauth2, openIdConnect (with its URL) or mutualTLS`,
});

/** Two schemes of one requirement that go to the same place. */
export const securityClash: MessageDefinition<{ name: string; other: string; place: string }> = defineMessage({
  severity: "warning",
  code: "openapi-security-clash",
  message: ({ name, other, place }) =>
    `security schemes "${other}" and "${name}" are both asked for, and both stand in ${place}; no call can send both`,
  help: () => `make them alternatives: two entries of "security" instead of one`,
});

/** A variable of a server's URL that has no value of its own. */
export const serverVariable: MessageDefinition<{ name: string; url: string }> = defineMessage({
  severity: "warning",
  code: "openapi-server-variable",
  message: ({ name, url }) => `server "${url}" names the variable "${name}", which has no default`,
  help: ({ name }) => `declare "${name}" in the server's variables`,
});

/** Servers of a path or an operation at an origin of their own, where only a transport of their own goes. */
export const innerServers: MessageDefinition<{ path: string; name: string; url: string }> = defineMessage({
  severity: "info",
  code: "openapi-inner-servers",
  message: ({ path, url }) => `"${path}" is served at "${url}", another origin than the document's servers`,
  help: ({ name }) => `call it by a client of its own, createClient({ ${name} }, transport), whose baseUrl is that one`,
});

/** Parts of an Encoding Object, or of a Media Type Object's encodings, that have no effect here. */
export const ignoredEncoding: MessageDefinition<{ field: string; why: string }> = defineMessage({
  severity: "warning",
  code: "openapi-ignored-encoding",
  message: ({ field, why }) => `"${field}" has no effect: ${why}`,
  help: () => `remove it, or write the body yourself as bytes`,
});

/** Multipart that has no names. */
export const rawMultipart: MessageDefinition<{ mediaType: string }> = defineMessage({
  severity: "info",
  code: "openapi-raw-multipart",
  message: ({ mediaType }) => `"${mediaType}" is carried as bytes: only the parts of multipart/form-data have names`,
  help: () => `use multipart/form-data, or read and write the parts yourself`,
});

/** A text with a schema of what it stands for. */
export const textBody: MessageDefinition<{ mediaType: string }> = defineMessage({
  severity: "info",
  code: "openapi-text-body",
  message: ({ mediaType }) => `"${mediaType}" is carried as text: its schema is neither a type nor checked`,
  help: () => `parse the text yourself, or offer application/json beside it`,
});

/** A schema of a whole event stream, which says nothing of one event. */
export const eventStreamSchema: MessageDefinition<{ mediaType: string }> = defineMessage({
  severity: "warning",
  code: "openapi-event-stream-schema",
  message: ({ mediaType }) => `the schema of "${mediaType}" is not used: what describes an event is "itemSchema"`,
  help: () =>
    `write itemSchema: { type: object, required: [data], properties: { data: <this schema> } }, or read "data" as text`,
});

/** An empty value of something that has none. */
export const emptyValue: MessageDefinition<{ name: string }> = defineMessage({
  severity: "info",
  code: "openapi-empty-value",
  message: ({ name }) => `"allowEmptyValue" of parameter "${name}" has no effect: only a string can be empty`,
  help: () => `make it a string, or leave the parameter out where it has no value`,
});
