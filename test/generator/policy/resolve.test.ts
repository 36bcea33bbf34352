import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, get, keyedPost, layer, lines, post, event, resolve, rpc, valueAt } from "./support.ts";

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
  assert.equal(valueAt(resolve(event), "idempotency.ttl")?.value, "7d");
  assert.equal(valueAt(resolve(event), "delivery.concurrency")?.value, 16);
  const paths = outcome.value.values.map(({ path }) => path);
  assert.deepEqual(paths, [...paths].sort());
});

test("streams have no default deadline", () => {
  assert.equal(valueAt(resolve({ ...rpc, isStream: true }), "timeout"), undefined);
});

test("the literal has runtime names, milliseconds and the order of the table", () => {
  const outcome = resolve(
    keyedPost,
    layer(
      "operation",
      `
emits: [{ message: OrderPlaced }]
limits: { maxRequestBytes: 100 }
idempotency: { ttl: 24h, key: "header:Idempotency-Key" }
circuitBreaker: { openFor: 1s, slowCallDuration: 200ms }
retry:
  budget: { percent: 20% }
  maxAttempts: 5
  retryOn: [unavailable, aborted, aborted]
  backoff: { jitter: equal }
timeout: 800ms
`,
    ),
  );
  assert.deepEqual(lines(outcome.diagnostics), []);
  assert.equal(
    JSON.stringify(outcome.value.literal),
    JSON.stringify({
      timeoutMs: 800,
      retry: {
        maxAttempts: 5,
        backoff: { jitter: "equal" },
        retryOn: ["aborted", "unavailable"],
        budget: { percent: 20 },
      },
      circuitBreaker: { slowCallDurationMs: 200, openForMs: 1000 },
      idempotency: { level: "keyed", key: { from: "header", name: "Idempotency-Key" }, ttlMs: 86_400_000 },
      emits: [{ message: "OrderPlaced", when: "success" }],
      limits: { maxRequestBytes: 100 },
    }),
  );
});

test("a derived key of the contract is in the literal, and required when the contract says so", () => {
  const key = { from: "header", name: "Idempotency-Key", required: true } as const;
  assert.deepEqual(resolve({ ...keyedPost, key }).value.literal["idempotency"], {
    level: "keyed",
    key: { from: "header", name: "Idempotency-Key" },
    required: true,
  });
});

test("stronger layers win whatever the order they are given in", () => {
  const outcome = resolve(
    get,
    layer("operation", "timeout: 1s"),
    layer("config", "timeout: 9s"),
    layer("tag", "timeout: 5s"),
  );
  assert.deepEqual(outcome.value.literal["timeoutMs"], 1000);
  assert.equal(valueAt(outcome, "timeout")?.origin.kind, "contract");
});

test("later tags win over earlier ones, and objects merge field by field", () => {
  const outcome = resolve(
    get,
    layer("tag", "retry: { maxAttempts: 4, budget: { percent: 5 } }"),
    layer("tag", "retry: { maxAttempts: 2 }"),
  );
  assert.deepEqual(outcome.value.literal["retry"], { maxAttempts: 2, budget: { percent: 5 } });
});

test("sets of several layers are united", () => {
  const outcome = resolve(
    get,
    layer("root", "retry: { retryOn: [unavailable] }"),
    layer("operation", "retry: { retryOn: [aborted] }"),
  );
  assert.deepEqual(outcome.value.literal["retry"], { retryOn: ["aborted", "unavailable"] });
});

test("emitted messages are united by message, the stronger word counts", () => {
  const outcome = resolve(
    get,
    layer("root", "emits: [{ message: B, when: may }, { message: A }]"),
    layer("operation", "emits: [{ message: B, when: failure }]"),
  );
  assert.deepEqual(outcome.value.literal["emits"], [
    { message: "A", when: "success" },
    { message: "B", when: "failure" },
  ]);
});

test("reset drops what was inherited, but not what the same layer says", () => {
  const outcome = resolve(
    get,
    layer("root", "retry: { maxAttempts: 5, perAttemptTimeout: 1s }\ntimeout: 4s"),
    layer("operation", "reset: [retry]\nretry: { maxAttempts: 2 }"),
  );
  assert.deepEqual(outcome.value.literal, {
    timeoutMs: 4000,
    retry: { maxAttempts: 2 },
    idempotency: { level: "safe" },
  });
});

