import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import type {
  BodyCodec,
  HttpMediaType,
  HttpOperation,
  ParameterStyle,
  ValueShape,
} from "../../../runtime/src/descriptor/http.ts";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { isServiceError } from "../../../runtime/src/error/service-error.ts";
import { decodeBody, decodeStream } from "../../../runtime/src/http/bodies.ts";
import { BodyTooLarge } from "../../../runtime/src/http/bytes.ts";
import { decodeResponse } from "../../../runtime/src/http/decode-response.ts";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import { negotiate, parseMediaType } from "../../../runtime/src/http/media-type.ts";
import { clientLimits, serverLimits } from "../../../runtime/src/http/message.ts";
import { matchSegment, parsePathTemplate } from "../../../runtime/src/http/path-template.ts";
import { createRouter } from "../../../runtime/src/http/router.ts";
import { fakeServer, jsonOf, operation, parameter, request, service } from "./support.ts";

const seed = 20261122;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const open: ValueShape = { type: "object", properties: { n: { type: "integer" } }, additional: { type: "any" } };
const styles: readonly ParameterStyle[] = ["form", "spaceDelimited", "pipeDelimited", "deepObject"];
const codecs: readonly BodyCodec[] = ["json", "text", "form", "multipart", "binary", "eventStream", "jsonLines"];

/** An operation with a parameter in every place and style, and a body in every codec. */
const everything: HttpOperation = operation({
  name: "everything",
  method: "POST",
  path: "/x/{simple}/{label}.{matrix}",
  parameters: [
    parameter({ in: "path", name: "simple", shape: { type: "array", items: { type: "integer" } } }),
    parameter({ in: "path", name: "label", style: "label", explode: true, shape: open }),
    parameter({ in: "path", name: "matrix", style: "matrix", explode: true, shape: open }),
    ...styles.map((style) => parameter({ in: "query", name: style, style, explode: false, shape: open })),
    parameter({ in: "query", name: "rest", explode: true, shape: open }),
    parameter({ in: "query", name: "json", mediaType: "application/json", shape: { type: "any" } }),
    parameter({ in: "header", name: "x-list", shape: { type: "array", items: { type: "boolean" } } }),
    parameter({ in: "cookie", name: "crumb", style: "cookie", explode: true, shape: open }),
  ],
  body: { required: false, content: codecs.map((codec) => ({ mediaType: typeOf(codec), codec, shape: open })) },
  responses: [{ status: 204, content: [] }],
});

function typeOf(codec: BodyCodec): string {
  return codec === "form"
    ? "application/x-www-form-urlencoded"
    : codec === "multipart"
      ? "multipart/form-data"
      : `x/${codec.toLowerCase()}`;
}

const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        "%",
        "%zz",
        "%FF",
        "%00",
        "%2F",
        "%2e",
        "..",
        "/",
        "&",
        "=",
        ";",
        ",",
        "+",
        "[",
        "]",
        "[]",
        "[0]",
        "__proto__",
        "constructor",
        "prototype",
        "deepObject",
        "json",
        "{",
        "}",
        '"',
        "\\",
        ":",
        "\r",
        "\n",
        "\0",
        "--",
        "data:",
        "\u001e",
        "é",
        "\ud800",
        "1e999",
      ),
      { maxLength: 20 },
    )
    .map((pieces) => pieces.join("")),
);

function orGood(good: string): fc.Arbitrary<string> {
  return fc.oneof({ arbitrary: fc.constant(good), weight: 3 }, { arbitrary: hostileText, weight: 1 });
}

test("whatever a request holds, it is answered with a status below 500, and no prototype changes", async () => {
  const handle = createHttpHandler(fakeServer([[service(everything), { everything: drain }]]));
  let served = 0;
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  await fc.assert(
    fc.asyncProperty(
      fc.record({ path: orGood("1"), query: orGood(""), header: orGood("true"), cookie: orGood(""), body: orGood("") }),
      fc.constantFrom(...codecs),
      async ({ path, query, header, cookie, body }, codec) => {
        const type = `${typeOf(codec)}${codec === "multipart" ? "; boundary=b" : ""}`;
        const framed = codec === "multipart" ? `--b\r\n${body}\r\n--b--` : body;
        const response = await handle(
          request("POST", `/x/${path}/.a=1.;b=2?${query}`, {
            headers: [
              ["content-type", type],
              ["x-list", header],
              ["cookie", cookie],
              ["accept", header],
              ["request-timeout-ms", header],
            ],
            body: utf8(framed),
          }),
        );
        served += Number(response.status === 204);
        assert.ok(
          response.status === 204 || (response.status >= 400 && response.status < 500),
          String(response.status),
        );
      },
    ),
    { numRuns: 600, seed },
  );
  assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
  assert.equal(({} as { n?: unknown }).n, undefined);
  assert.ok(served > 20 && served < 580, `${served} came to the handler`);
});

/** A handler that reads all of a streamed body. */
async function drain(input: { readonly body?: unknown }): Promise<void> {
  if (typeof input.body !== "object" || input.body === null || !(Symbol.asyncIterator in input.body)) return;
  for await (const item of input.body as AsyncIterable<unknown>) void item;
}

