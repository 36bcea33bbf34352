import { realpathSync } from "node:fs";
import { dirname, join, basename } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { ServiceError } from "../error/service-error.ts";
import { createWriterLock, type WriterLock } from "./writer-lock.ts";

/** Statements of one connection, prepared once. */
export interface Statements {
  get(sql: string, ...values: readonly SQLInputValue[]): Record<string, unknown> | undefined;
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Record<string, unknown>[];
  /** Returns how many rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
}

/** An open write transaction: `commit` or `rollback`, exactly one. */
export interface SqliteTurn {
  commit(): void;
  rollback(): void;
}

/** A database file with one writing and one reading connection. */
export interface SqliteFile {
  readonly writer: DatabaseSync;
  /** Statements on the writing connection; only inside `write`. */
  readonly inWrite: Statements;
  /** Statements on the reading connection: sees what is committed, waits for nobody. */
  readonly read: Statements;
  /** Opens a write transaction once it is this writer's turn. */
  begin(signal?: AbortSignal): Promise<SqliteTurn>;
  /** Runs `work` at once in a write transaction of its own. */
  write<T>(work: (statements: Statements) => T): Promise<T>;
  close(): Promise<void>;
}

/** What a file is opened with. */
export interface SqliteFileOptions {
  readonly path: string;
  readonly environment: Environment;
  /** `full` also survives a loss of power, `normal` only the death of the process. */
  readonly durability: "full" | "normal";
  /** How long to wait for the turn, and then to try while other processes write, milliseconds. */
  readonly maxWaitMs: number;
}

/** One lock for all stores of a file in this process: SQLite has one writer. */
const locks = new Map<string, { readonly lock: WriterLock; users: number }>();

/** Opens the file in WAL mode. Its own busy timeout is 0: that one would stop the whole event loop. */
export function openSqliteFile(options: SqliteFileOptions): SqliteFile {
  const path = join(realpathSync(dirname(options.path)), basename(options.path));
  const writer = new DatabaseSync(path, { timeout: 0 });
  const reader = new DatabaseSync(path, { timeout: 0 });
  setUp(writer, options.durability);
  reader.exec("PRAGMA query_only = ON");
  const shared = locks.get(path) ?? { lock: createWriterLock(), users: 0 };
  shared.users += 1;
  locks.set(path, shared);
  const inWrite = createStatements(writer);
  const begin = async (signal?: AbortSignal): Promise<SqliteTurn> => {
    const release = await shared.lock.acquire({ ...options, ...(signal === undefined ? {} : { signal }) });
    try {
      // A roll-back that failed must not fail everybody who comes later.
      rollBack(writer);
      await retryWhileBusy(options, () => writer.exec("BEGIN IMMEDIATE"), signal);
    } catch (error) {
      release();
      throw error;
    }
    return createTurn(writer, release);
  };
  return {
    writer,
    inWrite,
    begin,
    read: createStatements(reader),
    write: async (work) => {
      const transaction = await begin();
      let result;
      try {
        result = work(inWrite);
      } catch (error) {
        transaction.rollback();
        throw error;
      }
      transaction.commit();
      return result;
    },
    close: async () => {
      const release = await shared.lock.acquire();
      if (!writer.isOpen) {
        release();
        return;
      }
      shared.users -= 1;
      if (shared.users === 0) locks.delete(path);
      reader.close();
      writer.close();
      release();
    },
  };
}

function createTurn(writer: DatabaseSync, release: () => void): SqliteTurn {
  return {
    commit: () => {
      try {
        writer.exec("COMMIT");
      } catch (error) {
        rollBack(writer);
        throw error;
      } finally {
        release();
      }
    },
    rollback: () => {
      try {
        rollBack(writer);
      } finally {
        release();
      }
    },
  };
}

function rollBack(writer: DatabaseSync): void {
  // A failed statement may have rolled back by itself (SQLite: a full disk, for example).
  if (writer.isTransaction) writer.exec("ROLLBACK");
}

function setUp(writer: DatabaseSync, durability: "full" | "normal"): void {
  // Another process may be setting up the same new file: here, and only here, waiting in place is right.
  writer.exec("PRAGMA busy_timeout = 2000");
  writer.exec("PRAGMA journal_mode = WAL");
  writer.exec(`PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"}`);
  writer.exec(schema);
  writer.exec("PRAGMA busy_timeout = 0");
}

function createStatements(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>();
  const find = (sql: string): StatementSync => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
  return {
    get: (sql, ...values) => find(sql).get(...values) as Record<string, unknown> | undefined,
    all: (sql, ...values) => find(sql).all(...values) as Record<string, unknown>[],
    run: (sql, ...values) => Number(find(sql).run(...values).changes),
  };
}

/** Tries again, with growing random waits up to 50 ms, while another process holds the file. */
async function retryWhileBusy(options: SqliteFileOptions, action: () => void, signal?: AbortSignal): Promise<void> {
  const { environment, maxWaitMs } = options;
  const end = environment.monotonic() + maxWaitMs;
  for (let tries = 0; ; tries++) {
    try {
      action();
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (environment.monotonic() >= end) {
        throw new ServiceError("unavailable", `the database stayed locked for ${maxWaitMs} ms`, {
          cause: error,
          origin: "transport",
          sent: "no",
        });
      }
    }
    await sleep(environment, Math.min(50, 2 ** tries) * (0.5 + environment.random() / 2), signal);
  }
}

/** SQLITE_BUSY (5) and SQLITE_BUSY_SNAPSHOT and the like, which share the low byte. */
function isBusy(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown }).errcode;
  return typeof code === "number" && (code & 0xff) === 5;
}

const schema = `
CREATE TABLE IF NOT EXISTS trilogue_key (
  key TEXT PRIMARY KEY, state TEXT NOT NULL, fingerprint TEXT NOT NULL, owner TEXT NOT NULL, fence INTEGER NOT NULL,
  attempt INTEGER NOT NULL, lease_until REAL NOT NULL, ttl_ms REAL NOT NULL, expires_at REAL NOT NULL,
  status INTEGER, headers TEXT, body BLOB, request_id TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS trilogue_key_expiry ON trilogue_key (expires_at);
CREATE TABLE IF NOT EXISTS trilogue_inbox (
  consumer TEXT NOT NULL, message_id TEXT NOT NULL, fingerprint TEXT NOT NULL, attempts INTEGER NOT NULL,
  handled INTEGER NOT NULL, expires_at REAL NOT NULL, PRIMARY KEY (consumer, message_id)
) STRICT;
CREATE INDEX IF NOT EXISTS trilogue_inbox_expiry ON trilogue_inbox (expires_at);
CREATE TABLE IF NOT EXISTS trilogue_outbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, operation TEXT NOT NULL, address TEXT NOT NULL,
  key TEXT, headers TEXT NOT NULL, content_type TEXT NOT NULL, payload BLOB NOT NULL, owner TEXT NOT NULL,
  lease_until REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS trilogue_outbox_key ON trilogue_outbox (key, sequence);
`;
