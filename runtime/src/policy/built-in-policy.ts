import type { ServiceKind } from "../descriptor/operation.ts";
import type { StatusCode } from "../error/service-error.ts";
import {
  defaultBreaker,
  defaultBudget,
  defaultBulkhead,
  defaultIdempotency,
  defaultRetry,
  defaultTimeoutMs,
} from "./defaults.ts";

/** The policy of an operation that declares none; durations in milliseconds, sizes in bytes. Absent means off. */
export interface BuiltInPolicy {
  /** Of unary calls, and of one handling of a message; streams have none. */
  readonly timeoutMs: number;
  readonly retry: {
    /** Of messages: the tries in place; the delayed tries (1, 2, 4, 8 s) come on top. */
    readonly maxAttempts: number;
    readonly backoff: {
      readonly strategy: "exponential";
      readonly initialMs: number;
      readonly maxMs: number;
      readonly multiplier: number;
      readonly jitter: "full";
    };
    /** Beside them, always: a code with a hint how long to wait, and the timeout of one attempt. */
    readonly retryOn: readonly StatusCode[];
    readonly budget: { readonly percent: number; readonly minPerSecond: number };
  };
  readonly circuitBreaker?: {
    readonly failureRate: number;
    /** Counts only where `slowCallDurationMs` is declared. */
    readonly slowCallRate: number;
    readonly minimumCalls: number;
    readonly windowMs: number;
    readonly openForMs: number;
    readonly maxOpenForMs: number;
    readonly halfOpenCalls: number;
    readonly scope: "service";
  };
  readonly bulkhead?: { readonly maxConcurrent: number; readonly maxQueued: number };
  readonly idempotency: {
    readonly required: boolean;
    readonly ttlMs: number;
    readonly inFlight: "wait";
    readonly scope: "principal";
  };
  readonly delivery?: {
    readonly ordering: "perKey";
    readonly outbox: boolean;
    readonly strict: boolean;
    readonly concurrency: number;
    readonly prefetch: number;
  };
  readonly limits?: { readonly maxRequestBytes: number; readonly maxResponseBytes?: number };
}

const mebibyte = 1_048_576;

const { strategy, initialMs, maxMs, multiplier, jitter } = defaultRetry;
const { failureRate, slowCallRate, minimumCalls, windowMs, openForMs, maxOpenForMs, halfOpenCalls, scope } =
  defaultBreaker;

const call: BuiltInPolicy = {
  timeoutMs: defaultTimeoutMs,
  retry: {
    maxAttempts: defaultRetry.maxAttempts,
    backoff: { strategy, initialMs, maxMs, multiplier, jitter },
    retryOn: ["unavailable"],
    budget: { percent: defaultBudget.percent, minPerSecond: defaultBudget.minPerSecond },
  },
  circuitBreaker: {
    failureRate,
    slowCallRate,
    minimumCalls,
    windowMs,
    openForMs,
    maxOpenForMs,
    halfOpenCalls,
    scope,
  },
  bulkhead: { maxConcurrent: defaultBulkhead.maxConcurrent, maxQueued: defaultBulkhead.maxQueued },
  idempotency: { required: false, ttlMs: defaultIdempotency.ttlMs, inFlight: "wait", scope: "principal" },
};

/**
 * The built-in defaults by kind as one object each, in the shape of `OperationPolicy`; the numbers are those of
 * `defaults.ts`. What `explain` shows as built-in, and what contradictions are checked against.
 */
export const builtInPolicy: Readonly<Record<ServiceKind, BuiltInPolicy>> = freezeDeep({
  http: { ...call, limits: { maxRequestBytes: mebibyte } },
  rpc: { ...call, limits: { maxRequestBytes: 4 * mebibyte, maxResponseBytes: 4 * mebibyte } },
  event: {
    timeoutMs: 30_000,
    retry: { ...call.retry, backoff: { ...call.retry.backoff, initialMs: 100 } },
    // The inbox keeps ids for 7 days (EVENTS section 4).
    idempotency: { ...call.idempotency, ttlMs: 7 * 24 * 3_600_000 },
    delivery: { ordering: "perKey", outbox: false, strict: false, concurrency: 16, prefetch: 32 },
  },
});

function freezeDeep<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null && !Object.isFrozen(part)) freezeDeep(part);
  }
  return Object.freeze(value);
}
