import type { HttpOperation } from "../descriptor/http.ts";
import { ServiceError, type ErrorDetail } from "../error/service-error.ts";

/** What a resource is now, as far as preconditions ask. */
export interface RepresentationState {
  /** Its entity tag with the quotes, `"v7"` or `W/"v7"`; absent when it has none. */
  readonly etag?: string | undefined;
  /** When it last changed, milliseconds since 1970 or a `Date`; absent when that is not known. */
  readonly lastModified?: Date | number | undefined;
}

/** `proceed`; or the status to answer: 304 not modified, 412 precondition failed. */
export type PreconditionVerdict = "proceed" | 304 | 412;

/** Where the conditions come from: `input.header` of a handler, `ctx.headers`, or the Web's `Headers`. */
export type ConditionSource = object;

/**
 * Evaluates `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since` in the order of RFC 9110 section
 * 13.2.2: If-Match compares strongly, If-None-Match weakly, dates that are none are ignored, and dates don't count
 * beside the tags. `current` is undefined for what does not exist (yet).
 *
 * ```ts
 * const verdict = evaluatePreconditions(input.header, { etag: document.etag }, "PUT");
 * if (verdict !== "proceed") return ctx.reply(verdict);
 * ```
 *
 * @throws {Error} when `etag` is no entity tag.
 */
export function evaluatePreconditions(
  source: ConditionSource | undefined,
  current: RepresentationState | undefined,
  method: string,
): PreconditionVerdict {
  const isRead = method === "GET" || method === "HEAD";
  const tag = current?.etag === undefined ? undefined : parseTag(current.etag);
  if (current?.etag !== undefined && tag === undefined) {
    throw new Error(`expected an entity tag such as "v1" with its quotes, found ${current.etag}`);
  }
  const changedAt = current?.lastModified === undefined ? undefined : toSeconds(Number(current.lastModified));
  const ifMatch = read(source, "if-match");
  const ifNoneMatch = read(source, "if-none-match");
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current, (other) => tag !== undefined && isSame(tag, other, true))) return 412;
  } else {
    const since = readDate(source, "if-unmodified-since");
    if (since !== undefined && (current === undefined || (changedAt !== undefined && changedAt > since))) return 412;
  }
  if (ifNoneMatch !== undefined) {
    const isKnown = matches(ifNoneMatch, current, (other) => tag !== undefined && isSame(tag, other, false));
    return isKnown ? (isRead ? 304 : 412) : "proceed";
  }
  const since = isRead ? readDate(source, "if-modified-since") : undefined;
  return since !== undefined && changedAt !== undefined && changedAt <= since ? 304 : "proceed";
}

/**
 * Whether a success for GET or HEAD with these headers is what the caller has already: the answer is 304 then, without
 * its body (RFC 9110 section 15.4.5).
 */
export function isNotModified(
  conditions: { get(name: string): string | null },
  method: string,
  headers: readonly (readonly [string, string])[],
): boolean {
  if (conditions.get("if-none-match") === null && conditions.get("if-modified-since") === null) return false;
  const find = (name: string): string | undefined => headers.find(([other]) => other === name)?.[1];
  const [etag, changed] = [find("etag"), find("last-modified")];
  // What a handler writes there may be no tag at all; then there is nothing to compare.
  const current = {
    ...(etag !== undefined && parseTag(etag) !== undefined ? { etag } : {}),
    lastModified: changed === undefined ? undefined : parseDate(changed),
  };
  return evaluatePreconditions(conditions, current, method) === 304;
}

const conditions = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/**
 * The error of a request that lacks nothing but preconditions which its contract requires, where the contract declares
 * 428 (RFC 6585 section 3); undefined for all others.
 */
export function toPreconditionRequired(operation: HttpOperation, error: ServiceError): ServiceError | undefined {
  if (error.code !== "invalid_argument" || !operation.responses.some(({ status }) => status === 428)) return undefined;
  const faults = error.details.flatMap(faultsOf);
  const isMissing = faults.every(
    ({ field, reason }) =>
      reason === "required" && conditions.some((name) => field?.toLowerCase() === `/header/${name}`),
  );
  if (faults.length === 0 || !isMissing) return undefined;
  const names = faults.map(({ field = "" }) => field.slice("/header/".length)).join(", ");
  return new ServiceError("failed_precondition", `the request must be conditional: ${names} is missing`, {
    reason: "PRECONDITION_REQUIRED",
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    ...(error.operation === undefined ? {} : { operation: error.operation }),
  });
}

interface Fault {
  readonly field?: string;
  readonly reason?: string;
}

function faultsOf({ value }: ErrorDetail): readonly Fault[] {
  const { fieldViolations = [] } = (value ?? {}) as { readonly fieldViolations?: readonly Fault[] };
  return fieldViolations;
}

interface Tag {
  readonly isWeak: boolean;
  readonly opaque: string;
}

const tagPattern = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/;
const wholeTag = new RegExp(`^${tagPattern.source}$`);
const tagList = new RegExp(`\\s*${tagPattern.source}\\s*(?:,|$)|\\s*,`, "y");

function parseTag(text: string): Tag | undefined {
  const [match, weak, opaque = ""] = wholeTag.exec(text) ?? [];
  return match === undefined ? undefined : { isWeak: weak !== undefined, opaque };
}

/** Strong: both strong and equal; weak: equal, RFC 9110 section 8.8.3.2. */
function isSame(one: Tag, other: Tag, isStrong: boolean): boolean {
  return one.opaque === other.opaque && !(isStrong && (one.isWeak || other.isWeak));
}

/** `*` fits whatever exists. A list is read up to what is no tag. */
function matches(text: string, current: RepresentationState | undefined, fits: (tag: Tag) => boolean): boolean {
  if (text.trim() === "*") return current !== undefined;
  const pattern = new RegExp(tagList);
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return false;
    const [, weak, opaque] = match;
    if (opaque !== undefined && fits({ isWeak: weak !== undefined, opaque })) return true;
  }
  return false;
}

function read(source: ConditionSource | undefined, name: string): string | undefined {
  if (source === undefined) return undefined;
  if ("get" in source && typeof source.get === "function") {
    return (source as { get(name: string): string | null }).get(name) ?? undefined;
  }
  for (const [key, value] of Object.entries(source)) {
    if (key.toLowerCase() !== name) continue;
    if (value === undefined || value === null) return undefined;
    if (value instanceof Date) return value.toUTCString();
    return Array.isArray(value) ? value.join(", ") : String(value);
  }
  return undefined;
}

function readDate(source: ConditionSource | undefined, name: string): number | undefined {
  const text = read(source, name);
  const at = text === undefined ? undefined : parseDate(text);
  return at === undefined ? undefined : toSeconds(at);
}

/** The three forms of RFC 9110 section 5.6.7; the last one, of asctime, says no zone and means GMT. */
function parseDate(text: string): number | undefined {
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  const at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : at;
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
