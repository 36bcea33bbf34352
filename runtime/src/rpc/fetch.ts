import { createConnectRouter } from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import type { ServerCore } from "../server/server.ts";
import { connectRoutes, type ConnectRoutesOptions } from "./router.ts";

/** What the RPC part of a fetch server may be told. */
export interface ConnectFetchOptions extends ConnectRoutesOptions {
  /** The longest message that is read, bytes; default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Answers what is no RPC: usually `createFetchHandler(server)` of `./server/fetch`. Default: 404. */
  readonly fallback?: (request: Request) => Promise<Response>;
}

/**
 * The proto services of a server as a plain fetch handler, over Connect and gRPC-web. gRPC is not possible there,
 * because fetch has no trailers.
 */
export function createConnectFetchHandler(
  server: ServerCore,
  options: ConnectFetchOptions = {},
): (request: Request) => Promise<Response> {
  const router = createConnectRouter({ grpc: false, readMaxBytes: options.maxMessageBytes ?? 4 * 1024 * 1024 });
  connectRoutes(server, options)(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, createFetchHandler(handler)]));
  const fallback = options.fallback ?? (() => Promise.resolve(new Response(null, { status: 404 })));
  return (request) => (handlers.get(new URL(request.url).pathname) ?? fallback)(request);
}
