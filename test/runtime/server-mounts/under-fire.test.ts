import assert from "node:assert/strict";
import * as http2 from "node:http2";
import * as net from "node:net";
import { after, test } from "node:test";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { RpcService } from "../../../runtime/src/descriptor/rpc.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { serveNode, type NodeServer, type ServeNodeOptions } from "../../../runtime/src/server/node.ts";
import { connectTransport } from "../../../runtime/src/rpc/transport.ts";
import { fetchTransport } from "../../../runtime/src/transport/fetch.ts";
import { nodeTransport } from "../../../runtime/src/transport/node.ts";
import { attempt, service } from "../http/support.ts";
import { count, Echo, echoHandlers, say } from "../rpc/support.ts";
import { cleanups, failure, greet, httpHandlers, serve, ticks } from "./support.ts";

const problems: string[] = [];
process.on("warning", (warning) => problems.push(`${warning.name}: ${warning.message}`));
process.on("unhandledRejection", (reason) => problems.push(`unhandled: ${String(reason)}`));
after(() => {
  assert.deepEqual(problems, []);
});

/** A server with the real core. */
async function serveReal(
  handlers: object,
  rpc: object = echoHandlers,
  options: ServeNodeOptions = {},
): Promise<NodeServer> {
  const core = createServer()
    .add(service(greet, ticks), handlers as never)
    .add(Echo, rpc as never);
  const server = await serveNode(core, { host: "127.0.0.1", ...options });
  cleanups.push(() => server.close({ graceMs: 0 }));
  return server;
}

/** Writes raw bytes and resolves to all that came until the connection ended. */
function exchange(port: number, raw: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(raw, "latin1"));
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    // The peer ended its side. Ours stays open until writing fails, because the peer is gone for good.
    const poke = (): void => void socket.write("more", (error) => (error ? undefined : setImmediate(poke)));
    socket.on("end", poke);
  });
}

for (const [name, make] of Object.entries({ node: nodeTransport, fetch: fetchTransport })) {
  test(`the ${name} transport gets the answer to a body that is refused while it goes out`, async () => {
    const server = await serve({ http: { limits: { maxBodyBytes: 1000 } } });
    const transport = make({ baseUrl: server.url });
    cleanups.push(() => transport.close?.());
    for (let call = 0; call < 5; call += 1) {
      const sent = transport.prepare(greet, { path: { name: "x" }, body: "x".repeat(8_000_000) }).send(attempt());
      assert.equal((await failure(sent)).reason, "REQUEST_TOO_LARGE");
    }
  });
}

