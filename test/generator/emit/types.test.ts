import { strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { declarationOf, fileOf, generateFrom, openApi } from "./contracts.ts";

/** The declaration that a schema `X` gives, with others beside it. */
function declare(schema: object, others: object = {}): string {
  const generated = generateFrom({ "a.yaml": openApi({ schemas: { X: schema, ...others } }) });
  return declarationOf(fileOf(generated, "a_http.ts"), "X");
}

const base = { type: "object", properties: { id: { type: "string" }, n: { type: "integer" } }, required: ["n"] };
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

test("an object is an interface; what is not required is optional, default or not", () => {
  strictEqual(
    declare({
      type: "object",
      required: ["a"],
      properties: { a: { type: "string" }, "b-c": { type: "number", default: 1 } },
    }),
    'export interface X {\n  readonly a: string;\n  readonly "b-c"?: number;\n}',
  );
});

test("an object without properties holds anything", () => {
  strictEqual(declare({ type: "object" }), "export interface X {\n  readonly [key: string]: unknown;\n}");
});

test("an object that may have nothing holds nothing", () => {
  strictEqual(
    declare({ type: "object", additionalProperties: false }),
    "export interface X {\n  readonly [key: string]: never;\n}",
  );
});

test("an index signature is wide enough for the declared properties", () => {
  strictEqual(
    declare({ type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "number" } }),
    "export interface X {\n  readonly a?: string;\n  readonly [key: string]: number | string | undefined;\n}",
  );
});

test("a map is an index signature", () => {
  strictEqual(
    declare({ type: "object", additionalProperties: ref("Base") }, { Base: base }),
    "export interface X {\n  readonly [key: string]: Base;\n}",
  );
});

test("pattern properties give their types to unknown keys", () => {
  strictEqual(
    declare({ type: "object", patternProperties: { "^x-": { type: "string" } }, additionalProperties: false }),
    "export interface X {\n  readonly [key: string]: string;\n}",
  );
});

test("inline members of allOf become one interface", () => {
  strictEqual(
    declare({
      allOf: [
        { type: "object", properties: { a: { type: "string" } } },
        { type: "object", required: ["b"], properties: { b: { type: "null" } } },
      ],
    }),
    "export interface X {\n  readonly a?: string;\n  readonly b: null;\n}",
  );
});

test("references in allOf are intersected with what stands beside them", () => {
  strictEqual(
    declare({ allOf: [ref("Base")], properties: { a: { type: "boolean" } } }, { Base: base }),
    "export type X = Base & { readonly a?: boolean };",
  );
});

test("required names of a sibling make the base's properties required", () => {
  const want = "export type X = Base & { readonly id: string };";
  strictEqual(declare({ allOf: [ref("Base"), { required: ["id", "n"] }] }, { Base: base }), want);
  strictEqual(declare({ allOf: [ref("Base")], required: ["id"] }, { Base: base }), want);
});

test("a required property that copies itself ends", () => {
  strictEqual(
    declare({ type: "object", properties: { child: { allOf: [ref("X")], required: ["child"] } } }),
    "export interface X {\n  readonly child?: X & { readonly child: X & { readonly child: unknown } };\n}",
  );
});

test("oneOf and anyOf are unions without repeats", () => {
  strictEqual(
    declare(
      { oneOf: [ref("Base"), { type: "null" }, ref("Base"), { anyOf: [{ type: "integer" }, { type: "number" }] }] },
      { Base: base },
    ),
    "export type X = Base | null | number;",
  );
});

test("properties beside oneOf hold for every member", () => {
  strictEqual(
    declare(
      {
        properties: { a: { type: "string" } },
        oneOf: [ref("Base"), { type: "object", properties: { b: { type: "string" } } }],
      },
      { Base: base },
    ),
    "export type X = (Base | { readonly b?: string }) & { readonly a?: string };",
  );
});

