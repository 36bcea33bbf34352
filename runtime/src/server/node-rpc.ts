import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { OperationBase } from "../descriptor/operation.ts";
import { connectRoutes, type ConnectRoutesOptions } from "../rpc/router.ts";
import { methodOf } from "../rpc/transport.ts";
import { cutStalled, limitBody } from "./node-guards.ts";
import { refuse, type NodeListener } from "./node-http.ts";
import type { ServerCore } from "./server.ts";

/** What the RPC part of a Node server is told. */
export interface NodeRpcOptions extends ConnectRoutesOptions {
  /** The longest message that is read, bytes. */
  readonly maxMessageBytes: number;
  /**
   * How long a single message may take to come on HTTP/2, and a peer to take nothing of what waits for it, milliseconds.
   * Client streams have no limit there.
   */
  readonly requestTimeoutMs: number;
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
  });
  const paths = findPaths(server);
  return (request, response) => {
    const takesStream = paths.get(request.url?.split("?", 1)[0] ?? "");
    if (takesStream === undefined) {
      options.fallback(request, response);
      return;
    }
    if (!takesStream) limitBody(request, options.requestTimeoutMs);
    cutStalled(response, options.requestTimeoutMs);
    try {
      adapter(request as Parameters<typeof adapter>[0], response as Parameters<typeof adapter>[1]);
    } catch {
      // Requests without a host, or with one that makes no URL: the adapter throws before it can answer.
      refuse(response, 400);
    }
  };
}

/** The paths of all RPC operations, and whether they take a stream. */
function findPaths(server: ServerCore): ReadonlyMap<string, boolean> {
  const paths = new Map<string, boolean>();
  for (const { service } of server.services) {
    if (service.kind !== "rpc") continue;
    for (const operation of Object.values(service.operations) as OperationBase[]) {
      if (operation.kind !== "rpc") continue;
      const { parent, name, methodKind } = methodOf(operation);
      paths.set(`/${parent.typeName}/${name}`, methodKind === "client_streaming" || methodKind === "bidi_streaming");
    }
  }
  return paths;
}
