import type { HttpMediaType, HttpOperation } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { isServiceError, ServiceError, type StatusCode } from "../error/service-error.ts";
import { sha256Hex } from "../wire/sha256.ts";
import { decodeBytes, decodeStream, isStreamed } from "./bodies.ts";
import { BodyTooLarge, collectBytes, discardBody } from "./bytes.ts";
import { successTypes } from "./encode-reply.ts";
import { invalidInput } from "./encode-request.ts";
import { negotiate, parseMediaType, pickMediaType, type MediaType } from "./media-type.ts";
import type { HttpLimits, HttpRequest } from "./message.ts";
import { readParameters } from "./parameters.ts";
import { issueAt } from "./values.ts";

/** A request whose head is read, and its body not yet. */
export interface DecodedRequest {
  /**
   * The operation's input `{ path, query, header, cookie, body }`; reads the body, so it is called once. Where a
   * contract takes several media types, `contentType` says which one came.
   *
   * @throws {ServiceError} invalid_argument with all faults as BadRequest details (400); reasons UNSUPPORTED_MEDIA_TYPE
   * and UNSUPPORTED_CONTENT_ENCODING (415); resource_exhausted REQUEST_TOO_LARGE (413).
   */
  readInput(): Promise<Readonly<Record<string, unknown>>>;
  /** The media type that `Accept` chose among those of the successes; undefined when there is none to choose. */
  readonly accepted: string | undefined;
  /** sha256 over method, raw path, query and the body's bytes, once these are read. */
  fingerprint(): string;
}

/** How requests are read. */
export interface DecodeRequestOptions {
  readonly path: ReadonlyMap<string, string>;
  readonly limits: HttpLimits;
  /** Check parameters and body against the contract. */
  readonly validate: boolean;
}

/**
 * Reads a request, its body when that is asked for.
 *
 * @throws {ServiceError} invalid_argument with reason NOT_ACCEPTABLE (406).
 */
export function decodeRequest(
  operation: HttpOperation,
  request: HttpRequest,
  options: DecodeRequestOptions,
): DecodedRequest {
  const accepted = chooseAccepted(operation, request);
  const at = request.target.indexOf("?");
  const query = at < 0 ? "" : request.target.slice(at + 1);
  let body: ReadBody = {};
  return {
    accepted,
    readInput: async () => {
      const issues: ValidationIssue[] = [];
      const input = readHead(operation, request, { ...options, query, issues });
      body = await readBody(operation, request, { ...options, issues });
      if (issues.length > 0) throw invalidInput(operation, issues.slice(0, 100));
      if (body.value !== undefined) input.body = body.value;
      const isChoice = (operation.body?.content.length ?? 0) > 1;
      if (body.media !== undefined && isChoice) input.contentType = body.media.mediaType;
      return input;
    },
    fingerprint: () => {
      const path = at < 0 ? request.target : request.target.slice(0, at);
      return sha256Hex(operation.method, path, query, body.bytes ?? new Uint8Array(0));
    },
  };
}

function readHead(
  operation: HttpOperation,
  request: HttpRequest,
  options: DecodeRequestOptions & { readonly query: string; readonly issues: ValidationIssue[] },
): Record<string, unknown> {
  const { path, query, limits, issues, validate } = options;
  const raw = { path, query, headers: request.headers };
  return readParameters(operation.parameters ?? [], raw, { limits, issues, validate });
}

/** An error of this mount about a request that no handler has seen. */
export function refusal(code: StatusCode, reason: string, message: string, operation?: HttpOperation): ServiceError {
  return new ServiceError(code, message, {
    reason,
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    ...(operation === undefined ? {} : { operation: operationId(operation) }),
  });
}

function chooseAccepted(operation: HttpOperation, request: HttpRequest): string | undefined {
  const offered = successTypes(operation);
  if (offered.length === 0) return undefined;
  const concrete = offered.filter((type) => !type.includes("*"));
  // Ranges such as image/* stand for whatever the handler answers: nothing can be refused here.
  if (concrete.length < offered.length) return undefined;
  const accepted = negotiate(request.headers.get("accept"), offered);
  if (accepted !== undefined) return accepted;
  throw refusal(
    "invalid_argument",
    "NOT_ACCEPTABLE",
    `${operationId(operation)} answers as ${offered.join(" or ")} only`,
    operation,
  );
}

