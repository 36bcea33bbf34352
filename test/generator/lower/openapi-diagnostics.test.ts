import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerApi, lowerTexts } from "./openapi-support.ts";

const ok = "responses: { 204: { description: ok } }";
const parameter = (text: string): string => `paths: { /a/b: { get: { parameters: [{ ${text} }], ${ok} } } }\n`;

/** What is wrong, in one line after the head of four, and the code that says so. */
const cases: readonly (readonly [name: string, text: string, code: string])[] = [
  [
    "a template's name without a parameter",
    `paths: { '/a/{id}': { get: { ${ok} } } }\n`,
    "openapi-undeclared-path-parameter",
  ],
  [
    "a path parameter outside the template",
    parameter("name: id, in: path, required: true, schema: {}"),
    "openapi-unused-path-parameter",
  ],
  ["a parameter without a schema", parameter("name: id, in: query"), "openapi-loose-parameter"],
  [
    "a parameter with two media types",
    parameter("name: id, in: query, content: { a/b: {}, c/d: {} }"),
    "openapi-loose-parameter",
  ],
  ["a style of another place", parameter("name: id, in: query, style: matrix, schema: {}"), "openapi-bad-style"],
  ["a header that OpenAPI ignores", parameter("name: Accept, in: header, schema: {}"), "openapi-ignored-header"],
  [
    "a parameter declared twice",
    parameter("name: a, in: query, schema: {} }, { name: a, in: query, schema: {}"),
    "openapi-duplicate-parameter",
  ],
  [
    "two templates that differ in names only",
    `paths: { '/a/{b}': { parameters: [{ name: b, in: path, required: true, schema: {} }], get: { ${ok} } }, ` +
      `'/a/{c}': { parameters: [{ name: c, in: path, required: true, schema: {} }], get: { ${ok} } } }\n`,
    "openapi-same-template",
  ],
  [
    "a path that a fragment alone tells from another",
    `paths: { '/a#b': { get: { ${ok} } }, /a: { get: { ${ok} } } }\n`,
    "openapi-path-fragment",
  ],
  [
    "a known method in small letters",
    `paths: { /a: { additionalOperations: { link: { ${ok} } } } }\n`,
    "openapi-method-case",
  ],
  [
    "a method that servers do not read",
    `paths: { /a: { additionalOperations: { FROB: { ${ok} } } } }\n`,
    "openapi-unknown-method",
  ],
  ["a path without a slash", `paths: { a: { get: { ${ok} } } }\n`, "openapi-path-without-slash"],
  ["a path with a lone brace", `paths: { '/a/{b': { get: { ${ok} } } }\n`, "openapi-bad-path"],
  [
    "a path with a name twice",
    `paths: { '/{b}/{b}': { get: { parameters: [{ name: b, in: path, schema: {} }], ${ok} } } }\n`,
    "openapi-repeated-path-parameter",
  ],
  ["an operation without responses", "paths: { /a: { get: { operationId: a } } }\n", "openapi-no-responses"],
  ["a bad status", "paths: { /a: { get: { responses: { 2000: { description: ok } } } } }\n", "openapi-bad-status"],
  [
    "GET with a body",
    `paths: { /a: { get: { requestBody: { content: { a/b: {} } }, ${ok} } } }\n`,
    "openapi-body-without-meaning",
  ],
  [
    "one media type in two letter cases",
    `paths: { /a: { put: { requestBody: { content: { a/b: {}, A/B: {} } }, ${ok} } } }\n`,
    "openapi-duplicate-media-type",
  ],
  [
    "a key that is no media type",
    `paths: { /a: { put: { requestBody: { content: { json: {} } }, ${ok} } } }\n`,
    "openapi-bad-media-type",
  ],
  [
    "an unknown security scheme",
    `paths: { /a: { get: { security: [{ none: [] }], ${ok} } } }\n`,
    "openapi-unknown-security-scheme",
  ],
  [
    "a scheme that can't be read",
    "components: { securitySchemes: { a: { type: apiKey } } }\n",
    "openapi-bad-security-scheme",
  ],
  [
    "an authentication scheme that no header can name",
    "components: { securitySchemes: { a: { type: http, scheme: 'a b' } } }\n",
    "openapi-bad-security-scheme",
  ],
  [
    "openIdConnect without its URL",
    "components: { securitySchemes: { a: { type: openIdConnect } } }\n",
    "openapi-bad-security-scheme",
  ],
  [
    "a security requirement that is a name alone",
    `paths: { /a: { get: { security: [key], ${ok} } } }\n`,
    "openapi-expected",
  ],
  [
    "two schemes of one requirement in one place",
    `paths: { /a: { get: { security: [{ a: [], b: [] }], ${ok} } } }\n` +
      "components: { securitySchemes: { a: { type: http, scheme: basic }, b: { type: oauth2, flows: {} } } }\n",
    "openapi-security-clash",
  ],
  [
    "servers of an operation",
    `paths: { /a: { get: { servers: [{ url: "https://x.example" }], ${ok} } } }\n`,
    "openapi-inner-servers",
  ],
  [
    "headers of a part",
    `paths: { /a: { put: { requestBody: { content: { multipart/form-data: { encoding: { a: { headers: {} } } } } }, ${ok} } } }\n`,
    "openapi-ignored-encoding",
  ],
  [
    "encoding of what is no form",
    `paths: { /a: { put: { requestBody: { content: { application/json: { encoding: { a: {} } } } }, ${ok} } } }\n`,
    "openapi-ignored-encoding",
  ],
  [
    "multipart without names",
    `paths: { /a: { put: { requestBody: { content: { multipart/mixed: {} } }, ${ok} } } }\n`,
    "openapi-raw-multipart",
  ],
  [
    "XML with a schema",
    `paths: { /a: { put: { requestBody: { content: { application/xml: { schema: { type: object } } } }, ${ok} } } }\n`,
    "openapi-text-body",
  ],
  [
    "an event stream with a schema of its data",
    `paths: { /a: { put: { requestBody: { content: { text/event-stream: { schema: { type: object } } } }, ${ok} } } }\n`,
    "openapi-event-stream-schema",
  ],
  [
    "an empty value of a number",
    parameter("name: a, in: query, allowEmptyValue: true, schema: { type: integer }"),
    "openapi-empty-value",
  ],
  ["a policy that is no object", `x-trilogue: 5\npaths: { /a: { get: { ${ok} } } }\n`, "openapi-expected"],
];

