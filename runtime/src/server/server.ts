import type { CallResult } from "../call/interceptor.ts";
import type { HeaderMap } from "../call/headers.ts";
import type { Principal } from "../call/context.ts";
import type { OperationBase, ServiceBase } from "../descriptor/operation.ts";
import type { ServiceError } from "../error/service-error.ts";
import type { HttpPeer } from "../http/message.ts";
import type { StoredOutcome } from "../store/store.ts";

/**
 * A request as a mount (HTTP routing, Connect router) hands it to the server. The server then runs deadline, admission,
 * authentication, rate limit, `readInput`, interceptors, idempotency and handler, in that order.
 */
export interface ServerRequest {
  readonly operation: OperationBase;
  /** Decoded and validated; undefined where `readInput` gives it. */
  readonly input: unknown;
  /**
   * Reads and validates what is still on its way: called at most once, when it is known that the caller may call, so
   * that nobody else makes the server hold a body. It resolves to the whole input.
   *
   * @throws {ServiceError} invalid_argument and the like, `sent: "no"`.
   */
  readInput?(): Promise<unknown>;
  readonly headers: HeaderMap;
  /** HTTP: path and query as on the wire, which may hold a credential. */
  readonly target?: string | undefined;
  /** HTTP: who stands at the other end of the connection, where the mount can say. */
  readonly peer?: HttpPeer | undefined;
  /** Fires when the peer leaves. */
  readonly signal: AbortSignal;
  /** What the peer has left, from the wire, milliseconds. */
  readonly timeoutMs: number | undefined;
  /** sha256 hex of what was asked; called only for keyed operations, and after `readInput`. */
  fingerprint(): Promise<string> | string;
  readonly outcome: OutcomeCodec;
  /** HTTP: the media type that `Accept` chose among those of the successes. */
  readonly accepted?: string | undefined;
}

/** The parts of a request that say who calls. */
export type AuthenticationRequest = Pick<ServerRequest, "headers" | "signal"> & {
  readonly target: string | undefined;
  readonly peer: HttpPeer | undefined;
};

/**
 * Finds out who calls one operation; undefined for an unknown caller where the contract lets one in.
 *
 * @throws {ServiceError} unauthenticated or permission_denied.
 */
export type OperationAuthenticator = (request: AuthenticationRequest) => Promise<Principal | undefined>;

/** Knows the callers of a contract's operations; made by `createAuthenticators` of `./http`. */
export interface Authenticators {
  /** Undefined for operations that it knows nothing of. */
  forOperation(operation: OperationBase): OperationAuthenticator | undefined;
}

/** Turns outcomes of one operation into stored bytes and back. Throws for results that can't be stored (streams). */
export interface OutcomeCodec {
  encode(result: CallResult | ServiceError, requestId: string): StoredOutcome;
  /** Throws the `ServiceError` when the stored outcome is one. */
  decode(outcome: StoredOutcome): CallResult;
}

/** A service with its handlers. */
export interface MountedService {
  readonly service: ServiceBase;
  readonly handlers: Readonly<Record<string, (input: unknown, ctx: unknown) => unknown>>;
}

/** What mounts see of a server. */
export interface ServerCore {
  readonly services: readonly MountedService[];
  /** Runs one call. Rejects with a `ServiceError` only. */
  handle(request: ServerRequest): Promise<CallResult>;
  /** True once draining began: mounts answer new requests with `unavailable` and close connections. */
  readonly draining: boolean;
  /** Requests in flight. */
  readonly inFlight: number;
  /** Stops admission and resolves once nothing is in flight; after `graceMs` what is left is aborted. */
  drain(options?: { readonly graceMs?: number }): Promise<void>;
}
