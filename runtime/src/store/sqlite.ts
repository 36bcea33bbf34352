import type { StatementSync } from "node:sqlite";
import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { openSqliteFile, type SqliteFile, type Statements } from "./sqlite-file.ts";
import { createSqliteKeys } from "./sqlite-keys.ts";
import type { InboxEntry, InboxStore, OutboxRow, OutboxStore, Store } from "./store.ts";
import { untilAborted } from "./writer-lock.ts";

/** A statement of one transaction. It fails after the transaction has ended, also when it was prepared before. */
export type SqliteStatement = Pick<StatementSync, "all" | "get" | "run">;

/** A write transaction of the database: statements prepared with it commit with the recorded outcome, or not at all. */
export interface SqliteTx {
  /** Prepared once a text and kept. Fails after the transaction has ended. */
  prepare(sql: string): SqliteStatement;
  /** For several statements at once. Never BEGIN, COMMIT or ROLLBACK. */
  exec(sql: string): void;
}

/** What a SQLite store is opened with. */
export interface SqliteStoreOptions {
  /** The database file; the user's own tables may stand in it beside those that begin with `trilogue_`. */
  readonly path: string;
  readonly environment?: Environment;
  /** `full` (default) also survives a loss of power, `normal` only the death of the process. */
  readonly durability?: "full" | "normal";
  /** How long a writer waits for its turn, and then tries while other processes write, milliseconds; default 30 s. */
  readonly maxWaitMs?: number;
}

class Transaction implements SqliteTx {
  readonly file: SqliteFile;
  readonly #prepared: Map<string, StatementSync>;
  appended = false;
  open = true;

  constructor(file: SqliteFile, prepared: Map<string, StatementSync>) {
    this.file = file;
    this.#prepared = prepared;
  }

  prepare(sql: string): SqliteStatement {
    this.check();
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.file.writer.prepare(sql);
      if (this.#prepared.size < 1_000) this.#prepared.set(sql, statement);
    }
    return guard(statement, () => this.check());
  }

  exec(sql: string): void {
    this.check();
    this.file.writer.exec(sql);
  }

  check(): void {
    if (!this.open) throw new Error("the transaction has ended: what was to be written with it is not written");
  }
}

/**
 * A store in a SQLite file, for one host and any number of processes. Writers of this process wait their turn
 * asynchronously; a handler in a transaction therefore holds up other writers of the file, and must not wait for one:
 * a `transaction` inside another waits for itself, until its signal fires or `maxWaitMs` are over.
 *
 * Its clock is the machine's wall clock at opening, carried on monotonically, so that later jumps change no lease.
 */
export function createSqliteStore(options: SqliteStoreOptions): Store<SqliteTx> {
  const environment = options.environment ?? systemEnvironment;
  if (options.path === "" || options.path.startsWith(":")) {
    throw new Error("expected the path of a file; for a store in memory use createMemoryStore");
  }
  const file = openSqliteFile({
    path: options.path,
    environment,
    durability: options.durability ?? "full",
    maxWaitMs: options.maxWaitMs ?? 30_000,
  });
  const startMs = environment.now() - environment.monotonic();
  const now = (): number => startMs + environment.monotonic();
  const listeners = new Set<() => void>();
  const prepared = new Map<string, StatementSync>();
  const transactionOf = (tx: unknown): Transaction => {
    if (!(tx instanceof Transaction) || tx.file !== file) throw new Error("this transaction is of another store");
    tx.check();
    return tx;
  };
  return {
    name: "sqlite",
    idempotency: createSqliteKeys(file, now, (tx) => transactionOf(tx).file.inWrite),
    inbox: createInbox(file, now, transactionOf),
    outbox: createOutbox(file, now, { transactionOf, listeners }),
    transaction: async (work, { signal } = {}) => {
      const turn = await file.begin(signal);
      const tx = new Transaction(file, prepared);
      let result;
      try {
        result = await untilAborted(work(tx), signal);
      } catch (error) {
        tx.open = false;
        turn.rollback();
        throw error;
      }
      tx.open = false;
      turn.commit();
      if (tx.appended) for (const listener of listeners) listener();
      return result;
    },
    purge: (limit) => file.write((statements) => purge(statements, limit, now())),
    close: () => file.close(),
  };
}

/**
 * A handler that was given up may still run. The connection is somebody else's then, so its statements must not: the
 * write would stand alone, or in the other's transaction.
 */
function guard(statement: StatementSync, check: () => void): SqliteStatement {
  const checked = <Name extends keyof SqliteStatement>(name: Name): SqliteStatement[Name] => {
    const method = (...values: never[]): unknown => {
      check();
      return (statement[name] as (...values: never[]) => unknown).apply(statement, values);
    };
    return method as SqliteStatement[Name];
  };
  return { all: checked("all"), get: checked("get"), run: checked("run") };
}

interface InboxRow {
  readonly attempts: number;
  readonly handled: boolean;
  readonly fingerprint: string;
}

const findInInbox =
  "SELECT fingerprint, attempts, handled FROM trilogue_inbox " +
  "WHERE consumer = ? AND message_id = ? AND expires_at > ?";
const writeToInbox =
  "INSERT OR REPLACE INTO trilogue_inbox " +
  "(consumer, message_id, fingerprint, attempts, handled, expires_at) VALUES (?, ?, ?, ?, ?, ?)";

