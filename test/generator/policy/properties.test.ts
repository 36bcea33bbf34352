import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PolicyLayerName } from "../../../generator/src/model/policy.ts";
import { readEventExtensions } from "../../../generator/src/policy/event-extensions.ts";
import type { NativeFacts, PolicyLayer } from "../../../generator/src/policy/layers.ts";
import { combineLayers } from "../../../generator/src/policy/merge.ts";
import { parseLayer, type LayerValues } from "../../../generator/src/policy/parse-layer.ts";
import { groupsByPath, policyFields, type FieldType } from "../../../generator/src/policy/shape.ts";
import type { JsonObject, JsonValue } from "../../../generator/src/source/json.ts";
import { setPlace } from "../../../generator/src/source/json.ts";
import { fileOf, get, keyedPost, post, event, resolve, rpc } from "./support.ts";

const range = { file: fileOf("", "generated.yaml"), start: 0, end: 0 };
const names: readonly PolicyLayerName[] = [
  "config",
  "root",
  "service",
  "tag",
  "path",
  "server",
  "channel",
  "operation",
  "override",
];
const allFacts: readonly NativeFacts[] = [get, post, keyedPost, rpc, { ...rpc, isStream: true }, event];

const facts = fc.constantFrom(...allFacts);

function valueOf(type: FieldType): fc.Arbitrary<JsonValue> {
  switch (type.kind) {
    case "duration":
      return fc.integer({ min: Math.max(1, type.minMs), max: Math.min(type.maxMs, 100_000) }).map((ms) => `${ms}ms`);
    case "integer":
      return fc.integer({ min: type.min, max: Math.min(type.max, type.min + 50) });
    case "number":
      return fc.integer({ min: type.min, max: Math.min(type.max, 10) });
    case "percent":
      return fc.oneof(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
      );
    case "boolean":
      return fc.boolean();
    case "enum":
      return fc.constantFrom(...type.values);
    case "string":
      return fc.constantFrom("principal", "orderId", "ORDER_LOST");
    case "keySource":
      return fc.constantFrom("header:Idempotency-Key", "field:a.b", "message:id");
    case "set":
      return fc.array(valueOf(type.item), { maxLength: 3 });
    case "objects":
      return fc.array(fc.record({ message: fc.constantFrom("A", "B", "C"), when: fc.constantFrom("may", "success") }), {
        maxLength: 3,
      });
    case "json":
      return fc.constantFrom<JsonValue>(1, "x", null, [1, 2], { a: 1 });
  }
}

/** Policies of the right types: some fields, nested, and sometimes a reset. */
const policyValue: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc
      .uniqueArray(fc.constantFrom(...policyFields.filter(({ runtime }) => runtime !== undefined)), {
        maxLength: 8,
        selector: ({ path }) => path,
      })
      .chain((fields) =>
        fc.tuple(...fields.map((field) => valueOf(field.type).map((value) => [field.path, value] as const))),
      ),
    fc.option(fc.subarray([...groupsByPath.keys()], { maxLength: 2 }), { freq: 3, nil: undefined }),
  )
  .map(([entries, reset]) => {
    const root: Record<string, JsonValue> = reset === undefined ? {} : { reset };
    for (const [path, value] of entries) {
      const parts = path.split(".");
      let at = root;
      for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Record<string, JsonValue>;
      at[parts.at(-1) ?? ""] = value;
    }
    return root;
  });

const policyLayer: fc.Arbitrary<PolicyLayer> = fc.record({
  name: fc.constantFrom(...names),
  value: policyValue,
  range: fc.constant(range),
});

const literalPaths = new Set(
  policyFields.flatMap(({ runtime, implies }) => [
    ...(runtime === undefined ? [] : [runtime]),
    ...Object.keys(implies ?? {}),
  ]),
);

function leavesOf(value: unknown, path: string): string[] {
  if (literalPaths.has(path) || typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path === "" ? key : `${path}.${key}`));
}

const parsed = (layer: PolicyLayer, to: NativeFacts): LayerValues => parseLayer(layer, to).value;

function plain({ resets, values }: LayerValues): unknown {
  return [[...resets].sort(), [...values].map(([path, { value, layer }]) => [path, value, layer.name]).sort()];
}

test("merging is associative, with an empty layer as neutral element", () => {
  fc.assert(
    fc.property(facts, policyLayer, policyLayer, policyLayer, (to, a, b, c) => {
      const [x, y, z] = [parsed(a, to), parsed(b, to), parsed(c, to)];
      assert.deepEqual(plain(combineLayers(combineLayers(x, y), z)), plain(combineLayers(x, combineLayers(y, z))));
      const empty: LayerValues = { resets: new Set(), values: new Map() };
      assert.deepEqual(plain(combineLayers(empty, x)), plain(x));
      assert.deepEqual(plain(combineLayers(x, empty)), plain(x));
    }),
    { numRuns: 500 },
  );
});

