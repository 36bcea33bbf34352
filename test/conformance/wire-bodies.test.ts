import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { createClient } from "../../runtime/src/client/create-client.ts";
import type { HttpService } from "../../runtime/src/descriptor/http.ts";
import { nodeTransport } from "../../runtime/src/transport/node.ts";
import { importService } from "../support/import-generated.ts";
import { createWireChain } from "./wire-chain.ts";

const string = { type: "string" };
const strings = { type: "array", items: string };
const binary = { type: "string", format: "binary" };
const note = { type: "object", required: ["text"], properties: { text: string, stars: { type: "integer" } } };
const open = { type: "object", additionalProperties: true };
const object = (properties: object): object => ({ type: "object", properties });
const form = "application/x-www-form-urlencoded";
const multipart = "multipart/form-data";

/** Media type, its schema and encoding, the value, the content type and the exact body; `B` stands for the boundary. */
type BodyCase = readonly [string, object, object | undefined, unknown, string, string];

const part = (name: string, content: string, more = ""): string =>
  `--B\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
const typed = (type: string): string => `\r\ncontent-type: ${type}`;

const bodies: readonly BodyCase[] = [
  ["application/json", note, undefined, { text: "é", stars: 1 }, "application/json", '{"text":"Ã©","stars":1}'],
  [
    "application/vnd.acme+json; version=2",
    note,
    undefined,
    { text: "x" },
    "application/vnd.acme+json; version=2",
    '{"text":"x"}',
  ],
  [
    "application/json; charset=utf-8",
    { type: ["object", "null"] },
    undefined,
    null,
    "application/json; charset=utf-8",
    "null",
  ],
  ["text/plain", string, undefined, "a\r\nb", "text/plain; charset=utf-8", "a\r\nb"],
  ["text/csv", string, undefined, "", "text/csv; charset=utf-8", ""],
  ["application/xml", string, undefined, "<a/>", "application/xml; charset=utf-8", "<a/>"],
  ["application/octet-stream", binary, undefined, new Uint8Array([0, 255]), "application/octet-stream", "\0ÿ"],
  [
    form,
    object({ a: string, tags: strings }),
    undefined,
    { a: "x&y", tags: ["1", "2"] },
    form,
    "a=x%26y&tags=1&tags=2",
  ],
  [
    form,
    object({ tags: strings }),
    { tags: { style: "form", explode: false } },
    { tags: ["1", "2"] },
    form,
    "tags=1,2",
  ],
  [
    form,
    object({ tags: strings }),
    { tags: { style: "pipeDelimited", explode: false } },
    { tags: ["1", "2"] },
    form,
    "tags=1%7C2",
  ],
  [
    form,
    object({ deep: note }),
    { deep: { style: "deepObject", explode: true } },
    { deep: { text: "a" } },
    form,
    "deep%5Btext%5D=a",
  ],
  [
    form,
    object({ list: { type: "array", items: note } }),
    { list: { style: "deepObject", explode: true } },
    { list: [{ text: "a", stars: 2 }] },
    form,
    "list%5B0%5D%5Btext%5D=a&list%5B0%5D%5Bstars%5D=2",
  ],
  [form, object({ note }), undefined, { note: { text: "a" } }, form, "note=%7B%22text%22%3A%22a%22%7D"],
  [form, object({ url: string }), { url: { allowReserved: true } }, { url: "http://a/b?c" }, form, "url=http://a/b?c"],
  [
    multipart,
    object({ a: string, n: { type: "integer" } }),
    undefined,
    { a: "x", n: 5 },
    multipart,
    `${part("a", "x")}${part("n", "5")}--B--\r\n`,
  ],
  [
    multipart,
    object({ note }),
    undefined,
    { note: { text: "a" } },
    multipart,
    `${part("note", '{"text":"a"}', typed("application/json"))}--B--\r\n`,
  ],
  [
    multipart,
    object({ tags: strings }),
    undefined,
    { tags: ["1", "2"] },
    multipart,
    `${part("tags", "1")}${part("tags", "2")}--B--\r\n`,
  ],
  [
    multipart,
    object({ page: string }),
    { page: { contentType: "text/html, text/plain" } },
    { page: "<p>" },
    multipart,
    `${part("page", "<p>", typed("text/html"))}--B--\r\n`,
  ],
  [
    multipart,
    object({ expand: strings, data: note }),
    { expand: { style: "form", explode: false }, data: { style: "deepObject", explode: true } },
    { expand: ["1", "2"], data: { text: "a" } },
    multipart,
    `${part("expand", "1,2")}${part("data[text]", "a")}--B--\r\n`,
  ],
];

/** Status, headers and body of a foreign server, and what the caller gets with `full`. */
interface ReplyCase {
  readonly status: number;
  readonly response: object;
  readonly reply: readonly [body: unknown, options?: object];
  readonly full: unknown;
}

const header = (schema: object, more: object = {}): object => ({ schema, ...more });
const content = (mediaType: string, schema: object = {}): object => ({ [mediaType]: { schema } });
const replies: readonly ReplyCase[] = [
  {
    status: 200,
    response: { content: content("application/json", note) },
    reply: [{ text: "a" }],
    full: { contentType: "application/json", headers: {}, body: { text: "a" } },
  },
  {
    status: 201,
    response: { content: content("text/csv", string) },
    reply: ["a,b"],
    full: { contentType: "text/csv", headers: {}, body: "a,b" },
  },
  {
    status: 200,
    response: { content: content("image/*") },
    reply: [new Uint8Array([1]), { contentType: "image/png" }],
    full: { contentType: "image/png", headers: {}, body: new Uint8Array([1]) },
  },
  { status: 204, response: {}, reply: [undefined], full: { contentType: undefined, headers: {}, body: undefined } },
  { status: 205, response: {}, reply: [undefined], full: { contentType: undefined, headers: {}, body: undefined } },
  {
    status: 200,
    response: {
      headers: {
        "X-List": header(strings),
        "X-Map": header(object({ R: { type: "integer" } }), { explode: true }),
        "X-Flat": header(object({ R: { type: "integer" } })),
        "X-Json": { content: content("application/json", note) },
        "X-Count": header({ type: "integer" }),
      },
      content: content("application/json"),
    },
    reply: [
      [],
      {
        headers: { "X-List": ["a", "b"], "X-Map": { R: 1 }, "X-Flat": { R: 2 }, "X-Json": { text: "x" }, "X-Count": 3 },
      },
    ],
    full: {
      contentType: "application/json",
      headers: { "X-List": ["a", "b"], "X-Map": { R: 1 }, "X-Flat": { R: 2 }, "X-Json": { text: "x" }, "X-Count": 3 },
      body: [],
    },
  },
  {
    status: 200,
    response: { headers: { "Set-Cookie": header(strings) }, content: content("application/json") },
    reply: [{}, { headers: { "Set-Cookie": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"] } }],
    full: {
      contentType: "application/json",
      headers: { "Set-Cookie": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"] },
      body: {},
    },
  },
  {
    status: 404,
    response: { content: content("application/problem+json", open) },
    reply: [{ title: "gone" }],
    full: { contentType: "application/problem+json", headers: {}, body: { title: "gone" } },
  },
  {
    status: 302,
    response: { headers: { Location: header(string) } },
    reply: [undefined, { headers: { Location: "/x" } }],
    full: { contentType: undefined, headers: { Location: "/x" }, body: undefined },
  },
];

const document = {
  openapi: "3.1.0",
  info: { title: "Bodies", version: "1" },
  paths: {
    ...Object.fromEntries(
      bodies.map(([mediaType, schema, encoding], index) => [
        `/body/${index}`,
        {
          post: {
            operationId: `body${index}`,
            requestBody: { required: true, content: { [mediaType]: { schema, encoding } } },
            responses: { 204: { description: "Taken." } },
          },
        },
      ]),
    ),
    ...Object.fromEntries(
      replies.map(({ status, response }, index) => [
        `/reply/${index}`,
        { get: { operationId: `reply${index}`, responses: { [status]: { description: "It.", ...response } } } },
      ]),
    ),
    "/versions": {
      get: {
        operationId: "versions",
        responses: {
          200: {
            description: "Either.",
            content: {
              ...content("application/vnd.acme.v1+json", string),
              ...content("application/vnd.acme.v2+json", note),
            },
          },
        },
      },
    },
  },
};

let seen: any;
const handlers: Record<string, (input: any, ctx: any) => unknown> = {
  versions: (_input, ctx) => ctx.reply(200, ctx.accepted.endsWith("v2+json") ? { text: "two" } : "one"),
};
for (const index of bodies.keys()) handlers[`body${index}`] = (input) => void (seen = input);
for (const [index, { status, reply }] of replies.entries()) {
  handlers[`reply${index}`] = (_input, ctx) => ctx.reply(status, ...reply);
}
const service = await importService(document, "Bodies");
const chain = await createWireChain(service, handlers, { validateResponses: true });
after(() => chain.close());

for (const [index, [mediaType, , encoding, value, type, wire]] of bodies.entries()) {
  const how = encoding === undefined ? mediaType : `${mediaType} with ${JSON.stringify(encoding)}`;
  test(`${how} carries ${JSON.stringify(value)}, and it is read so`, async () => {
    await chain.client[`body${index}`]?.({ body: value });
    const { headers, body } = chain.captured();
    const sent = headers.find(([name]) => name === "content-type")?.[1] ?? "";
    const boundary = /; boundary=([\w-]+)$/.exec(sent)?.[1];
    assert.equal(boundary === undefined ? sent : sent.replace(/; boundary=.*/, ""), type);
    assert.equal(boundary === undefined ? body : body.replaceAll(boundary, "B"), wire);
    assert.deepEqual(seen, { body: value });
  });
}

for (const [index, { status, full }] of replies.entries()) {
  test(`${status} of /reply/${index} comes as it was given`, async () => {
    assert.deepEqual(await chain.client[`reply${index}`]?.({}, { full: true }), { status, ...(full as object) });
  });
}

test("versions of a media type are chosen by Accept, told apart by contentType, and vary", async () => {
  const get = (accept: string): Promise<Response> => fetch(`${chain.url}/versions`, { headers: { accept } });
  const two = await get("application/vnd.acme.v2+json");
  assert.deepEqual(
    [two.headers.get("content-type"), two.headers.get("vary")],
    ["application/vnd.acme.v2+json", "accept"],
  );
  assert.deepEqual(await two.json(), { text: "two" });
  assert.equal((await get("application/vnd.acme.v3+json")).status, 406);
  const headers = { accept: "application/vnd.acme.v2+json" };
  const full = await chain.client.versions?.({}, { full: true, headers });
  assert.deepEqual([full.contentType, full.body], ["application/vnd.acme.v2+json", { text: "two" }]);
  assert.equal(await chain.client.versions?.({}), "one");
});

test("a compressed answer is read as fetch reads it, up to the limit of what comes out", async () => {
  const bodies = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  let answer = { coding: "", bytes: new Uint8Array(0) };
  const foreign = createHttpServer((_request, response) => {
    response.setHeader("content-type", "application/json").setHeader("content-encoding", answer.coding);
    response.end(answer.bytes);
  });
  await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  const transport = nodeTransport({ baseUrl, limits: { maxBodyBytes: 100_000 } });
  const client = createClient(service as HttpService, transport) as any;
  for (const [coding, compress] of Object.entries(bodies)) {
    answer = { coding, bytes: compress('{"text":"x"}') };
    assert.deepEqual(await client.reply0({}), { text: "x" });
  }
  answer = { coding: "gzip", bytes: gzipSync(`{"text":"${"x".repeat(1_000_000)}"}`) };
  await assert.rejects(client.reply0({}), { reason: "RESPONSE_TOO_LARGE" });
  answer = { coding: "gzip", bytes: new Uint8Array([1, 2, 3]) };
  await assert.rejects(client.reply0({}), { name: "ServiceError" });
  await transport.close?.();
  foreign.close().closeAllConnections();
});
