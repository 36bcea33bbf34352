import {
  ServiceError,
  statusNumbers,
  type ErrorDetail,
  type ErrorOrigin,
  type ErrorResponse,
  type ErrorSent,
  type StatusCode,
} from "../error/service-error.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { base64Decode, base64Encode } from "./base64.ts";
import { publicError, titleOfCode } from "./public-error.ts";
import { nackHeader, readRetryHint, retryHeaders, type HintHeaders } from "./retry-hint.ts";
import { codeOfHttpStatus, httpStatusOf, titleOfReason } from "./status.ts";

/** The media type of RFC 9457. */
export const problemType = "application/problem+json";

const badRequest = "google.rpc.BadRequest";
const typePrefix = "urn:trilogue:problem:";
const maxListed = 100;

/** A problem document, RFC 9457, with the extension members of this project. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: StatusCode;
  readonly reason?: string;
  /** Faults of the request, each with its place. */
  readonly errors?: readonly ProblemError[];
  readonly details?: readonly { readonly type: string; readonly value?: unknown; readonly bytes?: string }[];
  readonly retryAfterMs?: number;
}

/**
 * One fault of a request: `{ in: "body", pointer: "#/amount" }`, `{ in: "query", name: "limit", pointer: "#" }`. The
 * pointer is a JSON Pointer as a URI fragment (RFC 6901 section 6, RFC 9457 section 3) into the body or the parameter's
 * value.
 */
export interface ProblemError {
  readonly in?: string;
  /** Of a parameter. */
  readonly name?: string;
  readonly pointer: string;
  readonly keyword?: string;
  readonly detail: string;
}

/** An error on its way out. */
export interface ProblemResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly problem: Problem;
}

/** The problem that tells callers of `error`; see `publicError` for what stays inside. */
export function encodeProblem(error: ServiceError, operationId?: string): ProblemResponse {
  const shown = publicError(error, operationId);
  const status = httpStatusOf(shown.code, shown.reason);
  const errors = readViolations(shown.details);
  const details = shown.details
    .filter(({ type }) => type !== badRequest)
    .slice(0, maxListed)
    .map(encodeDetail);
  const afterMs = shown.retry.afterMs;
  const problem: Problem = {
    type: status === 500 ? "about:blank" : typePrefix + shown.code.replaceAll("_", "-"),
    title: titleOfReason(shown.code, shown.reason) ?? titleOfCode(shown.code),
    status,
    ...(shown.message === titleOfCode(shown.code) ? {} : { detail: shown.message }),
    code: shown.code,
    ...(shown.reason === undefined ? {} : { reason: shown.reason }),
    ...(errors.length === 0 ? {} : { errors }),
    ...(details.length === 0 ? {} : { details }),
    ...(afterMs === undefined || !(afterMs >= 0) ? {} : { retryAfterMs: Math.ceil(afterMs) }),
  };
  return {
    status,
    headers: [
      ["content-type", problemType],
      ...(shown.retry.class === "never" && status < 429 && status !== 409 ? [] : retryHeaders(shown.retry)),
      ...(shown.notStarted ? [[nackHeader, "1"] as const] : []),
    ],
    problem,
  };
}

/** A response that means an error. */
export interface ErrorSource {
  readonly status: number;
  readonly headers: HintHeaders;
  /** The parsed body when it is JSON; used when it is a problem document. */
  readonly body: unknown;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
  readonly operation?: string;
  readonly response?: ErrorResponse;
  /** Where the body is not what the contract says; told among the details. */
  readonly issues?: readonly ValidationIssue[];
}

/**
 * The error that a response means: by the problem's `code` where there is one, else by the status. A gateway's 502, 503
 * and 504 without a problem count as `origin: "intermediary"`, `sent: "maybe"`.
 */
export function decodeProblem(source: ErrorSource): ServiceError {
  const { status, headers } = source;
  const problem = isRecord(source.body) ? source.body : {};
  const stated = readCode(problem.code);
  const code = stated ?? codeOfHttpStatus(status);
  const details = readDetails(problem);
  const after = problem.retryAfterMs;
  const hint = readRetryHint({ code, headers, details, nowMs: source.nowMs });
  const exact = hint.class !== "never" && typeof after === "number" && after >= 0 && after < 2 ** 31;
  const gateway = stated === undefined && (status === 502 || status === 503 || status === 504);
  const nack = headers.get(nackHeader) === "1";
  const origin: ErrorOrigin = nack ? "framework" : gateway ? "intermediary" : "app";
  const sent: ErrorSent = nack ? "no" : gateway ? "maybe" : "yes";
  const never = stated === undefined && code === "already_exists";
  return new ServiceError(code, readMessage(problem, code, status), {
    details: source.issues === undefined ? details : [...details, violationsDetail(source.issues)],
    origin,
    sent,
    retry: never ? { class: "never" } : exact ? { class: hint.class, afterMs: Math.ceil(after) } : hint,
    ...(typeof problem.reason === "string" ? { reason: problem.reason.slice(0, 200) } : {}),
    ...(source.operation === undefined ? {} : { operation: source.operation }),
    ...(source.response === undefined ? {} : { response: source.response }),
  });
}

