import * as http from "node:http";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import type { HttpOperation } from "../../../runtime/src/descriptor/http.ts";
import type { HttpHandlerOptions } from "../../../runtime/src/http/handler.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { trilogueExpress } from "../../../runtime/src/server/express.ts";
import { trilogueFastify } from "../../../runtime/src/server/fastify.ts";
import { trilogueHono } from "../../../runtime/src/server/hono.ts";
import { serveNode, type NodeServer, type ServeNodeOptions } from "../../../runtime/src/server/node.ts";
import type { Server } from "../../../runtime/src/server/types.ts";
import { measureHeld } from "../../support/heap.ts";
import { operation, parameter, service } from "../http/support.ts";
import { cleanups } from "./support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const formShape = { type: "object", properties: {}, additional: { type: "any" } } as const;
const empty: HttpOperation["responses"] = [{ status: 204, content: [] }];

const contract = service(
  operation({ name: "up", method: "POST", body: { required: true, content: [json] }, responses: empty }),
  operation({
    name: "form",
    method: "POST",
    body: { content: [{ mediaType: "multipart/form-data", codec: "multipart", shape: formShape }] },
    responses: empty,
  }),
  operation({
    name: "find",
    parameters: [parameter({ in: "query", name: "q", shape: { type: "array", items: { type: "string" } } })],
    responses: empty,
  }),
  operation({
    name: "bytes",
    responses: [{ status: 200, content: [{ mediaType: "application/octet-stream", codec: "binary" }] }],
  }),
  operation({
    name: "large",
    responses: [{ status: 200, content: [json] }],
  }),
  operation({
    name: "events",
    responses: [{ status: 200, content: [{ mediaType: "text/event-stream", codec: "eventStream" }] }],
  }),
  operation({ name: "hang", responses: empty }),
);

/** How many handlers are at work, and how much they made. */
export interface Work {
  running: number;
  begun: number;
  madeBytes: number;
}

/** Length of what `large` answers, bytes. */
export const largeBytes = 2_000_000;

/** A server with operations that read, write and hang; `work` tells what they do. */
export function createLimited(): { readonly server: Server; readonly work: Work } {
  const work: Work = { running: 0, begun: 0, madeBytes: 0 };
  const endless = async function* <Item>(item: Item): AsyncGenerator<Item> {
    work.running += 1;
    work.begun += 1;
    try {
      for (;;) {
        work.madeBytes += 10_000;
        yield item;
      }
    } finally {
      work.running -= 1;
    }
  };
  const large = { text: "x".repeat(largeBytes) };
  const server = createServer().add(contract, {
    up: () => undefined,
    form: () => undefined,
    find: () => undefined,
    bytes: () => endless(new Uint8Array(10_000)),
    large: () => large,
    events: () => endless({ data: "x".repeat(10_000) }),
    hang: (_input: unknown, ctx: { readonly signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        work.running += 1;
        work.begun += 1;
        ctx.signal.addEventListener("abort", () => {
          work.running -= 1;
          reject(ctx.signal.reason as Error);
        });
      }),
  } as never) as Server;
  return { server, work };
}

