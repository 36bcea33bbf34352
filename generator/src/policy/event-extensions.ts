import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { formatDuration, parseDuration, parseIsoDuration } from "./duration.ts";
import { fieldOf } from "./effective.ts";
import { buildLayerValue, type LayerEntry } from "./layer-value.ts";
import type { PolicyLayer } from "./layers.ts";
import { readFieldValue } from "./read-field.ts";

/** What a `$ref` object leads to; `loaded.refs.get(holder)?.value`. */
export type ResolveRef = (holder: JsonObject) => JsonValue | undefined;

/**
 * Policies that an AsyncAPI operation states in other words than `x-trilogue`, as one layer `operation` that goes
 * before the one of `x-trilogue`: `retry` and `deadLetter` bare or with `x-` (asyncapi/spec#1234), `x-idempotency`,
 * `x-ordering`, `x-consumer`, `x-producer`, and ZenWave's `x-error-topics` in the Kafka binding.
 *
 * These are other people's extensions in shapes still open, so a part that doesn't fit is left out without a word.
 */
export function readEventExtensions(operation: JsonObject, resolveRef?: ResolveRef): readonly PolicyLayer[] {
  const range = rangeOf(operation);
  if (range === undefined) return [];
  const reading: Reading = { entries: [], range, resolveRef: resolveRef ?? (() => undefined) };
  readRetry(reading, operation);
  readDeadLetter(reading, operation);
  readIdempotency(reading, operation);
  readDelivery(reading, operation);
  readErrorTopics(reading, operation);
  if (reading.entries.length === 0) return [];
  return [{ name: "operation", value: buildLayerValue(reading.entries, range), range }];
}

interface Reading {
  readonly entries: LayerEntry[];
  readonly range: SourceRange;
  readonly resolveRef: ResolveRef;
}

/** `retry: { maxAttempts, backoff or strategy: { fixed | linear | exponential: {...} } or { type, ... } }`. */
function readRetry(reading: Reading, operation: JsonObject): void {
  const retry = pick(operation, ["retry", "x-retry"]);
  if (retry === undefined) return;
  add(reading, "retry.maxAttempts", entryOf(retry, ["maxAttempts", "maximumAttempts", "attempts"]));
  const backoff = pick(retry, ["backoff", "strategy", "policy"]);
  if (backoff === undefined) return;
  const tagged = (["fixed", "linear", "exponential"] as const).find((name) => isObject(backoff[name]));
  const written = entryOf(backoff, ["strategy", "type"]);
  add(
    reading,
    "retry.backoff.strategy",
    tagged === undefined ? written : { value: tagged, range: rangeOf(backoff, tagged) },
  );
  const inner = tagged === undefined ? backoff : (pick(backoff, [tagged]) ?? backoff);
  addDuration(
    reading,
    "retry.backoff.initial",
    entryOf(inner, ["initial", "initialDelay", "initialInterval", "delay", "interval"]),
  );
  addDuration(reading, "retry.backoff.max", entryOf(inner, ["max", "maxDelay", "maxInterval"]));
  add(reading, "retry.backoff.multiplier", entryOf(inner, ["multiplier", "factor"]));
}

/** `deadLetter: { channel: { $ref } }`, or the address as a string. */
function readDeadLetter(reading: Reading, operation: JsonObject): void {
  const deadLetter = pick(operation, ["deadLetter", "x-dead-letter"]);
  if (deadLetter === undefined) return;
  const channel = entryOf(deadLetter, ["channel"]);
  const target =
    isObject(channel?.value) && "$ref" in channel.value ? reading.resolveRef(channel.value) : channel?.value;
  const address = isObject(target) ? target["address"] : target;
  add(reading, "deadLetter.channel", { value: address, range: channel?.range });
  add(reading, "deadLetter.neverRetry", entryOf(deadLetter, ["neverRetry"]));
  addDuration(reading, "deadLetter.retention", entryOf(deadLetter, ["retention"]));
}

