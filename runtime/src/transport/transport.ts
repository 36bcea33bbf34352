import type { HeaderMap } from "../call/headers.ts";
import type { OperationBase } from "../descriptor/operation.ts";

/** The kinds that are called over a transport; events go over a `Broker`. */
export type TransportKind = "rpc" | "http";

/** One try of a call, made by the call pipeline. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Fires when the caller leaves, the attempt times out or a hedge has won. */
  readonly signal: AbortSignal;
  /** What is left for this attempt, milliseconds, whole; the transport tells the server. Absent: no deadline. */
  readonly timeoutMs: number | undefined;
  /** Logical headers: the caller's, credentials, trace, key, attempt number. The transport adds its protocol's. */
  readonly headers: HeaderMap;
  /** HTTP: credentials that the contract puts into the query, encoded; absent elsewhere. */
  readonly query?: string;
}

/** The response of an attempt. A failure is a thrown `ServiceError` with `origin`, `sent` and `retry` filled in. */
export interface TransportReply {
  /** The typed output: the body, the `{ status, contentType, headers, body }` reply of HTTP, or an async iterable. */
  readonly output: unknown;
  readonly headers: HeaderMap;
  readonly trailers?: HeaderMap;
}

/** A call whose input is validated and encoded once; every `send` carries the same bytes. */
export interface PreparedCall {
  send(attempt: Attempt): Promise<TransportReply>;
  /** False when the input is a stream that can't be read twice: then there is one attempt. */
  readonly repeatable: boolean;
}

/** What `prepare` may need beside the input. */
export interface PrepareOptions {
  /**
   * HTTP: resolve to the whole reply instead of its body. A declared response that isn't 2xx is thrown all the same,
   * with `response` set, so that policies see it; the client makes it a result again.
   */
  readonly full?: boolean;
  /** HTTP: a success whose body is bytes gives them as a stream instead of holding them. */
  readonly stream?: boolean;
}

/**
 * Carries typed calls of one kind to one target. Frozen interface: adapters are made by `httpTransport` (`./http`) and
 * `connectTransport` (`./rpc`), which own encoding and the error model, so that an adapter only moves bytes.
 */
export interface Transport<Kind extends TransportKind = TransportKind> {
  readonly kind: Kind;
  /** `host:port` or another stable name of the target; scopes breakers and retry budgets. */
  readonly authority: string;
  /** @throws {ServiceError} invalid_argument when the input does not fit the contract; nothing is sent then. */
  prepare(operation: OperationBase, input: unknown, options?: PrepareOptions): PreparedCall;
  /** Makes an output of the operation from the contract's example, for fallbacks; absent: the example is the output. */
  decodeExample?(operation: OperationBase, value: unknown): unknown;
  /** Closes idle connections; calls in flight finish first. */
  close?(): Promise<void>;
}
