import assert from "node:assert/strict";
import { test } from "node:test";
import { createConnectFetchHandler } from "../../../runtime/src/rpc/fetch.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { fakeServer } from "../http/support.ts";
import { Echo, echoHandlers } from "./support.ts";

function post(body: string): Request {
  return new Request("http://h/test.v1.Echo/Say", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
}

test("a fetch handler serves Connect, and passes on what is no RPC", async () => {
  const fallback = () => Promise.resolve(new Response("other"));
  const handle = createConnectFetchHandler(fakeServer([[Echo, echoHandlers]]), { fallback });
  assert.equal(await (await handle(post('"hi"'))).json(), "hi!");
  assert.equal(await (await handle(new Request("http://h/else"))).text(), "other");
  const alone = createConnectFetchHandler(fakeServer([[Echo, echoHandlers]]));
  assert.equal((await alone(new Request("http://h/else"))).status, 404);
});

test("errors and limits hold there too", async () => {
  const say = () => {
    throw new ServiceError("not_found", "nobody");
  };
  const handle = createConnectFetchHandler(fakeServer([[Echo, { say }]]), { maxMessageBytes: 20 });
  const failed = await handle(post('"hi"'));
  assert.deepEqual([failed.status, await failed.json()], [404, { code: "not_found", message: "nobody" }]);
  const large = await handle(post(`"${"x".repeat(100)}"`));
  assert.equal(((await large.json()) as { code: string }).code, "resource_exhausted");
});
