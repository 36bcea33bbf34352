import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { ServiceError } from "../error/service-error.ts";
import { refusal } from "../http/decode-request.ts";
import { encodeError } from "../http/encode-reply.ts";
import { waitForBody } from "./node-continue.ts";
import type { NodeListener, NodeRequest, NodeResponse } from "./node-http.ts";

/** Limits of connections. */
export interface ConnectionLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Whether whole requests of HTTP/1.1 have `requestTimeoutMs`; else only what reads them watches over that. */
  readonly isWholeTimed: boolean;
  readonly keepAliveTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  readonly maxConcurrentStreams: number;
}

/** A listening server of both versions. */
export interface Listening {
  readonly address: AddressInfo;
  /** No new connections; idle ones are closed, HTTP/2 peers are told to go. Resolves when all are gone. */
  stop(): Promise<void>;
  /** Cuts what is left. */
  destroy(): void;
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Listens in clear text, HTTP/1.1 and HTTP/2 with prior knowledge on one port, told apart by the first bytes. */
export function listenClear(
  listener: NodeListener,
  at: { readonly port: number; readonly host: string | undefined },
  limits: ConnectionLimits,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const busy: Busy = { open: new WeakMap(), isStopping: false };
  const one = http.createServer(http1Options(limits), trackRequests(listener, busy));
  const two = http2.createServer(
    http2Options(limits),
    listener as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void,
  );
  one.on("checkContinue", waitForBody(trackRequests(listener, busy)));
  two.on("checkContinue", waitForBody(listener));
  two.on("session", (session) => {
    trackSession(sessions, session, limits);
  });
  two.on("sessionError", () => undefined);
  // The HTTP/1.1 server is the one that listens, because only then does it enforce its timeouts.
  const accept = one.listeners("connection") as ((socket: Socket) => void)[];
  one.removeAllListeners("connection");
  one.on("connection", (socket: Socket) => {
    trackSocket(sockets, socket);
    sniff(socket, limits.headersTimeoutMs, (isHttp2) => {
      if (isHttp2) two.emit("connection", socket);
      else for (const take of accept) take.call(one, socket);
    });
  });
  one.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    onClientError(error, socket, busy);
  });
  return listen(one, at, { sockets, sessions, limits, busy });
}

/** Listens with TLS; ALPN chooses the version. */
export function listenSecure(
  listener: NodeListener,
  at: { readonly port: number; readonly host: string | undefined; readonly tls: http2.SecureServerOptions },
  limits: ConnectionLimits,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const busy: Busy = { open: new WeakMap(), isStopping: false };
  const server = http2.createSecureServer(
    {
      ...http1Options(limits),
      ...http2Options(limits),
      allowHTTP1: true,
      handshakeTimeout: limits.headersTimeoutMs,
      ...at.tls,
    },
    trackRequests(listener, busy) as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void,
  );
  server.on("checkContinue", waitForBody(trackRequests(listener, busy)));
  Object.assign(server, {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.isWholeTimed ? limits.requestTimeoutMs : 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  server.on("session", (session) => {
    trackSession(sessions, session, limits);
  });
  server.on("sessionError", () => undefined);
  server.on("connection", (socket: Socket) => {
    trackSocket(sockets, socket);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    onClientError(error, socket, busy);
  });
  server.on("tlsClientError", () => undefined);
  return listen(server, at, { sockets, sessions, limits, busy });
}

interface Connections {
  readonly sockets: Set<Socket>;
  readonly sessions: Set<http2.ServerHttp2Session>;
  readonly limits: ConnectionLimits;
  readonly busy: Busy;
}

type AnyServer = http.Server | http2.Http2SecureServer;

function listen(
  server: AnyServer,
  at: { readonly port: number; readonly host: string | undefined },
  connections: Connections,
): Promise<Listening> {
  server.maxConnections = connections.limits.maxConnections;
  // Beyond Node's own number headers would be left out silently; their bytes are limited, and mounts count names.
  Object.assign(server, { maxHeadersCount: 0 });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: at.port, ...(at.host === undefined ? {} : { host: at.host }) }, () => {
      server.off("error", reject);
      // Accept errors (too many open files) must not end the process; the next connection is tried again.
      server.on("error", () => undefined);
      resolve({
        address: server.address() as AddressInfo,
        stop: () => stop(server, connections),
        destroy: () => {
          for (const socket of connections.sockets) socket.destroy();
        },
      });
    });
  });
}

function stop(server: AnyServer, { sockets, sessions, busy }: Connections): Promise<void> {
  busy.isStopping = true;
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  if ("closeIdleConnections" in server) server.closeIdleConnections();
  for (const session of sessions) session.close();
  for (const socket of sockets) if (sniffing.has(socket)) socket.destroy();
  return closed;
}

function http1Options(limits: ConnectionLimits): http.ServerOptions {
  return {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.isWholeTimed ? limits.requestTimeoutMs : 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
  };
}

