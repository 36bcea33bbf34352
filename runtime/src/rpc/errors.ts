import { Code, ConnectError } from "@connectrpc/connect";
import {
  isServiceError,
  ServiceError,
  statusCodeFromNumber,
  statusNumbers,
  toServiceError,
  type ErrorDetail,
  type ErrorOrigin,
  type ErrorSent,
} from "../error/service-error.ts";
import { causeCodes, provesUnsent } from "../wire/network-cause.ts";
import { publicError } from "../wire/public-error.ts";
import { nackHeader, pushbackHeader, readRetryHint, retryInfoDetail } from "../wire/retry-hint.ts";
import { decodeDetail, encodeDetail } from "./error-details.ts";

const errorInfo = "google.rpc.ErrorInfo";
const retryInfo = "google.rpc.RetryInfo";

/**
 * What callers see of an error, as Connect, gRPC and gRPC-web carry it: details with their bytes, the reason as
 * ErrorInfo, the hint as RetryInfo, and as trailers `grpc-retry-pushback-ms` where a repeat is forbidden and a mark for
 * requests that no handler has seen. `operation` is the id of the operation that was served.
 */
export function toConnectError(error: ServiceError, operation?: string): ConnectError {
  const shown = publicError(error, operation);
  const details = [...shown.details];
  if (shown.reason !== undefined && !details.some(({ type }) => type === errorInfo)) {
    details.push({ type: errorInfo, value: { reason: shown.reason, domain: operation?.split("/")[0] ?? "" } });
  }
  const { afterMs } = shown.retry;
  if (afterMs !== undefined && !details.some(({ type }) => type === retryInfo)) details.push(retryInfoDetail(afterMs));
  const metadata = new Headers();
  if (shown.retry.class === "never" && isRetryable(shown.code)) metadata.set(pushbackHeader, "-1");
  if (shown.notStarted) metadata.set(nackHeader, "1");
  for (const [name, value] of error.metadata)
    if (/^(idempotency-|www-authenticate$)/i.test(name)) metadata.append(name, value);
  const wire = details.map(encodeDetail).filter((detail) => detail !== undefined);
  const result = new ConnectError(shown.message, statusNumbers[shown.code] as Code, metadata, undefined, error);
  result.details = wire.map(({ type, value }) => ({ type, value }));
  return result;
}

/**
 * The error that a Connect client got. From the wire it is the peer's word; else the connection failed, and only causes
 * that prove it say `sent: "no"`. `nowMs` is the wall clock, for dates in `Retry-After`.
 */
export function fromConnectError(
  error: unknown,
  options: { readonly operation: string; readonly nowMs: number },
): ServiceError {
  if (isServiceError(error)) return error;
  if (!(error instanceof ConnectError)) {
    return toServiceError(error, { origin: "transport", sent: "maybe", operation: options.operation });
  }
  const inner = error.cause;
  if (isServiceError(inner) && !isWireError(error)) return inner;
  const details: readonly ErrorDetail[] = error.details.map((detail) =>
    "desc" in detail
      ? { type: detail.desc.typeName, value: detail.value }
      : decodeDetail(detail.type, detail.value, detail.debug),
  );
  const code = isBrokenConnection(error) ? "unavailable" : statusCodeFromNumber(error.code);
  const nack = error.metadata.get(nackHeader) === "1";
  const sent = nack ? "no" : sentOf(error);
  const origin: ErrorOrigin = nack ? "framework" : isWireError(error) ? "app" : "transport";
  const reason = details.find(({ type }) => type === errorInfo)?.value as { readonly reason?: unknown } | undefined;
  return new ServiceError(code, error.rawMessage, {
    cause: error,
    details,
    sent,
    origin,
    operation: options.operation,
    metadata: error.metadata,
    retry: readRetryHint({ code, headers: error.metadata, details, nowMs: options.nowMs }),
    ...(typeof reason?.reason === "string" && reason.reason !== "" ? { reason: reason.reason } : {}),
  });
}

/** The reason that Connect aborts a handler with, as an error of ours. */
export function fromAbortReason(reason: unknown): ServiceError {
  if (isServiceError(reason)) return reason;
  const code =
    reason instanceof ConnectError && reason.code === Code.DeadlineExceeded ? "deadline_exceeded" : "canceled";
  return new ServiceError(code, code === "canceled" ? "the caller left" : "the deadline passed", {
    cause: reason,
    origin: "transport",
    retry: { class: "never" },
  });
}

function sentOf(error: ConnectError): ErrorSent {
  if (isWireError(error)) return "yes";
  return provesUnsent(error.cause) ? "no" : "maybe";
}

/** Connect calls a connection that broke internal or aborted; to a caller the target is not available. */
function isBrokenConnection(error: ConnectError): boolean {
  if (isWireError(error) || (error.code !== Code.Internal && error.code !== Code.Aborted)) return false;
  return causeCodes(error.cause).some((code) =>
    /^(E[A-Z]+|ERR_HTTP2_\w+|ERR_STREAM_\w+|ERR_SOCKET_\w+|UND_ERR_\w+)$/.test(code),
  );
}

/** Connect marks what it read from a response; the field is not in its promised surface, so its absence is "no". */
function isWireError(error: ConnectError): boolean {
  return (error as { readonly isWireError?: unknown }).isWireError === true;
}

/** Codes that a client may retry: for all others "never" goes without saying. */
function isRetryable(code: string): boolean {
  return code === "unavailable" || code === "resource_exhausted" || code === "aborted" || code === "deadline_exceeded";
}
