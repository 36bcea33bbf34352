import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as https from "node:https";
import { after, test } from "node:test";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { HttpOperation, HttpService } from "../../../runtime/src/descriptor/http.ts";
import type { RpcOperation, RpcService } from "../../../runtime/src/descriptor/rpc.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { memoryRpcTransport } from "../../../runtime/src/rpc/memory.ts";
import { connectTransport } from "../../../runtime/src/rpc/transport.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { serveNode } from "../../../runtime/src/server/node.ts";
import { createMemoryStore } from "../../../runtime/src/store/memory.ts";
import { createSimulation } from "../../../runtime/src/testing/simulation.ts";
import { memoryTransport } from "../../../runtime/src/transport/memory.ts";
import { nodeTransport } from "../../../runtime/src/transport/node.ts";
import { operation, parameter } from "../http/support.ts";
import { say } from "../rpc/support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const keyed = { level: "keyed", scope: "global", key: { from: "header", name: "Idempotency-Key" } } as const;

type Pay = HttpOperation<
  { header?: object; body: { amount: number } },
  { id: number },
  { status: 201; body: { id: number } }
>;
const pay: Pay = operation({
  name: "pay",
  service: "shop.v1.Shop",
  method: "POST",
  parameters: [parameter({ in: "header", name: "Idempotency-Key" })],
  body: { required: true, content: [json] },
  responses: [{ status: 201, content: [json] }],
  policy: { timeoutMs: 10_000, idempotency: keyed, retry: { budget: { percent: 100, minPerSecond: 100 } } },
});
const Shop: HttpService<{ readonly pay: Pay }> = { kind: "http", name: "shop.v1.Shop", operations: { pay } };

type Say = RpcOperation<"unary", { value: string }, { value: string }, { value: string }, { value: string }>;
const keyedSay: Say = {
  ...say,
  stream: "unary",
  policy: { timeoutMs: 10_000, idempotency: keyed, retry: { budget: { percent: 100, minPerSecond: 100 } } },
};
const Echo: RpcService<{ readonly say: Say }> = { kind: "rpc", name: "test.v1.Echo", operations: { say: keyedSay } };

const cleanups: (() => Promise<void> | void)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

test("a lost response of a keyed HTTP call is replayed: one effect, same bytes", async () => {
  const simulation = createSimulation({ seed: 3 });
  let charges = 0;
  const server = createServer({ environment: simulation, store: createMemoryStore({ environment: simulation }) }).add(
    Shop,
    { pay: (_input, ctx) => ctx.reply(201, { id: (charges += 1) }) },
  );
  let sends = 0;
  const transport = memoryTransport(server, {
    environment: simulation,
    fault: () => ((sends += 1) < 3 ? { kind: "dropResponse" } : undefined),
  });
  const client = createClient(Shop, transport, { environment: simulation });
  assert.deepEqual(await simulation.run(() => client.pay({ body: { amount: 5 } })), { id: 1 });
  assert.deepEqual([charges, sends], [1, 3]);
});

test("a lost response of a keyed RPC call is replayed: one effect", async () => {
  const simulation = createSimulation({ seed: 4 });
  let said = 0;
  const server = createServer({ environment: simulation, store: createMemoryStore({ environment: simulation }) }).add(
    Echo,
    { say: (input) => ({ value: `${input.value}${(said += 1)}` }) },
  );
  let sends = 0;
  const transport = memoryRpcTransport(server, {
    environment: simulation,
    fault: () => ((sends += 1) < 3 ? { kind: "dropResponse" } : undefined),
  });
  const client = createClient(Echo, transport, { environment: simulation });
  assert.equal((await simulation.run(() => client.say({ value: "hi" }))).value, "hi1");
  assert.deepEqual([said, sends], [1, 3]);
});

test("the same key with another body is refused with 422 and never retried", async () => {
  const simulation = createSimulation({ seed: 5 });
  const server = createServer({ environment: simulation, store: createMemoryStore({ environment: simulation }) }).add(
    Shop,
    { pay: (_input, ctx) => ctx.reply(201, { id: 1 }) },
  );
  const client = createClient(Shop, memoryTransport(server, { environment: simulation }), { environment: simulation });
  const idempotencyKey = "0123456789abcdef0123";
  await simulation.run(() => client.pay({ body: { amount: 5 } }, { idempotencyKey }));
  const error = await simulation.run(() =>
    client.pay({ body: { amount: 6 } }, { idempotencyKey }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  assert.ok(isServiceError(error));
  assert.deepEqual([error.code, error.reason], ["invalid_argument", "IDEMPOTENCY_KEY_REUSED"]);
});

test("a deadline ends a call that hangs, on both sides, in virtual time", async () => {
  for (const kind of ["http", "rpc"] as const) {
    const simulation = createSimulation({ seed: 6 });
    let reason: unknown;
    const hang = (_input: unknown, ctx: { readonly signal: AbortSignal }): Promise<never> =>
      new Promise(() => {
        ctx.signal.addEventListener("abort", () => {
          reason = ctx.signal.reason;
        });
      });
    const server = createServer({ environment: simulation, store: createMemoryStore({ environment: simulation }) })
      .add(Shop, { pay: hang })
      .add(Echo, { say: hang });
    const options = { environment: simulation };
    const before = simulation.monotonic();
    const error = await simulation.run(() =>
      (kind === "http"
        ? createClient(Shop, memoryTransport(server, options), options).pay({ body: { amount: 1 } }, { timeoutMs: 300 })
        : createClient(Echo, memoryRpcTransport(server, options), options).say({ value: "" }, { timeoutMs: 300 })
      ).then(
        () => undefined,
        (thrown: unknown) => thrown,
      ),
    );
    assert.equal((error as ServiceError).code, "deadline_exceeded", kind);
    assert.equal(simulation.monotonic() - before, 300);
    await simulation.advance(1);
    assert.ok(isServiceError(reason), kind);
  }
});

test("the whole stack over real sockets: HTTP, Connect and gRPC on one TLS port", async () => {
  const key = readFileSync(new URL("./fixtures/localhost.key", import.meta.url));
  const cert = readFileSync(new URL("./fixtures/localhost.crt", import.meta.url));
  const server = createServer({ store: createMemoryStore() })
    .add(Shop, { pay: (input, ctx) => ctx.reply(201, { id: input.body.amount }) })
    .add(Echo, { say: (input) => ({ value: input.value }) });
  const node = await serveNode(server, { host: "127.0.0.1", tls: { key, cert } });
  cleanups.push(() => node.close({ graceMs: 0 }));
  const baseUrl = `https://localhost:${node.port}`;
  const http = nodeTransport({ baseUrl, tls: { ca: cert } });
  assert.deepEqual(await createClient(Shop, http).pay({ body: { amount: 7 } }), { id: 7 });
  const nodeOptions = { ca: cert };
  const transports = [
    createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      nodeOptions: { ...nodeOptions, agent: new https.Agent({ keepAlive: false }) },
    }),
    createConnectTransport({ baseUrl, httpVersion: "2", nodeOptions, idleConnectionTimeoutMs: 100 }),
    createGrpcTransport({ baseUrl, nodeOptions, idleConnectionTimeoutMs: 100 }),
  ];
  for (const transport of transports) {
    const client = createClient(Echo, connectTransport(transport, { authority: "localhost" }));
    assert.equal((await client.say({ value: "hi" })).value, "hi");
  }
  const distrust = await createClient(Shop, nodeTransport({ baseUrl }), {})
    .pay({ body: { amount: 7 } }, { maxAttempts: 1 })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  assert.ok(isServiceError(distrust));
  assert.equal(distrust.code, "unavailable");
});
