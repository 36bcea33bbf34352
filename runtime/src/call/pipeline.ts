import { operationId, type OperationBase } from "../descriptor/operation.ts";
import { untilCanceled, type CancelScope } from "../environment/cancel.ts";
import { setLongTimer } from "../environment/sleep.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { backoffMs } from "../policy/backoff.ts";
import type { Bulkhead } from "../policy/bulkhead.ts";
import { breakerOutcomeOf, type BreakerPermit, type CircuitBreaker } from "../policy/circuit-breaker.ts";
import { defaultRetry } from "../policy/defaults.ts";
import type { RateLimiter } from "../policy/rate-limit.ts";
import { createRejection } from "../policy/rejection.ts";
import type { Resilience } from "../policy/resilience.ts";
import type { RetryBudget } from "../policy/retry-budget.ts";
import { judgeRetry, type RetryVerdict } from "../policy/retry.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { PreparedCall, PrepareOptions, Transport, TransportReply } from "../transport/transport.ts";
import { attemptTimeoutReason, sendAttempt } from "./attempt.ts";
import { abandonedError, withHint, withOperation } from "./call-error.ts";
import type { Context } from "./context.ts";
import { withCredentials, type CallCredentials } from "./credentials.ts";
import { deadlineError } from "./create-context.ts";
import { createHeaders, type HeaderMap } from "./headers.ts";

/** One logical call, ready to be sent. */
export interface PipelineCall {
  readonly input: unknown;
  readonly headers: HeaderMap;
  readonly context: Context<any>;
  readonly cancel: CancelScope;
  /** An idempotency key goes with it, so that a keyed operation may be repeated. */
  readonly keySent: boolean;
  readonly maxAttempts?: number | undefined;
  readonly credentials?: CallCredentials | undefined;
  /** Key of a rate limit that is not one for all. */
  readonly limitKey?: string;
  readonly prepareOptions?: PrepareOptions;
}

/** What the stages of one operation on one transport share. */
interface Stages {
  readonly operation: OperationBase;
  readonly id: string;
  readonly transport: Transport;
  readonly environment: Environment;
  readonly telemetry: Telemetry | undefined;
  readonly budget: RetryBudget;
  readonly breaker: CircuitBreaker;
  readonly bulkhead: Bulkhead;
  readonly limiter: RateLimiter | undefined;
}

/**
 * The fixed order of every call: rate limit, bulkhead, then for each attempt breaker, attempt timeout and transport,
 * and between attempts classification, budget and back-off. The deadline is the context's; it ends every stage.
 */
export function createPipeline(
  operation: OperationBase,
  transport: Transport,
  resilience: Resilience,
): (call: PipelineCall) => Promise<TransportReply> {
  const stages: Stages = {
    operation,
    transport,
    id: operationId(operation),
    environment: resilience.environment,
    telemetry: resilience.telemetry,
    budget: resilience.budget(operation, transport.authority),
    breaker: resilience.breaker(operation, transport.authority),
    bulkhead: resilience.bulkhead(operation, transport.authority),
    limiter: resilience.rateLimiter(operation, transport.authority),
  };
  return async (call) => {
    try {
      return await runAdmitted(stages, call);
    } catch (error) {
      throw withOperation(toServiceError(error, { origin: "transport", sent: "maybe" }), stages.id);
    }
  };
}

async function runAdmitted(stages: Stages, call: PipelineCall): Promise<TransportReply> {
  const { cancel } = call;
  if (cancel.aborted) throw abandonedError(cancel.reason);
  const limitedMs = stages.limiter?.take(call.limitKey ?? "") ?? 0;
  if (limitedMs > 0) throw reject(stages, "rateLimit", rateLimited(limitedMs));
  const timeoutMs = call.context.deadline === undefined ? undefined : call.context.remainingMs();
  const turn = stages.bulkhead.enter(cancel, timeoutMs);
  if (turn !== undefined) await waitTurn(stages, call, turn);
  try {
    // In the queue nothing is encoded yet: waiting calls hold their inputs only.
    if (cancel.aborted) throw abandonedError(cancel.reason);
    const prepared = stages.transport.prepare(stages.operation, call.input, call.prepareOptions);
    if (call.credentials !== undefined) await untilCanceled(call.credentials.obtain(), call.cancel, abandonedError);
    return await runAttempts(stages, call, prepared);
  } finally {
    stages.bulkhead.leave();
  }
}

