import type {
  HttpMediaType,
  HttpOperation,
  HttpParameter,
  HttpResponseDescriptor,
  ValueShape,
} from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { isServiceError, ServiceError } from "../error/service-error.ts";
import { isFramingHeader } from "../wire/header-text.ts";
import { decodeProblem, problemType, violationsDetail } from "../wire/problem.ts";
import { decodeBody, decodeStream, isStreamed } from "./bodies.ts";
import { BodyTooLarge, collectBytes, discardBody } from "./bytes.ts";
import { chunksOf } from "./file.ts";
import { parseJson } from "./json.ts";
import { isJsonType, parseMediaType, pickMediaType, type MediaType } from "./media-type.ts";
import type { HttpLimits, HttpResponse } from "./message.ts";
import { readHeader } from "./parameters.ts";
import { issueAt, membersOf, pointerTo, readScalar, setOwn, type Read } from "./values.ts";

/** How responses are read. */
export interface DecodeResponseOptions {
  readonly method: string;
  /** Resolve to the whole reply instead of its body. Others than 2xx are thrown in either case, to be classified. */
  readonly full: boolean;
  /** Give a success of bytes as a stream. Absent: no. */
  readonly stream?: boolean;
  /** Check bodies and headers against the contract; a fault is an `internal` error. */
  readonly validate: boolean;
  readonly limits: HttpLimits;
  readonly nowMs: number;
}

/** A decoded response: the typed output and what came with it. */
export interface DecodedResponse {
  readonly output: unknown;
  readonly headers: HeaderMap;
}

/** Bodies of errors beyond this are not read. */
const maxErrorBytes = 256 * 1024;

/**
 * Reads a response in its declared form, found by exact status, then range, then `default`, and by content type.
 *
 * @throws {ServiceError} for declared responses that aren't 2xx (typed in `response`), for undeclared ones by status or
 * problem body, and `internal` with reason INVALID_RESPONSE for declared ones that are not what the contract says.
 */
export async function decodeResponse(
  operation: HttpOperation,
  response: HttpResponse,
  options: DecodeResponseOptions,
): Promise<DecodedResponse> {
  const { status } = response;
  const headers = createHeaders(response.headers);
  const type = parseMediaType(headers.get("content-type"));
  const declared = findResponse(operation.responses, status);
  const media = declared === undefined ? undefined : pickContent(declared.content, type);
  const isEmpty = hasNoBody(response, options.method) || (isNothing(response) && !keepsEmpty(media));
  if (declared === undefined || (media === undefined && declared.content.length > 0 && !isEmpty)) {
    throw await undeclared(operation, response, { headers, type, options });
  }
  const problem = { status, headers, nowMs: options.nowMs, operation: operationId(operation) };
  try {
    const issues: ValidationIssue[] = [];
    const typedHeaders = readHeaders(declared, headers, { response, options, issues });
    const toFailure = (error: unknown): unknown => readFailure(operation, status, error);
    const body = await readBody(response, { media, type, options, issues, isEmpty, status, toFailure });
    // An error that its contract describes otherwise is still an error of its status: 404 stays not_found.
    if (issues.length > 0 && status >= 400) throw decodeProblem({ ...problem, body, issues });
    if (issues.length > 0) throw invalidResponse(operation, status, issues);
    const contentType = media === undefined || isEmpty ? undefined : contentTypeOf(media, type);
    const reply = { status, contentType, headers: typedHeaders, body };
    if (status >= 200 && status < 300) return { output: options.full ? reply : body, headers };
    throw decodeProblem({ ...problem, body, response: reply });
  } catch (error) {
    // What is not read, because the head is wrong already, must not keep its connection.
    discardBody(response.body);
    if (status >= 400 && isUnreadable(error)) throw decodeProblem({ ...problem, body: undefined });
    throw readFailure(operation, status, error);
  }
}

/** The declared response of a status: exact, then its range, then `default`. */
export function findResponse(
  responses: readonly HttpResponseDescriptor[],
  status: number,
): HttpResponseDescriptor | undefined {
  const range = `${Math.floor(status / 100)}XX`;
  return (
    responses.find((response) => response.status === status) ??
    responses.find((response) => response.status === range) ??
    responses.find((response) => response.status === "default")
  );
}

