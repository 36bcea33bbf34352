import type { RetryBudgetPolicy } from "../descriptor/policy.ts";
import type { Environment } from "../environment/environment.ts";
import { defaultBudget } from "./defaults.ts";

const bucketMs = 1_000;

/** Limits the retries sent to one target, over all its operations. */
export interface RetryBudget {
  /** Counts a first attempt. */
  countRequest(): void;
  /** Takes one retry when there is one. Call it when the retry is decided, so that waiting retries count. */
  takeRetry(): boolean;
  /** Retries that could be taken now. */
  available(): number;
}

/** Requests and retries of one target in the last 10 s. */
export interface RetryCounts {
  /** Drops what is too old; the sums are right until the clock moves on. */
  advance(): void;
  readonly requests: number;
  readonly retries: number;
  addRequest(): void;
  addRetry(): void;
}

/** Counts in ten buckets of a second of monotonic time, without a timer. */
export function createRetryCounts(environment: Environment): RetryCounts {
  const buckets = defaultBudget.windowMs / bucketMs;
  const requests = new Float64Array(buckets);
  const retries = new Float64Array(buckets);
  let requestSum = 0;
  let retrySum = 0;
  let newest = Math.floor(environment.monotonic() / bucketMs);

  const advance = (): number => {
    const now = Math.floor(environment.monotonic() / bucketMs);
    for (let next = Math.max(newest + 1, now - buckets + 1); next <= now; next++) {
      const index = modulo(next, buckets);
      requestSum -= requests[index] as number;
      retrySum -= retries[index] as number;
      requests[index] = 0;
      retries[index] = 0;
    }
    newest = Math.max(newest, now);
    return modulo(newest, buckets);
  };
  return {
    get requests() {
      return requestSum;
    },
    get retries() {
      return retrySum;
    },
    advance: () => {
      advance();
    },
    addRequest: () => {
      const index = advance();
      requests[index] = (requests[index] as number) + 1;
      requestSum += 1;
    },
    addRetry: () => {
      const index = advance();
      retries[index] = (retries[index] as number) + 1;
      retrySum += 1;
    },
  };
}

/**
 * A budget of `percent` (default 10) of the requests of the last 10 s, and `minPerSecond` (default 1) on top, so that a
 * rare caller may retry too. After Finagle's budget. Operations of one target share the `counts`, because they share
 * its fate; each measures them by its own policy.
 */
export function createRetryBudget(counts: RetryCounts, policy: RetryBudgetPolicy = {}): RetryBudget {
  const ratio = (policy.percent ?? defaultBudget.percent) / 100;
  const reserve = (policy.minPerSecond ?? defaultBudget.minPerSecond) * (defaultBudget.windowMs / bucketMs);
  const left = (): number => {
    counts.advance();
    return ratio * counts.requests + reserve - counts.retries;
  };
  return {
    countRequest: () => counts.addRequest(),
    takeRetry: () => {
      if (left() < 1) return false;
      counts.addRetry();
      return true;
    },
    available: () => Math.max(0, Math.floor(left())),
  };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
