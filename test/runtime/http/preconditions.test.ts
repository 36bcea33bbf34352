import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import {
  evaluatePreconditions,
  type PreconditionVerdict,
  type RepresentationState,
} from "../../../runtime/src/http/preconditions.ts";
import { createReply } from "../../../runtime/src/http/reply.ts";
import { fakeServer, jsonOf, operation, parameter, request, service, textOf } from "./support.ts";

const changed = "Sun, 06 Nov 1994 08:49:37 GMT";
const before = "Sun, 06 Nov 1994 08:49:36 GMT";
const strong: RepresentationState = { etag: '"a"', lastModified: Date.parse(changed) + 400 };
const weak: RepresentationState = { etag: 'W/"a"' };

const table: readonly (readonly [string, object, RepresentationState | undefined, PreconditionVerdict, string?])[] = [
  ["no condition", {}, strong, "proceed"],
  ["If-Match of the tag", { "If-Match": '"a"' }, strong, "proceed"],
  ["If-Match of a list that has the tag", { "if-match": '"x,y" , W/"z",,"a"' }, strong, "proceed"],
  ["If-Match of another tag", { "If-Match": '"b"' }, strong, 412],
  ["If-Match compares strongly", { "If-Match": 'W/"a"' }, weak, 412],
  ["If-Match * of what exists", { "If-Match": "*" }, {}, "proceed"],
  ["If-Match * of what does not exist", { "If-Match": "*" }, undefined, 412],
  ["If-Match of a tag where there is none", { "If-Match": '"a"' }, {}, 412],
  ["If-Match that is no tag", { "If-Match": "a" }, strong, 412],
  ["If-Match goes before If-Unmodified-Since", { "If-Match": '"a"', "If-Unmodified-Since": before }, strong, "proceed"],
  ["If-Unmodified-Since after the change", { "If-Unmodified-Since": changed }, strong, "proceed"],
  ["If-Unmodified-Since before the change", { "If-Unmodified-Since": before }, strong, 412],
  ["If-Unmodified-Since that is no date", { "If-Unmodified-Since": "1994-11-06" }, strong, "proceed"],
  ["If-None-Match of the tag, read", { "If-None-Match": '"a"' }, strong, 304],
  ["If-None-Match compares weakly", { "If-None-Match": 'W/"a"' }, strong, 304],
  ["If-None-Match of the tag, written", { "If-None-Match": '"a"' }, strong, 412, "PUT"],
  ["If-None-Match * of what exists, written", { "If-None-Match": "*" }, strong, 412, "PUT"],
  ["If-None-Match * of what does not exist", { "If-None-Match": "*" }, undefined, "proceed", "PUT"],
  ["If-None-Match of another tag", { "If-None-Match": '"b"' }, strong, "proceed"],
  ["If-None-Match goes before the date", { "If-None-Match": '"b"', "If-Modified-Since": changed }, strong, "proceed"],
  ["If-Modified-Since of the change", { "If-Modified-Since": changed }, strong, 304],
  ["If-Modified-Since in the form of RFC 850", { "If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT" }, strong, 304],
  ["If-Modified-Since in the form of asctime", { "If-Modified-Since": "Sun Nov  6 08:49:37 1994" }, strong, 304],
  ["If-Modified-Since before the change", { "If-Modified-Since": before }, strong, "proceed"],
  ["If-Modified-Since does not count for writes", { "If-Modified-Since": changed }, strong, "proceed", "PUT"],
  ["If-Modified-Since without a known change", { "If-Modified-Since": changed }, weak, "proceed"],
  ["a list that the contract declares as one", { "If-None-Match": ['"x"', '"a"'] }, strong, 304],
  ["the Web's headers", new Headers({ "if-none-match": '"a"' }), strong, 304],
  ["412 goes before 304", { "If-Match": '"b"', "If-None-Match": '"a"' }, strong, 412],
];

for (const [name, headers, current, verdict, method = "GET"] of table) {
  test(`${name}: ${verdict}`, () => {
    assert.equal(evaluatePreconditions(headers, current, method), verdict);
  });
}

test("a tag without its quotes is an error of the handler", () => {
  assert.throws(() => evaluatePreconditions({}, { etag: "v1" }, "GET"), /expected an entity tag .* found v1/);
});

test("a long list of what are almost tags costs no time", () => {
  const startedAt = process.hrtime.bigint();
  for (const text of ['"'.repeat(16_000), ",".repeat(16_000), 'W/"a"'.repeat(3_000), " ".repeat(16_000)]) {
    evaluatePreconditions({ "If-Match": text }, strong, "GET");
  }
  assert.ok(Number(process.hrtime.bigint() - startedAt) / 1e6 < 200);
});

const json = { mediaType: "application/json", codec: "json" } as const;
const header = (name: string, required = false) => parameter({ in: "header", name, required });
const documents = service(
  operation({
    name: "read",
    path: "/documents",
    responses: [{ status: 200, headers: [header("ETag"), header("Last-Modified")], content: [json] }],
  }),
  operation({
    name: "write",
    path: "/documents",
    method: "PUT",
    parameters: [header("If-Match", true), header("X-Reason", true)],
    responses: [
      { status: 204, content: [] },
      { status: 428, content: [] },
    ],
  }),
  operation({
    name: "plain",
    method: "PUT",
    parameters: [header("If-Match", true)],
    responses: [{ status: 204, content: [] }],
  }),
);
const handle = createHttpHandler(
  fakeServer([
    [
      documents,
      {
        read: () =>
          createReply(
            200,
            { a: 1 },
            {
              headers: {
                ETag: '"a"',
                "Last-Modified": changed,
                "Cache-Control": "no-cache",
                "Content-Location": "/documents/1",
                "Content-Language": "en",
              },
            },
          ),
        write: () => undefined,
        plain: () => undefined,
      },
    ],
  ]),
);

test("a success that the caller has already is 304, with its headers and without its body", async () => {
  for (const [name, value] of [
    ["if-none-match", 'W/"a"'],
    ["if-modified-since", changed],
  ] as const) {
    for (const method of ["GET", "HEAD"]) {
      const response = await handle(request(method, "/documents", { headers: [[name, value]] }));
      assert.equal(response.status, 304);
      assert.deepEqual(response.headers, [
        ["etag", '"a"'],
        ["last-modified", changed],
        ["cache-control", "no-cache"],
        ["content-location", "/documents/1"],
      ]);
      assert.equal(await textOf(response), "");
    }
  }
  const other = await handle(request("GET", "/documents", { headers: [["if-none-match", '"b"']] }));
  assert.deepEqual([other.status, await jsonOf(other)], [200, { a: 1 }]);
});

test("a required precondition that is missing is 428 where that is declared, and 400 elsewhere or among other faults", async () => {
  const missing = await handle(request("PUT", "/documents", { headers: [["x-reason", "a"]] }));
  assert.deepEqual([missing.status, (await jsonOf(missing)).reason], [428, "PRECONDITION_REQUIRED"]);
  assert.equal((await handle(request("PUT", "/documents"))).status, 400);
  assert.equal((await handle(request("PUT", "/documents", { headers: [["if-match", "*"]] }))).status, 400);
  assert.equal((await handle(request("PUT", "/plain"))).status, 400);
});
