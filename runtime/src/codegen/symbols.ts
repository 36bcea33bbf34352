/**
 * Everything that generated code may import from the runtime, by module. It is the only thing the generator knows of
 * the runtime: a name here is a promise for as long as `v1` is there. Well-known protobuf types are not listed; they
 * are whatever `codegen/v1/wkt` re-exports.
 */
export const codegenModules: Readonly<
  Record<"http" | "events" | "rpc" | "proto" | "protoCodec" | "avro" | "wkt" | "validate", string>
> = {
  http: "@trilogue/runtime/codegen/v1/http",
  events: "@trilogue/runtime/codegen/v1/events",
  rpc: "@trilogue/runtime/codegen/v1/rpc",
  proto: "@trilogue/runtime/codegen/v1/proto",
  protoCodec: "@trilogue/runtime/codegen/v1/proto-codec",
  avro: "@trilogue/runtime/codegen/v1/avro",
  wkt: "@trilogue/runtime/codegen/v1/wkt",
  validate: "@trilogue/runtime/codegen/v1/validate",
};

/** A name that generated code imports, and whether it is a type. */
export interface CodegenSymbol {
  readonly module: string;
  readonly name: string;
  readonly isType: boolean;
}

/** What each name is called in emitters. */
export type CodegenName =
  | "httpOperation"
  | "httpService"
  | "binaryBody"
  | "receivedBytes"
  | "filePart"
  | "eventStream"
  | "jsonLines"
  | "eventOperation"
  | "eventService"
  | "binaryPayload"
  | "jsonCodec"
  | "textCodec"
  | "binaryCodec"
  | "avroCodec"
  | "protoCodec"
  | "protoJsonCodec";

/** The names that HTTP and event modules import. */
export const codegenSymbols: Readonly<Record<CodegenName, CodegenSymbol>> = {
  httpOperation: { module: codegenModules.http, name: "HttpOperation", isType: true },
  httpService: { module: codegenModules.http, name: "HttpService", isType: true },
  binaryBody: { module: codegenModules.http, name: "BinaryBody", isType: true },
  receivedBytes: { module: codegenModules.http, name: "ReceivedBytes", isType: true },
  filePart: { module: codegenModules.http, name: "FilePart", isType: true },
  eventStream: { module: codegenModules.http, name: "EventStream", isType: true },
  jsonLines: { module: codegenModules.http, name: "JsonLines", isType: true },
  eventOperation: { module: codegenModules.events, name: "EventOperation", isType: true },
  eventService: { module: codegenModules.events, name: "EventService", isType: true },
  binaryPayload: { module: codegenModules.events, name: "BinaryPayload", isType: true },
  jsonCodec: { module: codegenModules.events, name: "jsonCodec", isType: false },
  textCodec: { module: codegenModules.events, name: "textCodec", isType: false },
  binaryCodec: { module: codegenModules.events, name: "binaryCodec", isType: false },
  avroCodec: { module: codegenModules.avro, name: "avroCodec", isType: false },
  protoCodec: { module: codegenModules.protoCodec, name: "protoCodec", isType: false },
  protoJsonCodec: { module: codegenModules.protoCodec, name: "protoJsonCodec", isType: false },
};
