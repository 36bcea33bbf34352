import { isServiceError, ServiceError, type ErrorSent } from "../error/service-error.ts";

/** Failures before a byte of the request can have left: a repeat is safe for every operation. */
const neverSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EHOSTDOWN",
  "ENETDOWN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/**
 * A failure of the network as the error of a call: the caller's own when `signal` has fired, else unavailable with
 * `origin: "transport"`, and `sent: "no"` where the cause proves that nothing left. Addresses stay out of the message.
 */
export function networkError(error: unknown, signal: AbortSignal, operation: string): ServiceError {
  if (signal.aborted) return abortError(signal.reason, operation);
  if (isServiceError(error)) return error;
  const code = causeCode(error);
  const sent: ErrorSent = code !== undefined && neverSent.has(code) ? "no" : "maybe";
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

/** The system's or the library's code, looked for down the chain of causes and in both halves of happy eyeballs. */
export function causeCode(error: unknown): string | undefined {
  let current: unknown = error;
  for (let level = 0; level < 8 && typeof current === "object" && current !== null; level += 1) {
    const { code, errors, cause } = current as { code?: unknown; errors?: unknown; cause?: unknown };
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return undefined;
}
