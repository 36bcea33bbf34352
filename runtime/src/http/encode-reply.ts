import type { HttpMediaType, HttpOperation, HttpParameter, HttpResponseDescriptor } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import type { CallResult } from "../call/interceptor.ts";
import { ServiceError } from "../error/service-error.ts";
import { findBrokenHeader, isFramingHeader, isHeaderName } from "../wire/header-text.ts";
import { encodeProblem } from "../wire/problem.ts";
import { encodeBody, isStreamed, type EncodedBody } from "./bodies.ts";
import { utf8 } from "./bytes.ts";
import { findResponse } from "./decode-response.ts";
import { statedType } from "./file.ts";
import { writeJson } from "./json.ts";
import { parseMediaType, pickMediaType } from "./media-type.ts";
import type { HttpResponse } from "./message.ts";
import { writeHeader } from "./parameters.ts";
import { UnwritableValue } from "./parameters-write.ts";
import { isReply, type HttpReply } from "./reply.ts";
import { getOwn, isRecord, issueAt, pointerTo } from "./values.ts";

/** A result ready to go, its body not yet read if it is a stream. */
export interface EncodedReply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: EncodedBody | undefined;
}

/** How results are written. */
export interface EncodeReplyOptions {
  /** The media type that the request's `Accept` chose among those of the successes. */
  readonly accepted: string | undefined;
  /** Check the body against the contract; a fault is an `internal` error. */
  readonly validate: boolean;
}

/**
 * Writes what a handler returned: a plain body as the one success of the operation, or a reply with its status.
 *
 * @throws {ServiceError} internal when the contract does not declare the status or media type, or the value is no such.
 */
export function encodeReply(operation: HttpOperation, result: CallResult, options: EncodeReplyOptions): EncodedReply {
  const reply = isReply(result.output) ? result.output : undefined;
  const declared = reply === undefined ? plainResponse(operation) : findResponse(operation.responses, reply.status);
  const status = reply?.status ?? statusOf(declared);
  if (declared === undefined) throw broken(operation, `answered ${status}, which the contract does not declare`);
  // Statuses below 200 are no answers, and others are none at all; servers would fail on them half way.
  if (!Number.isInteger(status) || status < 200 || status > 599) throw broken(operation, `answered status ${status}`);
  const headers: (readonly [string, string])[] = [...result.headers].filter(([name]) => isOpen(name));
  const bad = findBrokenHeader(headers);
  if (bad !== undefined) throw broken(operation, `has header ${JSON.stringify(bad)}, which can't be sent`);
  if (reply !== undefined) headers.push(...writeHeaders(operation, declared, reply));
  const value = reply === undefined ? result.output : reply.body;
  if (successTypes(operation).length > 1) headers.push(["vary", "accept"]);
  if (reply?.raw !== undefined) return { status, headers, body: rawBody(reply.raw, reply.contentType) };
  if (declared.content.length === 0) {
    if (value !== undefined && value !== null)
      throw broken(operation, `answered ${status} with a body, which the contract does not declare`);
    return { status, headers, body: undefined };
  }
  if (value === undefined) return { status, headers, body: undefined };
  const media = chooseMedia(declared.content, reply?.contentType, options.accepted, value);
  if (media === undefined)
    throw broken(operation, `answered ${status} with a content type that the contract does not declare`);
  if (options.validate && media.validate !== undefined && !isStreamed(media) && !media.validate(value)) {
    const issues: ValidationIssue[] = [];
    media.validate(value, "/body", issues);
    throw broken(operation, `answered ${status} with what the contract does not say: ${describe(issues)}`);
  }
  try {
    return { status, headers, body: encodeBody(media, value, concreteType(media, reply?.contentType, value)) };
  } catch (error) {
    if (!(error instanceof UnwritableValue)) throw error;
    throw broken(operation, `answered ${status} with a body that can't be written: expected ${error.message}`);
  }
}

/** The response that tells a caller of an error. */
export function encodeError(error: ServiceError, operation?: string): HttpResponse {
  const { status, headers, problem } = encodeProblem(error, operation);
  return { status, headers, body: utf8(writeJson(problem) ?? "{}") };
}

/** Media types of all successes, in the contract's order, without repeats. */
export function successTypes(operation: HttpOperation): readonly string[] {
  const known = types.get(operation);
  if (known !== undefined) return known;
  const found = [
    ...new Set(
      operation.responses.filter(isSuccess).flatMap(({ content }) => content.map(({ mediaType }) => mediaType)),
    ),
  ];
  types.set(operation, found);
  return found;
}

