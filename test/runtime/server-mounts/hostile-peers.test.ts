import assert from "node:assert/strict";
import * as http2 from "node:http2";
import * as net from "node:net";
import { test } from "node:test";
import fastify from "fastify";
import { trilogueFastify } from "../../../runtime/src/server/fastify.ts";
import { serveNode } from "../../../runtime/src/server/node.ts";
import { openFile } from "../../../runtime/src/http/file.ts";
import { fetchTransport } from "../../../runtime/src/transport/fetch.ts";
import { attempt, fakeServer, operation, service } from "../http/support.ts";
import { cleanups, greet, httpHandlers, serve } from "./support.ts";

const shared = await serve();

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

test("a peer that takes a long body slowly gets all of it", async () => {
  const size = 24 * 1024 * 1024;
  const download = operation({
    name: "download",
    responses: [{ status: 200, content: [{ mediaType: "application/octet-stream", codec: "binary" }] }],
  });
  const core = fakeServer([[service(download), { download: () => new Uint8Array(size) }]]);
  const app = fastify();
  await app.register(trilogueFastify(core, { requestTimeoutMs: 400 }));
  const fastifyPort = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
  cleanups.push(() => app.close());
  const node = await serveNode(core, { host: "127.0.0.1", requestTimeoutMs: 400 });
  cleanups.push(() => node.close({ graceMs: 0 }));
  const sizes = [node.port, fastifyPort].map(
    (port) =>
      new Promise<number>((resolve) => {
        let came = 0;
        const socket = net.connect(port, "127.0.0.1", () => {
          socket.write("GET /download HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        });
        // Faster than the limit at every step, slower than it in all.
        socket.on("data", (chunk) => {
          came += chunk.length;
          socket.pause();
          setTimeout(() => socket.resume(), 5);
        });
        socket
          .on("error", () => undefined)
          .on("close", () => {
            resolve(came);
          });
      }),
  );
  for (const came of await Promise.all(sizes)) assert.ok(came > size, `${came}`);
});

test("a stream that is longer than its length was told does not reach into the next answer", async () => {
  const form = operation({
    name: "form",
    responses: [{ status: 200, content: [{ mediaType: "multipart/form-data", codec: "multipart" }] }],
  });
  const real = openFile(new Blob([new Uint8Array(2_000_000)]));
  const liar = { ...real, size: 1_999_000, [Symbol.asyncIterator]: () => real[Symbol.asyncIterator]() };
  const core = fakeServer([[service(form), { form: () => ({ file: liar }) }]]);
  const node = await serveNode(core, { host: "127.0.0.1" });
  cleanups.push(() => node.close({ graceMs: 0 }));
  const answer = await fetch(`${node.url}/form`);
  await assert.rejects(answer.arrayBuffer());
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
