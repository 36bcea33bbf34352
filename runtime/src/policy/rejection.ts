import { ServiceError, type ServiceErrorOptions, type StatusCode } from "../error/service-error.ts";

/** Why this runtime refused a call without sending it. */
export type RejectionReason =
  "CIRCUIT_OPEN" | "BULKHEAD_FULL" | "RATE_LIMITED" | "SERVER_OVERLOADED" | "SERVER_DRAINING";

/**
 * The error of a call that was refused here: origin `framework`, never sent, with the time after which it may pass.
 * It has no stack: refusing must stay cheaper than serving, and the place is known by its reason.
 */
export function createRejection(
  code: StatusCode,
  reason: RejectionReason,
  options: ServiceErrorOptions & { readonly message: string },
): ServiceError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new ServiceError(code, options.message, { origin: "framework", sent: "no", ...options, reason });
  } finally {
    Error.stackTraceLimit = limit;
  }
}
