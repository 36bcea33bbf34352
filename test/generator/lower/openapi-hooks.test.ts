import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerApi } from "./openapi-support.ts";

const ok = "responses: { 204: { description: ok } }";

test("callbacks of a callback are reported", () => {
  const { contract, found } = lowerApi(`paths:
  /a:
    post:
      ${ok}
      callbacks:
        on:
          "{$request.body#/url}":
            post:
              callbacks: { again: { "{$request.body#/url}": { post: { ${ok} } } } }
              ${ok}
            get: { callbacks: {}, ${ok} }
`);
  assert.deepEqual(found, ["api.yaml:13 openapi-nested-callbacks"]);
  assert.deepEqual(
    contract.webhooks.map(({ name }) => name),
    ["postAOn", "postAOnGet"],
  );
});

test("another method of a webhook leaves the names of those that were there", () => {
  const namesOf = (item: string): readonly string[] =>
    lowerApi(`webhooks:\n  placed: { ${item} }\n`).contract.webhooks.map(({ name }) => name);
  assert.deepEqual(namesOf(`post: { ${ok} }`), ["placed"]);
  assert.deepEqual(namesOf(`put: { ${ok} }`), ["placedPut"]);
  assert.deepEqual(namesOf(`put: { ${ok} }, post: { ${ok} }`), ["placedPut", "placed"]);
});

test("a link whose target is no text is one to nowhere", () => {
  const { contract, found } = lowerApi(`paths:
  /a:
    get:
      responses:
        "204":
          description: ok
          links:
            odd: { operationId: {} }
            none: {}
`);
  assert.deepEqual(found, ["api.yaml:12 openapi-unknown-link-target", "api.yaml:13 openapi-unknown-link-target"]);
  assert.deepEqual(contract.operations[0]?.responses[0]?.links, []);
});

test("a link by id goes to the operation of that id, whatever it reads like", () => {
  const { contract } = lowerApi(`paths:
  /a:
    get:
      operationId: get /b
      responses:
        "204":
          description: ok
          links: { self: { operationId: get /b } }
  /b: { get: { operationId: b, ${ok} } }
`);
  assert.deepEqual(
    contract.operations[0]?.responses[0]?.links?.map(({ operation }) => operation),
    ["get /b"],
  );
});

test("a security scheme is found by its pointer, however it is called", () => {
  const { contract, found } = lowerApi(
    `paths: { /a: { get: { security: [{ "#/components/securitySchemes/a~1b": [] }], ${ok} } } }
components: { securitySchemes: { a/b: { type: http, scheme: bearer } } }
`,
    "3.2.0",
  );
  assert.deepEqual(found, []);
  assert.equal(contract.operations[0]?.security?.[0]?.[0]?.scheme, contract.securitySchemes[0]);
  assert.equal(contract.securitySchemes[0]?.name, "a/b");
});
