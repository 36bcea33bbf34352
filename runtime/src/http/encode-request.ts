import type { HttpMediaType, HttpOperation } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { ServiceError } from "../error/service-error.ts";
import { problemType, violationsDetail } from "../wire/problem.ts";
import { encodeBody, type EncodedBody } from "./bodies.ts";
import { statedType } from "./file.ts";
import { parseMediaType, pickMediaType } from "./media-type.ts";
import { writeParameters } from "./parameters.ts";
import { UnwritableValue } from "./parameters-write.ts";
import { expandPath, fixedQuery, parsePathTemplate, type SegmentPart } from "./path-template.ts";
import { isRecord, issueAt } from "./values.ts";

/** A request written once; every attempt sends the same. */
export interface EncodedRequest {
  readonly method: string;
  /** Path and query; of webhooks and callbacks, which have no path, the query alone and without `?`. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: EncodedBody | undefined;
}

interface Template {
  readonly segments: readonly (readonly SegmentPart[])[];
  /** What every request's query begins with; empty in nearly all contracts. */
  readonly query: string;
}

const accepts = new WeakMap<HttpOperation, string | undefined>();
const templates = new WeakMap<HttpOperation, Template>();

/**
 * Writes an input `{ path, query, header, cookie, body }` as a request. `contentType` in it chooses among several
 * declared bodies, else the first. `Accept` names every declared answer; a call's own header says less.
 *
 * @throws {ServiceError} invalid_argument, `sent: "no"`, with all faults as BadRequest details.
 */
export function encodeRequest(operation: HttpOperation, input: unknown): EncodedRequest {
  const values = isRecord(input) ? input : {};
  const issues: ValidationIssue[] = [];
  const parameters = writeParameters(operation.parameters ?? [], values, issues);
  const body = encodeInputBody(operation, values, issues);
  if (issues.length > 0) throw invalidInput(operation, issues);
  const isAddressed = operation.path !== "";
  const template = templateOf(operation);
  const path = isAddressed ? expandPath(template.segments, parameters.path) : "";
  if (path === undefined)
    throw invalidInput(operation, [issueAt("/path", "format", `path parameters that are not "." or ".."`)]);
  const accept = acceptOf(operation);
  const written =
    template.query === "" || parameters.query === ""
      ? template.query + parameters.query
      : `${template.query}&${parameters.query}`;
  // A next page's query is what the server wrote, down to the letter; see `pages`.
  const asked = values["~query"];
  const query = typeof asked === "string" ? asked : written;
  return {
    method: operation.method,
    target: query === "" || !isAddressed ? path + query : `${path}?${query}`,
    headers: [
      ...(accept === undefined ? [] : [["accept", accept] as const]),
      ...parameters.headers,
      ...(parameters.cookie === "" ? [] : [["cookie", parameters.cookie] as const]),
    ],
    body,
  };
}

/** The error of an input, or of a request, that is not what the contract says. */
export function invalidInput(operation: HttpOperation, issues: readonly ValidationIssue[]): ServiceError {
  const [first] = issues;
  const where =
    first === undefined ? "" : `: expected ${first.expected} at ${first.pointer === "" ? "the root" : first.pointer}`;
  return new ServiceError("invalid_argument", `the input of ${operationId(operation)} is not valid${where}`, {
    details: [violationsDetail(issues)],
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    operation: operationId(operation),
  });
}

/** All media types that the contract answers with, and problem documents. */
function acceptOf(operation: HttpOperation): string | undefined {
  if (accepts.has(operation)) return accepts.get(operation);
  const types = new Set(operation.responses.flatMap(({ content }) => content.map(({ mediaType }) => mediaType)));
  const accept = types.size === 0 ? undefined : [...types.add(problemType)].join(", ");
  accepts.set(operation, accept);
  return accept;
}

function encodeInputBody(
  operation: HttpOperation,
  values: Readonly<Record<string, unknown>>,
  issues: ValidationIssue[],
): EncodedBody | undefined {
  const declared = operation.body;
  if (declared === undefined) return undefined;
  const value = values.body;
  if (value === undefined) {
    if (declared.required) issues.push(issueAt("/body", "required", "a value"));
    return undefined;
  }
  const media = chooseContent(declared.content, values.contentType, value);
  if (media === undefined) {
    issues.push(issueAt("/contentType", "enum", declared.content.map(({ mediaType }) => mediaType).join(" or ")));
    return undefined;
  }
  const isChecked = media.codec !== "eventStream" && media.codec !== "jsonLines";
  if (isChecked && media.validate !== undefined && !media.validate(value)) {
    media.validate(value, "/body", issues);
    return undefined;
  }
  const concrete =
    typeof values.contentType === "string"
      ? values.contentType
      : media.mediaType.includes("*")
        ? (statedType(value) ?? "application/octet-stream")
        : media.mediaType;
  try {
    return encodeBody(media, value, concrete);
  } catch (error) {
    if (!(error instanceof UnwritableValue)) throw error;
    issues.push(issueAt("/body", "type", error.message));
    return undefined;
  }
}

function chooseContent(content: readonly HttpMediaType[], wanted: unknown, value: unknown): HttpMediaType | undefined {
  const named = typeof wanted === "string" ? wanted : statedType(value);
  const type = parseMediaType(named);
  const picked = type === undefined || /[^\t\x20-\x7e]/.test(named ?? "") ? undefined : pickMediaType(content, type);
  return typeof wanted === "string" ? picked : (picked ?? content[0]);
}

function templateOf(operation: HttpOperation): Template {
  const known = templates.get(operation);
  if (known !== undefined) return known;
  const template = { segments: parsePathTemplate(operation.path), query: fixedQuery(operation.path) };
  templates.set(operation, template);
  return template;
}
