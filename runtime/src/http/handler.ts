import { createHeaders } from "../call/headers.ts";
import type { HttpOperation } from "../descriptor/http.ts";
import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { operationId } from "../descriptor/operation.ts";
import { isServiceError, ServiceError, toServiceError } from "../error/service-error.ts";
import type { ServerCore } from "../server/server.ts";
import { isHeaderValue } from "../wire/header-text.ts";
import { parseTimeoutMs, timeoutHeader } from "../wire/timeout.ts";
import { lateBody, timeBody, type TimedBody } from "./body-timeout.ts";
import { openBody } from "./bodies.ts";
import { discardBody } from "./bytes.ts";
import { challengesOf } from "./challenges.ts";
import { webCodings, type ContentCodings } from "./content-coding.ts";
import { decodeRequest, refusal } from "./decode-request.ts";
import { encodeError, encodeReply, type EncodedReply } from "./encode-reply.ts";
import { serverLimits, type HttpHandler, type HttpLimits, type HttpRequest, type HttpResponse } from "./message.ts";
import { createHttpOutcomeCodec } from "./outcome.ts";
import { isNotModified, toPreconditionRequired } from "./preconditions.ts";
import { createRouter, type Route, type Router } from "./router.ts";

/** What a server's HTTP part may be told. */
export interface HttpHandlerOptions {
  /**
   * Check requests against the contract; default true. Switched off, only what can't be read at all is refused.
   *
   * The check takes nothing away: what a schema lets through reaches the handler, also properties that it marks
   * `readOnly`, which the handler's types hide, and additional ones where they are not forbidden. So never store a
   * whole body: take the properties that callers may set, one by one.
   */
  readonly validateRequests?: boolean;
  /** Check what handlers return against the contract; a fault is answered 500. Default false. */
  readonly validateResponses?: boolean;
  /** Each wins over `serverLimits`; a contract's `limits.maxRequestBytes` wins over `maxBodyBytes`. */
  readonly limits?: Partial<HttpLimits>;
  /**
   * Other headers that tell the remaining time in milliseconds, read after `request-timeout-ms`, for example
   * `x-envoy-expected-rq-timeout-ms`.
   */
  readonly timeoutHeaders?: readonly string[];
  /** Codings in which requests may be; default gzip and deflate, in Node also br. `{}` refuses all with 415. */
  readonly contentCodings?: ContentCodings;
  /** Timers for bodies that must come in time; the machine's by default. */
  readonly environment?: Environment;
  /** Called with what callers are not told: failures with code unknown, internal or data_loss. */
  readonly onError?: (error: ServiceError, operation: string | undefined) => void;
}

/** Where a request goes, its length included. `isKnown`: its path is one of ours, the query makes it too long. */
export type TargetRoute = Route | { readonly kind: "tooLong"; readonly isKnown: boolean };

/** The HTTP part of a server in its two steps, for mounts in frameworks that have other routes beside it. */
export interface HttpRouting {
  /** Where a request for `target` (path and query as on the wire) goes. Reads nothing and changes nothing. */
  find(method: string, target: string): TargetRoute;
  /** Answers a request for which `find` gave `route`. Rejects only as `passErrors` says. */
  answer(request: HttpRequest, route: TargetRoute): Promise<HttpResponse>;
}

/** What an `HttpRouting` may be told. */
export interface HttpRoutingOptions extends HttpHandlerOptions {
  /** `answer` rejects with failures of which callers are not told, so that somebody else answers. Default false. */
  readonly passErrors?: boolean;
}

interface Mount {
  readonly server: ServerCore;
  readonly router: Router;
  readonly limits: HttpLimits;
  readonly options: HttpRoutingOptions;
}

/**
 * The HTTP part of a server: routes by the contracts, reads, calls, writes. Every failure is a problem document:
 * 404 and 405 by path and method, 406 and 415 by media type, 400 with `errors[]`, 413, 414, 431; HEAD is answered from
 * GET, OPTIONS with `Allow`. A body that does not come in time is 408. A success of GET whose `ETag` or `Last-Modified`
 * the caller has already is 304; where 428 is declared, so is a request that lacks its required preconditions. Never
 * rejects.
 *
 * @throws {Error} when two operations have the same method and path.
 */
