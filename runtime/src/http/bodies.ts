import type { HttpMediaType } from "../descriptor/http.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { ServiceError } from "../error/service-error.ts";
import { violationsDetail } from "../wire/problem.ts";
import { collectBytes, decodeText, limitBytes, utf8 } from "./bytes.ts";
import { chunksOf, describe, isBinaryContent, once } from "./file.ts";
import { readForm, writeForm } from "./form.ts";
import { parseJson, writeJson } from "./json.ts";
import type { MediaType } from "./media-type.ts";
import type { HttpBody, HttpLimits } from "./message.ts";
import { readMultipart } from "./multipart-read.ts";
import { boundaryOf, drawBoundary, sizeOfMultipart, toParts, writeMultipart } from "./multipart-write.ts";
import { UnwritableValue } from "./parameters-write.ts";
import { isJsonSequence, readEventStream, readJsonLines, writeEventStream, writeJsonLines } from "./streams.ts";
import { isRecord, writeScalar } from "./values.ts";

/** A body ready to go. `stream` can be read once; everything else as often as wanted. */
export type EncodedBody =
  | { readonly kind: "bytes"; readonly contentType: string; readonly bytes: Uint8Array }
  | { readonly kind: "later"; open(): Promise<OpenedBody> }
  | { readonly kind: "stream"; readonly contentType: string; readonly stream: AsyncIterable<Uint8Array> };

/** A body whose bytes are there, or begin to come. */
export interface OpenedBody {
  readonly contentType: string;
  readonly body: HttpBody;
  /** Bytes, where that is known of a stream. */
  readonly length?: number;
}

/** Blobs up to this are read into memory, once for all attempts; larger ones are read again by each. */
const maxCopiedBytes = 1024 * 1024;

/** The bytes of an encoded body, or the stream of them. */
export function openBody(encoded: EncodedBody): Promise<OpenedBody> | OpenedBody {
  switch (encoded.kind) {
    case "bytes":
      return { contentType: encoded.contentType, body: encoded.bytes };
    case "later":
      return encoded.open();
    case "stream":
      return { contentType: encoded.contentType, body: encoded.stream };
  }
}

/**
 * Writes a value as its media type says.
 *
 * @throws {UnwritableValue} when the value has no form in it; the message says what was expected.
 */
