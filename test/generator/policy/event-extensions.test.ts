import assert from "node:assert/strict";
import { test } from "node:test";
import { readEventExtensions } from "../../../generator/src/policy/event-extensions.ts";
import { isObject } from "../../../generator/src/source/json.ts";
import { codes, layer, event, resolve, valueAt, yaml } from "./support.ts";

test("reads retry and deadLetter of the open proposal, with ISO durations", () => {
  const document = yaml(`
channels: { dead: { address: orders.dlq } }
operation:
  action: receive
  retry:
    channel: { $ref: "#/channels/retry" }
    maxAttempts: 4
    strategy: { exponential: { initialDelay: PT0.5S, multiplier: 3, maxDelay: PT1M } }
  deadLetter:
    channel: { $ref: "#/channels/dead" }
`);
  const { operation, channels } = document;
  assert.ok(isObject(operation) && isObject(channels));
  const layers = readEventExtensions(operation, (holder) =>
    holder["$ref"] === "#/channels/dead" ? channels["dead"] : undefined,
  );
  const outcome = resolve(event, ...layers);
  assert.deepEqual(codes(outcome), []);
  assert.deepEqual(outcome.value.literal["retry"], {
    maxAttempts: 4,
    backoff: { strategy: "exponential", initialMs: 500, maxMs: 60_000, multiplier: 3 },
  });
  assert.deepEqual(outcome.value.literal["deadLetter"], { channel: "orders.dlq" });
  const origin = valueAt(outcome, "retry.maxAttempts")?.origin;
  assert.ok(origin?.kind === "contract");
  assert.equal(origin.range.file.text.slice(origin.range.start, origin.range.end), "4");
});

test("x-trilogue beside them is stronger", () => {
  const layers = readEventExtensions(yaml("retry: { maxAttempts: 4 }"));
  assert.deepEqual(resolve(event, ...layers, layer("operation", "retry: { maxAttempts: 2 }")).value.literal["retry"], {
    maxAttempts: 2,
  });
});

test("reads x-idempotency, x-ordering, x-consumer and x-producer", () => {
  const consumer = readEventExtensions(
    yaml(`
x-idempotency: { key: orderId, window: 7d, store: redis }
x-ordering: { key: customer.id, strict: true }
x-consumer: { group: billing, concurrency: 4, prefetch: 9 }
`),
  );
  assert.deepEqual(resolve(event, ...consumer).value.literal, {
    idempotency: { level: "keyed", key: { from: "message", name: "orderId" }, ttlMs: 604_800_000 },
    delivery: { ordering: "perKey", key: "customer.id", strict: true, concurrency: 4, prefetch: 9 },
  });
  const producer = readEventExtensions(yaml("x-producer: { outbox: true, acks: all }"));
  assert.deepEqual(resolve(event, ...producer).value.literal["delivery"], { outbox: true });
});

test("reads ZenWave's error topics", () => {
  const layers = readEventExtensions(
    yaml(`
bindings:
  kafka:
    x-groupId: billing
    x-error-topics: { retryTopics: 3, dlq: { topicConfiguration: { retention.ms: 2592000000 } } }
`),
  );
  assert.deepEqual(resolve(event, ...layers).value.literal["retry"], { maxAttempts: 4 });
  assert.deepEqual(resolve(event, ...layers).value.literal["deadLetter"], { retentionMs: 2_592_000_000 });
});

test("parts of other people's extensions that don't fit are left out", () => {
  assert.deepEqual(
    readEventExtensions(yaml("retry: yes\ndeadLetter: { channel: 5 }\nx-idempotency: { key: [] }\nx-ordering: 1")),
    [],
  );
  assert.deepEqual(readEventExtensions(yaml("action: receive")), []);
});
