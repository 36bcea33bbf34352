import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { HttpOperation } from "../../../runtime/src/descriptor/http.ts";
import { fetchTransport } from "../../../runtime/src/transport/fetch.ts";
import { isPublicAddress, nodeTransport } from "../../../runtime/src/transport/node.ts";
import { attempt, operation, parameter } from "../http/support.ts";
import { failure } from "../server-mounts/support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const read = operation({ name: "read", responses: [{ status: 200, content: [json] }] });
const upload = operation({
  name: "upload",
  method: "PUT",
  parameters: [parameter({ in: "header", name: "Content-Length", shape: { type: "integer" } })],
  body: { content: [{ mediaType: "application/octet-stream", codec: "binary" }] },
  responses: [{ status: 200, content: [json] }],
});

const cleanups: (() => void)[] = [];
after(() => {
  for (const cleanup of cleanups) cleanup();
});

interface Peer {
  readonly baseUrl: string;
  readonly sockets: Socket[];
}

async function listen(server: Server): Promise<Peer> {
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    sockets.push(socket.on("error", () => undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

const serveHttp = (listener: RequestListener): Promise<Peer> => listen(createHttpServer(listener));

/** Answers every request that is whole with this, and remembers what came. */
async function serveText(answer: string): Promise<Peer & { readonly heard: () => string }> {
  let heard = "";
  const peer = await listen(
    createTcpServer((socket) => {
      socket.on("data", (chunk) => {
        heard += chunk.toString("latin1");
        if (heard.includes("\r\n\r\n")) socket.write(answer);
      });
    }),
  );
  return { ...peer, heard: () => heard };
}

function send(each: HttpOperation, baseUrl: string, input: unknown = {}) {
  const transport = nodeTransport({ baseUrl, maxConnectionsPerHost: 2 });
  cleanups.push(() => void transport.close?.());
  return () => transport.prepare(each, input).send(attempt());
}

test("an error whose body never comes takes no connection from the calls after it", async () => {
  const { baseUrl, sockets } = await serveHttp((_request, response) => {
    response.writeHead(404, { "content-type": "text/html" }).flushHeaders();
  });
  const call = send(read, baseUrl);
  for (let count = 0; count < 5; count += 1) assert.equal((await failure(call())).code, "not_found");
  const byFetch = fetchTransport({ baseUrl }).prepare(read, {});
  assert.equal((await failure(byFetch.send(attempt()))).code, "not_found");
  for (const socket of [...sockets]) if (!socket.closed) await once(socket, "close");
});

test("a compressed one neither", async () => {
  const { baseUrl, sockets } = await serveHttp((_request, response) => {
    response.writeHead(500, { "content-type": "text/html", "content-encoding": "gzip" }).flushHeaders();
  });
  const call = send(read, baseUrl);
  for (let count = 0; count < 5; count += 1) assert.equal((await failure(call())).code, "internal");
  for (const socket of [...sockets]) if (!socket.closed) await once(socket, "close");
});

test("an error that is there as a whole keeps its connection", async () => {
  const { baseUrl, sockets } = await serveHttp((_request, response) => {
    response.writeHead(404, { "content-type": "text/html" }).end("<p>no</p>");
  });
  const call = send(read, baseUrl);
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await failure(call())).code, "not_found");
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(sockets.length, 1);
});

test("a stream that is refused for its headers is closed", async () => {
  const watch = operation({
    name: "watch",
    responses: [
      {
        status: 200,
        headers: [parameter({ in: "header", name: "X-Wait", required: true })],
        content: [{ mediaType: "text/event-stream", codec: "eventStream" }],
      },
    ],
  });
  const { baseUrl, sockets } = await serveHttp((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  });
  assert.equal((await failure(send(watch, baseUrl)())).reason, "INVALID_RESPONSE");
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, "close");
});

test("a stream that tells of an error is held with it", async () => {
  const watch = operation({
    name: "watch",
    responses: [{ status: "default", content: [{ mediaType: "text/event-stream", codec: "eventStream" }] }],
  });
  const { baseUrl } = await serveHttp((_request, response) => {
    response.writeHead(503, { "content-type": "text/event-stream" }).end("data: busy\n\n");
  });
  const error = await failure(send(watch, baseUrl)());
  assert.equal(error.code, "unavailable");
  const events: unknown[] = [];
  for await (const event of error.response?.body as AsyncIterable<unknown>) events.push(event);
  assert.deepEqual(events, [{ data: "busy" }]);
});

