import assert from "node:assert/strict";
import { test } from "node:test";
import type { OperationBase } from "../../../runtime/src/descriptor/operation.ts";
import { parseKeyField, parseKeyHeader, readKeyField, writeKeyField } from "../../../runtime/src/idempotency/key.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";

test("a key is the same bare and quoted", () => {
  for (const text of ["8e03978e-40d5-43dd", '"8e03978e-40d5-43dd"', "  8e03978e-40d5-43dd "]) {
    assert.deepEqual(parseKeyHeader(text), { key: "8e03978e-40d5-43dd" });
  }
  assert.deepEqual(parseKeyHeader('"a \\"quoted\\" \\\\ key"'), { key: 'a "quoted" \\ key' });
  assert.deepEqual(parseKeyHeader("x".repeat(255)), { key: "x".repeat(255) });
});

test("lists, control characters, other scripts and long keys are none", () => {
  const bad = [
    "",
    "  ",
    '""',
    "a,b",
    "a, b",
    '"a", "b"',
    "a b",
    '"a',
    'a"',
    '"a\\x"',
    '"a";p=1',
    "a\u0000b",
    "a\nb",
    "é",
    "x".repeat(256),
    `"${"x".repeat(256)}"`,
    `"${'\\"'.repeat(256)}"`,
    "x".repeat(1_000_000),
  ];
  for (const text of bad) assert.ok("fault" in parseKeyHeader(text), JSON.stringify(text.slice(0, 40)));
});

test("no text makes the reader throw, and what it takes is always a key", () => {
  const simulation = createSimulation({ seed: 40 });
  const alphabet = 'ab" \\,;=\t\n\u0000\u007fé{}()[]:/?@-_~!\u2028';
  for (let round = 0; round < 200_000; round++) {
    let text = "";
    for (let length = simulation.random() * 12; length > 0; length--) {
      text += alphabet[Math.floor(simulation.random() * alphabet.length)];
    }
    const reading = parseKeyHeader(text);
    if ("key" in reading) assert.match(reading.key, /^[ -~]{1,255}$/);
  }
});

test("a field's key is text or a number", () => {
  assert.deepEqual(["k", 7, 7n].map(parseKeyField), [{ key: "k" }, { key: "7" }, { key: "7" }]);
  assert.deepEqual([undefined, null, ""].map(parseKeyField), [undefined, undefined, undefined]);
  for (const value of [{}, [], true, "a\nb", "x".repeat(256)]) {
    assert.ok("fault" in (parseKeyField(value) ?? {}), String(value));
  }
});

const policy = { idempotency: { level: "keyed" } } as const;
const rpc: OperationBase = { kind: "rpc", name: "reserve", service: "s", policy };
const http: OperationBase = { kind: "http", name: "create", service: "s", policy };

test("a key is read and written where the contract says, and nothing else changes", () => {
  const source = { from: "field", name: "order.reservation_id" } as const;
  const input = { order: { sku: "a" }, other: { deep: 1 } };
  const written = writeKeyField(rpc, source, { input, key: "k" }) as typeof input;
  assert.deepEqual(written, { order: { sku: "a", reservationId: "k" }, other: { deep: 1 } });
  assert.equal(written.other, input.other);
  assert.deepEqual(input, { order: { sku: "a" }, other: { deep: 1 } });
  assert.equal(readKeyField(rpc, source, written), "k");
  const token = { from: "field", name: "client_token" } as const;
  assert.deepEqual(writeKeyField(http, token, { input: { body: { a: 1 } }, key: "k" }), {
    body: { a: 1, client_token: "k" },
  });
});

test("a path of hostile names reads and writes own properties only", () => {
  const source = { from: "field", name: "__proto__.polluted" } as const;
  assert.equal(readKeyField(http, source, { body: {} }), undefined);
  const written = writeKeyField(http, source, { input: { body: {} }, key: "k" }) as { body: object };
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.equal(Object.hasOwn(written.body, "__proto__"), true);
});
