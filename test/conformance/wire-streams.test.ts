import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createHeaders } from "../../runtime/src/call/headers.ts";
import { isServiceError } from "../../runtime/src/error/service-error.ts";
import { importService } from "../support/import-generated.ts";
import { createWireChain } from "./wire-chain.ts";

const tick = { type: "object", required: ["n"], properties: { n: { type: "integer", maximum: 1000 } } };
const event = {
  type: "object",
  required: ["data"],
  properties: { data: tick, id: { type: "string" }, event: { type: "string" } },
};
const streamed = (mediaType: string, itemSchema: object): object => ({ content: { [mediaType]: { itemSchema } } });
const path = (operationId: string, mediaType: string, itemSchema: object): object => ({
  get: { operationId, responses: { 200: { description: "Items.", ...streamed(mediaType, itemSchema) } } },
});
const document = {
  openapi: "3.2.0",
  info: { title: "Streams", version: "1" },
  paths: {
    "/events": path("watch", "text/event-stream", event),
    "/lines": path("list", "application/jsonl", tick),
    "/sequence": path("sequence", "application/json-seq", tick),
    "/file": {
      get: {
        operationId: "download",
        responses: { 200: { description: "Bytes.", content: { "application/octet-stream": {} } } },
      },
    },
    "/upload": {
      post: {
        operationId: "upload",
        requestBody: { required: true, ...streamed("application/x-ndjson", tick) },
        responses: { 200: { description: "Sum.", content: { "application/json": { schema: {} } } } },
      },
    },
  },
};

const state = { pulled: 0, left: Promise.withResolvers<void>() };

/** Counts what is drawn of it, and says when it was left. */
async function* count(to: number, more: (n: number) => object, failAt = Infinity): AsyncGenerator<object> {
  try {
    for (let n = 0; n < to; n += 1) {
      state.pulled += 1;
      if (n === failAt) throw new Error("secret");
      yield more(n);
    }
  } finally {
    state.left.resolve();
  }
}

let failAt = Infinity;
const chain = await createWireChain(await importService(document, "Streams"), {
  watch: () => count(5, (n) => ({ id: String(n), event: "tick", data: { n } }), failAt),
  list: () => count(1e9, (n) => ({ n: n % 1000, padding: "x".repeat(1000) })),
  sequence: () => count(3, (n) => ({ n })),
  download: async function* () {
    for (let at = 0; at < 2000; at += 1) {
      state.pulled += 1;
      yield new Uint8Array(64 * 1024);
    }
  },
  upload: async ({ body }: { body: AsyncIterable<{ n: number }> }) => {
    let sum = 0;
    for await (const { n } of body) sum += n;
    return sum;
  },
});
after(() => chain.close());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("events, lines and sequences come one by one as they were given", async () => {
  const ticks = [0, 1, 2].map((n) => ({ n }));
  assert.deepEqual(await all(await chain.client.sequence?.({})), ticks);
  const events = await all(await chain.client.watch?.({}));
  assert.deepEqual(events[4], { id: "4", event: "tick", data: { n: 4 } });
  assert.equal(await chain.client.upload?.({ body: ticks }), 3);
  assert.equal(chain.captured().body, '{"n":0}\n{"n":1}\n{"n":2}\n');
});

test("a reader that stops ends the server's stream, and one that rests holds it back", async () => {
  state.pulled = 0;
  state.left = Promise.withResolvers();
  for await (const item of await chain.client.list?.({})) if (item.n === 3) break;
  await state.left.promise;
  assert.ok(state.pulled < 50_000, `${state.pulled} were drawn for 4`);
});

test("the caller's signal ends a stream that is being read, on both sides", async () => {
  state.left = Promise.withResolvers();
  const controller = new AbortController();
  const error: unknown = await chain.client
    .list?.({}, { signal: controller.signal })
    .then(async (items: AsyncIterable<{ n: number }>) => {
      for await (const { n } of items) if (n === 3) controller.abort();
    })
    .catch((failure: unknown) => failure);
  assert.ok(isServiceError(error) && error.code === "canceled", String(error));
  await state.left.promise;
});

test("a stream that fails half way is cut: its reader gets what came, and then an error, never an end", async () => {
  failAt = 2;
  const seen: unknown[] = [];
  const error: unknown = await (async () => {
    for await (const item of await chain.client.watch?.({})) seen.push(item);
  })().catch((failure: unknown) => failure);
  failAt = Infinity;
  assert.equal(seen.length, 2);
  assert.ok(isServiceError(error) && error.code === "unavailable", String(error));
  assert.doesNotMatch(JSON.stringify(error) + error.message, /secret/);
});

test("an item that is not what the contract says ends the stream of either side", async () => {
  const error: unknown = await chain.client
    .upload?.({ body: [{ n: 1 }, { n: 5000 }] })
    .catch((failure: unknown) => failure);
  assert.ok(isServiceError(error) && error.code === "invalid_argument", String(error));
  assert.deepEqual((error.details[0]?.value as any).fieldViolations[0].field, "/body/1/n");
});

test("bytes come as a stream where that is asked for, and end the call when their reader stops", async () => {
  state.pulled = 0;
  const bytes = (await chain.client.download?.({}, { stream: true })) as AsyncIterable<Uint8Array>;
  for await (const chunk of bytes) {
    assert.ok(chunk.byteLength > 0);
    break;
  }
  assert.ok(state.pulled < 500, String(state.pulled));
  let size = 0;
  for await (const chunk of await chain.client.download?.({}, { stream: true })) size += chunk.byteLength;
  assert.equal(size, 2000 * 64 * 1024);
  assert.equal(createHeaders(chain.captured().headers).get("request-timeout-ms"), null);
});
