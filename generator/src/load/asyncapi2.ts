import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { buildArray, buildEntry, createObjectBuilder } from "../source/build.ts";
import { isObject, rangeOf } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import { convertMessage, listMessages, nameMessage } from "./asyncapi2-messages.ts";
import { arrayAt, followLocal, objectAt, stringAt, stringsAt } from "./convert-context.ts";
import type { ConvertContext } from "./convert-context.ts";
import { setMoves } from "./moves.ts";
import { formatPointer } from "./pointer.ts";

/**
 * Brings an AsyncAPI 2.0-2.6 document to the shape of 3.0 (AsyncAPI 3.0 release notes, "Migrating to v3"):
 * `publish` becomes an operation that the application receives, `subscribe` one that it sends. Channels keep their
 * names, which are their addresses. References into the old places still resolve.
 */
export function convertAsyncApi2(root: JsonObject, diagnostics: Diagnostic[]): JsonObject {
  const context: ConvertContext = { root, moves: [], diagnostics };
  const document = createObjectBuilder();
  document.add("asyncapi", "3.0.0", root);
  document.addAll(root, convertedRootFields);
  document.add("info", convertInfo(root), root);
  document.add("servers", mapObject(root, "servers", convertServer), root);
  const operations = createObjectBuilder();
  document.add(
    "channels",
    mapObject(root, "channels", (channel, name) => convertChannel(context, { channel, name, operations })),
    root,
  );
  document.add("operations", operations.buildUnlessEmpty(objectAt(root, "channels")), root, "channels");
  document.add("components", convertComponents(context), root);
  const converted = document.build(root);
  setMoves(converted, context.moves);
  return converted;
}

const convertedRootFields: ReadonlySet<string> = new Set([
  "asyncapi",
  "info",
  "servers",
  "channels",
  "components",
  "tags",
  "externalDocs",
]);

function convertInfo(root: JsonObject): JsonValue | undefined {
  const info = root["info"];
  if (!isObject(info) || (!("tags" in root) && !("externalDocs" in root))) return info;
  const builder = createObjectBuilder();
  builder.addAll(info);
  for (const key of ["tags", "externalDocs"]) if (!builder.has(key)) builder.add(key, root[key], root);
  return builder.build(info);
}

/** A map with each object in it converted; values of another type stay. */
function mapObject(
  parent: JsonObject,
  key: string,
  convert: (value: JsonObject, name: string) => JsonValue,
): JsonValue | undefined {
  const map = parent[key];
  if (!isObject(map)) return map;
  const builder = createObjectBuilder();
  for (const [name, value] of Object.entries(map))
    builder.add(name, isObject(value) ? convert(value, name) : value, map);
  return builder.build(map);
}

function convertServer(server: JsonObject): JsonObject {
  const url = stringAt(server, "url");
  if (url === undefined) return server;
  const builder = createObjectBuilder();
  const [, scheme, host = url, pathname] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/]*)(\/.*)?$/.exec(url) ?? [];
  builder.add("host", host, server, "url");
  builder.add("pathname", pathname, server, "url");
  builder.add("protocol", server["protocol"] ?? scheme, server, "protocol" in server ? "protocol" : "url");
  builder.addAll(server, new Set(["url", "protocol", "security"]));
  builder.add("security", convertSecurity(server), server);
  return builder.build(server);
}

/** Requirements by name become references to the schemes; scopes are the schemes' own business in 3.0. */
function convertSecurity(holder: JsonObject): JsonValue | undefined {
  if (!("security" in holder)) return undefined;
  const requirements = arrayAt(holder, "security");
  const schemes = requirements.flatMap((requirement) =>
    !isObject(requirement)
      ? []
      : Object.keys(requirement).map((name) =>
          buildEntry("$ref", `#${formatPointer(["components", "securitySchemes", name])}`, rangeOf(requirement, name)),
        ),
  );
  return buildArray(schemes, requirements);
}

interface ChannelToConvert {
  readonly channel: JsonObject;
  readonly name: string;
  readonly operations: ReturnType<typeof createObjectBuilder> | undefined;
}

const convertedChannelFields: ReadonlySet<string> = new Set(["$ref", "publish", "subscribe", "servers", "parameters"]);

function convertChannel(context: ConvertContext, { channel, name, operations }: ChannelToConvert): JsonObject {
  const followed = followLocal(context, channel);
  // A channel item of another document can't be split into channel and operations here; it stays a reference.
  if (!isObject(followed)) return channel;
  const builder = createObjectBuilder();
  builder.addAt("address", name, rangeOf(channel));
  builder.addAll(followed, convertedChannelFields);
  builder.add("servers", convertServerNames(followed), followed);
  builder.add(
    "parameters",
    mapObject(followed, "parameters", (parameter) => convertParameter(context, parameter)),
    followed,
  );
  const channelMessages = createObjectBuilder();
  for (const action of ["publish", "subscribe"] as const) {
    const operation = followed[action];
    if (!isObject(operation)) continue;
    const converted = convertOperation(context, { operation, channel: name, action, messages: channelMessages });
    if (operations?.has(converted.name) === true) reportDuplicateId(context, operation, converted.name);
    else operations?.add(converted.name, converted.value, followed, action);
  }
  builder.addAt("messages", channelMessages.buildUnlessEmpty(followed), rangeOf(followed));
  return builder.build(followed);
}

