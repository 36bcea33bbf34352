import { createHeaders } from "../call/headers.ts";
import { toReadable } from "../http/bytes.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../http/handler.ts";
import type { HttpBody, HttpHandler, HttpResponse } from "../http/message.ts";
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
    const url = new URL(request.url);
    const response = await handler({
      method: request.method,
      target: url.pathname + url.search,
      headers: createHeaders(request.headers),
      body: request.body === null ? undefined : (request.body as unknown as HttpBody),
      signal: request.signal,
    });
    return toResponse(response, request.method);
  };
}

function toResponse(response: HttpResponse, method: string): Response {
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
