import type { HttpOperation, ResponseOf } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import { isServiceError, type ServiceError } from "../error/service-error.ts";

/** A `ServiceError` that came as this declared response. */
export type DeclaredError<Response> = ServiceError & { readonly response: Response };

type StatusOf<Response> = Response extends { readonly status: infer Status } ? Status : never;

/**
 * Whether `error` is the response `status` that the contract declares for `operation`; then `error.response` has its
 * type.
 *
 * ```ts
 * if (isDeclaredError(error, createPayment, 409)) console.log(error.response.body.detail);
 * ```
 */
export function isDeclaredError<Response, const Status extends StatusOf<Response>>(
  error: unknown,
  operation: HttpOperation<any, any, Response, any>,
  status: Status,
): error is DeclaredError<ResponseOf<Response, Status>> {
  if (!isServiceError(error) || error.response === undefined) return false;
  return error.operation === operationId(operation) && error.response.status === status;
}
