import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { createSchemas } from "../../../generator/src/config/schemas.ts";
import { parseConfig } from "../../../generator/src/config/parse-config.ts";
import { readSource } from "../../../generator/src/source/read-source.ts";
import { codes, fileOf, layer, event, resolve, get, yaml } from "../policy/support.ts";

const folder = join(import.meta.dirname, "../../../generator/schema");

function compile(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  for (const schema of createSchemas()) ajv.addSchema(JSON.parse(schema.text), schema.name);
  return ajv.getSchema(name) ?? assert.fail(`no schema ${name}`);
}

for (const { name, text } of createSchemas()) {
  test(`the committed ${name} is current`, () => {
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(join(folder, name), text);
    assert.equal(readFileSync(join(folder, name), "utf8"), text, "run with UPDATE_GOLDEN=1");
  });
}

const goodPolicies = [
  "timeout: 800ms",
  "retry: { maxAttempts: 5, backoff: { strategy: linear, initial: 50ms, jitter: a6 } }",
  "retry: { retryOn: [unavailable], budget: { percent: 10% } }",
  "hedge: { maxAttempts: 2, delay: 0ms }\nreset: [retry, circuitBreaker.openFor]",
  "fallback: { example: [1, { a: null }] }",
  'rateLimit: { limit: 5, per: 1s, key: "header:X-Tenant" }',
  "idempotency: { level: idempotent }\nemits: [{ message: A }]\ncalls: [a.v1.B/c]",
];
const badPolicies = [
  "timeout: 5",
  "timeout: PT5S",
  "timout: 1s",
  "retry: { maxAttempts: 0 }",
  "retry: { retryOn: [oops] }",
  "reset: [nothing]",
  "fallback: { operation: a, stale: { for: 1s } }",
  "circuitBreaker: { failureRate: 2 }",
  "emits: [{ when: may }]",
  "mirror: { to: a }",
  'rateLimit: { key: "x y" }',
];

for (const text of goodPolicies) {
  test(`schema and parser both accept the policy ${text.replaceAll("\n", "; ")}`, () => {
    const validate = compile("x-trilogue.schema.json");
    assert.ok(validate(toPlain(text)), JSON.stringify(validate.errors));
    assert.deepEqual(
      codes(resolve({ ...get, level: { value: "safe", why: "GET" }, levelIsFact: false }, layer("operation", text))),
      [],
    );
  });
}

for (const text of badPolicies) {
  test(`schema and parser both refuse the policy ${text}`, () => {
    assert.equal(compile("x-trilogue.schema.json")(toPlain(text)), false);
    assert.notDeepEqual(codes(resolve(get, layer("operation", text))), []);
  });
}

test("the schema knows the fields of messages", () => {
  const validate = compile("x-trilogue.schema.json");
  const received =
    "delivery: { ordering: perKey, key: order.id, concurrency: 4, batch: { size: 5, wait: 1s } }\n" +
    "deadLetter: { channel: a.b, neverRetry: [A_B] }";
  assert.ok(validate(toPlain(received)), JSON.stringify(validate.errors));
  assert.deepEqual(codes(resolve(event, layer("operation", received))), []);
  assert.deepEqual(codes(resolve(event, layer("operation", "delivery: { outbox: true }"))), []);
});

const configs: readonly (readonly [isGood: boolean, text: string])[] = [
  [true, "contracts: contracts\nout: src/gen"],
  [
    true,
    "contracts: [a, b]\nimportExtension: js\ntypes: { int64: number }\nformat: prettier\nmessages: external\nvalidation: { formats: annotate }",
  ],
  [
    true,
    "defaults: { timeout: 2s, http: { limits: { maxRequestBytes: 5 } }, event: { delivery: { concurrency: 3 } } }",
  ],
  [false, "contracts: []"],
  [false, "outt: gen"],
  [false, "types: { int64: string }"],
  [false, "types: bigint"],
  [false, "defaults: { timeout: 2 }"],
  [false, "defaults: { http: { hedg: {} } }"],
];

for (const [isGood, text] of configs) {
  test(`schema and parser both ${isGood ? "accept" : "refuse"} the config ${text.replaceAll("\n", "; ")}`, () => {
    const validate = compile("trilogue.schema.json");
    assert.equal(validate(toPlain(text)), isGood, JSON.stringify(validate.errors));
    assert.equal(parseConfig(fileOf(text, "trilogue.yaml")).diagnostics.length === 0, isGood);
  });
}

test("the schema of policy files accepts one and refuses a method without service", () => {
  const validate = compile("policy-file.schema.json");
  assert.ok(validate(toPlain('trilogue: "1"\nmethods: [{ name: [{ service: a.B }, {}], policy: { timeout: 1s } }]')));
  assert.equal(validate(toPlain('trilogue: "1"\nmethods: [{ name: [{ method: B }], policy: {} }]')), false);
  assert.equal(validate(toPlain("methods: []")), false);
});

function toPlain(text: string): unknown {
  assert.ok(yaml(text));
  return JSON.parse(JSON.stringify(readSource(fileOf(text, "a.yaml")).value));
}
