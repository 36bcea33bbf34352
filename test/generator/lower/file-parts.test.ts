import assert from "node:assert/strict";
import { test } from "node:test";
import type { Validator } from "../../../runtime/src/descriptor/validate.ts";
import { importText } from "../../support/compile-validators.ts";
import { declarationOf, fileOf, generateFrom, openApi } from "../emit/contracts.ts";

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const file = { type: "string", format: "binary" };

/** A contract that takes `X` in each of the media types. */
function taking(mediaTypes: readonly string[], schemas: object): string {
  const content = Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: ref("X") }]));
  const post = { operationId: "send", requestBody: { content }, responses: { 204: { description: "" } } };
  return openApi({ schemas, paths: { "/x": { post } } });
}

function typesOf(text: string, ...names: readonly string[]): readonly string[] {
  const module = fileOf(generateFrom({ "a.yaml": text }), "a_http.ts");
  return names.map((name) =>
    declarationOf(module, name)
      .replace(/^export (?:interface|type) \w+ (?:= )?/, "")
      .replace(/readonly /g, "")
      .replace(/\s+/g, " "),
  );
}

async function validatorsOf(text: string): Promise<Readonly<Record<string, Validator>>> {
  return (await importText(fileOf(generateFrom({ "a.yaml": text }), "a_validate.ts"))) as Record<string, Validator>;
}

const X = { type: "object", required: ["one"], properties: { one: file, many: { type: "array", items: file } } };

test("a type that only forms use has files in its parts and their lists", () => {
  assert.deepEqual(typesOf(taking(["multipart/form-data"], { X }), "X"), ["{ one: FilePart; many?: FilePart[]; }"]);
});

test("JSON has no bytes: a type that nothing but JSON uses has texts", async () => {
  const text = taking(["application/json"], { X: { ...X, contentMediaType: "image/png" } });
  assert.deepEqual(typesOf(text, "X"), ["{ one: string; many?: string[]; }"]);
  const { validateX } = await validatorsOf(text);
  assert.equal(validateX?.({ one: "a" }), true);
  assert.equal(validateX?.({ one: new Uint8Array() }), false);
});

test("a type that both use has a view for forms", async () => {
  const text = taking(["application/json", "multipart/form-data"], { X });
  assert.deepEqual(typesOf(text, "X", "XForm", "SendInput"), [
    "{ one: string; many?: string[]; }",
    "{ one: FilePart; many?: FilePart[]; }",
    '= | { contentType?: "application/json"; body?: X } | { contentType: "multipart/form-data"; body?: XForm };',
  ]);
  const { validateX, validateXForm } = await validatorsOf(text);
  assert.deepEqual([validateX?.({ one: "a" }), validateXForm?.({ one: "a" })], [true, false]);
  assert.deepEqual([validateXForm?.({ one: new Blob() }), validateX?.({ one: new Blob() })], [true, false]);
});

test("files are found through references and compositions; what is in a part's own JSON is text", () => {
  const schemas = {
    X: { allOf: [ref("Base"), { type: "object", properties: { thumb: ref("Image"), meta: ref("Meta") } }] },
    Base: { type: "object", properties: { one: { anyOf: [file, { type: "null" }] } } },
    Image: { type: "string", contentMediaType: "image/png" },
    Meta: { type: "object", properties: { icon: ref("Image"), raw: file } },
  };
  assert.deepEqual(typesOf(taking(["multipart/form-data"], schemas), "X", "Base", "Image", "ImageFile", "Meta"), [
    "Base & { thumb?: ImageFile; meta?: Meta };",
    "{ one?: FilePart | null; }",
    "string;",
    "FilePart;",
    "{ icon?: Image; raw?: string; }",
  ]);
});

test("a whole body of bytes leaves the type of a part alone", () => {
  const body = (mediaType: string, schema: object): object => ({ content: { [mediaType]: { schema } } });
  const responses = { 204: { description: "" } };
  const form = { type: "object", properties: { one: ref("Image") } };
  const text = openApi({
    schemas: { Image: file },
    paths: {
      "/form": { post: { operationId: "sendForm", requestBody: body("multipart/form-data", form), responses } },
      "/raw": { post: { operationId: "sendRaw", requestBody: body("image/png", ref("Image")), responses } },
    },
  });
  assert.deepEqual(typesOf(text, "Image", "SendRawInput"), ["FilePart;", "{ body?: BinaryBody; }"]);
});

test("parameters and urlencoded forms have texts", () => {
  const parameters = [{ name: "q", in: "query", schema: file }];
  const content = { "application/x-www-form-urlencoded": { schema: { type: "object", properties: { one: file } } } };
  const get = { operationId: "act", parameters, requestBody: { content }, responses: { 204: { description: "" } } };
  assert.deepEqual(typesOf(openApi({ paths: { "/x": { post: get } } }), "ActInput"), [
    "{ query?: { q?: string }; body?: { one?: string }; }",
  ]);
});

test("recursion ends", () => {
  const schemas = { X: { type: "object", properties: { one: file, parts: { type: "array", items: ref("X") } } } };
  assert.deepEqual(typesOf(taking(["multipart/form-data"], schemas), "XForm", "X"), [
    "{ one?: FilePart; parts?: X[]; }",
    "{ one?: string; parts?: X[]; }",
  ]);
});
