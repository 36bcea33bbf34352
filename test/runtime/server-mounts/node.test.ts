import assert from "node:assert/strict";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { test } from "node:test";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { connectTransport } from "../../../runtime/src/rpc/transport.ts";
import {
  installShutdown,
  serveNode,
  type NodeServer,
  type ServeNodeOptions,
} from "../../../runtime/src/server/node.ts";
import type { Transport } from "../../../runtime/src/transport/transport.ts";
import { fetchTransport } from "../../../runtime/src/transport/fetch.ts";
import { nodeTransport } from "../../../runtime/src/transport/node.ts";
import { attempt } from "../http/support.ts";
import { chat, collect, count, say, streamOf, sum } from "../rpc/support.ts";
import { cleanups, failure, greet, httpHandlers, serve, ticks } from "./support.ts";

const shared = await serve();

function rpcTransports(baseUrl: string): Record<string, Transport<"rpc">> {
  const sessionManager = new Http2SessionManager(baseUrl);
  cleanups.push(() => sessionManager.abort());
  const options = { authority: "test" };
  return {
    "Connect over HTTP/1.1": connectTransport(createConnectTransport({ baseUrl, httpVersion: "1.1" }), options),
    "Connect over HTTP/2": connectTransport(
      createConnectTransport({ baseUrl, httpVersion: "2", sessionManager }),
      options,
    ),
    gRPC: connectTransport(createGrpcTransport({ baseUrl, sessionManager }), options),
    "gRPC-web": connectTransport(createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }), options),
  };
}

for (const [name, transport] of Object.entries(rpcTransports(shared.url))) {
  test(`${name} carries all kinds of streams, and errors, on the one port`, async () => {
    assert.equal(
      ((await transport.prepare(say, { value: "hi" }).send(attempt([], { timeoutMs: 5000 }))).output as any).value,
      "hi!",
    );
    assert.deepEqual(await collect((await transport.prepare(count, { value: 3 }).send(attempt())).output), [1, 2, 3]);
    assert.equal(
      ((await transport.prepare(sum, streamOf({ value: 2 }, { value: 3 })).send(attempt())).output as any).value,
      5,
    );
    if (!name.includes("1.1") && name !== "gRPC-web") {
      assert.deepEqual(
        await collect((await transport.prepare(chat, streamOf({ value: "a" })).send(attempt())).output),
        ["A"],
      );
    }
  });
}