const types = new WeakMap<HttpOperation, readonly string[]>();

function isSuccess({ status }: HttpResponseDescriptor): boolean {
  return status === "2XX" || (typeof status === "number" && status >= 200 && status < 300);
}

/** The success of a plain result: the first declared, else `default`. */
function plainResponse(operation: HttpOperation): HttpResponseDescriptor | undefined {
  return operation.responses.find(isSuccess) ?? operation.responses.find(({ status }) => status === "default");
}

function statusOf(declared: HttpResponseDescriptor | undefined): number {
  if (typeof declared?.status === "number") return declared.status;
  return declared !== undefined && declared.content.length === 0 ? 204 : 200;
}

function writeHeaders(
  operation: HttpOperation,
  declared: HttpResponseDescriptor,
  reply: HttpReply,
): (readonly [string, string])[] {
  const values = isRecord(reply.headers) ? reply.headers : {};
  const written: (readonly [string, string])[] = [];
  const seen = new Set<string>();
  for (const parameter of declared.headers ?? []) {
    const value = getOwn(values, parameter.name);
    seen.add(parameter.name);
    if (!isOpen(parameter.name.toLowerCase())) continue;
    if (value === undefined) {
      if (parameter.required) throw broken(operation, `answered ${reply.status} without header "${parameter.name}"`);
    } else
      for (const item of headerItems(parameter.name, value))
        written.push([parameter.name.toLowerCase(), headerText(operation, parameter, item)]);
  }
  for (const [name, value] of Object.entries(values)) {
    if (seen.has(name) || value === undefined || !isOpen(name.toLowerCase())) continue;
    if (!isHeaderName(name)) throw broken(operation, "answered with a header whose name is not one");
    for (const item of headerItems(name, value)) {
      written.push([name.toLowerCase(), headerText(operation, undeclaredHeader(name), item)]);
    }
  }
  return written;
}

/** Several cookies are several headers: they hold commas, and can't be joined by them (RFC 9110 section 5.3). */
function headerItems(name: string, value: unknown): readonly unknown[] {
  return name.toLowerCase() === "set-cookie" && Array.isArray(value) ? value : [value];
}

/** Content type and framing follow from the body. */
function isOpen(name: string): boolean {
  return name !== "content-type" && !isFramingHeader(name);
}

function undeclaredHeader(name: string): HttpParameter {
  return { in: "header", name, shape: { type: "any" } };
}

function headerText(operation: HttpOperation, parameter: HttpParameter, value: unknown): string {
  try {
    return writeHeader(parameter, value);
  } catch (error) {
    if (!(error instanceof UnwritableValue)) throw error;
    throw broken(
      operation,
      `answered with header "${parameter.name}" that can't be written: expected ${error.message}`,
    );
  }
}

function chooseMedia(
  content: readonly HttpMediaType[],
  contentType: string | undefined,
  accepted: string | undefined,
  value: unknown,
): HttpMediaType | undefined {
  const own = parseMediaType(contentType);
  if (contentType !== undefined) return own === undefined ? undefined : pickMediaType(content, own);
  const wanted = content.find(({ mediaType }) => mediaType === accepted);
  if (wanted !== undefined) return wanted;
  const stated = parseMediaType(statedType(value));
  return (stated === undefined ? undefined : pickMediaType(content, stated)) ?? content[0];
}

function concreteType(media: HttpMediaType, contentType: string | undefined, value: unknown): string {
  if (contentType !== undefined && /^[\t\x20-\x7e]*$/.test(contentType)) return contentType;
  if (!media.mediaType.includes("*")) return media.mediaType;
  return statedType(value) ?? "application/octet-stream";
}

function rawBody(raw: Uint8Array, contentType: string | undefined): EncodedBody | undefined {
  return contentType === undefined && raw.byteLength === 0
    ? undefined
    : { kind: "bytes", contentType: contentType ?? "application/octet-stream", bytes: raw };
}

function describe(issues: readonly ValidationIssue[]): string {
  const issue = issues[0] ?? issueAt(pointerTo("", "body"), "", "another value");
  return `expected ${issue.expected} at ${issue.pointer}`;
}

function broken(operation: HttpOperation, what: string): ServiceError {
  return new ServiceError("internal", `the handler of ${operationId(operation)} ${what}`, {
    origin: "framework",
    sent: "yes",
    retry: { class: "never" },
    reason: "INVALID_RESPONSE",
    operation: operationId(operation),
  });
}
