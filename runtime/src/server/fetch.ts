import { createHeaders } from "../call/headers.ts";
import type { Environment, Timer } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../http/handler.ts";
import type { HttpBody, HttpHandler, HttpRequest, HttpResponse } from "../http/message.ts";
import type { ServerCore } from "./server.ts";

/** Answers a fetch `Request`. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** What a fetch handler may be told. */
export interface FetchOptions extends HttpHandlerOptions {
  /**
   * How long nobody may take what waits in the stream of an answer, milliseconds; then the stream fails and the handler
   * is left. Default 30,000. Sockets are the platform's: what it holds for a peer that reads nothing, whole answers
   * among it, is limited by its own timeouts.
   */
  readonly requestTimeoutMs?: number;
}

/** The HTTP contracts of a server as a plain fetch handler, for every runtime and framework that takes one. */
export function createFetchHandler(server: ServerCore, options: FetchOptions = {}): FetchHandler {
  return toFetchHandler(createHttpHandler(server, options), stallLimitOf(options));
}

/** Any handler as a fetch handler. */
export function toFetchHandler(handler: HttpHandler, limit: StallLimit = stallLimitOf({})): FetchHandler {
  return async (request) => {
    const response = await handler(toHttpRequest(request));
    return toResponse(response, request.method, limit);
  };
}

/** How long what is written may wait for somebody who takes it. */
export interface StallLimit {
  readonly timeoutMs: number;
  readonly environment: Environment;
}

/** The limit that options say. */
export function stallLimitOf({ requestTimeoutMs = 30_000, environment = systemEnvironment }: FetchOptions): StallLimit {
  return { timeoutMs: requestTimeoutMs, environment };
}

/** What a fetch server got, as handlers see it. `target` and `body` stand for the request's own. */
export function toHttpRequest(
  request: Request,
  own: { readonly target?: string; readonly body?: Uint8Array } = {},
): HttpRequest {
  return {
    method: request.method,
    target: own.target ?? targetOf(request.url),
    headers: createHeaders(request.headers),
    body: own.body ?? (request.body === null ? undefined : (request.body as unknown as HttpBody)),
    signal: leavingOf(request.signal),
  };
}

/** Platforms abort with reasons of their own; handlers are told the same everywhere. */
function leavingOf(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const leave = (): void => {
    controller.abort(callerLeft());
  };
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return controller.signal;
}

/** The reason of a signal that fires because the caller is gone. */
export function callerLeft(): ServiceError {
  return new ServiceError("canceled", "the caller left", { origin: "transport", retry: { class: "never" } });
}

function targetOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** An answer as a fetch server sends it. */
export function toResponse(response: HttpResponse, method: string, limit: StallLimit): Response {
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const { body, status } = response;
  const isBare = method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (isBare || body === undefined) return new Response(null, { status, headers });
  return new Response(body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : toReadable(body, limit), {
    status,
    headers,
  });
}

/** Chunks as a Web stream that fails when nobody takes what waits in it. */
function toReadable(
  chunks: AsyncIterable<Uint8Array>,
  { timeoutMs, environment }: StallLimit,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let timer: Timer | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      timer?.cancel();
      const next = await iterator.next();
      if (next.done === true) {
        controller.close();
        return;
      }
      controller.enqueue(next.value);
      if (timeoutMs === Infinity || (controller.desiredSize ?? 0) > 0) return;
      timer = environment.setTimer(() => {
        controller.error(new ServiceError("canceled", "nobody took the answer in time", { origin: "transport" }));
        // Its reader is told; how the source ends can't matter to anybody.
        iterator.return?.().catch(() => undefined);
      }, timeoutMs);
    },
    async cancel() {
      timer?.cancel();
      await iterator.return?.();
    },
  });
}
