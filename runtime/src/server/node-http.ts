import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { ServiceError } from "../error/service-error.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../http/message.ts";

/** A request of either version. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of either version. */
export type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers a request of either version. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => void;

/** Headers that belong to one connection: the server makes them itself. */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te"]);

/** What the Node adapter of a handler is told. */
export interface NodeHttpOptions {
  /** How long a request's body may take on HTTP/2, milliseconds; HTTP/1.1 has the server's own limit. */
  readonly requestTimeoutMs: number;
  /** How long a peer may take nothing of a response that waits for it, milliseconds; then the connection is cut. */
  readonly stallTimeoutMs: number;
  /** Whether connections are to be closed with their answer. */
  isClosing(): boolean;
}

/** A handler as a listener for `node:http` and `node:http2` servers. */
export function createNodeListener(handler: HttpHandler, options: NodeHttpOptions): NodeListener {
  return (request, response) => {
    const { message, dispose } = toRequest(request, response, options);
    handler(message)
      .then((answer) => writeResponse(request, response, { answer, options }))
      .catch(() => {
        // Only a body that fails half way gets here: the peer must see that it is not whole.
        destroy(response);
      })
      .finally(dispose);
  };
}

/** Answers with a status and nothing else, for requests that no mount can read. */
export function refuse(response: NodeResponse, status: number): void {
  response.on("error", () => undefined);
  if (response.headersSent) destroy(response);
  else (response as ServerResponse).writeHead(status, { "content-length": "0" }).end();
}

function toRequest(
  request: NodeRequest,
  response: NodeResponse,
  options: NodeHttpOptions,
): { readonly message: HttpRequest; dispose(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
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
  if (hasBody && "stream" in request) {
    timer = setTimeout(() => {
      if (!request.complete) request.destroy(new Error("the request's body took too long"));
    }, options.requestTimeoutMs);
    request.once("end", () => {
      clearTimeout(timer);
    });
  }
  return {
    message: {
      method: request.method ?? "",
      target: request.url ?? "",
      headers: readHeaders(request),
      signal: controller.signal,
      // Leaving the body half read must not cost the response its connection.
      body: hasBody
        ? { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> }
        : undefined,
    },
    dispose: () => {
      clearTimeout(timer);
      response.off("close", onClose);
    },
  };
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
    else if (!hopByHop.has(name)) response.setHeader(name, value);
  }
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  // What of the body was not read is not read any more.
  if (isHttp1 && (options.isClosing() || !request.complete)) response.setHeader("connection", "close");
  response.statusCode = answer.status;
  const { body } = answer;
  if (body === undefined || body instanceof Uint8Array) {
    if (body !== undefined && request.method !== "HEAD") response.setHeader("content-length", body.byteLength);
    response.end(request.method === "HEAD" ? undefined : body);
    await taken(response, "finish", options.stallTimeoutMs);
    return;
  }
  response.flushHeaders();
  for await (const chunk of body) {
    if (response.destroyed || response.writableEnded) return;
    if (!response.write(chunk)) await taken(response, "drain", options.stallTimeoutMs);
  }
  response.end();
  await taken(response, "finish", options.stallTimeoutMs);
}

/** Resolves when the peer has taken what was written, or has left; one that takes nothing for too long is cut off. */
function taken(response: ServerResponse, event: "drain" | "finish", stallTimeoutMs: number): Promise<void> {
  if (response.destroyed || (event === "finish" && response.writableFinished)) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      response.off(event, go).off("close", go);
      resolve();
    };
    const timer = setTimeout(() => {
      destroy(response);
    }, stallTimeoutMs);
    response.on(event, go).on("close", go);
  });
}

function destroy(response: NodeResponse): void {
  if ("stream" in response && "close" in response.stream) response.stream.close(2);
  else (response as ServerResponse).destroy();
}
