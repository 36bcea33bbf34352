export type {
  HttpOperation,
  HttpParameter,
  HttpResponseDescriptor,
  HttpSecurityScheme,
  HttpService,
  HttpWebhooks,
  SecurityKind,
  StatusRange,
  ValueShape,
} from "../../descriptor/http.ts";
export type { Validator } from "../../descriptor/validate.ts";

/** A body of bytes, as it may be given: at once, as a file, or piece by piece. What is received is a `Uint8Array`. */
export type BinaryBody = Uint8Array | Blob | AsyncIterable<Uint8Array>;

/** A body of bytes, as it is received. */
export type ReceivedBytes = Uint8Array;

/** A part of a form that is a file. */
export type FilePart = Blob | Uint8Array;

/** Events of a `text/event-stream` body, as they come; `Event` is one of them. */
export type EventStream<Event = ServerSentEvent> = AsyncIterable<Event>;

/** Values of a JSON Lines body, as they come. */
export type JsonLines<Value = unknown> = AsyncIterable<Value>;

/** One server-sent event (WHATWG HTML, section "Server-sent events") with its data as `Data`. */
export interface ServerSentEvent<Data = string> {
  readonly data: Data;
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds that the client waits before it comes back. */
  readonly retry?: number;
}
