import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { importService } from "../support/import-generated.ts";
import { createWireChain, type WireChain } from "./wire-chain.ts";

const note = { type: "object", properties: { text: { type: "string" } } };
const fields = {
  type: "object",
  required: ["token"],
  properties: {
    text: { type: "string" },
    note,
    notes: { type: "array", items: note },
    mixed: { type: "array", items: { oneOf: [note, { type: "integer" }] } },
    maybe: { type: ["array", "null"], items: note },
    either: { oneOf: [note, { type: "integer" }] },
  },
};
const deep = {
  type: "object",
  properties: {
    tags: {
      anyOf: [
        { type: "array", items: { type: "string" } },
        { type: "string", enum: [""] },
      ],
    },
    card: {
      anyOf: [
        { type: "object", additionalProperties: false, properties: { token: { type: "string" } } },
        { type: "object", additionalProperties: false, properties: { month: { type: "integer" } } },
      ],
    },
  },
};
const styled = { style: "deepObject", explode: true };
const beside = {
  type: "object",
  properties: {
    file: { type: "string", format: "binary" },
    data: { type: "object", properties: { a: { type: "integer" } } },
  },
};
const parts = {
  type: "object",
  properties: {
    sdp: { type: "string" },
    video: {
      oneOf: [
        { type: "string", format: "binary" },
        { type: "object", properties: { id: { type: "string" } } },
      ],
    },
  },
};
const optional = { type: "object", properties: { text: { type: "string" } } };
const closed = { ...optional, additionalProperties: false };

function post(schema: object, mediaType: string, encoding: object = {}): object {
  const requestBody = { content: { [mediaType]: { schema, encoding } } };
  return { post: { requestBody, responses: { 204: { description: "Taken." } } } };
}

const form = "application/x-www-form-urlencoded";
const document = {
  openapi: "3.1.0",
  info: { title: "Forms", version: "1" },
  paths: {
    "/form": { ...post(fields, form) },
    "/multipart": { ...post(fields, "multipart/form-data") },
    "/deep": { ...post(deep, form, { tags: styled, card: styled }) },
    "/parts": { ...post(parts, "multipart/form-data", { sdp: { contentType: "application/sdp" } }) },
    "/beside": { ...post(beside, "multipart/form-data", { file: { style: "form" }, data: { style: "form" } }) },
    "/optional": { ...post(optional, form) },
    "/text": { ...post({ type: "string" }, "text/plain") },
    "/closed/form": { ...post(closed, form) },
    "/closed/multipart": { ...post(closed, "multipart/form-data") },
  },
};

let received: unknown;
let chain: WireChain;

before(async () => {
  const service = await importService(document, "Forms");
  const note = (input: { readonly body?: unknown }): void => {
    received = input.body;
  };
  const handlers = Object.fromEntries(Object.keys(service.operations).map((name) => [name, note]));
  chain = await createWireChain(service, handlers);
});
after(() => chain.close());

const bodies: readonly (readonly [name: string, body: object])[] = [
  ["an object that is left out stays out, though fields have the names of its properties", { text: "a", token: "t" }],
  ["a required field that has no schema is read as text", { token: "7" }],
  ["a list of one object stays a list", { token: "t", notes: [{ text: "a" }] }],
  ["items of a union are objects and scalars", { token: "t", mixed: [{ text: "a" }, 7] }],
  ["a list that may be null is one, or null", { token: "t", maybe: [{ text: "a" }, {}] }],
  ["null is null", { token: "t", maybe: null }],
  ["a union with an object is read as the other form", { token: "t", either: 7 }],
];

for (const [path, name] of [
  ["postForm", "form"],
  ["postMultipart", "multipart"],
] as const) {
  for (const [sentence, body] of bodies) {
    test(`${name}: ${sentence}`, async () => {
      await chain.client[path]?.({ body });
      assert.deepEqual(received, body);
    });
  }
}

for (const body of [{ tags: "" }, { tags: [""] }, { card: { token: "7" } }, { card: { month: 7 } }]) {
  test(`brackets tell ${JSON.stringify(body)} from the other forms`, async () => {
    await chain.client["postDeep"]?.({ body });
    assert.deepEqual(received, body);
  });
}

test("a text of a contract stays a text in a part of another type, and an object beside a file an object", async () => {
  const body = { sdp: "v=0", video: { id: "a" } };
  await chain.client["postParts"]?.({ body });
  assert.deepEqual(received, body);
});

test("bytes of a file beside an object with a style are no text", async () => {
  await chain.client["postBeside"]?.({ body: { file: new Uint8Array([255, 254]), data: { a: 1 } } });
  const { file, data } = received as { readonly file: Blob; readonly data: unknown };
  assert.deepEqual([new Uint8Array(await file.arrayBuffer()), data], [new Uint8Array([255, 254]), { a: 1 }]);
});

test("an empty form and an empty text arrive as such, and no body as none", async () => {
  await chain.client["postOptional"]?.({ body: {} });
  assert.deepEqual(received, {});
  await chain.client["postText"]?.({ body: "" });
  assert.equal(received, "");
  await chain.client["postOptional"]?.({});
  assert.equal(received, undefined);
});

test("a field that the contract does not declare is refused where it is closed", async () => {
  const sent = new FormData();
  sent.set("text", "a");
  sent.set("other", "b");
  for (const [path, body] of [
    ["/closed/form", new URLSearchParams("text=a&other=b")],
    ["/closed/multipart", sent],
  ] as const) {
    const response = await fetch(chain.url + path, { method: "POST", body });
    const { errors } = (await response.json()) as { readonly errors: readonly { readonly pointer: string }[] };
    assert.deepEqual([response.status, errors.map(({ pointer }) => pointer)], [400, ["#/other"]], path);
  }
});
