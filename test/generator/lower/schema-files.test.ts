import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerTexts } from "./openapi-support.ts";

test("schemas in a file of their own, behind one reference, have their names", () => {
  const { model, found } = lowerTexts({
    "api.yaml":
      "openapi: 3.0.3\ninfo: { title: T, version: '1' }\npaths: {}\ncomponents: { schemas: { $ref: './parts/s.yaml' } }\n",
    "parts/s.yaml": "Pet: { type: object, properties: { name: { type: string } } }\nTag: { type: string }\n",
  });
  assert.deepEqual(found, []);
  assert.deepEqual(
    [...model.types.values()].map(({ name }) => name),
    ["Pet", "Tag"],
  );
});
