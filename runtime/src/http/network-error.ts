import { isServiceError, ServiceError, type ErrorSent } from "../error/service-error.ts";
import { causeCodes, provesUnsent } from "../wire/network-cause.ts";

/**
 * A failure of the network as the error of a call: the caller's own when `signal` has fired, else unavailable with
 * `origin: "transport"`, and `sent: "no"` where the cause proves that nothing left. Addresses stay out of the message.
 */
export function networkError(error: unknown, signal: AbortSignal, operation: string): ServiceError {
  if (signal.aborted) return abortError(signal.reason, operation);
  if (isServiceError(error)) return error;
  const [code] = causeCodes(error);
  const sent: ErrorSent = provesUnsent(error) ? "no" : "maybe";
  const what = sent === "no" ? "no connection" : "the connection broke";
  return new ServiceError("unavailable", `${what}${code === undefined ? "" : `: ${code}`}`, {
    cause: error,
    origin: "transport",
    sent,
    operation,
  });
}

/** The error of a call that its own signal ended: the signal's reason where that is one already. */
export function abortError(reason: unknown, operation: string): ServiceError {
  if (isServiceError(reason)) return reason;
  const late = reason instanceof Error && reason.name === "TimeoutError";
  return new ServiceError(late ? "deadline_exceeded" : "canceled", late ? "the deadline passed" : "the caller left", {
    cause: reason,
    origin: "transport",
    sent: "maybe",
    retry: { class: "never" },
    operation,
  });
}
