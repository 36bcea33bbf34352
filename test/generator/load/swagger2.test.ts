import assert from "node:assert/strict";
import test from "node:test";
import { rangeOf } from "../../../generator/src/source/json.ts";
import { locate } from "../../../generator/src/source/source-file.ts";
import { at, documentOf, loadTexts, plain, summarize, targetAt } from "./support.ts";

const head = "swagger: '2.0'\ninfo: {title: T, version: '1'}\n";

function convert(text: string): ReturnType<typeof plain> & Record<string, unknown> {
  const { value, diagnostics } = loadTexts({ "a.yaml": head + text });
  assert.deepEqual(summarize(diagnostics), []);
  return plain(documentOf(value.loaded, "a.yaml").root) as Record<string, unknown>;
}

test("turns host, base path and schemes into servers", () => {
  assert.deepEqual(convert("host: api.example.com\nbasePath: /v1\nschemes: [https, http]\npaths: {}\n")["servers"], [
    { url: "https://api.example.com/v1" },
    { url: "http://api.example.com/v1" },
  ]);
  assert.deepEqual(convert("basePath: /v1\npaths: {}\n")["servers"], [{ url: "/v1" }]);
  assert.equal(convert("paths: {}\n")["servers"], undefined);
});

test("moves the type of parameters into schemas, with style for lists", () => {
  const paths = convert(`paths:
  /a/{id}:
    parameters:
      - {name: id, in: path, required: true, type: integer, format: int64}
    get:
      operationId: a
      parameters:
        - {name: many, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: csv, in: query, type: array, items: {type: string, collectionFormat: csv}, description: D}
        - {name: X, in: header, type: array, items: {type: string}, collectionFormat: pipes}
        - {name: n, in: query, type: string, x-nullable: true, default: d, x-own: 1}
      responses: {default: {description: ok}}
`)["paths"];
  assert.deepEqual(paths, {
    "/a/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer", format: "int64" } }],
      get: {
        operationId: "a",
        parameters: [
          {
            name: "many",
            in: "query",
            style: "form",
            explode: true,
            schema: { type: "array", items: { type: "string" } },
          },
          {
            name: "csv",
            in: "query",
            description: "D",
            style: "form",
            explode: false,
            schema: { type: "array", items: { type: "string" } },
          },
          {
            name: "X",
            in: "header",
            style: "pipeDelimited",
            explode: false,
            schema: { type: "array", items: { type: "string" } },
          },
          { name: "n", in: "query", "x-own": 1, schema: { type: "string", nullable: true, default: "d" } },
        ],
        responses: { default: { description: "ok" } },
      },
    },
  });
});

test("turns a body into a request body with the media types that are consumed", () => {
  const root = convert(`consumes: [application/xml]
parameters:
  Shared: {name: b, in: body, required: true, schema: {$ref: '#/definitions/A'}}
definitions: {A: {type: object}}
paths:
  /a:
    post: {parameters: [{$ref: '#/parameters/Shared'}], responses: {}}
    put: {consumes: [application/json], parameters: [{name: b, in: body, schema: {type: string}}], responses: {}}
`);
  assert.deepEqual(at(root as never, "paths", "/a", "post", "requestBody"), {
    required: true,
    content: { "application/xml": { schema: { $ref: "#/components/schemas/A" } } },
  });
  assert.deepEqual(at(root as never, "paths", "/a", "put", "requestBody"), {
    content: { "application/json": { schema: { type: "string" } } },
  });
});

test("turns form parameters into one form, and files into binary parts", () => {
  const root = convert(`paths:
  /a:
    parameters: [{name: shared, in: formData, type: string}]
    post:
      parameters:
        - {name: file, in: formData, type: file, required: true, description: F}
        - {name: tags, in: formData, type: array, items: {type: string}, collectionFormat: multi}
      responses: {}
    put: {consumes: [application/x-www-form-urlencoded], responses: {}}
`);
  assert.deepEqual(at(root as never, "paths", "/a", "post", "requestBody"), {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          required: ["file"],
          properties: {
            shared: { type: "string" },
            file: { type: "string", format: "binary", description: "F" },
            tags: { type: "array", items: { type: "string" } },
          },
        },
        encoding: { tags: { style: "form", explode: true } },
      },
    },
  });
  assert.deepEqual(at(root as never, "paths", "/a", "put", "requestBody", "content"), {
    "application/x-www-form-urlencoded": {
      schema: { type: "object", properties: { shared: { type: "string" } } },
    },
  });
});

test("gives responses the media types that are produced, with headers, files and examples", () => {
  const root = convert(`produces: [application/json]
responses: {Gone: {description: gone, schema: {type: string}}}
paths:
  /a:
    get:
      responses:
        200: {description: ok, schema: {type: array, items: {$ref: '#/definitions/A'}}, headers: {X: {type: integer, description: D}}, examples: {application/json: [1]}}
        204: {description: none}
        410: {$ref: '#/responses/Gone'}
    post:
      produces: [application/pdf, application/json]
      responses: {200: {description: ok, schema: {type: file}}}
definitions: {A: {type: object}}
`);
  assert.deepEqual(at(root as never, "paths", "/a", "get", "responses"), {
    200: {
      description: "ok",
      headers: { X: { description: "D", schema: { type: "integer" } } },
      content: {
        "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/A" } }, example: [1] },
      },
    },
    204: { description: "none" },
    410: { description: "gone", content: { "application/json": { schema: { type: "string" } } } },
  });
  assert.deepEqual(at(root as never, "paths", "/a", "post", "responses", 200, "content"), {
    "application/pdf": { schema: { type: "string", format: "binary" } },
  });
});

