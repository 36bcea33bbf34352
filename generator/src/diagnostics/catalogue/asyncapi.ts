import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** The entries of this part of the catalogue, with what each is told. */
export interface AsyncApiMessages {
  readonly operationWithoutMessages: MessageDefinition<{ operation: string; channel: string }>;
  readonly unknownSchemaFormat: MessageDefinition<{ format: string; nearest: string | undefined }>;
  readonly unknownProtoMessage: MessageDefinition<{ name: string; nearest: string | undefined }>;
  readonly protoRefByFile: MessageDefinition<{ reference: string; name: string }>;
  readonly badAvro: MessageDefinition<{ reason: string }>;
  readonly avroBeyondNumbers: MessageDefinition<{ logicalType: string }>;
  readonly badCorrelation: MessageDefinition<{ location: string }>;
  readonly noCodec: MessageDefinition<{ contentType: string }>;
  readonly badInlineProto: MessageDefinition<{ reason: string }>;
  readonly inlineProtoRequired: MessageDefinition<Record<string, never>>;
  readonly inlineProtoImport: MessageDefinition<{ path: string }>;
  readonly inlineProtoRoot: MessageDefinition<{ candidates: readonly string[] }>;
  readonly inlineProtoTwice: MessageDefinition<{ name: string; other: string }>;
}

/** What lowering AsyncAPI documents has to say. */
export const asyncApiMessages: AsyncApiMessages = {
  operationWithoutMessages: defineMessage({
    severity: "warning",
    code: "operation-without-messages",
    message: ({ operation, channel }) =>
      `operation "${operation}" has no message: its channel "${channel}" declares none`,
    help: () => "declare the channel's messages; until then nothing can be sent or handled",
  }),
  unknownSchemaFormat: defineMessage({
    severity: "warning",
    code: "unknown-schema-format",
    message: ({ format }) => `schema format "${format}" is not read; the payload is typed unknown`,
    help: ({ nearest }) =>
      nearest === undefined
        ? "use an AsyncAPI schema, JSON Schema, OpenAPI schema, Avro or Protobuf payload, " +
          "or name a message of a .proto file by application/vnd.trilogue.proto-ref"
        : `did you mean "${nearest}"?`,
  }),
  unknownProtoMessage: defineMessage({
    severity: "error",
    code: "unknown-proto-message",
    message: ({ name, nearest }) =>
      `no proto contract declares message "${name}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`,
    help: () => "write the message's full name, package included, and keep its .proto file in the contract directory",
  }),
  protoRefByFile: defineMessage({
    severity: "info",
    code: "proto-ref-by-file",
    message: ({ reference, name }) => `"${reference}" is read as proto message "${name}"; other tools can't read it`,
    help: ({ name }) => `write schemaFormat: application/vnd.trilogue.proto-ref and schema: ${name}`,
  }),
  badAvro: defineMessage({
    severity: "error",
    code: "bad-avro",
    message: ({ reason }) => `the Avro schema can't be read: ${reason}`,
    help: () => "mend the schema; see the Avro 1.12 specification, section Schema Declaration",
  }),
  avroBeyondNumbers: defineMessage({
    severity: "warning",
    code: "avro-beyond-numbers",
    message: ({ logicalType }) =>
      `values of "${logicalType}" are beyond 2^53, and a message with one is refused: nothing is rounded`,
    help: () => "use timestamp-micros",
  }),
  badCorrelation: defineMessage({
    severity: "warning",
    code: "bad-correlation-location",
    message: ({ location }) => `correlation id location "${location}" is not a runtime expression; it is ignored`,
    help: () => "write $message.header#/NAME or $message.payload#/NAME",
  }),
  noCodec: defineMessage({
    severity: "warning",
    code: "no-codec",
    message: ({ contentType }) =>
      `payloads of content type "${contentType}" are bytes here, although a schema describes them`,
    help: () => "use a content type of JSON, Avro or Protobuf, or write and read the bytes in your code",
  }),
  badInlineProto: defineMessage({
    severity: "error",
    code: "bad-inline-proto",
    message: ({ reason }) => `the Protobuf text can't be read: ${reason}`,
    help: () => "mend the text, or keep it in a .proto file and name its message by application/vnd.trilogue.proto-ref",
  }),
  inlineProtoRequired: defineMessage({
    severity: "warning",
    code: "inline-proto-required",
    message: () => 'the Protobuf text has "required" fields, which proto3 has not; they are read as plain fields',
    help: () => "remove required, or write optional",
  }),
  inlineProtoImport: defineMessage({
    severity: "error",
    code: "inline-proto-import",
    message: ({ path }) => `the Protobuf text imports "${path}", which can't be found`,
    help: () =>
      "put the file into the contract directory under that path; google/protobuf and google/type are built in",
  }),
  inlineProtoRoot: defineMessage({
    severity: "error",
    code: "inline-proto-root",
    message: ({ candidates }) =>
      candidates.length === 0
        ? "the Protobuf text declares no message"
        : `the Protobuf text doesn't say which message is the payload; expected one of ${quote(candidates)}`,
    help: () => "write // @RootNode in the line above the message that is the payload",
  }),
  inlineProtoTwice: defineMessage({
    severity: "error",
    code: "inline-proto-twice",
    message: ({ name, other }) => `the Protobuf text declares "${name}", which "${other}" declares too`,
    help: () =>
      "give one of them another package, or keep it in a .proto file and name it by application/vnd.trilogue.proto-ref",
  }),
};

function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