function createInbox(
  file: SqliteFile,
  now: () => number,
  transactionOf: (tx: unknown) => Transaction,
): InboxStore<SqliteTx> {
  const find = (statements: Statements, entry: InboxEntry): Record<string, unknown> | undefined =>
    statements.get(findInInbox, entry.consumer, entry.messageId, now());
  const write = (statements: Statements, entry: InboxEntry, to: InboxRow): void => {
    statements.run(
      writeToInbox,
      entry.consumer,
      entry.messageId,
      to.fingerprint,
      to.attempts,
      to.handled ? 1 : 0,
      now() + entry.ttlMs,
    );
  };
  return {
    insert: async (entry, tx) => {
      const statements = transactionOf(tx).file.inWrite;
      const row = find(statements, entry);
      if (row?.["handled"] === 1) return row["fingerprint"] === entry.fingerprint ? "duplicate" : "conflict";
      write(statements, entry, {
        attempts: Number(row?.["attempts"] ?? 0),
        handled: true,
        fingerprint: entry.fingerprint,
      });
      return "new";
    },
    countAttempt: (entry) =>
      file.write((statements) => {
        const row = find(statements, entry);
        const attempts = Number(row?.["attempts"] ?? 0) + 1;
        const handled = row?.["handled"] === 1;
        write(statements, entry, {
          attempts,
          handled,
          fingerprint: handled ? String(row?.["fingerprint"]) : entry.fingerprint,
        });
        return attempts;
      }),
    has: async (entry) => {
      const row = find(file.read, entry);
      return row?.["handled"] === 1 && row["fingerprint"] === entry.fingerprint;
    },
  };
}

/** Rows whose key has an earlier row in flight wait for it, so that rows of one key never overtake each other. */
const takeable = `SELECT sequence, id, operation, address, key, headers, content_type, payload
  FROM trilogue_outbox AS own WHERE lease_until <= ?1 AND (key IS NULL OR NOT EXISTS (
    SELECT 1 FROM trilogue_outbox AS earlier
    WHERE earlier.key = own.key AND earlier.sequence < own.sequence AND earlier.lease_until > ?1))
  ORDER BY sequence LIMIT ?2`;

function createOutbox(
  file: SqliteFile,
  now: () => number,
  parts: { readonly transactionOf: (tx: unknown) => Transaction; readonly listeners: Set<() => void> },
): OutboxStore<SqliteTx> {
  return {
    append: async (row, tx) => {
      const transaction = parts.transactionOf(tx);
      transaction.file.inWrite.run(
        "INSERT OR IGNORE INTO trilogue_outbox (id, operation, address, key, headers, " +
          "content_type, payload, owner, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0)",
        row.id,
        row.operation,
        row.address,
        row.key,
        JSON.stringify(row.headers),
        row.contentType,
        row.payload,
      );
      transaction.appended = true;
    },
    take: async (limit, owner, leaseMs) => {
      // Relays poll: an empty outbox must not cost a write.
      if (file.read.get("SELECT 1 FROM trilogue_outbox WHERE lease_until <= ? LIMIT 1", now()) === undefined) return [];
      return file.write((statements) => {
        const rows = statements.all(takeable, now(), limit);
        for (const row of rows) {
          statements.run(
            "UPDATE trilogue_outbox SET owner = ?, lease_until = ? WHERE sequence = ?",
            owner,
            now() + leaseMs,
            row["sequence"] as number,
          );
        }
        return rows.map(toOutboxRow);
      });
    },
    delete: (ids) =>
      file.write((statements) => {
        for (const id of ids) statements.run("DELETE FROM trilogue_outbox WHERE id = ?", id);
      }),
    giveBack: (ids, owner) =>
      file.write((statements) => {
        for (const id of ids) {
          statements.run(
            "UPDATE trilogue_outbox SET owner = '', lease_until = 0 WHERE id = ? AND owner = ?",
            id,
            owner,
          );
        }
      }),
    onAppend: (listener) => {
      parts.listeners.add(listener);
      return () => parts.listeners.delete(listener);
    },
    count: async () => Number(file.read.get("SELECT count(*) AS count FROM trilogue_outbox")?.["count"] ?? 0),
  };
}

function toOutboxRow(row: Record<string, unknown>): OutboxRow {
  return {
    id: row["id"] as string,
    operation: row["operation"] as string,
    address: row["address"] as string,
    key: row["key"] as string | null,
    headers: JSON.parse(row["headers"] as string) as OutboxRow["headers"],
    contentType: row["content_type"] as string,
    payload: row["payload"] as Uint8Array,
  };
}

function purge(statements: Statements, limit: number, now: number): number {
  const keys = statements.run(
    "DELETE FROM trilogue_key WHERE rowid IN (SELECT rowid FROM trilogue_key " +
      "WHERE expires_at <= ?1 AND (state <> 'inProgress' OR lease_until <= ?1) LIMIT ?2)",
    now,
    limit,
  );
  if (keys >= limit) return keys;
  return (
    keys +
    statements.run(
      "DELETE FROM trilogue_inbox WHERE rowid IN (SELECT rowid FROM trilogue_inbox " + "WHERE expires_at <= ? LIMIT ?)",
      now,
      limit - keys,
    )
  );
}
