import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { HttpOperation } from "../descriptor/http.ts";
import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import type { Attempt, PreparedCall, PrepareOptions, Transport, TransportReply } from "../transport/transport.ts";
import { framingHeaders, isFramingHeader, refuseBrokenHeaders } from "../wire/header-text.ts";
import { formatTimeoutMs, timeoutHeader } from "../wire/timeout.ts";
import { targetAt } from "./base-url.ts";
import { openBody, type OpenedBody } from "./bodies.ts";
import { discardBody, type DiscardableBody } from "./bytes.ts";
import { decodeResponse } from "./decode-response.ts";
import { encodeRequest, type EncodedRequest } from "./encode-request.ts";
import { clientLimits, type HttpLimits, type HttpResponse, type HttpSend } from "./message.ts";
import { ownBasePath } from "./server-url.ts";
import { networkError } from "./network-error.ts";

/** What an HTTP transport may be told. */
export interface HttpTransportOptions {
  /** Check responses against the contract; default true. Off, bodies come as they are. */
  readonly validateResponses?: boolean;
  /** Sent with every request, below what a call says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The name of the header with the remaining time; default `request-timeout-ms`; null sends none. */
  readonly timeoutHeader?: string | null;
  /** Put before the path of every operation: the base path of the contract's `servers` that the target has. */
  readonly basePath?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Only its wall clock is read, for `Retry-After` dates. Default: the system's. */
  readonly environment?: Environment;
}

/** The bytes' way to a target, and its name. */
export interface HttpTransportSource extends HttpTransportOptions {
  readonly authority: string;
  /** Path and query that webhooks and callbacks go to; default `basePath`, or `/`. */
  readonly address?: string;
  readonly send: HttpSend;
  close?(): Promise<void>;
}

/**
 * A transport for HTTP contracts over any `send`. Inputs are checked and written once, in `prepare`; every attempt
 * sends the same bytes and adds its own headers, among them what is left of the deadline.
 */
export function httpTransport(source: HttpTransportSource): Transport<"http"> {
  const limits: HttpLimits = { ...clientLimits, ...source.limits };
  const transport: Transport<"http"> = {
    kind: "http",
    authority: source.authority,
    prepare(operation, input, options) {
      const http = asHttp(operation);
      const request = encodeRequest(http, input);
      return prepared({
        source,
        limits,
        operation: http,
        request,
        full: options?.full === true,
        stream: options?.stream === true,
      });
    },
  };
  return source.close === undefined ? transport : { ...transport, close: () => source.close?.() ?? Promise.resolve() };
}

interface Prepared {
  readonly source: HttpTransportSource;
  readonly limits: HttpLimits;
  readonly operation: HttpOperation;
  readonly request: EncodedRequest;
  readonly full: NonNullable<PrepareOptions["full"]>;
  readonly stream: NonNullable<PrepareOptions["stream"]>;
}

function prepared(call: Prepared): PreparedCall {
  return {
    repeatable: call.request.body?.kind !== "stream",
    send: (attempt) => sendAttempt(call, attempt),
  };
}

async function sendAttempt(call: Prepared, attempt: Attempt): Promise<TransportReply> {
  const { source, operation, request } = call;
  const id = operationId(operation);
  if (attempt.signal.aborted) throw networkError(undefined, attempt.signal, id);
  const opened = request.body === undefined ? undefined : await openBody(request.body);
  const headers = headersOf(call, attempt, opened);
  refuseBrokenHeaders(headers, id);
  let response: HttpResponse;
  try {
    response = await source.send({
      method: request.method,
      target: withCredentials(targetOf(call), attempt.query ?? ""),
      headers,
      body: opened?.body,
      signal: attempt.signal,
      keepaliveMs: operation.policy.limits?.keepaliveMs,
    });
  } catch (error) {
    throw networkError(error, attempt.signal, id);
  }
  const maxBodyBytes = operation.policy.limits?.maxResponseBytes ?? call.limits.maxBodyBytes;
  const guarded = guardBody(response, attempt.signal, id);
  return decodeResponse(operation, guarded, {
    method: request.method,
    full: call.full,
    stream: call.stream,
    validate: source.validateResponses !== false,
    limits: { ...call.limits, maxBodyBytes },
    nowMs: (source.environment ?? systemEnvironment).now(),
  });
}

function targetOf({ source, operation, request }: Prepared): string {
  const { basePath = "" } = source;
  if (operation.path !== "") return `${ownBasePath(basePath, operation.servers)}${request.target}`;
  return targetAt(source.address ?? (basePath || "/"), request.target);
}

/** The target with credentials, which a next page's address may hold already: twice, they would be none. */
function withCredentials(target: string, credentials: string): string {
  const at = target.indexOf("?");
  if (credentials === "" || at < 0) return credentials === "" ? target : `${target}?${credentials}`;
  const nameOf = (pair: string): string => pair.split("=", 1)[0] ?? "";
  const names = new Set(credentials.split("&").map(nameOf));
  const kept = target.slice(at + 1).split("&");
  return `${target.slice(0, at)}?${[...kept.filter((pair) => !names.has(nameOf(pair))), credentials].join("&")}`;
}

function headersOf(call: Prepared, attempt: Attempt, opened: OpenedBody | undefined): HeaderMap {
  const { source, request } = call;
  const headers = createHeaders(source.headers);
  for (const [name, value] of request.headers) headers.set(name, value);
  const stated = headers.get("content-length");
  // What the transport's options or the contract's parameters say of framing would let one request end in the next.
  for (const name of framingHeaders) headers.delete(name);
  for (const [name, value] of attempt.headers) {
    // Callers may pass on headers that came to them; how those were framed, and where they went, says nothing of this
    // request.
    if (isFramingHeader(name) || name === "host" || name === "expect") continue;
    // Cookies of the contract and of the caller stand side by side; everything else is the caller's to say.
    const before = name === "cookie" ? headers.get(name) : null;
    headers.set(name, before === null ? value : `${before}; ${value}`);
  }
  if (opened !== undefined) {
    headers.set("content-type", opened.contentType);
    const length = opened.body instanceof Uint8Array ? opened.body.byteLength : opened.length;
    if (length !== undefined) headers.set("content-length", String(length));
    // Of a stream only the caller may know the length; transports see to it that it is kept.
    else if (/^[0-9]{1,15}$/.test(stated ?? "")) headers.set("content-length", stated ?? "");
  } else if (/^(POST|PUT|PATCH)$/.test(request.method)) headers.set("content-length", "0");
  const name = source.timeoutHeader === undefined ? timeoutHeader : source.timeoutHeader;
  if (name !== null && attempt.timeoutMs !== undefined) headers.set(name, formatTimeoutMs(attempt.timeoutMs));
  return headers;
}

/** Failures while a body comes are failures of the network as well: the request was answered, so it was sent. */
function guardBody(response: HttpResponse, signal: AbortSignal, id: string): HttpResponse {
  const { body } = response;
  if (body === undefined || body instanceof Uint8Array) return response;
  const guarded: DiscardableBody = {
    [Symbol.asyncIterator]: () => guard(body, signal, id),
    discard: () => {
      discardBody(body);
    },
  };
  return { ...response, body: guarded };
}

async function* guard(body: AsyncIterable<Uint8Array>, signal: AbortSignal, id: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw networkError(error, signal, id);
  }
}

function asHttp(operation: OperationBase): HttpOperation {
  if (operation.kind === "http") return operation as HttpOperation;
  throw new ServiceError("unimplemented", `${operationId(operation)} is no HTTP operation`, {
    origin: "framework",
    sent: "no",
  });
}
