import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { createMemoryStore } from "../../../runtime/src/store/memory.ts";
import { createSqliteStore } from "../../../runtime/src/store/sqlite.ts";
import type { Claim, Store } from "../../../runtime/src/store/store.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/index.ts";

const owners = ["a", "b", "c"] as const;
const leaseMs = 1_000;
const ttlMs = 3_000;
const outcome = { status: 200, headers: [], body: new Uint8Array([1]), requestId: "r" };

type KeyStep =
  | { readonly kind: "claim"; readonly owner: string; readonly fingerprint: string; readonly resume: boolean }
  | { readonly kind: "extend" | "complete" | "completeInTx" | "release" | "abandon"; readonly owner: string }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "purge" };

const owner = fc.constantFrom(...owners);
const wait = fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 999, 1_001, 3_001) });
const keyStep: fc.Arbitrary<KeyStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      owner,
      fingerprint: fc.constantFrom("f", "f", "f", "g"),
      resume: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("extend" as const, "complete", "completeInTx", "release", "abandon"),
      owner,
    }),
  },
  { weight: 2, arbitrary: wait },
  { weight: 1, arbitrary: fc.constant({ kind: "purge" as const }) },
);

/** Both stores in one virtual time. */
function openBoth(): {
  readonly simulation: Simulation;
  readonly stores: readonly Store<any>[];
  close(): Promise<void>;
} {
  const simulation = createSimulation({ seed: 1, maxRunMs: Infinity });
  const folder = mkdtempSync(join(tmpdir(), "trilogue-model-"));
  const file = createSqliteStore({ path: join(folder, "s.db"), environment: simulation, durability: "normal" });
  return {
    simulation,
    stores: [createMemoryStore({ environment: simulation }), file],
    close: async () => {
      await file.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What the history of one key may never show, whatever the store. */
class KeyWatch {
  fence = 0;
  liveUntil = 0;
  owner = "";
  done = false;

  claimed(by: string, fence: number, now: number): void {
    assert.ok(!this.done, "owned after its outcome was recorded");
    assert.ok(by === this.owner || now >= this.liveUntil, `"${by}" owns what "${this.owner}" still holds`);
    assert.ok(by === this.owner ? fence >= this.fence : fence > this.fence, "a fence that did not grow");
    [this.owner, this.fence, this.liveUntil] = [by, fence, now + leaseMs];
  }

  changed(claim: Claim, kind: string, now: number): void {
    assert.equal(claim.fence, this.fence, `${kind} by a fenced owner`);
    this.liveUntil = kind === "extend" ? now + leaseMs : now;
    if (kind.startsWith("complete")) this.done = true;
  }
}

async function runKey(
  store: Store<any>,
  step: Exclude<KeyStep, { kind: "wait" }>,
  at: { readonly key: string; readonly claims: Map<string, Claim>; readonly watch: KeyWatch; readonly now: number },
): Promise<unknown> {
  const { key, claims, watch, now } = at;
  if (step.kind === "purge") return store.purge(1_000);
  if (step.kind === "claim") {
    const result = await store.idempotency.claim({ ...step, key, leaseMs, ttlMs });
    if (result.kind === "own") {
      watch.claimed(step.owner, result.fence, now);
      claims.set(step.owner, { key, owner: step.owner, fence: result.fence });
    }
    return result.kind === "busy"
      ? { ...result, retryAfterMs: Math.round(result.retryAfterMs) }
      : result.kind === "replay"
        ? { kind: result.kind, status: result.outcome.status }
        : result;
  }
  const claim = claims.get(step.owner);
  if (claim === undefined) return undefined;
  const { idempotency } = store;
  const changed =
    step.kind === "extend"
      ? await idempotency.extend(claim, leaseMs)
      : step.kind === "complete"
        ? await idempotency.complete(claim, outcome)
        : step.kind === "completeInTx"
          ? await store.transaction((tx) => idempotency.complete(claim, outcome, tx))
          : await idempotency[step.kind](claim);
  if (changed) watch.changed(claim, step.kind, now);
  return changed;
}

test("whatever owners do, one at a time owns a key, fences grow, and both stores say the same", async () => {
  const { simulation, stores, close } = openBoth();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(keyStep, { maxLength: 25, size: "max" }), async (steps) => {
      const key = `key ${run++}`;
      const parts = stores.map((store) => ({ store, claims: new Map<string, Claim>(), watch: new KeyWatch() }));
      const startedAt = simulation.monotonic();
      for (const step of steps) {
        if (step.kind === "wait") {
          await simulation.advance(step.ms);
          continue;
        }
        const now = simulation.monotonic();
        // After a time to live nothing is promised any more.
        if (now - startedAt >= ttlMs) break;
        const [memory, sqlite] = await simulation.run(() =>
          Promise.all(parts.map(({ store, claims, watch }) => runKey(store, step, { key, claims, watch, now }))),
        );
        if (step.kind !== "purge") assert.deepEqual(sqlite, memory, JSON.stringify(step));
      }
    }),
    { numRuns: 2_000, seed: 11 },
  );
  await close();
});

type OutboxStep =
  | { readonly kind: "append"; readonly key: string | null; readonly commit: boolean }
  | { readonly kind: "take"; readonly relay: string; readonly limit: number }
  | { readonly kind: "publish" | "giveBack" | "crash"; readonly relay: string }
  | { readonly kind: "wait"; readonly ms: number };

const relay = fc.constantFrom("one", "two");
const outboxStep: fc.Arbitrary<OutboxStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      key: fc.constantFrom("x", "y", null),
      commit: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      relay,
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("publish" as const, "giveBack", "crash"), relay }) },
  { weight: 1, arbitrary: wait },
);

