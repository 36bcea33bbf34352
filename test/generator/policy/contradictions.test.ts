import assert from "node:assert/strict";
import { test } from "node:test";
import type { NativeFacts } from "../../../generator/src/policy/layers.ts";
import { codes, get, keyedPost, layer, lines, post, event, resolve, rpc, valueAt } from "./support.ts";

test("a level against a stated fact is an error with both places", () => {
  const at = layer("operation", "get: {}").range;
  const facts = { ...get, level: { ...get.level, range: at } };
  assert.deepEqual(lines(resolve(facts, layer("operation", "idempotency: { level: none }")).diagnostics), [
    "operation.yaml:1:23 error policy-contradicts-contract: " +
      'operation "createPayment" has idempotency.level "none", but the contract says "safe" (GET)',
    '  operation.yaml:1:1 "safe" follows from here',
  ]);
  const noSideEffects = { ...rpc, level: { value: "safe", why: "NO_SIDE_EFFECTS" }, levelIsFact: true } as const;
  assert.deepEqual(codes(resolve(noSideEffects, layer("operation", "idempotency: { level: keyed }"))), [
    "policy-contradicts-contract",
  ]);
});

test("a refused level is the only finding about idempotency", () => {
  const none = layer("operation", "idempotency: { level: none, ttl: 1d }");
  assert.deepEqual(codes(resolve({ ...keyedPost, hasSecurity: false }, none)), ["policy-contradicts-contract"]);
  const keyed = layer("operation", 'idempotency: { level: keyed, key: "header:Idem-Key", required: true }');
  assert.deepEqual(codes(resolve(get, keyed)), ["policy-contradicts-contract"]);
});

test("a stated fact stands silently against a wider layer", () => {
  const outcome = resolve(get, layer("root", "idempotency: { level: none }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["idempotency"], { level: "safe" });
});

test("a keyed HTTP operation without key is the error of the style guide", () => {
  const { diagnostics } = resolve(post, layer("operation", "idempotency: { level: keyed }"));
  assert.deepEqual(lines(diagnostics), [
    "api.yaml:2:3 error missing-idempotency-key: " +
      'operation "createPayment" is keyed but declares no key; expected header "Idempotency-Key"',
    '  operation.yaml:1:23 "keyed" is declared here',
  ]);
  assert.equal(diagnostics[0]?.help, 'declare the header parameter, or set x-trilogue.idempotency.level to "none"');
});

test("a keyed RPC without key field takes the metadata Idempotency-Key", () => {
  const outcome = resolve(rpc, layer("operation", "idempotency: { level: keyed }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["idempotency"], {
    level: "keyed",
    key: { from: "header", name: "Idempotency-Key" },
  });
});

test("keyed messages need an id", () => {
  const { key, ...withoutId } = event;
  assert.equal(key?.from, "message");
  const facts = { ...withoutId, level: { value: "none", why: "no message id" } } as const;
  assert.deepEqual(codes(resolve(facts, layer("operation", "idempotency: { level: keyed }"))), ["missing-message-id"]);
  const outcome = resolve(facts, layer("operation", 'idempotency: { level: keyed, key: "message:readingId" }'));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["idempotency"], {
    level: "keyed",
    key: { from: "message", name: "readingId" },
  });
});

test("a call can't take its key from a message", () => {
  assert.deepEqual(codes(resolve(post, layer("operation", 'idempotency: { level: keyed, key: "message:id" }'))), [
    "key-not-possible",
  ]);
});

test("a required key can't be made optional by the policy", () => {
  const facts = { ...keyedPost, key: { from: "header", name: "Idempotency-Key", required: true } } as const;
  assert.deepEqual(codes(resolve(facts, layer("operation", "idempotency: { required: false }"))), [
    "policy-contradicts-contract",
  ]);
});

test("the level alone decides which siblings count", () => {
  const outcome = resolve(post, layer("operation", "idempotency: { ttl: 24h }"));
  assert.deepEqual(lines(outcome.diagnostics), [
    "operation.yaml:1:21 warning policy-without-effect: " +
      '"idempotency.ttl" has no effect on operation "createPayment": its idempotency level is "none" (POST)',
  ]);
  assert.deepEqual(outcome.value.literal["idempotency"], { level: "none" });
  const quiet = resolve(post, layer("root", "idempotency: { ttl: 24h }"));
  assert.deepEqual(quiet.diagnostics, []);
});

test("retries written on an operation that may not repeat are an error with both places", () => {
  const { diagnostics, value } = resolve(
    post,
    layer("root", "idempotency: { level: none }"),
    layer("operation", "retry: { maxAttempts: 3 }"),
  );
  assert.deepEqual(lines(diagnostics), [
    'operation.yaml:1:23 error never-retried: operation "createPayment" asks for 3 attempts ' +
      "but can never be retried: " +
      'its idempotency level is "none" (as the policy says)',
    "  root.yaml:1:23 the level comes from here",
  ]);
  assert.equal(value.literal["retry"], undefined);
});

test("inherited retries are silently off where a repeat is not safe", () => {
  const outcome = resolve(
    post,
    layer("root", "retry: { maxAttempts: 5, perAttemptTimeout: 1s }\nhedge: { maxAttempts: 2 }"),
  );
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal, { idempotency: { level: "none" } });
  assert.equal(valueAt(outcome, "retry.maxAttempts")?.value, 1);
});