function pickContent(content: readonly HttpMediaType[], type: MediaType | undefined): HttpMediaType | undefined {
  const [only] = content;
  if (type === undefined) return content.length === 1 ? only : undefined;
  return (
    pickMediaType(content, type) ??
    // Plain JSON is often labelled more precisely than the contract says, and the other way round for problems. A
    // problem where none is declared is no body of the contract: a gateway or the runtime of the server made it.
    (isJsonType(type.essence) && type.essence !== problemType
      ? content.find(({ mediaType }) => mediaType === "application/json")
      : undefined) ??
    (type.essence === "application/json" ? content.find(({ mediaType }) => mediaType === problemType) : undefined)
  );
}

/** As the contract writes it, which is what the types say; for ranges such as `image/*` what came. */
function contentTypeOf(media: HttpMediaType, type: MediaType | undefined): string {
  return media.mediaType.includes("*") && type !== undefined ? type.essence : media.mediaType;
}

/** Answers that never have a body, whatever their headers say (RFC 9110 section 6.4.1). */
function hasNoBody({ status }: HttpResponse, method: string): boolean {
  return method === "HEAD" || status === 204 || status === 205 || status === 304;
}

function isNothing({ body }: HttpResponse): boolean {
  return body === undefined || (body instanceof Uint8Array && body.byteLength === 0);
}

function readHeaders(
  declared: HttpResponseDescriptor,
  headers: HeaderMap,
  {
    response,
    options,
    issues,
  }: {
    readonly response: HttpResponse;
    readonly options: DecodeResponseOptions;
    readonly issues: ValidationIssue[];
  },
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const parameter of declared.headers ?? []) {
    const text = headers.get(parameter.name);
    const pointer = pointerTo("/headers", parameter.name);
    if (text === null) {
      // How a message is framed may change on the way, and is none of the contract's.
      const isWanted = parameter.required === true && !isFramingHeader(parameter.name.toLowerCase());
      if (isWanted && options.validate) issues.push(issueAt(pointer, "required", "a value"));
      continue;
    }
    const read = readDeclared(parameter, text, { response, limits: options.limits });
    if (!("value" in read)) {
      if (options.validate) issues.push(issueAt(pointer, read.keyword, read.expected));
      continue;
    }
    if (options.validate && parameter.validate !== undefined && !parameter.validate(read.value)) {
      parameter.validate(read.value, pointer, issues);
    }
    setOwn(values, parameter.name, read.value);
  }
  return values;
}

/** Each Set-Cookie is an item of its own; all other headers that come twice are one list. */
function readDeclared(
  parameter: HttpParameter,
  text: string,
  { response, limits }: { readonly response: HttpResponse; readonly limits: HttpLimits },
): Read {
  const list = parameter.shape === undefined ? undefined : membersOf(parameter.shape).find(isList);
  if (list === undefined || parameter.name.toLowerCase() !== "set-cookie") return readHeader(parameter, text, limits);
  const value: unknown[] = [];
  for (const [name, item] of response.headers) {
    if (name.toLowerCase() !== "set-cookie") continue;
    const read = readScalar(item, list.items);
    if (!("value" in read)) return read;
    value.push(read.value);
  }
  return { value };
}

function isList(shape: ValueShape): shape is Extract<ValueShape, { readonly type: "array" }> {
  return shape.type === "array";
}

interface ReadBody {
  readonly media: HttpMediaType | undefined;
  readonly type: MediaType | undefined;
  readonly options: DecodeResponseOptions;
  readonly issues: ValidationIssue[];
  readonly isEmpty: boolean;
  readonly status: number;
  toFailure(error: unknown): unknown;
}

async function readBody(response: HttpResponse, read: ReadBody): Promise<unknown> {
  const { media, type, options, issues } = read;
  if (media === undefined || read.isEmpty) {
    discardBody(response.body);
    return keepsEmpty(media) ? undefined : absent(read);
  }
  const shared = { media, type, limits: options.limits, pointer: "/body", validate: options.validate };
  if (isStreamed(media) && read.status < 300) {
    return readItems(decodeStream(response.body ?? new Uint8Array(0), shared), (error) => read.toFailure(error));
  }
  if (options.stream === true && media.codec === "binary" && read.status < 300)
    return readItems(chunksOf(response.body ?? new Uint8Array(0)), (error) => read.toFailure(error));
  // Streams of errors are held: nobody may read them, when the call is repeated for example.
  const { maxBodyBytes } = options.limits;
  const bytes = await collectBytes(
    response.body,
    isStreamed(media) ? Math.min(maxErrorBytes, maxBodyBytes) : maxBodyBytes,
  );
  if (isStreamed(media)) return decodeStream(bytes, shared);
  if (bytes.byteLength === 0 && !keepsEmpty(media)) return absent(read);
  return decodeBody(bytes, { ...shared, issues, streamsFiles: false });
}

