import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "../call/context.ts";
import { createHttpRouting } from "../http/handler.ts";
import { bodyTakenError, createFrameworkRequests, findOurs, type FrameworkOptions } from "./framework.ts";
import { nodeCodings } from "../http/node-codings.ts";
import { answerNode, hasBody, targetOf } from "./node-http.ts";
import type { ServerCore } from "./server.ts";

/** What of Express's request the mount reads; those of Express 4 and 5, and of connect, are such. */
export interface ExpressRequest extends IncomingMessage {
  readonly originalUrl?: string;
}

/** Middleware of Express and connect. */
export type ExpressMiddleware = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What the mount may be told. */
export interface ExpressOptions extends FrameworkOptions {
  /** How long a peer may take nothing of what waits for it, milliseconds; then it is cut off. Default 30,000. */
  readonly requestTimeoutMs?: number;
}

/**
 * The HTTP contracts of a server as Express middleware: `app.use(trilogueExpress(server))`, also under a prefix,
 * `app.use("/api", trilogueExpress(server))`. Paths of the contracts are answered, with 405 for methods that they lack;
 * everything else goes on to `next()`.
 *
 * Put it before `express.json()` and other parsers of bodies: it reads bodies itself, as the contract says. Behind a
 * parser that keeps the bytes (`express.raw()`, or `request.rawBody`) it works too; behind any other one, `next` gets
 * an error that says so.
 */
export function trilogueExpress(server: ServerCore, options: ExpressOptions = {}): ExpressMiddleware {
  const { errors, requestTimeoutMs = 30_000, ...http } = options;
  const routing = createHttpRouting(server, {
    contentCodings: nodeCodings,
    ...http,
    passErrors: errors === "framework",
  });
  const node = { requestTimeoutMs, isClosing: () => server.draining };
  return (request, response, next) => {
    const method = request.method ?? "";
    const found = findOurs(routing, method, [targetOf(request.url), targetOf(request.originalUrl ?? request.url)]);
    if (found === undefined) {
      next();
      return;
    }
    const { route, target } = found;
    const isTaken = hasBody(request) && (request.readableDidRead || request.readableEnded);
    const body = isTaken ? bytesOf(request) : undefined;
    if (isTaken && body === undefined) {
      next(bodyTakenError(method, target, "put app.use(trilogueExpress(server)) before express.json() and its like"));
      return;
    }
    answerNode({
      request,
      response,
      options: node,
      target,
      body,
      onFailure: next,
      handler: (message) => {
        requests.keep(message.headers, request);
        return routing.answer(message, route);
      },
    });
  };
}

/** Express's request of a call, in its handler; undefined when the call came another way. */
export function expressRequest<Request extends ExpressRequest = ExpressRequest>(
  ctx: Pick<Context<any>, "headers">,
): Request | undefined {
  return requests.find(ctx) as Request | undefined;
}

const requests = createFrameworkRequests<ExpressRequest>();

/** The bytes that a parser kept. */
function bytesOf(request: ExpressRequest): Uint8Array | undefined {
  const { rawBody, body } = request as { readonly rawBody?: unknown; readonly body?: unknown };
  return [rawBody, body].find((value): value is Uint8Array => value instanceof Uint8Array);
}