test("one attempt may be written anywhere", () => {
  assert.deepEqual(resolve(post, layer("operation", "retry: { maxAttempts: 1 }")).diagnostics, []);
});

test("messages are retried whatever their level", () => {
  const facts = { ...event, level: { value: "none", why: "no message id" } } as const;
  const outcome = resolve(facts, layer("operation", "retry: { maxAttempts: 5 }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal, { retry: { maxAttempts: 5 }, idempotency: { level: "none" } });
});

test("hedging a keyed operation is an error, and so is a stale answer of one that changes things", () => {
  assert.deepEqual(codes(resolve(keyedPost, layer("operation", "hedge: { maxAttempts: 2, delay: 10ms }"))), [
    "never-hedged",
  ]);
  assert.deepEqual(codes(resolve(keyedPost, layer("operation", "fallback: { stale: { for: 1m } }"))), ["never-stale"]);
});

for (const [text, small, large] of [
  ["timeout: 1s\nretry: { perAttemptTimeout: 2s }", "retry.perAttemptTimeout", "timeout"],
  ["retry: { perAttemptTimeout: 20s }", "retry.perAttemptTimeout", "timeout"],
  ["retry: { backoff: { initial: 2s, max: 1s } }", "retry.backoff.initial", "retry.backoff.max"],
  ["timeout: 1s\nhedge: { maxAttempts: 2, delay: 1s }", "hedge.delay", "timeout"],
  ["circuitBreaker: { openFor: 1m }", "circuitBreaker.openFor", "circuitBreaker.maxOpenFor"],
  ["bulkhead: { maxWait: 11s }", "bulkhead.maxWait", "timeout"],
] as const) {
  test(`"${small}" beyond "${large}" is a contradiction: ${text.replaceAll("\n", "; ")}`, () => {
    const { diagnostics } = resolve(get, layer("operation", text));
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["policy-contradiction"],
    );
    assert.match(diagnostics[0]?.message ?? "", new RegExp(`^"${small}" .* "${large}"`));
    assert.ok(diagnostics[0]?.range);
  });
}

test("a key must be remembered longer than the call may take", () => {
  assert.deepEqual(codes(resolve(keyedPost, layer("operation", "timeout: 1h\nidempotency: { ttl: 1m }"))), [
    "policy-contradiction",
  ]);
});

test("a stronger, shorter timeout caps what was inherited without an error", () => {
  const outcome = resolve(
    get,
    layer("root", "retry: { perAttemptTimeout: 2s }\nbulkhead: { maxWait: 2s }"),
    layer("operation", "timeout: 1s"),
  );
  assert.deepEqual(outcome.diagnostics, []);
});

test("codes after which a repeat can't succeed are refused", () => {
  const { diagnostics } = resolve(
    get,
    layer("operation", "retry: { retryOn: [unavailable, already_exists, invalid_argument] }"),
  );
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    [
      '"retry.retryOn" holds "already_exists", after which a repeat can\'t succeed',
      '"retry.retryOn" holds "invalid_argument", after which a repeat can\'t succeed',
    ],
  );
});