export function createHttpHandler(server: ServerCore, options: HttpHandlerOptions = {}): HttpHandler {
  const { find, answer } = createHttpRouting(server, options);
  return (request) => answer(request, find(request.method, request.target));
}

/**
 * As `createHttpHandler`, in two steps.
 *
 * @throws {Error} when two operations have the same method and path.
 */
export function createHttpRouting(server: ServerCore, options: HttpRoutingOptions = {}): HttpRouting {
  const mount: Mount = {
    server,
    options,
    router: createRouter(server.services),
    limits: { ...serverLimits, ...options.limits },
  };
  return {
    find: (method, target) => find(mount, method, target),
    answer: (request, route) => answer(mount, request, route),
  };
}

function find({ router, limits }: Mount, method: string, target: string): TargetRoute {
  const at = target.indexOf("?");
  const [path, query] = at < 0 ? [target, ""] : [target.slice(0, at), target.slice(at + 1)];
  if (path.length > limits.maxTargetLength) return { kind: "tooLong", isKnown: false };
  const route = router.find(method, path, query);
  if (target.length <= limits.maxTargetLength) return route;
  return { kind: "tooLong", isKnown: route.kind === "found" || route.kind === "noMethod" };
}

async function answer(mount: Mount, request: HttpRequest, route: TargetRoute): Promise<HttpResponse> {
  let operation: HttpOperation | undefined;
  try {
    if (mount.server.draining) throw draining();
    refuseHeaders(request, mount.limits);
    switch (route.kind) {
      case "tooLong":
        throw refusal(
          "invalid_argument",
          "URI_TOO_LONG",
          `the path and query have more than ${mount.limits.maxTargetLength} characters`,
        );
      case "malformed":
        throw refusal("invalid_argument", "MALFORMED_PATH", "the path is malformed");
      case "noPath":
        throw refusal("unimplemented", "NO_SUCH_ROUTE", "no operation has this path");
      case "noMethod":
        return withoutMethod(request, route.allow);
      case "found":
        break;
    }
    operation = route.operation;
    const { environment = systemEnvironment } = mount.options;
    const timed = timeBody(request.body, environment, mount.limits.bodyTimeoutMs);
    const watched = timed.body === request.body ? request : { ...request, body: timed.body };
    return await serve(mount, watched, { operation, path: route.path, timed });
  } catch (error) {
    discardBody(request.body);
    return failure(mount, error, operation);
  }
}

function refuseHeaders({ headers: given }: HttpRequest, limits: HttpLimits): void {
  const headers = given.size === undefined || given.textLength === undefined ? createHeaders(given) : given;
  if ((headers.size ?? 0) > limits.maxHeaderCount) {
    const what = `the request has more than ${limits.maxHeaderCount} headers`;
    throw refusal("invalid_argument", "TOO_MANY_HEADERS", what);
  }
  if ((headers.textLength ?? 0) > limits.maxHeaderBytes) {
    throw refusal("invalid_argument", "HEADERS_TOO_LARGE", "the headers are too large");
  }
}

