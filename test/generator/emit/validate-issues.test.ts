import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { compileValidators } from "../../support/compile-validators.ts";

type Row = readonly [schema: object, value: unknown, ...issues: readonly string[]];

const odd = "a/b~c";

/** A schema, a value, and its issues as `pointer keyword: expected`. */
const table: readonly Row[] = [
  [{ type: "string" }, 1, " type: a string"],
  [{ enum: ["a", 1] }, 2, ' enum: one of "a", 1'],
  [{ const: { a: 1 } }, {}, ' const: the value {"a":1}'],
  [{ properties: { [odd]: { minimum: 1 } } }, { [odd]: 0 }, "/a~1b~0c minimum: at least 1"],
  [{ properties: { a: { exclusiveMaximum: 1 } } }, { a: 1 }, "/a exclusiveMaximum: less than 1"],
  [{ items: { multipleOf: 2 } }, [2, 3], "/1 multipleOf: a multiple of 2"],
  [
    { items: { minLength: 2, maxLength: 3 } },
    ["a", "abcd"],
    "/0 minLength: at least 2 characters",
    "/1 maxLength: at most 3 characters",
  ],
  [{ items: { pattern: "^a" } }, ["b"], "/0 pattern: text that matches ^a"],
  [{ items: { type: "string", format: "uuid" } }, ["b"], "/0 format: a UUID"],
  [{ prefixItems: [true, { type: "null" }] }, [1, 2], "/1 type: null"],
  [{ prefixItems: [true], items: false }, [1, 2, 3], "/1 items: no further item", "/2 items: no further item"],
  [{ minItems: 2, maxItems: 0 }, [1], " minItems: at least 2 items", " maxItems: at most 0 items"],
  [{ uniqueItems: true }, [1, 1], " uniqueItems: items that all differ"],
  [{ contains: { const: 1 } }, [2], " contains: at least 1 item of the declared form"],
  [{ contains: { const: 1 }, maxContains: 1 }, [1, 1], " maxContains: at most 1 item of the declared form"],
  [{ prefixItems: [true], unevaluatedItems: false }, [1, 2], "/1 unevaluatedItems: no further item"],
  [
    { properties: { in: { required: ["a", "b"] } } },
    { in: {} },
    '/in required: property "a"',
    '/in required: property "b"',
  ],
  [{ dependentRequired: { a: ["b"] } }, { a: 1 }, ' dependentRequired: property "b" beside "a"'],
  [{ dependentSchemas: { a: { minProperties: 2 } } }, { a: 1 }, " minProperties: at least 2 properties"],
  [
    { properties: { a: true }, additionalProperties: false },
    { a: 1, [odd]: 2 },
    "/a~1b~0c additionalProperties: no further property",
  ],
  [{ additionalProperties: { type: "null" } }, { [odd]: 2 }, "/a~1b~0c type: null"],
  [{ patternProperties: { "^a": { type: "null" } } }, { [odd]: 2, b: 1 }, "/a~1b~0c type: null"],
  [
    { propertyNames: { pattern: "^[a-z]+$" } },
    { [odd]: 2, b: 1 },
    "/a~1b~0c propertyNames: a name that matches ^[a-z]+$",
  ],
  [{ propertyNames: false }, { a: 2 }, "/a propertyNames: a name of the declared form"],
  [{ maxProperties: 1 }, { a: 2, b: 1 }, " maxProperties: at most 1 property"],
  [
    { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
    { a: 1, [odd]: 2 },
    "/a~1b~0c unevaluatedProperties: no further property",
  ],
  [{ properties: { a: false } }, { a: 1 }, "/a false: nothing: the contract forbids it"],
  [
    { properties: { a: { not: { type: "null" } } } },
    { a: null },
    "/a not: something that the contract does not exclude",
  ],
  [
    { properties: { a: { anyOf: [{ type: "null" }, { required: ["x"], type: "object" }, { const: 1 }] } } },
    { a: {} },
    "/a anyOf: one of the declared forms",
  ],
  [{ oneOf: [true, { type: "object" }] }, {}, " oneOf: exactly one of the declared forms"],
  [{ if: { type: "object" }, then: { required: ["x"] } }, {}, ' required: property "x"'],
  [{ $ref: "#/$defs/Pet" }, { kind: "cat", lives: "9" }, "/lives type: a whole number"],
  [{ $ref: "#/$defs/Pet" }, { kind: "bird" }, ' discriminator: property "kind" to be one of "cat", "dog"'],
  [
    { properties: { a: { anyOf: [{ type: "object", required: ["x"] }, { type: "null" }] } } },
    { a: {} },
    '/a required: property "x"',
  ],
];

const pets = {
  Pet: {
    oneOf: [{ $ref: "#/$defs/Cat" }, { $ref: "#/$defs/Dog" }],
    discriminator: { propertyName: "kind" },
  },
  Cat: { type: "object", required: ["kind"], properties: { kind: { const: "cat" }, lives: { type: "integer" } } },
  Dog: { type: "object", required: ["kind", "bark"], properties: { kind: { const: "dog" } } },
};

test("each keyword's issue has its pointer and says what was expected", async () => {
  const compiled = compileValidators({
    $defs: { ...pets, ...Object.fromEntries(table.map(([schema], index) => [`S${index}`, schema])) },
  });
  for (const [index, [schema, value, ...expected]] of table.entries()) {
    const issues: ValidationIssue[] = [];
    (await compiled.get(`S${index}`))(value, "", issues);
    const lines = issues.map(({ pointer, keyword, expected: text }) => `${pointer} ${keyword}: ${text}`);
    assert.deepEqual(lines, expected, JSON.stringify(schema));
  }
});

test("issues are a hundred at most, and pointers begin where the caller says", async () => {
  const validate = await compileValidators({ $defs: { S: { type: "array", items: { type: "string" } } } }).get("S");
  const issues: ValidationIssue[] = [];
  assert.equal(
    validate(
      Array.from({ length: 10_000 }, () => 1),
      "/body",
      issues,
    ),
    false,
  );
  assert.equal(issues.length, 100);
  assert.equal(issues[99]?.pointer, "/body/99");
});
