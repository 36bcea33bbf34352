import type { ErrorDetail, RetryHint, ServiceError, StatusCode } from "../error/service-error.ts";

/** What of an error may leave the process. */
export interface PublicError {
  readonly code: StatusCode;
  readonly message: string;
  readonly reason: string | undefined;
  readonly details: readonly ErrorDetail[];
  readonly retry: RetryHint;
  /** No handler has seen the request. */
  readonly notStarted: boolean;
}

const titles: Readonly<Record<StatusCode, string>> = {
  canceled: "The request was canceled",
  unknown: "Internal error",
  invalid_argument: "The request is not valid",
  deadline_exceeded: "The deadline passed",
  not_found: "Not found",
  already_exists: "Already exists",
  permission_denied: "Not allowed",
  resource_exhausted: "Too many requests",
  failed_precondition: "Not in this state",
  aborted: "Conflict",
  out_of_range: "Out of range",
  unimplemented: "Not implemented",
  internal: "Internal error",
  unavailable: "Unavailable, try again later",
  data_loss: "Internal error",
  unauthenticated: "Not authenticated",
};

const secretCodes: ReadonlySet<StatusCode> = new Set<StatusCode>(["unknown", "internal", "data_loss"]);
const serverCodes: ReadonlySet<StatusCode> = new Set<StatusCode>([
  "unknown",
  "internal",
  "data_loss",
  "unavailable",
  "deadline_exceeded",
  "unimplemented",
]);
const harmlessDetails: ReadonlySet<string> = new Set([
  "google.rpc.RetryInfo",
  "google.rpc.ErrorInfo",
  "google.rpc.QuotaFailure",
  "google.rpc.LocalizedMessage",
]);

/** What a code says to people, without anything of the case. */
export function titleOfCode(code: StatusCode): string {
  return titles[code];
}

/**
 * Cuts an error down to what callers may see. Messages and details of unknown, internal and data_loss stay inside, and
 * those of broken connections to others; DebugInfo never leaves. `operationId` is the operation that was served: only
 * an error that says of that very operation that it was not started is marked so, never one of a call by a handler.
 */
export function publicError(error: ServiceError, operationId?: string): PublicError {
  const secret = secretCodes.has(error.code) || error.origin === "transport" || error.origin === "intermediary";
  const details = secret
    ? []
    : error.details.filter(
        ({ type }) => type !== "google.rpc.DebugInfo" && (!serverCodes.has(error.code) || harmlessDetails.has(type)),
      );
  return {
    code: error.code,
    message: secret ? titles[error.code] : error.rawMessage,
    reason: secret ? undefined : error.reason,
    details,
    retry: error.retry,
    notStarted:
      error.sent === "no" &&
      error.origin === "framework" &&
      (operationId === undefined || error.operation === operationId),
  };
}
