import type { HttpMediaType } from "../descriptor/http.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { ServiceError } from "../error/service-error.ts";
import { collectBytes, decodeText, utf8 } from "./bytes.ts";
import { readForm, writeForm } from "./form.ts";
import { parseJson, writeJson } from "./json.ts";
import type { MediaType } from "./media-type.ts";
import type { HttpBody, HttpLimits } from "./message.ts";
import { readMultipart, toParts, writeMultipart } from "./multipart.ts";
import { UnwritableValue } from "./parameters-write.ts";
import { readEventStream, readJsonLines, writeEventStream, writeJsonLines } from "./streams.ts";
import { isRecord, writeScalar } from "./values.ts";

/** A body ready to go. `stream` can be read once; everything else as often as wanted. */
export type EncodedBody =
  | { readonly kind: "bytes"; readonly contentType: string; readonly bytes: Uint8Array }
  | {
      readonly kind: "later";
      readonly contentType: string;
      bytes(): Promise<Uint8Array>;
      contentTypeLater?(): Promise<string>;
    }
  | { readonly kind: "stream"; readonly contentType: string; readonly stream: AsyncIterable<Uint8Array> };

/**
 * Writes a value as its media type says.
 *
 * @throws {UnwritableValue} when the value has no form in it; the message says what was expected.
 */
export function encodeBody(media: HttpMediaType, value: unknown, contentType: string = media.mediaType): EncodedBody {
  switch (media.codec) {
    case "json": {
      const text = writeJson(value);
      if (text === undefined) throw new UnwritableValue("a JSON value");
      return { kind: "bytes", contentType, bytes: utf8(text) };
    }
    case "text":
      return encodeText(value, contentType);
    case "form": {
      if (!isRecord(value)) throw new UnwritableValue("an object");
      return { kind: "bytes", contentType, bytes: utf8(writeForm(media, value)) };
    }
    case "multipart":
      return encodeMultipart(media, value, contentType);
    case "binary":
      return encodeBinary(value, contentType);
    case "eventStream":
      return { kind: "stream", contentType, stream: writeEventStream(iterableOf(value)) };
    case "jsonLines": {
      return {
        kind: "stream",
        contentType,
        stream: writeJsonLines(iterableOf(value), contentType.includes("json-seq")),
      };
    }
  }
}

/** What a body is read with. */
export interface DecodeBodyOptions {
  readonly media: HttpMediaType;
  /** The media type that came. */
  readonly type: MediaType | undefined;
  readonly limits: HttpLimits;
  /** Where faults go. */
  readonly issues: ValidationIssue[];
  readonly pointer: string;
  /** Whether the value is checked against the contract; items of streams are checked as they are read. */
  readonly validate: boolean;
}

/** Whether a media type is read item by item. */
export function isStreamed(media: HttpMediaType): boolean {
  return media.codec === "eventStream" || media.codec === "jsonLines";
}

/**
 * Reads a body that is wholly there. Streamed codecs go through `decodeStream`.
 *
 * @throws {ServiceError} invalid_argument when the bytes are not of the media type.
 */
export function decodeBytes(bytes: Uint8Array, options: DecodeBodyOptions): unknown {
  const { media, type, limits, issues, pointer } = options;
  const value = readBytes(bytes, options);
  if (options.validate && issues.length === 0 && media.validate !== undefined && !media.validate(value)) {
    media.validate(value, pointer, issues);
  }
  return value;

  function readBytes(content: Uint8Array, { media: { codec } }: DecodeBodyOptions): unknown {
    const charset = type?.parameters.get("charset");
    switch (codec) {
      case "json":
        if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) throw unknownCharset();
        return parseJson(content, limits.maxDepth);
      case "text":
        return decodeText(content, charset);
      case "form":
        return readForm(media, decodeText(content, charset), { limits, issues, pointer });
      case "multipart":
        return readMultipart(media, content, { boundary: type?.parameters.get("boundary"), limits, issues, pointer });
      default:
        return content;
    }
  }
}

