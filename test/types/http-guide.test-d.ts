// The blocks of runtime/HTTP.md, word for word; types.test.ts holds the two together.
import { createServer as createHttpServer } from "node:http";
import { createClient, createSender, createServer, keepAlive, resumeEvents, safeEqual } from "@trilogue/runtime";
import { createAuthenticators, createCredentials, items, serverUrl, webhooksAt } from "@trilogue/runtime/http";
import { callbackUrl, evaluatePreconditions, linkInput, openFile } from "@trilogue/runtime/http";
import { createNodePool, isPublicAddress, nodeTransport } from "@trilogue/runtime/transport/node";
import { createNodeHandler, installShutdown, serveNode } from "@trilogue/runtime/server/node";
import { createFetchHandler } from "@trilogue/runtime/server/fetch";
import { trilogueExpress } from "@trilogue/runtime/server/express";
import { trilogueFastify } from "@trilogue/runtime/server/fastify";
import { trilogueHono } from "@trilogue/runtime/server/hono";
import type { Handlers, Transport } from "@trilogue/runtime";
import type { OpenFile, ServerSentEvent } from "@trilogue/runtime/http";
import type { EventStream } from "@trilogue/runtime/codegen/v1/http";
import type { Express } from "express";
import type { FastifyInstance } from "fastify";
import type { Hono } from "hono";
import {
  Library,
  LibraryServers,
  LibraryWebhooks,
  type Book,
  type LibraryOperations,
} from "../golden/http-library/want/library_http.ts";

declare const isbn: string;
declare const etag: string;
declare const secret: string;
declare const signal: AbortSignal;
declare const transport: Transport<"http">;
declare const subscription: { readonly url: string };
declare const handlers: Handlers<LibraryOperations>;
declare const fastifyApp: FastifyInstance;
declare const expressApp: Express;
declare const honoApp: Hono;
declare function keep(etag: string | undefined, book: Book): void;
declare function remember(book: Book): void;
declare function find(isbn: string): Promise<{ readonly etag: string; readonly book: Book } | undefined>;
declare function store(isbn: string, cover: OpenFile): Promise<void>;
declare function fetchToken(how: { readonly isFresh: boolean; readonly signal: AbortSignal }): Promise<string>;

const library = createClient(Library, nodeTransport({ baseUrl: serverUrl(LibraryServers[0], { region: "us" }) }));
const book = await library.getBook({ path: { isbn } }, { signal, timeoutMs: 500, headers: { "x-reader": "7" } });

const reply = await library.getBook({ path: { isbn }, header: { "If-None-Match": etag } }, { full: true });
if (reply.status === 200) keep(reply.headers.ETag, reply.body);
if (reply.status === 404) console.warn(reply.body.title); // each declared response has its own type

for await (const { title } of items(library.listBooks, { query: { tag: ["new"] } })) console.log(title);

const credentials = createCredentials(Library, {
  // Asked once a call, and once more with `rejected: true` when the server answers 401.
  token: async ({ rejected, signal }) => fetchToken({ isFresh: rejected, signal }),
});
const signedIn = createClient(Library, transport, { credentials });

const authenticators = createAuthenticators(Library, {
  token: async (token) => (safeEqual(token, secret) ? { id: "reader" } : undefined),
});
const server = createServer({ authenticators });

server.add(Library, {
  ...handlers,
  getBook: async ({ path, header }, ctx) => {
    const found = await find(path.isbn);
    if (found === undefined) return ctx.reply(404, { title: "No such book" });
    const verdict = evaluatePreconditions(header, { etag: found.etag }, "GET"); // RFC 9110 section 13
    if (verdict === 304) return ctx.reply(304, undefined, { headers: { ETag: found.etag } });
    return ctx.reply(200, found.book, { headers: { ETag: found.etag } });
  },
  // Large bodies and files come as streams, with backpressure; small ones as bytes. This reads both.
  putCover: async ({ path, body }) => store(path.isbn, openFile(body)),
});

await serveNode(server, { port: 8080 }); // HTTP/1.1 and h2c on one port; installShutdown drains on SIGTERM
const handle = createFetchHandler(server); // (request: Request) => Promise<Response>
createHttpServer(createNodeHandler(server)).listen(8081);
fastifyApp.register(trilogueFastify(server));
expressApp.use("/api", trilogueExpress(server)); // before express.json()
honoApp.use(trilogueHono(server));

const pool = createNodePool({ allowAddress: isPublicAddress });
const sender = createSender(LibraryWebhooks, (baseUrl) => nodeTransport({ baseUrl, pool }));
await sender.to(subscription.url).bookAdded({ body: book }); // breaker and budget per subscriber

createServer().add(webhooksAt(LibraryWebhooks, { bookAdded: "/hooks/book-added" }), {
  bookAdded: async ({ body }) => remember(body),
});

// The event that people name is the one of generated streams.
declare const written: AsyncGenerator<ServerSentEvent>;
const events: EventStream = written;

void [callbackUrl, events, handle, installShutdown, keepAlive, linkInput, resumeEvents, signedIn];