test("a client that reads only when it has written everything gets the answer to a body that is refused", async () => {
  const server = await serve({ http: { limits: { maxBodyBytes: 1000 } } });
  const body = "x".repeat(8_000_000);
  const head = "POST /greet/a HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
  const text = await new Promise<string>((resolve) => {
    const socket = net.connect(server.port, "127.0.0.1");
    let answer = "";
    socket.pause();
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", (error) => resolve(`${error.message} after ${JSON.stringify(answer)}`));
    socket.on("close", () => resolve(answer));
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`, "latin1", () => socket.resume());
  });
  assert.match(text, /^HTTP\/1\.1 413 /);
});

test("a request that takes us for a proxy is served, and HTTP/2 names its host", async () => {
  const hosts: (string | null)[] = [];
  const server = await serve(
    {},
    { ...httpHandlers, ticks: (_input, { headers }) => void hosts.push(headers.get("host")) },
  );
  assert.match(
    await exchange(server.port, "GET http://a.example/ticks HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n"),
    /^HTTP\/1\.1 200 /,
  );
  const session = http2.connect(server.url);
  const stream = session.request({ ":path": "/ticks", ":authority": "b.example" }).resume();
  await new Promise((resolve) => stream.once("close", resolve));
  session.destroy();
  assert.deepEqual(hosts, ["a.example", "b.example"]);
});

test("pipelined requests are answered in their order, each once", async () => {
  const server = await serve();
  const one = (path: string, more = ""): string =>
    `POST /greet/${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n${more}\r\n`;
  const text = await exchange(server.port, one("a") + one("b") + one("c", "connection: close\r\n"));
  assert.deepEqual(
    [...text.matchAll(/"hello":"(\w)"/g)].map((match) => match[1]),
    ["a", "b", "c"],
  );
});

test("what is no request behind one that is served is not answered in its place", async () => {
  const release = Promise.withResolvers<void>();
  const server = await serve({}, { ...httpHandlers, greet: () => release.promise });
  const text = await exchange(
    server.port,
    "POST /greet/a HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\nGARBAGE\r\n\r\n",
  );
  release.resolve();
  assert.equal(text, "");
});

test("a request whose body does not come is answered 408, and its half-open connection closed", async () => {
  const server = await serve({ requestTimeoutMs: 80, headersTimeoutMs: 40 });
  const text = await exchange(
    server.port,
    'POST /greet/a HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"',
  );
  assert.match(text, /^HTTP\/1\.1 408 /);
  assert.match(await exchange(server.port, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
});

for (const [name, path, type] of [
  ["HTTP", "/greet/a", "application/json"],
  ["RPC", "/test.v1.Echo/Say", "application/proto"],
] as const) {
  test(`an ${name} request on HTTP/2 whose body does not come is ended`, async () => {
    const server = await serve({ requestTimeoutMs: 60 });
    const session = http2.connect(server.url);
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": type });
    stream.on("error", () => undefined);
    stream.write("1");
    await new Promise((resolve) => stream.once("close", resolve));
    session.destroy();
  });
}

for (const [name, path, type, body] of [
  ["HTTP", "/ticks", undefined, ""],
  ["Connect", "/test.v1.Echo/Count", "application/connect+proto", "\0\0\0\0\0"],
] as const) {
  test(`a peer of ${name} on HTTP/2 that takes nothing of its stream is cut off, and its handler ends`, async () => {
    const left = Promise.withResolvers<void>();
    const endless = async function* (fill: object): AsyncGenerator<object> {
      try {
        for (;;) yield fill;
      } finally {
        left.resolve();
      }
    };
    const server = await serveReal(
      { ...httpHandlers, ticks: () => endless({ fill: "x".repeat(10_000) }) },
      { ...echoHandlers, count: () => endless({ value: 7 }) },
      { requestTimeoutMs: 80 },
    );
    const session = http2.connect(server.url);
    const stream = session.request(
      {
        ":method": body === "" ? "GET" : "POST",
        ":path": path,
        ...(type === undefined ? {} : { "content-type": type }),
      },
      { endStream: body === "" },
    );
    stream.on("error", () => undefined);
    if (body !== "") stream.end(Buffer.from(body, "latin1"));
    await left.promise;
    session.destroy();
  });
}

test("a slow reader slows the handler: nothing piles up on either side", async () => {
  let made = 0;
  const filled = { fill: "x".repeat(10_000) };
  const server = await serveReal({
    ...httpHandlers,
    async *ticks() {
      for (made = 0; made < 10_000; made += 1) yield filled;
    },
  });
  const transport = nodeTransport({ baseUrl: server.url });
  cleanups.push(() => transport.close?.());
  const items = (await transport.prepare(ticks, {}).send(attempt())).output as AsyncGenerator<unknown>;
  await items.next();
  // Many turns of the loop and round trips, in which an unbounded writer would get to its end.
  for (let call = 0; call < 100; call += 1) await transport.prepare(greet, { path: { name: "x" } }).send(attempt());
  const madeBytes = made * 10_000;
  await items.return(undefined);
  assert.ok(madeBytes < 20_000_000, `${madeBytes} bytes were made for a reader of one item`);
});

test("a slow reader of an RPC stream slows the handler, and leaving it ends the handler", async () => {
  let made = 0;
  const left = Promise.withResolvers<unknown>();
  const server = await serveReal(httpHandlers, {
    ...echoHandlers,
    async *count(_input: unknown, ctx: { readonly signal: AbortSignal }) {
      try {
        for (made = 0; made < 5_000_000; made += 1) yield { value: made };
      } finally {
        left.resolve(ctx.signal);
      }
    },
  });
  const sessionManager = new Http2SessionManager(server.url);
  cleanups.push(() => sessionManager.abort());
  const transport = connectTransport(createGrpcTransport({ baseUrl: server.url, sessionManager }), { authority: "a" });
  const client = createClient(Echo as RpcService<{ readonly count: typeof count }>, transport);
  const items = client.count({ value: 1 })[Symbol.asyncIterator]() as AsyncGenerator<unknown>;
  await items.next();
  for (let call = 0; call < 100; call += 1) await transport.prepare(say, { value: "x" }).send(attempt());
  assert.ok(made < 1_000_000, `${made} messages were made for a reader of one`);
  await items.return(undefined);
  await left.promise;
});

test("a client that leaves in the middle of a response ends its stream and fires its signal", async () => {
  const signals: AbortSignal[] = [];
  const left = Promise.withResolvers<void>();
  const server = await serveReal({
    ...httpHandlers,
    async *ticks(_input: unknown, ctx: { readonly signal: AbortSignal }) {
      signals.push(ctx.signal);
      try {
        yield 1;
        // A stream that has nothing to say for a long time.
        await new Promise((_resolve, reject) =>
          ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error)),
        );
      } finally {
        left.resolve();
      }
    },
  });
  const controller = new AbortController();
  const transport = nodeTransport({ baseUrl: server.url });
  const items = (await transport.prepare(ticks, {}).send(attempt([], { signal: controller.signal })))
    .output as AsyncGenerator<unknown>;
  assert.deepEqual((await items.next()).value, 1);
  controller.abort();
  assert.equal((await failure(items.next())).code, "canceled");
  await left.promise;
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
});

test("a connection that is closed under its second request may have carried it", async () => {
  const dropper = net.createServer((socket) => {
    let requests = 0;
    socket
      .on("error", () => undefined)
      .on("data", () => {
        requests += 1;
        if (requests === 1)
          socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
        else socket.destroy();
      });
  });
  await new Promise<void>((resolve) => dropper.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => void dropper.close());
  const transport = nodeTransport({ baseUrl: `http://127.0.0.1:${(dropper.address() as net.AddressInfo).port}` });
  cleanups.push(() => transport.close?.());
  const call = transport.prepare(greet, { path: { name: "x" } });
  await call.send(attempt());
  const error = await failure(call.send(attempt()));
  assert.deepEqual([error.code, error.sent, error.origin], ["unavailable", "maybe", "transport"]);
});

test("a thousand calls at once all come back, over both versions", async () => {
  const server = await serveReal(httpHandlers);
  const sessionManager = new Http2SessionManager(server.url);
  cleanups.push(() => sessionManager.abort());
  const plain = nodeTransport({ baseUrl: server.url });
  cleanups.push(() => plain.close?.());
  const rpc = connectTransport(createConnectTransport({ baseUrl: server.url, httpVersion: "2", sessionManager }), {
    authority: "a",
  });
  // One signal for all: a listener that stays behind would be warned of.
  const { signal } = new AbortController();
  const greeted = Array.from({ length: 500 }, (_, at) =>
    plain.prepare(greet, { path: { name: `n${at}` } }).send(attempt([], { signal: AbortSignal.any([signal]) })),
  );
  const said = Array.from({ length: 500 }, (_, at) => rpc.prepare(say, { value: `n${at}` }).send(attempt()));
  assert.deepEqual(
    (await Promise.all(greeted)).map(({ output }) => (output as any).hello),
    Array.from({ length: 500 }, (_, at) => `n${at}`),
  );
  assert.deepEqual(
    (await Promise.all(said)).map(({ output }) => (output as any).value),
    Array.from({ length: 500 }, (_, at) => `n${at}!`),
  );
});

test("closing lets go of idle connections of both versions at once", async () => {
  const server = await serve();
  const transport = nodeTransport({ baseUrl: server.url });
  await transport.prepare(greet, { path: { name: "x" } }).send(attempt());
  const session = http2.connect(server.url);
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  const gone = new Promise((resolve) => session.once("close", resolve));
  await server.close({ graceMs: 60_000 });
  await gone;
});

test("a header that a call can't carry is told before anything is sent, whatever the transport", async () => {
  const server = await serve();
  for (const make of [nodeTransport, fetchTransport]) {
    const headers = [["x-note", "a\r\nx-forged: 1"]] as const;
    const error = await failure(
      make({ baseUrl: server.url })
        .prepare(greet, { path: { name: "x" } })
        .send(attempt(headers)),
    );
    assert.deepEqual([error.code, error.sent], ["invalid_argument", "no"]);
    assert.doesNotMatch(error.message, /forged/);
  }
  const rpc = connectTransport(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), { authority: "a" });
  assert.equal((await failure(rpc.prepare(say, {}).send(attempt([["x", "a\nb"]])))).code, "invalid_argument");
});

test("headers that a caller passes on do not frame its request", async () => {
  const server = await serve();
  const foreign = [
    ["content-length", "3"],
    ["transfer-encoding", "chunked"],
    ["connection", "close"],
    ["x-mine", "1"],
  ] as const;
  for (const make of [nodeTransport, fetchTransport]) {
    const transport = make({ baseUrl: server.url });
    cleanups.push(() => transport.close?.());
    const reply = await transport.prepare(greet, { path: { name: "x" }, body: { a: "é" } }).send(attempt(foreign));
    assert.deepEqual(reply.output, { hello: "x", body: { a: "é" } });
  }
});
