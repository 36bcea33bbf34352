import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerSchemas } from "./openapi-support.ts";

const ref = (name: string): string => `{ $ref: '#/components/schemas/${name}' }`;
const union = (rest: string): string =>
  `U: { oneOf: [${ref("A")}, ${ref("B")}], discriminator: { propertyName: kind${rest} } }\n`;

function literals(
  text: string,
  name: string = "U",
): { readonly mapping: readonly string[] | undefined; readonly found: readonly string[] } {
  const { types, found } = lowerSchemas(text);
  const mapping = types[name]?.schema.discriminator?.mapping.map(
    ({ value, type }) => `${value}=${type.slice(type.lastIndexOf("/") + 1)}`,
  );
  return { mapping, found };
}

test("a member's own const goes before its name", () => {
  const { mapping, found } = literals(
    `${union("")}A: { properties: { kind: { const: a } } }\nB: { properties: { kind: { enum: [b, bb] } } }`,
  );
  assert.deepEqual(mapping, ["a=A", "b=B", "bb=B"]);
  assert.deepEqual(found, []);
});

test("without a const the mapping counts, by name or by reference, and then the name", () => {
  const mapping = ", mapping: { x: A, y: '#/components/schemas/A' }";
  assert.deepEqual(literals(`${union(mapping)}A: { type: object }\nB: { type: object }`).mapping, [
    "x=A",
    "y=A",
    "B=B",
  ]);
});

test("an enum inherited from a common base is narrowed by mapping or name", () => {
  const base = "Base: { properties: { kind: { enum: [a, B] } } }\n";
  const text = `${union(", mapping: { a: A }")}${base}A: { allOf: [${ref("Base")}] }\nB: { allOf: [${ref("Base")}] }`;
  assert.deepEqual(literals(text), { mapping: ["a=A", "B=B"], found: [] });
});

test("a mapping against the member's const is reported, and the const wins", () => {
  const { mapping, found } = literals(
    `${union(", mapping: { x: A }")}A: { properties: { kind: { const: a } } }\nB: {}`,
  );
  assert.deepEqual(mapping, ["a=A", "B=B"]);
  assert.deepEqual(found, ["api.yaml:7 discriminator-conflict"]);
});

test("a literal of two members makes the union undiscriminated", () => {
  const both = "{ properties: { kind: { const: same } } }";
  assert.deepEqual(literals(`${union("")}A: ${both}\nB: ${both}`), {
    mapping: undefined,
    found: ["api.yaml:7 discriminator-unusable"],
  });
});

test("a name that is another member's mapping value is ambiguous", () => {
  const { mapping, found } = literals(`${union(", mapping: { B: A }")}A: {}\nB: {}`);
  assert.equal(mapping, undefined);
  assert.deepEqual(found, ["api.yaml:7 discriminator-ambiguous"]);
});

test("a mapping to a schema outside the union is reported", () => {
  const { found } = literals(`${union(", mapping: { c: C }")}A: {}\nB: {}\nC: {}`);
  assert.deepEqual(found, ["api.yaml:7 discriminator-mapping-no-member"]);
});

test("an inline alternative can't be named by a discriminator, but null may stand beside", () => {
  const head = (member: string): string =>
    `U: { anyOf: [${ref("A")}, ${member}], discriminator: { propertyName: kind } }\nA: {}`;
  assert.deepEqual(literals(head("{ type: object }")).found, ["api.yaml:7 discriminator-unusable"]);
  assert.deepEqual(literals(head("{ type: 'null' }")).mapping, ["A=A"]);
});

test("a base knows the schemas that extend it, directly or through others", () => {
  const text = `Base: { discriminator: { propertyName: kind, mapping: { cat: Cat } }, required: [kind] }
Cat: { allOf: [${ref("Base")}] }
Dog: { allOf: [${ref("Base")}] }
Puppy: { allOf: [${ref("Dog")}, { properties: { kind: { const: pup } } }] }`;
  assert.deepEqual(literals(text, "Base"), { mapping: ["cat=Cat", "Dog=Dog", "pup=Puppy"], found: [] });
});

test("a union within a union brings its members' literals", () => {
  const text = `${union("")}A: { oneOf: [${ref("C")}, ${ref("D")}] }
B: { properties: { kind: { const: b } } }
C: { properties: { kind: { const: c } } }
D: { properties: { kind: { const: d } } }`;
  assert.deepEqual(literals(text).mapping, ["c=A", "d=A", "b=B"]);
});

test("defaultMapping of 3.2 is kept", () => {
  const { types } = lowerSchemas(`${union(", defaultMapping: B")}A: {}\nB: {}`, "3.2.0");
  assert.equal(types["U"]?.schema.discriminator?.defaultType, "api.yaml#/components/schemas/B");
});

test("a property that members don't declare is a warning, and nothing is switched by it", () => {
  const members = "A: { properties: { kynd: { const: a } } }\nB: { required: [kind], properties: { kynd: {} } }";
  assert.deepEqual(literals(`${union("")}${members}`), {
    mapping: undefined,
    found: ["api.yaml:7 discriminator-undeclared"],
  });
  const [finding] = lowerSchemas(`${union("")}${members}`).diagnostics;
  assert.equal(finding?.severity, "warning");
  assert.equal(
    finding?.message,
    'discriminator.propertyName is "kind", which "A" does not declare; the alternatives are tried in turn',
  );
  assert.equal(finding?.help, 'did you mean "kynd"?');
});

test("a property that a base declares, or that members leave open, is declared", () => {
  const base = "Base: { properties: { kind: { type: string } } }\n";
  const extended = `${base}A: { allOf: [${ref("Base")}, { properties: { a: {} } }] }\nB: { type: object }`;
  assert.deepEqual(literals(`${union("")}${extended}`), { mapping: ["A=A", "B=B"], found: [] });
});