function http2Options(limits: ConnectionLimits): http2.ServerOptions {
  return {
    // Beyond this Node cuts the stream; what is less, and more than is served, is answered 431.
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: 4 * limits.maxHeaderBytes },
    // A header counts as 32 bytes and its text (RFC 9113 section 6.5.2), so the bytes are what limits.
    maxHeaderListPairs: Math.max(128, limits.maxHeaderBytes / 8),
    unknownProtocolTimeout: limits.headersTimeoutMs,
  };
}

function trackSocket(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => {
    sockets.delete(socket);
  });
  // Resets of peers; every protocol above has its own handling, this one only keeps the process alive.
  socket.on("error", () => undefined);
}

function trackSession(
  sessions: Set<http2.ServerHttp2Session>,
  session: http2.ServerHttp2Session,
  limits: ConnectionLimits,
): void {
  sessions.add(session);
  session.once("close", () => {
    sessions.delete(session);
  });
  session.on("error", () => undefined);
  // A connection without requests is idle, whatever else comes on it: pings, or headers that never end.
  let open = 0;
  const timer = setTimeout(() => {
    if (open > 0) return;
    session.close();
    // What left before the peer knew is served still; half a request would hold the connection for ever.
    setTimeout(() => {
      if (open === 0) session.destroy();
    }, limits.headersTimeoutMs).unref();
  }, limits.keepAliveTimeoutMs);
  session.once("close", () => {
    clearTimeout(timer);
  });
  session.on("stream", (stream) => {
    open += 1;
    stream.once("close", () => {
      open -= 1;
      if (open === 0 && !session.destroyed) timer.refresh();
    });
  });
}

const sniffing = new WeakSet<Socket>();

function sniff(socket: Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  sniffing.add(socket);
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => {
    socket.destroy();
  }, timeoutMs);
  const end = (): void => {
    clearTimeout(timer);
    sniffing.delete(socket);
    socket.off("data", onData).off("close", end);
  };
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const text = seen.toString("latin1", 0, preface.length);
    const isPossible = preface.startsWith(text);
    if (isPossible && text.length < preface.length) return;
    end();
    socket.pause();
    socket.unshift(seen);
    decide(isPossible);
    // HTTP/2 takes what was read from the socket itself; letting it flow would lose the preface.
    if (!isPossible) socket.resume();
  };
  socket.on("data", onData).once("close", end);
}

interface Busy {
  /** Requests of HTTP/1.1 connections that are not answered yet, in their order. */
  readonly open: WeakMap<object, Set<Exchange>>;
  isStopping: boolean;
}

interface Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
}

/**
 * Calls the listener for one request of an HTTP/1.1 connection after the other: Node hands over all that came at once,
 * a thousand in a packet, and would hold the answers to all of them until the peer takes the first.
 */
function trackRequests(listener: NodeListener, busy: Busy): NodeListener {
  return (request, response) => {
    if (request.httpVersionMajor >= 2) {
      listener(request, response);
      return;
    }
    const { socket } = request;
    const open = busy.open.get(socket) ?? new Set();
    const exchange: Exchange = { request, response };
    busy.open.set(socket, open.add(exchange));
    (response as http.ServerResponse).once("close", () => {
      open.delete(exchange);
      const [next] = open;
      if (next !== undefined && !socket.destroyed) listener(next.request, next.response);
      // Answers that began before the end said that their connection is kept; nobody needs it any more.
      else if (busy.isStopping && open.size === 0) socket.destroySoon();
    });
    if (open.size === 1) listener(request, response);
  };
}

/** Whether a status written now would be taken for the answer to what went wrong, and not to something else. */
function canAnswer(open: ReadonlySet<Exchange> = new Set()): boolean {
  const [only] = open;
  if (only === undefined) return true;
  // A request that is whole is not the one that is broken: that one came behind it.
  return open.size === 1 && !only.request.complete && !only.response.headersSent;
}

/** Answers what is no request, or one that took too long. */
function onClientError(error: NodeJS.ErrnoException, socket: Socket, busy: Busy): void {
  if (!socket.writable || error.code === "ECONNRESET" || !canAnswer(busy.open.get(socket))) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(refusalOf(error.code)));
  // A peer that does not close its side as well would hold the connection for ever.
  socket.destroySoon();
}

function refusalOf(code: string | undefined): ServiceError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return refusal("invalid_argument", "HEADERS_TOO_LARGE", "the headers are too large");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return refusal("deadline_exceeded", "REQUEST_TIMEOUT", "the request did not come in time");
    default:
      return refusal("invalid_argument", "MALFORMED_REQUEST", "this is no request of HTTP");
  }
}

/** A problem document as an answer of HTTP/1.1, for connections without a response to write to. */
function rawAnswer(error: ServiceError): string {
  const { status, headers, body } = encodeError(error);
  const text = Buffer.from(body as Uint8Array).toString();
  const lines = [...headers, ["connection", "close"], ["content-length", String(Buffer.byteLength(text))]];
  const head = lines.map(([name = "", value = ""]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ""}\r\n${head}\r\n${text}`;
}
