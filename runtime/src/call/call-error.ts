import { isServiceError, ServiceError, type RetryHint, type ServiceErrorOptions } from "../error/service-error.ts";

/**
 * The error of a call that was given up, with the reason it was given up for as its cause. A `ServiceError` (a passed
 * deadline, a lost lease) keeps its code; a `TimeoutError` of the caller's own signal is `deadline_exceeded`; every
 * other reason is `canceled`. Never retried, and new for each call.
 */
export function abandonedError(reason: unknown): ServiceError {
  const options = { cause: reason, origin: "framework", sent: "maybe", retry: { class: "never" } } as const;
  if (isServiceError(reason)) {
    return new ServiceError(reason.code, reason.rawMessage, {
      ...options,
      ...(reason.reason === undefined ? {} : { reason: reason.reason }),
    });
  }
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  const code = timedOut ? "deadline_exceeded" : "canceled";
  return new ServiceError(code, `the caller gave up: ${describe(reason)}`, options);
}

/** A copy of `error` with some of its parts replaced; the stack stays that of the original. */
export function copyError(error: ServiceError, changes: ServiceErrorOptions): ServiceError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const copy = new ServiceError(error.code, error.rawMessage, {
      cause: error.cause,
      details: error.details,
      origin: error.origin,
      sent: error.sent,
      retry: error.retry,
      metadata: error.metadata,
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      ...(error.operation === undefined ? {} : { operation: error.operation }),
      ...(error.response === undefined ? {} : { response: error.response }),
      ...changes,
    });
    if (error.stack !== undefined) copy.stack = error.stack;
    return copy;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** A copy of `error` that tells the caller after which time a repeat may succeed. */
export function withHint(error: ServiceError, afterMs: number): ServiceError {
  const retry: RetryHint = { class: error.retry.class, afterMs: Math.max(afterMs, error.retry.afterMs ?? 0) };
  return copyError(error, { retry, cause: error.cause ?? error });
}

/** `error` with the operation's name, when it has none yet: the same object otherwise. */
export function withOperation(error: ServiceError, operation: string): ServiceError {
  if (error.operation !== undefined) return error;
  if (Object.isFrozen(error)) return copyError(error, { operation });
  // The error was made for this call alone: naming it in place keeps its class, its stack and its identity.
  return Object.assign(error, { operation });
}

/** What was thrown or aborted with, in words; anything may have been, also what has no text. */
function describe(reason: unknown): string {
  if (reason instanceof Error) return reason.message;
  return typeof reason === "object" && reason !== null ? "for a reason that is no error" : String(reason);
}