test("the result does not depend on the order in which layers of different names are given", () => {
  fc.assert(
    fc.property(facts, fc.uniqueArray(policyLayer, { selector: ({ name }) => name, maxLength: 5 }), (to, layers) => {
      assert.deepEqual(resolve(to, ...layers), resolve(to, ...[...layers].reverse()));
    }),
    { numRuns: 300 },
  );
});

test("a scalar of the strongest layer stands", () => {
  fc.assert(
    fc.property(fc.array(policyLayer, { maxLength: 4 }), fc.integer({ min: 1, max: 1000 }), (layers, ms) => {
      const last: PolicyLayer = { name: "override", value: { timeout: `${ms}ms` }, range };
      assert.equal(resolve(get, ...layers, last).value.literal["timeoutMs"], ms);
    }),
  );
});

test("a reset in the strongest layer drops everything inherited", () => {
  fc.assert(
    fc.property(facts, fc.array(policyLayer, { maxLength: 4 }), (to, layers) => {
      const top = policyFields.map(({ path }) => path.split(".")[0] ?? "");
      const last: PolicyLayer = { name: "override", value: { reset: [...new Set(top)] }, range };
      assert.deepEqual(resolve(to, ...layers, last).value.literal, resolve(to).value.literal);
    }),
  );
});

test("an operation of level none is never retried or hedged, whatever the layers say", () => {
  fc.assert(
    fc.property(
      facts.filter(({ kind }) => kind !== "event"),
      fc.array(policyLayer, { maxLength: 5 }),
      (to, layers) => {
        const { literal, values } = resolve(to, ...layers).value;
        if ((literal["idempotency"] as { level: string }).level !== "none") return;
        assert.equal(literal["retry"], undefined);
        assert.equal(literal["hedge"], undefined);
        assert.equal(values.find(({ path }) => path === "retry.maxAttempts")?.value, 1);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a stated safe operation never becomes anything that may not repeat", () => {
  fc.assert(
    fc.property(fc.array(policyLayer, { maxLength: 5 }), (layers) => {
      const { level } = resolve(get, ...layers).value.literal["idempotency"] as { level: string };
      assert.ok(level === "safe" || level === "idempotent");
    }),
  );
});

test("the literal holds only fields that the runtime knows, in the order of the table", () => {
  fc.assert(
    fc.property(facts, fc.array(policyLayer, { maxLength: 4 }), (to, layers) => {
      const { literal } = resolve(to, ...layers).value;
      for (const path of leavesOf(literal, "")) assert.ok(literalPaths.has(path), path);
      const order = [
        "timeoutMs",
        "retry",
        "rateLimit",
        "hedge",
        "circuitBreaker",
        "bulkhead",
        "fallback",
        "idempotency",
        "delivery",
        "deadLetter",
        "emits",
        "calls",
        "pagination",
        "limits",
      ];
      assert.deepEqual(
        Object.keys(literal),
        order.filter((key) => key in literal),
      );
    }),
    { numRuns: 500 },
  );
});

test("any JSON is read without an exception, and every diagnostic has a place", () => {
  fc.assert(
    fc.property(facts, fc.array(fc.tuple(fc.constantFrom(...names), jsonObject()), { maxLength: 3 }), (to, values) => {
      const layers = values.map(([name, value]): PolicyLayer => ({ name, value, range }));
      for (const diagnostic of resolve(to, ...layers).diagnostics) {
        assert.ok(diagnostic.range, diagnostic.message);
        assert.ok(diagnostic.help.length > 0);
      }
      for (const { value } of layers) {
        setPlace(value, { ...range, keys: [], offsets: [] });
        assert.ok(Array.isArray(readEventExtensions(value)));
      }
    }),
    { numRuns: 1000 },
  );
});

/** Any object, with a taste for our own names and for hostile ones. */
function jsonObject(): fc.Arbitrary<JsonObject> {
  const keys = [
    ...new Set(policyFields.flatMap(({ path }) => path.split("."))),
    "reset",
    "__proto__",
    "constructor",
    "x-retry",
    "bindings",
    "kafka",
    "$ref",
  ];
  const { tree } = fc.letrec<{ tree: JsonValue; leaf: JsonValue }>((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom<JsonValue>(null, true, -1, 1e400, "5s", "P1D", "10%", "keyed", "__proto__"),
      fc.string(),
      fc.double(),
    ),
    tree: fc.oneof(
      { depthSize: "small" },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie("tree"), { maxKeys: 4, noNullPrototype: false }),
    ),
  }));
  return fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 5 });
}
