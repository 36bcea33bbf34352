import { isServiceError, ServiceError, type RetryHint } from "../error/service-error.ts";

/**
 * The error of a call that was given up, with the reason it was given up for as its cause. A `ServiceError` (a passed
 * deadline, a lost lease) keeps its code; a `TimeoutError` of the caller's own signal is `deadline_exceeded`; every
 * other reason is `canceled`. Never retried, and new for each call.
 */
export function abandonedError(reason: unknown): ServiceError {
  const options = { cause: reason, origin: "framework", sent: "maybe", retry: { class: "never" } } as const;
  if (isServiceError(reason)) {
    return new ServiceError(reason.code, reason.rawMessage, {
      ...options, ...(reason.reason === undefined ? {} : { reason: reason.reason }),
    });
  }
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  const why = reason instanceof Error ? reason.message : String(reason);
  return new ServiceError(timedOut ? "deadline_exceeded" : "canceled", `the caller gave up: ${why}`, options);
}

/** A copy of `error` that tells the caller after which time a repeat may succeed. */
export function withHint(error: ServiceError, afterMs: number): ServiceError {
  const retry: RetryHint = { class: error.retry.class, afterMs: Math.max(afterMs, error.retry.afterMs ?? 0) };
  return new ServiceError(error.code, error.rawMessage, {
    cause: error.cause ?? error, details: error.details, origin: error.origin, sent: error.sent, retry,
    metadata: error.metadata,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.operation === undefined ? {} : { operation: error.operation }),
    ...(error.response === undefined ? {} : { response: error.response }),
  });
}

/** `error` with the operation's name, when it has none yet: the same object otherwise. */
export function withOperation(error: ServiceError, operation: string): ServiceError {
  if (error.operation !== undefined) return error;
  // The error was made for this call alone: naming it in place keeps its stack and its identity.
  return Object.assign(error, { operation });
}
