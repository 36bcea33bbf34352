import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRequest } from "../../../runtime/src/http/encode-request.ts";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import { openFile } from "../../../runtime/src/http/file.ts";
import type {
  HttpEncoding,
  HttpMediaType,
  HttpResponseDescriptor,
  ValueShape,
} from "../../../runtime/src/descriptor/http.ts";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { isServiceError } from "../../../runtime/src/error/service-error.ts";
import { bytesOf, decodeBody, encodeBody, openBody } from "../../../runtime/src/http/bodies.ts";
import { decodeResponse } from "../../../runtime/src/http/decode-response.ts";
import { parseMediaType } from "../../../runtime/src/http/media-type.ts";
import { clientLimits, serverLimits } from "../../../runtime/src/http/message.ts";
import { fakeServer, operation, request, service } from "./support.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text: ValueShape = { type: "string" };
const list: ValueShape = { type: "array", items: text };
const record: ValueShape = { type: "object", properties: { R: { type: "integer" }, G: { type: "integer" } } };

async function writeBody(media: HttpMediaType, value: unknown): Promise<{ type: string; body: string }> {
  const encoded = encodeBody(media, value);
  return { type: (await openBody(encoded)).contentType, body: new TextDecoder().decode(await bytesOf(encoded, 1e6)) };
}

async function readBody(
  media: HttpMediaType,
  type: string,
  body: string,
): Promise<{ value: unknown; issues: ValidationIssue[] }> {
  const issues: ValidationIssue[] = [];
  const value = await decodeBody(utf8(body), {
    media,
    type: parseMediaType(type),
    limits: serverLimits,
    issues,
    pointer: "/body",
    validate: true,
    streamsFiles: false,
  });
  return { value, issues };
}

/** How a property `p` of a form is encoded, its shape, its value, and the text. */
const forms: readonly (readonly [HttpEncoding | undefined, ValueShape, unknown, string])[] = [
  [undefined, text, "", "p="],
  [undefined, text, "a b&c=d+é", "p=a%20b%26c%3Dd%2B%C3%A9"],
  [undefined, { type: "integer" }, 5, "p=5"],
  [undefined, list, ["a", "b c", ""], "p=a&p=b%20c&p="],
  [undefined, record, { R: 1, G: 2 }, "p=%7B%22R%22%3A1%2C%22G%22%3A2%7D"],
  [undefined, { type: "array", items: record }, [{ R: 1 }, { G: 2 }], "p=%7B%22R%22%3A1%7D&p=%7B%22G%22%3A2%7D"],
  [{ style: "form", explode: false }, list, ["a", "b,c"], "p=a,b%2Cc"],
  [{ style: "form", explode: true }, record, { R: 1, G: 2 }, "R=1&G=2"],
  [{ style: "form", explode: false }, record, { R: 1, G: 2 }, "p=R,1,G,2"],
  [{ style: "spaceDelimited", explode: false }, list, ["a", "b"], "p=a%20b"],
  [{ style: "pipeDelimited", explode: false }, list, ["a", "b"], "p=a%7Cb"],
  [{ style: "deepObject", explode: true }, record, { R: 1, G: 2 }, "p%5BR%5D=1&p%5BG%5D=2"],
  [{ contentType: "application/json" }, list, ["a"], "p=%5B%22a%22%5D"],
  [{ contentType: "application/json" }, text, "a", "p=%22a%22"],
];

for (const [encoding, shape, value, wanted] of forms) {
  test(`a form with ${JSON.stringify(encoding ?? "no encoding")} writes ${JSON.stringify(value)} as ${wanted}`, async () => {
    const media: HttpMediaType = {
      mediaType: "application/x-www-form-urlencoded",
      codec: "form",
      shape: { type: "object", properties: { p: shape } },
      ...(encoding === undefined ? {} : { encoding: { p: encoding } }),
    };
    assert.equal((await writeBody(media, { p: value })).body, wanted);
    assert.deepEqual(await readBody(media, media.mediaType, wanted), { value: { p: value }, issues: [] });
  });
}

