import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { serve } from "@hono/node-server";
import express, { type Request as ExpressRequest } from "express";
import fastify, { type FastifyRequest } from "fastify";
import { Hono, type Context as HonoContext } from "hono";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { expressRequest, trilogueExpress, type ExpressOptions } from "../../../runtime/src/server/express.ts";
import { fastifyRequest, trilogueFastify, type FastifyOptions } from "../../../runtime/src/server/fastify.ts";
import type { FrameworkOptions } from "../../../runtime/src/server/framework.ts";
import { honoContext, trilogueHono, type HonoOptions } from "../../../runtime/src/server/hono.ts";
import type { Server } from "../../../runtime/src/server/types.ts";
import { operation, parameter, service } from "../http/support.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const ok = [{ status: 200, content: [json] }] as const;
const policy = { idempotency: { level: "none" } } as const;
const contract = {
  ...service(
    operation({ name: "greet", method: "POST", path: "/greet", body: { content: [json] }, responses: ok, policy }),
    operation({ name: "get", path: "/items/{id}", parameters: [parameter({ in: "path", name: "id" })], responses: ok }),
    operation({ name: "who", responses: ok }),
    operation({ name: "fail", responses: ok }),
    operation({ name: "cookie", responses: [{ status: 204, content: [] }] }),
  ),
  basePaths: ["", "/v1"],
};

const cleanups: (() => unknown)[] = [];
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

function makeServer(who: (ctx: any) => unknown = () => null): Server {
  return createServer().add(contract, {
    greet: ({ body }: any) => ({ greeted: body }),
    get: ({ path }: any) => ({ id: path.id }),
    who: (_input: unknown, ctx: unknown) => who(ctx),
    fail: () => {
      throw new Error("the database is gone");
    },
    cookie: (_input: unknown, ctx: any) => ctx.reply(204, undefined, { headers: { "Set-Cookie": "b=2" } }),
  } as never) as Server;
}

async function listen(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listenFastify(app: { listen(at: object): Promise<string>; close(): unknown }): Promise<string> {
  cleanups.push(() => app.close());
  return app.listen({ host: "127.0.0.1", port: 0 });
}

async function listenHono(app: Hono): Promise<string> {
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }) as http.Server;
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An app with `/own`, `/items/own/more`, an error handler, a header and a cookie on everything. */
interface AppKind {
  readonly name: string;
  start(server: Server, options?: FrameworkOptions & { readonly prefix?: string }): Promise<string>;
}

const kinds: readonly AppKind[] = [
  {
    name: "express",
    start: (server, { prefix = "/", ...options } = {}) => {
      const app = express();
      app.use((_request, response, next) => {
        response.setHeader("vary", "origin");
        response.appendHeader("set-cookie", "a=1");
        next();
      });
      app.use(prefix, trilogueExpress(server, options satisfies ExpressOptions));
      app.use(express.json());
      app.get("/own", (_request, response) => void response.json({ own: true }));
      app.post("/own", (request: ExpressRequest, response) => void response.json({ own: request.body }));
      app.get("/items/own/more", (_request, response) => void response.json({ own: "more" }));
      app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
        response.status(500).json({ app: error.message });
      });
      return listen(app);
    },
  },
  {
    name: "fastify",
    start: async (server, { prefix = "", ...options } = {}) => {
      const app = fastify();
      app.addHook("onRequest", async (_request, reply) => {
        reply.header("vary", "origin").header("set-cookie", "a=1");
      });
      app.get("/own", () => ({ own: true }));
      app.post("/own", ({ body }) => ({ own: body }));
      app.get("/items/own/more", () => ({ own: "more" }));
      app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send({ app: error.message }));
      await app.register(trilogueFastify(server, options satisfies FastifyOptions), { prefix });
      return listenFastify(app);
    },
  },
  {
    name: "hono",
    start: (server, { prefix = "", ...options } = {}) => {
      const app = new Hono();
      app.use(async (c, next) => {
        c.header("vary", "origin");
        c.header("set-cookie", "a=1", { append: true });
        await next();
      });
      app.use(`${prefix}/*`, trilogueHono(server, options satisfies HonoOptions));
      app.get("/own", (c) => c.json({ own: true }));
      app.post("/own", async (c) => c.json({ own: await c.req.json() }));
      app.get("/items/own/more", (c) => c.json({ own: "more" }));
      app.onError((error, c) => c.json({ app: error.message }, 500));
      return listenHono(app);
    },
  },
];

async function ask(url: string, body?: unknown): Promise<readonly [number, any]> {
  const init =
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  const text = await response.text();
  return [response.status, text.startsWith("{") ? JSON.parse(text) : text];
}