test("a discriminator narrows members that don't name their tag themselves", () => {
  const tagged = { type: "object", required: ["kind"], properties: { kind: { const: "dog" } } };
  const untagged = { type: "object", required: ["kind"], properties: { kind: { type: "string" } } };
  strictEqual(
    declare(
      {
        oneOf: [ref("Dog"), ref("Cat")],
        discriminator: {
          propertyName: "kind",
          mapping: { dog: "#/components/schemas/Dog", cat: "#/components/schemas/Cat" },
        },
      },
      { Dog: tagged, Cat: untagged },
    ),
    'export type X = Dog | (Cat & { readonly kind: "cat" });',
  );
});

test("enums are literals, with null and mixed types", () => {
  strictEqual(declare({ enum: ["a", 1, null, true] }), 'export type X = "a" | 1 | null | true;');
  strictEqual(declare({ type: "string", enum: ["a", null] }), 'export type X = "a";');
});

test("an open enum keeps its values visible", () => {
  strictEqual(
    declare({ anyOf: [{ enum: ["a", "b"] }, { type: "string" }] }),
    'export type X = "a" | "b" | (string & {});',
  );
});

test("constants may be any JSON", () => {
  strictEqual(declare({ const: { a: [1, "x"] } }), 'export interface X {\n  readonly a: readonly [1, "x"];\n}');
});

test("tuples know which items may be missing", () => {
  const prefixItems = [{ type: "string" }, { type: "number" }];
  strictEqual(
    declare({ type: "array", prefixItems, minItems: 1 }),
    "export type X = readonly [string, number?, ...unknown[]];",
  );
  strictEqual(
    declare({ type: "array", prefixItems, minItems: 2, items: false }),
    "export type X = readonly [string, number];",
  );
});

test("several types are a union", () => {
  strictEqual(
    declare({ type: ["string", "null", "array"], items: { type: "integer" } }),
    "export type X = string | null | readonly number[];",
  );
});

test("boolean schemas are unknown and never", () => {
  strictEqual(
    declare({ properties: { a: true, b: false } }),
    "export interface X {\n  readonly a?: unknown;\n  readonly b?: never;\n}",
  );
});

test("recursion through properties and items stays", () => {
  strictEqual(
    declare({
      anyOf: [
        { type: "string" },
        { type: "array", items: ref("X") },
        { type: "object", additionalProperties: ref("X") },
      ],
    }),
    "export type X = string | readonly X[] | { readonly [key: string]: X };",
  );
});

test("a property named __proto__ is a plain key of the type", () => {
  const schema = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}',
  ) as object;
  strictEqual(
    declare(schema),
    "export interface X {\n  readonly __proto__?: string;\n  readonly constructor?: string;\n}",
  );
});

test("docs, deprecation and place of a type and its properties", () => {
  const text = fileOf(
    generateFrom({
      "a.yaml": openApi({
        schemas: {
          X: {
            type: "object",
            description: "A thing.",
            deprecated: true,
            properties: { a: { type: "string", description: "Its\nname." } },
          },
        },
      }),
    }),
    "a_http.ts",
  );
  const type = "/**\n * A thing. (a.yaml:1)\n *\n * @deprecated\n */\nexport interface X {\n";
  const property = "  /**\n   * Its\n   * name.\n   */\n  readonly a?: string;\n}";
  strictEqual(text.includes(type + property), true, text);
});

test("alternatives of required names narrow what stands beside them", () => {
  const properties = { a: { type: "string" }, b: { type: "string" } };
  strictEqual(
    declare({ type: "object", properties, anyOf: [{ required: ["a"] }, { required: ["b"] }] }),
    "export type X = ({ readonly a: string } | { readonly b: string }) & { readonly a?: string; readonly b?: string };",
  );
});

test("a closed schema adds nothing to what it is combined with", () => {
  strictEqual(
    declare({ allOf: [ref("Base"), { type: "object", additionalProperties: false }] }, { Base: base }),
    "export type X = Base;",
  );
});
