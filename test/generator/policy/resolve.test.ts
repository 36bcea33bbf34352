import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, get, keyedPost, layer, lines, post, receive, resolve, rpc, send, valueAt } from "./support.ts";

test("an operation without policy gets its derived level and nothing else in the literal", () => {
  const outcome = resolve(post);
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal, { idempotency: { level: "none" } });
  assert.deepEqual(valueAt(outcome, "idempotency.level")?.origin, { kind: "derived", why: "POST" });
});

test("values hold the built-in defaults of the kind, sorted by path", () => {
  const outcome = resolve(get);
  assert.deepEqual(valueAt(outcome, "timeout"), { path: "timeout", value: "10s", origin: { kind: "builtin" } });
  assert.equal(valueAt(outcome, "retry.backoff.initial")?.value, "50ms");
  assert.equal(valueAt(outcome, "limits.maxRequestBytes")?.value, 1_048_576);
  assert.equal(valueAt(resolve(rpc), "limits.maxRequestBytes")?.value, 4_194_304);
  assert.equal(valueAt(resolve(receive), "idempotency.ttl")?.value, "7d");
  assert.equal(valueAt(resolve(receive), "delivery.concurrency")?.value, 16);
  const paths = outcome.value.values.map(({ path }) => path);
  assert.deepEqual(paths, [...paths].sort());
});

test("streams have no default deadline", () => {
  assert.equal(valueAt(resolve({ ...rpc, isStream: true }), "timeout"), undefined);
});

test("the literal has runtime names, milliseconds and the order of the table", () => {
  const outcome = resolve(keyedPost, layer("operation", `
emits: [{ message: OrderPlaced }]
limits: { maxRequestBytes: 100 }
idempotency: { ttl: 24h, key: "header:Idempotency-Key" }
circuitBreaker: { openFor: 1s, slowCallDuration: 200ms }
retry: { budget: { percent: 20% }, maxAttempts: 5, retryOn: [unavailable, aborted, aborted], backoff: { jitter: equal } }
timeout: 800ms
`));
  assert.deepEqual(lines(outcome.diagnostics), []);
  assert.equal(JSON.stringify(outcome.value.literal), JSON.stringify({
    timeoutMs: 800,
    retry: { maxAttempts: 5, backoff: { jitter: "equal" }, retryOn: ["aborted", "unavailable"], budget: { percent: 20 } },
    circuitBreaker: { slowCallDurationMs: 200, openForMs: 1000 },
    idempotency: { level: "keyed", key: { from: "header", name: "Idempotency-Key" }, ttlMs: 86_400_000 },
    emits: [{ message: "OrderPlaced", when: "success" }],
    limits: { maxRequestBytes: 100 },
  }));
});

test("a derived key of the contract is in the literal, and required when the contract says so", () => {
  const key = { from: "header", name: "Idempotency-Key", required: true } as const;
  assert.deepEqual(resolve({ ...keyedPost, key }).value.literal["idempotency"],
    { level: "keyed", key: { from: "header", name: "Idempotency-Key" }, required: true });
});

test("stronger layers win whatever the order they are given in", () => {
  const outcome = resolve(get, layer("operation", "timeout: 1s"), layer("config", "timeout: 9s"), layer("tag", "timeout: 5s"));
  assert.deepEqual(outcome.value.literal["timeoutMs"], 1000);
  assert.equal(valueAt(outcome, "timeout")?.origin.kind, "contract");
});

test("later tags win over earlier ones, and objects merge field by field", () => {
  const outcome = resolve(get,
    layer("tag", "retry: { maxAttempts: 4, budget: { percent: 5 } }"), layer("tag", "retry: { maxAttempts: 2 }"));
  assert.deepEqual(outcome.value.literal["retry"], { maxAttempts: 2, budget: { percent: 5 } });
});

test("sets of several layers are united", () => {
  const outcome = resolve(get, layer("root", "retry: { retryOn: [unavailable] }"), layer("operation", "retry: { retryOn: [aborted] }"));
  assert.deepEqual(outcome.value.literal["retry"], { retryOn: ["aborted", "unavailable"] });
});

test("emitted messages are united by message, the stronger word counts", () => {
  const outcome = resolve(get, layer("root", "emits: [{ message: B, when: may }, { message: A }]"),
    layer("operation", "emits: [{ message: B, when: failure }]"));
  assert.deepEqual(outcome.value.literal["emits"], [{ message: "A", when: "success" }, { message: "B", when: "failure" }]);
});

