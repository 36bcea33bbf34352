import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  createLimited,
  heldBy,
  largeBytes,
  maxBodyBytes,
  mounts,
  openPeer,
  serveLimited,
  type Peer,
} from "./limits-support.ts";

/** What a client may cost beside the bytes of bodies: both ends of its connection, its request, what waits for it. */
const clientBytes = 300_000;
const json = "content-type: application/json\r\n";
const post = `POST /up HTTP/1.1\r\nhost: a\r\n${json}`;
const chunked = "transfer-encoding: chunked\r\n\r\n";

async function outcomesOf(peers: readonly Peer[]): Promise<readonly (number | "cut")[]> {
  const outcomes = await Promise.all(peers.map(({ outcome }) => outcome));
  for (const peer of peers) peer.destroy();
  return outcomes;
}

function times<Value>(count: number, value: Value): readonly Value[] {
  return Array.from({ length: count }, () => value);
}

/** Requests that are refused, whoever owns the socket. */
const refused: readonly {
  readonly title: string;
  readonly bytes: string | Uint8Array;
  readonly more?: string | Uint8Array;
  readonly status: number;
}[] = [
  { title: "a body that says it is huge", bytes: `${post}content-length: 1000000000000\r\n\r\n`, status: 413 },
  {
    title: "chunks without end",
    bytes: post + chunked,
    more: `4000\r\n${" ".repeat(0x4000)}\r\n`,
    status: 413,
  },
  {
    title: "100 MB in 100 kB of gzip",
    bytes: withBody(`${post}content-encoding: gzip\r\n`, gzipSync(new Uint8Array(100_000_000).fill(0x20))),
    status: 413,
  },
  {
    title: "gzip within gzip within gzip",
    bytes: withBody(
      `${post}content-encoding: gzip, gzip, gzip\r\n`,
      gzipSync(gzipSync(gzipSync(new Uint8Array(100_000_000).fill(0x20)))),
    ),
    status: 413,
  },
  { title: "JSON that is too deep", bytes: withBody(post, "[".repeat(60_000)), status: 400 },
  {
    title: "1,001 parameters",
    bytes: `GET /find?${"q&".repeat(1_001)}q HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    status: 400,
  },
  {
    title: "1,001 parts",
    bytes: withBody(
      "POST /form HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\n",
      `${'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(1_001)}--b--`,
    ),
    status: 400,
  },
];

function withBody(head: string, body: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`${head}content-length: ${bytes.byteLength}\r\n\r\n`), bytes]);
}

const each = 5;

