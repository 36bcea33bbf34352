import { decideClaim, isOwnedBy, settleRecord, type KeyRecord, type KeyState } from "./claim-state.ts";
import type { SqliteFile, Statements } from "./sqlite-file.ts";
import type { Claim, IdempotencyStore, StoredOutcome } from "./store.ts";

/** Keys in SQLite: read, decide and write in one write transaction; answers that change nothing are only read. */
export function createSqliteKeys(
  file: SqliteFile,
  now: () => number,
  statementsOf: (tx: unknown) => Statements,
): IdempotencyStore {
  /** Writes what `change` makes of the record, if the claim still owns it. */
  const change =
    (claim: Claim, settle: (record: KeyRecord) => KeyRecord) =>
    (statements: Statements): boolean => {
      const record = readRecord(statements, claim.key);
      if (!isOwnedBy(record, claim)) return false;
      writeRecord(statements, claim.key, settle(record));
      return true;
    };
  return {
    claim: async (request) => {
      const seen = decideClaim(readRecord(file.read, request.key), request, now());
      if (seen.write === undefined) return seen.result;
      return file.write((statements) => {
        const { result, write } = decideClaim(readRecord(statements, request.key), request, now());
        if (write !== undefined) writeRecord(statements, request.key, write);
        return result;
      });
    },
    extend: (claim, leaseMs) => file.write(change(claim, (record) => ({ ...record, leaseUntil: now() + leaseMs }))),
    complete: async (claim, outcome, tx) => {
      const complete = change(claim, (record) => settleRecord(record, "done", { now: now(), outcome }));
      return tx === undefined ? file.write(complete) : complete(statementsOf(tx));
    },
    release: (claim) => file.write(change(claim, (record) => settleRecord(record, "free", { now: now() }))),
    abandon: (claim) => file.write(change(claim, (record) => settleRecord(record, "unknown", { now: now() }))),
  };
}

const columns =
  "key, state, fingerprint, owner, fence, attempt, lease_until, ttl_ms, expires_at, status, headers, " +
  "body, request_id";

function readRecord(statements: Statements, key: string): KeyRecord | undefined {
  const row = statements.get(`SELECT ${columns} FROM trilogue_key WHERE key = ?`, key);
  if (row === undefined) return undefined;
  return {
    state: row["state"] as KeyState,
    fingerprint: row["fingerprint"] as string,
    owner: row["owner"] as string,
    fence: row["fence"] as number,
    attempt: row["attempt"] as number,
    leaseUntil: row["lease_until"] as number,
    ttlMs: row["ttl_ms"] as number,
    expiresAt: row["expires_at"] as number,
    outcome:
      row["status"] === null
        ? undefined
        : {
            status: row["status"] as number,
            headers: JSON.parse(row["headers"] as string) as StoredOutcome["headers"],
            body: row["body"] as Uint8Array,
            requestId: row["request_id"] as string,
          },
  };
}

function writeRecord(statements: Statements, key: string, record: KeyRecord): void {
  const { outcome } = record;
  statements.run(
    `INSERT OR REPLACE INTO trilogue_key (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    record.state,
    record.fingerprint,
    record.owner,
    record.fence,
    record.attempt,
    record.leaseUntil,
    record.ttlMs,
    record.expiresAt,
    outcome?.status ?? null,
    outcome === undefined ? null : JSON.stringify(outcome.headers),
    outcome?.body ?? null,
    outcome?.requestId ?? null,
  );
}
