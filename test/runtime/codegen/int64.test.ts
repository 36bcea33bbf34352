import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bigintJson, bigintJsonCodec, readInt64, type Int64Shape } from "../../../runtime/src/codegen/v1/int64.ts";

const node: Int64Shape = {
  properties: { id: "int64", next: () => node },
  additional: { items: "int64" },
  known: ["ratio", "name"],
};

const read = (text: string, shape: Int64Shape): unknown => {
  const form = bigintJson(shape);
  return form.settle(form.parse(text));
};

const whole = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
);

const { tree } = fc.letrec<{ tree: object }>((tie) => ({
  tree: fc.record(
    {
      id: whole,
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
      name: fc.string(),
      list: fc.array(whole),
      next: fc.oneof({ maxDepth: 4 }, fc.constant(null), tie("tree")),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
}));

test("what is written is read again, and other parsers take it for numbers", () => {
  const form = bigintJson(() => node);
  fc.assert(
    fc.property(tree, (value) => {
      const text = form.write(value);
      assert.ok(text !== undefined);
      assert.deepEqual(form.settle(form.parse(text)), value);
      assert.doesNotThrow(() => JSON.parse(text, isNoText));
      const codec = bigintJsonCodec(() => node);
      assert.deepEqual(codec.decode(codec.encode(value)), value);
    }),
  );
});

function isNoText(key: string, value: unknown): unknown {
  assert.ok(key !== "id" || typeof value === "number", key);
  return value;
}

test("only whole numbers at their places are bigints; the text of others is read as ever", () => {
  assert.deepEqual(read('{"id":1,"ratio":1}', node), { id: 1n, ratio: 1 });
  assert.deepEqual(read('{"id":"1","ratio":12345678901234567890}', node), { id: "1", ratio: 12345678901234567890 });
  assert.deepEqual(read('{"id":1.5}', node), { id: 1.5 });
  assert.deepEqual(read('{"id":9007199254740993.0}', node), { id: 9007199254740992 });
  assert.deepEqual(read(`{"id":${"9".repeat(400)}}`, node), { id: Number.POSITIVE_INFINITY });
  assert.deepEqual(read("9007199254740993", "int64"), 9_007_199_254_740_993n);
  assert.deepEqual(read("[9007199254740993,1]", { prefix: [null, "int64"], after: 2 }), [9007199254740992, 1n]);
  assert.deepEqual(read('{"a1":1,"b":1}', { patterns: [["^a", "int64"]] }), { a1: 1n, b: 1 });
  assert.throws(() => read("{", node), SyntaxError);
});

test("a key that is called as a prototype is data", () => {
  const value = read('{"__proto__":{"id":9007199254740993},"x":1}', { additional: node }) as object;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value), ["__proto__", "x"]);
  const inner = Object.getOwnPropertyDescriptor(value, "__proto__")?.value as object;
  assert.deepEqual(inner, { id: 9_007_199_254_740_993n });
});

test("a tag picks the member; without one, those that the value fits do", () => {
  const hasId = (value: unknown): boolean => typeof (value as { readonly id: unknown }).id === "bigint";
  const shape: Int64Shape = { any: [[{ properties: { id: "int64" } }, hasId, ["cat"]]], tag: "kind" };
  assert.deepEqual(read('{"kind":"cat","id":1}', shape), { kind: "cat", id: 1n });
  assert.deepEqual(read('{"kind":"dog","id":1}', shape), { kind: "dog", id: 1 });
  const untagged: Int64Shape = { any: [[{ properties: { id: "int64" } }, () => false]] };
  assert.deepEqual(read('{"id":1}', untagged), { id: 1 });
});

test("unions within unions take no more than a moment, whatever comes", () => {
  const fits = (): boolean => true;
  const branch: Int64Shape = { properties: { left: () => either, value: "int64" } };
  const either: Int64Shape = {
    any: [
      [branch, fits],
      [{ properties: { left: () => either } }, fits],
    ],
  };
  const depth = 60;
  const text = `${'{"left":'.repeat(depth)}{"value":9007199254740993}${"}".repeat(depth)}`;
  let value = read(text, () => either) as { readonly left?: never; readonly value?: bigint };
  while (value.left !== undefined) value = value.left;
  assert.equal(value.value, 9_007_199_254_740_993n);
});

test("texts of parameters have no more digits than a number of 64 bits", () => {
  assert.deepEqual(readInt64("-9223372036854775808"), { value: -(2n ** 63n) });
  for (const text of ["", "1.0", "01", "+1", "1e3", "0x1", " 1", "1".repeat(21)])
    assert.equal(readInt64(text), undefined);
});
