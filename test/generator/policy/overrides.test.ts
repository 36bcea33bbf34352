import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { DocumentKind, LoadedDocument } from "../../../generator/src/load/loaded.ts";
import { checkOverrides, matchOverrides } from "../../../generator/src/policy/policy-file.ts";
import { readSource } from "../../../generator/src/source/read-source.ts";
import type { NativeFacts } from "../../../generator/src/policy/layers.ts";
import { codes, fileOf, lines, resolve, rpc } from "./support.ts";

const safe: NativeFacts = { ...rpc, level: { value: "safe", why: "NO_SIDE_EFFECTS" }, levelIsFact: true };

function documentOf(kind: DocumentKind, text: string, path: string): LoadedDocument {
  const file = fileOf(text, path);
  return { kind, file, version: "1", root: readSource(file).value ?? null, isEntry: true };
}

const policy = (text: string): LoadedDocument => documentOf("policy", text, "policy.yaml");
const serviceConfig = (value: unknown): LoadedDocument =>
  documentOf("serviceConfig", JSON.stringify(value), "config.json");

const retryPolicy = {
  maxAttempts: 4,
  initialBackoff: "0.100s",
  maxBackoff: "60s",
  backoffMultiplier: 1.3,
  retryableStatusCodes: ["UNAVAILABLE"],
};

test("a policy file matches the default, the service and the method, the better match stronger", () => {
  const documents = [
    policy(`
trilogue: "1"
methods:
  - name: [{ service: a.v1.A, method: Get }]
    policy: { timeout: 1s }
  - name: [{ service: a.v1.A }]
    policy: { timeout: 2s, retry: { maxAttempts: 2 } }
  - name: [{}]
    policy: { timeout: 3s, bulkhead: { maxQueued: 7 } }
`),
  ];
  assert.deepEqual(checkOverrides(documents), []);
  const literal = (method: string): unknown => resolve(safe, ...matchOverrides(documents, method)).value.literal;
  const idempotency = { level: "safe" };
  const bulkhead = { maxQueued: 7 };
  assert.deepEqual(literal("a.v1.A/Get"), { timeoutMs: 1000, retry: { maxAttempts: 2 }, bulkhead, idempotency });
  assert.deepEqual(literal("a.v1.A/List"), { timeoutMs: 2000, retry: { maxAttempts: 2 }, bulkhead, idempotency });
  assert.deepEqual(literal("b.v1.B/Get"), { timeoutMs: 3000, bulkhead, idempotency });
});

test("mistakes in a policy file are located, all at once", () => {
  const documents = [
    policy(`
trilogue: "2"
method: []
methods:
  - name: [{ service: a.v1.A, method: Get }, { method: Get }]
    polcy: {}
    policy: {}
  - name: x
  - name: [{ service: a.v1.A, method: Get }]
    policy: {}
`),
  ];
  assert.deepEqual(lines(checkOverrides(documents)), [
    'policy.yaml:2:11 error unknown-policy-file-version: "trilogue" expected "1", found "2"',
    'policy.yaml:3:1 error unknown-override-key: "policy file" has no field "method"',
    'policy.yaml:6:5 error unknown-override-key: "methods[0]" has no field "polcy"',
    'policy.yaml:5:46 error invalid-override: "name[1]" expected a "service" beside "method", found an object',
    'policy.yaml:8:11 error invalid-override: "name" expected a list of { service, method }, found "x"',
    'policy.yaml:8:5 error invalid-override: "methods[1].policy" expected a policy, found nothing',
    'policy.yaml:9:12 error duplicate-override: method "a.v1.A/Get" is named twice',
    "  policy.yaml:5:12 named here first",
  ]);
});

test("names that no contract has are warnings with a suggestion", () => {
  const documents = [
    policy(
      'trilogue: "1"\nmethods: [{ name: [{ service: a.v1.A, method: Gt }, { service: a.v1.A }, {}], policy: {} }]',
    ),
  ];
  const diagnostics = checkOverrides(documents, ["a.v1.A/Get"]);
  assert.deepEqual(lines(diagnostics), [
    'policy.yaml:2:20 warning unmatched-override: no contract has method "a.v1.A/Gt"',
  ]);
  assert.equal(diagnostics[0]?.help, 'did you mean "a.v1.A/Get"?');
});

