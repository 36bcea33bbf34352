import { findCircles } from "../../../generator/src/lower/schema-in-place.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { createSchemaLowering } from "../../../generator/src/lower/schema.ts";
import type { JsonValue } from "../../../generator/src/source/json.ts";
import { placeOf } from "../../../generator/src/source/source-file.ts";
import { loadTexts, lowerSchemas, lowerTexts, show, withoutPlaces } from "./openapi-support.ts";

const schemaOf = (text: string, version?: string): unknown =>
  withoutPlaces(lowerSchemas(text, version).types["S"]?.schema);

test("nullable of OpenAPI 3.0 becomes the type null", () => {
  assert.deepEqual(schemaOf("S: { type: string, nullable: true }", "3.0.3"), { types: ["string", "null"] });
});

test("a nullable enum allows null although it doesn't list it", () => {
  assert.deepEqual(schemaOf("S: { type: string, nullable: true, enum: [a] }", "3.0.3"), {
    types: ["string", "null"],
    enum: ["a", null],
  });
});

test("nullable beside allOf becomes an alternative, with the annotations outside", () => {
  const text =
    "S: { nullable: true, description: d, readOnly: true, allOf: [{ $ref: '#/components/schemas/T' }] }\nT: {}";
  assert.deepEqual(schemaOf(text, "3.0.3"), {
    description: "d",
    readOnly: true,
    anyOf: [{ allOf: [{ ref: "api.yaml#/components/schemas/T" }] }, { types: ["null"] }],
  });
});

test("nullable in 3.1 is honoured, and complained about once a document", () => {
  const { types, found } = lowerSchemas("S: { type: string, nullable: true }\nT: { type: number, nullable: true }");
  assert.deepEqual(types["T"]?.schema.types, ["number", "null"]);
  assert.deepEqual(found, ["api.yaml:7 schema-old-nullable"]);
});

test("boolean exclusive bounds become numbers", () => {
  assert.deepEqual(
    schemaOf("S: { minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false }", "3.0.3"),
    { maximum: 9, exclusiveMinimum: 1 },
  );
  assert.deepEqual(schemaOf("S: { exclusiveMinimum: 1, minimum: 0 }"), { minimum: 0, exclusiveMinimum: 1 });
});

test("lists of items become prefixItems", () => {
  assert.deepEqual(schemaOf("S: { items: [{ type: string }, true], additionalItems: false }"), {
    prefixItems: [{ types: ["string"] }, { always: true }],
    items: { always: false },
  });
});

test("dependencies are split by what they hold", () => {
  assert.deepEqual(schemaOf("S: { dependencies: { a: [b], c: { required: [d] } } }"), {
    dependentRequired: [{ property: "a", required: ["b"] }],
    dependentSchemas: [{ property: "c", schema: { required: ["d"] } }],
  });
});

test("every assertion of 2020-12 is carried", () => {
  const text = `S:
  type: [object, 'null']
  const: { a: 1 }
  properties: { a: { type: integer, multipleOf: 2, default: 4, example: 6 } }
  patternProperties: { '^x': true }
  additionalProperties: { type: string, format: date, pattern: '^a', minLength: 1, maxLength: 2 }
  propertyNames: { maxLength: 3 }
  required: [a, a]
  minProperties: 1
  maxProperties: 2
  unevaluatedProperties: false
  if: { required: [a] }
  then: { not: { required: [b] } }
  else:
    { contains: true, minContains: 1, maxContains: 2, minItems: 1, maxItems: 3, uniqueItems: true,
      unevaluatedItems: false }
  oneOf: [true]
  anyOf: [{ contentEncoding: base64, contentMediaType: image/png }]
  title: t
  deprecated: true
  writeOnly: true
  examples: [1, 2]`;
  assert.deepEqual(schemaOf(text), {
    types: ["object", "null"],
    constant: { value: { a: 1 } },
    properties: [{ name: "a", schema: { types: ["integer"], multipleOf: 2, default: { value: 4 }, examples: [6] } }],
    patternProperties: [{ pattern: "^x", schema: { always: true } }],
    additionalProperties: { types: ["string"], format: "date", pattern: "^a", minLength: 1, maxLength: 2 },
    propertyNames: { maxLength: 3 },
    required: ["a"],
    minProperties: 1,
    maxProperties: 2,
    unevaluatedProperties: { always: false },
    if: { required: ["a"] },
    then: { not: { required: ["b"] } },
    else: {
      contains: { always: true },
      minContains: 1,
      maxContains: 2,
      minItems: 1,
      maxItems: 3,
      uniqueItems: true,
      unevaluatedItems: { always: false },
    },
    oneOf: [{ always: true }],
    anyOf: [{ contentEncoding: "base64", contentMediaType: "image/png" }],
    title: "t",
    deprecated: true,
    writeOnly: true,
    examples: [1, 2],
  });
});