async function waitTurn(stages: Stages, call: PipelineCall, turn: Promise<void>): Promise<void> {
  const start = stages.environment.monotonic();
  try {
    await turn;
  } catch (error) {
    if (call.cancel.aborted && error === call.cancel.reason) throw abandonedError(error);
    throw reject(stages, "bulkhead", toServiceError(error));
  }
  stages.telemetry?.record("resilience.bulkhead.wait", (stages.environment.monotonic() - start) / 1_000, {
    "rpc.method": stages.id,
  });
}

async function runAttempts(stages: Stages, call: PipelineCall, prepared: PreparedCall): Promise<TransportReply> {
  const policy = stages.operation.policy;
  const maxAttempts = prepared.repeatable
    ? Math.min(policy.retry?.maxAttempts ?? defaultRetry.maxAttempts, call.maxAttempts ?? Infinity)
    : 1;
  let transparentTaken = false;
  let isRenewed = false;
  let internalRetries = 0;
  let failure: ServiceError | undefined;
  for (let number = 1; ; number++) {
    const permit = stages.breaker.acquire();
    // A retry that the breaker refuses shows what the target said, not that nobody asked again.
    if (typeof permit === "number") throw failure ?? reject(stages, "circuitBreaker", circuitOpen(permit));
    if (number === 1) stages.budget.countRequest();
    try {
      const reply = await sendGuarded(stages, call, { prepared, permit, number });
      if (number > 1) recordAttempts(stages, number);
      return reply;
    } catch (error) {
      failure = toServiceError(error, { origin: "transport", sent: "maybe" });
    }
    if (call.cancel.aborted || number >= maxAttempts) throw failure;
    // A 401 says that nothing was done: with other credentials every call may be repeated, once and at once.
    if (failure.code === "unauthenticated" && !isRenewed) {
      isRenewed = true;
      if (await renewCredentials(call)) continue;
    }
    const verdict = judgeRetry(
      failure,
      {
        level: policy.idempotency.level,
        keySent: call.keySent,
        transparentTaken,
        internalRetries,
        attemptTimedOut: failure.reason === attemptTimeoutReason && failure.origin === "framework",
      },
      policy.retry,
    );
    if (verdict.kind === "stop") throw failure;
    await waitForRetry(stages, call, { verdict, failure, number });
    transparentTaken ||= verdict.transparent;
    if (failure.code === "internal") internalRetries += 1;
  }
}

interface Sending {
  readonly prepared: PreparedCall;
  readonly permit: BreakerPermit;
  readonly number: number;
}

async function sendGuarded(stages: Stages, call: PipelineCall, sending: Sending): Promise<TransportReply> {
  const { permit, number } = sending;
  const { breaker } = stages;
  const remainingMs = call.context.remainingMs();
  if (remainingMs <= 0) {
    breaker.record(permit, "neutral");
    throw deadlineError();
  }
  const ownMs = stages.operation.policy.retry?.perAttemptTimeoutMs;
  const timeoutMs = permit.probe ? Math.min(ownMs ?? Infinity, breaker.probeTimeoutMs) : ownMs;
  const attached = call.credentials?.attached;
  const headers = number === 1 ? firstHeaders(call) : retryHeaders(call, number);
  try {
    const reply = await sendAttempt(sending.prepared, {
      environment: stages.environment,
      cancel: call.cancel,
      number,
      remainingMs,
      timeoutMs,
      headers: attached === undefined ? headers : withCredentials(headers, attached),
      query: attached?.query ?? "",
    });
    breaker.record(permit, "success");
    return reply;
  } catch (error) {
    const failure = toServiceError(error, { origin: "transport", sent: "maybe" });
    breaker.record(permit, hasLeft(call) ? "neutral" : breakerOutcomeOf(failure));
    throw failure;
  }
}

