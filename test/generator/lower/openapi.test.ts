import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../../generator/src/source/source-file.ts";
import { lowerApi, lowerTexts, operationNamed, withoutPlaces } from "./openapi-support.ts";

const ok = "responses: { 204: { description: ok } }";

test("a document is named after its directory and title", () => {
  const { model } = lowerTexts({
    "payments/v1/openapi.yaml":
      "openapi: 3.1.0\ninfo: { title: Payments, version: '1', description: Takes money. }\npaths: {}\n",
    "b/api.yaml": "openapi: 3.1.0\ninfo: { title: \"GitHub's API\", version: '1' }\npaths: {}\n",
  });
  assert.deepEqual(
    model.contracts.map((contract) => contract.kind === "http" && [contract.path, contract.name, contract.fullName]),
    [
      ["b/api.yaml", "GitHub's API", "b.GitHubsAPI"],
      ["payments/v1/openapi.yaml", "Payments", "payments.v1.Payments"],
    ],
  );
});

test("servers give path prefixes, variables as their defaults", () => {
  const servers = `servers:
  - { url: 'https://{region}.example.com/{base}/', variables: { region: { default: eu }, base: { default: v2 } } }
  - { url: /v2 }
  - { url: 'http://localhost:8080' }
  - { url: '/{gone}' }
paths: {}
`;
  const { contract, found } = lowerApi(servers);
  assert.deepEqual(contract.basePaths, ["/v2", "", "/{gone}"]);
  assert.deepEqual(found, ["api.yaml:9 openapi-server-variable"]);
  assert.deepEqual(lowerApi("paths: {}\n").contract.basePaths, [""]);
});

test("operations without an id are named after method and path", () => {
  const { contract } = lowerApi(`paths:
  /: { get: { ${ok} } }
  /pets/{petId}: { get: { parameters: [{ name: petId, in: path, required: true, schema: { type: string } }], ${ok} } }
  /a-b: { post: { ${ok} } }
  /a/b: { post: { ${ok} } }
  /taken: { put: { operationId: postAB, ${ok} } }
`);
  assert.deepEqual(
    contract.operations.map(({ name }) => name),
    ["get", "getPetsByPetId", "postAB2", "postAB3", "postAB"],
  );
});

test("a second use of an operationId is a warning with both places", () => {
  const { contract, diagnostics } = lowerApi(`paths:
  /a: { get: { operationId: read, ${ok} } }
  /b: { get: { operationId: read, ${ok} } }
`);
  assert.deepEqual(
    contract.operations.map(({ name }) => name),
    ["read", "getB"],
  );
  const [finding] = diagnostics;
  assert.equal(finding?.code, "openapi-duplicate-operation-id");
  assert.deepEqual(
    [finding?.range, finding?.related?.[0]?.range].map((range) => range && placeOf(range)),
    ["api.yaml:7", "api.yaml:6"],
  );
});

test("parameters of the path are continued and replaced by the operation's, with the defaults of their places", () => {
  const { contract, found } = lowerApi(`paths:
  /a/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
      - { name: q, in: query, schema: { type: string } }
      - { name: X-A, in: header, schema: { type: string } }
    get:
      operationId: read
      parameters:
        - { name: q, in: query, required: true, style: deepObject, schema: { type: object } }
        - { name: x-a, in: header, description: mine, schema: { type: integer } }
        - { name: sid, in: cookie, deprecated: true, schema: { type: string } }
        - { name: filter, in: query, content: { Application/JSON: { schema: { type: object } } } }
      ${ok}
`);
  assert.deepEqual(found, []);
  assert.deepEqual(withoutPlaces(operationNamed(contract, "read").parameters), [
    {
      in: "path",
      name: "id",
      required: true,
      style: "simple",
      explode: false,
      allowReserved: false,
      schema: { types: ["string"] },
    },
    {
      in: "query",
      name: "q",
      required: true,
      style: "deepObject",
      explode: false,
      allowReserved: false,
      schema: { types: ["object"] },
    },
    {
      in: "header",
      name: "x-a",
      required: false,
      description: "mine",
      style: "simple",
      explode: false,
      allowReserved: false,
      schema: { types: ["integer"] },
    },
    {
      in: "cookie",
      name: "sid",
      required: false,
      deprecated: true,
      style: "form",
      explode: true,
      allowReserved: false,
      schema: { types: ["string"] },
    },
    {
      in: "query",
      name: "filter",
      required: false,
      style: "form",
      explode: true,
      allowReserved: false,
      mediaType: "application/json",
      schema: { types: ["object"] },
    },
  ]);
});

