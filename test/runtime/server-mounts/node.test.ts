import assert from "node:assert/strict";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { after, test } from "node:test";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
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
import { attempt, fakeServer, operation, parameter, service, type FakeHandlers } from "../http/support.ts";
import { chat, collect, count, Echo, echoHandlers, say, streamOf, sum } from "../rpc/support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const greet = operation({
  name: "greet",
  method: "POST",
  path: "/greet/{name}",
  parameters: [parameter({ in: "path", name: "name", required: true })],
  body: { required: false, content: [json] },
  responses: [{ status: 200, content: [json] }],
});
const ticks = operation({
  name: "ticks",
  responses: [{ status: 200, content: [{ mediaType: "application/jsonl", codec: "jsonLines" }] }],
});
const Http = service(greet, ticks);
const httpHandlers: FakeHandlers = {
  greet: (input) => ({ hello: input.path.name, body: input.body ?? null }),
  ticks: () => streamOf({ n: 1 }, { n: 2 }),
};

const cleanups: (() => Promise<void> | void)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function serve(
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

test("an oversized body is answered 413 on both versions", async () => {
  const server = await serve({ http: { limits: { maxBodyBytes: 100 } } });
  const one = await fetch(`${server.url}/greet/x`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `"${"x".repeat(1000)}"`,
  });
  assert.equal(one.status, 413);
  assert.equal(((await one.json()) as any).reason, "REQUEST_TOO_LARGE");
  const session = http2.connect(server.url);
  const stream = session.request({ ":method": "POST", ":path": "/greet/x", "content-type": "application/json" });
  stream.on("error", () => undefined);
  const status = new Promise((resolve) => {
    stream.once("response", (headers) => {
      resolve(headers[":status"]);
    });
  });
  stream.end(`"${"x".repeat(1000)}"`);
  assert.equal(await status, 413);
  session.destroy();
});

test("hostile requests get an answer or a closed connection, and the server lives on", async () => {
  const raws = [
    "GET / HTTP/1.0\r\n\r\n",
    "POST /test.v1.Echo/Say HTTP/1.0\r\ncontent-length: 0\r\n\r\n",
    "POST /test.v1.Echo/Say HTTP/1.1\r\nhost: [\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    "GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET /greet/../x HTTP/1.1\r\nhost: a\r\n\r\n",
    "PRI\r\n\r\n",
    "\u0016\u0003\u0001\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame at all.....",
    "GET http://a/greet HTTP/1.1\r\nhost: a\r\n\r\n",
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
    "POST /greet/x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ];
  for (const raw of raws) await exchange(shared.port, raw);
  const reply = await fetchTransport({ baseUrl: shared.url })
    .prepare(greet, { path: { name: "still" } })
    .send(attempt());
  assert.deepEqual(reply.output, { hello: "still", body: null });
});

test("connections that say nothing, or half a header, are closed", async () => {
  const server = await serve({ headersTimeoutMs: 60 });
  assert.equal(await exchange(server.port, ""), "");
  assert.equal(await exchange(server.port, "PRI * HT"), "");
  assert.match(await exchange(server.port, "GET / HTTP/1.1\r\nhost: a\r\nx-slow:"), /^(HTTP\/1\.1 408|$)/);
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

test("a peer that takes nothing of its response is cut off", async () => {
  const left = Promise.withResolvers<void>();
  const server = await serve(
    { requestTimeoutMs: 80 },
    {
      ...httpHandlers,
      async *ticks() {
        try {
          for (;;) yield { fill: "x".repeat(100_000) };
        } finally {
          left.resolve();
        }
      },
    },
  );
  const socket = net.connect(server.port, "127.0.0.1", () => {
    socket.pause();
    socket.write("GET /ticks HTTP/1.1\r\nhost: a\r\n\r\n");
  });
  socket.on("error", () => undefined);
  await left.promise;
  socket.destroy();
});

test("a signal closes the servers once, and then runs what is to run last", async () => {
  const done = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const close = async (options: unknown): Promise<void> => {
    seen.push(options);
  };
  const before = process.listenerCount("SIGUSR2");
  installShutdown([{ close }], {
    signals: ["SIGUSR2"],
    graceMs: 5,
    finally: () => {
      seen.push("finally");
      done.resolve();
    },
  });
  process.emit("SIGUSR2", "SIGUSR2");
  await done.promise;
  assert.deepEqual(seen, [{ graceMs: 5 }, "finally"]);
  assert.equal(process.listenerCount("SIGUSR2"), before);
});

/** Sends raw bytes and resolves to what came until the connection ended. */
function exchange(port: number, raw: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = net.connect(port, "127.0.0.1", () => {
      if (raw !== "") socket.write(raw, "latin1");
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (/\r\n\r\n/.test(text)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(text);
    });
  });
}

function failure(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => {
      if (isServiceError(error)) return error;
      throw error;
    },
  );
}
