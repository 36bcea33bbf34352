import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { decideClaim, isExpired, isOwnedBy, settleRecord, type KeyRecord } from "./claim-state.ts";
import type { IdempotencyStore, InboxEntry, InboxStore, OutboxRow, OutboxStore, Store } from "./store.ts";
import { createWriterLock, untilAborted } from "./writer-lock.ts";

/** A transaction of the memory store: the handler's own effect joins in by these two. */
export interface MemoryTx {
  /** Runs when the transaction commits, in the same turn as its other changes. Must not throw. */
  onCommit(effect: () => void): void;
  /** Runs when it rolls back. Must not throw. */
  onRollback(undo: () => void): void;
}

/** How long a transaction waits for its turn. */
const maxWaitMs = 30_000;

/** What the store keeps of one transaction until it commits. */
class Transaction implements MemoryTx {
  readonly commits: (() => void)[] = [];
  readonly rollbacks: (() => void)[] = [];
  /** What must still be true at the commit, or nothing of it happens. */
  readonly guards: (() => boolean)[] = [];
  readonly listeners = new Set<() => void>();
  readonly inserted = new Set<string>();
  open = true;

  onCommit(effect: () => void): void {
    this.check();
    this.commits.push(effect);
  }

  onRollback(undo: () => void): void {
    this.check();
    this.rollbacks.push(undo);
  }

  check(): void {
    if (!this.open) throw new Error("the transaction has ended: what was to be written with it is not written");
  }
}

interface InboxRecord {
  readonly fingerprint: string;
  readonly attempts: number;
  readonly handled: boolean;
  readonly expiresAt: number;
}

interface OutboxRecord {
  readonly row: OutboxRow;
  readonly owner: string;
  readonly leaseUntil: number;
}

interface MemoryState {
  readonly now: () => number;
  readonly keys: Map<string, KeyRecord>;
  readonly inbox: Map<string, InboxRecord>;
  readonly outbox: Map<string, OutboxRecord>;
  readonly listeners: Set<() => void>;
}

/**
 * A store in this process: for tests, the demo and one-process services that may forget on restart. Its clock is the
 * environment's monotonic one, so that a jump of the wall clock changes no lease. Nothing is dropped before its time;
 * servers, consumers and relays purge it as they use it.
 */
export function createMemoryStore(options: { readonly environment?: Environment } = {}): Store<MemoryTx> {
  const environment = options.environment ?? systemEnvironment;
  const lock = createWriterLock();
  const state: MemoryState = {
    now: () => environment.monotonic(),
    keys: new Map(),
    inbox: new Map(),
    outbox: new Map(),
    listeners: new Set(),
  };
  return {
    name: "memory",
    idempotency: createKeys(state),
    inbox: createInbox(state),
    outbox: createOutbox(state),
    transaction: async (work, { signal } = {}) => {
      const release = await lock.acquire({ environment, maxWaitMs, ...(signal === undefined ? {} : { signal }) });
      const tx = new Transaction();
      try {
        const result = await untilAborted(work(tx), signal);
        tx.open = false;
        if (tx.guards.some((holds) => !holds())) throw new Error("the key was taken over while the transaction ran");
        for (const commit of tx.commits) commit();
        for (const listener of tx.listeners) listener();
        return result;
      } catch (error) {
        tx.open = false;
        for (const undo of tx.rollbacks.reverse()) undo();
        throw error;
      } finally {
        release();
      }
    },
    purge: async (limit) => purge(state, limit),
    close: async () => undefined,
  };
}

