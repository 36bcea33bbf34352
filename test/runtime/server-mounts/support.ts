import assert from "node:assert/strict";
import { after } from "node:test";
import { isServiceError, type ServiceError } from "../../../runtime/src/error/service-error.ts";
import type { HttpOperation, HttpService } from "../../../runtime/src/descriptor/http.ts";
import { serveNode, type NodeServer, type ServeNodeOptions } from "../../../runtime/src/server/node.ts";
import { fakeServer, operation, parameter, service, type FakeHandlers } from "../http/support.ts";
import { Echo, echoHandlers, streamOf } from "../rpc/support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
export const greet: HttpOperation = operation({
  name: "greet",
  method: "POST",
  path: "/greet/{name}",
  parameters: [parameter({ in: "path", name: "name", required: true })],
  body: { required: false, content: [json] },
  responses: [{ status: 200, content: [json] }],
});
export const ticks: HttpOperation = operation({
  name: "ticks",
  responses: [{ status: 200, content: [{ mediaType: "application/jsonl", codec: "jsonLines" }] }],
});
const Http: HttpService = service(greet, ticks);
export const httpHandlers: FakeHandlers = {
  greet: (input) => ({ hello: input.path.name, body: input.body ?? null }),
  ticks: () => streamOf({ n: 1 }, { n: 2 }),
};

export const cleanups: (() => Promise<void> | void)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

export async function serve(
  options: ServeNodeOptions = {},
  handlers: FakeHandlers = httpHandlers,
  rpc: FakeHandlers = echoHandlers,
): Promise<NodeServer> {
  const server = await serveNode(
    fakeServer([
      [Http, handlers],
      [Echo, rpc],
    ]),
    { host: "127.0.0.1", ...options },
  );
  cleanups.push(() => server.close({ graceMs: 0 }));
  return server;
}

/** What a call is rejected with. */
export function failure(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => {
      if (isServiceError(error)) return error;
      throw error;
    },
  );
}
