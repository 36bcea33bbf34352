/** google.rpc.Code by its lower-case name. */
export type StatusCode =
  | "canceled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "out_of_range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data_loss"
  | "unauthenticated";

/** Numbers of google/rpc/code.proto. */
export const statusNumbers: Readonly<Record<StatusCode, number>> = {
  canceled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
};

const namesByNumber: ReadonlyMap<number, StatusCode> = new Map(
  Object.entries(statusNumbers).map(([name, number]) => [number, name as StatusCode]),
);

/** The code's name, or `unknown` for numbers outside 1 to 16 (google.rpc says so). */
export function statusCodeFromNumber(number: number): StatusCode {
  return namesByNumber.get(number) ?? "unknown";
}

/** Who made the error: the handler, this runtime, something in between, or the connection. */
export type ErrorOrigin = "app" | "framework" | "intermediary" | "transport";

/** Whether the request can have reached a handler. `no` makes a repeat safe for every operation. */
export type ErrorSent = "no" | "maybe" | "yes";

/** What the one who failed says of a repeat. `afterMs` is the least wait; `never` forbids one. */
export interface RetryHint {
  readonly class: "default" | "throttled" | "never";
  readonly afterMs?: number;
}

/** A typed detail of google.rpc.Status. `value` is plain data; rpc keeps the protobuf bytes beside it. */
export interface ErrorDetail {
  /** Full name without prefix: `google.rpc.RetryInfo`. */
  readonly type: string;
  readonly value: unknown;
  readonly bytes?: Uint8Array;
}

/** The response that an HTTP error came as, when the contract declares it. */
export interface ErrorResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly headers: unknown;
  readonly body: unknown;
}

/** What beside code and message an error may carry. */
export interface ServiceErrorOptions {
  readonly cause?: unknown;
  /** Machine-readable reason in capitals (google.rpc.ErrorInfo), for example `IDEMPOTENCY_KEY_REUSED`. */
  readonly reason?: string;
  readonly details?: readonly ErrorDetail[];
  readonly origin?: ErrorOrigin;
  readonly sent?: ErrorSent;
  readonly retry?: RetryHint;
  /** `<service>/<operation>`. */
  readonly operation?: string;
  readonly response?: ErrorResponse;
  readonly metadata?: Iterable<readonly [string, string]>;
}

const brand = "trilogue.ServiceError.v1";

/**
 * The one error of calls and messages, of the shape of google.rpc.Status. `message` is `[code] what failed: why`;
 * `rawMessage` is without the code. Tell errors apart by `code` and `reason`, and whether one is a `ServiceError` by
 * `isServiceError`, which also knows those of another copy of this package.
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  /** Known across copies of this package. */
  readonly "~brand": string = brand;
  readonly code: StatusCode;
  readonly rawMessage: string;
  readonly reason: string | undefined;
  readonly details: readonly ErrorDetail[];
  readonly origin: ErrorOrigin;
  readonly sent: ErrorSent;
  readonly retry: RetryHint;
  readonly operation: string | undefined;
  readonly response: ErrorResponse | undefined;
  readonly metadata: Iterable<readonly [string, string]>;

  constructor(code: StatusCode, message: string, options: ServiceErrorOptions = {}) {
    super(`[${code}] ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.rawMessage = message;
    this.reason = options.reason;
    this.details = options.details ?? [];
    this.origin = options.origin ?? "app";
    this.sent = options.sent ?? "yes";
    this.retry = options.retry ?? { class: "default" };
    this.operation = options.operation;
    this.response = options.response;
    this.metadata = options.metadata ?? [];
  }
}

/** Whether `value` is a `ServiceError`, of this or another copy of the package. */
export function isServiceError(value: unknown): value is ServiceError {
  return typeof value === "object" && value !== null && (value as { "~brand"?: unknown })["~brand"] === brand;
}

/** `value` itself when it is a `ServiceError`; an abort becomes `canceled`; anything else `unknown`, kept as cause. */
export function toServiceError(value: unknown, options: ServiceErrorOptions = {}): ServiceError {
  if (isServiceError(value)) return value;
  const name = value instanceof Error ? value.name : "";
  const code: StatusCode =
    name === "AbortError" ? "canceled" : name === "TimeoutError" ? "deadline_exceeded" : "unknown";
  const message = code === "unknown" ? "the handler failed" : value instanceof Error ? value.message : String(value);
  return new ServiceError(code, message, { ...options, cause: value });
}
