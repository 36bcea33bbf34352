import type { Context } from "../call/context.ts";
import { createHttpRouting } from "../http/handler.ts";
import { stallLimitOf, toHttpRequest, toResponse } from "./fetch.ts";
import {
  bodyTakenError,
  createFrameworkRequests,
  findOurs,
  withoutPrefix,
  type FrameworkOptions,
} from "./framework.ts";
import { cutStalled } from "./node-guards.ts";
import type { NodeResponse } from "./node-http.ts";
import type { ServerCore } from "./server.ts";

/** What of Hono's context the mount reads; that of Hono 4 is such. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request;
    /** The pattern that the middleware was registered by. */
    readonly routePath?: string;
    readonly bodyCache?: object;
    arrayBuffer(): Promise<ArrayBuffer>;
  };
  /** What the platform gives: on Node, `outgoing` is its response. */
  readonly env?: unknown;
  header(name: string, value: string, options: { readonly append: boolean }): void;
  /** With the headers that were set before. */
  newResponse(body: ReadableStream | null, init: Response): Response;
}

/** Middleware of Hono. */
export type HonoMiddleware = (c: HonoContext, next: () => Promise<void>) => Promise<Response | void>;

/** What the mount may be told. */
export interface HonoOptions extends FrameworkOptions {
  /**
   * What stands before the contracts' paths, `/api`. Default: what the pattern says that the middleware is registered
   * by, as in `app.use("/api/*", ...)` and in `app.route("/api", sub)`, as long as it has no parameters.
   */
  readonly prefix?: string;
  /**
   * How long a peer may take nothing of what waits for it, milliseconds; then it is cut off. Default 30,000. On
   * platforms other than Node this ends the handlers of streams, and the sockets are the platform's to cut.
   */
  readonly requestTimeoutMs?: number;
}

/**
 * The HTTP contracts of a server as Hono middleware: `app.use(trilogueHono(server))`, also under a prefix,
 * `app.use("/api/*", trilogueHono(server))`. Paths of the contracts are answered, with 405 for methods that they lack;
 * everything else goes on to `next()`.
 *
 * A body that was read before by `c.req.text()`, `json()` or `arrayBuffer()` is taken from Hono; after `formData()`,
 * `parseBody()` and readers of `c.req.raw`, Hono's `onError` gets an error that says so.
 */
export function trilogueHono(server: ServerCore, options: HonoOptions = {}): HonoMiddleware {
  const { errors, prefix, ...http } = options;
  const limit = stallLimitOf(options);
  // Where the socket is known, that is what is cut.
  const unlimited = { ...limit, timeoutMs: Infinity };
  const routing = createHttpRouting(server, { ...http, passErrors: errors === "framework" });
  return async (c, next) => {
    const { raw } = c.req;
    const whole = raw.url.slice(pathStart(raw.url)) || "/";
    const found = findOurs(routing, raw.method, [withoutPrefix(whole, prefix ?? prefixOf(c.req.routePath)), whole]);
    if (found === undefined) return next();
    const { route, target } = found;
    const node = nodeResponseOf(c);
    if (node !== undefined) cutStalled(node, limit.timeoutMs);
    const body = raw.bodyUsed ? await takeBody(c, target) : undefined;
    const message = toHttpRequest(raw, body === undefined ? { target } : { target, body });
    requests.keep(message.headers, c);
    return send(
      c,
      toResponse(await routing.answer(message, route), raw.method, node === undefined ? limit : unlimited),
    );
  };
}

/** Node's response below `@hono/node-server`; other platforms have none. */
function nodeResponseOf({ env }: HonoContext): NodeResponse | undefined {
  const { outgoing } = (env ?? {}) as { readonly outgoing?: Partial<NodeResponse> };
  return typeof outgoing?.writeHead === "function" ? (outgoing as NodeResponse) : undefined;
}

/** The answer with what the app said before in headers; what it varies by adds up, as cookies do by Hono itself. */
function send(c: HonoContext, response: Response): Response {
  const vary = response.headers.get("vary");
  if (vary !== null) {
    c.header("vary", vary, { append: true });
    response.headers.delete("vary");
  }
  return c.newResponse(response.body, response);
}

/** Hono's context of a call, in its handler; undefined when the call came another way. */
export function honoContext<Ctx extends HonoContext = HonoContext>(
  ctx: Pick<Context<any>, "headers">,
): Ctx | undefined {
  return requests.find(ctx) as Ctx | undefined;
}

const requests = createFrameworkRequests<HonoContext>();

function prefixOf(routePath = ""): string {
  return /^[^:*]*\/\*$/.test(routePath) ? routePath.slice(0, -2) : "";
}

/** Where the path begins in an absolute URL; the text stays as it came, which `URL` would not leave it. */
function pathStart(url: string): number {
  const at = url.indexOf("/", url.indexOf("://") + 3);
  return at < 0 ? url.length : at;
}

async function takeBody(c: HonoContext, target: string): Promise<Uint8Array> {
  const cached = Object.keys(c.req.bodyCache ?? {});
  if (cached.some((name) => name === "text" || name === "arrayBuffer" || name === "blob")) {
    return new Uint8Array(await c.req.arrayBuffer());
  }
  const help = "put app.use(trilogueHono(server)) before what reads c.req.raw or forms";
  throw bodyTakenError(c.req.raw.method, target, help);
}
