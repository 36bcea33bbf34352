import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerTexts } from "./openapi-support.ts";

test("an OpenAPI 2.0 document may keep path items, bodies and form parameters in other files", () => {
  const { model, diagnostics } = lowerTexts({
    "api.yaml": `swagger: "2.0"
info: { title: T, version: "1" }
consumes: [application/merge-patch+json]
produces: [text/csv]
parameters:
  Shared: { $ref: "parts/parameters.yaml#/parameters/Body" }
paths:
  /a: { $ref: parts/item.yaml }
  /b:
    put:
      operationId: b
      parameters: [{ $ref: "#/parameters/Shared" }]
      responses: { 204: { description: ok } }
`,
    "parts/item.yaml": `post:
  operationId: a
  parameters: [{ $ref: "parameters.yaml#/parameters/File" }, { in: formData, name: note, type: string }]
  responses: { 200: { description: ok, schema: { type: string } } }
put:
  operationId: c
  consumes: [application/json]
  parameters: [{ $ref: "parameters.yaml#/parameters/Body" }]
  responses: { 204: { description: ok } }
`,
    "parts/parameters.yaml": `parameters:
  Body: { in: body, name: pet, required: true, schema: { $ref: "#/definitions/Pet" } }
  File: { in: formData, name: file, type: file, required: true }
definitions:
  Pet: { type: object, properties: { name: { type: string, x-nullable: true } } }
`,
  });
  assert.deepEqual(diagnostics, []);
  const [contract] = model.contracts;
  assert.ok(contract?.kind === "http");
  const bodies = contract.operations.map(({ name, body, parameters }) => [
    name,
    body?.required,
    parameters.length,
    ...(body?.content ?? []).map(({ mediaType, schema }) => [
      mediaType,
      schema?.ref === undefined ? schema?.properties?.map((property) => property.name).join() : String(schema.ref),
    ]),
  ]);
  assert.deepEqual(bodies, [
    ["a", true, 0, ["multipart/form-data", "file,note"]],
    ["c", true, 0, ["application/json", "parts/parameters.yaml#/definitions/Pet"]],
    ["b", true, 0, ["application/merge-patch+json", "parts/parameters.yaml#/definitions/Pet"]],
  ]);
  assert.deepEqual(
    contract.operations[0]?.responses[0]?.content.map(({ mediaType }) => mediaType),
    ["text/csv"],
  );
});
