import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Server as NetServer } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { trilogueExpress } from "../../../runtime/src/server/express.ts";
import { trilogueFastify } from "../../../runtime/src/server/fastify.ts";
import { createFetchHandler } from "../../../runtime/src/server/fetch.ts";
import { trilogueHono } from "../../../runtime/src/server/hono.ts";
import { createNodeHandler, serveNode } from "../../../runtime/src/server/node.ts";
import {
  createFetchSend,
  createHttp2Send,
  testServerMount,
  type ServerMountUnderTest,
} from "../../../runtime/src/testing/index.ts";

const host = "127.0.0.1";

testServerMount("node, HTTP/1.1", async (server, options) => {
  const node = await serveNode(server, { host, http: options });
  return { baseUrl: node.url, close: () => node.close({ graceMs: 0 }) };
});

testServerMount(
  "node, HTTP/2",
  async (server, options) => {
    const node = await serveNode(server, { host, http: options });
    return { baseUrl: node.url, close: () => node.close({ graceMs: 0 }), send: createHttp2Send(node.url) };
  },
  { sockets: "none" },
);

testServerMount(
  "a listener of node:http",
  (server, options) => listen(http.createServer(createNodeHandler(server, options))),
  {
    sockets: "app",
  },
);

testServerMount(
  "a listener of node:http2",
  async (server, options) => {
    const mount = await listen(http2.createServer(createNodeHandler(server, options)));
    return { ...mount, send: createHttp2Send(mount.baseUrl) };
  },
  { sockets: "none" },
);

testServerMount(
  "fetch",
  (server, options) => ({
    baseUrl: "http://localhost",
    close: () => undefined,
    send: createFetchSend(createFetchHandler(server, options)),
  }),
  { parsesUrls: true, sockets: "none" },
);

for (const prefix of ["", "/api/v1"]) {
  const below = prefix === "" ? "" : " below a prefix";

  testServerMount(
    `express${below}`,
    async (server, options) => {
      const app = express();
      if (prefix === "") app.use(trilogueExpress(server, options));
      else app.use(prefix, trilogueExpress(server, options));
      const mount = await listen(http.createServer(app));
      return { ...mount, baseUrl: mount.baseUrl + prefix };
    },
    { fallsThrough: true, sockets: "app" },
  );

  testServerMount(
    `fastify${below}`,
    async (server, options) => {
      const app = fastify();
      await app.register(trilogueFastify(server, { ...options, graceMs: 0 }), { prefix });
      const url = await app.listen({ host, port: 0 });
      return { baseUrl: url + prefix, close: () => close(app.server) };
    },
    { fallsThrough: true, sockets: "app" },
  );

  testServerMount(
    `hono${below}`,
    async (server, options) => {
      const app = new Hono();
      app.use(`${prefix}/*`, trilogueHono(server, options));
      const node = serve({ fetch: app.fetch, hostname: host, port: 0 }) as http.Server;
      await new Promise((resolve) => node.once("listening", resolve));
      return { baseUrl: urlOf(node) + prefix, close: () => close(node) };
    },
    { fallsThrough: true, parsesUrls: true, sockets: "app" },
  );
}

async function listen(server: NetServer): Promise<ServerMountUnderTest> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { baseUrl: urlOf(server), close: () => close(server) };
}

function urlOf(server: Pick<NetServer, "address">): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

async function close(server: NetServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  if ("closeAllConnections" in server) (server as http.Server).closeAllConnections();
  await closed;
}
