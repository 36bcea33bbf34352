import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { areUnique, isEqual, isFilePart } from "../../../runtime/src/codegen/v1/validate.ts";

test("items are unique when no two are equal, whatever the order of their properties", () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), (items) => {
      const isUnique = items.every((item, at) => items.slice(at + 1).every((other) => !isEqual(item, other)));
      assert.equal(areUnique(items), isUnique);
      if (items.length > 0) assert.equal(areUnique([...items, structuredClone(items[0])]), false);
    }),
    { numRuns: 500, seed: 7 },
  );
  assert.equal(
    areUnique([
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ]),
    false,
  );
  assert.equal(areUnique([{ a: 1 }, '{"a":1}', ["a"], "a", 1, "1", null, "null"]), true);
});

test("a hundred thousand objects are compared in one pass", () => {
  const items = Array.from({ length: 100_000 }, (_, at) => ({ at }));
  const startedAt = process.hrtime.bigint();
  assert.equal(areUnique(items), true);
  assert.ok(process.hrtime.bigint() - startedAt < 2_000_000_000n);
});

test("a file of a form is bytes, never text", () => {
  assert.deepEqual([new Uint8Array(1), new Blob([]), "x", 1, null, {}, [1]].map(isFilePart), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