async function serve(
  mount: Mount,
  request: HttpRequest,
  route: { readonly operation: HttpOperation; readonly path: ReadonlyMap<string, string>; readonly timed: TimedBody },
): Promise<HttpResponse> {
  const { operation, timed } = route;
  const decoded = decodeRequest(operation, request, {
    path: route.path,
    limits: mount.limits,
    validate: mount.options.validateRequests !== false,
    codings: mount.options.contentCodings ?? webCodings,
  });
  const writing = { accepted: decoded.accepted, validate: mount.options.validateResponses === true };
  let isReading = false;
  const readInput = async (): Promise<Readonly<Record<string, unknown>>> => {
    isReading = true;
    const input = await decoded.readInput();
    isReading = false;
    timed.relax();
    return input;
  };
  const call = mount.server.handle({
    operation,
    input: undefined,
    readInput,
    headers: request.headers,
    target: request.target,
    peer: request.peer,
    signal: request.signal,
    timeoutMs: readTimeout(mount, request),
    fingerprint: decoded.fingerprint,
    accepted: decoded.accepted,
    outcome: createHttpOutcomeCodec(operation, writing),
  });
  const result = await call.catch((error: unknown) => {
    timed.stop();
    throw toRefusal(operation, error, isReading);
  });
  const reply = encodeReply(operation, result, writing);
  if (reply.status === 200 && isRead(request.method) && isNotModified(request.headers, request.method, reply.headers)) {
    return notModified(reply);
  }
  return await toResponse(reply, request);
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** What is the caller's fault is told as such: a body that did not come in time, conditions that are missing. */
function toRefusal(operation: HttpOperation, error: unknown, isReading: boolean): unknown {
  if (!isServiceError(error)) return error;
  if (isReading && error.code === "deadline_exceeded") return lateBody();
  return toPreconditionRequired(operation, error) ?? error;
}

function notModified({ headers, body }: EncodedReply): HttpResponse {
  if (body?.kind === "stream") discardBody(body.stream);
  return { status: 304, headers: headers.filter(([name]) => !ofContent.has(name)), body: undefined };
}

/** What describes the content that a 304 has not (RFC 9110 section 15.4.5); `Content-Location` stays. */
const ofContent = new Set(["content-type", "content-encoding", "content-language", "content-length", "content-range"]);

async function toResponse(reply: EncodedReply, request: HttpRequest): Promise<HttpResponse> {
  const { status, body } = reply;
  const headers = [...reply.headers];
  if (body === undefined) return { status, headers, body: undefined };
  const opened = await openBody(body);
  headers.push(["content-type", opened.contentType]);
  const isBare = request.method === "HEAD" || status === 204 || status === 205 || status === 304;
  const length = opened.body instanceof Uint8Array ? opened.body.byteLength : opened.length;
  // Servers count the bytes that they get; of an answer without its body, and of a stream, they can't.
  const isTold =
    length !== undefined && status !== 204 && status !== 205 && (isBare || !(opened.body instanceof Uint8Array));
  if (isTold) headers.push(["content-length", String(length)]);
  if (!isBare) return { status, headers, body: opened.body };
  discardBody(opened.body);
  return { status, headers, body: undefined };
}

function withoutMethod(request: HttpRequest, allow: readonly string[]): HttpResponse {
  discardBody(request.body);
  const header = ["allow", allow.join(", ")] as const;
  if (request.method === "OPTIONS") return { status: 204, headers: [header], body: undefined };
  const problem = encodeError(refusal("unimplemented", "METHOD_NOT_ALLOWED", `this path has ${allow.join(", ")} only`));
  return { ...problem, headers: [...problem.headers, header] };
}

function failure(mount: Mount, error: unknown, operation: HttpOperation | undefined): HttpResponse {
  const known = isServiceError(error) ? error : toServiceError(error);
  const id = operation === undefined ? undefined : operationId(operation);
  if (known.code === "unknown" || known.code === "internal" || known.code === "data_loss") {
    mount.options.onError?.(known, id);
    if (mount.options.passErrors === true) throw known;
  }
  const response = encodeError(known, id);
  const extra = [...known.metadata].filter(([name, value]) => sendable.has(name.toLowerCase()) && isHeaderValue(value));
  // RFC 9110 section 15.5.2: a 401 says how to come back, whoever refused.
  const isChallenging = extra.some(([name]) => name.toLowerCase() === "www-authenticate");
  const challenges =
    response.status === 401 && operation !== undefined && !isChallenging ? challengesOf(operation) : undefined;
  if (challenges !== undefined) extra.push(["www-authenticate", challenges]);
  return extra.length === 0
    ? response
    : {
        ...response,
        headers: [...response.headers, ...extra.map(([name, value]) => [name.toLowerCase(), value] as const)],
      };
}

/** What of an error's metadata goes out with it. */
const sendable = new Set([
  "accept-encoding",
  "www-authenticate",
  "idempotency-replayed",
  "idempotency-original-request",
  "idempotency-status",
  "idempotency-key-warning",
]);

function readTimeout(mount: Mount, request: HttpRequest): number | undefined {
  for (const name of [timeoutHeader, ...(mount.options.timeoutHeaders ?? [])]) {
    const timeoutMs = parseTimeoutMs(request.headers.get(name));
    if (timeoutMs !== undefined) return timeoutMs;
  }
  return undefined;
}

function draining(): ServiceError {
  return new ServiceError("unavailable", "the server is shutting down", {
    reason: "DRAINING",
    origin: "framework",
    sent: "no",
    retry: { class: "default" },
  });
}
