import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../../generator/src/check/check.ts";
import { placeOf } from "../../../generator/src/source/source-file.ts";
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

/** An AsyncAPI document titled Shop, whose message Placed has the fields `id` and `buyer.name`. */
function shop(policy: string, action: "send" | "receive" = "send"): Texts {
  return {
    "shop.yaml": `asyncapi: 3.0.0
info: { title: Shop, version: '1' }
channels:
  orders: { address: shop.orders, messages: { Placed: { $ref: '#/components/messages/Placed' } } }
operations:
  placed:
    action: ${action}
    channel: { $ref: '#/channels/orders' }
    x-trilogue: ${policy}
components:
  messages:
    Placed:
      payload:
        type: object
        properties: { id: { type: string }, buyer: { $ref: '#/components/schemas/Buyer' } }
  schemas:
    Buyer: { allOf: [{ type: object, properties: { name: { type: string } } }] }
`,
  };
}

test("a policy that names what exists has no findings", () => {
  const texts = {
    ...pay(`paths:
  /a:
    x-trilogue: { fallback: { operation: older }, calls: [Pay/older], emits: [{ message: Placed }] }
    get: { operationId: read, ${ok} }
  /b: { get: { operationId: older, ${ok} } }
`),
    ...shop("{ delivery: { key: buyer.name }, deadLetter: { channel: shop.orders } }", "receive"),
  };
  assert.deepEqual(findings(texts).map(show), []);
});

