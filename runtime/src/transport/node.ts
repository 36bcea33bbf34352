import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { readBaseUrl } from "../http/base-url.ts";
import { httpTransport, type HttpTransportOptions } from "../http/transport.ts";
import { decodeContent, UnknownCoding } from "../http/content-coding.ts";
import { nodeCodings } from "../http/node-codings.ts";
import type { DiscardableBody } from "../http/bytes.ts";
import type { HttpBody, HttpRequest, HttpResponse } from "../http/message.ts";
import { isServiceError, ServiceError } from "../error/service-error.ts";
import { causeCodes } from "../wire/network-cause.ts";
import { createNodePool, type NodePool, type NodePoolOptions } from "./node-pool.ts";
import type { Transport } from "./transport.ts";

export { createNodePool, isPublicAddress, type NodePool, type NodePoolOptions } from "./node-pool.ts";

/** What a Node transport may be told; what it says of connections goes to a pool of its own. */
export interface NodeTransportOptions extends HttpTransportOptions, NodePoolOptions {
  /**
   * Where the target is, with the base path of the contract's `servers`: `https://api.example.com/v2`. For webhooks and
   * callbacks the subscriber's whole address, query included.
   */
  readonly baseUrl: string | URL;
  /** Connections shared with other transports, which then decide on all of their options. */
  readonly pool?: NodePool;
}

interface Target {
  readonly url: URL;
  readonly hostname: string;
  readonly pool: NodePool;
  readonly agent: http.Agent;
  readonly request: typeof http.request;
}

/**
 * A transport for HTTP contracts over Node's HTTP/1.1 client, with its own keep-alive pool or a shared one. Failures
 * before a connection stood are `sent: "no"`; a kept connection that the server closed under the request is
 * `sent: "maybe"`. Redirects are not followed.
 *
 * @throws {TypeError} when `baseUrl` is none, is not http or https, or carries a user or password.
 */
export function nodeTransport(options: NodeTransportOptions): Transport<"http"> {
  const { url, basePath, address } = readBaseUrl(options.baseUrl, options.basePath);
  const pool = options.pool ?? createNodePool(options);
  const target: Target = {
    url,
    pool,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    request: url.protocol === "https:" ? https.request : http.request,
    agent: pool.agentFor(url.protocol),
  };
  return httpTransport({
    ...options,
    authority: url.host,
    basePath,
    address,
    send: (request) => send(target, request),
    // A shared pool is closed by whoever made it.
    close: () => (options.pool === undefined ? pool.close() : Promise.resolve()),
  });
}

function send(target: Target, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    target.pool.checkHost(target.hostname);
    const outgoing = target.request({
      protocol: target.url.protocol,
      hostname: target.hostname,
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
      target.pool.keepFor(assigned, request.keepaliveMs);
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
    // The end of a connection that was to become something else (101) is told by nothing but this.
    outgoing.once("close", () => {
      reject(new Error("the connection was closed without an answer"));
    });
    outgoing.once("response", (response) => {
      // After its answer nobody waits for the rest of a request; the connection would wait for it for ever.
      response.once("end", () => {
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      resolve(toResponse(response, request.method));
    });
    writeBody(outgoing, request.body).catch((error: unknown) => {
      outgoing.destroy(error as Error);
    });
  });
}

function unsent(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || isServiceError(error)) return error;
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
  // A length that the stream does not keep would make its rest, or what follows it, another request.
  Object.assign(outgoing, { strictContentLength: true });
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
  return decoded({ status, headers, body: toBody(response) }, response);
}

/** One that nobody reads costs its connection, unless all of it is there already. */
function toBody(response: http.IncomingMessage): DiscardableBody {
  return {
    [Symbol.asyncIterator]: () => response[Symbol.asyncIterator](),
    discard: () => {
      response.resume();
      setImmediate(() => {
        if (!response.complete) response.destroy();
      });
    },
  };
}

/** The answer without its content coding, as `fetch` gives it; one in an unknown coding stays as it is. */
function decoded(answer: HttpResponse, response: http.IncomingMessage): HttpResponse {
  const coding = response.headers["content-encoding"];
  if (coding === undefined) return answer;
  try {
    if (answer.body === undefined) return answer;
    const body = decodeContent(answer.body, coding, nodeCodings);
    const headers = answer.headers.filter(([name]) => name !== "content-encoding" && name !== "content-length");
    return body === answer.body ? answer : { ...answer, headers, body };
  } catch (error) {
    if (error instanceof UnknownCoding) return answer;
    throw error;
  }
}