interface ReadOptions {
  readonly limits: HttpLimits;
  readonly validate: boolean;
  readonly issues: ValidationIssue[];
}

interface ReadBody {
  readonly value?: unknown;
  readonly media?: HttpMediaType;
  readonly bytes?: Uint8Array;
}

async function readBody(operation: HttpOperation, request: HttpRequest, options: ReadOptions): Promise<ReadBody> {
  const declared = operation.body;
  if (declared === undefined || declared.content.length === 0) {
    discardBody(request.body);
    return {};
  }
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding.trim().toLowerCase() !== "identity") {
    throw refusal("invalid_argument", "UNSUPPORTED_CONTENT_ENCODING", "compressed requests are not read", operation);
  }
  const header = request.headers.get("content-type");
  const type = parseMediaType(header);
  const media = mediaOf(declared.content, type, header);
  const maxBodyBytes = operation.policy.limits?.maxRequestBytes ?? options.limits.maxBodyBytes;
  const limits = { ...options.limits, maxBodyBytes };
  if (media !== undefined && isStreamed(media) && request.body !== undefined) {
    const items = decodeStream(request.body, { media, type, limits, pointer: "/body", validate: options.validate });
    return { media, value: readItems(operation, items) };
  }
  const bytes = await readBytes(operation, request, maxBodyBytes);
  if (bytes === undefined || (bytes.byteLength === 0 && (type === undefined || !keepsEmpty(media)))) {
    if (declared.required) options.issues.push(issueAt("/body", "required", "a value"));
    return {};
  }
  if (media === undefined) {
    const known = declared.content.map(({ mediaType }) => mediaType).join(" or ");
    throw refusal("invalid_argument", "UNSUPPORTED_MEDIA_TYPE", `the body must be ${known}`, operation);
  }
  const value = decodeBytes(bytes, {
    media,
    type,
    limits,
    issues: options.issues,
    pointer: "/body",
    validate: options.validate,
  });
  return { media, value, bytes };
}

async function* readItems(operation: HttpOperation, items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    if (error instanceof BodyTooLarge) throw tooLarge(operation, error);
    throw isServiceError(error) ? error : brokenOff(operation, error);
  }
}

/** A body without content type is read as the only declared one (RFC 9110 section 8.3 lets the recipient choose). */
function mediaOf(
  content: readonly HttpMediaType[],
  type: MediaType | undefined,
  header: string | null,
): HttpMediaType | undefined {
  if (type !== undefined) return pickMediaType(content, type);
  return header === null && content.length === 1 ? content[0] : undefined;
}

function keepsEmpty(media: HttpMediaType | undefined): boolean {
  return media?.codec === "text" || media?.codec === "binary" || media?.codec === "form";
}

async function readBytes(
  operation: HttpOperation,
  request: HttpRequest,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (request.body === undefined) return undefined;
  const stated = request.headers.get("content-length");
  const isTooLong = stated !== null && /^[0-9]+$/.test(stated) && Number(stated) > maxBytes;
  try {
    if (isTooLong) throw new BodyTooLarge(maxBytes);
    return await collectBytes(request.body, maxBytes);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw brokenOff(operation, error);
    if (isTooLong) discardBody(request.body);
    throw tooLarge(operation, error);
  }
}

/** The peer left, or was cut off, before its body was whole. */
function brokenOff(operation: HttpOperation, cause: unknown): ServiceError {
  return new ServiceError("canceled", "the request broke off", {
    cause,
    origin: "transport",
    retry: { class: "never" },
    operation: operationId(operation),
  });
}

function tooLarge(operation: HttpOperation, error: BodyTooLarge): ServiceError {
  const what = `the body of ${operationId(operation)} has ${error.message}`;
  return refusal("resource_exhausted", "REQUEST_TOO_LARGE", what, operation);
}