test("reset drops what was inherited, but not what the same layer says", () => {
  const outcome = resolve(get, layer("root", "retry: { maxAttempts: 5, perAttemptTimeout: 1s }\ntimeout: 4s"),
    layer("operation", "reset: [retry]\nretry: { maxAttempts: 2 }"));
  assert.deepEqual(outcome.value.literal, { timeoutMs: 4000, retry: { maxAttempts: 2 }, idempotency: { level: "safe" } });
});

test("an unknown reset is an error with a suggestion", () => {
  const { diagnostics } = resolve(get, layer("operation", "reset: [retri]"));
  assert.deepEqual(lines(diagnostics), ['operation.yaml:1:9 error unknown-policy-reset: "reset" names "retri", which no policy has']);
  assert.equal(diagnostics[0]?.help, 'did you mean "retry"?');
});

test("the fallback of a stronger layer replaces another kind of fallback", () => {
  const outcome = resolve(get, layer("root", "fallback: { stale: { for: 1m } }"), layer("operation", "fallback: { example: { a: [1] } }"));
  assert.equal(JSON.stringify(outcome.value.literal["fallback"]), '{"kind":"example","value":{"a":[1]}}');
  assert.deepEqual(resolve(get, layer("root", "fallback: { stale: { for: 1m } }")).value.literal["fallback"], { kind: "stale", forMs: 60_000 });
  assert.deepEqual(codes(resolve(get, layer("root", "fallback: { stale: { for: 1m }, operation: getOld }"))), ["policy-alternatives"]);
});

test("unknown keys and wrong values are reported all at once, each at its place", () => {
  const { diagnostics } = resolve(get, layer("operation", `
timout: 1s
timeout: PT5S
retry: { maxAttempts: 0, backoff: fast, budget: { percent: 101 } }
circuitBreaker: { failureRate: 1.5 }
hedge: { maxAttempts: 2, delay: 5 }
rateLimit: { limit: 1, per: 1s, key: "header:bad name" }
`));
  assert.deepEqual(lines(diagnostics), [
    'operation.yaml:2:1 error unknown-policy-key: a policy has no field "timout"',
    'operation.yaml:3:10 error invalid-policy-value: "timeout" expected a duration such as "800ms", "2s" or "24h", found "PT5S"',
    'operation.yaml:4:23 error invalid-policy-value: "retry.maxAttempts" expected a whole number from 1 to 100, found 0',
    'operation.yaml:4:35 error invalid-policy-value: "retry.backoff" expected an object, found "fast"',
    'operation.yaml:4:60 error invalid-policy-value: "retry.budget.percent" expected a percentage from 0 to 100, such as 10 or "10%", found 101',
    'operation.yaml:5:32 error invalid-policy-value: "circuitBreaker.failureRate" expected a number from 0 to 1, found 1.5',
    'operation.yaml:6:33 error invalid-policy-value: "hedge.delay" expected a duration such as "800ms", "2s" or "24h", found 5',
    'operation.yaml:7:38 error invalid-policy-value: "rateLimit.key" expected "principal" or "header:NAME", found "header:bad name"',
  ]);
  assert.equal(diagnostics[0]?.help, 'did you mean "timeout"?');
  assert.equal(diagnostics[1]?.help, 'write "5s" instead of the ISO form');
  assert.equal(diagnostics[6]?.help, 'add the unit, for example "5ms" or "5s"');
});

