/**
 * What a handler answers when a plain body is not enough: status, headers, content type. A plain tagged object, so that
 * any part of the runtime can make and read one.
 */
export interface HttpReply<Status extends number = number, Body = unknown, Headers = unknown> {
  readonly "~reply": true;
  readonly status: Status;
  readonly body: Body;
  /** Values of declared response headers by name; arrays and objects are written in the declared style. */
  readonly headers: Headers;
  /** Absent: the one that the request's `Accept` chose, or the first declared. */
  readonly contentType: string | undefined;
  /** The body's bytes when they are already made (a replayed outcome); they go out as they are. */
  readonly raw?: Uint8Array;
}

/** What beside status and body a reply may carry. */
export interface HttpReplyOptions {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
  readonly raw?: Uint8Array;
}

/** Makes a reply; `ctx.reply` of HTTP handlers is this function with the operation's types. */
export function createReply(status: number, body?: unknown, options: HttpReplyOptions = {}): HttpReply {
  const reply = {
    "~reply": true,
    status,
    body,
    headers: options.headers ?? {},
    contentType: options.contentType,
  } as const;
  return options.raw === undefined ? reply : { ...reply, raw: options.raw };
}

/** Whether `value` was made by `createReply`. */
export function isReply(value: unknown): value is HttpReply {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.hasOwn(value, "~reply") &&
    typeof (value as { status?: unknown }).status === "number"
  );
}