test("an unknown reset is an error with a suggestion", () => {
  const { diagnostics } = resolve(get, layer("operation", "reset: [retri]"));
  assert.deepEqual(lines(diagnostics), [
    'operation.yaml:1:9 error unknown-policy-reset: "reset" names "retri", which no policy has',
  ]);
  assert.equal(diagnostics[0]?.help, 'did you mean "retry"?');
});

test("the fallback of a stronger layer replaces another kind of fallback", () => {
  const outcome = resolve(
    get,
    layer("root", "fallback: { stale: { for: 1m } }"),
    layer("operation", "fallback: { example: { a: [1] } }"),
  );
  assert.equal(JSON.stringify(outcome.value.literal["fallback"]), '{"kind":"example","value":{"a":[1]}}');
  assert.deepEqual(resolve(get, layer("root", "fallback: { stale: { for: 1m } }")).value.literal["fallback"], {
    kind: "stale",
    forMs: 60_000,
  });
  assert.deepEqual(codes(resolve(get, layer("root", "fallback: { stale: { for: 1m }, operation: getOld }"))), [
    "policy-alternatives",
  ]);
});

test("unknown keys and wrong values are reported all at once, each at its place", () => {
  const { diagnostics } = resolve(
    get,
    layer(
      "operation",
      `
timout: 1s
timeout: PT5S
retry: { maxAttempts: 0, backoff: fast, budget: { percent: 101 } }
circuitBreaker: { failureRate: 1.5 }
hedge: { maxAttempts: 2, delay: 5 }
rateLimit: { limit: 1, per: 1s, key: "header:bad name" }
`,
    ),
  );
  assert.deepEqual(codes({ diagnostics }), ["unknown-policy-key", ...Array(7).fill("invalid-policy-value")]);
  assert.deepEqual(
    lines(diagnostics).map((line) => line.replace(/^operation\.yaml:(\S+) error [\w-]+:/, "$1")),
    [
      '2:1 a policy has no field "timout"',
      '3:10 "timeout" expected a duration such as "800ms", "2s" or "24h", found "PT5S"',
      '4:23 "retry.maxAttempts" expected a whole number from 1 to 100, found 0',
      '4:35 "retry.backoff" expected an object, found "fast"',
      '4:60 "retry.budget.percent" expected a percentage from 0 to 100, such as 10 or "10%", found 101',
      '5:32 "circuitBreaker.failureRate" expected a number from 0 to 1, found 1.5',
      '6:33 "hedge.delay" expected a duration such as "800ms", "2s" or "24h", found 5',
      '7:38 "rateLimit.key" expected "principal" or "header:NAME", found "header:bad name"',
    ],
  );
  assert.equal(diagnostics[0]?.help, 'did you mean "timeout"?');
  assert.equal(diagnostics[1]?.help, 'write "5s" instead of the ISO form');
  assert.equal(diagnostics[6]?.help, 'add the unit, for example "5ms" or "5s"');
});

test("hostile keys are reported and never become keys of ours", () => {
  const outcome = resolve(
    get,
    layer("operation", '"__proto__": { polluted: true }\n"retry.maxAttempts": 5\nretry: { constructor: 1 }'),
  );
  assert.deepEqual(codes(outcome), ["unknown-policy-key", "unknown-policy-key", "unknown-policy-key"]);
  assert.deepEqual(outcome.value.literal, { idempotency: { level: "safe" } });
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("an extension that is no object is an error at the extension", () => {
  const { range } = layer("operation", "x: 5");
  const { diagnostics } = resolve(get, { name: "operation", value: { "": "fast" }, range });
  assert.deepEqual(lines(diagnostics), [
    'operation.yaml:1:1 error invalid-policy-value: "x-trilogue" expected an object, found "fast"',
  ]);
});

test("an alternative that is chosen and then reset leaves none behind, however layers are put together", () => {
  const layers = [
    layer("root", "fallback: { example: 1 }"),
    layer("service", "fallback: { stale: { for: 5s } }"),
    layer("operation", "reset: [fallback.stale]"),
  ];
  assert.equal(resolve(get, ...layers).value.literal["fallback"], undefined);
});