function createKeys({ keys, now }: MemoryState): IdempotencyStore {
  const settle = (claim: { key: string; owner: string; fence: number }, to: "free" | "unknown"): boolean => {
    const record = keys.get(claim.key);
    if (!isOwnedBy(record, claim)) return false;
    keys.set(claim.key, settleRecord(record, to, { now: now() }));
    return true;
  };
  return {
    claim: async (request) => {
      const { result, write } = decideClaim(keys.get(request.key), request, now());
      if (write !== undefined) keys.set(request.key, write);
      return result;
    },
    extend: async (claim, leaseMs) => {
      const record = keys.get(claim.key);
      if (!isOwnedBy(record, claim)) return false;
      keys.set(claim.key, { ...record, leaseUntil: now() + leaseMs });
      return true;
    },
    complete: async (claim, outcome, tx) => {
      const record = keys.get(claim.key);
      if (!isOwnedBy(record, claim)) return false;
      const write = (): void => {
        keys.set(claim.key, settleRecord(record, "done", { now: now(), outcome }));
      };
      if (tx === undefined) {
        write();
        return true;
      }
      const transaction = toTransaction(tx);
      transaction.guards.push(() => isOwnedBy(keys.get(claim.key), claim));
      transaction.onCommit(write);
      return true;
    },
    release: async (claim) => settle(claim, "free"),
    abandon: async (claim) => settle(claim, "unknown"),
  };
}

function createInbox({ inbox, now }: MemoryState): InboxStore<MemoryTx> {
  const nameOf = (entry: InboxEntry): string => JSON.stringify([entry.consumer, entry.messageId]);
  const find = (entry: InboxEntry): InboxRecord | undefined => {
    const record = inbox.get(nameOf(entry));
    return record === undefined || record.expiresAt <= now() ? undefined : record;
  };
  return {
    insert: async (entry, tx) => {
      const transaction = toTransaction(tx);
      const name = nameOf(entry);
      const record = find(entry);
      if (record?.handled === true) return record.fingerprint === entry.fingerprint ? "duplicate" : "conflict";
      transaction.check();
      if (transaction.inserted.has(name)) return "duplicate";
      transaction.inserted.add(name);
      transaction.onCommit(() =>
        inbox.set(name, {
          fingerprint: entry.fingerprint,
          attempts: record?.attempts ?? 0,
          handled: true,
          expiresAt: now() + entry.ttlMs,
        }),
      );
      return "new";
    },
    countAttempt: async (entry) => {
      const record = find(entry);
      const attempts = (record?.attempts ?? 0) + 1;
      inbox.set(nameOf(entry), {
        fingerprint: record?.handled === true ? record.fingerprint : entry.fingerprint,
        attempts,
        handled: record?.handled ?? false,
        expiresAt: now() + entry.ttlMs,
      });
      return attempts;
    },
    has: async (entry) => {
      const record = find(entry);
      return record?.handled === true && record.fingerprint === entry.fingerprint;
    },
  };
}

function createOutbox({ outbox, listeners, now }: MemoryState): OutboxStore<MemoryTx> {
  return {
    append: async (row, tx) => {
      const transaction = toTransaction(tx);
      transaction.onCommit(() => {
        if (outbox.has(row.id)) return;
        outbox.set(row.id, { row, owner: "", leaseUntil: 0 });
        for (const listener of listeners) transaction.listeners.add(listener);
      });
    },
    take: async (limit, owner, leaseMs) => {
      const taken: OutboxRow[] = [];
      const inFlight = new Set<string>();
      for (const [id, record] of outbox) {
        if (taken.length >= limit) break;
        const { key } = record.row;
        if (record.leaseUntil > now()) {
          if (key !== null) inFlight.add(key);
        } else if (key === null || !inFlight.has(key)) {
          outbox.set(id, { ...record, owner, leaseUntil: now() + leaseMs });
          taken.push(record.row);
        }
      }
      return taken;
    },
    delete: async (ids) => {
      for (const id of ids) outbox.delete(id);
    },
    giveBack: async (ids, owner) => {
      for (const id of ids) {
        const record = outbox.get(id);
        if (record?.owner === owner) outbox.set(id, { ...record, owner: "", leaseUntil: 0 });
      }
    },
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    count: async () => outbox.size,
  };
}

function purge({ keys, inbox, now }: MemoryState, limit: number): number {
  let count = 0;
  for (const [key, record] of keys) {
    if (count >= limit) return count;
    if (isExpired(record, now()) && keys.delete(key)) count += 1;
  }
  for (const [name, record] of inbox) {
    if (count >= limit) return count;
    if (record.expiresAt <= now() && inbox.delete(name)) count += 1;
  }
  return count;
}

function toTransaction(tx: unknown): Transaction {
  if (tx instanceof Transaction) return tx;
  throw new Error("this transaction is of another store");
}
