import { createConnectRouter } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { connectRoutes, type ConnectRoutesOptions } from "../rpc/router.ts";
import { cut, cutStalled, limitBody } from "./node-guards.ts";
import { refuse, type NodeListener, type NodeRequest, type NodeResponse } from "./node-http.ts";
import type { ServerCore } from "./server.ts";

/** What the RPC part of a Node server is told. */
export interface NodeRpcOptions extends ConnectRoutesOptions {
  /** The longest message that is read, bytes, unpacked. */
  readonly maxMessageBytes: number;
  /**
   * How long a single message may take to come on HTTP/2, and a peer to take nothing of what waits for it,
   * milliseconds. Client streams have no limit there.
   */
  readonly requestTimeoutMs: number;
  /** Fires when what is left must stop. */
  readonly shutdownSignal: AbortSignal;
  /** Requests that are no RPC. */
  readonly fallback: NodeListener;
}

type RpcHandler = ReturnType<typeof createConnectRouter>["handlers"][number];

/** Connect, gRPC and gRPC-web for the proto services of `server`. Only this module needs the Connect packages. */
export function createRpcListener(server: ServerCore, options: NodeRpcOptions): NodeListener {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: options.maxMessageBytes,
    shutdownSignal: options.shutdownSignal,
  });
  connectRoutes(server, options)(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (handler === undefined) options.fallback(request, response);
    else answer(handler, { request, response, requestTimeoutMs: options.requestTimeoutMs });
  };
}

interface Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly requestTimeoutMs: number;
}

function answer(handler: RpcHandler, { request, response, requestTimeoutMs }: Exchange): void {
  const { methodKind } = handler.method;
  if (methodKind === "unary" || methodKind === "server_streaming") limitBody(request, requestTimeoutMs);
  cutStalled(response, requestTimeoutMs);
  const incoming = read(request, response);
  if (incoming === undefined) {
    refuse(response, 400);
    return;
  }
  handler(incoming)
    .then((answered) => universalResponseToNodeResponse(answered, response as OutgoingResponse))
    .catch(() => {
      // Errors of handlers are answers; only a peer that left gets here, or a response that broke half way.
      cut(response);
    });
}

type IncomingRequest = Parameters<typeof universalRequestFromNodeRequest>[0];
type OutgoingResponse = Parameters<typeof universalResponseToNodeResponse>[1];

function read(
  request: NodeRequest,
  response: NodeResponse,
): ReturnType<typeof universalRequestFromNodeRequest> | undefined {
  try {
    return universalRequestFromNodeRequest(
      request as IncomingRequest,
      response as OutgoingResponse,
      undefined,
      undefined,
    );
  } catch {
    // Requests without a host, or with one that makes no URL.
    return undefined;
  }
}