/** `x-idempotency: { key, window }`: a key makes the operation keyed. */
function readIdempotency(reading: Reading, operation: JsonObject): void {
  const idempotency = pick(operation, ["x-idempotency"]);
  if (idempotency === undefined) return;
  const key = entryOf(idempotency, ["key"]);
  if (typeof key?.value === "string") {
    const source = /^(?:header|field|message):/.test(key.value) ? key.value : `message:${key.value}`;
    if (add(reading, "idempotency.key", { value: source, range: key.range })) {
      add(reading, "idempotency.level", { value: "keyed", range: key.range });
    }
  }
  addDuration(reading, "idempotency.ttl", entryOf(idempotency, ["window", "ttl"]));
}

function readDelivery(reading: Reading, operation: JsonObject): void {
  const ordering = pick(operation, ["x-ordering"]);
  if (ordering !== undefined) {
    const key = entryOf(ordering, ["key"]);
    if (add(reading, "delivery.key", key)) add(reading, "delivery.ordering", { value: "perKey", range: key?.range });
    add(reading, "delivery.strict", entryOf(ordering, ["strict"]));
  }
  const consumer = pick(operation, ["x-consumer"]);
  if (consumer !== undefined) {
    add(reading, "delivery.concurrency", entryOf(consumer, ["concurrency"]));
    add(reading, "delivery.prefetch", entryOf(consumer, ["prefetch"]));
    const batch = pick(consumer, ["batch"]);
    if (batch !== undefined) {
      add(reading, "delivery.batch.size", entryOf(batch, ["size"]));
      addDuration(reading, "delivery.batch.wait", entryOf(batch, ["wait"]));
    }
  }
  const producer = pick(operation, ["x-producer"]);
  if (producer !== undefined) add(reading, "delivery.outbox", entryOf(producer, ["outbox"]));
}

/** ZenWave: `bindings.kafka.x-error-topics { retryTopics, dlq: { topicConfiguration: { retention.ms } } }`. */
function readErrorTopics(reading: Reading, operation: JsonObject): void {
  const kafka = pick(follow(reading, pick(operation, ["bindings"])), ["kafka"]);
  const topics = pick(follow(reading, kafka), ["x-error-topics"]);
  if (topics === undefined) return;
  const retryTopics = entryOf(topics, ["retryTopics"]);
  // Each retry topic is one more try after those in place.
  if (typeof retryTopics?.value === "number") {
    add(reading, "retry.maxAttempts", { value: retryTopics.value + 1, range: retryTopics.range });
  }
  const dlq = follow(reading, pick(topics, ["dlq"]));
  const configuration = dlq === undefined ? undefined : pick(dlq, ["topicConfiguration"]);
  const retention = configuration === undefined ? undefined : entryOf(configuration, ["retention.ms"]);
  if (typeof retention?.value === "number" && retention.value > 0) {
    add(reading, "deadLetter.retention", { value: formatDuration(retention.value), range: retention.range });
  }
}

interface Found {
  readonly value: JsonValue | undefined;
  readonly range: SourceRange | undefined;
}

function pick(from: JsonObject | undefined, keys: readonly string[]): JsonObject | undefined {
  for (const key of keys) if (from !== undefined && Object.hasOwn(from, key) && isObject(from[key])) return from[key];
  return undefined;
}

function follow(reading: Reading, object: JsonObject | undefined): JsonObject | undefined {
  if (object === undefined || !("$ref" in object)) return object;
  const target = reading.resolveRef(object);
  return isObject(target) ? target : undefined;
}

function entryOf(from: JsonObject, keys: readonly string[]): Found | undefined {
  const key = keys.find((name) => Object.hasOwn(from, name));
  return key === undefined ? undefined : { value: from[key], range: rangeOf(from, key) };
}

/** Adds a value when it is one that the policy knows there. */
function add(reading: Reading, path: string, found: Found | undefined): boolean {
  if (found?.value === undefined || isArray(found.value) !== (fieldOf(path).type.kind === "set")) return false;
  if (!("value" in readFieldValue(fieldOf(path).type, found.value))) return false;
  reading.entries.push({ path, value: found.value, range: found.range ?? reading.range });
  return true;
}

/** The proposal writes durations in ISO 8601, others as we do. */
function addDuration(reading: Reading, path: string, found: Found | undefined): void {
  if (typeof found?.value !== "string") return;
  const ms = parseDuration(found.value) ?? parseIsoDuration(found.value);
  if (ms !== undefined) add(reading, path, { value: formatDuration(ms), range: found.range });
}