test("a service config is read as gRPC reads it: the best match alone", () => {
  const documents = [
    serviceConfig({
      methodConfig: [
        { name: [{ service: "a.v1.A" }], timeout: "60s", retryPolicy },
        { name: [{ service: "a.v1.A", method: "Get" }], timeout: "0.0005s", maxRequestMessageBytes: "100" },
      ],
      retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
    }),
  ];
  assert.deepEqual(checkOverrides(documents), []);
  const budget = { percent: 10, minPerSecond: 5 };
  assert.deepEqual(resolve(safe, ...matchOverrides(documents, "a.v1.A/Get")).value.literal, {
    timeoutMs: 1,
    retry: { budget },
    idempotency: { level: "safe" },
    limits: { maxRequestBytes: 100 },
  });
  assert.deepEqual(resolve(safe, ...matchOverrides(documents, "a.v1.A/List")).value.literal, {
    timeoutMs: 60_000,
    retry: {
      maxAttempts: 4,
      backoff: { strategy: "exponential", initialMs: 100, maxMs: 60_000, multiplier: 1.3, jitter: "a6" },
      retryOn: ["unavailable"],
      budget,
    },
    idempotency: { level: "safe" },
  });
});

test("what gRPC A6 forbids or we don't read is said, and does not stop", () => {
  const { maxAttempts, ...withoutAttempts } = retryPolicy;
  assert.equal(maxAttempts, 4);
  const documents = [
    serviceConfig({
      loadBalancingConfig: [],
      methodConfig: [
        {
          name: [{ service: "a.A", method: "B" }],
          waitForReady: true,
          retryPolicy: { ...withoutAttempts, retryableStatusCodes: ["CANCELLED", 14] },
        },
        { name: [{ service: "a.A", method: "C" }], retryPolicy: { ...retryPolicy, maxAttempts: 9 }, timeout: "soon" },
        {
          name: [{ service: "a.A", method: "D" }],
          retryPolicy,
          hedgingPolicy: { maxAttempts: 2, hedgingDelay: "0.2s" },
        },
      ],
    }),
  ];
  assert.deepEqual(codes({ diagnostics: checkOverrides(documents) }), [
    "not-imported",
    "imported-code-dropped",
    "missing-max-attempts",
    "attempts-capped",
    "invalid-override",
    "retry-and-hedging",
    "not-imported",
  ]);
  assert.deepEqual(
    (resolve(safe, ...matchOverrides(documents, "a.A/B")).value.literal["retry"] as { maxAttempts: number })
      .maxAttempts,
    5,
  );
  assert.deepEqual(resolve(safe, ...matchOverrides(documents, "a.A/D")).value.literal["hedge"], {
    maxAttempts: 2,
    delayMs: 200,
  });
});

test("imported retries of a method that may not repeat are off, with a warning", () => {
  const documents = [
    serviceConfig({ methodConfig: [{ name: [{ service: "a.A", method: "B" }], timeout: "5s", retryPolicy }] }),
  ];
  const outcome = resolve(rpc, ...matchOverrides(documents, "a.A/B"));
  assert.deepEqual(
    outcome.diagnostics.map(({ severity, code }) => [severity, code]),
    [["warning", "imported-retry-off"]],
  );
  assert.deepEqual(outcome.value.literal, { timeoutMs: 5000, idempotency: { level: "none" } });
});

test("any JSON is read as an override without throwing", () => {
  for (const root of [
    null,
    [],
    5,
    "x",
    {},
    { methodConfig: 5 },
    { methodConfig: [null, { name: [null] }, { name: [{}], retryPolicy: 1, hedgingPolicy: [] }] },
  ]) {
    const documents = [
      documentOf("serviceConfig", JSON.stringify(root), "a.json"),
      documentOf("policy", JSON.stringify(root), "b.json"),
    ];
    assert.ok(Array.isArray(checkOverrides(documents)));
    assert.ok(Array.isArray(matchOverrides(documents, "a.B/c")));
  }
});

const corpus = join(process.env["TRILOGUE_CORPUS"] ?? "../shared/corpus", "grpc-service-config");

test(
  "every service config of the corpus is read without an error",
  { skip: existsSync(corpus) ? false : `no corpus at ${corpus}` },
  (context) => {
    const paths = readdirSync(corpus, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".json"))
      .sort();
    const documents = paths.map((path) => documentOf("serviceConfig", readFileSync(join(corpus, path), "utf8"), path));
    const counts = new Map<string, number>();
    const methods = new Set<string>();
    for (const document of documents) {
      for (const { severity, code, message } of checkOverrides([document])) {
        assert.notEqual(severity, "error", `${document.file.path}: ${message}`);
        counts.set(code, (counts.get(code) ?? 0) + 1);
      }
      for (const [, service, method] of document.file.text.matchAll(
        /"service":\s*"([^"]+)"(?:,\s*"method":\s*"([^"]+)")?/g,
      )) {
        const name = `${service}/${method ?? "Any"}`;
        const outcome = resolve(safe, ...matchOverrides([document], name));
        assert.deepEqual(lines(outcome.diagnostics), [], name);
        assert.ok(Number(outcome.value.literal["timeoutMs"]) > 0, `${name} has a timeout`);
        methods.add(name);
      }
    }
    context.diagnostic(
      `${documents.length} files, ${methods.size} methods, ${JSON.stringify(Object.fromEntries([...counts].sort()))}`,
    );
    assert.ok(documents.length > 80 && methods.size > 500);
  },
);
