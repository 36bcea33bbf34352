/**
 * The effective policy of one operation, resolved by the generator from the contract and its layers.
 *
 * A field that is absent means the built-in default (`policy/defaults.ts`). Durations are milliseconds.
 * Facts (`idempotency`, `emits`, `calls`, parts of `delivery` and `deadLetter`) come from the contract alone; all else
 * is a knob that an environment may override at run time, but never so that a `none` operation becomes retryable.
 */
export interface OperationPolicy {
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
  readonly hedge?: HedgePolicy;
  readonly circuitBreaker?: CircuitBreakerPolicy;
  readonly bulkhead?: BulkheadPolicy;
  readonly rateLimit?: RateLimitPolicy;
  readonly fallback?: FallbackPolicy;
  readonly idempotency: IdempotencyPolicy;
  readonly delivery?: DeliveryPolicy;
  readonly deadLetter?: DeadLetterPolicy;
  readonly emits?: readonly EmittedMessage[];
  readonly calls?: readonly string[];
  readonly pagination?: PaginationPolicy;
  readonly limits?: LimitsPolicy;
}

/** How often and how soon a failed call is tried again; only ever applied where a repeat is safe. */
export interface RetryPolicy {
  /** Attempts in all, the first included; 1 switches retries off. */
  readonly maxAttempts?: number;
  readonly backoff?: BackoffPolicy;
  readonly perAttemptTimeoutMs?: number;
  /** Lower-case google.rpc code names, for example `unavailable`. */
  readonly retryOn?: readonly string[];
  readonly budget?: RetryBudgetPolicy;
}

/** The wait before attempt n+1. */
export interface BackoffPolicy {
  readonly strategy?: "fixed" | "linear" | "exponential";
  readonly initialMs?: number;
  readonly maxMs?: number;
  readonly multiplier?: number;
  /** `a6` multiplies by 0.8 to 1.2, as gRPC A6 says; only imported gRPC service configs use it. */
  readonly jitter?: "none" | "full" | "equal" | "a6";
}

/** Retries allowed a target: `percent` of its requests in the last 10 s, and `minPerSecond` on top. */
export interface RetryBudgetPolicy {
  readonly percent?: number;
  readonly minPerSecond?: number;
}

/** Parallel attempts against tail latency; safe and idempotent operations only. */
export interface HedgePolicy {
  readonly maxAttempts: number;
  readonly delayMs?: number;
}

/** When calls to a failing target are refused without being sent. */
export interface CircuitBreakerPolicy {
  /** Share of failed calls that opens, 0 to 1. */
  readonly failureRate?: number;
  readonly slowCallRate?: number;
  readonly slowCallDurationMs?: number;
  readonly minimumCalls?: number;
  readonly windowMs?: number;
  readonly openForMs?: number;
  readonly maxOpenForMs?: number;
  readonly halfOpenCalls?: number;
  readonly scope?: "operation" | "service" | "host";
}

/** How many calls may run and wait at once. */
export interface BulkheadPolicy {
  readonly maxConcurrent?: number;
  readonly maxQueued?: number;
  readonly maxWaitMs?: number;
}

/** At most `limit` calls every `perMs`. */
export interface RateLimitPolicy {
  readonly limit: number;
  readonly perMs: number;
  /** `principal`, `header:<name>` or absent for one limit for all. */
  readonly key?: string;
}

/** What answers when the call failed for good. */
export type FallbackPolicy =
  | { readonly kind: "operation"; readonly operation: string }
  | { readonly kind: "example"; readonly value: unknown }
  | { readonly kind: "stale"; readonly forMs: number };

/** `safe` reads, `idempotent` may be repeated, `keyed` may be repeated with the same key, `none` may not. */
export type IdempotencyLevel = "safe" | "idempotent" | "keyed" | "none";

/** What a repeat of the operation means; a fact of the contract. */
export interface IdempotencyPolicy {
  readonly level: IdempotencyLevel;
  readonly key?: IdempotencyKeySource;
  readonly required?: boolean;
  readonly ttlMs?: number;
  /** Decoded fields that make the fingerprint, instead of all bytes. */
  readonly fingerprint?: readonly string[];
  readonly inFlight?: "wait" | "reject";
  /** `principal` (default) needs an authenticated caller; `global` shares one key space. */
  readonly scope?: "principal" | "global";
}

/** Where the key travels: an HTTP header or RPC metadata, a field of the input, or the message's id. */
export interface IdempotencyKeySource {
  readonly from: "header" | "field" | "message";
  /** Header name, or the field's path with dots (`reservation_id`, `order.id`), or `id` for messages. */
  readonly name: string;
}

/** How messages of an operation are produced and consumed. */
export interface DeliveryPolicy {
  readonly ordering?: "unordered" | "perKey";
  /** Path of the payload field that carries the ordering key, with dots. */
  readonly key?: string;
  readonly outbox?: boolean;
  /** Never delay a message behind its successors: retries happen in place only. */
  readonly strict?: boolean;
  readonly concurrency?: number;
  readonly prefetch?: number;
  readonly batch?: { readonly size: number; readonly waitMs: number };
}

/** Where messages go that can't be handled. */
export interface DeadLetterPolicy {
  /** Address of the channel. */
  readonly channel?: string;
  /** Error reasons that skip all retries. */
  readonly neverRetry?: readonly string[];
  readonly retentionMs?: number;
}

/** A message that an operation sends as part of its effect. */
export interface EmittedMessage {
  readonly message: string;
  readonly when: "success" | "failure" | "may";
}

/**
 * How the pages of a list follow each other. `link`: a `Link` header with `rel="next"` (RFC 8288); `url`: a URL in the
 * body; `cursor`: a text of the body that `parameter` hands back; `lastItem`: likewise the id of a page's last item;
 * `offset`: the number of items before the page; `page`: its number.
 */
export interface PaginationPolicy {
  readonly kind: "link" | "url" | "cursor" | "lastItem" | "offset" | "page";
  /** JSON Pointer to the items in a page's body; empty: the body is the list. */
  readonly items: string;
  /** The query parameter that asks for a page. */
  readonly parameter?: string;
  /** JSON Pointer to the next URL or cursor in the body; of `lastItem`: to the id in an item. */
  readonly next?: string;
  /** JSON Pointer to whether there are more pages. */
  readonly more?: string;
  /** JSON Pointer to the number of all items. */
  readonly total?: string;
  /** Number of the first page; default 1. */
  readonly first?: number;
}

/** Sizes beyond which requests and responses are refused. */
export interface LimitsPolicy {
  readonly maxRequestBytes?: number;
  readonly maxResponseBytes?: number;
  /** How long clients keep the connection of a call idle, milliseconds; a pool that keeps its own for less wins. */
  readonly keepaliveMs?: number;
}
