import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import express from "express";
import fastify from "fastify";
import { createClient } from "../../runtime/src/client/create-client.ts";
import { isServiceError, type ServiceError } from "../../runtime/src/error/service-error.ts";
import { fetchTransport } from "../../runtime/src/transport/fetch.ts";
import { nodeTransport } from "../../runtime/src/transport/node.ts";
import { Library } from "../golden/http-library/want/library_http.ts";
import { oddIsbn } from "./library.ts";

/** A server that somebody wrote by hand, in the manner of its framework. */
interface ForeignServer extends AsyncDisposable {
  readonly baseUrl: string;
}

const png = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
const oneBook = { isbn: "1", title: "One", year: 1999, shelf: "unknown to the contract" };

async function startFastify(): Promise<ForeignServer> {
  const app = fastify();
  app.addContentTypeParser("image/png", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.get("/books", (request, reply) =>
    reply.header("X-Total", "1").send([{ ...oneBook, tags: [decodeURIComponent(request.url)] }]),
  );
  app.post("/books", (request, reply) => {
    const book = request.body as { readonly isbn: string; readonly title: string };
    if (book.title === "Twice")
      return reply.code(409).type("application/problem+json").send({ title: "It is there already" });
    return reply
      .code(201)
      .header("Location", `/books/${book.isbn}`)
      .send({ year: null, ...book });
  });
  app.get("/books/:isbn", (request) => {
    const { isbn } = request.params as { readonly isbn: string };
    if (isbn === "broken") throw new Error("the database is down");
    return { ...oneBook, isbn };
  });
  app.delete("/books/:isbn", (_request, reply) => reply.code(204).send());
  app.put("/books/:isbn/cover", (request, reply) =>
    reply.code(Buffer.from(png).equals(request.body as Buffer) ? 204 : 500).send(),
  );
  app.get("/books/:isbn/cover", (_request, reply) => reply.type("image/png").send(Buffer.from(png)));
  app.post("/books/:isbn/review", (request) => `thanks for ${JSON.stringify(request.body)}`);
  const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
  return { baseUrl, [Symbol.asyncDispose]: () => app.close() };
}

async function startExpress(): Promise<ForeignServer> {
  const app = express();
  app.set("env", "test");
  app.use(express.json(), express.urlencoded(), express.raw({ type: "image/png" }));
  app.get("/books", (request, response) => {
    response.set("X-Total", "1").json([{ ...oneBook, tags: [decodeURIComponent(request.originalUrl)] }]);
  });
  app.post("/books", ({ body }, response) => {
    if (body.title === "Twice")
      response
        .status(409)
        .type("application/problem+json")
        .send(JSON.stringify({ title: "It is there already" }));
    else
      response
        .status(201)
        .location(`/books/${body.isbn}`)
        .json({ year: null, ...body });
  });
  app.get("/books/:isbn", ({ params: { isbn } }, response) => {
    if (isbn === "broken") throw new Error("the database is down");
    response.json({ ...oneBook, isbn });
  });
  app.delete("/books/:isbn", (_request, response) => {
    response.sendStatus(204);
  });
  app.put("/books/:isbn/cover", (request, response) => {
    response.sendStatus(Buffer.from(png).equals(request.body) ? 204 : 500);
  });
  app.get("/books/:isbn/cover", (_request, response) => {
    response.type("image/png").send(Buffer.from(png));
  });
  app.post("/books/:isbn/review", ({ body }, response) => {
    response.type("text").send(`thanks for ${JSON.stringify({ ...body })}`);
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

for (const [framework, start] of [["Fastify", startFastify] as const, ["Express", startExpress] as const]) {
  for (const [name, transportOf] of [["node", nodeTransport] as const, ["fetch", fetchTransport] as const]) {
    test(`a generated client over ${name} speaks with a ${framework} server written by hand`, async () => {
      await using server = await start();
      const transport = transportOf({ baseUrl: server.baseUrl });
      const library = createClient(Library, transport);

      const listed = await library.listBooks(
        { query: { tag: ["new", "a,b"], filter: { author: "Ann Ü." }, limit: 5 } },
        { full: true },
      );
      assert.deepEqual(listed.headers["X-Total"], 1);
      assert.deepEqual(listed.body[0]?.tags, ["/books?tag=new&tag=a,b&filter[author]=Ann Ü.&limit=5"]);

      const added = await library.addBook({ body: { isbn: "978-3-16-148410", title: "Ä “book”" } }, { full: true });
      assert.equal(added.status === 201 && added.headers.Location, "/books/978-3-16-148410");
      assert.equal((await library.getBook({ path: { isbn: oddIsbn } })).isbn, oddIsbn);
      assert.equal(await library.removeBook({ path: { isbn: oddIsbn } }), undefined);

      await library.putCover({ path: { isbn: "1" }, body: png });
      const cover = await library.getCover({ path: { isbn: "1" } });
      assert.deepEqual(new Uint8Array(await new Response(cover as BodyInit).arrayBuffer()), png);

      const thanks = await library.reviewBook({ path: { isbn: "1" }, body: { stars: 5, text: "a&b=c +" } });
      assert.equal(thanks, 'thanks for {"stars":"5","text":"a&b=c +"}');
      await transport.close?.();
    });

    test(`failures of a ${framework} server reach a client over ${name} as errors with their codes`, async () => {
      await using server = await start();
      const transport = transportOf({ baseUrl: server.baseUrl });
      const library = createClient(Library, transport);

      const twice = await failureOf(library.addBook({ body: { isbn: "978-3-16-148410", title: "Twice" } }));
      assert.equal(twice.code, "already_exists");
      assert.deepEqual(twice.response?.body, { title: "It is there already" });

      const broken = await failureOf(library.getBook({ path: { isbn: "broken" } }, { maxAttempts: 1 }));
      assert.equal(broken.code, "internal");

      const elsewhere = transportOf({ baseUrl: `${server.baseUrl}/nowhere` });
      const missing = await failureOf(createClient(Library, elsewhere).getBook({ path: { isbn: "1" } }));
      assert.equal(missing.code, "not_found");
      await Promise.all([transport.close?.(), elsewhere.close?.()]);
    });
  }
}

async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isServiceError(error), `expected a ServiceError, got ${String(error)}`);
  return error;
}
