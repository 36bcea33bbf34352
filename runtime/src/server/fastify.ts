import { METHODS, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Context } from "../call/context.ts";
import type { HttpService } from "../descriptor/http.ts";
import { ServiceError } from "../error/service-error.ts";
import { createHttpRouting, type HttpRouting } from "../http/handler.ts";
import { slicedBytes, sliceBytes } from "../http/bytes.ts";
import type { HttpResponse } from "../http/message.ts";
import { literalOf, parsePathTemplate } from "../http/path-template.ts";
import { encodeError } from "../http/encode-reply.ts";
import { createFrameworkRequests, findOurs, withoutPrefix, type FrameworkOptions } from "./framework.ts";
import { nodeCodings } from "../http/node-codings.ts";
import { cutStalled } from "./node-guards.ts";
import { groupHeaders, hasBody, isAdded, targetOf, toBody, toHttpRequest } from "./node-http.ts";
import type { ServerCore } from "./server.ts";

/** What of Fastify's request the mount reads; that of Fastify 5 is such. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly body: unknown;
}

/** A plugin of Fastify 5. Not wrapped by `fastify-plugin`: what it sets up is its own context's alone. */
export type FastifyMount = (
  instance: { readonly prefix: string },
  options: { readonly prefix?: string },
) => Promise<void>;

/** What the mount may be told. */
export interface FastifyOptions extends FrameworkOptions {
  /** How long a peer may take nothing of what waits for it, milliseconds; then it is cut off. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Whether closing the app drains the server before, with up to `graceMs` (default 10,000). Default true. */
  readonly drainOnClose?: boolean;
  readonly graceMs?: number;
}

/** The parts of Fastify's reply that are used. */
interface Reply {
  readonly raw: ServerResponse;
  code(status: number): Reply;
  header(name: string, value: string | readonly string[]): Reply;
  getHeader(name: string): number | string | string[] | undefined;
  removeHeader(name: string): Reply;
  send(body?: unknown): Reply;
  callNotFound(): void;
}

/** Likewise of its instances. */
interface Instance {
  readonly prefix: string;
  readonly log: { error(fields: object, message: string): void };
  readonly supportedMethods: readonly string[];
  addHttpMethod(method: string, options: { readonly hasBody: boolean }): void;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parse: (request: unknown, payload: Readable, done: (error: null, body: Readable) => void) => void,
  ): void;
  setErrorHandler(handle: (error: { readonly code?: unknown }, request: unknown, reply: Reply) => unknown): void;
  addHook(name: "preClose", run: () => Promise<void>): void;
  route(options: {
    readonly method: readonly string[];
    readonly url: string;
    readonly exposeHeadRoute: false;
    readonly handler: (request: FastifyRequestLike, reply: Reply) => Promise<unknown>;
  }): void;
}

interface Mount {
  readonly server: ServerCore;
  readonly routing: HttpRouting;
  readonly instance: Instance;
  readonly options: FastifyOptions;
}

/**
 * The HTTP contracts of a server as a Fastify plugin: `app.register(trilogueFastify(server))`, also under a prefix,
 * `app.register(trilogueFastify(server), { prefix: "/api" })`.
 *
 * It adds a route for each path of the contracts without parameters, and one with `*` for each that has some. So
 * Fastify's order of routes holds: more specific ones of the app win. What comes to a `*` and is no path of the
 * contracts goes to the app's not-found handler. Hooks of the app run as for its own routes, its parsers of bodies
 * don't: bodies are read as the contract says. Headers that hooks set stay on the answer. Failures of which callers are
 * not told go to the app's log, unless `onError` is given.
 */
export function trilogueFastify(server: ServerCore, options: FastifyOptions = {}): FastifyMount {
  const { errors, ...http } = options;
  return async (given) => {
    const instance = given as Instance;
    const routing = createHttpRouting(server, {
      contentCodings: nodeCodings,
      onError: (error, operation) => {
        instance.log.error({ err: error, operation }, "an operation failed");
      },
      ...http,
      passErrors: errors === "framework",
    });
    const mount: Mount = { server, routing, instance, options };
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser("*", (_request, payload, done) => {
      done(null, payload);
    });
    instance.setErrorHandler(async (error, _request, reply) => {
      // Anything else is the app's: its own handler gets it.
      if (error.code !== "FST_ERR_CTP_INVALID_MEDIA_TYPE") throw error;
      return send(reply, encodeError(brokenContentType()));
    });
    if (options.drainOnClose !== false) {
      instance.addHook("preClose", () => server.drain({ graceMs: options.graceMs ?? 10_000 }));
    }
    const method = methodsOf(instance, server);
    for (const url of urlsOf(server, instance.prefix)) {
      instance.route({
        method,
        url,
        exposeHeadRoute: false,
        handler: (request, reply) => answer(mount, request, reply),
      });
    }
  };
}

