import type { VerdictCase } from "./run-verdicts.ts";

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const text = { type: "string" };
const whole = { type: "integer" };
const tagged = (tag: string, name: string, type: object): object => ({
  type: "object",
  required: ["tag", name],
  properties: { tag: { type: "string", enum: [tag] }, [name]: type },
});
const proto = (json: string): unknown => JSON.parse(json) as unknown;

/** Schemas that others refer to; each is a component. */
export const helpers31: Readonly<Record<string, object>> = {
  Base: { type: "object", properties: { id: text }, required: ["id"] },
  Named: { type: "object", properties: { name: text } },
  File: tagged("file", "size", whole),
  Folder: tagged("folder", "items", { type: "array", items: ref("Entry") }),
  Entry: { oneOf: [ref("File"), ref("Folder")], discriminator: { propertyName: "tag" } },
  Cat: { type: "object", required: ["kind"], properties: { kind: text, lives: whole } },
  Dog: { type: "object", required: ["kind"], properties: { kind: text, bark: { type: "boolean" } } },
  Tree: { type: "object", properties: { left: ref("Tree"), value: whole }, additionalProperties: false },
  Short: { type: "string", maxLength: 5 },
};

/** Cases over OpenAPI 3.1: a schema, values that fit and values that don't. */
export const cases31: readonly VerdictCase[] = [
  [
    "additionalProperties false",
    { properties: { a: text }, additionalProperties: false },
    [{}, { a: "x" }, 1, [1]],
    [{ b: 1 }, { a: "x", toString: 1 }],
  ],
  [
    "additionalProperties false alone",
    { type: "object", additionalProperties: false },
    [{}],
    [{ a: undefined, b: 1 }, proto('{"__proto__": 1}')],
  ],
  [
    "additionalProperties with properties",
    { properties: { a: text }, additionalProperties: whole },
    [{ a: "x", b: 1 }],
    [{ b: "x" }, { a: 1 }, { constructor: "x" }],
  ],
  ["additionalProperties beside allOf", { allOf: [ref("Named")], additionalProperties: false }, [{}], [{ name: "x" }]],
  ["patternProperties", { patternProperties: { "^x-": text } }, [{ "x-a": "1", b: 2 }, {}], [{ "x-a": 1 }]],
  [
    "patternProperties with constraints",
    { patternProperties: { "^a": { type: "string", maxLength: 1 } } },
    [{ a: "x", b: "long" }],
    [{ ab: "xy" }],
  ],
  [
    "patternProperties closed",
    { patternProperties: { "^x-": true }, additionalProperties: false },
    [{ "x-1": null }],
    [{ y: 1 }],
  ],
  [
    "patternProperties beside properties",
    { properties: { ab: whole }, patternProperties: { "^a": { type: "integer", minimum: 3 } } },
    [{ ab: 3 }],
    [{ ab: 2 }, { ac: "3" }],
  ],
  ["patternProperties by code points", { patternProperties: { "^\\p{Lu}$": whole } }, [{ É: 1, é: "x" }], [{ É: "x" }]],
  ["allOf with required", { allOf: [ref("Named")], required: ["name"] }, [{ name: "x" }], [{}, { name: 1 }]],
  [
    "allOf of two bases",
    { allOf: [ref("Base"), ref("Named")] },
    [{ id: "1" }, { id: "1", name: "x" }],
    [{ name: "x" }, { id: "1", name: 1 }],
  ],
  ["allOf with inline required", { allOf: [ref("Named"), { required: ["name"] }] }, [{ name: "" }], [{}]],
  [
    "required of undeclared names",
    { type: "object", required: ["x"] },
    [{ x: null }, { x: 0, y: undefined }],
    [{}, { y: 1 }],
  ],
  [
    "required of inherited names",
    { type: "object", required: ["toString", "constructor"] },
    [{ toString: 1, constructor: 2 }],
    [{}, { toString: 1 }],
  ],
  ["not", { not: { type: "string" } }, [1, null, {}], ["", "x"]],
  ["not with required", { type: "object", not: { required: ["a", "b"] } }, [{ a: 1 }, {}], [{ a: 1, b: 2 }]],
  ["not true", { not: true }, [], [null, 1, {}]],
  ["not of not", { not: { not: { type: "integer" } } }, [1, 1.0], [1.5, "1"]],
  [
    "if then else",
    {
      if: { properties: { kind: { const: "a" } }, required: ["kind"] },
      then: { required: ["x"] },
      else: { required: ["y"] },
    },
    [{ kind: "a", x: 1 }, { y: 1 }],
    [{ kind: "a", y: 1 }, { kind: "b" }],
  ],
  ["if without then", { if: { type: "string" }, else: { minimum: 5 } }, ["x", 6], [4]],
  ["if then of a type", { if: { type: "string" }, then: { type: "string", minLength: 2 } }, ["ab", 1], ["a"]],
  [
    "dependentRequired",
    { dependentRequired: { card: ["address", "name"] } },
    [{}, { address: 1 }, { card: 1, address: 1, name: 1 }],
    [{ card: 1, name: 1 }],
  ],
  ["dependentRequired of inherited names", { dependentRequired: { toString: ["a"] } }, [{}], [{ toString: 1 }]],
  [
    "dependentSchemas",
    { dependentSchemas: { a: { properties: { b: whole }, required: ["b"] } } },
    [{ b: "x" }, { a: 1, b: 1 }],
    [{ a: 1 }, { a: 1, b: "x" }],
  ],
  [
    "unevaluatedProperties over allOf",
    { allOf: [ref("Base"), ref("Named")], unevaluatedProperties: false },
    [{ id: "1", name: "x" }],
    [{ id: "1", x: 1 }],
  ],
  [
    "unevaluatedProperties over anyOf",
    {
      anyOf: [
        { properties: { a: text }, required: ["a"] },
        { properties: { b: whole }, required: ["b"] },
      ],
      unevaluatedProperties: false,
    },
    [{ a: "x" }, { a: "x", b: 1 }],
    [
      { a: "x", b: "y" },
      { a: "x", c: 1 },
    ],
  ],
  [
    "unevaluatedProperties over if",
    {
      if: { properties: { a: { const: 1 } }, required: ["a"] },
      then: { properties: { b: true } },
      unevaluatedProperties: false,
    },
    [{ a: 1, b: 2 }],
    [{ b: 2 }, { a: 2 }],
  ],
  [
    "unevaluatedProperties beside $ref",
    { ...ref("Base"), properties: { x: whole }, unevaluatedProperties: false },
    [{ id: "1", x: 1 }],
    [{ id: "1", y: 1 }, { x: 1 }],
  ],
  [
    "unevaluatedProperties with a schema",
    { properties: { a: true }, unevaluatedProperties: { type: "string", maxLength: 2 } },
    [{ a: "long", b: "xy" }],
    [{ b: "xyz" }, { b: 1 }],
  ],
  ["unevaluatedItems after a tuple", { prefixItems: [text], unevaluatedItems: false }, [["x"], []], [["x", 1]]],
  [
    "unevaluatedItems over contains",
    { contains: { const: 1 }, unevaluatedItems: { type: "string" } },
    [[1], [1, "a", 1]],
    [[1, 2], ["a"]],
  ],
  [
    "minProperties and maxProperties",
    { minProperties: 1, maxProperties: 2 },
    [{ a: 1 }, { a: 1, b: 2 }, []],
    [{}, { a: 1, b: 2, c: 3 }],
  ],
  ["propertyNames by pattern", { propertyNames: { pattern: "^[a-z]+$" } }, [{ abc: 1 }, {}], [{ A: 1 }, { "": 1 }]],
  ["propertyNames by enum", { type: "object", propertyNames: { enum: ["a", "b"] } }, [{ a: 1 }], [{ c: 1 }]],
  ["propertyNames by reference", { propertyNames: ref("Short") }, [{ abcde: 1 }], [{ abcdef: 1 }]],
  [
    "uniqueItems",
    { type: "array", uniqueItems: true },
    [[1, "1", true, [1], { a: 1 }], []],
    [
      [1, 1],
      [1, 1.0],
      ["a", "a"],
    ],
  ],
  [
    "uniqueItems by value",
    { uniqueItems: true },
    [
      [{ a: 1 }, { a: "1" }],
      [[], {}],
      [0, false],
      [null, "null"],
    ],
    [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [[1], [1]],
      [{}, {}],
    ],
  ],
  [
    "tuples may be shorter",
    { type: "array", prefixItems: [text, whole] },
    [[], ["x"], ["x", 1], ["x", 1, null]],
    [[1], ["x", "y"]],
  ],
  ["tuples closed by items", { prefixItems: [text], items: false }, [["x"], []], [["x", 1]]],
  ["tuples with a rest", { prefixItems: [text], items: whole, minItems: 1 }, [["x", 1, 2]], [[], ["x", "y"]]],
  [
    "contains with bounds",
    { contains: whole, minContains: 2, maxContains: 3 },
    [
      [1, 2],
      [1, "x", 2, 3],
    ],
    [[1], [1, 2, 3, 4], []],
  ],
  ["contains zero", { contains: whole, minContains: 0 }, [[], ["x"]], []],
  ["$ref with siblings", { ...ref("Short"), minLength: 2 }, ["ab", "abcde"], ["a", "abcdef", 1]],
  ["$ref with description alone", { ...ref("Short"), description: "A short one." }, ["x"], ["abcdef"]],
  [
    "int64 is not coerced",
    { type: "integer", format: "int64" },
    [5, -5, 5.0, 9007199254740991],
    ["5", true, 5.5, null, 9007199254740992, [5]],
    "formats",
  ],
  ["int32", { type: "integer", format: "int32" }, [2147483647, -2147483648], [2147483648, 1.5, "1"], "formats"],
  ["numbers are not coerced", { type: "number", minimum: 0 }, [0, 1e308, 0.1], ["1", -1, null, true]],
  ["booleans are not coerced", { type: "boolean" }, [true, false], ["true", 0, 1, null]],
  [
    "implicit discriminator by the member's own enum",
    ref("Entry"),
    [
      { tag: "file", size: 1 },
      { tag: "folder", items: [{ tag: "file", size: 2 }] },
    ],
    [{ tag: "File", size: 1 }, { tag: "file" }, { tag: "folder", items: [{ tag: "x" }] }, {}, { size: 1 }],
  ],
  [
    "discriminator with a mapping",
    {
      oneOf: [ref("Cat"), ref("Dog")],
      discriminator: {
        propertyName: "kind",
        mapping: { meow: "#/components/schemas/Cat", woof: "#/components/schemas/Dog" },
      },
    },
    [
      { kind: "meow", lives: 9 },
      { kind: "woof", bark: true },
    ],
    [{ kind: "meow", lives: "9" }, { kind: "woof", bark: 1 }, { kind: "Cat" }],
    "discriminator",
  ],
  [
    "date-time with offsets",
    { type: "string", format: "date-time" },
    ["2026-11-22T10:00:00+05:30", "2026-11-22T10:00:00.123456789Z", "1998-12-31T23:59:60Z"],
    ["2026-11-22", "2026-11-22T10:00:00", "2026-02-30T00:00:00Z", 1],
    "formats",
  ],
  [
    "date",
    { type: "string", format: "date" },
    ["2024-02-29"],
    ["2023-02-29", "2026-1-1", "2026-11-22T00:00:00Z"],
    "formats",
  ],
  [
    "uuid",
    { type: "string", format: "uuid" },
    ["2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
    ["2eb8aa08aa9811eab4aa73b441d16380", ""],
    "formats",
  ],
  [
    "inherited names as properties",
    { type: "object", properties: { toString: text, constructor: whole } },
    [{}, { toString: "x" }, { constructor: 1 }],
    [{ toString: 1 }, { constructor: "x" }],
  ],
  [
    "__proto__ is a name like others",
    { type: "object", properties: proto('{"__proto__": {"type": "integer"}}') as object },
    [{}, proto('{"__proto__": 1}')],
    [proto('{"__proto__": "x"}')],
  ],
  [
    "const object whatever the order",
    { const: { a: 1, b: [null] } },
    [{ b: [null], a: 1 }],
    [{ a: 1 }, { a: 1, b: [null], c: 1 }, "x"],
  ],
  ["const null and false", { enum: [null, false] }, [null, false], [0, "", undefined]],
  ["enum of numbers", { enum: [0, 1.5] }, [0, -0, 1.5], [false, "0", 1]],
  ["enum of objects", { enum: [{ a: 1 }, [1]] }, [{ a: 1 }, [1]], [{ a: "1" }, [1, 1], {}]],
  ["multipleOf a decimal", { type: "number", multipleOf: 0.01 }, [19.99, 0.07, 4.35, 1e15, -0.29], [19.995, 0.001]],
  ["multipleOf a large number", { type: "integer", multipleOf: 10 }, [0, 1e300, -20], [5, 11]],
  ["exclusive bounds", { exclusiveMinimum: 0, exclusiveMaximum: 1 }, [0.5, "x"], [0, 1, -1]],
  ["lengths in code points", { type: "string", minLength: 2, maxLength: 2 }, ["ab", "😀é", "👩‍"], ["😀", "abc", "a"]],
  ["pattern with the flag u", { type: "string", pattern: "^.$" }, ["😀", "a"], ["", "ab"]],
  ["pattern is a search", { type: "string", pattern: "b" }, ["abc"], ["ac"]],
  ["type arrays", { type: ["string", "null"], minLength: 1 }, ["x", null], ["", 1, undefined]],
  ["nullable by anyOf", { anyOf: [ref("Named"), { type: "null" }] }, [null, { name: "x" }], [{ name: 1 }, "x"]],
  ["oneOf takes exactly one", { oneOf: [{ type: "integer" }, { minimum: 2 }] }, [1, 2.5, "x"], [3, 1.5]],
  [
    "recursion",
    ref("Tree"),
    [{ left: { left: { value: 1 } } }, {}],
    [{ left: { left: { value: "x" } } }, { left: { right: {} } }],
  ],
  ["boolean schemas in properties", { properties: { a: true, b: false } }, [{ a: 1 }, {}], [{ b: null }]],
  ["integer accepts 1.0", { type: "integer" }, [1.0, -0, 1e3], [1.1, "1"]],
  ["items false", { type: "array", items: false }, [[]], [[1]]],
  ["a string is no array and no object", { type: ["array", "object"] }, [[], {}], ["x", null, 1]],
];
