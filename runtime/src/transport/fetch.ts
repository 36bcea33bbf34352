import { toReadable, type DiscardableBody } from "../http/bytes.ts";
import { chunksOf } from "../http/file.ts";
import { readBaseUrl } from "../http/base-url.ts";
import { httpTransport, type HttpTransportOptions } from "../http/transport.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import type { Transport } from "./transport.ts";

/** What a fetch transport may be told. */
export interface FetchTransportOptions extends HttpTransportOptions {
  /**
   * Where the target is, with the base path of the contract's `servers`: `https://api.example.com/v2`. For webhooks and
   * callbacks the subscriber's whole address, query included.
   */
  readonly baseUrl: string | URL;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A transport for HTTP contracts over `fetch`. Redirects are not followed: they are answers of the contract. Decoding
 * of `content-encoding` and the connection pool are the platform's.
 *
 * @throws {TypeError} when `baseUrl` is none, is not http or https, or carries a user or password.
 */
export function fetchTransport(options: FetchTransportOptions): Transport<"http"> {
  const { url, basePath, address } = readBaseUrl(options.baseUrl, options.basePath);
  return httpTransport({
    ...options,
    basePath,
    address,
    authority: url.host,
    send: (request) => send(url.origin, request, options.fetch ?? globalThis.fetch),
  });
}

async function send(origin: string, request: HttpRequest, fetch: typeof globalThis.fetch): Promise<HttpResponse> {
  const { body } = request;
  // The platform counts the bytes itself and refuses to be told.
  const headers = [...request.headers].filter(([name]) => name !== "content-length");
  const response = await fetch(origin + request.target, {
    method: request.method,
    headers,
    signal: request.signal,
    redirect: "manual",
    ...(body === undefined
      ? {}
      : body instanceof Uint8Array
        ? { body: body as Uint8Array<ArrayBuffer> }
        : { body: toReadable(body), duplex: "half" }),
  } as RequestInit);
  return {
    status: response.status,
    headers: [...response.headers],
    body: response.body === null ? undefined : toBody(response.body),
  };
}

/** One that nobody reads is given up at once: asking it for a chunk first would wait for a server that sends none. */
function toBody(stream: ReadableStream<Uint8Array>): DiscardableBody {
  return {
    [Symbol.asyncIterator]: () => chunksOf(stream)[Symbol.asyncIterator](),
    discard: () => {
      // Somebody who reads it already ends it, too.
      stream.cancel().catch(() => undefined);
    },
  };
}