for (const [name, mount] of Object.entries(mounts)) {
  test(`${name}: clients that send too much are told so, and hold little`, async () => {
    const port = await mount(createLimited().server, {});
    const opened = refused.flatMap(({ bytes, more }) =>
      times(each, () => openPeer(port, bytes, more === undefined ? {} : { more })),
    );
    const { bytes: held, peers } = await heldBy(port, opened);
    const wanted = refused.flatMap(({ title, status }) => times(each, `${title}: ${status}`));
    const titles = refused.flatMap(({ title }) => times(each, title));
    assert.deepEqual(
      (await outcomesOf(peers)).map((outcome, at) => `${titles[at]}: ${outcome}`),
      wanted,
    );
    assert.ok(held < opened.length * (clientBytes + maxBodyBytes), `${held} bytes were held`);
  });

  test(`${name}: bodies that come too slowly are 408, and hold little`, async () => {
    const port = await mount(createLimited().server, { bodyTimeoutMs: 100 });
    const opened = times(40, () => openPeer(port, `${post}content-length: 1000\r\n\r\n{`));
    const { bytes: held, peers } = await heldBy(port, opened);
    assert.ok(held < 40 * clientBytes, `${held} bytes were held`);
    assert.deepEqual(new Set(await outcomesOf(peers)), new Set([408]));
  });

  test(`${name}: a body in pieces of one byte holds what a body holds`, async () => {
    const port = await mount(createLimited().server, {});
    const bytes = post + chunked + "1\r\n \r\n".repeat(30_000);
    const { bytes: held, peers } = await heldBy(
      port,
      times(3, () => openPeer(port, bytes)),
    );
    assert.ok(held < 3 * (clientBytes + 2 * maxBodyBytes), `${held} bytes were held`);
    for (const peer of peers) peer.destroy();
  });

  test(`${name}: a string of 60 kB, 5,000 keys and 1,000 parameters are read`, async () => {
    const port = await mount(createLimited().server, {});
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, 1])));
    const requests = [
      withBody(post, `"${"x".repeat(60_000)}"`),
      withBody(post, keys),
      `GET /find?${"q&".repeat(999)}q HTTP/1.1\r\nhost: a\r\n\r\n`,
    ];
    const peers = await Promise.all(requests.map((bytes) => openPeer(port, bytes)));
    assert.deepEqual(await outcomesOf(peers), [204, 204, 204]);
  });

  test(`${name}: readers that take nothing of what has no end hold little, and are cut off`, async () => {
    const { server, work } = createLimited();
    const port = await mount(server, { requestTimeoutMs: 400 });
    const opened = ["bytes", "events"].flatMap((path) =>
      times(10, () => openPeer(port, `GET /${path} HTTP/1.1\r\nhost: a\r\n\r\n`, { isDeaf: true })),
    );
    const { bytes: held, peers } = await heldBy(port, opened);
    assert.ok(held < opened.length * clientBytes, `${held} bytes were held`);
    assert.equal(work.begun, opened.length);
    while (work.running > 0) await new Promise((resolve) => setImmediate(resolve));
    // Kernels keep some megabytes a connection.
    assert.ok(work.madeBytes < opened.length * 12_000_000, `${work.madeBytes} bytes were made`);
    for (const peer of peers) peer.destroy();
  });
}

test("node: who asks 500 times at once and takes nothing makes one answer wait, not 500", async () => {
  const { port } = await serveLimited(createLimited().server);
  const requests = "GET /large HTTP/1.1\r\nhost: a\r\n\r\n".repeat(500);
  const { bytes: held, peers } = await heldBy(
    port,
    times(5, () => openPeer(port, requests, { isDeaf: true })),
  );
  // A request that waits for its turn costs some kilobytes.
  assert.ok(held < 5 * (clientBytes + 500 * 6_000 + 2 * largeBytes), `${held} bytes were held`);
  for (const peer of peers) peer.destroy();
});

test("node: 200 clients that trickle their headers are cut off in time, and hold little", async () => {
  const { port } = await serveLimited(createLimited().server, { headersTimeoutMs: 150 });
  const { bytes: held, peers } = await heldBy(
    port,
    times(200, () => openPeer(port, "GET /find HTTP/1.1\r\nx-slow: ")),
  );
  assert.ok(held < 200 * clientBytes, `${held} bytes were held`);
  for (const outcome of await outcomesOf(peers)) assert.ok(outcome === 408 || outcome === "cut", String(outcome));
});

test("node: connections beyond the maximum are closed, and there is room again once others end", async () => {
  const { port } = await serveLimited(createLimited().server, { maxConnections: 3 });
  const request = "GET /find HTTP/1.1\r\nhost: a\r\n\r\n";
  const first = await Promise.all(Array.from({ length: 3 }, () => openPeer(port, request)));
  assert.deepEqual(await Promise.all(first.map(({ outcome }) => outcome)), [204, 204, 204]);
  assert.equal(await (await openPeer(port, request)).outcome, "cut");
  first[0]?.destroy();
  await first[0]?.ended;
  for (;;) {
    // The server may hear of the end a turn later than the client.
    const peer = await openPeer(port, request);
    if ((await peer.outcome) === 204) break;
  }
  for (const peer of first) peer.destroy();
});
