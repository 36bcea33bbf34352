import type { IdempotencyLevel, RetryPolicy } from "../descriptor/policy.ts";
import type { ServiceError } from "../error/service-error.ts";

/** What is known of the call that failed. */
export interface RetrySituation {
  readonly level: IdempotencyLevel;
  /** An idempotency key went with it. */
  readonly keySent: boolean;
  /** The failure is the attempt's own timeout, not the call's deadline. */
  readonly attemptTimedOut: boolean;
  /** A free retry was taken before. */
  readonly transparentTaken: boolean;
  /** Retries so far after `internal`. */
  readonly internalRetries: number;
}

/** `transparent` retries cost no budget: the request provably reached nobody. `throttled` ones wait longer. */
export type RetryVerdict =
  | { readonly kind: "stop" }
  | { readonly kind: "retry"; readonly transparent: boolean; readonly throttled: boolean; readonly hintMs: number };

const stop: RetryVerdict = { kind: "stop" };
const maxHintMs = 2 ** 53;

/**
 * Whether a failed attempt may be tried again. A repeat must be safe (the contract says so, or a key was sent, or the
 * request never started) and must have a chance (the code is one of `retryOn`).
 *
 * Default `retryOn`: unavailable; resource_exhausted when the target gave a time; the attempt's own timeout. What is
 * still in progress under the same key is asked for again always, because that is how a keyed call gets its answer.
 */
export function judgeRetry(
  error: ServiceError,
  situation: RetrySituation,
  policy: RetryPolicy | undefined,
): RetryVerdict {
  if (error.retry.class === "never") return stop;
  const neverStarted = error.sent === "no";
  if (!neverStarted && !isRepeatable(situation)) return stop;
  if (!isHopeful(error, situation, policy)) return stop;
  const hintMs = validHint(error.retry.afterMs);
  const transparent = neverStarted && error.origin === "transport" && hintMs === 0 && !situation.transparentTaken;
  // Without a key, proof that nothing was reached carries one free retry, not a series of them.
  if (neverStarted && error.origin === "transport" && !transparent && !isRepeatable(situation)) return stop;
  const throttled = error.code === "resource_exhausted" || error.retry.class === "throttled";
  return { kind: "retry", transparent, throttled, hintMs };
}

function isRepeatable({ level, keySent }: RetrySituation): boolean {
  switch (level) {
    case "safe":
    case "idempotent":
      return true;
    case "keyed":
      return keySent;
    case "none":
      return false;
  }
}

function isHopeful(error: ServiceError, situation: RetrySituation, policy: RetryPolicy | undefined): boolean {
  if (error.reason === "IDEMPOTENCY_IN_PROGRESS") return situation.keySent;
  if (error.reason === "IDEMPOTENCY_OUTCOME_UNKNOWN" || error.reason === "IDEMPOTENCY_KEY_REUSED") return false;
  if (error.code === "data_loss" || error.code === "canceled") return false;
  if (error.code === "internal" && situation.internalRetries >= 1) return false;
  // The call's own deadline is not worth a retry; only what one attempt took too long for is.
  if (error.code === "deadline_exceeded" && error.origin === "framework" && !situation.attemptTimedOut) return false;
  if (policy?.retryOn !== undefined) return policy.retryOn.includes(error.code);
  switch (error.code) {
    case "unavailable":
      return true;
    case "resource_exhausted":
      return error.retry.afterMs !== undefined;
    case "deadline_exceeded":
      return situation.attemptTimedOut;
    default:
      return false;
  }
}

/** Hints come from the wire: what isn't a time counts as none. */
function validHint(afterMs: number | undefined): number {
  if (afterMs === undefined || !(afterMs > 0)) return 0;
  return Math.min(afterMs, maxHintMs);
}
