import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../../generator/src/check/check.ts";
import { lowerTexts, show, type Texts } from "../lower/openapi-support.ts";

const ok = "responses: { 204: { description: ok } }";

/** Findings of the check alone; lowering must have none. */
function findings(texts: Texts): ReturnType<typeof check> {
  const { model, diagnostics } = lowerTexts(texts);
  assert.deepEqual(diagnostics.filter(({ severity }) => severity === "error").map(show), []);
  return check(model);
}

/** An OpenAPI document titled Pay, in which `text` begins at line 3. */
function pay(text: string): Texts {
  return { "pay.yaml": `openapi: 3.1.0\ninfo: { title: Pay, version: '1' }\n${text}` };
}

test("unions of declared properties are no maps of any names", () => {
  const union = "{ anyOf: [{ type: object, properties: { x: {} } }, { type: object, properties: { y: {} } }] }";
  const found = findings(
    pay(`paths:
  /a:
    get:
      operationId: read
      parameters: [{ name: a, in: query, schema: ${union} }, { name: b, in: query, schema: ${union} }]
      ${ok}
`),
  );
  assert.deepEqual(found, []);
});

/** A document whose one operation takes `S0`, the first of many schemas that each lead to the next. */
function chain(length: number, link: (next: string) => string): Texts {
  const schemas = Array.from({ length }, (_, index) => {
    return `    S${index}: ${link(`{ $ref: '#/components/schemas/S${index + 1}' }`)}`;
  });
  return pay(`paths:
  /a:
    post:
      operationId: send
      parameters: [{ name: q, in: query, schema: { $ref: '#/components/schemas/S0' } }]
      requestBody:
        content: { application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/S0' } } }
      ${ok}
components:
  schemas:
${schemas.join("\n")}
    S${length}: { type: object, properties: { id: { type: string, readOnly: true } } }
`);
}

test("schemas that lead to one in ever more ways are looked at once", () => {
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const schemas = chain(
      60,
      (next) => `{ ${keyword}: [${next}, { properties: { p: ${next} }, ${keyword}: [${next}] }] }`,
    );
    assert.deepEqual(findings(schemas), []);
  }
});

test("chains of thousands of schemas are walked in time that grows with their length", () => {
  for (const keyword of ["anyOf", "oneOf"]) {
    assert.deepEqual(findings(chain(3000, (next) => `{ ${keyword}: [${next}, { type: 'null' }] }`)), []);
  }
  const required = chain(3000, (next) => `{ type: object, required: [next], properties: { next: ${next} } }`);
  assert.deepEqual(
    findings(required).map(({ code }) => code),
    ["check-unwritable-parameter"],
  );
});
