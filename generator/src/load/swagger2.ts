import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { buildArray, buildEntry, createObjectBuilder } from "../source/build.ts";
import type { ObjectBuilder } from "../source/build.ts";
import { isObject, rangeOf } from "../source/json.ts";
import type { JsonArray, JsonObject, JsonValue } from "../source/json.ts";
import { arrayAt, followAll, followLocal, isExtension, objectAt, stringAt, stringsAt } from "./convert-context.ts";
import type { ConvertContext, ReadOther } from "./convert-context.ts";
import { setMoves } from "./moves.ts";
import { convertBody, convertForm, convertParameter } from "./swagger2-parameters.ts";
import { convertRef, convertSchema } from "./swagger2-schemas.ts";

/**
 * Brings an OpenAPI 2.0 document to the shape of 3.0: definitions, body and form parameters, `consumes` and
 * `produces`, host and base path, security definitions. References into the old places still resolve.
 */
export function convertSwagger2(root: JsonObject, diagnostics: Diagnostic[], readOther?: ReadOther): JsonObject {
  const context: ConvertContext = {
    root,
    diagnostics,
    ...(readOther === undefined ? {} : { readOther }),
    moves: [
      { from: ["definitions"], to: ["components", "schemas"] },
      { from: ["parameters"], to: ["components", "parameters"] },
      { from: ["responses"], to: ["components", "responses"] },
      { from: ["securityDefinitions"], to: ["components", "securitySchemes"] },
    ],
  };
  const document = createObjectBuilder();
  document.add("openapi", "3.0.4", root, "swagger");
  for (const key of ["info", "tags", "externalDocs", "security"]) document.add(key, root[key], root);
  for (const key of Object.keys(root)) if (isExtension(key)) document.add(key, root[key], root);
  document.addAt("servers", convertServers(root), rangeOf(root, "host"));
  document.add("paths", convertPaths(context), root);
  document.addAt("components", convertComponents(context), rangeOf(root));
  const converted = document.build(root);
  setMoves(converted, context.moves);
  setMediaTypes(converted, root);
  return converted;
}

/** What the operations of a document take and give unless they say so themselves. */
interface MediaTypes {
  readonly consumes?: JsonValue | undefined;
  readonly produces?: JsonValue | undefined;
}

const mediaTypesByRoot = new WeakMap<object, MediaTypes>();

/** Notes the media types of a document, which hold for the parts of it that stand in other files too. */
export function setMediaTypes(converted: object, { consumes, produces }: MediaTypes): void {
  mediaTypesByRoot.set(converted, { consumes, produces });
}

/** The media types that hold in a converted document, or in a part of one. */
export function mediaTypesOf(converted: JsonValue): MediaTypes {
  return (isObject(converted) ? mediaTypesByRoot.get(converted) : undefined) ?? {};
}

function convertServers(root: JsonObject): JsonValue | undefined {
  const host = stringAt(root, "host");
  const basePath = stringAt(root, "basePath");
  if (host === undefined && basePath === undefined) return undefined;
  const range = rangeOf(root, host === undefined ? "basePath" : "host");
  const path = basePath === "/" ? "" : (basePath ?? "");
  const schemes = stringsAt(root, "schemes") ?? ["https"];
  const urls = host === undefined ? [path === "" ? "/" : path] : schemes.map((scheme) => `${scheme}://${host}${path}`);
  return buildArray(
    urls.map((url) => buildEntry("url", url, range)),
    range,
  );
}

function convertPaths(context: ConvertContext): JsonValue | undefined {
  const paths = context.root["paths"];
  if (!isObject(paths)) return paths;
  const builder = createObjectBuilder();
  for (const [path, item] of Object.entries(paths)) {
    builder.add(path, isObject(item) && !isExtension(path) ? convertPathItem(context, item) : item, paths);
  }
  return builder.build(paths);
}

const methods: ReadonlySet<string> = new Set(["get", "put", "post", "delete", "options", "head", "patch"]);

/** A path item with its operations. */
export function convertPathItem(context: ConvertContext, item: JsonObject): JsonObject {
  const shared = sortParameters(context, arrayAt(item, "parameters"));
  const builder = createObjectBuilder();
  for (const [key, value] of Object.entries(item)) {
    if (key === "parameters") continue;
    builder.add(key, methods.has(key) && isObject(value) ? convertOperation(context, value, shared) : value, item);
  }
  const plain = shared.plain.map((parameter) => convertPlain(context, parameter));
  if (plain.length > 0) builder.add("parameters", buildArray(plain, arrayAt(item, "parameters")), item);
  return builder.build(item);
}

