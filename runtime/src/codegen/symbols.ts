/**
 * Everything that generated code may import from the runtime, by module below `@trilogue/runtime/codegen/v1/`. It is
 * the only thing the generator knows of the runtime: a name here is a promise for as long as `v1` is there.
 *
 * Well-known protobuf types are not listed; they are whatever `codegen/v1/wkt` re-exports.
 */
export const codegenNames = {
  http: {
    types: [
      "BinaryBody",
      "EventStream",
      "FilePart",
      "HttpOperation",
      "HttpSecurityScheme",
      "HttpServer",
      "HttpService",
      "HttpWebhooks",
      "JsonLines",
      "PagedOperation",
      "ReceivedBytes",
      "StatusRange",
    ],
    values: [],
  },
  events: {
    types: ["BinaryPayload", "EventOperation", "EventService"],
    values: ["binaryCodec", "jsonCodec", "textCodec"],
  },
  int64: {
    types: ["Int64Shape"],
    values: [
      "bigintJson",
      "bigintJsonCodec",
      "isBigUint64",
      "isBigint64",
      "isMultipleOfWhole",
      "isNumeric",
      "isWhole",
      "plainNumber",
      "readInt64",
    ],
  },
  avro: { types: [], values: ["avroCodec"] },
  "proto-codec": { types: [], values: ["protoCodec", "protoJsonCodec"] },
  rpc: { types: ["BidiStream", "ClientStream", "RpcService", "ServerStream", "Unary"], values: [] },
  proto: {
    types: ["GenEnum", "GenExtension", "GenFile", "GenMessage", "GenService", "JsonObject", "Message", "UnknownEnum"],
    values: ["enumDesc", "extDesc", "fileDesc", "messageDesc", "serviceDesc"],
  },
  validate: {
    types: ["ValidationIssue"],
    values: [
      "areUnique",
      "badBoolean",
      "badBooleanOrNull",
      "badEnum",
      "badFormat",
      "badInteger",
      "badIntegerOrNull",
      "badNumber",
      "badNumberOrNull",
      "badString",
      "badStringOrNull",
      "fail",
      "failRequired",
      "isBase64",
      "isBase64Url",
      "isDate",
      "isDateTime",
      "isDuration",
      "isEmail",
      "isEqual",
      "isFilePart",
      "isHostname",
      "isIdnEmail",
      "isIdnHostname",
      "isInt32",
      "isInt64",
      "isIntegerIn",
      "isIpv4",
      "isIpv6",
      "isIri",
      "isIriReference",
      "isJsonPointer",
      "isMultipleOf",
      "isObject",
      "isRegex",
      "isRelativeJsonPointer",
      "isTime",
      "isUri",
      "isUriReference",
      "isUriTemplate",
      "isUuid",
      "lengthOf",
      "own",
      "token",
    ],
  },
} as const;

/** A module below `codegen/v1/` with listed names. */
export type CodegenModule = keyof typeof codegenNames;

type Listed = (typeof codegenNames)[CodegenModule];

/** A type that generated code imports; no two modules export the same name. */
export type CodegenTypeName = Listed["types"][number];

/** A function that generated code imports. */
export type CodegenValueName = Listed["values"][number];

/** The specifier that generated code imports a module by. */
export function codegenSpecifier(module: CodegenModule | "wkt"): string {
  return `@trilogue/runtime/codegen/v1/${module}`;
}