test("names of enum values come from the extensions in use", () => {
  assert.deepEqual(schemaOf("S: { enum: [1, 2], x-enum-varnames: [One, Two] }"), {
    enum: [1, 2],
    enumNames: ["One", "Two"],
  });
  assert.deepEqual(schemaOf("S: { enum: [1, 2], x-enumNames: [One] }"), { enum: [1, 2] });
  assert.deepEqual(schemaOf("S: { enum: [1, 2], x-enum-descriptions: ['The first.', 'Two'] }"), { enum: [1, 2] });
});

test("beside $ref only 3.1 reads more than the description", () => {
  const text = "S: { $ref: '#/components/schemas/T', description: d, minLength: 2 }\nT: { type: string }";
  const ref = "api.yaml#/components/schemas/T";
  assert.deepEqual(schemaOf(text), { ref, description: "d", minLength: 2 });
  assert.deepEqual(schemaOf(text, "3.0.3"), { ref, description: "d" });
  assert.deepEqual(lowerSchemas(text, "3.0.3").found, ["api.yaml:7 schema-ref-siblings"]);
});

test("a referenced file is read in its own dialect", () => {
  const { model, found } = lowerTexts({
    "api.yaml": `openapi: 3.0.3
info: { title: A, version: '1' }
paths: {}
components: { schemas: { S: { $ref: parts/new.yaml } } }
`,
    "parts/new.yaml": `$schema: https://json-schema.org/draft/2020-12/schema
$ref: '#/$defs/T'
minLength: 1
$defs: { T: { type: string } }
`,
  });
  assert.deepEqual(withoutPlaces(model.types.get("parts/new.yaml#")?.schema), {
    ref: "parts/new.yaml#/$defs/T",
    minLength: 1,
  });
  assert.deepEqual(found, []);
});

test("types are named after their key, their file or their pointer, and live in the file that defines them", () => {
  const { model } = lowerTexts({
    "v1/api.yaml": `openapi: 3.1.0
info: { title: A, version: '1' }
paths:
  /pets/{id}:
    get:
      responses:
        200:
          description: ok
          content: { application/json: { schema: { properties: { owner: { type: object } } } } }
components:
  schemas:
    nullable-pet: { $ref: ../parts/models/pet.schema.json }
    Owner: { $ref: '#/paths/~1pets~1{id}/get/responses/200/content/application~1json/schema/properties/owner' }
    Part: { $ref: '../parts/models/pet.schema.json#/properties/tags/items' }
`,
    "parts/models/pet.schema.json": `{ "type": "object", "properties": { "tags": { "items": { "type": "string" } } } }`,
  });
  assert.deepEqual(
    [...model.types.values()].map(({ home, name }) => `${home} ${name}`),
    [
      "parts/models/pet.schema.json pet",
      "parts/models/pet.schema.json TagsItem",
      "v1/api.yaml GetPetsById200ResponseOwner",
      "v1/api.yaml nullable-pet",
      "v1/api.yaml Owner",
      "v1/api.yaml Part",
    ],
  );
});

test("a named type stands at its key", () => {
  const at = lowerSchemas("T: { type: object }\nS:\n  type: string").types["S"]?.at;
  assert.equal(at && placeOf(at), "api.yaml:8");
});

test("schemas that refer to themselves are lowered once", () => {
  const { types, found } = lowerSchemas("S: { properties: { next: { $ref: '#/components/schemas/S' } } }");
  assert.deepEqual(withoutPlaces(types["S"]?.schema), {
    properties: [{ name: "next", schema: { ref: "api.yaml#/components/schemas/S" } }],
  });
  assert.deepEqual(found, []);
});

test("recursive and dynamic references lead to named types", () => {
  assert.deepEqual(schemaOf("S: { $recursiveAnchor: true, items: { $recursiveRef: '#' } }"), {
    items: { ref: "api.yaml#/components/schemas/S" },
  });
  assert.deepEqual(schemaOf("S: { items: { $dynamicRef: '#node' } }\nT: { $dynamicAnchor: node, type: string }"), {
    items: { ref: "api.yaml#/components/schemas/T" },
  });
});

test("JSON Schema files in the contract directory define types of their own", () => {
  const { model } = lowerTexts({
    "shared/money.json": `{ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
      "definitions": { "Currency": { "type": "string" } } }`,
    "shared/defs.json": `{ "$schema": "http://json-schema.org/draft-07/schema#", "definitions": { "A": true } }`,
  });
  assert.deepEqual(
    [...model.types.keys()],
    ["shared/defs.json#/definitions/A", "shared/money.json#", "shared/money.json#/definitions/Currency"],
  );
});

