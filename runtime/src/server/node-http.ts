import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { ServiceError } from "../error/service-error.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../http/message.ts";
import { isFramingHeader } from "../wire/header-text.ts";
import { cut, cutStalled, limitBody } from "./node-guards.ts";

/** A request of either version. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of either version. */
export type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers a request of either version. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => void;

/** How long the rest of a request is read and thrown away, so that its sender comes to the answer, milliseconds. */
const lingerMs = 1_000;

/** What the Node adapter of a handler is told. */
export interface NodeHttpOptions {
  /**
   * How long a request's body may take to come on HTTP/2, and a peer to take nothing of what waits for it; then it is
   * cut off. Milliseconds.
   */
  readonly requestTimeoutMs: number;
  /** Whether connections are to be closed with their answer. */
  isClosing(): boolean;
}

/** A handler as a listener for `node:http` and `node:http2` servers. */
export function createNodeListener(handler: HttpHandler, options: NodeHttpOptions): NodeListener {
  return (request, response) => {
    limitBody(request, options.requestTimeoutMs);
    cutStalled(response, options.requestTimeoutMs);
    const { message, dispose } = toRequest(request, response);
    handler(message)
      .then((answer) => writeResponse(request, response, { answer, options }))
      .catch(() => {
        // Only a body that fails half way gets here: the peer must see that it is not whole.
        cut(response);
      })
      .finally(dispose);
  };
}

/** Answers with a status and nothing else, for requests that no mount can read. */
export function refuse(response: NodeResponse, status: number): void {
  response.on("error", () => undefined);
  if (response.headersSent) cut(response);
  else (response as ServerResponse).writeHead(status, { "content-length": "0" }).end();
}

function toRequest(request: NodeRequest, response: NodeResponse): { readonly message: HttpRequest; dispose(): void } {
  const controller = new AbortController();
  const onClose = (): void => {
    if (!response.writableFinished) {
      controller.abort(
        new ServiceError("canceled", "the caller left", { origin: "transport", retry: { class: "never" } }),
      );
    }
  };
  response.once("close", onClose);
  // Without listeners these would end the process; the close that follows is what counts.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  const hasBody =
    "stream" in request
      ? !request.stream.endAfterHeaders
      : (request.headers["content-length"] ?? "0") !== "0" || request.headers["transfer-encoding"] !== undefined;
  return {
    message: {
      method: request.method ?? "",
      target: targetOf(request),
      headers: readHeaders(request),
      signal: controller.signal,
      // Leaving the body half read must not cost the response its connection.
      body: hasBody
        ? { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> }
        : undefined,
    },
    dispose: () => {
      response.off("close", onClose);
    },
  };
}

/** Path and query; clients that take us for a proxy put scheme and host before them (RFC 9112 section 3.2.2). */
function targetOf({ url = "" }: NodeRequest): string {
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

async function writeResponse(
  request: NodeRequest,
  target: NodeResponse,
  { answer, options }: { readonly answer: HttpResponse; readonly options: NodeHttpOptions },
): Promise<void> {
  const response = target as ServerResponse;
  const isHttp1 = request.httpVersionMajor < 2;
  const cookies: string[] = [];
  for (const [name, value] of answer.headers) {
    if (name === "set-cookie") cookies.push(value);
    // The length is made below, and by handlers that answer HEAD.
    else if (name === "content-length" || !isFramingHeader(name)) response.setHeader(name, value);
  }
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  // What of the body was not read is not read any more.
  if (isHttp1 && (options.isClosing() || !request.complete)) response.setHeader("connection", "close");
  response.statusCode = answer.status;
  const { body } = answer;
  if (body === undefined || body instanceof Uint8Array) {
    if (body !== undefined && request.method !== "HEAD") response.setHeader("content-length", body.byteLength);
    const bytes = request.method === "HEAD" || body === undefined ? undefined : body;
    if (isHttp1 && !request.complete) await writeEarly(request as IncomingMessage, response, bytes);
    else response.end(bytes);
    await taken(response, "finish");
    return;
  }
  response.flushHeaders();
  for await (const chunk of body) {
    if (response.destroyed || response.writableEnded) return;
    if (!response.write(chunk)) await taken(response, "drain");
  }
  response.end();
  await taken(response, "finish");
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

/** Resolves when the peer has taken what was written, or has left. */
function taken(response: ServerResponse, event: "drain" | "finish"): Promise<void> {
  if (response.destroyed || (event === "finish" && response.writableFinished)) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      response.off(event, go).off("close", go);
      resolve();
    };
    response.on(event, go).on("close", go);
  });
}