test("every codec gives a value, issues or one of our errors for arbitrary bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 80 }), hostileText.map(utf8)),
      fc.constantFrom(...codecs),
      hostileText,
      async (bytes, codec, charset) => {
        const media: HttpMediaType = { mediaType: typeOf(codec), codec, shape: open };
        const type = parseMediaType(`${typeOf(codec)}; boundary=b; charset=${charset}`);
        const issues: ValidationIssue[] = [];
        const options = {
          media,
          type,
          limits: { ...serverLimits, maxBodyBytes: 1000 },
          pointer: "/body",
          validate: true,
        };
        try {
          if (codec === "eventStream" || codec === "jsonLines")
            for await (const item of decodeStream(bytes, options)) void item;
          else await decodeBody(bytes, { ...options, issues, streamsFiles: false });
        } catch (error) {
          assert.ok(isServiceError(error) && error.code === "invalid_argument", String(error));
        }
      },
    ),
    { numRuns: 800, seed },
  );
});

test("every response is an output or one of our errors, whatever the peer sends", async () => {
  const echo = operation({
    name: "echo",
    responses: [
      { status: 200, content: codecs.map((codec) => ({ mediaType: typeOf(codec), codec, shape: open })) },
      { status: "4XX", content: [{ mediaType: "application/problem+json", codec: "json" }] },
    ],
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(200, 204, 302, 404, 429, 500, 503, 599),
      hostileText,
      hostileText,
      fc.constantFrom(...codecs.map(typeOf), "application/problem+json", ""),
      async (status, header, body, contentType) => {
        const headers: [string, string][] = [
          ["content-type", contentType],
          ["retry-after", header],
          ["ratelimit", header],
          ["grpc-retry-pushback-ms", header],
        ];
        try {
          const { output } = await decodeResponse(
            echo,
            { status, headers, body: utf8(body) },
            { method: "GET", full: true, validate: true, limits: clientLimits, nowMs: 0 },
          );
          await drain(output as { body?: unknown });
        } catch (error) {
          assert.ok(isServiceError(error), String(error));
        }
      },
    ),
    { numRuns: 600, seed },
  );
});

test("media types, Accept and paths of any text are read in time, or not at all", () => {
  const router = createRouter([{ service: service(everything), handlers: {} }]);
  const template = parsePathTemplate("/{a}.{b}-{c}")[0] ?? [];
  fc.assert(
    fc.property(hostileText, (text) => {
      parseMediaType(text);
      negotiate(text, ["application/json", "text/plain"]);
      matchSegment(template, text);
      const route = router.find("POST", text);
      assert.ok(["found", "noPath", "noMethod", "malformed"].includes(route.kind));
    }),
    { numRuns: 500, seed },
  );
});

/** Texts on which a careless expression takes its time; each is read in a fraction of the limit. */
const slow: readonly (readonly [string, () => unknown])[] = [
  ["a boundary of dashes in a body of dashes", () => multipart("-".repeat(199) + "x", "-".repeat(1_000_000))],
  ["line ends in a multipart body", () => multipart("b", `--b\r\n${"\r\n".repeat(400_000)}`)],
  [
    "semicolons in a disposition",
    () => multipart("b", `--b\r\ncontent-disposition: form-data${"; ".repeat(8000)}x\r\n\r\n\r\n--b--`),
  ],
  [
    "spaces in a disposition",
    () => multipart("b", `--b\r\ncontent-disposition: form-data;${" ".repeat(16_000)}x\r\n\r\n\r\n--b--`),
  ],
  ["brackets in a name", () => query(`deepObject${"[".repeat(15_000)}=1`)],
  ["a thousand names alike", () => query(Array.from({ length: 999 }, (_, at) => `deepObject[${at}]=1`).join("&"))],
  ["commas in an Accept header", () => negotiate(",".repeat(100_000), ["a/b"])],
  ["quotes in a media type", () => parseMediaType(`a/b;${'"\\'.repeat(490)}`)],
  ["opened brackets in JSON", () => failing(() => decodeBody(utf8("[".repeat(1_000_000)), options("json")))],
  ["quotes in JSON", () => failing(() => decodeBody(utf8('"\\'.repeat(500_000)), options("json")))],
  ["percent signs in a form", () => failing(() => decodeBody(utf8("%".repeat(1_000_000)), options("form")))],
  ["ampersands in a form", () => failing(() => decodeBody(utf8("&".repeat(1_000_000)), options("form")))],
];

for (const [name, work] of slow) {
  test(`${name} cost no time`, async () => {
    const startedAt = process.hrtime.bigint();
    await work();
    const tookMs = Number(process.hrtime.bigint() - startedAt) / 1e6;
    assert.ok(tookMs < 250, `took ${tookMs} ms`);
  });
}