test("response headers may begin with x-, in either case", () => {
  const { contract } = lowerApi(`paths:
  /a: { get: { responses: { 204: { description: ok, headers: { x-one: { schema: {} }, X-Two: { schema: {} } } } } } }
`);
  const [operation] = contract.operations;
  assert.deepEqual(
    operation?.responses.flatMap(({ headers }) => headers.map(({ name }) => name)),
    ["x-one", "X-Two"],
  );
});

test("bodies and responses keep all media types, headers, encodings and examples", () => {
  const { contract } = lowerApi(`paths:
  /a:
    post:
      operationId: send
      summary: Sends.
      tags: [x]
      deprecated: true
      requestBody:
        required: true
        content:
          Application/Vnd.Acme+JSON; Version=A1: { schema: { type: object } }
          multipart/form-data:
            schema: { type: object }
            encoding: { file: { contentType: image/png, style: form, explode: false } }
      responses:
        201:
          description: made
          headers: { X-Rate: { required: true, schema: { type: integer } }, Content-Type: { schema: { type: string } } }
          content: { application/json: { schema: { type: string }, example: hi }, text/plain: {} }
        4xx: { description: no }
        default: { $ref: '#/components/responses/Error' }
components:
  responses:
    Error: { description: bad, content: { application/problem+json: { examples: { one: { value: { a: 1 } } } } } }
`);
  const { body, responses, ...rest } = operationNamed(contract, "send");
  assert.deepEqual(
    [rest.summary, rest.tags, rest.deprecated, rest.method, rest.path],
    ["Sends.", ["x"], true, "POST", "/a"],
  );
  assert.deepEqual(withoutPlaces(body), {
    required: true,
    content: [
      { mediaType: "application/vnd.acme+json; version=A1", schema: { types: ["object"] } },
      {
        mediaType: "multipart/form-data",
        schema: { types: ["object"] },
        encoding: [{ property: "file", contentType: "image/png", style: "form", explode: false }],
      },
    ],
  });
  assert.deepEqual(withoutPlaces(responses), [
    {
      status: "201",
      description: "made",
      headers: [
        {
          in: "header",
          name: "X-Rate",
          required: true,
          style: "simple",
          explode: false,
          allowReserved: false,
          schema: { types: ["integer"] },
        },
      ],
      content: [
        { mediaType: "application/json", schema: { types: ["string"] }, example: { value: "hi" } },
        { mediaType: "text/plain" },
      ],
    },
    { status: "4XX", description: "no", headers: [], content: [] },
    {
      status: "default",
      description: "bad",
      headers: [],
      content: [{ mediaType: "application/problem+json", example: { value: { a: 1 } } }],
    },
  ]);
});

test("3.2 brings query, additional methods, whole query strings and streamed items", () => {
  const { contract, found } = lowerApi(
    `paths:
  /a:
    query:
      operationId: search
      parameters:
        - { name: all, in: querystring, content: { application/x-www-form-urlencoded: { schema: { type: object } } } }
      requestBody: { content: { application/json: {} } }
      responses: { 200: { description: ok, content: { text/event-stream: { itemSchema: { type: object } } } } }
    additionalOperations: { LINK: { operationId: link, ${ok} } }
`,
    "3.2.0",
  );
  assert.deepEqual(found, []);
  assert.deepEqual(
    contract.operations.map(({ name, method }) => [name, method]),
    [
      ["search", "QUERY"],
      ["link", "LINK"],
    ],
  );
  const search = operationNamed(contract, "search");
  assert.equal(search.parameters[0]?.in, "querystring");
  assert.deepEqual(withoutPlaces(search.responses[0]?.content[0]?.itemSchema), { types: ["object"] });
});

test("webhooks and callbacks are listed apart, with names of their own", () => {
  const { contract } = lowerApi(`paths:
  /a:
    post:
      operationId: subscribe
      ${ok}
      callbacks: { onData: { '{$request.body#/url}': { post: { ${ok} } } } }
webhooks:
  new-pet: { post: { ${ok} } }
`);
  assert.deepEqual(
    contract.operations.map(({ name }) => name),
    ["subscribe"],
  );
  assert.deepEqual(
    contract.webhooks.map(({ name, hook, method }) => [name, hook, method]),
    [
      ["newPet", { kind: "webhook", name: "new-pet" }, "POST"],
      [
        "subscribeOnData",
        { kind: "callback", name: "onData", operation: "subscribe", expression: "{$request.body#/url}" },
        "POST",
      ],
    ],
  );
});