/** The BadRequest detail that carries faults of validation; at most 100 of them. */
export function violationsDetail(issues: readonly ValidationIssue[]): ErrorDetail {
  const fieldViolations = issues.slice(0, maxListed).map(({ pointer, keyword, expected }) => ({
    field: pointer,
    description: `expected ${expected}`,
    reason: keyword,
  }));
  return { type: badRequest, value: { fieldViolations } };
}

function readViolations(details: readonly ErrorDetail[]): ProblemError[] {
  return details
    .filter(({ type }) => type === badRequest)
    .flatMap(({ value }) => {
      const list = isRecord(value) && Array.isArray(value.fieldViolations) ? value.fieldViolations : [];
      return list
        .slice(0, maxListed)
        .filter(isRecord)
        .map(({ field, description, reason }) => ({
          ...placeOfField(typeof field === "string" ? field : ""),
          ...(typeof reason === "string" && reason !== "" ? { keyword: reason } : {}),
          detail: typeof description === "string" ? description : "",
        }));
    });
}

const parameterPlace = /^\/(path|query|header|cookie)\/([^/]*)(.*)$/s;
const wholePlace = /^\/(body|querystring)(\/.*)?$/s;

/** `/query/limit/0` as `{ in, name, pointer }`, `/body/amount` as `{ in, pointer }`; others stay pointers. */
function placeOfField(field: string): Pick<ProblemError, "in" | "name" | "pointer"> {
  const [, place, name, inner] = parameterPlace.exec(field) ?? [];
  if (place !== undefined && name !== undefined) {
    const plain = name.replaceAll("~1", "/").replaceAll("~0", "~");
    return { in: place, name: plain, pointer: toFragment(inner ?? "") };
  }
  const [, whole, rest] = wholePlace.exec(field) ?? [];
  return whole === undefined ? { pointer: field } : { in: whole, pointer: toFragment(rest ?? "") };
}

/** The other way round; a pointer of a server that says no place is one into the body, as RFC 9457 has it. */
function fieldOfPlace({ in: place, name, pointer }: Readonly<Record<string, unknown>>): string {
  const text = typeof pointer === "string" ? pointer : "";
  const inner = text.startsWith("#") ? fromFragment(text) : text;
  if (typeof place === "string" && typeof name === "string")
    return `/${place}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}${inner}`;
  if (typeof place === "string") return `/${place}${inner}`;
  return text.startsWith("#") ? `/body${inner}` : text;
}

/** Only characters of a URI fragment, RFC 3986 section 3.5. */
function toFragment(pointer: string): string {
  return `#${encodeURI(pointer.toWellFormed()).replaceAll("#", "%23")}`;
}

function fromFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment.slice(1));
  } catch {
    // Not percent-encoded after all: it is shown as it came.
    return fragment.slice(1);
  }
}

function encodeDetail(detail: ErrorDetail): { type: string; value?: unknown; bytes?: string } {
  return {
    type: detail.type,
    ...(detail.value === undefined ? {} : { value: detail.value }),
    ...(detail.bytes === undefined ? {} : { bytes: base64Encode(detail.bytes) }),
  };
}

function readDetails(problem: Readonly<Record<string, unknown>>): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  const errors = Array.isArray(problem.errors) ? problem.errors.slice(0, maxListed).filter(isRecord) : [];
  if (errors.length > 0) {
    const fieldViolations = errors.map(({ keyword, detail, ...place }) => ({
      field: fieldOfPlace(place),
      description: typeof detail === "string" ? detail : "",
      ...(typeof keyword === "string" ? { reason: keyword } : {}),
    }));
    details.push({ type: badRequest, value: { fieldViolations } });
  }
  for (const detail of Array.isArray(problem.details) ? problem.details.slice(0, maxListed) : []) {
    if (!isRecord(detail) || typeof detail.type !== "string") continue;
    const bytes = typeof detail.bytes === "string" ? base64Decode(detail.bytes) : undefined;
    details.push({ type: detail.type, value: detail.value, ...(bytes === undefined ? {} : { bytes }) });
  }
  return details;
}

function readCode(value: unknown): StatusCode | undefined {
  return typeof value === "string" && Object.hasOwn(statusNumbers, value) ? (value as StatusCode) : undefined;
}

function readMessage(problem: Readonly<Record<string, unknown>>, code: StatusCode, status: number): string {
  for (const text of [problem.detail, problem.title])
    if (typeof text === "string" && text !== "") return text.slice(0, 2000);
  return `${titleOfCode(code)} (HTTP status ${status})`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
