import type { HeaderMap } from "../call/headers.ts";

/** Bytes of a message: all at once, or as they come. */
export type HttpBody = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * An HTTP request without any platform's classes. Clients give it to an `HttpSend`, servers get it from a mount; the
 * in-memory transport hands it straight from one to the other.
 */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as on the wire, beginning with a slash: `/orders/7?full=true`. */
  readonly target: string;
  readonly headers: HeaderMap;
  /** Absent: no body at all, which is not the same as an empty one. */
  readonly body: HttpBody | undefined;
  /** Fires when the caller leaves. */
  readonly signal: AbortSignal;
  /** Clients: how long the contract lets the connection be idle afterwards, milliseconds; absent: the pool decides. */
  readonly keepaliveMs?: number | undefined;
  /** Who stands at the other end of the connection; on servers, where the mount can say. */
  readonly peer?: HttpPeer | undefined;
}

/** The other end of a server's connection. */
export interface HttpPeer {
  /** The certificate it showed, when TLS asked for one and has verified it. */
  readonly certificate?: PeerCertificate | undefined;
}

/** A client's certificate, X.509. */
export interface PeerCertificate {
  /** Names of the holder, by their short names: `{ CN: "partner.example" }`. */
  readonly subject: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly issuer: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As OpenSSL writes them: `DNS:partner.example, URI:spiffe://example/partner`. */
  readonly subjectAltName: string | undefined;
  readonly serialNumber: string;
  /** sha256 of the certificate, `AB:CD:...`. */
  readonly fingerprint256: string;
  /** DER. */
  readonly raw: Uint8Array;
}

/** An HTTP response, likewise. */
export interface HttpResponse {
  readonly status: number;
  /** In order, names in lower case; `set-cookie` may come more than once. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: HttpBody | undefined;
}

/** Answers a request. Never rejects: failures are responses. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * Moves one request to its target and resolves once the response's headers are there.
 *
 * @throws {ServiceError} unavailable with `origin: "transport"`; `sent: "no"` only when nothing can have left.
 */
export type HttpSend = (request: HttpRequest) => Promise<HttpResponse>;

/** Limits of what is read from a peer. All are checked while reading, not after. */
export interface HttpLimits {
  /** Bytes of a whole body, or of one item of a streamed one. */
  readonly maxBodyBytes: number;
  /**
   * Bytes of a request's files, or of its body where that is bytes, which are held in memory. What does not fit is
   * handed to the handler as a stream.
   */
  readonly maxHeldBytes: number;
  /** Levels of arrays and objects in JSON. */
  readonly maxDepth: number;
  /** Query parameters, form fields, parts, cookies, items of one parameter. */
  readonly maxCount: number;
  /** Characters of a request's path and query. */
  readonly maxTargetLength: number;
  /** Names of a request's headers. */
  readonly maxHeaderCount: number;
  /**
   * Characters of the names and values of a request's headers. Who owns the socket has read them by then, and has a
   * limit of its own: Node's servers 16 KiB on HTTP/1.1 (`maxHeaderSize`, answered 431 without a body) and 64 KiB on
   * HTTP/2.
   */
  readonly maxHeaderBytes: number;
  /** How long a request's body may take to come, or each piece of one that is read as it comes; milliseconds. */
  readonly bodyTimeoutMs: number;
}

/**
 * Limits of servers: bodies 1 MiB, all of it held, 100 levels, 1,000 fields, targets and headers 16 KiB, 200
 * headers, 30 s.
 */
export const serverLimits: HttpLimits = {
  maxBodyBytes: 1024 * 1024,
  maxHeldBytes: 1024 * 1024,
  maxDepth: 100,
  maxCount: 1000,
  maxTargetLength: 16 * 1024,
  maxHeaderCount: 200,
  maxHeaderBytes: 16 * 1024,
  bodyTimeoutMs: 30_000,
};

/** Limits of clients: as servers, bodies 64 MiB and 500 levels. */
export const clientLimits: HttpLimits = {
  maxBodyBytes: 64 * 1024 * 1024,
  maxHeldBytes: 64 * 1024 * 1024,
  maxDepth: 500,
  maxCount: 10_000,
  maxTargetLength: 64 * 1024,
  maxHeaderCount: 1000,
  maxHeaderBytes: 64 * 1024,
  bodyTimeoutMs: Infinity,
};