test("keys of a hostile contract stay plain names", () => {
  const { types } = lowerSchemas(
    "S: { properties: { __proto__: { type: string }, constructor: { type: number } }, required: [toString] }",
  );
  assert.deepEqual(
    types["S"]?.schema.properties?.map(({ name }) => name),
    ["__proto__", "constructor"],
  );
  assert.equal(({} as Record<string, unknown>)["type"], undefined);
});

test("what can't be read is a located finding", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["S: { minLength: -1 }", "schema-keyword-type"],
    ["S: { required: true }", "schema-keyword-type"],
    ["S: { enum: a }", "schema-keyword-type"],
    ["S: { enum: [] }", "schema-enum-empty"],
    ["S: { $ref: '#/components/schemas/S', $dynamicRef: '#s', $dynamicAnchor: s }", "schema-two-refs"],
    ["S: { formatMinimum: '2020-01-01' }", "schema-keyword-unsupported"],
    ["S: { type: float }", "schema-unknown-type"],
    ["S: { pattern: '(' }", "schema-pattern"],
    ["S: { items: text }", "schema-expected"],
  ];
  for (const [text, code] of cases) assert.deepEqual(lowerSchemas(text).found, [`api.yaml:7 ${code}`], text);
});

test("an empty enum lets nothing through, unless it stands beside schemas that say what is valid", () => {
  assert.deepEqual(schemaOf("S: { enum: [] }"), { enum: [] });
  assert.deepEqual(schemaOf("S: { type: string, enum: [], allOf: [{ minLength: 1 }] }"), {
    types: ["string"],
    allOf: [{ minLength: 1 }],
  });
});

test("an unknown type says nothing instead of refusing all", () => {
  assert.deepEqual(schemaOf("S: { type: [string, float], minLength: 1 }"), { minLength: 1 });
});

test("nesting has a limit, also where a value holds itself", () => {
  const loaded = loadTexts({ "a.json": `{ "$schema": "http://json-schema.org/draft-07/schema#" }` });
  const [document] = loaded.documents;
  assert.ok(document);
  let deep: JsonValue = {};
  for (let level = 0; level < 10_000; level++) deep = { not: deep };
  const loop: { anyOf: JsonValue[] } = { anyOf: [] };
  loop.anyOf.push(loop, loop);
  for (const value of [deep, loop]) {
    const found: Diagnostic[] = [];
    createSchemaLowering(loaded, { report: (diagnostic) => found.push(diagnostic) }).lower(value, document);
    assert.equal(found[0]?.code, "schema-nesting");
  }
});

test("the number of schemas has a limit, said once", () => {
  const loaded = loadTexts({
    "a.json": `{ "$schema": "http://json-schema.org/draft-07/schema#", "items": [{}, {}, {}] }`,
  });
  const found: Diagnostic[] = [];
  const schemas = createSchemaLowering(loaded, { report: (diagnostic) => found.push(diagnostic), maxSchemas: 2 });
  schemas.lower(loaded.documents[0]?.root ?? null, loaded.documents[0] as (typeof loaded.documents)[0]);
  assert.deepEqual(found.map(show), ["a.json:1 schema-count"]);
});

test("a reference to Avro needs a handler", () => {
  const loaded = loadTexts({
    "a.json": `{ "$schema": "http://json-schema.org/draft-07/schema#", "items": { "$ref": "parts/a.avsc" } }`,
    "parts/a.avsc": `{ "type": "record", "name": "shop.A", "fields": [] }`,
  });
  const document = loaded.documents.find(({ file }) => file.path === "a.json");
  assert.ok(document);
  const found: Diagnostic[] = [];
  createSchemaLowering(loaded, { report: (diagnostic) => found.push(diagnostic) }).lower(document.root, document);
  assert.deepEqual(found.map(show), ["a.json:1 schema-foreign"]);
});

test("a base that lists its own descendants is read as a base and a union", () => {
  const { types, found } = lowerSchemas(`
Vehicle:
  type: object
  required: [kind]
  properties: { kind: { type: string } }
  discriminator: { propertyName: kind }
  oneOf: [{ $ref: "#/components/schemas/Car" }, { $ref: "#/components/schemas/Van" }]
Car: { allOf: [{ $ref: "#/components/schemas/Vehicle" }, { type: object, properties: { doors: { type: integer } } }] }
Motor: { allOf: [{ $ref: "#/components/schemas/Vehicle" }] }
Van: { allOf: [{ $ref: "#/components/schemas/Motor" }] }
Fleet: { type: object, properties: { first: { $ref: "#/components/schemas/Vehicle" } } }
`);
  assert.deepEqual(found, ["api.yaml:13 schema-circular-base", "api.yaml:14 schema-circular-base"]);
  assert.deepEqual(withoutPlaces(types["Car"]?.schema.allOf?.[0]), {
    types: ["object"],
    required: ["kind"],
    properties: [{ name: "kind", schema: { types: ["string"] } }],
  });
  assert.equal(types["Vehicle"]?.schema.oneOf?.length, 2);
  assert.equal(types["Van"]?.schema.allOf?.[0]?.ref, "api.yaml#/components/schemas/Motor");
  assert.equal(types["Fleet"]?.schema.properties?.[0]?.schema.ref, "api.yaml#/components/schemas/Vehicle");
});

