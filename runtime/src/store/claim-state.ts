import type { Claim, ClaimRequest, ClaimResult, StoredOutcome } from "./store.ts";

/**
 * Where a key is. `free`: released, there was no effect; it stays so that fences keep growing. `unknown`: an owner may
 * have had its effect.
 */
export type KeyState = "inProgress" | "done" | "free" | "unknown";

/** The record of a key; times are the store's clock, milliseconds. */
export interface KeyRecord {
  readonly state: KeyState;
  readonly fingerprint: string;
  readonly owner: string;
  readonly fence: number;
  readonly attempt: number;
  readonly leaseUntil: number;
  readonly ttlMs: number;
  readonly expiresAt: number;
  readonly outcome: StoredOutcome | undefined;
}

/** What a claim finds, and the record to write when it changes something. */
export interface ClaimDecision {
  readonly result: ClaimResult;
  readonly write: KeyRecord | undefined;
}

/**
 * The state machine of a key, without any storage: none -> inProgress -> done, with takeover when a lease is over. It
 * decides; the store makes reading, deciding and writing one atomic step.
 */
export function decideClaim(record: KeyRecord | undefined, request: ClaimRequest, now: number): ClaimDecision {
  if (record === undefined || isExpired(record, now)) return own(request, { now, fence: 1 + (record?.fence ?? 0) });
  if (record.state === "free") return own(request, { now, fence: record.fence + 1, attempt: record.attempt + 1 });
  if (record.fingerprint !== request.fingerprint) return keep({ kind: "mismatch" });
  if (record.state === "done") {
    if (record.outcome === undefined) throw new Error("internal: a key is done without an outcome");
    return keep({ kind: "replay", outcome: record.outcome });
  }
  if (record.state === "unknown" && request.resume !== true) return keep({ kind: "unknown", fence: record.fence });
  if (record.state === "inProgress" && record.owner === request.owner) return keepOwned(record, request, now);
  if (record.state === "inProgress" && record.leaseUntil > now) {
    return keep({ kind: "busy", retryAfterMs: record.leaseUntil - now });
  }
  return own(request, { now, fence: record.fence + 1, attempt: record.attempt + 1, takenOver: true });
}

/** Whether the claim still owns the key. A lease that is over but was not taken over is still owned. */
export function isOwnedBy(record: KeyRecord | undefined, claim: Claim): record is KeyRecord {
  return record?.state === "inProgress" && record.owner === claim.owner && record.fence === claim.fence;
}

/** Whether the record may be forgotten: its time is over and nobody is at work on it. */
export function isExpired(record: KeyRecord, now: number): boolean {
  return record.expiresAt <= now && (record.state !== "inProgress" || record.leaseUntil <= now);
}

/** The record after its owner has said how it ended. */
export function settleRecord(
  record: KeyRecord,
  to: Exclude<KeyState, "inProgress">,
  settled: { readonly now: number; readonly outcome?: StoredOutcome },
): KeyRecord {
  return { ...record, state: to, leaseUntil: 0, expiresAt: settled.now + record.ttlMs, outcome: settled.outcome };
}

function keep(result: ClaimResult): ClaimDecision {
  return { result, write: undefined };
}

/** The reply to the first claim was lost: the same owner gets the same fence, and a fresh lease. */
function keepOwned(record: KeyRecord, request: ClaimRequest, now: number): ClaimDecision {
  return {
    result: { kind: "own", fence: record.fence, attempt: record.attempt, takenOver: false },
    write: { ...record, leaseUntil: now + request.leaseMs },
  };
}

function own(
  request: ClaimRequest,
  as: { readonly now: number; readonly fence: number; readonly attempt?: number; readonly takenOver?: boolean },
): ClaimDecision {
  const { now, fence, attempt = 1, takenOver = false } = as;
  return {
    result: { kind: "own", fence, attempt, takenOver },
    write: {
      state: "inProgress",
      fingerprint: request.fingerprint,
      owner: request.owner,
      fence,
      attempt,
      leaseUntil: now + request.leaseMs,
      ttlMs: request.ttlMs,
      expiresAt: now + request.ttlMs,
      outcome: undefined,
    },
  };
}
