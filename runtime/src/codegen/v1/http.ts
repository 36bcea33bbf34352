import type { ServerSentEvent } from "../../descriptor/http.ts";

export type {
  HttpOperation,
  HttpParameter,
  HttpResponseDescriptor,
  HttpSecurityScheme,
  HttpServer,
  HttpService,
  HttpWebhooks,
  PagedOperation,
  SecurityKind,
  ServerSentEvent,
  StatusRange,
  ValueShape,
} from "../../descriptor/http.ts";
export type { Validator } from "../../descriptor/validate.ts";

/**
 * A body of bytes: at once, as a file, or piece by piece. Handlers get a `Uint8Array`, or a stream when it is larger
 * than the server's `maxHeldBytes`; `openFile` of `@trilogue/runtime/http` reads either.
 */
export type BinaryBody = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A body of bytes, as a call receives it. */
export type ReceivedBytes = Uint8Array;

/**
 * A part of a form that is a file. `openFile(stream, { name, type })` gives a stream its name and type. Handlers get a
 * `File` or `Blob`, or a stream when it is larger than the server's `maxHeldBytes`; `openFile` reads either.
 */
export type FilePart = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Events of a `text/event-stream` body, as they come; `Event` is one of them. */
export type EventStream<Event = ServerSentEvent> = AsyncIterable<Event>;

/** Values of a JSON Lines body, as they come. */
export type JsonLines<Value = unknown> = AsyncIterable<Value>;