/** As forms, with the part instead of the text: its headers and its content. */
const parts: readonly (readonly [HttpEncoding | undefined, ValueShape, unknown, readonly string[]])[] = [
  [undefined, text, "a\r\nb é", [`content-disposition: form-data; name="p"\r\n\r\na\r\nb é`]],
  [undefined, text, "", [`content-disposition: form-data; name="p"\r\n\r\n`]],
  [undefined, { type: "number" }, -0.5, [`content-disposition: form-data; name="p"\r\n\r\n-0.5`]],
  [undefined, { type: "boolean" }, true, [`content-disposition: form-data; name="p"\r\n\r\ntrue`]],
  [
    undefined,
    list,
    ["a", "b"],
    [`content-disposition: form-data; name="p"\r\n\r\na`, `content-disposition: form-data; name="p"\r\n\r\nb`],
  ],
  [
    undefined,
    record,
    { R: 1 },
    [`content-disposition: form-data; name="p"\r\ncontent-type: application/json\r\n\r\n{"R":1}`],
  ],
  [
    { contentType: "application/vnd.acme+json" },
    record,
    { R: 1 },
    [`content-disposition: form-data; name="p"\r\ncontent-type: application/vnd.acme+json\r\n\r\n{"R":1}`],
  ],
  [
    { contentType: "text/csv" },
    text,
    "a,b",
    [`content-disposition: form-data; name="p"\r\ncontent-type: text/csv\r\n\r\na,b`],
  ],
];

for (const [encoding, shape, value, wanted] of parts) {
  test(`multipart with ${JSON.stringify(encoding ?? "no encoding")} writes ${JSON.stringify(value)} as parts`, async () => {
    const media: HttpMediaType = {
      mediaType: "multipart/form-data",
      codec: "multipart",
      shape: { type: "object", properties: { p: shape } },
      ...(encoding === undefined ? {} : { encoding: { p: encoding } }),
    };
    const { type, body } = await writeBody(media, { p: value });
    const boundary = /^multipart\/form-data; boundary=([\w-]{10,70})$/.exec(type)?.[1] ?? "none";
    assert.equal(body, `${wanted.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`);
    assert.deepEqual(await readBody(media, type, body), { value: { p: value }, issues: [] });
  });
}

test("what a form or text can't carry is refused before anything is sent", () => {
  const form: HttpMediaType = { mediaType: "application/x-www-form-urlencoded", codec: "form" };
  const multipart: HttpMediaType = { mediaType: "multipart/form-data", codec: "multipart" };
  const plain: HttpMediaType = { mediaType: "text/plain", codec: "text" };
  const json: HttpMediaType = { mediaType: "application/json", codec: "json" };
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const cases: readonly (readonly [HttpMediaType, unknown])[] = [
    [form, { p: [undefined] }],
    [form, { p: Number.NaN }],
    [form, { p: [Symbol("x")] }],
    [form, { p: circle }],
    [form, "p=1"],
    [multipart, { p: [undefined] }],
    [multipart, { p: () => 1 }],
    [multipart, { p: circle }],
    [multipart, []],
    [multipart, { p: new Date(0) }],
    [plain, { a: 1 }],
    [plain, undefined],
    [json, circle],
    [json, undefined],
  ];
  for (const [media, value] of cases) assert.throws(() => encodeBody(media, value), { message: /./ });
});

test("text goes out in UTF-8 and says so, whatever the contract's media type says", async () => {
  for (const mediaType of ["text/plain", "text/plain; charset=iso-8859-1", "text/csv;charset=UTF-8"]) {
    const { type } = await writeBody({ mediaType, codec: "text" }, "é");
    assert.match(type, /;\s?charset=utf-8$/i);
    assert.equal(type.match(/charset/g)?.length, 1);
  }
});

const payment: HttpMediaType = { mediaType: "application/json", codec: "json" };
const responses: readonly HttpResponseDescriptor[] = [
  {
    status: 200,
    content: [payment, { mediaType: "text/csv", codec: "text" }, { mediaType: "image/*", codec: "binary" }],
  },
  { status: 201, content: [{ mediaType: "text/plain", codec: "text" }] },
  { status: 204, content: [] },
  { status: 206, content: [{ mediaType: "application/octet-stream", codec: "binary" }] },
  { status: "2XX", content: [payment] },
  { status: 404, content: [{ mediaType: "application/problem+json", codec: "json" }] },
  { status: "4XX", content: [payment] },
  { status: "default", content: [{ mediaType: "application/vnd.acme.error+json", codec: "json" }] },
];

