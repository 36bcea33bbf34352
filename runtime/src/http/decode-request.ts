import type { HttpMediaType, HttpOperation } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { isServiceError, ServiceError, type StatusCode } from "../error/service-error.ts";
import { sha256Hex } from "../wire/sha256.ts";
import { decodeBody, decodeStream, isStreamed } from "./bodies.ts";
import { BodyTooLarge, collectBytes, discardBody, holdBytes, limitBytes } from "./bytes.ts";
import { decodeContent, UnknownCoding, type ContentCodings } from "./content-coding.ts";
import { successTypes } from "./encode-reply.ts";
import { invalidInput } from "./encode-request.ts";
import { openFile } from "./file.ts";
import { negotiate, parseMediaType, pickMediaType, type MediaType } from "./media-type.ts";
import type { HttpBody, HttpLimits, HttpRequest } from "./message.ts";
import { withoutBoundary } from "./multipart-parse.ts";
import { readParameters } from "./parameters.ts";
import { withoutQueryCredentials } from "./security-query.ts";
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
  /**
   * sha256 over method, raw path, query (less credentials) and the body's bytes without content coding, once these are
   * read. The boundary of multipart does not count: clients draw a new one for the same parts.
   */
  fingerprint(): string;
}

/** How requests are read. */
export interface DecodeRequestOptions {
  readonly path: ReadonlyMap<string, string>;
  readonly limits: HttpLimits;
  /** Check parameters and body against the contract. */
  readonly validate: boolean;
  readonly codings: ContentCodings;
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
      const contentType = contentTypeOf(operation, body);
      if (contentType !== undefined) input.contentType = contentType;
      return input;
    },
    fingerprint: () => {
      const path = at < 0 ? request.target : request.target.slice(0, at);
      const asked = withoutQueryCredentials(operation, query, "none");
      return sha256Hex(operation.method, path, asked, ...hashed(body));
    },
  };
}

function readHead(
  operation: HttpOperation,
  request: HttpRequest,
  options: DecodeRequestOptions & { readonly query: string; readonly issues: ValidationIssue[] },
): Record<string, unknown> {
  const { path, limits, issues, validate } = options;
  const query = withoutQueryCredentials(operation, options.query, "declared");
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
  readonly codings: ContentCodings;
  readonly issues: ValidationIssue[];
}

interface ReadBody {
  readonly value?: unknown;
  readonly media?: HttpMediaType;
  readonly type?: MediaType | undefined;
  readonly bytes?: Uint8Array;
}

async function readBody(operation: HttpOperation, request: HttpRequest, options: ReadOptions): Promise<ReadBody> {
  const declared = operation.body;
  if (declared === undefined || declared.content.length === 0) {
    discardBody(request.body);
    return {};
  }
  const { issues, validate } = options;
  const header = request.headers.get("content-type");
  const type = parseMediaType(header);
  const media = mediaOf(declared.content, type, header);
  const maxBodyBytes = operation.policy.limits?.maxRequestBytes ?? options.limits.maxBodyBytes;
  const limits = { ...options.limits, maxBodyBytes };
  const body = contentOf(operation, request, { ...options, limits }) ?? emptyOf(media, type);
  if (media !== undefined && isStreamed(media) && body !== undefined) {
    const items = decodeStream(body, { media, type, limits, pointer: "/body", validate });
    return { media, type, value: readItems(operation, items) };
  }
  // The key of a request is bound to all of its bytes, so these are held.
  const isKeyed = operation.policy.idempotency.level === "keyed";
  const held = isKeyed ? { ...limits, maxHeldBytes: maxBodyBytes } : limits;
  const content = await reading(operation, () => holdFirst(body, media, { limits: held, isKeyed }));
  const isEmpty = content === undefined || (content instanceof Uint8Array && content.byteLength === 0);
  if (content === undefined || (isEmpty && (type === undefined || !keepsEmpty(media)))) {
    if (declared.required) issues.push(issueAt("/body", "required", "a value"));
    return {};
  }
  if (media === undefined) {
    const known = declared.content.map(({ mediaType }) => mediaType).join(" or ");
    throw refusal("invalid_argument", "UNSUPPORTED_MEDIA_TYPE", `the body must be ${known}`, operation);
  }
  if (media.codec === "binary" && !(content instanceof Uint8Array))
    return { media, type, value: openFile(inTerms(operation, content), { type: header ?? undefined }) };
  const shared = { media, type, limits: held, issues, pointer: "/body", validate, streamsFiles: !isKeyed };
  const value = await reading(operation, () =>
    decodeBody(content instanceof Uint8Array ? content : inTerms(operation, content), shared),
  );
  return { media, value, type, ...(content instanceof Uint8Array ? { bytes: content } : {}) };
}