/** Fastify's request of a call, in its handler; undefined when the call came another way. */
export function fastifyRequest<Request extends FastifyRequestLike = FastifyRequestLike>(
  ctx: Pick<Context<any>, "headers">,
): Request | undefined {
  return requests.find(ctx) as Request | undefined;
}

const requests = createFrameworkRequests<FastifyRequestLike>();

async function answer(mount: Mount, request: FastifyRequestLike, reply: Reply): Promise<unknown> {
  const { raw } = request;
  const whole = targetOf(raw.url);
  const found = findOurs(mount.routing, raw.method ?? "", [withoutPrefix(whole, mount.instance.prefix), whole]);
  if (found === undefined) {
    reply.callNotFound();
    return reply;
  }
  cutStalled(reply.raw, mount.options.requestTimeoutMs ?? 30_000);
  const { message, dispose } = toHttpRequest(raw, reply.raw, { target: found.target });
  requests.keep(message.headers, request);
  reply.raw.once("close", dispose);
  const body = hasBody(raw) ? toBody(request.body instanceof Readable ? request.body : raw) : undefined;
  const response = await mount.routing.answer({ ...message, body }, found.route);
  if (mount.server.draining) reply.header("connection", "close");
  return send(reply, response);
}

function send(reply: Reply, { status, headers, body }: HttpResponse): Reply {
  reply.code(status);
  for (const [name, values] of groupHeaders(headers)) {
    const before = isAdded(name) ? reply.getHeader(name) : undefined;
    // Fastify adds up cookies by itself.
    if (before === undefined || name === "set-cookie") reply.header(name, values);
    else reply.removeHeader(name).header(name, [before, values].flat().join(", "));
  }
  if (body === undefined) return reply.send();
  if (!(body instanceof Uint8Array)) return reply.send(Readable.from(body, { objectMode: false }));
  // Of one long write nothing tells whether the peer is slow or takes nothing.
  if (body.byteLength > slicedBytes) {
    reply.header("content-length", String(body.byteLength));
    return reply.send(Readable.from(sliceBytes(body), { objectMode: false }));
  }
  return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

/** All methods that Fastify knows, so that those which a path lacks are answered 405; and those of the contracts. */
function methodsOf(instance: Instance, server: ServerCore): readonly string[] {
  const known = new Set(instance.supportedMethods);
  for (const { service } of server.services) {
    if (service.kind !== "http") continue;
    for (const { method } of Object.values((service as HttpService).operations) as { readonly method: string }[]) {
      // Others can't come: Node's parser refuses them.
      if (known.has(method) || !METHODS.includes(method)) continue;
      instance.addHttpMethod(method, { hasBody: true });
      known.add(method);
    }
  }
  return [...known];
}

/** Routes of Fastify that reach every path of the contracts: literal ones, and literal beginnings with `*`. */
function urlsOf(server: ServerCore, prefix: string): ReadonlySet<string> {
  const urls = new Set<string>();
  for (const { service } of server.services) {
    if (service.kind !== "http") continue;
    const { operations, basePaths = [""] } = service as HttpService;
    for (const { path } of Object.values(operations) as { readonly path: string }[]) {
      for (const base of basePaths) {
        const whole = base.replace(/\/+$/, "") + path;
        urls.add(urlOf(whole));
        // Registered below its own base path, a contract keeps it in its paths, and Fastify puts the prefix before.
        const rest = prefix === "" ? undefined : withoutPrefix(whole, prefix);
        if (rest !== undefined) urls.add(urlOf(rest));
      }
    }
  }
  return urls;
}

function urlOf(path: string): string {
  let url = "";
  for (const segment of parsePathTemplate(path)) {
    const literal = literalOf(segment);
    // A star of the contract would be one of Fastify's.
    if (literal === undefined || literal.includes("*")) return `${url}/*`;
    url += `/${literal.replaceAll(":", "::")}`;
  }
  return url;
}

function brokenContentType(): ServiceError {
  return new ServiceError("invalid_argument", "the content type is malformed", {
    reason: "UNSUPPORTED_MEDIA_TYPE",
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
  });
}
