import { connectNodeAdapter } from "@connectrpc/connect-node";
import { connectRoutes, type ConnectRoutesOptions } from "../rpc/router.ts";
import { refuse, type NodeListener, type NodeRequest, type NodeResponse } from "./node-http.ts";
import type { ServerCore } from "./server.ts";

/** What the RPC part of a Node server is told. */
export interface NodeRpcOptions extends ConnectRoutesOptions {
  /** The longest message that is read, bytes. */
  readonly maxMessageBytes: number;
  /** Fires when what is left must stop. */
  readonly shutdownSignal: AbortSignal;
  /** Requests that are no RPC. */
  readonly fallback: NodeListener;
}

/** Connect, gRPC and gRPC-web for the proto services of `server`. Only this module needs the Connect packages. */
export function createRpcListener(server: ServerCore, options: NodeRpcOptions): NodeListener {
  const adapter = connectNodeAdapter({
    routes: connectRoutes(server, options),
    readMaxBytes: options.maxMessageBytes,
    shutdownSignal: options.shutdownSignal,
    fallback: (request, response) => {
      options.fallback(request as NodeRequest, response as NodeResponse);
    },
  });
  return (request, response) => {
    try {
      adapter(request as Parameters<typeof adapter>[0], response as Parameters<typeof adapter>[1]);
    } catch {
      // Requests without a host, or with one that makes no URL: the adapter throws before it can answer.
      refuse(response, 400);
    }
  };
}