test("an alternative that leads back is left out, and what is left still counts", () => {
  const { types, found } = lowerSchemas(`
Self: { anyOf: [{ $ref: "#/components/schemas/Self" }, { type: string }] }
Left: { oneOf: [{ $ref: "#/components/schemas/Right" }, { type: integer }] }
Right: { oneOf: [{ $ref: "#/components/schemas/Left" }, { type: boolean }] }
Alias: { $ref: "#/components/schemas/Choice" }
Choice: { anyOf: [{ $ref: "#/components/schemas/Alias" }, { type: number }] }
Odd: { type: object, not: { $ref: "#/components/schemas/Odd" } }
`);
  assert.deepEqual(new Set(found.map((line) => line.split(" ")[1])), new Set(["schema-circular-part"]));
  assert.deepEqual(withoutPlaces(types["Self"]?.schema), { anyOf: [{ types: ["string"] }] });
  const circles = findCircles(new Map(Object.values(types).map((type) => [type.id, type])));
  assert.deepEqual(circles, []);
  assert.deepEqual(withoutPlaces(types["Odd"]?.schema), { types: ["object"] });
  const kinds = (name: string): string[] =>
    [...JSON.stringify(withoutPlaces(types[name]?.schema)).matchAll(/"types":\["(\w+)"\]/g)].map(
      ([, type]) => type ?? "",
    );
  assert.deepEqual([...kinds("Left"), ...kinds("Right")].sort(), ["boolean", "integer", "integer"]);
  assert.deepEqual(kinds("Choice"), ["number"]);
});

test("a dialect of its own is read by its vocabularies, and an unknown one as 2020-12", () => {
  const meta = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/meta",
    $vocabulary: {
      "https://json-schema.org/draft/2020-12/vocab/core": true,
      "https://example.com/vocab/units": true,
      "https://example.com/vocab/notes": false,
    },
    type: "object",
  };
  const files = (dialect: string): Readonly<Record<string, string>> => ({
    "meta.schema.json": JSON.stringify(meta),
    "size.schema.json": JSON.stringify({ $schema: dialect, type: "string", minLength: 1, not: { items: true } }),
  });
  const own = lowerTexts(files("https://example.com/meta"));
  assert.deepEqual(withoutPlaces(own.model.types.get("size.schema.json#")?.schema), {
    not: { items: { always: true } },
  });
  assert.deepEqual(own.found, ["size.schema.json:1 schema-vocabulary-unknown"]);
  const unknown = lowerTexts(files("https://example.com/other"));
  assert.deepEqual(unknown.found, ["size.schema.json:1 schema-dialect-unknown"]);
});

test("a generic schema is a type for each dynamic scope that it is used in", () => {
  const { types, found } = lowerSchemas(`Page:
  $id: Page
  type: object
  properties: { items: { type: array, items: { $dynamicRef: '#item' } } }
  $defs: { any: { $dynamicAnchor: item } }
Users: { $id: Users, $ref: Page, $defs: { user: { $dynamicAnchor: item, $ref: '#/components/schemas/User' } } }
User: { type: string }`);
  assert.deepEqual(found, []);
  assert.deepEqual(Object.keys(types).sort(), ["Page", "PageAny", "PageInUsers", "User", "Users", "UsersUser"]);
});

test("a keyword that nobody knows is told once a document, with what may have been meant", () => {
  const { found, diagnostics } = lowerSchemas(
    "S: { type: string, maxLenght: 3 }\nT: { maxLenght: 4, x-own: 1, Enum: [a] }",
  );
  assert.deepEqual(found, ["api.yaml:7 schema-unknown-keyword", "api.yaml:8 schema-unknown-keyword"]);
  assert.deepEqual(
    diagnostics.map(({ help }) => help),
    ['did you mean "maxLength"?', 'did you mean "enum"?'],
  );
});

test("keywords of other dialects and of schemas that say how they are written are known", () => {
  const text = "S: { $comment: c, $id: s, xml: {}, externalDocs: {}, contentSchema: {}, $defs: {}, enumNames: [a] }";
  assert.deepEqual(lowerSchemas(text).found, []);
});

test("a schema that is read-only and write-only is told", () => {
  const { found } = lowerSchemas("S: { type: object, properties: { a: { readOnly: true, writeOnly: true } } }");
  assert.deepEqual(found, ["api.yaml:7 schema-read-write-only"]);
});
