import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpOperationModel } from "../../../generator/src/model/http.ts";
import type { PolicyLayer } from "../../../generator/src/policy/layers.ts";
import { placeOf } from "../../../generator/src/source/source-file.ts";
import { lowerApi, lowerTexts, operationNamed } from "./openapi-support.ts";

const ok = "responses: { 204: { description: ok } }";
const secured =
  "security: [{ key: [] }]\ncomponents: { securitySchemes: { key: { type: apiKey, in: header, name: K } } }\n";

function value(operation: HttpOperationModel, path: string): unknown {
  return operation.policy.values.find((candidate) => candidate.path === path)?.value;
}

function origin(operation: HttpOperationModel, path: string): string | undefined {
  const found = operation.policy.values.find((candidate) => candidate.path === path)?.origin;
  return found?.kind === "contract" ? `${found.layer} ${placeOf(found.range)}` : found?.kind;
}

test("the level follows from the method, and from a declared key", () => {
  const key = (name: string): string => `parameters: [{ name: ${name}, in: header, schema: { type: string } }]`;
  const { contract } = lowerApi(`${secured}paths:
  /a:
    get: { operationId: get, ${ok} }
    head: { operationId: head, ${ok} }
    put: { operationId: put, ${key("Idempotency-Key")}, ${ok} }
    delete: { operationId: delete, ${ok} }
    post: { operationId: post, ${ok} }
    patch: { operationId: patch, ${key("idempotency-key")}, ${ok} }
`);
  const levels = contract.operations.map((operation) => [operation.name, value(operation, "idempotency.level")]);
  assert.deepEqual(levels, [
    ["get", "safe"],
    ["head", "safe"],
    ["put", "idempotent"],
    ["delete", "idempotent"],
    ["post", "none"],
    ["patch", "keyed"],
  ]);
  assert.equal(value(operationNamed(contract, "patch"), "idempotency.key"), "header:idempotency-key");
});

test("policies merge from the document over tags in the operation's order, path and operation", () => {
  const { contract } =
    lowerApi(`x-trilogue: { timeout: 1s, retry: { maxAttempts: 2 }, rateLimit: { limit: 1, per: 1s } }
tags:
  - { name: slow, x-trilogue: { timeout: 2s, rateLimit: { limit: 2 } } }
  - { name: slower, x-trilogue: { timeout: 3s } }
paths:
  /a:
    x-trilogue: { rateLimit: { limit: 3 } }
    get: { operationId: one, tags: [slower, slow], ${ok} }
    put: { operationId: two, tags: [slow, slower], x-trilogue: { rateLimit: { limit: 4 } }, ${ok} }
`);
  const [one, two] = [operationNamed(contract, "one"), operationNamed(contract, "two")];
  assert.deepEqual([value(one, "timeout"), value(two, "timeout")], ["2s", "3s"]);
  assert.deepEqual([value(one, "rateLimit.limit"), value(two, "rateLimit.limit")], [3, 4]);
  assert.deepEqual(
    [origin(one, "rateLimit.limit"), origin(two, "rateLimit.limit")],
    ["path api.yaml:11", "operation api.yaml:13"],
  );
  assert.deepEqual([origin(one, "timeout"), origin(one, "retry.maxAttempts")], ["tag api.yaml:7", "root api.yaml:5"]);
});

test("layers of the configuration stand below the contract's, overrides above", () => {
  const file = { path: "trilogue.yaml", displayPath: "trilogue.yaml", text: "" };
  const layer = (name: PolicyLayer["name"], limits: PolicyLayer["value"]): PolicyLayer => ({
    name,
    value: { limits },
    range: { file, start: 0, end: 0 },
  });
  const { model } = lowerTexts(
    {
      "api.yaml": `openapi: 3.1.0
info: { title: A, version: '1' }
x-trilogue: { limits: { maxRequestBytes: 20 } }
paths: { /a: { get: { ${ok} } } }
`,
    },
    {
      defaultsFor: () => [layer("config", { maxRequestBytes: 10, maxResponseBytes: 11 })],
      overridesFor: (operation) => (operation === "A/getA" ? [layer("override", { maxResponseBytes: 30 })] : []),
    },
  );
  const [contract] = model.contracts;
  assert.ok(contract?.kind === "http");
  const operation = operationNamed(contract, "getA");
  assert.deepEqual([value(operation, "limits.maxRequestBytes"), value(operation, "limits.maxResponseBytes")], [20, 30]);
});

test("a contract says how long its connections are kept", () => {
  const { contract } = lowerApi(`x-trilogue: { limits: { keepalive: 45s } }\npaths: { /a: { get: { ${ok} } } }\n`);
  assert.equal(value(operationNamed(contract, "getA"), "limits.keepalive"), "45s");
});

test("a policy against the method is an error with both places", () => {
  const { diagnostics } = lowerApi(`paths:
  /a:
    get:
      x-trilogue: { idempotency: { level: none } }
      ${ok}
`);
  const [finding] = diagnostics;
  assert.deepEqual([finding?.severity, finding?.code], ["error", "policy-contradicts-contract"]);
  assert.deepEqual(
    [finding?.range, finding?.related?.[0]?.range].map((range) => range && placeOf(range)),
    ["api.yaml:8", "api.yaml:7"],
  );
});

test("a mistake of a shared layer is reported once", () => {
  const { found } = lowerApi(`x-trilogue: { timeout: soon }\npaths: { /a: { get: { ${ok} }, put: { ${ok} } } }\n`);
  assert.deepEqual(found, ["api.yaml:5 invalid-policy-value"]);
});
