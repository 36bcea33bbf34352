/**
 * Durable state of idempotency, inbox and outbox. Frozen interface; every implementation passes `testStore` of
 * `@trilogue/runtime/testing`. Times are the store's own clock: adapters never compare clocks of different machines.
 */
export interface Store<Tx = unknown> {
  /** For messages and metrics: `memory`, `sqlite`. */
  readonly name: string;
  readonly idempotency: IdempotencyStore;
  readonly inbox: InboxStore<Tx>;
  readonly outbox: OutboxStore<Tx>;
  /**
   * Runs `work` in one transaction; commits when it resolves, rolls back when it rejects or `signal` fires.
   * Writers of one database wait their turn asynchronously, first in, first out, and stop waiting on `signal`. Never
   * open one inside of another on the same store, nor in a call that a handler in a transaction waits for: it waits for
   * the outer one, which waits for it, until the signal fires or the store's limit (30 s) is over.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Deletes at most `limit` expired rows; resolves to how many. */
  purge(limit: number): Promise<number>;
  close(): Promise<void>;
}

/** What identifies one logical call: sha256 hex over scope, operation and key, made by the engine. */
export interface ClaimRequest {
  readonly key: string;
  /** sha256 hex of what was asked. */
  readonly fingerprint: string;
  /** Made before the first send: a claim repeated by the same owner gets the same fence. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly ttlMs: number;
  /** The handler can go on where an earlier owner stopped: a key of unknown outcome is given to it. */
  readonly resume?: boolean;
}

/** Proof of ownership; every change is conditional on it. */
export interface Claim {
  readonly key: string;
  readonly owner: string;
  readonly fence: number;
}

/** The recorded outcome of a call, as bytes of its wire. */
export interface StoredOutcome {
  /** HTTP status, or the google.rpc code for RPC. */
  readonly status: number;
  /** Allow-listed only: content-type, location, etag, declared ones. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** Id of the request that made it. */
  readonly requestId: string;
}

/**
 * How a claim went. `own` with `takenOver`: an earlier owner's lease ran out before it said how it ended. `unknown`: an
 * earlier owner may have had its effect, nobody can say.
 */
export type ClaimResult =
  | { readonly kind: "own"; readonly fence: number; readonly attempt: number; readonly takenOver: boolean }
  | { readonly kind: "replay"; readonly outcome: StoredOutcome }
  | { readonly kind: "busy"; readonly retryAfterMs: number }
  | { readonly kind: "mismatch" }
  | { readonly kind: "unknown"; readonly fence: number };

/** none -> in progress (owner, fence, lease) -> done; see idempotency/README.md. */
export interface IdempotencyStore {
  claim(request: ClaimRequest): Promise<ClaimResult>;
  /** False when fenced off: somebody else owns the key now. Likewise the next three. */
  extend(claim: Claim, leaseMs: number): Promise<boolean>;
  complete(claim: Claim, outcome: StoredOutcome, tx?: unknown): Promise<boolean>;
  /** Frees the key: there was no effect. */
  release(claim: Claim): Promise<boolean>;
  /** Keeps the key, outcome unknown: there may have been an effect. */
  abandon(claim: Claim): Promise<boolean>;
}

/** A message as the inbox knows it. */
export interface InboxEntry {
  /** Consumer group and operation. */
  readonly consumer: string;
  /** CloudEvents source and id, or the declared message id. */
  readonly messageId: string;
  /** sha256 hex of the payload: the same id with other bytes is a conflict, not a duplicate. */
  readonly fingerprint: string;
  readonly ttlMs: number;
}

/** De-duplication of consumed messages. */
export interface InboxStore<Tx = unknown> {
  /** Inserts the row in the handler's transaction, first thing. Two at once: the second waits for the first. */
  insert(entry: InboxEntry, tx: Tx): Promise<"new" | "duplicate" | "conflict">;
  /** Counts a try of a message outside any transaction, so that it survives a crash; resolves to the count, from 1. */
  countAttempt(entry: InboxEntry): Promise<number>;
  /** Whether it was handled: a cheap check before a transaction is opened. */
  has(entry: InboxEntry): Promise<boolean>;
}

/** A message waiting to be published. */
export interface OutboxRow {
  readonly id: string;
  /** `<service>/<operation>`. */
  readonly operation: string;
  readonly address: string;
  readonly key: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly contentType: string;
  readonly payload: Uint8Array;
}

/** Messages written with an effect and published after it committed. */
export interface OutboxStore<Tx = unknown> {
  /** In the effect's transaction. The same id twice is one row. */
  append(row: OutboxRow, tx: Tx): Promise<void>;
  /** Claims up to `limit` unsent rows for `leaseMs`, in order of append; rows of one key never overtake each other. */
  take(limit: number, owner: string, leaseMs: number): Promise<readonly OutboxRow[]>;
  /** After the broker's confirm. */
  delete(ids: readonly string[]): Promise<void>;
  /** Gives rows back whose publishing failed. */
  giveBack(ids: readonly string[], owner: string): Promise<void>;
  /** Calls back after commits that appended; returns how to stop. A hint only: relays poll as well. */
  onAppend(listener: () => void): () => void;
  count(): Promise<number>;
}
