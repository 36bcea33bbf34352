import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { httpTransport, type HttpTransportOptions } from "../http/transport.ts";
import type { HttpBody, HttpRequest, HttpResponse } from "../http/message.ts";
import { ServiceError } from "../error/service-error.ts";
import { causeCodes } from "../wire/network-cause.ts";
import type { Transport } from "./transport.ts";

/** What a Node transport may be told. */
export interface NodeTransportOptions extends HttpTransportOptions {
  /** Where the target is, with the base path of the contract's `servers`: `https://api.example.com/v2`. */
  readonly baseUrl: string | URL;
  /** Connections in all; default 100. */
  readonly maxConnections?: number;
  /** Connections to one host; default 10. More calls wait for one to be free. */
  readonly maxConnectionsPerHost?: number;
  /** How long an idle connection is kept, milliseconds; default 30,000. Servers should keep theirs longer. */
  readonly idleMs?: number;
  /** TLS: the authorities to trust, a client certificate, the server's name; as `https.request` takes them. */
  readonly tls?: Pick<
    https.AgentOptions,
    "ca" | "cert" | "key" | "passphrase" | "servername" | "rejectUnauthorized" | "minVersion"
  >;
}

interface Target {
  readonly url: URL;
  readonly agent: http.Agent;
  readonly request: typeof http.request;
}

/**
 * A transport for HTTP contracts over Node's HTTP/1.1 client, with its own keep-alive pool. Failures before a
 * connection stood are `sent: "no"`; a kept connection that the server closed under the request is `sent: "maybe"`.
 *
 * @throws {TypeError} when `baseUrl` is none, or is not http or https.
 */
export function nodeTransport(options: NodeTransportOptions): Transport<"http"> {
  const url = new URL(options.baseUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError("baseUrl must be http or https");
  const pool: http.AgentOptions = {
    keepAlive: true,
    maxSockets: options.maxConnectionsPerHost ?? 10,
    maxTotalSockets: options.maxConnections ?? 100,
    timeout: options.idleMs ?? 30_000,
    scheduling: "lifo",
  };
  const secure = url.protocol === "https:";
  const target: Target = {
    url,
    request: secure ? https.request : http.request,
    agent: secure ? new https.Agent({ ...pool, ...options.tls }) : new http.Agent(pool),
  };
  return httpTransport({
    ...options,
    authority: url.host,
    basePath: `${url.pathname.replace(/\/+$/, "")}${options.basePath ?? ""}`,
    send: (request) => send(target, request),
    close: () => closeIdle(target.agent),
  });
}

function send(target: Target, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = target.request({
      protocol: target.url.protocol,
      hostname: target.url.hostname.replace(/^\[|\]$/g, ""),
      agent: target.agent,
      ...(target.url.port === "" ? {} : { port: Number(target.url.port) }),
      method: request.method,
      path: request.target,
      headers: Object.fromEntries(request.headers),
      signal: request.signal,
    });
    let socket: Socket | undefined;
    let isConnected = false;
    outgoing.once("socket", (assigned) => {
      socket = assigned;
      isConnected = !assigned.connecting;
      if (assigned.connecting)
        assigned.once("connect", () => {
          isConnected = true;
        });
    });
    outgoing.on("error", (error) => {
      // Without a socket, or before it stood, nothing of the request can have left.
      reject(socket === undefined || !isConnected ? unsent(error, request.signal) : error);
    });
    outgoing.once("response", (response) => {
      resolve(toResponse(response, request.method));
    });
    writeBody(outgoing, request.body).catch((error: unknown) => {
      outgoing.destroy(error as Error);
    });
  });
}

function unsent(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return error;
  const [code] = causeCodes(error);
  return new ServiceError("unavailable", `no connection${code === undefined ? "" : `: ${code}`}`, {
    cause: error,
    origin: "transport",
    sent: "no",
  });
}

async function writeBody(outgoing: http.ClientRequest, body: HttpBody | undefined): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  for await (const chunk of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          outgoing.off("drain", go).off("close", go);
          resolve();
        };
        outgoing.on("drain", go).on("close", go);
      });
    }
  }
  outgoing.end();
}

function toResponse(response: http.IncomingMessage, method: string): HttpResponse {
  const status = response.statusCode ?? 0;
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
    headers.push([(response.rawHeaders[at] ?? "").toLowerCase(), response.rawHeaders[at + 1] ?? ""]);
  }
  if (method === "HEAD" || status === 204 || status === 304) {
    response.resume();
    return { status, headers, body: undefined };
  }
  return { status, headers, body: response };
}

/** Connections in use are closed when their call ends, because none is kept any more. */
function closeIdle(agent: http.Agent): Promise<void> {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  return Promise.resolve();
}
