import { createHeaders } from "../call/headers.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { sleep } from "../environment/sleep.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../http/handler.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../http/message.ts";
import { abortError } from "../http/network-error.ts";
import { httpTransport, type HttpTransportOptions } from "../http/transport.ts";
import type { ServerCore } from "../server/server.ts";
import type { Transport } from "./transport.ts";

/** What goes wrong with one request on its way. */
export type MemoryFault =
  /** The connection is refused: `sent: "no"`. */
  | { readonly kind: "refuse" }
  /** The server answers, the answer is lost: `sent: "maybe"`. */
  | { readonly kind: "dropResponse" }
  /** The request is lost after it was written: `sent: "maybe"`, no handler runs. */
  | { readonly kind: "dropRequest" }
  /** Waits, milliseconds, before the server gets it, and before the client gets the answer. */
  | { readonly kind: "delay"; readonly requestMs?: number; readonly responseMs?: number }
  /** Answered in place of the server. */
  | { readonly kind: "respond"; readonly response: HttpResponse };

/** What an in-memory transport may be told. */
export interface MemoryTransportOptions extends HttpTransportOptions {
  /** Default `memory`. */
  readonly authority?: string;
  /** Path and query that webhooks and callbacks go to; default `basePath`, or `/`. */
  readonly address?: string;
  /** Delays run on it. */
  readonly environment: Environment;
  /** Options of the server's HTTP part, when the target is a server. */
  readonly handler?: HttpHandlerOptions;
  /** Asked before each request. */
  readonly fault?: (request: HttpRequest) => MemoryFault | undefined;
}

/**
 * A transport to a server, or a handler, in the same process: the real codecs, no sockets, no timers but those of
 * `environment`. A call completes in microtasks, so that a simulation runs it in no time. Each side has its own headers
 * and abort signal, as over a wire.
 */
export function memoryTransport(target: ServerCore | HttpHandler, options: MemoryTransportOptions): Transport<"http"> {
  const handler = typeof target === "function" ? target : createHttpHandler(target, options.handler);
  return httpTransport({
    ...options,
    authority: options.authority ?? "memory",
    send: (request) => sendInMemory(handler, request, options),
  });
}

async function sendInMemory(
  handler: HttpHandler,
  request: HttpRequest,
  options: MemoryTransportOptions,
): Promise<HttpResponse> {
  const { environment } = options;
  const fault = options.fault?.(request);
  if (fault?.kind === "refuse") throw broken("the connection was refused", "no");
  if (fault?.kind === "dropRequest") throw broken("the connection broke", "maybe");
  if (fault?.kind === "respond") return fault.response;
  if (fault?.kind === "delay" && fault.requestMs !== undefined)
    await sleep(environment, fault.requestMs, request.signal);
  const response = await race(handler({ ...request, headers: createHeaders(request.headers) }), request.signal);
  if (fault?.kind === "delay" && fault.responseMs !== undefined)
    await sleep(environment, fault.responseMs, request.signal);
  if (fault?.kind === "dropResponse") throw broken("the connection broke", "maybe");
  return { ...response, headers: [...response.headers] };
}

/** A client that leaves does not wait for the server to notice. */
function race(response: Promise<HttpResponse>, signal: AbortSignal): Promise<HttpResponse> {
  if (signal.aborted) return Promise.reject(abortError(signal.reason, "memory"));
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(abortError(signal.reason, "memory"));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = (): void => {
      signal.removeEventListener("abort", onAbort);
    };
    response.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error as Error);
      },
    );
  });
}

function broken(what: string, sent: "no" | "maybe"): ServiceError {
  return new ServiceError("unavailable", what, { origin: "transport", sent });
}
