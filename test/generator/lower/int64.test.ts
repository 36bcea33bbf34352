import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type Generated } from "../../../generator/src/generate.ts";

function run(schemas: object, int64?: "bigint"): Generated {
  const document = { openapi: "3.1.0", info: { title: "Api", version: "1" }, paths: {}, components: { schemas } };
  const file = { path: "api.json", displayPath: "api.json", text: JSON.stringify(document) };
  return generate(
    { files: [file], entries: new Set([file.path]) },
    { importExtension: "ts", messages: "own", ...(int64 === undefined ? {} : { int64 }) },
  );
}

const typesOf = (schemas: object): string =>
  run(schemas, "bigint").files.find(({ path }) => path === "api_http.ts")?.text ?? "";
const long = { type: "integer", format: "int64" };

test("without the setting nothing is a bigint, and nothing of it is generated", () => {
  const { files } = run({ A: long, B: { type: "object", properties: { id: { type: "integer", format: "uint64" } } } });
  assert.doesNotMatch(files.map(({ text }) => text).join(), /bigint/i);
});

test("what restates a property of 64 bits is of them too", () => {
  const text = typesOf({
    Base: { type: "object", properties: { id: long } },
    Mine: { allOf: [{ $ref: "#/components/schemas/Base" }, { properties: { id: { type: "integer", minimum: 1 } } }] },
  });
  assert.match(text, /Mine = Base & \{ readonly id\?: bigint \}/);
});

test("what restates a plain number of another type stays a number", () => {
  const text = typesOf({
    Base: { type: "object", properties: { id: { type: "integer" } } },
    Mine: { allOf: [{ $ref: "#/components/schemas/Base" }, { properties: { id: long } }] },
    Either: { type: "object", properties: { id: { type: "integer" } }, anyOf: [{ properties: { id: long } }, {}] },
  });
  assert.doesNotMatch(text, /bigint/);
});

test("strings of 64 bits stay strings", () => {
  assert.match(typesOf({ A: { type: "string", format: "int64" } }), /type A = string/);
});

test("numbers of the contract that lost digits are told of, where they count", () => {
  const lines = ({ diagnostics }: Generated): readonly string[] => diagnostics.map(({ message }) => message);
  const odd = { ...long, const: 2 ** 53 + 2 };
  assert.deepEqual(lines(run({ A: odd })), []);
  assert.deepEqual(lines(run({ A: odd }, "bigint")), [
    `"const" has a number that 53 bits can't hold: values are compared with 9007199254740994 instead`,
  ]);
  assert.deepEqual(lines(run({ A: { ...long, minimum: -(2 ** 63), maximum: 2 ** 63 } }, "bigint")), []);
});
