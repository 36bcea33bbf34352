import type { Environment } from "../environment/environment.ts";
import type { TraceContext } from "./context.ts";
import type { HeaderMap } from "./headers.ts";

/**
 * What both standards allow, and what can go on as a header of any protocol. Messages carry any text, line breaks too,
 * and what a broken sender wrote must not fail the calls that its receiver makes.
 */
const visibleAscii = /^[\t\x20-\x7e]*$/;

type Fields = [version: string, traceId: string, spanId: string, flags: string, rest?: string];

const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeroTrace = "0".repeat(32);
const zeroSpan = "0".repeat(16);
/** W3C Trace Context section 3.3.1.5 asks to carry at least 512 characters; longer ones are dropped whole. */
const maxStateLength = 4_096;
/** W3C Baggage section 3.3.2. */
const maxBaggageLength = 8_192;

/** The trace that `headers` carry (W3C Trace Context level 1, Baggage), or undefined when there is no valid one. */
export function readTrace(headers: HeaderMap): TraceContext | undefined {
  const match = traceparentPattern.exec(headers.get("traceparent")?.trim() ?? "");
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match as unknown as [string, ...Fields];
  // Version ff is forbidden; version 00 has nothing after the flags; later versions may.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (traceId === zeroTrace || spanId === zeroSpan) return undefined;
  return {
    traceId,
    spanId,
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    ...limited("state", headers.get("tracestate"), maxStateLength),
    ...readBaggage(headers),
  };
}

/** Writes `trace` as `traceparent`, `tracestate` and `baggage`. */
export function writeTrace(trace: TraceContext, headers: HeaderMap): void {
  headers.set("traceparent", `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? "01" : "00"}`);
  if (trace.state !== undefined) headers.set("tracestate", trace.state);
  if (trace.baggage !== undefined) headers.set("baggage", trace.baggage);
}

/** A new span below `parent`, or a new sampled trace without one. */
export function createSpan(environment: Environment, parent: TraceContext | undefined): TraceContext {
  const spanId = randomHex(environment) + randomHex(environment);
  if (parent !== undefined) return { ...parent, spanId: spanId === zeroSpan ? `${"0".repeat(15)}1` : spanId };
  const traceId = randomHex(environment) + randomHex(environment) + randomHex(environment) + randomHex(environment);
  return { traceId: traceId === zeroTrace ? `${"0".repeat(31)}1` : traceId, spanId, sampled: true };
}

/** Baggage travels also without a trace. */
export function readBaggage(headers: HeaderMap): { readonly baggage?: string } {
  return limited("baggage", headers.get("baggage"), maxBaggageLength);
}

function limited<Name extends string>(
  name: Name,
  value: string | null,
  max: number,
): { readonly [K in Name]?: string } {
  if (value === null || value === "" || value.length > max || !visibleAscii.test(value)) return {};
  return { [name]: value } as { readonly [K in Name]?: string };
}

/** Two digits a byte: ten times as fast as `toString(16)` of a number beyond 31 bits, and every call makes ids. */
const hexBytes: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function randomHex(environment: Environment): string {
  const word = (environment.random() * 0x1_0000_0000) >>> 0;
  const high = `${hexBytes[word >>> 24]}${hexBytes[(word >>> 16) & 255]}`;
  return `${high}${hexBytes[(word >>> 8) & 255]}${hexBytes[word & 255]}`;
}