/** Status, content type, body, and the full reply, or the error's code and the status of its typed response. */
const replies: readonly (readonly [number, string | undefined, string, unknown])[] = [
  [200, "application/json", '{"a":1}', { status: 200, contentType: "application/json", body: { a: 1 } }],
  [200, "application/json; charset=utf-8", "[]", { status: 200, contentType: "application/json", body: [] }],
  [200, "application/hal+json", "{}", { status: 200, contentType: "application/json", body: {} }],
  [200, "text/csv; header=present", "a,b\r\n", { status: 200, contentType: "text/csv", body: "a,b\r\n" }],
  [200, "image/png", "PNG", { status: 200, contentType: "image/png", body: utf8("PNG") }],
  [200, "text/html", "<p>", ["internal", undefined]],
  [200, undefined, "{}", ["internal", undefined]],
  [200, "application/json", "", ["internal", undefined]],
  [201, "text/plain", "", { status: 201, contentType: "text/plain", body: "" }],
  [201, undefined, "done", { status: 201, contentType: "text/plain", body: "done" }],
  [204, undefined, "", { status: 204, contentType: undefined, body: undefined }],
  [206, "application/octet-stream", "", { status: 206, contentType: "application/octet-stream", body: utf8("") }],
  [299, "application/json", "7", { status: 299, contentType: "application/json", body: 7 }],
  [404, "application/problem+json", '{"title":"gone"}', ["not_found", 404]],
  [404, "application/json", '{"title":"gone"}', ["not_found", 404]],
  [418, "application/json", "{}", ["unknown", 418]],
  [429, "text/html", "<p>", ["resource_exhausted", undefined]],
  [409, "application/json", "", ["already_exists", 409]],
  [500, "application/vnd.acme.error+json", "{}", ["internal", 500]],
  [502, "text/html", "<h1>Bad gateway</h1>", ["unavailable", undefined]],
  [503, "application/json", "{", ["unavailable", undefined]],
  [302, "text/html", "", ["unknown", 302]],
];

for (const [status, contentType, body, wanted] of replies) {
  test(`${status} ${contentType ?? "without content type"} ${JSON.stringify(body)} is read as declared`, async () => {
    const headers: [string, string][] = contentType === undefined ? [] : [["content-type", contentType]];
    const found = await decodeResponse(
      operation({ name: "pay", responses }),
      { status, headers, body: utf8(body) },
      { method: "GET", full: true, validate: true, limits: clientLimits, nowMs: 0 },
    ).then(
      ({ output }) => ({ ...(output as object), headers: undefined }),
      (error: unknown) => (isServiceError(error) ? [error.code, error.response?.status] : error),
    );
    assert.deepEqual(found, Array.isArray(wanted) ? wanted : { ...(wanted as object), headers: undefined });
  });
}

test("an answer to HEAD has headers and no body, and is no fault", async () => {
  const head = operation({
    name: "head",
    method: "HEAD",
    responses: [
      {
        status: 200,
        content: [payment],
        headers: [
          {
            in: "header",
            name: "X-Count",
            required: true,
            style: "simple",
            explode: false,
            shape: { type: "integer" },
          },
        ],
      },
    ],
  });
  const { output } = await decodeResponse(
    head,
    {
      status: 200,
      headers: [
        ["content-type", "application/json"],
        ["x-count", "3"],
      ],
      body: undefined,
    },
    { method: "HEAD", full: true, validate: true, limits: clientLimits, nowMs: 0 },
  );
  assert.deepEqual(output, { status: 200, contentType: undefined, headers: { "X-Count": 3 }, body: undefined });
});

test("a stream that says what it is goes out as that, either way, where the contract leaves it open", async () => {
  const content = [
    { mediaType: "text/plain", codec: "text" },
    { mediaType: "image/*", codec: "binary" },
  ] as const;
  const photo = operation({
    name: "photo",
    method: "POST",
    body: { content },
    responses: [{ status: 200, content }],
  });
  const png = openFile(new Blob(["x"]).stream(), { type: "image/png" });
  assert.equal((await openBody(encodeRequest(photo, { body: png }).body!)).contentType, "image/png");
  const handle = createHttpHandler(fakeServer([[service(photo), { photo: () => png }]]));
  const response = await handle(request("POST", "/photo"));
  assert.deepEqual(response.headers.find(([name]) => name === "content-type")?.[1], "image/png");
});
