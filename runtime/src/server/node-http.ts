import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Readable } from "node:stream";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { slicedBytes, sliceBytes, type DiscardableBody } from "../http/bytes.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../http/message.ts";
import { isFramingHeader } from "../wire/header-text.ts";
import { callerLeft } from "./fetch.ts";
import { isWaiting, sendContinue } from "./node-continue.ts";
import { cut, cutShort, cutStalled } from "./node-guards.ts";
import { peerOf } from "./node-peer.ts";

/** A request of either version. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of either version. */
export type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers a request of either version. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => void;

/** How long the rest of a request is read and thrown away, so that its sender comes to the answer, milliseconds. */
const lingerMs = 1_000;
/** NO_ERROR of HTTP/2, RFC 9113 section 7. */
const noError = 0;
/** Bodies up to this length are read to their end if that is there already, so that their connection can be kept. */
const smallBodyBytes = 65_536;

/** What the Node adapter of a handler is told. */
export interface NodeHttpOptions {
  /** How long a peer may take nothing of what waits for it; then it is cut off. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Whether connections are to be closed with their answer. */
  isClosing(): boolean;
}

/** A handler as a listener for `node:http` and `node:http2` servers. */
export function createNodeListener(handler: HttpHandler, options: NodeHttpOptions): NodeListener {
  return (request, response) => {
    answerNode({ request, response, handler, options });
  };
}

/** A request with what answers it. */
export interface NodeExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly handler: HttpHandler;
  readonly options: NodeHttpOptions;
  /** The path and query that the handler sees; default the request's own. */
  readonly target?: string;
  /** The body's bytes, when somebody else has read them. */
  readonly body?: Uint8Array | undefined;
  /** Called with what `handler` rejects with, and nothing is answered; without it the response is cut off. */
  readonly onFailure?: (error: unknown) => void;
}

/** Answers one request. */
export function answerNode(exchange: NodeExchange): void {
  const { request, response, options } = exchange;
  cutStalled(response, options.requestTimeoutMs);
  const { message, dispose } = toHttpRequest(request, response, exchange);
  exchange
    .handler(message)
    .then((answer) => writeResponse(request, response, { answer, options }))
    .catch((error: unknown) => {
      if (exchange.onFailure !== undefined && !response.headersSent) exchange.onFailure(error);
      // A body that failed half way: the peer must see that it is not whole.
      else cutShort(response);
    })
    .finally(dispose);
}

/** Answers with a status and nothing else, for requests that no mount can read. */
export function refuse(response: NodeResponse, status: number): void {
  response.on("error", () => undefined);
  if (response.headersSent) cut(response);
  else (response as ServerResponse).writeHead(status, { "content-length": "0" }).end();
}

/** A request with the end of its caller watched, until `dispose`. */
export interface WatchedRequest {
  readonly message: HttpRequest;
  dispose(): void;
}

/** What Node got, as handlers see it. `target` and `body` stand for the request's own. */
export function toHttpRequest(
  request: NodeRequest,
  response: NodeResponse,
  own: { readonly target?: string; readonly body?: Uint8Array | undefined } = {},
): WatchedRequest {
  const controller = new AbortController();
  const onClose = (): void => {
    // HTTP/2 says "finished" of what was reset, too.
    const isWhole =
      "stream" in request ? response.writableEnded && request.stream.rstCode === 0 : response.writableFinished;
    if (!isWhole) {
      controller.abort(callerLeft());
    }
  };
  response.once("close", onClose);
  // Without listeners these would end the process; the close that follows is what counts.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  return {
    message: {
      method: request.method ?? "",
      target: own.target ?? targetOf(request.url),
      headers: readHeaders(request),
      signal: controller.signal,
      peer: peerOf(request),
      body: own.body ?? (hasBody(request) ? toBody(request, () => sendContinue(request)) : undefined),
    },
    dispose: () => {
      response.off("close", onClose);
    },
  };
}

/** Whether a request says that it has a body. */
export function hasBody(request: NodeRequest): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  return (request.headers["content-length"] ?? "0") !== "0" || request.headers["transfer-encoding"] !== undefined;
}

/**
 * A stream as a body; leaving it half read must not cost the response its connection, so that stays open. `onRead` is
 * called when somebody begins to read.
 */
export function toBody(stream: Readable, onRead?: () => void): DiscardableBody {
  return {
    // What is left is seen to when the answer is written: reading would tell a sender that waits to go on.
    discard: () => undefined,
    [Symbol.asyncIterator]: () => {
      onRead?.();
      return stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
    },
  };
}

/** Path and query; clients that take us for a proxy put scheme and host before them (RFC 9112 section 3.2.2). */
export function targetOf(url = ""): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, "");
  return path.startsWith("/") || path === url ? path : `/${path}`;
}

