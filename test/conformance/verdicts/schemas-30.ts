import type { VerdictCase } from "./run-verdicts.ts";

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

/** Schemas that others refer to; each is a component. */
export const helpers30: Readonly<Record<string, object>> = {
  Named: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
  Colour: { type: "string", enum: ["red", "blue"] },
};

/** Cases over OpenAPI 3.0, whose schemas are read otherwise: a schema, values that fit and values that don't. */
export const cases30: readonly VerdictCase[] = [
  ["nullable", { type: "string", nullable: true, minLength: 1 }, ["x", null], ["", 1]],
  ["nullable false", { type: "string", nullable: false }, ["x"], [null]],
  ["nullable with enum", { type: "string", nullable: true, enum: ["a"] }, ["a", null], ["b"]],
  [
    "nullable with enum that lists null",
    { type: "string", nullable: true, enum: ["a", null] },
    ["a", null],
    ["b", "null"],
  ],
  ["nullable beside $ref is ignored", { ...ref("Named"), nullable: true }, [{ name: "x" }], [null, {}]],
  ["nullable with allOf of a reference", { nullable: true, allOf: [ref("Named")] }, [null, { name: "x" }], [{}, "x"]],
  [
    "nullable with oneOf",
    { nullable: true, oneOf: [ref("Named"), ref("Colour")] },
    [null, "red", { name: "" }],
    ["green", {}],
  ],
  [
    "nullable array",
    { type: "array", nullable: true, items: { type: "integer", nullable: true } },
    [null, [1, null]],
    [["x"], {}],
  ],
  ["exclusiveMinimum true", { type: "number", minimum: 0, exclusiveMinimum: true }, [0.1], [0, -1]],
  ["exclusiveMaximum true", { type: "number", maximum: 1, exclusiveMaximum: true }, [0.9], [1, 2]],
  ["exclusiveMinimum false", { type: "number", minimum: 0, exclusiveMinimum: false }, [0], [-1]],
  ["$ref ignores its siblings", { ...ref("Colour"), maxLength: 1, enum: ["x"] }, ["red"], ["x", "green"]],
  [
    "additionalProperties false",
    { type: "object", properties: { a: {} }, additionalProperties: false },
    [{ a: 1 }, {}],
    [{ b: 1 }],
  ],
  [
    "allOf with required",
    { allOf: [ref("Named")], required: ["age"] },
    [{ name: "x", age: 1 }],
    [{ name: "x" }, { age: 1 }],
  ],
  [
    "not and anyOf",
    { anyOf: [{ type: "string" }, { type: "integer" }], not: { enum: ["no", 0] } },
    ["x", 1],
    ["no", 0, true],
  ],
  ["uniqueItems", { type: "array", items: {}, uniqueItems: true }, [[1, 2]], [[{ a: 1 }, { a: 1 }]]],
  ["minProperties", { type: "object", minProperties: 1 }, [{ a: 1 }], [{}]],
  ["byte", { type: "string", format: "byte" }, ["aGk=", ""], ["a", "$$$$"]],
];
