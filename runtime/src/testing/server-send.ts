import * as http from "node:http";
import * as http2 from "node:http2";
import { Readable, type Writable } from "node:stream";

/** A request as the suite sends it: nothing is added or normalised. */
export interface SuiteRequest {
  readonly method: string;
  /** Path and query, as on the wire. */
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Leaves. */
  readonly signal?: AbortSignal;
}

/** What came. `chunks` is read at the reader's pace. */
export interface SuiteResponse {
  readonly status: number;
  /** In order, names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Sends one request, and resolves once the response's headers are there. */
export type SuiteSend = (request: SuiteRequest) => Promise<SuiteResponse>;

/** A client of HTTP/1.1 that opens a connection a request. */
export function createHttp1Send(baseUrl: string): SuiteSend {
  const { hostname, port, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, "");
  return (request) =>
    new Promise((resolve, reject) => {
      const { method, target, headers = [], body, signal } = request;
      const framing =
        typeof body === "string" || body instanceof Uint8Array ? [["content-length", String(lengthOf(body))]] : [];
      const sent = http.request({
        hostname,
        port,
        method,
        path: prefix + target,
        agent: false,
        headers: [
          ["host", `${hostname}:${port}`],
          ...headers,
          ...framing,
        ].flat() as unknown as http.OutgoingHttpHeaders,
        ...(signal === undefined ? {} : { signal }),
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        resolve({ status: response.statusCode ?? 0, headers: pairsOf(response.rawHeaders), chunks: response });
      });
      write(sent, body);
    });
}

/** A client of HTTP/2 with prior knowledge; a connection a request. */
export function createHttp2Send(baseUrl: string): SuiteSend {
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, "");
  return ({ method, target, headers = [], body, signal }) =>
    new Promise((resolve, reject) => {
      const session = http2.connect(origin);
      session.on("error", reject);
      const fields: Record<string, string | string[]> = { ":method": method, ":path": prefix + target };
      for (const [name, value] of headers) {
        const before = fields[name];
        fields[name] = before === undefined ? value : [before, value].flat();
      }
      const stream = session.request(fields, {
        endStream: body === undefined,
        ...(signal === undefined ? {} : { signal }),
      });
      stream.on("error", reject);
      stream.on("close", () => {
        session.close();
      });
      stream.on("response", (_headers, _flags, raw: readonly string[] = []) => {
        const pairs = pairsOf(raw);
        const status = Number(pairs.find(([name]) => name === ":status")?.[1]);
        resolve({ status, headers: pairs.filter(([name]) => !name.startsWith(":")), chunks: stream });
      });
      if (body !== undefined) write(stream, body);
    });
}

/** No client at all: a fetch handler is called. */
export function createFetchSend(
  handler: (request: Request) => Promise<Response> | Response,
  baseUrl = "http://localhost",
): SuiteSend {
  return async ({ method, target, headers = [], body, signal }) => {
    const response = await handler(
      new Request(baseUrl + target, {
        method,
        headers: headers.map(([name, value]) => [name, value] as [string, string]),
        ...(body === undefined ? {} : { body: bodyOf(body), duplex: "half" }),
        ...(signal === undefined ? {} : { signal }),
      } as RequestInit),
    );
    const chunks = (response.body ?? []) as unknown as AsyncIterable<Uint8Array>;
    return { status: response.status, headers: [...response.headers], chunks };
  };
}

function bodyOf(body: NonNullable<SuiteRequest["body"]>): BodyInit {
  // As bytes, because text would get a content type.
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body as BodyInit;
  return Readable.toWeb(Readable.from(body, { objectMode: false })) as unknown as ReadableStream;
}

function write(target: Writable, body: SuiteRequest["body"]): void {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    target.end(body);
    return;
  }
  // An answer may come before the body is out; then writing fails, and what came counts.
  Readable.from(body, { objectMode: false })
    .on("error", () => undefined)
    .pipe(target);
}

function lengthOf(body: string | Uint8Array): number {
  return typeof body === "string" ? new TextEncoder().encode(body).byteLength : body.byteLength;
}

function pairsOf(raw: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([(raw[at] ?? "").toLowerCase(), raw[at + 1] ?? ""]);
  return pairs;
}