function readHeaders(request: NodeRequest): HeaderMap {
  const headers = createHeaders();
  const raw = request.rawHeaders;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (name.startsWith(":")) continue;
    // Several cookie lines are one list of cookies (RFC 9113 section 8.2.3), which semicolons separate.
    const before = name.toLowerCase() === "cookie" ? headers.get("cookie") : null;
    if (before === null) headers.append(name, raw[at + 1] ?? "");
    else headers.set("cookie", `${before}; ${raw[at + 1] ?? ""}`);
  }
  // HTTP/2 says it in a header of its own (RFC 9113 section 8.3.1).
  if ("authority" in request && !headers.has("host")) headers.set("host", request.authority);
  return headers;
}

/** An answer's headers by name, in order, without those that frame it. */
export function groupHeaders(headers: HttpResponse["headers"]): ReadonlyMap<string, string | string[]> {
  const groups = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    // The length is made by who sends, and by handlers that answer HEAD.
    if (name !== "content-length" && isFramingHeader(name)) continue;
    const before = groups.get(name);
    if (before === undefined) groups.set(name, value);
    else if (typeof before === "string") groups.set(name, [before, value]);
    else before.push(value);
  }
  return groups;
}

/** Headers of which others in the same app may have said something that must stay. */
export function isAdded(name: string): boolean {
  return name === "set-cookie" || name === "vary";
}

async function writeResponse(
  request: NodeRequest,
  target: NodeResponse,
  { answer, options }: { readonly answer: HttpResponse; readonly options: NodeHttpOptions },
): Promise<void> {
  const response = target as ServerResponse;
  const isHttp1 = request.httpVersionMajor < 2;
  for (const [name, values] of groupHeaders(answer.headers)) {
    // What the app said before of cookies and of what the answer varies by stays.
    if (isAdded(name) && response.hasHeader(name)) response.appendHeader(name, values);
    else response.setHeader(name, values);
  }
  const { body } = answer;
  if (isHttp1 && !request.complete && !isWaiting(request) && isSmall(request as IncomingMessage))
    await takeRest(request as IncomingMessage);
  // What of the body was not read is not read any more.
  if (isHttp1 && (options.isClosing() || !request.complete)) response.setHeader("connection", "close");
  response.statusCode = answer.status;
  if (body === undefined || body instanceof Uint8Array) {
    if (body !== undefined && request.method !== "HEAD") response.setHeader("content-length", body.byteLength);
    const bytes = request.method === "HEAD" || body === undefined ? undefined : body;
    if (isHttp1 && !request.complete && !isWaiting(request))
      await writeEarly(request as IncomingMessage, response, bytes);
    else if (bytes === undefined || bytes.byteLength <= slicedBytes) response.end(bytes);
    else {
      // Of one long write nothing tells whether the peer is slow or takes nothing.
      await writeChunks(response, sliceBytes(bytes));
      response.end();
    }
    await taken(response, "finish");
    await endUnread(request);
    return;
  }
  // More, or less, than the length that was told would be taken for a part of the next answer.
  Object.assign(response, { strictContentLength: true });
  response.flushHeaders();
  await writeChunks(response, body);
  response.end();
  await taken(response, "finish");
  await endUnread(request);
}

async function writeChunks(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (isGone(response) || response.writableEnded) return;
    if (!response.write(chunk)) await taken(response, "drain");
  }
}

/** HTTP/2: who still sends what nobody reads is told to stop (RFC 9113 section 8.1); its connection stays. */
async function endUnread(request: NodeRequest): Promise<void> {
  if (!("stream" in request) || request.complete) return;
  await takeRest(request);
  if (!request.complete && !request.stream.destroyed) request.stream.close(noError);
}

/** Whether the rest of a body is worth reading for its connection's sake. */
function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"] ?? Infinity) <= smallBodyBytes;
}

/** Reads what came with the head, and is not handed out yet. */
function takeRest(request: NodeRequest): Promise<void> {
  request.resume();
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * An answer to a request that is still coming. Closing now, with bytes unread, would reset the connection, and the peer
 * would see that and not the answer. So the connection stays until the peer is done, for a while.
 */
async function writeEarly(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array | undefined,
): Promise<void> {
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      request.off("end", done).off("close", done);
      resolve();
    };
    const timer = setTimeout(done, lingerMs);
    request.on("end", done).on("close", done).resume();
  });
  response.end();
}

function isGone(response: NodeResponse): boolean {
  return "stream" in response ? response.stream.destroyed : (response as ServerResponse).destroyed;
}

/** Resolves when the peer has taken what was written, or has left. */
function taken(response: ServerResponse, event: "drain" | "finish"): Promise<void> {
  if (isGone(response) || (event === "finish" && response.writableFinished)) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      response.off(event, go).off("close", go);
      resolve();
    };
    response.on(event, go).on("close", go);
  });
}
