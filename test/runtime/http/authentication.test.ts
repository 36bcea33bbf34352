import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpOperation } from "../../../runtime/src/descriptor/http.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { jsonOf, operation, parameter, request, service } from "./support.ts";

const pay: HttpOperation<any, any, any, any> = operation({
  name: "pay",
  method: "POST",
  parameters: [parameter({ in: "query", name: "limit", shape: { type: "integer" } })],
  body: { required: true, content: [{ mediaType: "application/json", codec: "json" }] },
  responses: [{ status: 200, content: [{ mediaType: "application/json", codec: "json" }] }],
});
const server = createServer({
  authenticate: ({ headers }) => {
    if (headers.get("authorization") === "Bearer good") return { id: "ann" };
    throw new ServiceError("unauthenticated", "who are you?");
  },
}).add(service(pay), { pay: (input: { body: unknown }) => input.body });
const handle = createHttpHandler(server);

test("a caller that is not known is refused before its body, or its faults, are read", async () => {
  // Decoding would answer 400 and 415: the media type is not declared, and the limit is no number.
  const headers = [["content-type", "text/x-unknown"]] as const;
  const response = await handle(request("POST", "/pay?limit=x", { headers, body: "[1]" }));
  assert.equal(response.status, 401);
  assert.equal((await jsonOf(response)).detail, "who are you?");
});

test("a known caller's body is read, and its faults are told all at once", async () => {
  const headers = [
    ["authorization", "Bearer good"],
    ["content-type", "application/json"],
  ] as const;
  assert.deepEqual(await jsonOf(await handle(request("POST", "/pay", { headers, body: "[1]" }))), [1]);
  const faulty = await handle(request("POST", "/pay?limit=x", { headers }));
  assert.deepEqual(
    (await jsonOf(faulty)).errors.map((each: { in: string; name?: string }) => each.name ?? each.in),
    ["limit", "body"],
  );
});

test("a body that breaks off is not a failure of the handler", async () => {
  const headers = [
    ["authorization", "Bearer good"],
    ["content-type", "application/json"],
  ] as const;
  const response = await handle({
    ...request("POST", "/pay", { headers }),
    body: (async function* (): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("[");
      throw new Error("ECONNRESET");
    })(),
  });
  assert.equal(response.status, 499);
});
