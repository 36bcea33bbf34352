import { configMessages } from "../diagnostics/catalogue/config.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { formatDuration } from "./duration.ts";
import { buildLayerValue, type LayerEntry } from "./layer-value.ts";
import { readMethodNames, type MethodName } from "./method-names.ts";
import { reportOverride } from "./report-override.ts";
import { retryableCodes, statusCodes } from "./shape.ts";

/** A methodConfig in our shape. */
export interface ImportedConfig {
  readonly names: readonly MethodName[];
  readonly value: JsonObject;
  readonly range: SourceRange;
}

/** A gRPC service config in our shape. */
export interface ServiceConfig {
  readonly methods: readonly ImportedConfig[];
  /** The retry budget that `retryThrottling` stands for, for all methods. */
  readonly throttling: { readonly value: JsonObject; readonly range: SourceRange } | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** gRPC A6: more than 5 attempts count as 5. */
const maxAttempts = 5;

/** The window of our budget, in seconds: what a token bucket holds is spread over it. */
const budgetWindowSeconds = 10;

const longestMs = 2_147_483_647;

interface Importing {
  readonly entries: LayerEntry[];
  readonly diagnostics: Diagnostic[];
}

/**
 * Reads a gRPC service config (service_config.proto, gRPC A6) as it is: timeout, retryPolicy, hedgingPolicy, message
 * sizes, and retryThrottling as a budget. A missing maxAttempts, invalid but common, counts as 5 with a warning.
 */
export function readServiceConfig(root: JsonObject, at: SourceRange): ServiceConfig {
  const diagnostics: Diagnostic[] = [];
  const configs = root["methodConfig"] ?? [];
  if (!isArray(configs))
    reportOverride(diagnostics, {
      path: "methodConfig",
      expected: "a list",
      found: configs,
      range: rangeOf(root, "methodConfig") ?? at,
    });
  const methods = (isArray(configs) ? configs : []).flatMap((config, index) => {
    const range = rangeOf(configs as object, index) ?? at;
    if (isObject(config)) return [readMethodConfig(config, range, diagnostics)];
    reportOverride(diagnostics, { path: `methodConfig[${index}]`, expected: "an object", found: config, range: range });
    return [];
  });
  for (const key of Object.keys(root)) {
    if (key === "methodConfig" || key === "retryThrottling") continue;
    diagnostics.push(
      createDiagnostic(configMessages.notImported, { field: key }, { range: rangeOf(root, key, "key") ?? at }),
    );
  }
  return { methods, throttling: readThrottling(root, at, diagnostics), diagnostics };
}

function readMethodConfig(config: JsonObject, range: SourceRange, diagnostics: Diagnostic[]): ImportedConfig {
  const importing: Importing = { entries: [], diagnostics };
  const names = readMethodNames(config, range, diagnostics);
  for (const [key, value] of Object.entries(config)) {
    const at = rangeOf(config, key) ?? range;
    if (key === "timeout") addDuration(importing, { path: "timeout", value, range: at }, key);
    else if (key === "retryPolicy") readRetryPolicy(importing, value, at);
    else if (key === "hedgingPolicy") readHedgingPolicy(importing, value, at);
    else if (key === "maxRequestMessageBytes")
      addBytes(importing, { path: "limits.maxRequestBytes", value, range: at }, key);
    else if (key === "maxResponseMessageBytes")
      addBytes(importing, { path: "limits.maxResponseBytes", value, range: at }, key);
    else if (key !== "name")
      diagnostics.push(createDiagnostic(configMessages.notImported, { field: key }, { range: at }));
  }
  if ("retryPolicy" in config && "hedgingPolicy" in config) {
    diagnostics.push(
      createDiagnostic(configMessages.bothRetryAndHedging, {}, { range: rangeOf(config, "hedgingPolicy") ?? range }),
    );
  }
  return { names, value: buildLayerValue(importing.entries, range), range };
}

function readRetryPolicy(importing: Importing, policy: JsonValue, range: SourceRange): void {
  const { entries, diagnostics } = importing;
  if (!isObject(policy))
    return reportOverride(diagnostics, { path: "retryPolicy", expected: "an object", found: policy, range: range });
  const at = (key: string): SourceRange => (key in policy ? rangeOf(policy, key) : undefined) ?? range;
  const codes = readCodes(importing, policy, { key: "retryableStatusCodes", range });
  const attempts = readAttempts(importing, policy, range);
  // Retries that nothing sets off are none.
  if (attempts !== undefined && (codes === undefined || codes.length > 0)) {
    entries.push({ path: "retry.maxAttempts", value: attempts, range: at("maxAttempts") });
  } else if (codes?.length === 0)
    entries.push({ path: "retry.maxAttempts", value: 1, range: at("retryableStatusCodes") });
  const initial = readSeconds(policy["initialBackoff"]);
  const max = readSeconds(policy["maxBackoff"]);
  entries.push({ path: "retry.backoff.strategy", value: "exponential", range });
  if (initial !== undefined && max !== undefined && initial > max) {
    // A6 caps every wait, the first too.
    entries.push({ path: "retry.backoff.initial", value: formatDuration(max), range: at("initialBackoff") });
  } else
    addBackoff(importing, {
      path: "retry.backoff.initial",
      key: "initialBackoff",
      policy,
      range: at("initialBackoff"),
    });
  addBackoff(importing, { path: "retry.backoff.max", key: "maxBackoff", policy, range: at("maxBackoff") });
  const multiplier = policy["backoffMultiplier"];
  if (typeof multiplier === "number" && multiplier > 0) {
    const value = Math.min(Math.max(multiplier, 1), 100);
    entries.push({ path: "retry.backoff.multiplier", value, range: at("backoffMultiplier") });
  } else if (multiplier !== undefined)
    reportOverride(diagnostics, {
      path: "backoffMultiplier",
      expected: "a number above 0",
      found: multiplier,
      range: at("backoffMultiplier"),
    });
  entries.push({ path: "retry.backoff.jitter", value: "a6", range });
  if (codes !== undefined && codes.length > 0) {
    entries.push({ path: "retry.retryOn", value: codes, range: at("retryableStatusCodes") });
  }
}

function readHedgingPolicy(importing: Importing, policy: JsonValue, range: SourceRange): void {
  if (!isObject(policy))
    return reportOverride(importing.diagnostics, {
      path: "hedgingPolicy",
      expected: "an object",
      found: policy,
      range: range,
    });
  const attempts = readAttempts(importing, policy, range);
  if (attempts === undefined || attempts < 2) return;
  const at = (key: string): SourceRange => (key in policy ? rangeOf(policy, key) : undefined) ?? range;
  importing.entries.push({ path: "hedge.maxAttempts", value: attempts, range: at("maxAttempts") });
  const delay = policy["hedgingDelay"] ?? "0s";
  const ms = readSeconds(delay);
  if (ms === undefined)
    reportOverride(importing.diagnostics, {
      path: "hedgingDelay",
      expected: 'seconds such as "0.5s"',
      found: delay,
      range: at("hedgingDelay"),
    });
  else importing.entries.push({ path: "hedge.delay", value: formatDuration(ms), range: at("hedgingDelay") });
  readCodes(importing, policy, { key: "nonFatalStatusCodes", range });
}

function readThrottling(root: JsonObject, at: SourceRange, diagnostics: Diagnostic[]): ServiceConfig["throttling"] {
  const throttling = root["retryThrottling"];
  if (throttling === undefined) return undefined;
  const range = rangeOf(root, "retryThrottling") ?? at;
  const { maxTokens, tokenRatio } = isObject(throttling) ? throttling : {};
  if (typeof maxTokens !== "number" || typeof tokenRatio !== "number" || !(maxTokens > 0) || !(tokenRatio > 0)) {
    reportOverride(diagnostics, {
      path: "retryThrottling",
      expected: '"maxTokens" and "tokenRatio" above 0',
      found: throttling,
      range: range,
    });
    return undefined;
  }
  // A success earns `tokenRatio` retries, and half of the bucket may be spent at once.
  const entries: LayerEntry[] = [
    { path: "retry.budget.percent", value: Math.min(100, tokenRatio * 100), range },
    { path: "retry.budget.minPerSecond", value: Math.min(1_000_000, maxTokens / 2 / budgetWindowSeconds), range },
  ];
  return { value: buildLayerValue(entries, range), range };
}

function readAttempts({ diagnostics }: Importing, policy: JsonObject, range: SourceRange): number | undefined {
  const attempts = policy["maxAttempts"];
  const at = rangeOf(policy, "maxAttempts") ?? range;
  if (attempts === undefined) {
    diagnostics.push(createDiagnostic(configMessages.missingMaxAttempts, { attempts: maxAttempts }, { range }));
    return maxAttempts;
  }
  if (typeof attempts !== "number" || !Number.isInteger(attempts) || attempts < 1) {
    reportOverride(diagnostics, {
      path: "maxAttempts",
      expected: "a whole number above 1",
      found: attempts,
      range: at,
    });
    return undefined;
  }
  if (attempts <= maxAttempts) return attempts;
  diagnostics.push(createDiagnostic(configMessages.attemptsCapped, { attempts, most: maxAttempts }, { range: at }));
  return maxAttempts;
}

/** Codes in our names, sorted out for what is never retried; numbers are allowed by A6. */
function readCodes(
  { diagnostics }: Importing,
  policy: JsonObject,
  { key, range }: { readonly key: string; readonly range: SourceRange },
): readonly string[] | undefined {
  const list = policy[key];
  if (list === undefined) return undefined;
  const listRange = rangeOf(policy, key) ?? range;
  if (!isArray(list)) {
    reportOverride(diagnostics, { path: key, expected: "a list of status codes", found: list, range: listRange });
    return undefined;
  }
  return list.flatMap((code, index) => {
    const at = rangeOf(list, index) ?? listRange;
    const name = toCodeName(code);
    if (name === undefined)
      reportOverride(diagnostics, {
        path: key,
        expected: 'a status code such as "UNAVAILABLE"',
        found: code,
        range: at,
      });
    else if (retryableCodes.includes(name)) return [name];
    else
      diagnostics.push(createDiagnostic(configMessages.importedCodeDropped, { codeName: String(code) }, { range: at }));
    return [];
  });
}

function toCodeName(code: JsonValue): string | undefined {
  if (typeof code === "number") return statusCodes[code - 1];
  if (typeof code !== "string") return undefined;
  const name = code.toLowerCase() === "cancelled" ? "canceled" : code.toLowerCase();
  return statusCodes.includes(name) ? name : undefined;
}

function addBackoff(
  importing: Importing,
  from: { readonly path: string; readonly key: string; readonly policy: JsonObject; readonly range: SourceRange },
): void {
  const value = from.policy[from.key];
  if (value !== undefined) addDuration(importing, { path: from.path, value, range: from.range }, from.key);
}

function addDuration({ entries, diagnostics }: Importing, entry: LayerEntry, key: string): void {
  const ms = readSeconds(entry.value);
  if (ms === undefined || ms === 0)
    return reportOverride(diagnostics, {
      path: key,
      expected: 'seconds above 0 such as "0.5s"',
      found: entry.value,
      range: entry.range,
    });
  entries.push({ ...entry, value: formatDuration(ms) });
}

function addBytes({ entries, diagnostics }: Importing, entry: LayerEntry, key: string): void {
  const bytes = typeof entry.value === "string" && /^\d{1,12}$/.test(entry.value) ? Number(entry.value) : entry.value;
  if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 1) {
    return reportOverride(diagnostics, {
      path: key,
      expected: "a number of bytes above 0",
      found: entry.value,
      range: entry.range,
    });
  }
  entries.push({ ...entry, value: Math.min(bytes, 1_073_741_824) });
}

/** Milliseconds of a google.protobuf.Duration in JSON: never 0 for what is above it, never more than a timer holds. */
function readSeconds(value: JsonValue | undefined): number | undefined {
  const match = typeof value === "string" ? /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(value) : null;
  if (match === null) return undefined;
  return Math.min(Math.ceil(Math.round(Number(match[1]) * 1e6) / 1e3), longestMs);
}
