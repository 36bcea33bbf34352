import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { compileValidators } from "../../support/compile-validators.ts";

async function issuesOf(schema: object, value: unknown): Promise<readonly ValidationIssue[]> {
  const validate = await compileValidators({ $defs: { Value: schema } }).get("Value");
  const issues: ValidationIssue[] = [];
  const withIssues = validate(value, "", issues);
  assert.equal(validate(value), withIssues, "both passes agree");
  assert.equal(withIssues, issues.length === 0, "false comes with issues, true without");
  return issues;
}

test("names the pointer, the keyword and what was expected", async () => {
  const schema = {
    type: "object",
    required: ["lines"],
    properties: {
      lines: { type: "array", items: { type: "object", properties: { "a/b": { type: "integer", minimum: 1 } } } },
    },
  };
  assert.deepEqual(await issuesOf(schema, { lines: [{ "a/b": 2 }, { "a/b": 0 }] }), [
    { pointer: "/lines/1/a~1b", keyword: "minimum", expected: "at least 1" },
  ]);
  assert.deepEqual(
    (await issuesOf(schema, {})).map(({ keyword }) => keyword),
    ["required"],
  );
});

test("collects every fault, not only the first", async () => {
  const schema = {
    type: "object",
    properties: { a: { type: "string" }, b: { type: "boolean" } },
    additionalProperties: false,
  };
  assert.deepEqual(
    (await issuesOf(schema, { a: 1, b: 2, c: 3 })).map(({ pointer }) => pointer),
    ["/a", "/b", "/c"],
  );
});

test("tries only the branch that the discriminator names", async () => {
  const document = {
    $defs: {
      Pet: { oneOf: [{ $ref: "#/$defs/Cat" }, { $ref: "#/$defs/Dog" }] },
      Cat: {
        type: "object",
        required: ["kind", "lives"],
        properties: { kind: { const: "cat" }, lives: { type: "integer" } },
      },
      Dog: { type: "object", required: ["kind"], properties: { kind: { const: "dog" } } },
    },
  };
  const validate = await compileValidators(document).get("Pet");
  assert.equal(validate({ kind: "cat", lives: 9 }), true);
  assert.equal(validate({ kind: "cat" }), false);
  assert.equal(validate({ kind: "bird" }), false);
});

test("beside null, one form's own faults are shown", async () => {
  const text = { type: "object", properties: { a: { type: "string" } } };
  for (const schema of [{ anyOf: [text, { type: "null" }] }, { oneOf: [{ type: "null" }, text] }]) {
    assert.deepEqual(await issuesOf(schema, null), []);
    assert.deepEqual(await issuesOf(schema, { a: 1 }), [{ pointer: "/a", keyword: "type", expected: "a string" }]);
  }
  const both = { oneOf: [{ type: ["object", "null"] }, { type: "null" }] };
  assert.equal((await issuesOf(both, null)).length, 1, "null fits both forms");
});