interface SortedParameters {
  /** As written: objects, or references to them. */
  readonly plain: readonly JsonObject[];
  readonly body: JsonObject | undefined;
  /** References followed. */
  readonly form: readonly JsonObject[];
}

function sortParameters(context: ConvertContext, parameters: JsonArray): SortedParameters {
  const plain: JsonObject[] = [];
  const form: JsonObject[] = [];
  let body: JsonObject | undefined;
  for (const parameter of parameters) {
    if (!isObject(parameter)) continue;
    const followed = followAll(context, parameter).value;
    const place = isObject(followed) ? followed["in"] : undefined;
    if (place === "body") body = parameter;
    else if (place === "formData" && isObject(followed)) form.push(followed);
    else plain.push(parameter);
  }
  return { plain, body, form };
}

function convertPlain(context: ConvertContext, parameter: JsonObject): JsonObject {
  return "$ref" in parameter ? convertRef(parameter) : convertParameter(context, parameter);
}

const convertedOperationFields: ReadonlySet<string> = new Set([
  "parameters",
  "responses",
  "consumes",
  "produces",
  "schemes",
]);

function convertOperation(context: ConvertContext, operation: JsonObject, shared: SortedParameters): JsonObject {
  const parameters = arrayAt(operation, "parameters");
  const own = sortParameters(context, parameters);
  const consumes = stringsAt(operation, "consumes") ?? stringsAt(context.root, "consumes");
  const builder = createObjectBuilder();
  builder.addAll(operation, convertedOperationFields);
  if (own.plain.length > 0)
    builder.add(
      "parameters",
      buildArray(
        own.plain.map((one) => convertPlain(context, one)),
        parameters,
      ),
      operation,
    );
  const body = own.body ?? shared.body;
  const form = mergeForm(own.form, shared.form);
  if (body !== undefined) builder.addAt("requestBody", bodyOf(context, body, consumes), rangeOf(body));
  else if (form[0] !== undefined) builder.addAt("requestBody", convertForm(context, form, consumes), rangeOf(form[0]));
  const produces = stringsAt(operation, "produces") ?? stringsAt(context.root, "produces") ?? defaultMediaTypes;
  builder.add("responses", convertResponses(context, operation, produces), operation);
  return builder.build(operation);
}

const defaultMediaTypes: readonly string[] = ["application/json"];

function bodyOf(context: ConvertContext, body: JsonObject, consumes: readonly string[] | undefined): JsonObject {
  const { value, ref } = followAll(context, body);
  if (!isObject(value)) return body;
  // References in a schema of another file are relative to that file, so that the schema stays there.
  const own = ref === undefined || value["schema"] === undefined ? value : withSchemaAt(value, `${ref}/schema`);
  return convertBody(context, own, consumes ?? defaultMediaTypes);
}

function withSchemaAt(parameter: JsonObject, ref: string): JsonObject {
  const range = rangeOf(parameter, "schema");
  const builder = createObjectBuilder();
  builder.addAll(parameter, new Set(["schema"]));
  builder.addAt("schema", buildEntry("$ref", ref, range), range);
  return builder.build(parameter);
}

function mergeForm(own: readonly JsonObject[], shared: readonly JsonObject[]): readonly JsonObject[] {
  const names = new Set(own.map((parameter) => parameter["name"]));
  return [...shared.filter((parameter) => !names.has(parameter["name"])), ...own];
}

function convertResponses(
  context: ConvertContext,
  operation: JsonObject,
  produces: readonly string[],
): JsonValue | undefined {
  const responses = operation["responses"];
  if (!isObject(responses)) return responses;
  const builder = createObjectBuilder();
  for (const [status, response] of Object.entries(responses)) {
    const converted =
      isObject(response) && !isExtension(status) ? convertResponse(context, response, produces) : response;
    builder.add(status, converted, responses);
  }
  return builder.build(responses);
}

/** A shared response is copied, because its media types are those of the operation. */
export function convertResponse(
  context: ConvertContext,
  response: JsonObject,
  produces: readonly string[],
): JsonObject {
  const followed = followLocal(context, response);
  if (!isObject(followed)) return convertRef(response);
  const builder = createObjectBuilder();
  builder.addAll(followed, new Set(["schema", "headers", "examples"]));
  builder.add("headers", convertHeaders(context, followed), followed);
  builder.add("content", convertContent(followed, produces), followed, "schema");
  return builder.build(followed);
}