function renewCredentials({ credentials, cancel }: PipelineCall): Promise<boolean> | boolean {
  return credentials === undefined ? false : untilCanceled(credentials.renew(), cancel, abandonedError);
}

/** Whether it was the caller who ended the call, and not its deadline. */
function hasLeft({ cancel }: PipelineCall): boolean {
  if (!cancel.aborted) return false;
  return toServiceError(cancel.reason).reason !== "DEADLINE_EXCEEDED";
}

function firstHeaders(call: PipelineCall): HeaderMap {
  if (call.keySent) call.headers.set("idempotency-attempt", "1");
  return call.headers;
}

/** A copy: the transport may still hold those of the attempt before. */
function retryHeaders(call: PipelineCall, number: number): HeaderMap {
  const headers = createHeaders(call.headers);
  headers.set("x-retry-attempt", String(number - 1));
  if (call.keySent) headers.set("idempotency-attempt", String(number));
  return headers;
}

interface Retrying {
  readonly verdict: Extract<RetryVerdict, { kind: "retry" }>;
  readonly failure: ServiceError;
  readonly number: number;
}

async function waitForRetry(stages: Stages, call: PipelineCall, retrying: Retrying): Promise<void> {
  const { verdict, failure, number } = retrying;
  const { environment, telemetry } = stages;
  const waitMs = Math.max(
    verdict.hintMs,
    backoffMs(stages.operation.policy.retry?.backoff, number, {
      random: environment.random,
      throttled: verdict.throttled && verdict.hintMs === 0,
    }),
  );
  if (waitMs >= call.context.remainingMs()) throw withHint(failure, waitMs);
  if (!verdict.transparent && !stages.budget.takeRetry()) {
    telemetry?.count("resilience.rejections", 1, { policy: "retryBudget", "rpc.method": stages.id });
    throw failure;
  }
  telemetry?.count("resilience.client.call.retries", 1, {
    "rpc.method": stages.id,
    reason: failure.code,
    transparent: verdict.transparent,
  });
  telemetry?.record("resilience.client.call.retry_delay", waitMs / 1_000, { "rpc.method": stages.id });
  if (waitMs > 0) await pause(environment, call.cancel, waitMs);
}

/** Like `sleep`, without a signal: rejects in the tick of the abort, timer and listener gone. */
function pause(environment: Environment, cancel: CancelScope, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (reason: unknown): void => {
      timer.cancel();
      reject(abandonedError(reason));
    };
    const timer = setLongTimer(
      environment,
      () => {
        cancel.offAbort(onAbort);
        resolve();
      },
      ms,
    );
    cancel.onAbort(onAbort);
  });
}

function reject(stages: Stages, policy: string, error: ServiceError): ServiceError {
  stages.telemetry?.count("resilience.rejections", 1, { policy, "rpc.method": stages.id });
  return error;
}

function circuitOpen(afterMs: number): ServiceError {
  return createRejection("unavailable", "CIRCUIT_OPEN", {
    message: "the circuit breaker is open",
    retry: { class: "default", afterMs },
  });
}

function rateLimited(afterMs: number): ServiceError {
  return createRejection("resource_exhausted", "RATE_LIMITED", {
    message: "the client's rate limit is reached",
    retry: { class: "throttled", afterMs },
  });
}

function recordAttempts(stages: Stages, attempts: number): void {
  stages.telemetry?.record("resilience.client.call.attempts", attempts, { "rpc.method": stages.id });
}
