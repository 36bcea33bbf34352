import type { HeaderMap } from "./headers.ts";
import type { Environment } from "../environment/environment.ts";

/** A point on the monotonic clock by which a call must have settled. */
export interface Deadline {
  /** On the environment's monotonic clock, milliseconds. */
  readonly at: number;
}

/** W3C Trace Context (traceparent level 1) and baggage of a call. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the span that calls made here are children of. */
  readonly spanId: string;
  readonly sampled: boolean;
  readonly state?: string;
  readonly baggage?: string;
}

/** Who calls, as the server's authenticator found. */
export interface Principal {
  /** Stable and unique over tenants; it scopes idempotency keys. */
  readonly id: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What it may do; where given, an operation's declared scopes must all be among them. */
  readonly scopes?: readonly string[];
}

/** What a handler knows of its own repetition. */
export interface CallIdempotency<Tx = unknown> {
  /** The caller's key, or the message's id. */
  readonly key: string;
  /** Grows with every takeover; hand it to systems that can refuse an older one. */
  readonly fence: number;
  /** The store's transaction: what is written with it commits together with the recorded outcome, or not at all. */
  readonly tx: Tx;
  /** 1 for the first try of this key or message. */
  readonly attempt: number;
}

/** Structured logging; the default writes nothing. Fields never hold payloads, keys or secrets. */
export interface Logger {
  log(level: "debug" | "info" | "warn" | "error", message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * What a handler gets beside its input, and what calls made in it inherit: pass it on as `{ ctx }`.
 *
 * `ctx.signal` fires when the caller leaves, the deadline passes, the lease is lost or the server gives up draining.
 */
export interface Context<Tx = unknown> {
  readonly signal: AbortSignal;
  readonly deadline: Deadline | undefined;
  /** Milliseconds until the deadline, never negative; `Infinity` without one. */
  remainingMs(): number;
  /** What came with the request or message. Never sent on by itself. */
  readonly headers: HeaderMap;
  readonly trace: TraceContext;
  readonly principal: Principal | undefined;
  /**
   * Set in handlers of `keyed` operations whose call came with a key, and of messages; undefined where nothing guards
   * the call: other levels, and calls without a key where the contract does not require one.
   */
  readonly idempotency: CallIdempotency<Tx> | undefined;
  readonly logger: Logger;
  readonly environment: Environment;
}

/** What a caller may say of one call. Everything only tightens what the contract says. */
export interface CallOptions {
  /** The context of the handler that makes this call: its deadline, cancellation and trace are inherited. */
  readonly ctx?: Context<any>;
  readonly signal?: AbortSignal;
  /** May only shorten the effective timeout. */
  readonly timeoutMs?: number;
  readonly headers?: Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
  /**
   * The key of a `keyed` operation; made fresh (UUIDv7) a logical call when absent. Where the contract requires the
   * key's header parameter, the input carries it and this may be left out; two different keys are refused.
   */
  readonly idempotencyKey?: string;
  /** May only lower the contract's attempts; 1 switches retries off. */
  readonly maxAttempts?: number;
}
