import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import type { HttpRequest } from "../../../runtime/src/http/message.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/simulation.ts";
import { jsonOf, operation, request, service } from "./support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const lines = { mediaType: "application/jsonl", codec: "jsonLines" } as const;
const ok = [{ status: 200, content: [json] }] as const;
const slow = { idempotency: { level: "none" }, timeoutMs: 3_600_000 } as const;
const contract = service(
  operation({ name: "whole", method: "POST", body: { required: true, content: [json] }, responses: ok, policy: slow }),
  operation({
    name: "short",
    method: "POST",
    body: { required: true, content: [json] },
    responses: ok,
    policy: { ...slow, timeoutMs: 1_000 },
  }),
  operation({
    name: "pieces",
    method: "POST",
    body: { required: true, content: [lines] },
    responses: ok,
    policy: slow,
  }),
);

function start(simulation: Simulation): (sent: HttpRequest) => Promise<readonly [number, any]> {
  const environment = simulation;
  const server = createServer({ environment }).add(contract, {
    whole: ({ body }: any) => body,
    short: ({ body }: any) => body,
    pieces: async ({ body }: any) => {
      let count = 0;
      for await (const line of body) count += Number(line);
      return count;
    },
  } as never);
  const handle = createHttpHandler(server, { environment });
  return async (sent) => {
    const response = await handle(sent);
    return [response.status, await jsonOf(response)];
  };
}

/** A body of these pieces, each after a time; without a last one it never ends. */
function send(
  environment: Simulation,
  path: string,
  {
    pieces,
    everyMs,
    ends = true,
  }: { readonly pieces: readonly string[]; readonly everyMs: number; readonly ends?: boolean },
): HttpRequest {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      await new Promise<void>((resolve) => environment.setTimer(resolve, everyMs));
      yield new TextEncoder().encode(piece);
    }
    if (!ends) await new Promise(() => undefined);
  };
  const type = path === "/pieces" ? "application/jsonl" : "application/json";
  return { ...request("POST", path, { headers: [["content-type", type]] }), body: body() };
}

test("a body that stops coming is 408, whole or in pieces", async () => {
  for (const [path, pieces] of [
    ["/whole", ["[1,"]],
    ["/whole", []],
    ["/pieces", ["1\n"]],
  ] as const) {
    const simulation = createSimulation({ seed: path });
    const [status, problem] = await simulation.run(() =>
      start(simulation)(send(simulation, path, { pieces, everyMs: 10, ends: false })),
    );
    assert.deepEqual([status, problem.reason], [408, "REQUEST_TIMEOUT"], path);
  }
});

test("a body that comes too slowly is 408 although it never stops", async () => {
  const simulation = createSimulation({ seed: "slow" });
  const pieces = Array.from({ length: 100 }, () => " ");
  const startedAt = simulation.monotonic();
  const [status] = await simulation.run(() =>
    start(simulation)(send(simulation, "/whole", { pieces, everyMs: 1_000 })),
  );
  assert.deepEqual([status, simulation.monotonic() - startedAt], [408, 30_000]);
});

test("a deadline that passes while the body is still coming is the caller's fault: 408", async () => {
  const simulation = createSimulation({ seed: "deadline" });
  const sent = send(simulation, "/short", { pieces: ["1"], everyMs: 5_000 });
  const [status, problem] = await simulation.run(() => start(simulation)(sent));
  assert.deepEqual([status, problem.reason], [408, "REQUEST_TIMEOUT"]);
});

test("a stream may take its time as long as each piece comes in time", async () => {
  const simulation = createSimulation({ seed: "stream" });
  const pieces = Array.from({ length: 20 }, () => "1\n");
  const answer = await simulation.run(() =>
    start(simulation)(send(simulation, "/pieces", { pieces, everyMs: 20_000 })),
  );
  assert.deepEqual(answer, [200, 20]);
});

test("a body that comes in time leaves no timer", async () => {
  const simulation = createSimulation({ seed: "timers" });
  const answer = await simulation.run(() =>
    start(simulation)(send(simulation, "/whole", { pieces: ["[", "1]"], everyMs: 10 })),
  );
  assert.deepEqual(answer, [200, [1]]);
  assert.equal(simulation.pendingTimers, 0);
});