test("fields of another kind are errors at the operation", () => {
  assert.deepEqual(codes(resolve(get, layer("operation", "delivery: { outbox: true }\ndeadLetter: { channel: x }"))), [
    "policy-not-applicable",
    "policy-not-applicable",
  ]);
  assert.deepEqual(codes(resolve(event, layer("operation", "hedge: { maxAttempts: 2 }"))), ["policy-not-applicable"]);
});

test("a message has what senders and what receivers need: one document serves both", () => {
  const root = layer("root", "delivery: { ordering: perKey, concurrency: 4 }\ndeadLetter: { channel: dead }");
  const outcome = resolve(event, root, layer("operation", "delivery: { key: order.id, outbox: true }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["delivery"], {
    ordering: "perKey",
    key: "order.id",
    outbox: true,
    concurrency: 4,
  });
  assert.deepEqual(outcome.value.literal["deadLetter"], { channel: "dead" });
  assert.equal(valueAt(outcome, "delivery.prefetch")?.value, 8);
});

test("defaults of the config for every kind apply where they can", () => {
  const outcome = resolve(event, layer("config", "timeout: 2s\nhedge: { maxAttempts: 2 }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.equal(outcome.value.literal["timeoutMs"], 2000);
});

test("orders that exclude each other are errors", () => {
  assert.deepEqual(
    codes(resolve(event, layer("operation", "delivery: { strict: true, batch: { size: 5, wait: 1s } }"))),
    ["policy-contradiction"],
  );
  assert.deepEqual(codes(resolve(event, layer("operation", "delivery: { ordering: unordered, key: a.b }"))), [
    "policy-contradiction",
  ]);
  assert.deepEqual(codes(resolve(event, layer("operation", "delivery: { ordering: unordered, strict: true }"))), [
    "policy-contradiction",
  ]);
});

test("a group without what it needs is an error", () => {
  const { diagnostics } = resolve(get, layer("operation", "rateLimit: { limit: 5 }\nhedge: { delay: 5ms }"));
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    ['"hedge" lacks "maxAttempts"', '"rateLimit" lacks "per"'],
  );
});

test("what this version can't carry out is an error", () => {
  assert.deepEqual(codes(resolve(get, layer("operation", "mirror: { to: a.B/c, percent: 5 }"))), [
    "policy-not-supported",
    "policy-not-supported",
  ]);
});

test("a keyed operation without authenticated caller, and a keyed stream, are worth a warning", () => {
  const { diagnostics } = resolve({ ...keyedPost, hasSecurity: false });
  assert.deepEqual(codes({ diagnostics }), ["keyed-without-security"]);
  assert.equal(diagnostics[0]?.help, 'set idempotency.scope to "global", or declare security');
  assert.deepEqual(
    codes(resolve({ ...keyedPost, hasSecurity: false }, layer("operation", "idempotency: { scope: global }"))),
    [],
  );
  assert.deepEqual(codes(resolve({ ...keyedPost, isStream: true })), ["keyed-stream"]);
  const guessed: NativeFacts = { ...rpc, level: { value: "keyed", why: "AIP-155" }, hasSecurity: false };
  assert.deepEqual(codes(resolve(guessed)), []);
  assert.deepEqual(codes(resolve(guessed, layer("operation", "idempotency: { level: keyed }"))), [
    "keyed-without-security",
  ]);
});

test("a slow call rate without a duration is worth a warning", () => {
  assert.deepEqual(codes(resolve(get, layer("operation", "circuitBreaker: { slowCallRate: 0.3 }"))), [
    "policy-without-effect",
  ]);
});
