import type { ErrorDetail, RetryHint, StatusCode } from "../error/service-error.ts";

/** What hints are read from: the `get` of any headers. */
export interface HintHeaders {
  get(name: string): string | null;
}

/** The longest wait that is passed on, what a timer can hold. */
const longestMs = 2 ** 31 - 1;
const retryInfo = "google.rpc.RetryInfo";

/** Marks a request that no handler has seen: a repeat is safe whatever the operation. */
export const nackHeader = "trilogue-nack";
/** gRPC A6 pushback: the wait in milliseconds; negative forbids a repeat. Also sent over plain HTTP. */
export const pushbackHeader = "grpc-retry-pushback-ms";

/** What a hint is read from. */
export interface HintSource {
  readonly code: StatusCode;
  readonly headers: HintHeaders;
  readonly details?: readonly ErrorDetail[];
  /** Wall clock, milliseconds since 1970: only for dates in `Retry-After`. */
  readonly nowMs: number;
}

/**
 * Reads what a peer says of a repeat. The strongest source that is there decides: RetryInfo, `grpc-retry-pushback-ms`,
 * `Retry-After` (seconds or date, RFC 9110 section 10.2.3), then for resource_exhausted `RateLimit` and its like.
 * `afterMs` is a whole number from 0 to 2^31-1, never NaN; text that is none of these is no hint.
 */
export function readRetryHint(source: HintSource): RetryHint {
  const { headers } = source;
  const kind = source.code === "resource_exhausted" ? "throttled" : "default";
  const pushback = readInteger(headers.get(pushbackHeader));
  if (pushback !== undefined && pushback < 0) return { class: "never" };
  if (headers.get("x-envoy-ratelimited") !== null) return { class: "never" };
  const afterMs =
    readRetryInfo(source.details) ??
    pushback ??
    readRetryAfter(headers, source.nowMs) ??
    (kind === "throttled" ? readRateLimit(headers, source.nowMs) : undefined);
  return afterMs === undefined ? { class: kind } : { class: kind, afterMs: clamp(afterMs) };
}

/** Headers that carry a hint: `Retry-After` in whole seconds, rounded up, and pushback where a repeat is forbidden. */
export function retryHeaders(hint: RetryHint): readonly (readonly [string, string])[] {
  if (hint.class === "never") return [[pushbackHeader, "-1"]];
  if (hint.afterMs === undefined) return [];
  return [["retry-after", String(Math.ceil(clamp(hint.afterMs) / 1000))]];
}

/** A wait as the RetryInfo detail that carries it. */
export function retryInfoDetail(afterMs: number): ErrorDetail {
  return { type: retryInfo, value: { retryDelay: `${clamp(afterMs) / 1000}s` } };
}

/** Text as whole milliseconds from 0 to 2^31-1; what isn't a number counts as 0. */
function clamp(ms: number): number {
  return ms > 0 ? Math.min(longestMs, Math.ceil(ms)) : 0;
}

function readInteger(text: string | null): number | undefined {
  return text !== null && /^-?[0-9]{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}

function readRetryInfo(details: readonly ErrorDetail[] | undefined): number | undefined {
  const value = details?.find((detail) => detail.type === retryInfo)?.value;
  if (typeof value !== "object" || value === null) return undefined;
  const delay = (value as { retryDelay?: unknown }).retryDelay;
  if (typeof delay === "string") {
    const match = /^([0-9]{1,10}(?:\.[0-9]{1,9})?)s$/.exec(delay);
    return match === null ? undefined : Number(match[1]) * 1000;
  }
  return undefined;
}

function readRetryAfter(headers: HintHeaders, nowMs: number): number | undefined {
  const precise = readInteger(headers.get("retry-after-ms"));
  if (precise !== undefined && precise >= 0) return precise;
  const text = headers.get("retry-after")?.trim();
  if (text === undefined || text.length > 64) return undefined;
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) * 1000;
  // A date begins with the name of a day in all three forms of RFC 9110; Date.parse alone would take "-5" or "1.5".
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function readRateLimit(headers: HintHeaders, nowMs: number): number | undefined {
  const current = /;\s*t=([0-9]{1,10})/.exec((headers.get("ratelimit") ?? "").slice(0, 1000))?.[1];
  if (current !== undefined) return Number(current) * 1000;
  const reset = readInteger(headers.get("ratelimit-reset") ?? headers.get("x-ratelimit-reset"));
  if (reset === undefined || reset < 0) return undefined;
  // Numbers that are no plausible wait are points in time (GitHub sends seconds since 1970).
  return reset < 1_000_000_000 ? reset * 1000 : Math.max(0, reset * 1000 - nowMs);
}