for (const { name, start } of kinds) {
  test(`${name}: routes of the app and of the contracts stand side by side`, async () => {
    const url = await start(makeServer());
    assert.deepEqual(await ask(`${url}/items/7`), [200, { id: "7" }]);
    assert.deepEqual(await ask(`${url}/greet`, { a: 1 }), [200, { greeted: { a: 1 } }]);
    assert.deepEqual(await ask(`${url}/own`), [200, { own: true }]);
    assert.deepEqual(await ask(`${url}/own`, { b: 2 }), [200, { own: { b: 2 } }]);
    assert.deepEqual(await ask(`${url}/items/own/more`), [200, { own: "more" }]);
    assert.equal((await ask(`${url}/items/own/less`))[0], 404);
  });

  test(`${name}: below a prefix paths are found without it, and with it where the contract names it`, async () => {
    const url = await start(makeServer(), { prefix: "/api" });
    assert.deepEqual(await ask(`${url}/api/items/7`), [200, { id: "7" }]);
    assert.deepEqual(await ask(`${url}/api/v1/items/7`), [200, { id: "7" }]);
    assert.equal((await ask(`${url}/items/7`))[0], 404);
    assert.equal((await ask(`${url}/apiitems/7`))[0], 404);
    const named = await start(makeServer(), { prefix: "/v1" });
    assert.deepEqual(await ask(`${named}/v1/items/7`), [200, { id: "7" }]);
    assert.deepEqual(await ask(`${named}/v1/greet`, {}), [200, { greeted: {} }]);
    assert.equal((await ask(`${named}/items/7`))[0], 404);
  });

  test(`${name}: what the app said in headers stays`, async () => {
    const response = await fetch(`${await start(makeServer())}/cookie`);
    assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.match(response.headers.get("vary") ?? "", /origin/i);
  });

  test(`${name}: failures are problem documents, or the app's where it asks for them`, async () => {
    const own = await ask(`${await start(makeServer())}/fail`);
    assert.deepEqual([own[0], own[1].code, JSON.stringify(own[1]).includes("database")], [500, "unknown", false]);
    const passed = await ask(`${await start(makeServer(), { errors: "framework" })}/fail`);
    assert.deepEqual([passed[0], typeof passed[1].app], [500, "string"]);
  });
}

test("handlers reach the request of the framework that they were called through", async () => {
  const seen: unknown[] = [];
  const server = makeServer((ctx) => {
    seen.push(
      expressRequest<ExpressRequest>(ctx)?.get("x-own"),
      fastifyRequest<FastifyRequest>(ctx)?.headers["x-own"],
      honoContext<HonoContext>(ctx)?.req.header("x-own"),
    );
    return null;
  });
  for (const { start } of kinds) {
    await (await fetch(`${await start(server)}/who`, { headers: { "x-own": "1" } })).arrayBuffer();
  }
  assert.deepEqual(seen, ["1", undefined, undefined, undefined, "1", undefined, undefined, undefined, "1"]);
});

test("express: behind a parser of bodies the app is told what to do, and nothing hangs", async () => {
  const app = express();
  app.use(express.json());
  app.use(trilogueExpress(makeServer()));
  app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
    response.status(500).json({ app: error.message });
  });
  const url = await listen(app);
  const [status, told] = await ask(`${url}/greet`, { a: 1 });
  assert.equal(status, 500);
  assert.match(
    told.app,
    /the body of POST \/greet was read before .* put app\.use\(trilogueExpress\(server\)\) before/,
  );
  assert.deepEqual(await ask(`${url}/items/7`), [200, { id: "7" }]);
});

test("express: behind a parser that keeps the bytes, these are read", async () => {
  for (const parser of [
    express.raw({ type: "*/*" }),
    express.json({ verify: (request, _response, bytes) => Object.assign(request, { rawBody: bytes }) }),
  ]) {
    const app = express();
    app.use(parser, trilogueExpress(makeServer()));
    assert.deepEqual(await ask(`${await listen(app)}/greet`, { a: 1 }), [200, { greeted: { a: 1 } }]);
  }
});

test("fastify: hooks of the app run before handlers, and its parsers don't", async () => {
  const app = fastify({ bodyLimit: 10 });
  app.addHook("preHandler", async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send({ app: "no" });
  });
  app.addContentTypeParser("application/json", () => assert.fail("the app's parser ran"));
  await app.register(trilogueFastify(makeServer()));
  const url = await listenFastify(app);
  assert.deepEqual(await ask(`${url}/greet`, { a: 1 }), [401, { app: "no" }]);
  const headers = { authorization: "a", "content-type": "application/json" };
  const response = await fetch(`${url}/greet`, { method: "POST", headers, body: '{"long":"a body of some length"}' });
  assert.equal(response.status, 200);
});

test("fastify: a catch-all of the app stands beside the contracts, and closing drains", async () => {
  const server = makeServer();
  const app = fastify();
  app.get("/*", () => ({ own: "page" }));
  await app.register(trilogueFastify(server));
  const url = await listenFastify(app);
  assert.deepEqual(await ask(`${url}/items/7`), [200, { id: "7" }]);
  assert.deepEqual(await ask(`${url}/somewhere`), [200, { own: "page" }]);
  await app.close();
  assert.equal(server.draining, true);
});

test("hono: a body that the app read as text or JSON is there, one read as a form is an error of the app", async () => {
  const app = new Hono();
  app.use(async (c, next) => {
    const how = c.req.header("x-read");
    if (how === "json") await c.req.json();
    if (how === "form") await c.req.formData();
    if (how === "raw") await c.req.raw.arrayBuffer();
    await next();
  });
  app.use(trilogueHono(makeServer()));
  app.onError((error, c) => c.json({ app: error.message }, 500));
  const url = await listenHono(app);
  const send = async (how: string, type: string, body: string): Promise<readonly [number, any]> => {
    const response = await fetch(`${url}/greet`, {
      method: "POST",
      headers: { "x-read": how, "content-type": type },
      body,
    });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await send("json", "application/json", '{"a":1}'), [200, { greeted: { a: 1 } }]);
  for (const how of ["form", "raw"]) {
    const [status, told] = await send(how, "application/x-www-form-urlencoded", "a=1");
    assert.equal(status, 500, how);
    assert.match(told.app, /was read before Trilogue came to it/);
  }
});

test("hono: an app below another one's path finds its own", async () => {
  const below = new Hono();
  below.use(trilogueHono(makeServer()));
  const app = new Hono();
  app.route("/api", below);
  assert.deepEqual(await ask(`${await listenHono(app)}/api/items/7`), [200, { id: "7" }]);
});
