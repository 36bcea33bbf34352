import assert from "node:assert/strict";
import * as http2 from "node:http2";
import * as net from "node:net";
import { test } from "node:test";
import { createLimited, openPeer, serveLimited, settle } from "./limits-support.ts";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 } as const;
const [endStream, endHeaders] = [1, 4];

/** A frame of HTTP/2, RFC 9113 section 4.1. */
function frame(type: keyof typeof types, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head[3] = types[type];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const opening = Buffer.concat([Buffer.from(preface), frame("settings", 0, 0)]);
/** GET of `/hang`, RFC 7541 appendix A and section 6.2.2. */
const getHang = Buffer.from([0x82, 0x86, 0x04, 5, ...Buffer.from("/hang"), 0x01, 1, 0x61]);

/** Sends bytes, then more of them until the peer ends the connection; the code of its last GOAWAY. */
function flood(port: number, first: Uint8Array, more?: () => Uint8Array): Promise<number | undefined> {
  return new Promise((resolve) => {
    let code: number | undefined;
    let heard = Buffer.alloc(0);
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }).on("error", () => undefined);
    socket.on("close", () => resolve(code));
    socket.on("data", (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      for (let size = sizeOf(heard); heard.length >= size; size = sizeOf(heard)) {
        if (heard[3] === types.goAway) code = heard.readUInt32BE(13);
        heard = heard.subarray(size);
      }
    });
    const push = (): void => {
      if (more !== undefined && socket.writable) socket.write(more(), () => setImmediate(push));
    };
    socket.write(first, push);
  });
}

function sizeOf(heard: Buffer): number {
  return heard.length < 9 ? Infinity : 9 + heard.readUIntBE(0, 3);
}

async function statusOf(url: string, headers: http2.OutgoingHttpHeaders): Promise<unknown> {
  const session = http2.connect(url);
  const stream = session.request({ ":path": "/find", ...headers });
  try {
    return await new Promise((resolve, reject) => {
      stream.on("error", reject).on("response", (response) => resolve(response[":status"]));
    });
  } finally {
    session.destroy();
  }
}

test("headers that are too large or too many are 431", async () => {
  const { url } = await serveLimited(createLimited().server);
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, "y"]));
  assert.equal(await statusOf(url, { x: "y".repeat(15_000) }), 204);
  assert.equal(await statusOf(url, { x: "y".repeat(20_000) }), 431);
  assert.equal(await statusOf(url, { x: "y".repeat(60_000) }), 431);
  assert.equal(await statusOf(url, many(180)), 204);
  assert.equal(await statusOf(url, many(1_000)), 431);
  await assert.rejects(statusOf(url, { x: "y".repeat(70_000) }));
});

test("streams that are opened and reset at once end their connection, and leave no handler at work", async () => {
  const { server, work } = createLimited();
  const { port } = await serveLimited(server);
  let stream = 1;
  const code = await flood(port, opening, () => {
    const frames: Buffer[] = [];
    for (let count = 0; count < 50; count += 1, stream += 2) {
      frames.push(frame("headers", endStream | endHeaders, stream, getHang));
      frames.push(frame("reset", 0, stream, Buffer.from([0, 0, 0, 8])));
    }
    return Buffer.concat(frames);
  });
  assert.equal(code, http2.constants.NGHTTP2_INTERNAL_ERROR);
  while (work.running > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(work.begun < 3_000, `${work.begun} handlers were called`);
  assert.equal(server.inFlight, 0);
  await settle(port);
});

test("more streams than may be are not begun", async () => {
  const { server, work } = createLimited();
  const { port } = await serveLimited(server, { maxConcurrentStreams: 10 });
  const frames = Array.from({ length: 100 }, (_, at) => frame("headers", endStream | endHeaders, 2 * at + 1, getHang));
  const peer = await openPeer(port, Buffer.concat([opening, ...frames]));
  await settle(port);
  assert.equal(work.begun, 10);
  peer.destroy();
});

test("a connection without requests is closed, whatever else comes on it", async () => {
  const { port } = await serveLimited(createLimited().server, { keepAliveTimeoutMs: 100, headersTimeoutMs: 100 });
  const ping = Buffer.concat(Array.from({ length: 100 }, () => frame("ping", 0, 0, Buffer.alloc(8))));
  const settings = Buffer.concat(Array.from({ length: 100 }, () => frame("settings", 0, 0)));
  const half = frame("headers", endStream, 1, getHang);
  const noError = http2.constants.NGHTTP2_NO_ERROR;
  assert.equal(await flood(port, opening), noError);
  assert.equal(await flood(port, Buffer.concat([opening, half])), noError);
  assert.equal(await flood(port, opening, () => ping), noError);
  assert.equal(await flood(port, opening, () => settings), noError);
});

test("headers that go on without end end their connection", async () => {
  const { port } = await serveLimited(createLimited().server);
  const more = frame("continuation", 0, 1, Buffer.alloc(5_000, 0x40));
  const code = await flood(port, Buffer.concat([opening, frame("headers", endStream, 1, getHang)]), () => more);
  assert.ok(code !== undefined && code !== http2.constants.NGHTTP2_NO_ERROR, String(code));
});