test("equal inline schemas share one function, and keep their pointers", async () => {
  const point = { type: "object", required: ["x", "y"], properties: { x: { type: "number" }, y: { type: "number" } } };
  const schema = { type: "object", properties: { from: point, to: { ...point, description: "The other end." } } };
  const { text } = compileValidators({ $defs: { Value: schema } });
  assert.equal(text.match(/badNumber\(/g)?.length, 2);
  const issues = await issuesOf(schema, { from: { x: 1 }, to: { x: "1", y: 2 } });
  assert.deepEqual(
    issues.map(({ pointer, keyword }) => `${pointer} ${keyword}`),
    ["/from required", "/to/x type"],
  );
});

test("scalar properties take one call each, and say what was expected", async () => {
  const properties = {
    name: { type: "string" },
    nick: { type: ["string", "null"] },
    home: { type: "string", format: "uri" },
    age: { type: "integer" },
    ratio: { type: ["number", "null"] },
    on: { type: "boolean" },
    state: { type: "string", enum: ["open", "shut"] },
    tags: { type: "array", items: { type: "string" } },
  };
  const schema = { type: "object", properties };
  const { text } = compileValidators({ $defs: { Value: schema } });
  assert.equal(text.match(/ if \(bad\w+\(v\.\w+, .*"\/\w+"\)\) return false;\n/g)?.length, 7);
  assert.deepEqual(
    await issuesOf(schema, { nick: null, ratio: null, home: "a:b", state: "open", name: undefined }),
    [],
  );
  const wrong = { name: null, nick: 1, home: "a b", age: 1.5, ratio: "1", on: 0, state: "ajar", tags: [undefined] };
  assert.deepEqual(
    (await issuesOf(schema, wrong)).map(({ pointer, keyword, expected }) => `${pointer} ${keyword}: ${expected}`),
    [
      "/name type: a string",
      "/nick type: a string or null",
      "/home format: a URI",
      "/age type: a whole number",
      "/ratio type: a number or null",
      "/on type: a boolean",
      '/state enum: one of "open", "shut"',
      "/tags/0 type: a string",
    ],
  );
});

test("a base that is a union of its own descendants comes to an end", async () => {
  const ref = (name: string): object => ({ $ref: `#/$defs/${name}` });
  const document = {
    $defs: {
      Vehicle: {
        type: "object",
        required: ["kind"],
        properties: { kind: { type: "string" } },
        oneOf: [ref("Car"), ref("Bike")],
      },
      Car: { allOf: [ref("Vehicle"), { required: ["doors"], properties: { doors: { type: "integer" } } }] },
      Bike: { allOf: [ref("Vehicle"), { required: ["gears"], properties: { gears: { type: "integer" } } }] },
    },
  };
  const { get, diagnostics } = compileValidators(document);
  assert.deepEqual(
    diagnostics.map(({ code, severity }) => `${severity} ${code}`),
    ["warning schema-circular-base", "warning schema-circular-base"],
  );
  const [vehicle, car] = [await get("Vehicle"), await get("Car")];
  assert.deepEqual(
    [{ kind: "car", doors: 4 }, { doors: 4 }, { kind: "car" }, { kind: "bike", gears: 3 }].map((value) => [
      vehicle(value),
      car(value),
    ]),
    [
      [true, true],
      [false, false],
      [false, false],
      [true, false],
    ],
  );
});

test("inherited names are no properties", async () => {
  assert.equal((await issuesOf({ type: "object", required: ["constructor", "toString"] }, {})).length, 2);
  const patched = JSON.parse('{"__proto__": 1}') as object;
  assert.deepEqual(
    (await issuesOf({ type: "object", properties: { ["__proto__"]: { type: "string" } } }, patched)).length,
    1,
  );
});

test("19.99 is a multiple of 0.01, and a large whole number is refused as int64", async () => {
  assert.deepEqual(await issuesOf({ multipleOf: 0.01 }, 19.99), []);
  assert.equal((await issuesOf({ type: "integer", format: "int64" }, 2 ** 53)).length, 1);
});

test("unevaluated properties see through references, branches and conditions", async () => {
  const document = {
    $defs: {
      Base: { type: "object", properties: { id: { type: "string" } } },
      Value: {
        allOf: [{ $ref: "#/$defs/Base" }],
        anyOf: [{ required: ["a"], properties: { a: true } }, { properties: { b: { type: "number" } } }],
        unevaluatedProperties: false,
      },
    },
  };
  const validate = await compileValidators(document).get("Value");
  assert.equal(validate({ id: "x", b: 1 }), true);
  assert.equal(validate({ id: "x", c: 1 }), false);
  assert.equal(validate({ a: 1, b: 1 }), true);
});

test("text of a contract never becomes code", async () => {
  const evil = '"]); globalThis.hacked = true; (["';
  const schema = {
    type: "object",
    required: [evil],
    properties: { [evil]: { const: evil, pattern: "^[`${globalThis.hacked=true}]$" } },
    patternProperties: { [`${evil}\\d`]: { enum: [evil, "\u2028", "*/"] } },
  };
  await issuesOf(schema, { [evil]: evil });
  assert.equal("hacked" in globalThis, false);
});
