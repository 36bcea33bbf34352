import assert from "node:assert/strict";
import { test } from "node:test";
import { createFetchHandler } from "../../../runtime/src/server/fetch.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { createLimited } from "./limits-support.ts";

test("fetch: an answer that nobody reads on fails, and its handler is left", async () => {
  const simulation = createSimulation({ seed: 1 });
  const { server, work } = createLimited();
  const handle = createFetchHandler(server, { environment: simulation, requestTimeoutMs: 1_000 });
  await simulation.run(async () => {
    const response = await handle(new Request("http://localhost/bytes"));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let piece = 0; piece < 5; piece += 1) {
      await reader.read();
      await sleep(simulation, 900);
    }
    assert.equal(work.running, 1);
    await sleep(simulation, 200);
    await assert.rejects(async () => {
      for (;;) await reader.read();
    }, /nobody took/);
    assert.equal(work.running, 0);
  });
});

test("fetch: headers that are too large are 431", async () => {
  const handle = createFetchHandler(createLimited().server);
  const answer = await handle(new Request("http://localhost/find", { headers: { x: "y".repeat(16_400) } }));
  assert.equal(answer.status, 431);
  assert.equal(((await answer.json()) as { readonly reason: string }).reason, "HEADERS_TOO_LARGE");
});
