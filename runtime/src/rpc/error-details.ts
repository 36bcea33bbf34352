import {
  create,
  createRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMessage,
  type JsonValue,
} from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import { file_google_protobuf_duration, StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import type { ErrorDetail } from "../error/service-error.ts";

/** google/rpc/error_details.proto of googleapis (Apache-2.0), as a serialised FileDescriptorProto in base64. */
const errorDetailsFile = /*@__PURE__*/ fileDesc(
  "Ch5nb29nbGUvcnBjL2Vycm9yX2RldGFpbHMucHJvdG8SCmdvb2dsZS5ycGMikwEKCUVycm9ySW5mbxIOCgZyZWFzb24YASABKAkSDgoGZG9t" +
    "YWluGAIgASgJEjUKCG1ldGFkYXRhGAMgAygLMiMuZ29vZ2xlLnJwYy5FcnJvckluZm8uTWV0YWRhdGFFbnRyeRovCg1NZXRhZGF0YUVudHJ5" +
    "EgsKA2tleRgBIAEoCRINCgV2YWx1ZRgCIAEoCToCOAEiOwoJUmV0cnlJbmZvEi4KC3JldHJ5X2RlbGF5GAEgASgLMhkuZ29vZ2xlLnByb3Rv" +
    "YnVmLkR1cmF0aW9uIjIKCURlYnVnSW5mbxIVCg1zdGFja19lbnRyaWVzGAEgAygJEg4KBmRldGFpbBgCIAEoCSKPAwoMUXVvdGFGYWlsdXJl" +
    "EjYKCnZpb2xhdGlvbnMYASADKAsyIi5nb29nbGUucnBjLlF1b3RhRmFpbHVyZS5WaW9sYXRpb24axgIKCVZpb2xhdGlvbhIPCgdzdWJqZWN0" +
    "GAEgASgJEhMKC2Rlc2NyaXB0aW9uGAIgASgJEhMKC2FwaV9zZXJ2aWNlGAMgASgJEhQKDHF1b3RhX21ldHJpYxgEIAEoCRIQCghxdW90YV9p" +
    "ZBgFIAEoCRJRChBxdW90YV9kaW1lbnNpb25zGAYgAygLMjcuZ29vZ2xlLnJwYy5RdW90YUZhaWx1cmUuVmlvbGF0aW9uLlF1b3RhRGltZW5z" +
    "aW9uc0VudHJ5EhMKC3F1b3RhX3ZhbHVlGAcgASgDEh8KEmZ1dHVyZV9xdW90YV92YWx1ZRgIIAEoA0gAiAEBGjYKFFF1b3RhRGltZW5zaW9u" +
    "c0VudHJ5EgsKA2tleRgBIAEoCRINCgV2YWx1ZRgCIAEoCToCOAFCFQoTX2Z1dHVyZV9xdW90YV92YWx1ZSKVAQoTUHJlY29uZGl0aW9uRmFp" +
    "bHVyZRI9Cgp2aW9sYXRpb25zGAEgAygLMikuZ29vZ2xlLnJwYy5QcmVjb25kaXRpb25GYWlsdXJlLlZpb2xhdGlvbho/CglWaW9sYXRpb24S" +
    "DAoEdHlwZRgBIAEoCRIPCgdzdWJqZWN0GAIgASgJEhMKC2Rlc2NyaXB0aW9uGAMgASgJIswBCgpCYWRSZXF1ZXN0Ej8KEGZpZWxkX3Zpb2xh" +
    "dGlvbnMYASADKAsyJS5nb29nbGUucnBjLkJhZFJlcXVlc3QuRmllbGRWaW9sYXRpb24afQoORmllbGRWaW9sYXRpb24SDQoFZmllbGQYASAB" +
    "KAkSEwoLZGVzY3JpcHRpb24YAiABKAkSDgoGcmVhc29uGAMgASgJEjcKEWxvY2FsaXplZF9tZXNzYWdlGAQgASgLMhwuZ29vZ2xlLnJwYy5M" +
    "b2NhbGl6ZWRNZXNzYWdlIjcKC1JlcXVlc3RJbmZvEhIKCnJlcXVlc3RfaWQYASABKAkSFAoMc2VydmluZ19kYXRhGAIgASgJImAKDFJlc291" +
    "cmNlSW5mbxIVCg1yZXNvdXJjZV90eXBlGAEgASgJEhUKDXJlc291cmNlX25hbWUYAiABKAkSDQoFb3duZXIYAyABKAkSEwoLZGVzY3JpcHRp" +
    "b24YBCABKAkiVgoESGVscBIkCgVsaW5rcxgBIAMoCzIVLmdvb2dsZS5ycGMuSGVscC5MaW5rGigKBExpbmsSEwoLZGVzY3JpcHRpb24YASAB" +
    "KAkSCwoDdXJsGAIgASgJIjMKEExvY2FsaXplZE1lc3NhZ2USDgoGbG9jYWxlGAEgASgJEg8KB21lc3NhZ2UYAiABKAlCbAoOY29tLmdvb2ds" +
    "ZS5ycGNCEUVycm9yRGV0YWlsc1Byb3RvUAFaP2dvb2dsZS5nb2xhbmcub3JnL2dlbnByb3RvL2dvb2dsZWFwaXMvcnBjL2VycmRldGFpbHM7" +
    "ZXJyZGV0YWlsc6ICA1JQQ2IGcHJvdG8z",
  [file_google_protobuf_duration],
);

const known = /*@__PURE__*/ createRegistry(...errorDetailsFile.messages);

/** A detail as Connect sends and receives it. */
export interface WireDetail {
  /** Full name of the message, without prefix. */
  readonly type: string;
  readonly value: Uint8Array;
}

/** Values whose type is no known message travel as a Struct that names the type in this field. */
const typeField = "@type";

/** A detail as bytes: those it came with, or its value in its type's encoding. Undefined: there is nothing to send. */
export function encodeDetail(detail: ErrorDetail): WireDetail | undefined {
  if (detail.bytes !== undefined) return { type: detail.type, value: detail.bytes };
  if (detail.value === undefined) return undefined;
  const schema = known.getMessage(detail.type);
  try {
    if (schema !== undefined) {
      const message = fromJson(schema, detail.value as JsonValue, { ignoreUnknownFields: true });
      return { type: detail.type, value: toBinary(schema, message) };
    }
    const fields = {
      [typeField]: fromJson(ValueSchema, detail.type),
      value: fromJson(ValueSchema, detail.value as JsonValue),
    };
    return {
      type: StructSchema.typeName,
      value: toBinary(StructSchema, create(StructSchema, { fields: { ...fields } as never })),
    };
  } catch {
    // A value that is not of its type can't be sent; the error itself still tells code and message.
    return undefined;
  }
}

/** The plain value of a detail of google.rpc, and its bytes; unknown types keep their bytes, and what `debug` says. */
export function decodeDetail(type: string, bytes: Uint8Array, debug?: unknown): ErrorDetail {
  const schema: DescMessage | undefined = type === StructSchema.typeName ? StructSchema : known.getMessage(type);
  if (schema === undefined) return { type, value: debug, bytes };
  try {
    const value = toJson(schema, fromBinary(schema, bytes));
    if (schema !== StructSchema) return { type, value, bytes };
    const named = value as { readonly value?: unknown; readonly [typeField]?: unknown };
    const inner = named[typeField];
    return typeof inner === "string" ? { type: inner, value: named.value } : { type, value, bytes };
  } catch {
    // Bytes that are not of their type stay available as they came.
    return { type, value: debug, bytes };
  }
}