function options(codec: BodyCodec, boundary = "b"): Parameters<typeof decodeBody>[1] {
  const type = { essence: typeOf(codec), parameters: new Map([["boundary", boundary]]) };
  return {
    media: { mediaType: typeOf(codec), codec, shape: open },
    type,
    limits: serverLimits,
    issues: [],
    pointer: "",
    validate: true,
    streamsFiles: false,
  };
}

function multipart(boundary: string, body: string): Promise<void> {
  return failing(() => decodeBody(utf8(body), options("multipart", boundary)));
}

async function query(text: string): Promise<number> {
  return (await createHttpHandler(fakeServer([[service(everything), {}]]))(request("POST", `/x/1/.a=1.;b=2?${text}`)))
    .status;
}

async function failing(work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => isServiceError(error) && error.code === "invalid_argument");
}

test("a disposition that says two things is refused, and quotes hide no other name", async () => {
  const part = (disposition: string): string => `--b\r\ncontent-disposition: ${disposition}\r\n\r\n1\r\n--b--`;
  const read = (disposition: string): Promise<unknown> => decodeBody(utf8(part(disposition)), options("multipart"));
  await failing(() => read(`form-data; name="a"; name="b"`));
  await failing(() => read(`form-data; name="a"; x`));
  await failing(() => read(`attachment; name="a"`));
  assert.deepEqual(Object.keys((await read(`form-data; filename="; name=x"; name="a"`)) as object), ["a"]);
  assert.deepEqual(Object.keys((await read(`FORM-DATA ;name=a`)) as object), ["a"]);
});

test("a prefix of the boundary within a part is content, the boundary itself is none", async () => {
  const body = `preamble\r\n--bound\r\ncontent-disposition: form-data; name="a"\r\n\r\nx --bound y\r\n--boun\r\n--bound--\r\nepilogue`;
  assert.deepEqual(await decodeBody(utf8(body), options("multipart", "bound")), { a: "x --bound y\r\n--boun" });
});

test("parts beyond the limit are refused", async () => {
  const part = `--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n`;
  await failing(() => decodeBody(utf8(`${part.repeat(1001)}--b--`), options("multipart")));
});

test("one field of a form holds one item", async () => {
  const items: ValueShape = { type: "object", properties: { p: { type: "array", items: open } } };
  const issues: ValidationIssue[] = [];
  const text = `p=${encodeURIComponent('{"n":1},{"n":2}')}`;
  await decodeBody(utf8(text), { ...options("form"), media: { mediaType: "x", codec: "form", shape: items }, issues });
  assert.deepEqual(issues, [{ pointer: "/p", keyword: "contentMediaType", expected: "JSON" }]);
});

test("a line of a stream beyond the limit ends it while it comes", async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield utf8("x".repeat(100));
  }
  const media: HttpMediaType = { mediaType: "application/jsonl", codec: "jsonLines" };
  const read = decodeStream(endless(), {
    ...options("jsonLines"),
    media,
    limits: { ...serverLimits, maxBodyBytes: 10_000 },
  });
  await assert.rejects(() => read.next(), BodyTooLarge);
});

test("an item of a request's stream that is too long is the caller's fault", async () => {
  const handle = createHttpHandler(fakeServer([[service(everything), { everything: drain }]]), {
    limits: { maxBodyBytes: 10 },
  });
  const response = await handle(
    request("POST", "/x/1/.a=1.;b=2", {
      headers: [["content-type", "x/jsonlines"]],
      body: `"${"x".repeat(100)}`,
    }),
  );
  assert.equal(response.status, 413);
});

test("what a caller sees of a failure within holds nothing of it", async () => {
  const handle = createHttpHandler(
    fakeServer([
      [
        service(everything),
        {
          everything: () => {
            throw new Error("password=hunter2 at /srv/app.ts:1");
          },
        },
      ],
    ]),
  );
  const response = await handle(request("POST", "/x/1/.a=1.;b=2"));
  assert.equal(response.status, 500);
  assert.deepEqual(await jsonOf(response), {
    type: "about:blank",
    title: "Internal error",
    status: 500,
    code: "unknown",
  });
});

test("headers of a result that can't be sent are an error of the handler, not of the connection", async () => {
  const core = fakeServer([[service(everything), {}]]);
  const handle = createHttpHandler({
    ...core,
    handle: () => Promise.resolve({ output: undefined, headers: createHeaders([["x-note", "a\r\nset-cookie: b"]]) }),
  });
  const response = await handle(request("POST", "/x/1/.a=1.;b=2"));
  assert.equal(response.status, 500);
  assert.ok(response.headers.every(([name]) => name !== "x-note"));
});

test("headers about framing are not passed on, neither way", async () => {
  const core = fakeServer([[service(everything), {}]]);
  const foreign = createHeaders([
    ["content-length", "5"],
    ["transfer-encoding", "chunked"],
    ["connection", "x"],
    ["x-mine", "1"],
  ]);
  const handle = createHttpHandler({ ...core, handle: () => Promise.resolve({ output: undefined, headers: foreign }) });
  assert.deepEqual((await handle(request("POST", "/x/1/.a=1.;b=2"))).headers, [["x-mine", "1"]]);
});
