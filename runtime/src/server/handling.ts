import { abandonedError } from "../call/call-error.ts";
import type { Context, Principal } from "../call/context.ts";
import { backingOf, extendContext, type ContextScope } from "../call/create-context.ts";
import { createHeaders } from "../call/headers.ts";
import { applyInterceptors, type Call, type CallNext, type CallResult } from "../call/interceptor.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { Environment } from "../environment/environment.ts";
import type { ServiceError } from "../error/service-error.ts";
import { createReply, type HttpReplyOptions } from "../http/reply.ts";
import { createIdempotencyEngine, type IdempotencyEngine } from "../idempotency/engine.ts";
import { createRateLimiter, type RateLimiter } from "../policy/rate-limit.ts";
import { createRejection } from "../policy/rejection.ts";
import { createAuthentication } from "./authentication.ts";
import type { ServerRequest } from "./server.ts";
import type { HandlerOptions, ServerOptions } from "./types.ts";

/** A handler as the server sees it. */
export type AnyHandler = (input: unknown, ctx: unknown) => unknown;

/** Serves one admitted request of one operation. */
export type Handling = (request: ServerRequest, scope: ContextScope) => Promise<CallResult>;

/** What a handling is made from. */
export interface HandlingParts {
  readonly server: ServerOptions<any>;
  readonly environment: Environment;
  readonly handler: HandlerOptions;
  /** Called after each use of the server's store. */
  readonly storeUsed: (() => void) | undefined;
}

interface Stages {
  readonly operation: OperationBase;
  readonly parts: HandlingParts;
  readonly run: AnyHandler;
  readonly engine: IdempotencyEngine | undefined;
  readonly limiter: RateLimiter | undefined;
}

/** What travels beside the `Call` through the interceptors. */
interface Carried {
  readonly request: ServerRequest;
  readonly scope: ContextScope;
}

/**
 * The order on the server after deadline and admission: authentication, rate limit, reading of the body, interceptors,
 * idempotency, handler.
 *
 * @throws {Error} when the operation is keyed and the server has no store, or when nobody can know its callers.
 */
export function createHandling(operation: OperationBase, run: AnyHandler, parts: HandlingParts): Handling {
  const { server, environment } = parts;
  const rateLimit = operation.policy.rateLimit;
  const stages: Stages = {
    operation,
    parts,
    run,
    engine: createEngine(operation, parts),
    limiter: rateLimit === undefined ? undefined : createRateLimiter(environment, rateLimit),
  };
  const last: CallNext = (call) => runIdempotent(stages, call);
  const chain = applyInterceptors(server.interceptors ?? [], last);
  const authentication = createAuthentication(operation, server);
  return async (request, scope) => {
    const principal = authentication === undefined ? undefined : await authentication(request, scope);
    const context = extendContext(scope.context, { principal });
    limit(stages, request, principal);
    const backing = backingOf(context);
    if (backing !== undefined) backing.attached = { request, scope } satisfies Carried;
    const input = request.readInput === undefined ? request.input : await request.readInput();
    return chain({ side: "server", operation, input, headers: request.headers, context });
  };
}

function createEngine(operation: OperationBase, parts: HandlingParts): IdempotencyEngine | undefined {
  const { server, environment, handler } = parts;
  const { level, key } = operation.policy.idempotency;
  if (level !== "keyed" || key === undefined || key.from === "message") return undefined;
  if (server.store === undefined) {
    throw new Error(
      `operation "${operationId(operation)}" is keyed: give createServer a store, ` +
        "for example createMemoryStore() of @trilogue/runtime/store/memory",
    );
  }
  const options = { ...server.idempotency, ...(handler.mode === undefined ? {} : { mode: handler.mode }) };
  return createIdempotencyEngine({
    environment,
    store: server.store,
    telemetry: server.telemetry,
    options,
    ...(parts.storeUsed === undefined ? {} : { used: parts.storeUsed }),
  });
}

function limit({ limiter, operation }: Stages, request: ServerRequest, principal: Principal | undefined): void {
  const key = operation.policy.rateLimit?.key;
  const name =
    key === undefined ? "" : key === "principal" ? principal?.id : request.headers.get(key.replace(/^header:/, ""));
  const afterMs = limiter?.take(name ?? "") ?? 0;
  if (afterMs <= 0) return;
  throw createRejection("resource_exhausted", "RATE_LIMITED", {
    message: "the rate limit is reached",
    operation: operationId(operation),
    retry: { class: "throttled", afterMs: Math.ceil(afterMs) },
  });
}

async function runIdempotent(stages: Stages, call: Call): Promise<CallResult> {
  const carried = backingOf(call.context)?.attached as Carried | undefined;
  if (carried === undefined) {
    throw new Error("an interceptor replaced the context: derive it with extendContext from the call's own");
  }
  const { request, scope } = carried;
  const run = (context: Context<any>): Promise<CallResult> => {
    if (scope.cancel.aborted) return Promise.reject(notStarted(scope.cancel.reason));
    return runHandler(stages, call.input, context);
  };
  if (stages.engine === undefined) return run(call.context);
  return stages.engine.run({
    operation: stages.operation,
    input: call.input,
    headers: request.headers,
    principal: call.context.principal,
    fingerprint: () => request.fingerprint(),
    context: call.context,
    cancel: scope.cancel,
    codec: request.outcome,
    handler: stages.parts.handler,
    run,
  });
}

/** The call was given up before its handler began: there is no effect, and its key is free. */
function notStarted(reason: unknown): ServiceError {
  return Object.assign(abandonedError(reason), { sent: "no" as const });
}

async function runHandler({ operation, run }: Stages, input: unknown, context: Context<any>): Promise<CallResult> {
  const accepted = (backingOf(context)?.attached as Carried | undefined)?.request.accepted;
  const ctx = operation.kind === "http" ? extendContext(context, { reply, accepted }) : context;
  return { output: await run(input, ctx), headers: createHeaders() };
}

function reply(status: number, body?: unknown, options?: HttpReplyOptions): unknown {
  return createReply(status, body, options);
}