test("calls must name operations", () => {
  const found = findings(
    pay(`paths:
  /a: { get: { operationId: read, x-trilogue: { calls: [olders, Stock/reserve] }, ${ok} } }
  /b: { get: { operationId: older, ${ok} } }
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:4 check-not-in-run", "pay.yaml:4 check-unknown-operation"]);
  assert.equal(found[1]?.help, `did you mean "older"?`);
});

test("emits must name messages", () => {
  const api = pay(
    `paths: { /a: { get: { operationId: read, x-trilogue: { emits: [{ message: Plced }] }, ${ok} } } }\n`,
  );
  const found = findings({ ...api, ...shop("{}") });
  assert.deepEqual(found.map(show), ["pay.yaml:3 check-unknown-message"]);
  assert.equal(found[0]?.help, `did you mean "Placed"?`);
  assert.deepEqual(findings(api).map(show), ["pay.yaml:3 check-not-in-run"]);
});

test("a fallback must be another operation of the same kind, and come to an end", () => {
  const self = pay(
    `paths: { /a: { get: { operationId: read, x-trilogue: { fallback: { operation: read } }, ${ok} } } }\n`,
  );
  assert.deepEqual(findings(self).map(show), ["pay.yaml:3 check-fallback"]);
  const circle = pay(`paths:
  /a: { get: { operationId: one, x-trilogue: { fallback: { operation: two } }, ${ok} } }
  /b: { get: { operationId: two, x-trilogue: { fallback: { operation: one } }, ${ok} } }
`);
  assert.deepEqual(findings(circle).map(show), ["pay.yaml:4 check-fallback", "pay.yaml:5 check-fallback"]);
  const event = pay(
    `paths: { /a: { get: { operationId: read, x-trilogue: { fallback: { operation: Shop/placed } }, ${ok} } } }\n`,
  );
  const [finding] = findings({ ...event, ...shop("{}") });
  assert.match(finding?.message ?? "", /it is of kind event, not http/);
  assert.equal(finding?.related?.[0] && placeOf(finding.related[0].range), "shop.yaml:6");
});

test("a dead letter channel that nobody describes is a warning", () => {
  const found = findings(shop("{ deadLetter: { channel: shop.dead } }", "receive"));
  assert.deepEqual(
    found.map((finding) => `${show(finding)} ${finding.severity}`),
    ["shop.yaml:9 check-unknown-channel warning"],
  );
});

test("the delivery key is a field of the payload", () => {
  const found = findings(shop("{ delivery: { key: buyer.id } }"));
  assert.deepEqual(found.map(show), ["shop.yaml:9 check-unknown-field"]);
  assert.deepEqual(
    found[0]?.related?.map(({ range }) => range.file.path),
    ["shop.yaml"],
  );
});

test("an operation ordered by a key that nothing names is a warning", () => {
  const [found, ...others] = findings(shop("{ delivery: { ordering: perKey } }"));
  assert.deepEqual(others, []);
  assert.equal(found && `${show(found)} ${found.severity}`, "shop.yaml:9 check-ordered-without-key warning");
  assert.match(found?.message ?? "", /ordering is perKey, but no delivery\.key says by which field$/);
  assert.equal(found?.help, "set delivery.key, or pass { key } when producing");
  assert.deepEqual(findings(shop("{ delivery: { ordering: perKey, key: id } }")), []);
  const above = Object.entries(shop("{}")).map(([path, text]) => [
    path,
    `${text}x-trilogue: { delivery: { ordering: perKey } }\n`,
  ]);
  assert.deepEqual(findings(Object.fromEntries(above) as Texts), []);
});

test("fields of the key and the fingerprint are fields of the input", () => {
  const api = (field: string, fingerprint: string): Texts =>
    pay(`security: [{ key: [] }]
paths:
  /a:
    post:
      operationId: make
      x-trilogue: { idempotency: { level: keyed, key: 'field:${field}', fingerprint: [${fingerprint}] } }
      parameters: [{ name: q, in: query, schema: { type: string } }]
      requestBody:
        content:
          application/json: { schema: { properties: { order: { properties: { id: { type: string } } } } } }
      ${ok}
components: { securitySchemes: { key: { type: apiKey, in: header, name: K } } }
`);
  assert.deepEqual(findings(api("order.id", "query.q, body.order")).map(show), []);
  assert.deepEqual(findings(api("order.no", "query.z")).map(show), [
    "pay.yaml:8 check-unknown-field",
    "pay.yaml:8 check-unknown-field",
  ]);
});

test("a key header beside a declared one that looks like it is an error; one that nothing is like is legal", () => {
  const api = (key: string, header: string): Texts =>
    pay(`security: [{ key: [] }]
paths:
  /a:
    post:
      operationId: createLoan
      x-trilogue: { idempotency: { level: keyed, key: 'header:${key}' } }
      parameters: [{ name: ${header}, in: header, schema: { type: string } }]
      ${ok}
components: { securitySchemes: { key: { type: apiKey, in: header, name: K } } }
`);
  const [found, ...others] = findings(api("Idem-Key", "Idempotency-Key"));
  assert.deepEqual(others, []);
  assert.equal(found && show(found), "pay.yaml:8 check-undeclared-key-header");
  assert.equal(
    found?.message,
    'idempotency.key names header "Idem-Key", which operation "createLoan" does not declare',
  );
  assert.equal(found?.help, 'did you mean "Idempotency-Key"?');
  assert.equal(found?.related?.[0] && placeOf(found.related[0].range), "pay.yaml:9");
  assert.deepEqual(findings(api("Request-Id", "X-Request-Id")).map(show), ["pay.yaml:8 check-undeclared-key-header"]);
  assert.deepEqual(findings(api("idempotency-key", "Idempotency-Key")), []);
  assert.deepEqual(findings(api("Idem-Key", "X-Tenant")), []);
});

test("a key that the policy requires should not be optional", () => {
  const found = findings(
    pay(`security: [{ key: [] }]
paths:
  /a:
    post:
      operationId: make
      x-trilogue: { idempotency: { required: true } }
      parameters: [{ name: Idempotency-Key, in: header, schema: { type: string } }]
      ${ok}
components: { securitySchemes: { key: { type: apiKey, in: header, name: K } } }
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:8 check-optional-key"]);
  assert.equal(found[0]?.related?.[0] && placeOf(found[0].related[0].range), "pay.yaml:9");
});

test("a keyed operation can't have a streamed body", () => {
  const found = findings(
    pay(`security: [{ key: [] }]
paths:
  /a:
    post:
      operationId: make
      parameters: [{ name: Idempotency-Key, in: header, schema: { type: string } }]
      requestBody: { content: { application/x-ndjson: {} } }
      ${ok}
components: { securitySchemes: { key: { type: apiKey, in: header, name: K } } }
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:9 check-keyed-streamed-body"]);
});

test("two services of one name are a warning", () => {
  const text = "openapi: 3.1.0\ninfo: { title: Pay, version: '1' }\npaths: {}\n";
  const found = findings({ "v1/a.yaml": text, "v1/b.yaml": text, "v2/a.yaml": text });
  assert.deepEqual(
    found.map((finding) => `${show(finding)} ${finding.severity}`),
    ["v1/b.yaml:1 check-duplicate-service warning"],
  );
});

test("a schema defined by itself is an error, one that contains itself is not", () => {
  const found = findings(
    pay(`components:
  schemas:
    Tree: { properties: { children: { items: { $ref: '#/components/schemas/Tree' } } } }
    A: { allOf: [{ $ref: '#/components/schemas/B' }] }
    B: { $ref: '#/components/schemas/A', description: As an alias. }
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:6 check-circular-schema"]);
  assert.match(found[0]?.message ?? "", /"A" -> "A"/);
});

test("a parameter whose values its style has no text for is a warning; deepObject and content are none", () => {
  const parameters = [
    "{ name: a, in: query, schema: { type: array, items: { $ref: '#/components/schemas/Range' } } }",
    "{ name: b, in: query, style: deepObject, schema: { $ref: '#/components/schemas/Range' } }",
    "{ name: c, in: header, schema: { $ref: '#/components/schemas/Range' } }",
    "{ name: d, in: query, content: { application/json: { schema: { $ref: '#/components/schemas/Range' } } } }",
    "{ name: e, in: query, schema: { type: array, items: { type: [object, string] } } }",
  ];
  const range = "Range: { type: object, properties: { from: { type: array, items: { type: string } } } }";
  const found = findings(
    pay(
      `paths: { /a: { get: { parameters: [${parameters.join(", ")}], ${ok} } } }\ncomponents: { schemas: { ${range} } }\n`,
    ),
  );
  assert.deepEqual(
    found.map(({ code, message }) => [code, /"(.)"/.exec(message)?.[1]]),
    [
      ["check-unwritable-parameter", "a"],
      ["check-unwritable-parameter", "c"],
    ],
  );
});

test("a form that is no object is a warning", () => {
  const found = findings(
    pay(`paths:
  /a:
    get:
      operationId: read
      ${ok}
    post:
      operationId: send
      requestBody:
        content:
          application/x-www-form-urlencoded: { schema: { type: array, items: {} } }
          multipart/form-data: { schema: { type: object } }
      ${ok}
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:12 check-unwritable"]);
});

test("two query parameters that take any name are a warning", () => {
  const map = "{ type: object, additionalProperties: { type: string } }";
  const found = findings(
    pay(`paths:
  /a:
    get:
      operationId: read
      parameters:
        - { name: a, in: query, schema: ${map} }
        - { name: b, in: query, schema: ${map} }
        - { name: c, in: query, style: deepObject, schema: ${map} }
      ${ok}
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:9 check-ambiguous-query"]);
});

test("a body that no value fits is a warning", () => {
  const found = findings(
    pay(`paths:
  /a:
    post:
      operationId: send
      requestBody:
        content:
          application/json: { schema: { $ref: '#/components/schemas/Endless' } }
          application/b+json: { schema: { type: array, enum: [a] } }
          application/c+json: { schema: { $ref: '#/components/schemas/List' } }
      ${ok}
components:
  schemas:
    Endless: { type: object, required: [next], properties: { next: { $ref: '#/components/schemas/Endless' } } }
    List: { type: object, required: [all], properties: { all: { type: array, items: { $ref: '#/components/schemas/List' } } } }
`),
  );
  assert.deepEqual(found.map(show), ["pay.yaml:9 check-unsatisfiable", "pay.yaml:10 check-unsatisfiable"]);
});

test("webhooks are checked as all operations are", () => {
  const found = findings(
    pay(`webhooks:
  paid:
    post:
      operationId: onPaid
      parameters:
        - { name: a, in: query, schema: { type: object, additionalProperties: { type: string } } }
        - { name: b, in: query, schema: { type: object, additionalProperties: { type: string } } }
      requestBody:
        content:
          application/json: { schema: { type: array, enum: [a] } }
          multipart/form-data: { schema: { type: string } }
      ${ok}
`),
  );
  assert.deepEqual(found.map(show).toSorted(), [
    "pay.yaml:12 check-unsatisfiable",
    "pay.yaml:13 check-unwritable",
    "pay.yaml:9 check-ambiguous-query",
  ]);
});
