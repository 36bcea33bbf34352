/** The built-in values of every knob, so that no policy is still safe. Durations are milliseconds. */

/** Deadline of unary calls when neither the contract nor the caller gives one. Streams have none. */
export const defaultTimeoutMs = 10_000;

/** How long a stream may be silent while somebody waits for its next message. */
export const defaultStreamIdleMs = 60_000;

/** Attempts, back-off and codes of retries. */
export const defaultRetry = {
  maxAttempts: 3,
  strategy: "exponential",
  initialMs: 50,
  maxMs: 5_000,
  multiplier: 2,
  jitter: "full",
  /** First wait after the target said that it is too much, when it said no time. */
  throttledInitialMs: 1_000,
} as const;

/** Retries per target: percent of its requests, plus a reserve a second, over the window. */
export const defaultBudget = { percent: 10, minPerSecond: 1, windowMs: 10_000 } as const;

/** When a breaker opens and closes. A slow rate counts only where the policy says what slow is. */
export const defaultBreaker = {
  failureRate: 0.5,
  slowCallRate: 0.5,
  minimumCalls: 20,
  windowMs: 10_000,
  openForMs: 1_000,
  maxOpenForMs: 30_000,
  halfOpenCalls: 3,
  scope: "service",
  /** A probe that takes longer has failed. */
  probeTimeoutMs: 5_000,
} as const;

/** Parallel calls an operation and target; the wait in the queue is at most a tenth of the timeout. */
export const defaultBulkhead = { maxConcurrent: 100, maxQueued: 100, maxWaitShare: 0.1 } as const;

/** Server-side idempotency. */
export const defaultIdempotency = {
  ttlMs: 86_400_000,
  leaseMs: 30_000,
  /** How long a duplicate waits for the first call, at most. */
  maxWaitMs: 5_000,
  maxBodyBytes: 65_536,
} as const;
