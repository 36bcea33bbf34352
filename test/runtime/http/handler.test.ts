import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import type { HttpOperation } from "../../../runtime/src/descriptor/http.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../../../runtime/src/http/handler.ts";
import type { HttpRequest, HttpResponse } from "../../../runtime/src/http/message.ts";
import { createReply } from "../../../runtime/src/http/reply.ts";
import { createFetchHandler } from "../../../runtime/src/server/fetch.ts";
import { fakeServer, jsonOf, operation, parameter, request, service, textOf, type FakeHandlers } from "./support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const v1 = { mediaType: "application/vnd.acme.v1+json", codec: "json" } as const;
const v2 = { mediaType: "application/vnd.acme.v2+json", codec: "json" } as const;

const list = operation({
  name: "list",
  parameters: [parameter({ in: "query", name: "limit", shape: { type: "integer" } })],
  responses: [{ status: 200, content: [json] }],
});
const create = operation({
  name: "create",
  method: "POST",
  path: "/list",
  body: { required: true, content: [json] },
  responses: [{ status: 201, content: [json] }],
});
const remove = operation({
  name: "remove",
  method: "DELETE",
  path: "/list",
  responses: [{ status: 204, content: [] }],
});
const order = operation({ name: "order", responses: [{ status: 200, content: [v1, v2] }] });
const watch = operation({
  name: "watch",
  responses: [{ status: 200, content: [{ mediaType: "text/event-stream", codec: "eventStream" }] }],
});
const take = operation({
  name: "take",
  method: "POST",
  body: { required: false, content: [v1, v2] },
  responses: [{ status: 200, content: [json] }],
});

function handlerOf(
  handlers: FakeHandlers,
  options: HttpHandlerOptions = {},
  operations: readonly HttpOperation[] = [list, create, remove, order, watch, take],
) {
  const server = fakeServer([[service(...operations), handlers]]);
  return { server, handle: (each: HttpRequest) => createHttpHandler(server, options)(each) };
}

function header(response: HttpResponse, name: string): string | null {
  return createHeaders(response.headers).get(name);
}

test("a plain result is the declared success", async () => {
  const { handle } = handlerOf({ list: (input) => [input.query.limit], remove: () => undefined });
  const got = await handle(request("GET", "/list?limit=5"));
  assert.deepEqual([got.status, header(got, "content-type"), await textOf(got)], [200, "application/json", "[5]"]);
  const gone = await handle(request("DELETE", "/list"));
  assert.deepEqual([gone.status, gone.body], [204, undefined]);
});

test("all faults of a request are one 400 with a pointer each", async () => {
  const { handle, server } = handlerOf({});
  const response = await handle(request("GET", "/list?limit=x"));
  const problem = await jsonOf(response);
  assert.deepEqual(
    [response.status, header(response, "content-type"), problem.code],
    [400, "application/problem+json", "invalid_argument"],
  );
  assert.deepEqual(problem.errors, [
    { in: "query", name: "limit", pointer: "#", keyword: "type", detail: "expected an integer" },
  ]);
  assert.equal(server.requests.length, 0);
});

test("an unknown path is 404, a wrong method 405 with Allow, OPTIONS tells Allow", async () => {
  const { handle } = handlerOf({});
  assert.equal((await handle(request("GET", "/nope"))).status, 404);
  const wrong = await handle(request("PATCH", "/list"));
  assert.deepEqual([wrong.status, header(wrong, "allow")], [405, "DELETE, GET, HEAD, OPTIONS, POST"]);
  const options = await handle(request("OPTIONS", "/list"));
  assert.deepEqual([options.status, header(options, "allow")], [204, "DELETE, GET, HEAD, OPTIONS, POST"]);
});

test("HEAD is GET without its body", async () => {
  const { handle } = handlerOf({ list: () => [1, 2] });
  const response = await handle(request("HEAD", "/list"));
  assert.deepEqual([response.status, response.body, header(response, "content-length")], [200, undefined, "5"]);
});

test("HEAD of a stream ends the stream", async () => {
  const ended = Promise.withResolvers<void>();
  const { handle } = handlerOf({
    async *watch() {
      try {
        for (;;) yield { data: "x" };
      } finally {
        ended.resolve();
      }
    },
  });
  assert.equal((await handle(request("HEAD", "/watch"))).body, undefined);
  await ended.promise;
});