export function encodeBody(media: HttpMediaType, value: unknown, contentType: string = media.mediaType): EncodedBody {
  switch (media.codec) {
    case "json": {
      const text = writeJson(value, media.json);
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
      return { kind: "stream", contentType, stream: writeEventStream(iterableOf(value), media.json) };
    case "jsonLines": {
      return {
        kind: "stream",
        contentType,
        stream: writeJsonLines(iterableOf(value), isJsonSequence(contentType), media.json),
      };
    }
  }
}

/** What a body is read with. */
export interface DecodeBytesOptions {
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

/** What a body that may be too large to hold is read with. */
export interface DecodeBodyOptions extends DecodeBytesOptions {
  /** Whether files beyond `limits.maxHeldBytes` come as streams. */
  readonly streamsFiles: boolean;
}

/** Whether a media type is read item by item. */
export function isStreamed(media: HttpMediaType): boolean {
  return media.codec === "eventStream" || media.codec === "jsonLines";
}

/**
 * Reads a whole body of any codec but the streamed ones, multipart among them.
 *
 * @throws {ServiceError} as `decodeBytes`; {BodyTooLarge} when it is longer than it may be.
 */
export async function decodeBody(body: HttpBody, options: DecodeBodyOptions): Promise<unknown> {
  const { media, type, limits } = options;
  if (media.codec !== "multipart") return decodeBytes(await collectBytes(body, limits.maxBodyBytes), options);
  const boundary = type?.parameters.get("boundary");
  return check(await readMultipart(media, limitBytes(body, limits.maxBodyBytes), { ...options, boundary }), options);
}

/**
 * Reads a body that is wholly there. Streamed codecs go through `decodeStream`, multipart through `decodeBody`.
 *
 * @throws {ServiceError} invalid_argument when the bytes are not of the media type.
 */
export function decodeBytes(bytes: Uint8Array, options: DecodeBytesOptions): unknown {
  return check(readBytes(bytes, options), options);
}

function readBytes(bytes: Uint8Array, { media, type, limits, issues, pointer }: DecodeBytesOptions): unknown {
  const charset = type?.parameters.get("charset");
  switch (media.codec) {
    case "json":
      if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) throw unknownCharset();
      return parseJson(bytes, limits.maxDepth, media.json);
    case "text":
      return decodeText(bytes, charset);
    case "form":
      return readForm(media, decodeText(bytes, charset), { limits, issues, pointer });
    case "multipart":
      throw new Error("internal: multipart is read by decodeBody");
    default:
      // Platforms hand over their own kinds of arrays, such as Buffer, which behave in other ways.
      return bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

function check(read: unknown, { media, issues, pointer, validate }: DecodeBytesOptions): unknown {
  const value = media.json === undefined ? read : media.json.settle(read);
  if (validate && issues.length === 0 && media.validate !== undefined && !media.validate(value)) {
    media.validate(value, pointer, issues);
  }
  return value;
}

/** Reads a streamed body item by item; an item that is not valid ends the stream with invalid_argument. */
export async function* decodeStream(
  body: HttpBody,
  options: Omit<DecodeBytesOptions, "issues">,
): AsyncGenerator<unknown> {
  const { media, type, limits } = options;
  const chunks = body instanceof Uint8Array ? once(body) : body;
  const items =
    media.codec === "eventStream"
      ? readEventStream(chunks, media, limits)
      : readJsonLines(chunks, limits, {
          isSequence: isJsonSequence(type?.essence ?? media.mediaType),
          json: media.json,
        });
  let index = 0;
  for await (const read of items) {
    const item = media.json === undefined ? read : media.json.settle(read);
    if (options.validate && media.validate !== undefined && !media.validate(item)) {
      const issues: ValidationIssue[] = [];
      media.validate(item, `${options.pointer}/${index}`, issues);
      throw new ServiceError("invalid_argument", "an item of the stream is not what the contract says", {
        details: [violationsDetail(issues)],
        origin: "framework",
      });
    }
    index += 1;
    yield item;
  }
}

/** The bytes of an encoded body; streams are collected up to `maxBytes`. */
export async function bytesOf(body: EncodedBody, maxBytes: number): Promise<Uint8Array> {
  return collectBytes((await openBody(body)).body, maxBytes);
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
  const typeWith = (boundary: string): string => `${contentType.split(";")[0] ?? contentType}; boundary=${boundary}`;
  if (parts.some(({ size }) => size === undefined)) {
    const boundary = drawBoundary();
    return { kind: "stream", contentType: typeWith(boundary), stream: writeMultipart(parts, boundary) };
  }
  let opened: Promise<OpenedBody> | undefined;
  const open = async (): Promise<OpenedBody> => {
    const boundary = await boundaryOf(parts);
    return copied(typeWith(boundary), () => writeMultipart(parts, boundary), sizeOfMultipart(parts, boundary) ?? 0);
  };
  return { kind: "later", open: () => (opened ??= open()) };
}

function encodeBinary(value: unknown, contentType: string): EncodedBody {
  if (typeof value === "string") return { kind: "bytes", contentType, bytes: utf8(value) };
  if (!isBinaryContent(value)) {
    throw new UnwritableValue("bytes: a Uint8Array, ArrayBuffer, Blob, string, or a stream of Uint8Array");
  }
  if (value instanceof Uint8Array) return { kind: "bytes", contentType, bytes: value };
  if (value instanceof ArrayBuffer) return { kind: "bytes", contentType, bytes: new Uint8Array(value) };
  const concrete = contentType.includes("*") ? describe(value).type : contentType;
  if (!(value instanceof Blob)) return { kind: "stream", contentType: concrete, stream: chunksOf(value) };
  let opened: Promise<OpenedBody> | undefined;
  return {
    kind: "later",
    open: () => (opened ??= copied(concrete, () => chunksOf(value), value.size)),
  };
}

/** Small bodies at once; of large ones a stream, which begins anew whenever it is read. */
async function copied(
  contentType: string,
  chunks: () => AsyncIterable<Uint8Array>,
  length: number,
): Promise<OpenedBody> {
  if (length <= maxCopiedBytes) return { contentType, body: await collectBytes(chunks(), Infinity), length };
  return { contentType, body: { [Symbol.asyncIterator]: () => chunks()[Symbol.asyncIterator]() }, length };
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
