import type { PayloadCodec } from "../../descriptor/event.ts";

export type { EventMessage, EventOperation, EventService, EventShape, PayloadCodec } from "../../descriptor/event.ts";
export type { Validator } from "../../descriptor/validate.ts";

/** A payload of bytes. */
export type BinaryPayload = Uint8Array;

/** JSON text in UTF-8. Decoding throws a `SyntaxError` or `TypeError` for what is not. */
export function jsonCodec<Data = any>(contentType: string = "application/json"): PayloadCodec<Data> {
  return {
    contentType,
    encode: (data) => {
      const text = JSON.stringify(data) as string | undefined;
      if (text === undefined) throw new TypeError("the payload is no JSON value");
      return new TextEncoder().encode(text);
    },
    decode: (bytes) => JSON.parse(decodeUtf8(bytes)) as Data,
  };
}

/** Plain text in UTF-8. Decoding throws a `TypeError` for bytes that are not. */
export function textCodec(contentType: string = "text/plain"): PayloadCodec<string> {
  return { contentType, encode: (data) => new TextEncoder().encode(data), decode: decodeUtf8 };
}

/** Bytes as they are. */
export function binaryCodec(contentType: string = "application/octet-stream"): PayloadCodec<Uint8Array> {
  return { contentType, encode: (data) => data, decode: (bytes) => bytes };
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