test("Accept chooses the version, and the answer varies by it", async () => {
  const seen: unknown[] = [];
  const { handle } = handlerOf({
    order: (_input, { accepted }) => {
      seen.push(accepted);
      return { for: accepted };
    },
  });
  const table: readonly (readonly [string | undefined, string])[] = [
    ["application/vnd.acme.v2+json", v2.mediaType],
    ["application/vnd.acme.v1+json", v1.mediaType],
    [undefined, v1.mediaType],
    ["*/*", v1.mediaType],
    ["application/*;q=0.5, application/vnd.acme.v2+json", v2.mediaType],
    ["application/vnd.acme.v1+json;q=0, */*", v2.mediaType],
    ["garbage", v1.mediaType],
  ];
  for (const [accept, type] of table) {
    const response = await handle(
      request("GET", "/order", { headers: accept === undefined ? [] : [["accept", accept]] }),
    );
    assert.deepEqual(
      [header(response, "content-type"), header(response, "vary"), await jsonOf(response)],
      [type, "accept", { for: type }],
    );
  }
  const none = await handle(
    request("GET", "/order", { headers: [["accept", "application/vnd.acme.v3+json, text/html"]] }),
  );
  assert.deepEqual([none.status, (await jsonOf(none)).reason], [406, "NOT_ACCEPTABLE"]);
  assert.equal(seen.length, table.length);
});

test("a body of another media type is 415, a missing one 400, an encoded one 415", async () => {
  const { handle } = handlerOf({ create: () => ({}) });
  const status = async (headers: [string, string][], body?: string) =>
    (await handle(request("POST", "/list", { headers, ...(body === undefined ? {} : { body }) }))).status;
  assert.equal(await status([["content-type", "text/xml"]], "<a/>"), 415);
  assert.equal(await status([["content-type", "garbage"]], "{}"), 415);
  assert.equal(await status([["content-type", "application/json"]]), 400);
  assert.equal(await status([["content-type", "application/json"]], "{"), 400);
  assert.equal(
    await status(
      [
        ["content-type", "application/json"],
        ["content-encoding", "compress"],
      ],
      "{}",
    ),
    415,
  );
  assert.equal(await status([["content-type", "application/json; charset=utf-8"]], "{}"), 201);
  assert.equal(await status([], "{}"), 201);
});

test("handlers are told which of several bodies came", async () => {
  const { handle } = handlerOf({ take: (input) => [input.contentType, input.body] });
  const response = await handle(
    request("POST", "/take", { headers: [["content-type", "application/vnd.acme.v2+json"]], body: "7" }),
  );
  assert.deepEqual(await jsonOf(response), [v2.mediaType, 7]);
});

test("bodies beyond the limit are 413, by their announced and their real length", async () => {
  const { handle } = handlerOf({ create: () => ({}) }, { limits: { maxBodyBytes: 10 } });
  const headers: [string, string][] = [["content-type", "application/json"]];
  assert.equal(
    (await handle(request("POST", "/list", { headers: [...headers, ["content-length", "999"]], body: "{}" }))).status,
    413,
  );
  let pulled = 0;
  const endless = {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        pulled += 1;
        yield new Uint8Array(4);
      }
    },
  };
  assert.equal((await handle({ ...request("POST", "/list", { headers }), body: endless })).status, 413);
  assert.ok(pulled <= 4, String(pulled));
  const own = operation({
    ...create,
    name: "create",
    policy: { idempotency: { level: "none" }, limits: { maxRequestBytes: 3 } },
  });
  const small = handlerOf({ create: () => ({}) }, {}, [own]);
  assert.equal((await small.handle(request("POST", "/list", { headers, body: "[1,2]" }))).status, 413);
});

test("a target beyond the limit is 414", async () => {
  const { handle } = handlerOf({});
  assert.equal((await handle(request("GET", `/list?${"a".repeat(20_000)}`))).status, 414);
});

test("the caller's remaining time is read from the header, from another one when told", async () => {
  const { handle, server } = handlerOf({ list: () => [] }, { timeoutHeaders: ["x-envoy-expected-rq-timeout-ms"] });
  for (const headers of [
    { "request-timeout-ms": "800" },
    { "x-envoy-expected-rq-timeout-ms": "70" },
    { "request-timeout-ms": "-1" },
  ]) {
    await handle(request("GET", "/list", { headers }));
  }
  assert.deepEqual(
    server.requests.map(({ timeoutMs }) => timeoutMs),
    [800, 70, undefined],
  );
});