test("what the document asks of its callers is not asked of webhooks", () => {
  const { contract } = lowerApi(`security: [{ key: [] }]
webhooks:
  a: { post: { ${ok} } }
  b: { post: { security: [{ key: [] }], ${ok} } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: X-Key } } }
`);
  assert.deepEqual(
    contract.webhooks.map(({ security }) => security?.length),
    [undefined, 1],
  );
});

test("an address of a callback that is no runtime expression is located", () => {
  const { contract, found } = lowerApi(`paths:
  /a:
    post:
      ${ok}
      callbacks:
        on:
          "{$request.body.url}":
            post: { ${ok} }
`);
  assert.deepEqual(found, ["api.yaml:11 openapi-bad-callback-address"]);
  assert.deepEqual(contract.webhooks[0]?.hook, { kind: "callback", name: "on", operation: "postA" });
});

test("security comes from the operation, else from the document", () => {
  const { contract, found } = lowerApi(`security: [{ key: [] }, { none: [] }]
paths:
  /a:
    get: { operationId: a, ${ok} }
    put: { operationId: b, security: [], ${ok} }
    post: { operationId: c, security: [{ oauth: [read] }, {}], ${ok} }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    oauth: { type: oauth2, flows: {} }
    basic: { type: http, scheme: Basic }
    odd: { type: apiKey, in: header }
`);
  assert.deepEqual(
    contract.operations.map(({ security }) =>
      security?.map((alternative) => alternative.map(({ scheme, scopes }) => [scheme.name, scheme.kind, ...scopes])),
    ),
    [[[["key", "apiKey"]], [["none", "unknown"]]], [], [[["oauth", "oauth2", "read"]], []]],
  );
  assert.deepEqual(
    contract.securitySchemes.map(({ at, ...scheme }) => scheme),
    [
      { name: "key", kind: "apiKey", in: "header", parameter: "X-Key" },
      { name: "oauth", kind: "oauth2", flows: {} },
      { name: "basic", kind: "basic" },
      { name: "odd", kind: "unknown" },
      { name: "none", kind: "unknown" },
    ],
  );
  assert.deepEqual(found, ["api.yaml:16 openapi-bad-security-scheme", "api.yaml:5 openapi-unknown-security-scheme"]);
});

test("parts of a document may stand in other files, and their places are there", () => {
  const { model, found } = lowerTexts({
    "api.yaml": `openapi: 3.0.3
info: { title: A, version: '1', description: { $ref: parts/about.yml } }
paths:
  /a/{id}: { $ref: parts/item.yml }
  /b: { post: { $ref: 'parts/item.yml#/post' } }
`,
    "parts/about.yml": "Long text.\n",
    "parts/item.yml": `parameters:
  - { name: id, in: path, required: true, schema: { type: string } }
post:
  operationId: make
  responses: { 200: { description: ok, content: { application/json: { schema: { $ref: models/pet.yml } } } } }
`,
    "parts/models/pet.yml": "type: string\nnullable: true\n",
  });
  const [contract] = model.contracts;
  assert.ok(contract?.kind === "http");
  assert.equal(contract.description, "Long text.");
  assert.equal(placeOf(operationNamed(contract, "make").at), "parts/item.yml:3");
  assert.deepEqual(
    [...model.types.values()].map(({ id, schema }) => [id, schema.types]),
    [["parts/models/pet.yml#", ["string", "null"]]],
  );
  assert.deepEqual(found, ["parts/item.yml:4 openapi-duplicate-operation-id"]);
});

test("hostile names and texts pass as data", () => {
  const { contract } = lowerApi(`paths:
  '/a/{__proto__}':
    get:
      operationId: '__proto__'
      description: '*/ process.exit(1) /*'
      security: [{ __proto__: [] }]
      ${ok}
`);
  const operation = operationNamed(contract, "__proto__");
  assert.equal(operation.description, "*/ process.exit(1) /*");
  assert.deepEqual(
    operation.parameters.map(({ name }) => name),
    ["__proto__"],
  );
  assert.equal(operation.security?.[0]?.[0]?.scheme.name, "__proto__");
});