/** What the tests limit. */
export interface Limits {
  readonly bodyTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** The longest body, bytes. */
export const maxBodyBytes = 65_536;

function optionsOf({ bodyTimeoutMs = 30_000, requestTimeoutMs = 30_000 }: Limits): HttpHandlerOptions & {
  readonly requestTimeoutMs: number;
} {
  return { limits: { maxBodyBytes, bodyTimeoutMs }, requestTimeoutMs };
}

/** Serves with Node, over both versions of HTTP; closed after the tests. */
export async function serveLimited(
  server: Server,
  { bodyTimeoutMs, ...options }: ServeNodeOptions & Limits = {},
): Promise<NodeServer> {
  const { limits } = optionsOf(bodyTimeoutMs === undefined ? {} : { bodyTimeoutMs });
  const node = await serveNode(server, { host: "127.0.0.1", ...options, http: { limits: limits ?? {} } });
  cleanups.push(() => node.close({ graceMs: 0 }));
  return node;
}

/** Mounts of HTTP/1.1 by name; each answers the port. */
export const mounts: Readonly<Record<string, (server: Server, limits: Limits) => Promise<number>>> = {
  node: async (server, limits) => (await serveLimited(server, limits)).port,
  express: (server, limits) => listen(http.createServer(express().use(trilogueExpress(server, optionsOf(limits))))),
  async fastify(server, limits) {
    const app = fastify();
    await app.register(trilogueFastify(server, { ...optionsOf(limits), graceMs: 0 }));
    await app.listen({ host: "127.0.0.1", port: 0 });
    closeLater(app.server);
    return (app.server.address() as AddressInfo).port;
  },
  async hono(server, limits) {
    const app = new Hono();
    app.use("/*", trilogueHono(server, optionsOf(limits)));
    const node = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }) as http.Server;
    await new Promise((resolve) => node.once("listening", resolve));
    closeLater(node);
    return (node.address() as AddressInfo).port;
  },
};

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closeLater(server);
  return (server.address() as AddressInfo).port;
}

function closeLater(server: http.Server): void {
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
}

/** What a peer does beside sending its first bytes. */
export interface PeerOptions {
  /** Sent again and again, as fast as it is taken, until the connection ends or an answer comes. */
  readonly more?: string | Uint8Array;
  /** Reads nothing until `resume` of the result. */
  readonly isDeaf?: boolean;
}

/** A raw connection. */
export interface Peer {
  /** The status of the answer, or `cut` when the connection ended without one. */
  readonly outcome: Promise<number | "cut">;
  /** Resolves when the connection has ended, from either side. */
  readonly ended: Promise<void>;
  destroy(): void;
}

/** Opens a connection and sends raw bytes. */
export async function openPeer(port: number, bytes: string | Uint8Array, options: PeerOptions = {}): Promise<Peer> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }).on("error", () => undefined);
  const outcome = Promise.withResolvers<number | "cut">();
  const ended = Promise.withResolvers<void>();
  let text = "";
  let isAnswered = false;
  socket.on("close", () => {
    outcome.resolve("cut");
    ended.resolve();
  });
  const onData = (chunk: Buffer): void => {
    if (text.length < 100) text += chunk.toString("latin1", 0, 100);
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
    if (status === undefined) return;
    isAnswered = true;
    outcome.resolve(Number(status));
  };
  await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", resolve));
  if (options.isDeaf === true) socket.pause();
  else socket.on("data", onData);
  await new Promise((resolve) => socket.write(bytes, resolve));
  const { more } = options;
  const push = (): void => {
    if (more !== undefined && !isAnswered && socket.writable) socket.write(more, () => setImmediate(push));
  };
  push();
  return { outcome: outcome.promise, ended: ended.promise, destroy: () => void socket.destroy() };
}

/** Bytes that are held more than before, while `count` peers do what they do. */
export async function heldBy(
  port: number,
  opened: readonly (() => Promise<Peer>)[],
): Promise<{ readonly bytes: number; readonly peers: readonly Peer[] }> {
  await settle(port);
  const before = await measureHeld();
  const peers = await Promise.all(opened.map((open) => open()));
  await settle(port);
  const now = await measureHeld();
  const bytes = now.heapBytes + now.externalBytes - before.heapBytes - before.externalBytes;
  return { bytes, peers };
}

/** Many turns of the loop and round trips, in which what is unbounded would grow. */
export async function settle(port: number): Promise<void> {
  const good = "GET /find HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
  for (let call = 0; call < 20; call += 1) {
    const peer = await openPeer(port, good);
    const status = await peer.outcome;
    if (status !== 204) throw new Error(`a good request was answered ${status}`);
    await peer.ended;
  }
}