test("converts schemas and security definitions", () => {
  const root = convert(`paths: {}
definitions:
  Pet:
    discriminator: kind
    required: [kind]
    properties: {kind: {type: string}, discriminator: {type: string, x-nullable: true}, type: {type: string}}
  Cat: {allOf: [{$ref: '#/definitions/Pet'}, {properties: {x: {additionalProperties: {$ref: '#/definitions/Pet'}}}}]}
securityDefinitions:
  b: {type: basic}
  k: {type: apiKey, in: header, name: X}
  o: {type: oauth2, flow: accessCode, authorizationUrl: 'https://a', tokenUrl: 'https://t', scopes: {r: read}}
`);
  assert.deepEqual(at(root as never, "components"), {
    schemas: {
      Pet: {
        discriminator: { propertyName: "kind" },
        required: ["kind"],
        properties: {
          kind: { type: "string" },
          discriminator: { type: "string", nullable: true },
          type: { type: "string" },
        },
      },
      Cat: {
        allOf: [
          { $ref: "#/components/schemas/Pet" },
          { properties: { x: { additionalProperties: { $ref: "#/components/schemas/Pet" } } } },
        ],
      },
    },
    securitySchemes: {
      b: { type: "http", scheme: "basic" },
      k: { type: "apiKey", in: "header", name: "X" },
      o: {
        type: "oauth2",
        flows: { authorizationCode: { authorizationUrl: "https://a", tokenUrl: "https://t", scopes: { r: "read" } } },
      },
    },
  });
});

test("resolves references from other files by their old place", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": `${head}paths: {}\ndefinitions: {A: {type: object}}\nparameters: {P: {name: p, in: query, type: string}, B: {name: b, in: body, schema: {type: string}}}\n`,
    "b.yaml":
      "openapi: 3.0.0\ninfo: {title: T, version: '1'}\npaths:\n  /a: {get: {parameters: [{$ref: 'a.yaml#/parameters/P'}], responses: {}}}\ncomponents: {schemas: {X: {$ref: 'a.yaml#/definitions/A'}, Y: {$ref: 'a.yaml#/parameters/B'}}}\n",
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.equal(targetAt(value.loaded, "b.yaml", "components", "schemas", "X").pointer, "/components/schemas/A");
  assert.equal(targetAt(value.loaded, "b.yaml", "components", "schemas", "Y").pointer, "/components/requestBodies/B");
  assert.equal(
    targetAt(value.loaded, "b.yaml", "paths", "/a", "get", "parameters", 0).pointer,
    "/components/parameters/P",
  );
});

test("keeps the places of what was converted, and of errors in it", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": `${head}paths:\n  /a:\n    get:\n      responses:\n        200:\n          description: ok\n          schema: {$ref: '#/definitions/B'}\ndefinitions:\n  A: {type: object}\n`,
  });
  assert.deepEqual(summarize(diagnostics), ["a.yaml:9:26 error ref-not-found"]);
  const { root, file } = documentOf(value.loaded, "a.yaml");
  const range = rangeOf(at(root, "components", "schemas") as object, "A", "key");
  assert.deepEqual(range === undefined ? undefined : locate(file, range.start), { line: 11, column: 3 });
});

test("warns of tab-separated lists, which OpenAPI 3 can't say", () => {
  const { diagnostics } = loadTexts({
    "a.yaml": `${head}paths:\n  /a: {get: {parameters: [{name: a, in: query, type: array, items: {type: string}, collectionFormat: tsv}], responses: {}}}\n`,
  });
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["conversion-loss"],
  );
});

test("reads the files that a 2.0 document refers to in the words of 2.0", () => {
  const { value, diagnostics } = loadTexts(
    {
      "a.yaml": `${head}paths:
  /a:
    get:
      parameters: [{$ref: "parts.yaml#/parameters/many"}]
      responses: {default: {description: ok, schema: {$ref: "parts.yaml#/definitions/Pet"}}}
`,
      "parts.yaml": `parameters:
  many: {name: many, in: query, type: array, items: {type: string}, collectionFormat: multi}
definitions:
  Pet:
    type: object
    discriminator: kind
    properties: {kind: {type: string, x-nullable: true}, owner: {$ref: "#/definitions/Owner"}, type: {type: file}}
  Owner: {$ref: "more.yaml"}
`,
      "more.yaml": "type: string\nx-nullable: true\n",
    },
    { entries: ["a.yaml"] },
  );
  assert.deepEqual(summarize(diagnostics), []);
  assert.deepEqual(plain(documentOf(value.loaded, "parts.yaml").root), {
    parameters: {
      many: {
        name: "many",
        in: "query",
        style: "form",
        explode: true,
        schema: { type: "array", items: { type: "string" } },
      },
    },
    definitions: {
      Pet: {
        type: "object",
        discriminator: { propertyName: "kind" },
        properties: {
          kind: { type: "string", nullable: true },
          owner: { $ref: "#/components/schemas/Owner" },
          type: { type: "string", format: "binary" },
        },
      },
      Owner: { $ref: "more.yaml" },
    },
  });
  assert.deepEqual(plain(documentOf(value.loaded, "more.yaml").root), { type: "string", nullable: true });
  const owner = targetAt(value.loaded, "parts.yaml", "definitions", "Pet", "properties", "owner");
  assert.equal(owner.document.file.path, "more.yaml");
});

test("a reference into the schema of a response leads there", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml":
      "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        200:\n" +
      "          description: ok\n          schema: {type: object, properties: {b: {type: string}}}\n" +
      "definitions:\n  B: {$ref: '#/paths/~1a/get/responses/200/schema/properties/b'}\n",
  });
  assert.deepEqual(summarize(diagnostics), []);
  const target = targetAt(value.loaded, "a.yaml", "components", "schemas", "B");
  assert.equal(target.pointer, "/paths/~1a/get/responses/200/content/application~1json/schema/properties/b");
});