for (const [name, make] of Object.entries({ fetch: fetchTransport, node: nodeTransport })) {
  test(`the ${name} transport calls HTTP contracts on the same port`, async () => {
    const transport = make({ baseUrl: shared.url });
    cleanups.push(() => transport.close?.());
    const greeted = await transport.prepare(greet, { path: { name: "a/b ü" }, body: [1] }).send(attempt());
    assert.deepEqual(greeted.output, { hello: "a/b ü", body: [1] });
    assert.deepEqual((await transport.prepare(greet, { path: { name: "x" } }).send(attempt())).output, {
      hello: "x",
      body: null,
    });
    const seen: unknown[] = [];
    for await (const each of (await transport.prepare(ticks, {}).send(attempt())).output as AsyncIterable<unknown>)
      seen.push(each);
    assert.deepEqual(seen, [{ n: 1 }, { n: 2 }]);
  });

  test(`the ${name} transport says that a refused connection sent nothing`, async () => {
    const gone = await serve();
    await gone.close();
    const transport = make({ baseUrl: gone.url });
    const error = await failure(transport.prepare(greet, { path: { name: "x" } }).send(attempt()));
    assert.deepEqual([error.code, error.sent, error.origin], ["unavailable", "no", "transport"]);
  });

  test(`the ${name} transport says that a connection that broke after the request may have sent it`, async () => {
    const breaker = net.createServer((socket) => {
      socket.once("data", () => {
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => {
      breaker.listen(0, "127.0.0.1", resolve);
    });
    cleanups.push(() => {
      breaker.close();
    });
    const transport = make({ baseUrl: `http://127.0.0.1:${(breaker.address() as net.AddressInfo).port}` });
    const error = await failure(transport.prepare(greet, { path: { name: "x" } }).send(attempt()));
    assert.deepEqual([error.code, error.sent], ["unavailable", "maybe"]);
  });
}

test("HTTP contracts answer over HTTP/2 without TLS as well", async () => {
  const session = http2.connect(shared.url);
  const stream = session.request({ ":method": "POST", ":path": "/greet/two", "content-type": "application/json" });
  stream.end('{"a":1}');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  assert.deepEqual(JSON.parse(Buffer.concat(chunks).toString()), { hello: "two", body: { a: 1 } });
  await new Promise<void>((resolve) => {
    session.close(resolve);
  });
});

test("a caller that leaves aborts its handler", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<void>();
  const server = await serve(
    {},
    {
      ...httpHandlers,
      greet: (_input, request) =>
        new Promise(() => {
          request.signal.addEventListener("abort", () => {
            resolve(request.signal.reason);
          });
          started.resolve();
        }),
    },
  );
  const controller = new AbortController();
  const transport = nodeTransport({ baseUrl: server.url });
  const sent = failure(
    transport.prepare(greet, { path: { name: "x" } }).send(attempt([], { signal: controller.signal })),
  );
  await started.promise;
  controller.abort(new ServiceError("canceled", "I left"));
  assert.equal((await sent).rawMessage, "I left");
  assert.equal(((await promise) as ServiceError).code, "canceled");
});

test("closing lets requests in flight finish and refuses new connections", async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const server = await serve(
    {},
    {
      ...httpHandlers,
      greet: async () => {
        started.resolve();
        await gate.promise;
        return { done: true };
      },
    },
  );
  const transport = nodeTransport({ baseUrl: server.url });
  const sent = transport.prepare(greet, { path: { name: "x" } }).send(attempt());
  await started.promise;
  const closed = server.close({ graceMs: 5000 });
  gate.resolve();
  assert.deepEqual((await sent).output, { done: true });
  await closed;
  assert.equal((await failure(transport.prepare(greet, { path: { name: "x" } }).send(attempt()))).sent, "no");
});

test("closing tells HTTP/2 peers to go and cuts what outlasts the grace", async () => {
  const started = Promise.withResolvers<void>();
  const server = await serve(
    {},
    {
      ...httpHandlers,
      greet: () => {
        started.resolve();
        return new Promise(() => undefined);
      },
    },
  );
  const session = http2.connect(server.url);
  const goaway = new Promise<number>((resolve) => {
    session.once("goaway", resolve);
  });
  const ended = new Promise<void>((resolve) => {
    session.once("close", resolve);
  });
  session.on("error", () => undefined);
  const stream = session.request({ ":method": "POST", ":path": "/greet/x" });
  stream.on("error", () => undefined);
  stream.end();
  await started.promise;
  await server.close({ graceMs: 50 });
  assert.equal(await goaway, 0);
  await ended;
});

test("unknown paths are problems, also for RPC clients", async () => {
  const response = await fetch(`${shared.url}/nope`);
  assert.deepEqual([response.status, response.headers.get("content-type")], [404, "application/problem+json"]);
  const agent = new http.Agent();
  const status = await new Promise((resolve, reject) => {
    http
      .request(
        `${shared.url}/test.v1.Echo/Nope`,
        { method: "POST", agent, headers: { "content-type": "application/grpc" } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      )
      .on("error", reject)
      .end();
  });
  assert.equal(status, 404);
});

test("connections are kept for the next request, whatever the answer was", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  cleanups.push(() => {
    agent.destroy();
  });
  const ask = (
    path: string,
    method: string,
    body?: string,
  ): Promise<readonly [number | undefined, string | undefined, boolean]> =>
    new Promise((resolve, reject) => {
      const sent = http.request(`${shared.url}${path}`, { method, agent }, (answer) => {
        answer.resume();
        answer.on("end", () => {
          setImmediate(resolve, [answer.statusCode, answer.headers.connection, sent.reusedSocket]);
        });
      });
      sent.on("error", reject).setHeader("content-type", "application/json");
      sent.end(body);
    });
  assert.deepEqual(await ask("/nope", "GET"), [404, "keep-alive", false]);
  assert.deepEqual(await ask("/greet/x", "POST", "[]"), [200, "keep-alive", true]);
  assert.deepEqual(await ask("/greet/x", "POST"), [200, "keep-alive", true]);
  assert.deepEqual(await ask("/ticks", "GET"), [200, "keep-alive", true]);
  assert.deepEqual(await ask("/ticks", "HEAD"), [200, "keep-alive", true]);
});

test("a signal closes the servers once, and then runs what is to run last", async () => {
  const done = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const close = async (options: unknown): Promise<void> => {
    seen.push(options);
  };
  const before = process.listenerCount("SIGHUP");
  installShutdown([{ close }], {
    signals: ["SIGHUP"],
    graceMs: 5,
    finally: () => {
      seen.push("finally");
      done.resolve();
    },
  });
  process.emit("SIGHUP", "SIGHUP");
  await done.promise;
  assert.deepEqual(seen, [{ graceMs: 5 }, "finally"]);
  assert.equal(process.listenerCount("SIGHUP"), before);
});
