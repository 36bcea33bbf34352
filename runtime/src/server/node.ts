import type { SecureServerOptions } from "node:http2";
import { constants } from "node:os";
import { ServiceError } from "../error/service-error.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../http/handler.ts";
import { nodeCodings } from "../http/node-codings.ts";
import { createNodeListener, type NodeListener } from "./node-http.ts";
import { listenClear, listenSecure, type ConnectionLimits, type Listening } from "./node-listen.ts";
import type { ServerCore } from "./server.ts";

/** What a Node server may be told. */
export interface ServeNodeOptions {
  /** Default 0: any free one, see `port` of the result. */
  readonly port?: number;
  /** The address to listen on; default all. */
  readonly host?: string;
  /** Certificate and key, as `tls.createServer` takes them. Then ALPN chooses the version, else the first bytes. */
  readonly tls?: SecureServerOptions;
  readonly http?: HttpHandlerOptions;
  /** How long headers, and a TLS handshake, may take, milliseconds; default 5,000. */
  readonly headersTimeoutMs?: number;
  /**
   * How long a request's body may take to come (of one that is read as it comes, each piece), and a peer to take
   * nothing of what waits for it, milliseconds; default 30,000. With RPC contracts it is the time of whole requests on
   * HTTP/1.1, and ends client streams there, so long ones want HTTP/2.
   */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection is kept, milliseconds; default 60,000, more than clients keep theirs. */
  readonly keepAliveTimeoutMs?: number;
  /** Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Connections at once; default 10,000. */
  readonly maxConnections?: number;
  /** Streams of one HTTP/2 connection; default 250. */
  readonly maxConcurrentStreams?: number;
  /** The longest RPC message that is read, bytes; default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Called with what callers are not told: failures with code unknown, internal or data_loss. */
  readonly onError?: (error: ServiceError, operation: string | undefined) => void;
}

/** A running server. */
export interface NodeServer {
  readonly port: number;
  /** For clients on this machine: `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Stops gracefully: no new connections, HTTP/2 peers get GOAWAY, requests in flight finish. After `graceMs` (default
   * 10,000) the rest is aborted and cut. Closing twice waits for the first.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Serves all contracts of `server` on one port: Connect, gRPC, gRPC-web and HTTP, over HTTP/1.1 and HTTP/2.
 *
 * @throws {ServiceError} failed_precondition when there are proto services and the Connect packages are not installed;
 * rejects with the system's error when the port is taken.
 */
export async function serveNode(server: ServerCore, options: ServeNodeOptions = {}): Promise<NodeServer> {
  const shutdown = new AbortController();
  const limits = limitsOf(options, server);
  const onError = options.onError === undefined ? {} : { onError: options.onError };
  const http = createNodeListener(
    createHttpHandler(server, {
      contentCodings: nodeCodings,
      ...onError,
      ...options.http,
      limits: {
        bodyTimeoutMs: limits.requestTimeoutMs,
        maxHeaderBytes: limits.maxHeaderBytes,
        ...options.http?.limits,
      },
    }),
    {
      requestTimeoutMs: limits.requestTimeoutMs,
      isClosing: () => server.draining,
    },
  );
  const listener = hasRpc(server)
    ? await withRpc(server, { options, limits, fallback: http, shutdown: shutdown.signal })
    : http;
  const at = { port: options.port ?? 0, host: options.host };
  const listening =
    options.tls === undefined
      ? await listenClear(listener, at, limits)
      : await listenSecure(listener, { ...at, tls: options.tls }, limits);
  const { port, family, address } = listening.address;
  const isAny = address === "::" || address === "0.0.0.0";
  const name = isAny ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  let closing: Promise<void> | undefined;
  return {
    port,
    url: `${options.tls === undefined ? "http" : "https"}://${name}:${port}`,
    close: ({ graceMs = 10_000 } = {}) => (closing ??= closeAll(server, { listening, shutdown, graceMs })),
  };
}

/** What a listener for a server of your own may be told. */
export interface NodeHandlerOptions extends HttpHandlerOptions {
  /** How long a peer may take nothing of what waits for it, milliseconds; then it is cut off. Default 30,000. */
  readonly requestTimeoutMs?: number;
}

/**
 * The HTTP contracts of a server as a listener for a `node:http`, `https` or `http2` server of your own:
 * `http.createServer(createNodeHandler(server))`. Limits of connections and headers are that server's.
 */
export function createNodeHandler(server: ServerCore, options: NodeHandlerOptions = {}): NodeListener {
  return createNodeListener(createHttpHandler(server, { contentCodings: nodeCodings, ...options }), {
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    isClosing: () => server.draining,
  });
}

/** What `installShutdown` may be told. */
export interface ShutdownOptions {
  /** Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
  readonly graceMs?: number;
  /** Runs after the servers closed and before the process ends: stores, brokers, telemetry. */
  readonly finally?: () => Promise<void> | void;
}

/**
 * Closes `servers` gracefully on a signal of the process, then lets it end; a second signal ends it at once, with the
 * exit code that shells give it (143 for SIGTERM). Returns how to take it back.
 */
export function installShutdown(
  servers: readonly Pick<NodeServer, "close">[],
  options: ShutdownOptions = {},
): () => void {
  const signals = options.signals ?? ["SIGTERM", "SIGINT"];
  const remove = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    // Whoever asks twice does not want to wait, whatever else listens for signals.
    if (isClosing) process.exit(128 + constants.signals[signal]);
    isClosing = true;
    const grace = options.graceMs === undefined ? {} : { graceMs: options.graceMs };
    void Promise.allSettled(servers.map((server) => server.close(grace))).then(() => {
      remove();
      return options.finally?.();
    });
  };
  for (const signal of signals) process.on(signal, onSignal);
  return remove;
}