test("the fingerprint is of method, path, query and bytes", async () => {
  const prints = new Set<unknown>();
  const { handle, server } = handlerOf({ create: () => ({}) });
  const headers = { "content-type": "application/json" };
  for (const [target, body] of [
    ["/list", "{}"],
    ["/list?a", "{}"],
    ["/list", "{ }"],
    ["/list", "{}"],
  ] as const) {
    await handle(request("POST", target, { headers, body }));
    prints.add(await server.requests.at(-1)?.fingerprint());
  }
  assert.equal(prints.size, 3);
});

test("a stored outcome sends the same bytes, status and headers again", async () => {
  const { handle, server } = handlerOf({
    create: () => createReply(201, { b: 1, a: 2 }, { headers: { location: "/l/1", "set-cookie": "s=1" } }),
  });
  const first = await handle(request("POST", "/list", { headers: { "content-type": "application/json" }, body: "{}" }));
  const codec = server.requests[0]?.outcome;
  assert.ok(codec !== undefined);
  const stored = codec.encode(
    {
      output: createReply(201, { b: 1, a: 2 }, { headers: { location: "/l/1", "set-cookie": "s=1" } }),
      headers: createHeaders(),
    },
    "r1",
  );
  assert.deepEqual(stored.headers.map(([name]) => name).sort(), ["content-type", "location"]);
  const result = codec.decode(stored);
  const again = await createHttpHandler({
    ...server,
    handle: async () => ({ ...result, headers: createHeaders([["idempotency-replayed", "true"]]) }),
  })(request("POST", "/list", { headers: { "content-type": "application/json" }, body: "{}" }));
  assert.deepEqual(
    [
      again.status,
      again.body,
      header(again, "location"),
      header(again, "content-type"),
      header(again, "idempotency-replayed"),
    ],
    [201, first.body, "/l/1", "application/json", "true"],
  );
  const error = new ServiceError("failed_precondition", "sold out", { reason: "SOLD_OUT" });
  assert.throws(() => codec.decode(codec.encode(error, "r2")), {
    code: "failed_precondition",
    reason: "SOLD_OUT",
    rawMessage: "sold out",
  });
});

test("the fetch handler is the same server", async () => {
  const handle = createFetchHandler(
    fakeServer([
      [
        service(list, create, watch),
        {
          list: (input) => [input.query?.limit ?? 0],
          create: (input) => input.body,
          async *watch() {
            yield { data: "a" };
            yield { data: "b" };
          },
        },
      ],
    ]),
  );
  assert.deepEqual(await (await handle(new Request("http://h/list?limit=3"))).json(), [3]);
  const made = await handle(
    new Request("http://h/list", { method: "POST", body: '{"x":1}', headers: { "content-type": "application/json" } }),
  );
  assert.deepEqual([made.status, await made.json()], [201, { x: 1 }]);
  assert.equal(await (await handle(new Request("http://h/watch"))).text(), "data: a\n\ndata: b\n\n");
  assert.equal((await handle(new Request("http://h/list", { method: "HEAD" }))).body, null);
});

test("a replayed error says so, and of which request it is the answer", async () => {
  const metadata = [
    ["idempotency-replayed", "true"],
    ["idempotency-original-request", "r1"],
    ["x-internal", "no"],
  ] as const;
  const server = fakeServer([[service(list), { list: () => [] }]]);
  const answer = await createHttpHandler({
    ...server,
    handle: () => Promise.reject(new ServiceError("failed_precondition", "sold out", { metadata })),
  })(request("GET", "/list"));
  assert.deepEqual(
    metadata.map(([name]) => header(answer, name)),
    ["true", "r1", null],
  );
});

test("a 205 says nothing of the length of a body that it can't have", async () => {
  const reset = operation({ name: "reset", method: "POST", responses: [{ status: 205, content: [json] }] });
  const handle = createHttpHandler(fakeServer([[service(reset), { reset: () => ({ a: 1 }) }]]));
  const response = await handle(request("POST", "/reset"));
  assert.deepEqual([response.status, response.body, header(response, "content-length")], [205, undefined, null]);
});