for (const [name, text, code] of cases) {
  test(`${name} is a located ${code}`, () => {
    assert.deepEqual(lowerApi(text).found, [`api.yaml:5 ${code}`]);
  });
}

test("every finding has a range and a help line", () => {
  for (const [name, text] of cases) {
    for (const { range, help, message } of lowerApi(text).diagnostics) {
      assert.ok(range !== undefined && help !== "" && !message.endsWith("."), name);
    }
  }
});

test("all findings of a document come at once", () => {
  const { found } = lowerApi(`paths:
  a: { get: { ${ok} } }
  /b: { get: {} }
  /c: { get: { responses: { x: {} } } }
`);
  assert.deepEqual(found, [
    "api.yaml:6 openapi-path-without-slash",
    "api.yaml:7 openapi-no-responses",
    "api.yaml:8 openapi-bad-status",
  ]);
});

test("a document that only holds components is fine, one with nothing is not", () => {
  assert.deepEqual(lowerApi("components: {}\n").found, []);
  assert.deepEqual(lowerTexts({ "a.yaml": "openapi: 3.1.0\ninfo: { title: A, version: '1' }\n" }).found, [
    "a.yaml:1 openapi-expected",
  ]);
});

test("a document that is only slightly wrong is read, with a warning for each fault", () => {
  const { contract, diagnostics } = lowerApi(`paths:
  a/{b}/{b}:
    get:
      parameters: [{ name: b, in: path }, { name: b, in: path, schema: { type: integer } }]
      responses:
        '200': { description: ok, content: { 'application/json, v=1': {}, examples: {}, text/plain: null } }
        added-in-2: { description: no }
  '/x/{a}': { get: { ${ok} } }
  '/x/{b}': { get: { ${ok} } }
  /y:
    put: { requestBody: { content: { a/b: {}, A/B: {} } }, parameters: null, responses: { new: {} } }
`);
  assert.deepEqual([...new Set(diagnostics.map(({ severity }) => severity))], ["warning"]);
  const [operation, ...others] = contract.operations;
  assert.equal(operation?.path, "/a/{b}/{b}");
  assert.deepEqual(
    operation.parameters.map(({ name, schema }) => [name, schema.types]),
    [["b", ["string"]]],
  );
  assert.deepEqual(
    operation.responses.map(({ status, content }) => [status, ...content.map(({ mediaType }) => mediaType)]),
    [["200", "application/json", "text/plain"]],
  );
  assert.deepEqual(
    others.map(({ path, body, responses }) => [path, body?.content.length ?? 0, responses[0]?.status]),
    [
      ["/x/{a}", 0, "204"],
      ["/x/{b}", 0, "204"],
      ["/y", 1, "default"],
    ],
  );
});