/** Text, bytes and streams can be empty; of everything else, nothing means that it is absent. */
function keepsEmpty(media: HttpMediaType | undefined): boolean {
  return media !== undefined && (media.codec === "text" || media.codec === "binary" || isStreamed(media));
}

/** A success whose declared body is missing is not what the types say; errors and answers to HEAD do without. */
function absent({ media, options, issues, status }: ReadBody): undefined {
  const isSuccess = status >= 200 && status < 300 && status !== 204 && status !== 205;
  const isExpected = media !== undefined && isSuccess && options.method !== "HEAD";
  if (isExpected && options.validate) issues.push(issueAt("/body", "required", "a body"));
  return undefined;
}

async function* readItems<Item>(
  items: AsyncIterable<Item>,
  toFailure: (error: unknown) => unknown,
): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    throw toFailure(error);
  }
}

async function undeclared(
  operation: HttpOperation,
  response: HttpResponse,
  {
    headers,
    type,
    options,
  }: {
    readonly headers: HeaderMap;
    readonly type: MediaType | undefined;
    readonly options: DecodeResponseOptions;
  },
): Promise<ServiceError> {
  const { status } = response;
  const id = operationId(operation);
  if (status < 400) {
    discardBody(response.body);
    return new ServiceError(
      "internal",
      `${id} answered ${status} ${type?.essence ?? "without content type"}, which is not declared`,
      {
        origin: "intermediary",
        sent: "yes",
        // Where a redirect leads is the server's word alone: it is never followed.
        reason: status >= 300 && headers.has("location") ? "UNEXPECTED_REDIRECT" : "UNDECLARED_RESPONSE",
        operation: id,
      },
    );
  }
  const isJson = type !== undefined && isJsonType(type.essence);
  let body: unknown;
  if (isJson) {
    try {
      body = parseJson(
        await collectBytes(response.body, Math.min(maxErrorBytes, options.limits.maxBodyBytes)),
        options.limits.maxDepth,
      );
    } catch {
      // An error that can't be read is still an error of its status.
      body = undefined;
    }
  } else discardBody(response.body);
  return decodeProblem({ status, headers, body, nowMs: options.nowMs, operation: id });
}

function invalidResponse(operation: HttpOperation, status: number, issues: readonly ValidationIssue[]): ServiceError {
  const [first] = issues;
  const where = first === undefined ? "" : `: expected ${first.expected} at ${first.pointer}`;
  return new ServiceError(
    "internal",
    `${operationId(operation)} answered ${status} with what the contract does not say${where}`,
    {
      details: [violationsDetail(issues)],
      origin: "app",
      sent: "yes",
      retry: { class: "never" },
      reason: "INVALID_RESPONSE",
      operation: operationId(operation),
    },
  );
}

/** Failures while the body was read: what our codecs say of a request is here said of a response. */
function readFailure(operation: HttpOperation, status: number, error: unknown): unknown {
  const id = operationId(operation);
  if (error instanceof BodyTooLarge) {
    return new ServiceError("resource_exhausted", `the response of ${id} has ${error.message}`, {
      origin: "framework",
      sent: "yes",
      retry: { class: "never" },
      reason: "RESPONSE_TOO_LARGE",
      operation: id,
    });
  }
  if (isUnreadable(error)) {
    return new ServiceError("internal", `the ${status} response of ${id} can't be read: ${error.rawMessage}`, {
      cause: error,
      origin: "app",
      sent: "yes",
      retry: { class: "never" },
      reason: "INVALID_RESPONSE",
      operation: id,
    });
  }
  return error;
}

/** What our codecs say of bytes that they can't read. */
function isUnreadable(error: unknown): error is ServiceError {
  return (
    isServiceError(error) &&
    error.code === "invalid_argument" &&
    error.origin === "framework" &&
    error.response === undefined
  );
}
