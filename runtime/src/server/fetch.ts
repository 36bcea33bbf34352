import { createHeaders } from "../call/headers.ts";
import { ServiceError } from "../error/service-error.ts";
import { toReadable } from "../http/bytes.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../http/handler.ts";
import type { HttpBody, HttpHandler, HttpRequest, HttpResponse } from "../http/message.ts";
import type { ServerCore } from "./server.ts";

/** Answers a fetch `Request`. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** The HTTP contracts of a server as a plain fetch handler, for every runtime and framework that takes one. */
export function createFetchHandler(server: ServerCore, options: HttpHandlerOptions = {}): FetchHandler {
  return toFetchHandler(createHttpHandler(server, options));
}

/** Any handler as a fetch handler. */
export function toFetchHandler(handler: HttpHandler): FetchHandler {
  return async (request) => {
    const response = await handler(toHttpRequest(request));
    return toResponse(response, request.method);
  };
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
export function toResponse(response: HttpResponse, method: string): Response {
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const { body, status } = response;
  const isBare = method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (isBare || body === undefined) return new Response(null, { status, headers });
  return new Response(body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : toReadable(body), {
    status,
    headers,
  });
}