/** The body without content codings, never longer than it may be. */
function contentOf(operation: HttpOperation, request: HttpRequest, options: ReadOptions): HttpBody | undefined {
  const { body, headers } = request;
  if (body === undefined) return undefined;
  const { maxBodyBytes } = options.limits;
  const stated = headers.get("content-length");
  const announced = /^[0-9]+$/.test(stated ?? "") ? Number(stated) : 0;
  const size = Math.max(announced, body instanceof Uint8Array ? body.byteLength : 0);
  if (size > maxBodyBytes) {
    discardBody(body);
    throw tooLarge(operation, new BodyTooLarge(maxBodyBytes));
  }
  try {
    return decodeContent(body, headers.get("content-encoding"), options.codings);
  } catch (error) {
    if (!(error instanceof UnknownCoding)) throw error;
    throw unknownCoding(operation, Object.keys(options.codings).join(", "));
  }
}

/** RFC 9110 section 12.5.3: the answer says what would be read. */
function unknownCoding(operation: HttpOperation, known: string): ServiceError {
  const what = known === "" ? "compressed requests are not read" : `the body may be in ${known}`;
  return new ServiceError("invalid_argument", what, {
    reason: "UNSUPPORTED_CONTENT_ENCODING",
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    operation: operationId(operation),
    metadata: [["accept-encoding", known === "" ? "identity" : known]],
  });
}

/** Which of several media types came, as the contract writes it; of a range such as `image/*`, the type itself. */
function contentTypeOf({ body }: HttpOperation, { media, type }: ReadBody): string | undefined {
  if (media === undefined) return undefined;
  if (media.mediaType.includes("*")) return type?.essence;
  return (body?.content.length ?? 0) > 1 ? media.mediaType : undefined;
}

/** What of a body is held: all of it, but for bytes and files that are too large for it. */
function holdFirst(
  body: HttpBody | undefined,
  media: HttpMediaType | undefined,
  { limits, isKeyed }: { readonly limits: HttpLimits; readonly isKeyed: boolean },
): Promise<HttpBody | undefined> | HttpBody | undefined {
  if (body === undefined) return undefined;
  if (media?.codec === "binary" && !isKeyed)
    return holdBytes(limitBytes(body, limits.maxBodyBytes), limits.maxHeldBytes);
  if (media?.codec === "multipart" && !isKeyed) return holdBytes(body, 0);
  return collectBytes(body, limits.maxBodyBytes);
}

/** What the bytes of a request are recognised by. */
function hashed({ bytes = new Uint8Array(0), media, type }: ReadBody): readonly Uint8Array[] {
  const boundary = media?.codec === "multipart" ? type?.parameters.get("boundary") : undefined;
  return boundary === undefined ? [bytes] : withoutBoundary(bytes, boundary);
}

/** Reads, and says what went wrong as callers are told it. */
async function reading<T>(operation: HttpOperation, read: () => Promise<T> | T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw failureOf(operation, error);
  }
}

async function* inTerms(operation: HttpOperation, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw failureOf(operation, error);
  }
}

function failureOf(operation: HttpOperation, error: unknown): unknown {
  if (error instanceof BodyTooLarge) return tooLarge(operation, error);
  return isServiceError(error) ? error : brokenOff(operation, error);
}

async function* readItems(operation: HttpOperation, items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    throw failureOf(operation, error);
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

/** An empty body is not told from none by its framing, but none has no content type either. */
function emptyOf(media: HttpMediaType | undefined, type: MediaType | undefined): HttpBody | undefined {
  const canBeEmpty = keepsEmpty(media) || (media !== undefined && isStreamed(media));
  return canBeEmpty && type !== undefined ? new Uint8Array(0) : undefined;
}

function keepsEmpty(media: HttpMediaType | undefined): boolean {
  return media?.codec === "text" || media?.codec === "binary" || media?.codec === "form";
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