test("two relays that take, publish, fail and crash lose no row and keep the order of a key", async () => {
  const { simulation, stores, close } = openBoth();
  let row = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(outboxStep, { maxLength: 30, size: "max" }), async (steps) => {
      for (const { outbox, transaction } of stores) {
        const appended: { id: string; key: string | null }[] = [];
        const published: string[] = [];
        const held = new Map<string, readonly { readonly id: string; readonly key: string | null }[]>();
        const run = async (step: OutboxStep): Promise<void> => {
          if (step.kind === "append") {
            const id = `row ${row++}`;
            const one = {
              id,
              key: step.key,
              operation: "o",
              address: "a",
              headers: [],
              contentType: "",
              payload: new Uint8Array(),
            };
            const work = transaction(async (tx) => {
              await outbox.append(one, tx);
              if (!step.commit) throw new Error("rolled back");
            });
            if (step.commit) await work.then(() => appended.push(one));
            else await assert.rejects(work);
          } else if (step.kind === "take") {
            if (held.has(step.relay)) return;
            held.set(step.relay, await outbox.take(step.limit, step.relay, leaseMs));
          } else if (step.kind !== "wait") {
            const rows = held.get(step.relay) ?? [];
            held.delete(step.relay);
            const ids = rows.map(({ id }) => id);
            if (step.kind === "publish") {
              published.push(...ids);
              await outbox.delete(ids);
            } else if (step.kind === "giveBack") await outbox.giveBack(ids, step.relay);
          }
        };
        for (const step of steps) {
          await simulation.run(() => run(step));
          // Relays publish nothing after their lease: waiting for longer is a crash.
          if (step.kind === "wait") {
            held.clear();
            await simulation.advance(Math.max(step.ms, leaseMs + 1));
          }
        }
        await simulation.advance(leaseMs + 1);
        for (let rounds = 0; (await simulation.run(() => outbox.count())) > 0; rounds++) {
          assert.ok(rounds < 100, "rows that nobody can take");
          held.clear();
          await simulation.run(() => run({ kind: "take", relay: "one", limit: 3 }));
          await simulation.run(() => run({ kind: "publish", relay: "one" }));
        }
        for (const key of ["x", "y"]) {
          const ids = appended.filter((one) => one.key === key).map(({ id }) => id);
          assert.deepEqual(
            published.filter((id) => ids.includes(id)),
            ids,
            `order of "${key}"`,
          );
        }
        assert.deepEqual([...published].sort(), appended.map(({ id }) => id).sort());
      }
    }),
    { numRuns: 600, seed: 12 },
  );
  await close();
});
