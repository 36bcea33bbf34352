import type { StatusCode } from "../error/service-error.ts";

const statusOfCode: Readonly<Record<StatusCode, number>> = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** Reasons that have an HTTP status and a title of their own, each with the one code it goes with. */
const statusOfReason: ReadonlyMap<string, readonly [StatusCode, number, string]> = new Map<
  string,
  readonly [StatusCode, number, string]
>([
  ["IDEMPOTENCY_KEY_REUSED", ["invalid_argument", 422, "The idempotency key was used for another request"]],
  ["REQUEST_TOO_LARGE", ["resource_exhausted", 413, "The request is too large"]],
  ["URI_TOO_LONG", ["invalid_argument", 414, "The address is too long"]],
  ["UNSUPPORTED_MEDIA_TYPE", ["invalid_argument", 415, "The body has a media type that is not read here"]],
  ["UNSUPPORTED_CONTENT_ENCODING", ["invalid_argument", 415, "The body has a content coding that is not read here"]],
  ["NOT_ACCEPTABLE", ["invalid_argument", 406, "No media type that the caller accepts"]],
  ["NO_SUCH_ROUTE", ["unimplemented", 404, "Not found"]],
  ["METHOD_NOT_ALLOWED", ["unimplemented", 405, "Method not allowed"]],
  ["PRECONDITION_FAILED", ["failed_precondition", 412, "A precondition does not hold"]],
  ["PRECONDITION_REQUIRED", ["failed_precondition", 428, "A precondition is missing"]],
  ["REQUEST_TIMEOUT", ["deadline_exceeded", 408, "The request took too long to arrive"]],
  ["TOO_MANY_HEADERS", ["invalid_argument", 431, "Too many headers"]],
  ["HEADERS_TOO_LARGE", ["invalid_argument", 431, "The headers are too large"]],
]);

const codeOfStatus: ReadonlyMap<number, StatusCode> = new Map<number, StatusCode>([
  [400, "invalid_argument"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "not_found"],
  [405, "unimplemented"],
  [406, "invalid_argument"],
  [408, "deadline_exceeded"],
  [409, "already_exists"],
  [410, "not_found"],
  [411, "invalid_argument"],
  [412, "failed_precondition"],
  [413, "resource_exhausted"],
  [414, "invalid_argument"],
  [415, "invalid_argument"],
  [416, "out_of_range"],
  [422, "invalid_argument"],
  [425, "unavailable"],
  [428, "failed_precondition"],
  [429, "resource_exhausted"],
  [431, "invalid_argument"],
  [499, "canceled"],
  [500, "internal"],
  [501, "unimplemented"],
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "unavailable"],
]);

/** The HTTP status of an error: by its reason where that has one of its own, else by its code. */
export function httpStatusOf(code: StatusCode, reason?: string): number {
  const special = reason === undefined ? undefined : statusOfReason.get(reason);
  return special !== undefined && special[0] === code ? special[1] : statusOfCode[code];
}

/** What a reason with an HTTP status of its own says to people; undefined for every other one. */
export function titleOfReason(code: StatusCode, reason: string | undefined): string | undefined {
  const special = reason === undefined ? undefined : statusOfReason.get(reason);
  return special !== undefined && special[0] === code ? special[2] : undefined;
}

/**
 * The code of an HTTP status that came without a problem body, from a REST contract (DESIGN section 10): 404 not_found,
 * 409 already_exists, 422 invalid_argument, 429 resource_exhausted, 502 to 504 unavailable; unlisted ones `unknown`.
 */
export function codeOfHttpStatus(status: number): StatusCode {
  return codeOfStatus.get(status) ?? "unknown";
}