function convertHeaders(context: ConvertContext, response: JsonObject): JsonValue | undefined {
  const headers = response["headers"];
  if (!isObject(headers)) return headers;
  const builder = createObjectBuilder();
  for (const [name, header] of Object.entries(headers)) {
    builder.add(name, isObject(header) ? convertParameter(context, header) : header, headers);
  }
  return builder.build(headers);
}

function convertContent(response: JsonObject, produces: readonly string[]): JsonValue | undefined {
  const { schema } = response;
  if (schema === undefined) return undefined;
  const isFile = isObject(schema) && schema["type"] === "file";
  const fileTypes = produces.filter((mediaType) => !/[/+]json\b/.test(mediaType));
  const mediaTypes = !isFile ? produces : fileTypes.length === 0 ? ["application/octet-stream"] : fileTypes;
  const examples = objectAt(response, "examples");
  const builder = createObjectBuilder();
  for (const mediaType of mediaTypes) {
    const content = createObjectBuilder();
    content.add("schema", convertSchema(schema), response);
    content.add("example", examples[mediaType], examples, mediaType);
    builder.add(mediaType, content.build(response), response, "schema");
  }
  return builder.build(rangeOf(response, "schema"));
}

function convertComponents(context: ConvertContext): JsonValue | undefined {
  const { root } = context;
  const builder = createObjectBuilder();
  builder.add("schemas", mapEntries(root, "definitions", convertSchema), root, "definitions");
  const parameters = createObjectBuilder();
  const bodies = createObjectBuilder();
  for (const [name, parameter] of Object.entries(objectAt(root, "parameters"))) {
    if (isObject(parameter)) convertSharedParameter(context, { name, parameter, parameters, bodies });
  }
  builder.add("parameters", parameters.buildUnlessEmpty(objectAt(root, "parameters")), root);
  builder.add("requestBodies", bodies.buildUnlessEmpty(objectAt(root, "parameters")), root, "parameters");
  const produces = stringsAt(root, "produces") ?? defaultMediaTypes;
  builder.add(
    "responses",
    mapEntries(root, "responses", (value) => (isObject(value) ? convertResponse(context, value, produces) : value)),
    root,
  );
  builder.add(
    "securitySchemes",
    mapEntries(root, "securityDefinitions", (value) => (isObject(value) ? convertScheme(value) : value)),
    root,
    "securityDefinitions",
  );
  return builder.buildUnlessEmpty(root);
}

interface SharedParameter {
  readonly name: string;
  readonly parameter: JsonObject;
  readonly parameters: ObjectBuilder;
  readonly bodies: ObjectBuilder;
}

function convertSharedParameter(
  context: ConvertContext,
  { name, parameter, parameters, bodies }: SharedParameter,
): void {
  const shared = objectAt(context.root, "parameters");
  const place = parameter["in"];
  if (place === "body" || place === "formData") {
    const consumes = stringsAt(context.root, "consumes");
    const body =
      place === "body"
        ? convertBody(context, parameter, consumes ?? defaultMediaTypes)
        : convertForm(context, [parameter], consumes);
    bodies.add(name, body, shared);
    context.moves.push({ from: ["parameters", name], to: ["components", "requestBodies", name] });
  } else parameters.add(name, convertPlain(context, parameter), shared);
}

function mapEntries(parent: JsonObject, key: string, convert: (value: JsonValue) => JsonValue): JsonValue | undefined {
  const map = parent[key];
  if (!isObject(map)) return map;
  const builder = createObjectBuilder();
  for (const [name, value] of Object.entries(map)) builder.add(name, convert(value), map);
  return builder.build(map);
}

const flowNames: Readonly<Record<string, string>> = {
  implicit: "implicit",
  password: "password",
  application: "clientCredentials",
  accessCode: "authorizationCode",
};

function convertScheme(scheme: JsonObject): JsonObject {
  const builder = createObjectBuilder();
  if (scheme["type"] === "basic") {
    builder.add("type", "http", scheme);
    builder.add("scheme", "basic", scheme, "type");
    builder.addAll(scheme, new Set(["type"]));
    return builder.build(scheme);
  }
  if (scheme["type"] !== "oauth2") return scheme;
  builder.addAll(scheme, new Set(["flow", "authorizationUrl", "tokenUrl", "scopes"]));
  const flow = createObjectBuilder();
  for (const key of ["authorizationUrl", "tokenUrl", "scopes"]) flow.add(key, scheme[key], scheme);
  const name = flowNames[stringAt(scheme, "flow") ?? ""] ?? "implicit";
  builder.add("flows", buildEntry(name, flow.build(scheme), rangeOf(scheme, "flow")), scheme, "flow");
  return builder.build(scheme);
}
