import { asyncApiMessages } from "../diagnostics/catalogue/asyncapi.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { EventMessageModel, PayloadFormat } from "../model/event.ts";
import type { Schema } from "../model/schema.ts";
import { isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { lowerAvro } from "./avro.ts";
import { ownText, textOf, traitsOf, type AsyncNode } from "./asyncapi-node.ts";
import type { LoweringInput } from "./lowering.ts";
import { fileName, unescapeSegment } from "./names.ts";
import { findProtoMessage } from "./proto-ref.ts";

/** The schema format that names a message of a proto contract by its full name. */
export const protoRefFormat = "application/vnd.trilogue.proto-ref";

/** Formats that are read, without versions: what a slip is compared with. */
const knownFormats: readonly string[] = [
  protoRefFormat,
  "application/vnd.aai.asyncapi",
  "application/schema+json",
  "application/schema+yaml",
  "application/vnd.oai.openapi",
  "application/vnd.apache.avro",
  "application/vnd.google.protobuf",
];

/** What lowering a message needs beside the message. */
export interface MessageFrame {
  readonly input: LoweringInput;
  readonly defaultContentType: string;
}

/** Lowers one message: its own fields first, then what its traits add. */
export function lowerMessage(node: AsyncNode, frame: MessageFrame): EventMessageModel {
  const traits = traitsOf(node);
  const own = (key: string): string | undefined => ownText(node, traits, key);
  const childOf = (key: string): AsyncNode | undefined =>
    node.child(key) ?? traits.map((trait) => trait.child(key)).find((child) => child !== undefined);
  const at = node.range ?? (isObject(node.value) ? rangeOf(node.value) : undefined) ?? fallbackRange(node);
  const declaredType = own("contentType") ?? frame.defaultContentType;
  const payload = lowerPayload(node, frame, at);
  const headers = lowerHeaders([node, ...traits], frame, at);
  const summary = own("summary");
  const description = own("description");
  const correlationId = lowerCorrelation(childOf("correlationId"), frame, at);
  const { format, contentType } = settleFormat(payload, own("contentType"), declaredType);
  if (format === "binary" && isStructured(payload)) {
    frame.input.report(createDiagnostic(asyncApiMessages.noCodec, { contentType }, { range: at }));
  }
  return {
    at,
    name: nameOf(node, own),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    contentType,
    format,
    ...(payload.schema === undefined ? {} : { payload: payload.schema }),
    ...(headers === undefined ? {} : { headers }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}

/** The headers of the message and of its traits hold together. */
function lowerHeaders(places: readonly AsyncNode[], frame: MessageFrame, at: SourceRange): Schema | undefined {
  const found = places
    .flatMap((place) => place.child("headers") ?? [])
    .map((headers) => lowerSchemaValue(headers, frame, at).schema ?? { at });
  const [only] = found;
  return found.length > 1 ? { at, allOf: found } : only;
}

/** Component key, else `name`, else `title`, else the key in the channel, else the file. */
function nameOf(node: AsyncNode, own: (key: string) => string | undefined): string {
  const component = /^\/components\/messages\/([^/]+)$/.exec(node.pointer ?? "")?.[1];
  if (component !== undefined) return unescapeSegment(component);
  const key = node.key !== undefined && !/^\d+$/.test(node.key) ? node.key : undefined;
  return own("name") ?? own("title") ?? key ?? fileName(node.document.file.path);
}

interface LoweredPayload {
  readonly schema?: Schema;
  readonly kind: "json" | "avro" | "protobuf" | "unknown";
}

function lowerPayload(message: AsyncNode, frame: MessageFrame, at: SourceRange): LoweredPayload {
  if (!isObject(message.value) || message.value["payload"] === undefined) return { kind: "unknown" };
  const written = message.value["payload"];
  const reference = isObject(written) ? written["$ref"] : undefined;
  if (isObject(written) && typeof reference === "string") return lowerReferenced(written, message, frame);
  const payload = message.child("payload");
  return payload === undefined ? { kind: "unknown" } : lowerSchemaValue(payload, frame, at);
}

/** A payload by `$ref`: the type is imported from where it is defined, whatever its format is there. */
function lowerReferenced(holder: JsonObject, message: AsyncNode, frame: MessageFrame): LoweredPayload {
  const { loaded, schemas } = frame.input;
  const target = loaded.refs.get(holder);
  if (target === undefined) return { kind: "unknown" };
  const at = rangeOf(holder, "$ref") ?? target.range;
  if (target.document.kind === "proto") return lowerProtoFileRef(holder, target.pointer.slice(1), { frame, at });
  if (isMultiFormat(target.value)) {
    const node = message.child("payload");
    return node === undefined ? { kind: "unknown" } : lowerSchemaValue(node, frame, at);
  }
  const schema = schemas.lower(holder, message.document, at);
  return { kind: target.document.kind === "avro" ? "avro" : "json", schema };
}

interface ReferencePlace {
  readonly frame: MessageFrame;
  readonly at: SourceRange;
}

/** `$ref: ./orders.proto#shop.v1.Order`: works, and no other tool reads it. */
function lowerProtoFileRef(holder: JsonObject, name: string, { frame, at }: ReferencePlace): LoweredPayload {
  const range = rangeOf(holder, "$ref") ?? at;
  const found = findProtoMessage(frame.input.loaded, name);
  if (found.kind === "none") {
    frame.input.report(
      createDiagnostic(asyncApiMessages.unknownProtoMessage, { name, nearest: found.nearest }, { range }),
    );
    return { kind: "protobuf" };
  }
  const reference = String(holder["$ref"]);
  frame.input.report(createDiagnostic(asyncApiMessages.protoRefByFile, { reference, name }, { range }));
  return { kind: "protobuf", schema: { at: range, message: name } };
}

/** A schema, or a multi-format schema (`schemaFormat` and `schema`), standing where it is used. */
function lowerSchemaValue(node: AsyncNode, frame: MessageFrame, at: SourceRange): LoweredPayload {
  const { input } = frame;
  const range = isObject(node.value) ? (rangeOf(node.value) ?? at) : at;
  if (!isMultiFormat(node.value)) {
    return { kind: "json", schema: input.schemas.lower(node.value, node.document, range) };
  }
  const format = String(node.value["schemaFormat"]);
  const schema = node.child("schema");
  if (format.startsWith(protoRefFormat)) return lowerProtoRef(node.value, frame, range);
  if (schema === undefined) {
    // `schema` is a reference that was reported as broken, or missing, which reads as anything.
    return { kind: formatKind(format) ?? "unknown", schema: { at: range } };
  }
  const kind = formatKind(format);
  if (kind === "avro") return lowerAvroPayload(node.value, node, frame);
  if (kind === "json") {
    const written = node.value["schema"];
    return { kind, schema: input.schemas.lower(written ?? true, node.document, range) };
  }
  const written = node.value["schema"];
  const target =
    kind === "protobuf" && isObject(written ?? null) ? input.loaded.refs.get(written as JsonObject) : undefined;
  if (target?.document.kind === "proto") {
    return lowerProtoFileRef(written as JsonObject, target.pointer.slice(1), { frame, at: range });
  }
  const inline = kind === "protobuf" ? input.loaded.inlineProtos?.get(node.value) : undefined;
  if (inline !== undefined) return { kind: "protobuf", schema: { at: range, message: inline } };
  if (kind !== "protobuf") {
    const nearest = nearestFormat(format);
    const place = rangeOf(node.value, "schemaFormat") ?? range;
    input.report(createDiagnostic(asyncApiMessages.unknownSchemaFormat, { format, nearest }, { range: place }));
  }
  return { kind: "unknown", schema: { at: range } };
}

/** All formats begin alike, so that only what follows the slash tells whether one is near. */
function nearestFormat(format: string): string | undefined {
  const subtype = /\/([^;]*)/.exec(format)?.[1] ?? format;
  const nearest = suggestName(
    subtype.trim(),
    knownFormats.map((known) => known.slice("application/".length)),
  );
  return nearest === undefined ? undefined : `application/${nearest}`;
}

function lowerAvroPayload(multi: JsonObject, node: AsyncNode, frame: MessageFrame): LoweredPayload {
  const written = multi["schema"];
  const isReference = isObject(written) && typeof written["$ref"] === "string";
  if (isReference) return { kind: "avro", schema: frame.input.schemas.lower(written, node.document) };
  const {
    avro: names,
    schemas: { define },
    report,
  } = frame.input;
  const schema = lowerAvro(written ?? null, { document: node.document, names, define, report });
  return { kind: "avro", schema };
}

function lowerProtoRef(multi: JsonObject, frame: MessageFrame, at: SourceRange): LoweredPayload {
  const name = multi["schema"];
  const range = rangeOf(multi, "schema") ?? at;
  const found = findProtoMessage(frame.input.loaded, typeof name === "string" ? name : "");
  if (found.kind === "message") return { kind: "protobuf", schema: { at: range, message: found.name } };
  const parameters = { name: typeof name === "string" ? name : JSON.stringify(name), nearest: found.nearest };
  frame.input.report(createDiagnostic(asyncApiMessages.unknownProtoMessage, parameters, { range }));
  return { kind: "protobuf" };
}

function isMultiFormat(value: JsonValue): value is JsonObject {
  return isObject(value) && typeof value["schemaFormat"] === "string";
}

function formatKind(format: string): "json" | "avro" | "protobuf" | undefined {
  if (/avro/i.test(format)) return "avro";
  if (/protobuf/i.test(format)) return "protobuf";
  if (/^application\/(?:vnd\.aai\.asyncapi|schema|vnd\.oai\.openapi)(?:[+;]|$)/i.test(format)) return "json";
  return undefined;
}

/** What is on the wire: the declared content type decides; without one, Avro and Protobuf payloads are binary. */
function settleFormat(
  payload: LoweredPayload,
  declared: string | undefined,
  effective: string,
): { readonly format: PayloadFormat; readonly contentType: string } {
  const isJson = /[/+]json\b/i.test(effective);
  if (payload.kind === "protobuf" && payload.schema?.message !== undefined) {
    if (declared !== undefined && isJson) return { format: "protobufJson", contentType: effective };
    return { format: "protobuf", contentType: declared ?? "application/protobuf" };
  }
  if (payload.kind === "avro") {
    if (declared !== undefined && isJson) return { format: "json", contentType: effective };
    return { format: "avro", contentType: declared ?? "application/vnd.apache.avro" };
  }
  if (isJson) return { format: "json", contentType: effective };
  if (/^text\//i.test(effective)) return { format: "text", contentType: effective };
  return { format: "binary", contentType: effective };
}

/** Whether a schema says more than "some bytes". */
function isStructured({ schema }: LoweredPayload): boolean {
  return (
    schema?.ref !== undefined ||
    schema?.properties !== undefined ||
    schema?.types?.some((type) => type === "object" || type === "array") === true
  );
}

function lowerCorrelation(node: AsyncNode | undefined, frame: MessageFrame, at: SourceRange): string | undefined {
  const location = textOf(node, "location");
  if (location === undefined) return undefined;
  const parts = /^\$message\.(header|payload)#((?:\/[^/]+)+)$/.exec(location);
  if (parts === null) {
    frame.input.report(createDiagnostic(asyncApiMessages.badCorrelation, { location }, { range: node?.range ?? at }));
    return undefined;
  }
  const path = (parts[2] ?? "").split("/").slice(1).map(unescapeSegment).join(".");
  return `${parts[1] === "header" ? "headers" : "data"}.${path}`;
}

function fallbackRange(node: AsyncNode): SourceRange {
  return { file: node.document.file, start: 0, end: 0 };
}