async function closeAll(
  server: ServerCore,
  {
    listening,
    shutdown,
    graceMs,
  }: { readonly listening: Listening; readonly shutdown: AbortController; readonly graceMs: number },
): Promise<void> {
  const drained = server.drain({ graceMs });
  const stopped = listening.stop();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([Promise.all([drained, stopped]), late]);
  clearTimeout(timer);
  // Connect ends its handlers by this signal; those that finished do not notice.
  shutdown.abort(new ServiceError("unavailable", "the server is shutting down", { origin: "framework" }));
  listening.destroy();
  await stopped;
}

async function withRpc(
  server: ServerCore,
  {
    options,
    limits,
    fallback,
    shutdown,
  }: {
    readonly options: ServeNodeOptions;
    readonly limits: ConnectionLimits;
    readonly fallback: NodeListener;
    readonly shutdown: AbortSignal;
  },
): Promise<NodeListener> {
  let module: typeof import("./node-rpc.ts");
  try {
    module = await import("./node-rpc.ts");
  } catch (cause) {
    throw new ServiceError(
      "failed_precondition",
      "proto services need @connectrpc/connect, @connectrpc/connect-node and @bufbuild/protobuf: install these",
      { cause },
    );
  }
  return module.createRpcListener(server, {
    fallback,
    shutdownSignal: shutdown,
    requestTimeoutMs: limits.requestTimeoutMs,
    maxMessageBytes: options.maxMessageBytes ?? 4 * 1024 * 1024,
    ...(options.onError === undefined ? {} : { onError: options.onError }),
  });
}

function hasRpc({ services }: ServerCore): boolean {
  return services.some(({ service }) => service.kind === "rpc");
}

function limitsOf(options: ServeNodeOptions, server: ServerCore): ConnectionLimits {
  const { headersTimeoutMs = 5_000, requestTimeoutMs = 30_000 } = options;
  // HTTP contracts time their bodies themselves, by what reads them: long uploads may be longer.
  const isWholeTimed = hasRpc(server);
  return {
    // Node wants the part within the whole.
    headersTimeoutMs: isWholeTimed ? Math.min(headersTimeoutMs, requestTimeoutMs) : headersTimeoutMs,
    requestTimeoutMs,
    isWholeTimed,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? 60_000,
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
    maxConnections: options.maxConnections ?? 10_000,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 250,
  };
}