test("hostile keys are reported and never become keys of ours", () => {
  const outcome = resolve(get, layer("operation", '"__proto__": { polluted: true }\n"retry.maxAttempts": 5\nretry: { constructor: 1 }'));
  assert.deepEqual(codes(outcome), ["unknown-policy-key", "unknown-policy-key", "unknown-policy-key"]);
  assert.deepEqual(outcome.value.literal, { idempotency: { level: "safe" } });
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("a level against a stated fact is an error with both places", () => {
  const at = layer("operation", "get: {}").range;
  const facts = { ...get, level: { ...get.level, range: at } };
  assert.deepEqual(lines(resolve(facts, layer("operation", "idempotency: { level: none }")).diagnostics), [
    'operation.yaml:1:23 error policy-contradicts-contract: '
      + 'operation "createPayment" has idempotency.level "none", but the contract says "safe" (GET)',
    '  operation.yaml:1:1 "safe" follows from here',
  ]);
  const noSideEffects = { ...rpc, level: { value: "safe", why: "NO_SIDE_EFFECTS" }, levelIsFact: true } as const;
  assert.deepEqual(codes(resolve(noSideEffects, layer("operation", "idempotency: { level: keyed }"))), ["policy-contradicts-contract"]);
});

test("a stated fact stands silently against a wider layer", () => {
  const outcome = resolve(get, layer("root", "idempotency: { level: none }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["idempotency"], { level: "safe" });
});

test("a keyed HTTP operation without key is the error of the style guide", () => {
  const { diagnostics } = resolve(post, layer("operation", "idempotency: { level: keyed }"));
  assert.deepEqual(lines(diagnostics), [
    'api.yaml:2:3 error missing-idempotency-key: '
      + 'operation "createPayment" is keyed but declares no key; expected header "Idempotency-Key"',
    '  operation.yaml:1:23 "keyed" is declared here',
  ]);
  assert.equal(diagnostics[0]?.help, 'declare the header parameter, or set x-trilogue.idempotency.level to "none"');
});

test("a keyed RPC without key field takes the metadata Idempotency-Key", () => {
  const outcome = resolve(rpc, layer("operation", "idempotency: { level: keyed }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["idempotency"], { level: "keyed", key: { from: "header", name: "Idempotency-Key" } });
});

test("keyed messages need an id", () => {
  const { key, ...withoutId } = receive;
  assert.equal(key?.from, "message");
  const facts = { ...withoutId, level: { value: "none", why: "no message id" } } as const;
  assert.deepEqual(codes(resolve(facts, layer("operation", "idempotency: { level: keyed }"))), ["missing-message-id"]);
  const outcome = resolve(facts, layer("operation", 'idempotency: { level: keyed, key: "message:readingId" }'));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal["idempotency"], { level: "keyed", key: { from: "message", name: "readingId" } });
});

test("a call can't take its key from a message", () => {
  assert.deepEqual(codes(resolve(post, layer("operation", 'idempotency: { level: keyed, key: "message:id" }'))), ["key-not-possible"]);
});

test("a required key can't be made optional by the policy", () => {
  const facts = { ...keyedPost, key: { from: "header", name: "Idempotency-Key", required: true } } as const;
  assert.deepEqual(codes(resolve(facts, layer("operation", "idempotency: { required: false }"))), ["policy-contradicts-contract"]);
});

test("the level alone decides which siblings count", () => {
  const outcome = resolve(post, layer("operation", "idempotency: { ttl: 24h }"));
  assert.deepEqual(lines(outcome.diagnostics), ['operation.yaml:1:21 warning policy-without-effect: '
    + '"idempotency.ttl" has no effect on operation "createPayment": its idempotency level is "none" (POST)']);
  assert.deepEqual(outcome.value.literal["idempotency"], { level: "none" });
  const quiet = resolve(post, layer("root", "idempotency: { ttl: 24h }"));
  assert.deepEqual(quiet.diagnostics, []);
});

test("retries written on an operation that may not repeat are an error with both places", () => {
  const { diagnostics, value } = resolve(post, layer("root", "idempotency: { level: none }"), layer("operation", "retry: { maxAttempts: 3 }"));
  assert.deepEqual(lines(diagnostics), [
    'operation.yaml:1:23 error never-retried: operation "createPayment" asks for 3 attempts but can never be retried: '
      + 'its idempotency level is "none" (as the policy says)',
    "  root.yaml:1:23 the level comes from here",
  ]);
  assert.equal(value.literal["retry"], undefined);
});

test("inherited retries are silently off where a repeat is not safe", () => {
  const outcome = resolve(post, layer("root", "retry: { maxAttempts: 5, perAttemptTimeout: 1s }\nhedge: { maxAttempts: 2 }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal, { idempotency: { level: "none" } });
  assert.equal(valueAt(outcome, "retry.maxAttempts")?.value, 1);
});

test("one attempt may be written anywhere", () => {
  assert.deepEqual(resolve(post, layer("operation", "retry: { maxAttempts: 1 }")).diagnostics, []);
});

test("messages are retried whatever their level", () => {
  const facts = { ...receive, level: { value: "none", why: "no message id" } } as const;
  const outcome = resolve(facts, layer("operation", "retry: { maxAttempts: 5 }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.deepEqual(outcome.value.literal, { retry: { maxAttempts: 5 }, idempotency: { level: "none" } });
});

test("hedging a keyed operation is an error, and so is a stale answer of one that changes things", () => {
  assert.deepEqual(codes(resolve(keyedPost, layer("operation", "hedge: { maxAttempts: 2, delay: 10ms }"))), ["never-hedged"]);
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
    assert.deepEqual(diagnostics.map(({ code }) => code), ["policy-contradiction"]);
    assert.match(diagnostics[0]?.message ?? "", new RegExp(`^"${small}" .* "${large}"`));
    assert.ok(diagnostics[0]?.range);
  });
}

test("a key must be remembered longer than the call may take", () => {
  assert.deepEqual(codes(resolve(keyedPost, layer("operation", "timeout: 1h\nidempotency: { ttl: 1m }"))), ["policy-contradiction"]);
});

test("a stronger, shorter timeout caps what was inherited without an error", () => {
  const outcome = resolve(get, layer("root", "retry: { perAttemptTimeout: 2s }\nbulkhead: { maxWait: 2s }"), layer("operation", "timeout: 1s"));
  assert.deepEqual(outcome.diagnostics, []);
});

test("codes after which a repeat can't succeed are refused", () => {
  const { diagnostics } = resolve(get, layer("operation", "retry: { retryOn: [unavailable, already_exists, invalid_argument] }"));
  assert.deepEqual(diagnostics.map(({ message }) => message), [
    '"retry.retryOn" holds "already_exists", after which a repeat can\'t succeed',
    '"retry.retryOn" holds "invalid_argument", after which a repeat can\'t succeed',
  ]);
});

test("fields of another kind or action are errors at the operation", () => {
  assert.deepEqual(codes(resolve(get, layer("operation", "delivery: { outbox: true }\ndeadLetter: { channel: x }"))),
    ["policy-not-applicable", "policy-not-applicable"]);
  assert.deepEqual(codes(resolve(receive, layer("operation", "delivery: { outbox: true }"))), ["policy-not-applicable"]);
  assert.deepEqual(codes(resolve(send, layer("operation", "deadLetter: { channel: x }"))), ["policy-not-applicable"]);
  assert.deepEqual(codes(resolve(receive, layer("operation", "hedge: { maxAttempts: 2 }"))), ["policy-not-applicable"]);
});

test("what a root says of receivers is left off for senders without a word", () => {
  const root = layer("root", "delivery: { ordering: perKey, concurrency: 4 }\ndeadLetter: { channel: dead }");
  assert.deepEqual(resolve(send, root).value.literal["delivery"], { ordering: "perKey" });
  assert.deepEqual(resolve(send, root).diagnostics, []);
  const received = resolve(receive, root);
  assert.deepEqual(received.value.literal["deadLetter"], { channel: "dead" });
  assert.equal(valueAt(received, "delivery.prefetch")?.value, 8);
});

test("defaults of the config for every kind apply where they can", () => {
  const outcome = resolve(receive, layer("config", "timeout: 2s\nhedge: { maxAttempts: 2 }"));
  assert.deepEqual(outcome.diagnostics, []);
  assert.equal(outcome.value.literal["timeoutMs"], 2000);
});

test("orders that exclude each other are errors", () => {
  assert.deepEqual(codes(resolve(receive, layer("operation", "delivery: { strict: true, batch: { size: 5, wait: 1s } }"))), ["policy-contradiction"]);
  assert.deepEqual(codes(resolve(receive, layer("operation", "delivery: { ordering: unordered, key: a.b }"))), ["policy-contradiction"]);
  assert.deepEqual(codes(resolve(receive, layer("operation", "delivery: { ordering: unordered, strict: true }"))), ["policy-contradiction"]);
});

test("a group without what it needs is an error", () => {
  const { diagnostics } = resolve(get, layer("operation", "rateLimit: { limit: 5 }\nhedge: { delay: 5ms }"));
  assert.deepEqual(diagnostics.map(({ message }) => message), ['"hedge" lacks "maxAttempts"', '"rateLimit" lacks "per"']);
});

test("what this version can't carry out is an error", () => {
  assert.deepEqual(codes(resolve(get, layer("operation", "mirror: { to: a.B/c, percent: 5 }"))), ["policy-not-supported", "policy-not-supported"]);
});

test("a keyed operation without authenticated caller, and a keyed stream, are worth a warning", () => {
  assert.deepEqual(codes(resolve({ ...keyedPost, hasSecurity: false })), ["keyed-without-security"]);
  assert.deepEqual(codes(resolve({ ...keyedPost, hasSecurity: false }, layer("operation", "idempotency: { scope: global }"))), []);
  assert.deepEqual(codes(resolve({ ...keyedPost, isStream: true })), ["keyed-stream"]);
});

test("a slow call rate without a duration is worth a warning", () => {
  assert.deepEqual(codes(resolve(get, layer("operation", "circuitBreaker: { slowCallRate: 0.3 }"))), ["policy-without-effect"]);
});