/** Reads a streamed body item by item; an item that is not valid ends the stream with invalid_argument. */
export async function* decodeStream(
  body: HttpBody,
  options: Omit<DecodeBodyOptions, "issues">,
): AsyncGenerator<unknown> {
  const { media, limits } = options;
  const chunks = body instanceof Uint8Array ? once(body) : body;
  const items =
    media.codec === "eventStream" ? readEventStream(chunks, media.shape, limits) : readJsonLines(chunks, limits);
  for await (const item of items) {
    if (options.validate && media.validate !== undefined && !media.validate(item)) {
      throw new ServiceError("invalid_argument", "an item of the stream is not what the contract says", {
        origin: "framework",
      });
    }
    yield item;
  }
}

/** The bytes of an encoded body; streams are collected up to `maxBytes`. */
export async function bytesOf(body: EncodedBody, maxBytes: number): Promise<Uint8Array> {
  if (body.kind === "bytes") return body.bytes;
  return body.kind === "later" ? body.bytes() : collectBytes(body.stream, maxBytes);
}

function encodeText(value: unknown, contentType: string): EncodedBody {
  const text = writeScalar(value);
  if (text === undefined) throw new UnwritableValue("a text");
  // What goes out is UTF-8, whatever charset the contract's media type names.
  return { kind: "bytes", contentType: withCharset(contentType), bytes: utf8(text) };
}

function encodeMultipart(media: HttpMediaType, value: unknown, contentType: string): EncodedBody {
  if (!isRecord(value)) throw new UnwritableValue("an object");
  // Now, so that faults are told before anything is sent, and attempts do not see what becomes of the value.
  const parts = toParts(media, value);
  let written: ReturnType<typeof writeMultipart> | undefined;
  const write = (): ReturnType<typeof writeMultipart> => (written ??= writeMultipart(parts));
  return {
    kind: "later",
    contentType,
    bytes: async () => (await write()).bytes,
    contentTypeLater: async () => `${contentType.split(";")[0] ?? contentType}; boundary=${(await write()).boundary}`,
  };
}

function encodeBinary(value: unknown, contentType: string): EncodedBody {
  if (value instanceof Uint8Array) return { kind: "bytes", contentType, bytes: value };
  if (value instanceof ArrayBuffer) return { kind: "bytes", contentType, bytes: new Uint8Array(value) };
  if (typeof value === "string") return { kind: "bytes", contentType, bytes: utf8(value) };
  if (value instanceof Blob) {
    const type = contentType.includes("*") && value.type !== "" ? value.type : contentType;
    let bytes: Promise<Uint8Array> | undefined;
    return {
      kind: "later",
      contentType: type,
      bytes: () => (bytes ??= value.arrayBuffer().then((buffer) => new Uint8Array(buffer))),
    };
  }
  if (isIterable(value)) return { kind: "stream", contentType, stream: value as AsyncIterable<Uint8Array> };
  throw new UnwritableValue("bytes: a Uint8Array, ArrayBuffer, Blob, string or async iterable of Uint8Array");
}

/** Streams may be given as any iterable. */
function iterableOf(value: unknown): AsyncIterable<unknown> {
  if (isIterable(value)) return value;
  if (typeof value === "object" && value !== null && Symbol.iterator in value)
    return fromSync(value as Iterable<unknown>);
  throw new UnwritableValue("an async iterable");
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

async function* fromSync(items: Iterable<unknown>): AsyncGenerator<unknown> {
  yield* items;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function withCharset(contentType: string): string {
  if (/;\s*charset="?utf-?8"?\s*(?:;|$)/i.test(contentType)) return contentType;
  return `${contentType.replace(/;\s*charset=[^;]*/gi, "")}; charset=utf-8`;
}

function unknownCharset(): ServiceError {
  return new ServiceError("invalid_argument", "JSON must be UTF-8", {
    origin: "framework",
    reason: "UNSUPPORTED_MEDIA_TYPE",
  });
}
