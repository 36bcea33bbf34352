import assert from "node:assert/strict";
import * as net from "node:net";
import type { CheckServer } from "./server-suite.ts";

const json = "content-type: application/json\r\n";

/** Bytes on one connection of HTTP/1.1, with the statuses of what comes back. */
interface SocketCase {
  readonly title: string;
  /** `$` stands for the prefix of the mount's paths. Written at once; the connection is closed by the peer. */
  readonly bytes: string;
  readonly statuses: readonly number[];
  /** What the text of the last answer has. */
  readonly last?: RegExp;
}

/** Of every mount whose server speaks HTTP/1.1, whoever listens. */
const socketCases: readonly SocketCase[] = [
  {
    title: "requests in a row are answered in their order",
    bytes:
      "GET $/things/a HTTP/1.1\r\nhost: a\r\n\r\nGET $/things/b HTTP/1.1\r\nhost: a\r\n\r\n" +
      "GET $/things/c HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    statuses: [200, 200, 200],
    last: /"id":"c"/,
  },
  {
    title: "a request of HTTP/1.0 is answered and its connection closed",
    bytes: "GET $/things/a HTTP/1.0\r\n\r\n",
    statuses: [200],
    last: /"id":"a"/,
  },
  {
    title: "a stream for HTTP/1.0 has no chunks and ends with its connection",
    bytes: "GET $/lines HTTP/1.0\r\n\r\n",
    statuses: [200],
    last: /\r\n\r\n\{"n":1\}\n\{"n":2\}\n$/,
  },
  {
    title: "a chunked body with extensions and trailers is read",
    bytes:
      `POST $/things HTTP/1.1\r\nhost: a\r\n${json}connection: close\r\ntransfer-encoding: chunked\r\n\r\n` +
      '5;x=y\r\n{"nam\r\n6\r\ne":"a"\r\n1\r\n}\r\n0\r\nx-sum: 1\r\n\r\n',
    statuses: [200],
    last: /"body":\{"name":"a"\}/,
  },
  {
    title: "a connection is kept after a fault whose body was not read",
    bytes:
      `POST $/things/mine HTTP/1.1\r\nhost: a\r\n${json}content-length: 2\r\n\r\n{}` +
      `POST $/things HTTP/1.1\r\nhost: a\r\n${json}content-length: 2\r\n\r\n{}` +
      "GET $/things/mine HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    statuses: [405, 400, 200],
  },
  {
    title: "two lengths that differ are refused",
    bytes: `POST $/things HTTP/1.1\r\nhost: a\r\n${json}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    statuses: [400],
  },
  {
    title: "a length beside a transfer coding is refused",
    bytes:
      `POST $/things HTTP/1.1\r\nhost: a\r\n${json}content-length: 5\r\n` +
      "transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    statuses: [400],
  },
  {
    title: "a header that is none is refused",
    bytes: "GET $/things HTTP/1.1\r\nhost: a\r\nx y: 1\r\n\r\n",
    statuses: [400],
  },
];

const manyHeaders = Array.from({ length: 1_500 }, (_, at) => `x${at}: y\r\n`).join("");

/** Of mounts that listen themselves: what can't be served is answered by a problem document too. */
const ownSocketCases: readonly SocketCase[] = [
  {
    title: "what is no request is 400",
    bytes: "nonsense\r\n\r\n",
    statuses: [400],
    last: /content-type: application\/problem\+json\r\n[^]*"status":400/,
  },
  {
    title: "a broken chunk is 400",
    bytes: `POST $/things HTTP/1.1\r\nhost: a\r\n${json}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    statuses: [400],
    last: /"status":400/,
  },
  {
    title: "headers that are too long are 431",
    bytes: `GET $/things/a HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(40_000)}\r\n\r\n`,
    statuses: [431],
    last: /content-type: application\/problem\+json\r\n[^]*"status":431/,
  },
  {
    title: "too many headers are 431",
    bytes: `GET $/things/a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${manyHeaders}\r\n`,
    statuses: [431],
    last: /"reason":"TOO_MANY_HEADERS"/,
  },
];

/** Registers what is tested on bare connections. */
export function testServerSockets(check: CheckServer, owner: "mount" | "app"): void {
  for (const each of owner === "mount" ? [...socketCases, ...ownSocketCases] : socketCases) {
    check(each.title, async ({ baseUrl }) => {
      const text = await exchange(baseUrl, each.bytes);
      assert.deepEqual(statusesOf(text), each.statuses, text.slice(0, 2_000));
      if (each.last !== undefined) assert.match(text, each.last);
    });
  }

  check("a caller that waits for it is told to go on before its body is read", async ({ baseUrl }) => {
    const head = `POST $/things HTTP/1.1\r\nhost: a\r\n${json}expect: 100-continue\r\nconnection: close\r\n`;
    const text = await exchange(baseUrl, `${head}content-length: 12\r\n\r\n`, ["HTTP/1.1 100 ", '{"name":"a"}']);
    assert.deepEqual(statusesOf(text), [100, 200]);
  });

  if (owner === "mount") {
    check("a caller that waits is not told to go on with a body that is refused", async ({ baseUrl }) => {
      const head = `POST $/things HTTP/1.1\r\nhost: a\r\n${json}expect: 100-continue\r\n`;
      const text = await exchange(baseUrl, `${head}content-length: 1000000\r\n\r\n`);
      assert.deepEqual(statusesOf(text), [413]);
    });
  }
}

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Writes bytes, and more once a text came; resolves to all that came until the connection ended. */
function exchange(baseUrl: string, bytes: string, more?: readonly [string, string]): Promise<string> {
  const { hostname, port, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, "");
  return new Promise((resolve) => {
    let text = "";
    let isMore = false;
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes.replaceAll("$", prefix), "latin1"));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (more === undefined || isMore || !text.includes(more[0])) return;
      isMore = true;
      socket.write(more[1]);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(text);
    });
  });
}