function convertServerNames(channel: JsonObject): JsonValue | undefined {
  const names = stringsAt(channel, "servers");
  if (names === undefined) return undefined;
  const servers = arrayAt(channel, "servers");
  return buildArray(
    names.map((name, index) => buildEntry("$ref", `#${formatPointer(["servers", name])}`, rangeOf(servers, index))),
    servers,
  );
}

function reportDuplicateId(context: ConvertContext, operation: JsonObject, id: string): void {
  context.diagnostics.push(
    createDiagnostic(messages.duplicateOperationId, { id }, { range: rangeOf(operation, "operationId") }),
  );
}

interface OperationToConvert {
  readonly operation: JsonObject;
  readonly channel: string;
  readonly action: "publish" | "subscribe";
  readonly messages: ReturnType<typeof createObjectBuilder>;
}

const convertedOperationFields: ReadonlySet<string> = new Set(["operationId", "message", "security"]);

function convertOperation(
  context: ConvertContext,
  source: OperationToConvert,
): { readonly name: string; readonly value: JsonObject } {
  const { operation, channel, action, messages: taken } = source;
  const name = stringAt(operation, "operationId") ?? `${channel}.${action}`;
  const builder = createObjectBuilder();
  builder.addAt("action", action === "publish" ? "receive" : "send", rangeOf(operation));
  builder.addAt(
    "channel",
    buildEntry("$ref", `#${formatPointer(["channels", channel])}`, rangeOf(operation)),
    rangeOf(operation),
  );
  builder.addAll(operation, convertedOperationFields);
  builder.add("security", convertSecurity(operation), operation);
  const references: JsonValue[] = [];
  for (const { message, path } of listMessages(operation)) {
    const key = nameMessage(context, message, { operation: name, taken });
    if (!taken.has(key)) taken.addAt(key, convertMessage(context, message), rangeOf(message));
    const to = ["channels", channel, "messages", key];
    references.push(buildEntry("$ref", `#${formatPointer(to)}`, rangeOf(message)));
    context.moves.push({ from: ["channels", channel, action, ...path], to });
  }
  context.moves.push({ from: ["channels", channel, action], to: ["operations", name] });
  if (references.length > 0)
    builder.add("messages", buildArray(references, rangeOf(operation, "message")), operation, "message");
  return { name, value: builder.build(operation) };
}

/** Since 3.0 a parameter is a string with `enum`, `default` and `examples` of its own instead of a schema. */
function convertParameter(context: ConvertContext, parameter: JsonObject): JsonObject {
  const schema = followLocal(context, parameter["schema"]);
  if (!("schema" in parameter)) return parameter;
  const builder = createObjectBuilder();
  builder.addAll(parameter, new Set(["schema"]));
  if (isObject(schema)) {
    for (const key of ["enum", "default", "examples", "description"])
      if (!builder.has(key)) builder.add(key, schema[key], schema);
  }
  return builder.build(parameter);
}

function convertComponents(context: ConvertContext): JsonValue | undefined {
  const components = context.root["components"];
  if (!isObject(components)) return components;
  const builder = createObjectBuilder();
  for (const key of Object.keys(components)) {
    const convert = componentConversions[key];
    builder.add(
      key,
      convert === undefined
        ? components[key]
        : mapObject(components, key, (value, name) => convert(context, value, name)),
      components,
    );
  }
  return builder.build(components);
}

const componentConversions: Readonly<
  Record<string, (context: ConvertContext, value: JsonObject, name: string) => JsonValue>
> = {
  messages: convertMessage,
  messageTraits: convertMessage,
  parameters: convertParameter,
  servers: (_context, server) => convertServer(server),
  channels: (context, channel, name) => convertChannel(context, { channel, name, operations: undefined }),
  operationTraits: (_context, trait) => convertTrait(trait),
  securitySchemes: (_context, scheme) => convertSecurityScheme(scheme),
};

function convertTrait(trait: JsonObject): JsonObject {
  if (!("security" in trait)) return trait;
  const builder = createObjectBuilder();
  builder.addAll(trait, new Set(["security"]));
  builder.add("security", convertSecurity(trait), trait);
  return builder.build(trait);
}

function convertSecurityScheme(scheme: JsonObject): JsonObject {
  const flows = scheme["flows"];
  if (!isObject(flows)) return scheme;
  const builder = createObjectBuilder();
  builder.addAll(scheme);
  builder.add(
    "flows",
    mapObject(scheme, "flows", (flow) => {
      const converted = createObjectBuilder();
      converted.addAll(flow, new Set(["scopes"]));
      converted.add("availableScopes", flow["scopes"], flow, "scopes");
      return converted.build(flow);
    }),
    scheme,
  );
  return builder.build(scheme);
}