test("a server that speaks another protocol ends the call", async () => {
  const { baseUrl } = await serveText("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
  const error = await failure(send(read, baseUrl)());
  assert.deepEqual([error.code, error.sent], ["unavailable", "maybe"]);
});

test("what contracts and options call framing does not frame a request", async () => {
  const names = ["Content-Length", "Transfer-Encoding", "Connection", "TE"];
  const framed = operation({
    name: "framed",
    parameters: names.map((name) => parameter({ in: "header", name })),
    responses: [{ status: 200, content: [json] }],
  });
  const { baseUrl, heard } = await serveText(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
  );
  const transport = nodeTransport({ baseUrl, headers: { "content-length": "7", Trailer: "x" } });
  const header = Object.fromEntries(names.map((name) => [name, name === "Content-Length" ? "33" : "chunked"]));
  await transport.prepare(framed, { header }).send(attempt());
  assert.doesNotMatch(heard(), /content-length|transfer-encoding|trailer|chunked/i);
  await transport.close?.();
});

test("the length that a caller states of a stream is sent, and must be kept", async () => {
  const lengths: (string | undefined)[] = [];
  const { baseUrl } = await serveHttp((request, response) => {
    lengths.push(request.headers["content-length"]);
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end("{}"));
  });
  const body = () =>
    (async function* () {
      yield new Uint8Array(3);
    })();
  await send(upload, baseUrl, { header: { "Content-Length": 3 }, body: body() })();
  assert.deepEqual(lengths, ["3"]);
  for (const wrong of [2, 4]) {
    const error = await failure(send(upload, baseUrl, { header: { "Content-Length": wrong }, body: body() })());
    assert.equal(error.code, "unavailable");
  }
});

test("an answer before the end of an upload ends the upload", async () => {
  const { baseUrl } = await serveHttp((_request, response) => {
    response.writeHead(413, { "content-type": "text/plain", "content-length": "2" }).end("no");
  });
  const ended = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(65_536);
    } finally {
      ended.resolve();
    }
  }
  assert.equal((await failure(send(upload, baseUrl, { body: endless() })())).code, "resource_exhausted");
  await ended.promise;
});

test("a credential in the query stands there once, also when a next page's address repeats it", async () => {
  const { baseUrl, heard } = await serveText(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
  );
  const transport = nodeTransport({ baseUrl });
  await transport.prepare(read, { "~query": "key=old&page=2" }).send(attempt([], { query: "key=new" }));
  assert.match(heard(), /^GET \/read\?page=2&key=new HTTP/);
  await transport.close?.();
});

test("a stream that is left before its first message ends its call", async () => {
  const download = operation({
    name: "download",
    responses: [{ status: 200, content: [{ mediaType: "application/octet-stream", codec: "binary" }] }],
  });
  const { baseUrl, sockets } = await serveHttp((_request, response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" }).write("x");
  });
  const transport = nodeTransport({ baseUrl });
  cleanups.push(() => void transport.close?.());
  const client: any = createClient({ download }, transport);
  const stream: AsyncIterable<Uint8Array> = await client.download({}, { stream: true });
  await stream[Symbol.asyncIterator]().return?.();
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, "close");
});

test("where a request came from, and what it expected, does not go on with it", async () => {
  const seen: (string | undefined)[] = [];
  const { baseUrl } = await serveHttp((request, response) => {
    seen.push(request.headers.host, request.headers.expect);
    response.setHeader("content-type", "application/json").end("{}");
  });
  const cameWith = [
    ["host", "inner.example"],
    ["expect", "100-continue"],
  ] as const;
  for (const make of [nodeTransport, fetchTransport]) {
    const transport = make({ baseUrl });
    cleanups.push(() => void transport.close?.());
    await transport.prepare(read, {}).send(attempt(cameWith));
  }
  const { host } = new URL(baseUrl);
  assert.deepEqual(seen, [host, undefined, host, undefined]);
});

test("addresses that are not of the public internet are told, whatever their form", () => {
  for (const address of ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]) assert.equal(isPublicAddress(address), true);
  for (const address of ["::ffff:169.254.169.254", "::ffff:0:a9fe:a9fe", "64:ff9b::7f00:1", "::1", "4000::1", "200::1"])
    assert.equal(isPublicAddress(address), false, address);
});
