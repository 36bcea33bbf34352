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

/**
 * A budget of `percent` (default 10) of the requests of the last 10 s, and `minPerSecond` (default 1) on top, so that a
 * rare caller may retry too. After Finagle's budget; one for all operations of a target, because they share its fate.
 */
export function createRetryBudget(environment: Environment, policy: RetryBudgetPolicy = {}): RetryBudget {
  const buckets = defaultBudget.windowMs / bucketMs;
  const ratio = (policy.percent ?? defaultBudget.percent) / 100;
  const reserve = (policy.minPerSecond ?? defaultBudget.minPerSecond) * buckets;
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
    countRequest: () => {
      const index = advance();
      requests[index] = (requests[index] as number) + 1;
      requestSum += 1;
    },
    takeRetry: () => {
      const index = advance();
      if (retrySum + 1 > ratio * requestSum + reserve) return false;
      retries[index] = (retries[index] as number) + 1;
      retrySum += 1;
      return true;
    },
    available: () => {
      advance();
      return Math.max(0, Math.floor(ratio * requestSum + reserve - retrySum));
    },
  };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
