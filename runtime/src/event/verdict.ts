import type { OperationPolicy } from "../descriptor/policy.ts";
import type { ServiceError } from "../error/service-error.ts";
import { backoffMs } from "../policy/backoff.ts";

/** Tries in place when the contract says nothing. */
export const defaultInPlaceTries = 3;
/** Waits of the delayed tries that follow, milliseconds. */
export const defaultDelaysMs: readonly number[] = [1_000, 2_000, 4_000, 8_000];
/** How long a handler may take when the contract says nothing. */
export const defaultHandlerTimeoutMs = 30_000;
/** The reason of errors of the store itself: the message is not to blame, so they count as no attempt. */
export const storeFailureReason = "STORE_UNAVAILABLE";

const inPlaceBackoff = { initialMs: 100, maxMs: 5_000, multiplier: 2, jitter: "full" } as const;
/** Longer waits give the consumer's slot back. */
const longestWaitInPlaceMs = 5_000;
const holdMs = 1_000;
const pauseMs = 5_000;

/**
 * What a failed try means for its message: another try, back to the broker without counting it (the fault is not the
 * message's), or the dead letters.
 */
export type Verdict = "retry" | "hold" | "deadLetter";

/** The verdict by the error's code; `neverRetry` reasons and `retry.class: never` skip all tries. */
export function judgeFailure(error: ServiceError, policy: OperationPolicy): Verdict {
  if (error.reason === storeFailureReason) return "hold";
  if (error.reason !== undefined && policy.deadLetter?.neverRetry?.includes(error.reason) === true) return "deadLetter";
  switch (error.code) {
    case "resource_exhausted":
    case "unauthenticated":
      return "hold";
    case "invalid_argument":
    case "not_found":
    case "already_exists":
    case "permission_denied":
    case "failed_precondition":
    case "out_of_range":
    case "unimplemented":
    case "data_loss":
      return "deadLetter";
    case "canceled":
    case "unknown":
    case "deadline_exceeded":
    case "aborted":
    case "internal":
    case "unavailable": {
      // The handler's own "never" counts. That of a call it made is about that call: this layer may repeat it later.
      if (error.retry.class === "never" && error.origin === "app" && error.operation === undefined) return "deadLetter";
      const { retryOn } = policy.retry ?? {};
      return retryOn === undefined || retryOn.includes(error.code) ? "retry" : "deadLetter";
    }
  }
}

/** How long a message that is held waits; longer where who can't sign in must wait for people. */
export function holdDelayMs(error: ServiceError): number {
  return Math.max(error.code === "unauthenticated" ? pauseMs : holdMs, error.retry.afterMs ?? 0);
}

/** When the tries of an operation's messages happen. */
export interface TryPlan {
  /** Tries in all. */
  readonly total: number;
  /** The wait after try `attempt` (from 1) failed. */
  next(
    attempt: number,
    error: ServiceError,
    random: () => number,
  ): { readonly inPlace: boolean; readonly waitMs: number };
}

/**
 * The plan by policy. Without one: 3 tries in place, then delayed ones after 1, 2, 4 and 8 s. `retry.maxAttempts` is
 * the number in all, `retry.backoff` the wait of both sorts. Strict order: in place only.
 */
export function planTries(policy: OperationPolicy): TryPlan {
  const { retry, delivery } = policy;
  const strict = delivery?.strict === true;
  const total = Math.max(1, retry?.maxAttempts ?? defaultInPlaceTries + (strict ? 0 : defaultDelaysMs.length));
  const inPlaceTries = strict ? total : Math.min(defaultInPlaceTries, total);
  return {
    total,
    next: (attempt, error, random) => {
      const hintMs = error.retry.afterMs ?? 0;
      const throttled = error.retry.class === "throttled";
      if (attempt < inPlaceTries) {
        const waitMs = Math.max(
          hintMs,
          backoffMs({ ...inPlaceBackoff, ...retry?.backoff }, attempt, { random, throttled }),
        );
        return { inPlace: strict || waitMs <= longestWaitInPlaceMs, waitMs };
      }
      const delayed = Math.min(attempt - inPlaceTries, defaultDelaysMs.length - 1);
      const waitMs =
        retry?.backoff === undefined
          ? (defaultDelaysMs[delayed] as number)
          : backoffMs(retry.backoff, attempt, { random, throttled });
      return { inPlace: false, waitMs: Math.max(hintMs, waitMs) };
    },
  };
}
