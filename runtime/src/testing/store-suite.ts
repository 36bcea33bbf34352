import assert from "node:assert/strict";
import { test } from "node:test";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import type { Claim, ClaimRequest, ClaimResult, InboxEntry, OutboxRow, Store, StoredOutcome } from "../store/store.ts";
import { createSimulation, type Simulation } from "./simulation.ts";

/** A store, and an effect of the kind that a handler has: something written with the store's transaction. */
export interface StoreUnderTest<Tx> {
  readonly store: Store<Tx>;
  /** Writes `name` with `tx`; the same name twice is written twice. */
  writeEffect(tx: Tx, name: string): Promise<void> | void;
  /** How often `name` is there, as others see it. */
  countEffects(name: string): Promise<number> | number;
  /** After the test, beside `store.close()`. */
  close?(): Promise<void> | void;
}

/** Makes an empty store whose clock, timers and randomness come from `environment`. */
export type CreateStoreUnderTest<Tx> = (environment: Environment) => Promise<StoreUnderTest<Tx>> | StoreUnderTest<Tx>;

interface Bench<Tx> extends StoreUnderTest<Tx> {
  readonly simulation: Simulation;
}

const outcome: StoredOutcome = {
  status: 201,
  headers: [["content-type", "application/json"]],
  requestId: "r1",
  body: new TextEncoder().encode('{"id":1}'),
};

function request(owner: string, more: Partial<ClaimRequest> = {}): ClaimRequest {
  return { key: "k", fingerprint: "f", owner, leaseMs: 1_000, ttlMs: 60_000, ...more };
}

function row(id: string, key: string | null = null): OutboxRow {
  return {
    id,
    key,
    operation: "shop.v1.ShopEvents/orderPlaced",
    address: "orders",
    headers: [["ce-id", id]],
    contentType: "application/json",
    payload: new TextEncoder().encode(id),
  };
}

function entry(messageId: string, more: Partial<InboxEntry> = {}): InboxEntry {
  return { consumer: "billing/orderPlaced", messageId, fingerprint: "f", ttlMs: 60_000, ...more };
}

/**
 * Registers the tests that every store passes, with `node:test`: claims, leases, fences, takeover, replay, mismatch,
 * transactions, inbox and outbox. Run it on yours; it needs no more than a way to make one.
 */
export function testStore<Tx>(name: string, create: CreateStoreUnderTest<Tx>): void {
  const check = (title: string, body: (bench: Bench<Tx>) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const simulation = createSimulation({ seed: title });
      const made = await create(simulation);
      try {
        await simulation.run(() => body({ ...made, simulation }));
        assert.equal(simulation.pendingTimers, 0, "a timer is left");
      } finally {
        await made.store.close();
        await made.close?.();
      }
    });
  };
  checkClaims(check);
  checkSettling(check);
  checkTransactions(check);
  checkInbox(check);
  checkOutbox(check);
}

type Check<Tx> = (title: string, body: (bench: Bench<Tx>) => Promise<void>) => void;

async function own(store: Store<any>, asked: ClaimRequest): Promise<Claim> {
  const result = await store.idempotency.claim(asked);
  assert.equal(result.kind, "own");
  return { key: asked.key, owner: asked.owner, fence: (result as Extract<ClaimResult, { kind: "own" }>).fence };
}

function checkClaims<Tx>(check: Check<Tx>): void {
  check("one of many concurrent claims owns the key", async ({ store }) => {
    const owners = Array.from({ length: 50 }, (_, n) => `owner${n}`);
    const results = await Promise.all(owners.map((owner) => store.idempotency.claim(request(owner))));
    assert.equal(results.filter(({ kind }) => kind === "own").length, 1);
    for (const result of results) {
      assert.ok(result.kind === "own" || (result.kind === "busy" && result.retryAfterMs > 0));
    }
  });
  check("a claim repeated by its owner gets the same fence", async ({ store }) => {
    const first = await store.idempotency.claim(request("a"));
    assert.deepEqual(await store.idempotency.claim(request("a")), first);
  });
  check("keys do not touch each other", async ({ store }) => {
    await own(store, request("a", { key: "k1" }));
    await own(store, request("b", { key: "k2", fingerprint: "other" }));
  });
  check("another fingerprint is a mismatch, in progress, done and unknown", async ({ store }) => {
    const other = request("b", { fingerprint: "g" });
    const claim = await own(store, request("a"));
    assert.equal((await store.idempotency.claim(other)).kind, "mismatch");
    await store.idempotency.complete(claim, outcome);
    assert.equal((await store.idempotency.claim(other)).kind, "mismatch");
    const lost = await own(store, request("a", { key: "l" }));
    await store.idempotency.abandon(lost);
    assert.equal((await store.idempotency.claim({ ...other, key: "l" })).kind, "mismatch");
  });
  check("a lease that is over is taken over once, with a greater fence", async ({ store, simulation }) => {
    const first = await own(store, request("a"));
    await sleep(simulation, 1_001);
    const results = await Promise.all(["b", "c", "d"].map((owner) => store.idempotency.claim(request(owner))));
    const owned = results.filter((result) => result.kind === "own");
    assert.equal(owned.length, 1);
    assert.ok((owned[0]?.fence ?? 0) > first.fence);
    assert.deepEqual([owned[0]?.takenOver, owned[0]?.attempt], [true, 2]);
  });
  check("an extended lease is not taken over", async ({ store, simulation }) => {
    const claim = await own(store, request("a"));
    await sleep(simulation, 900);
    assert.equal(await store.idempotency.extend(claim, 1_000), true);
    await sleep(simulation, 900);
    assert.equal((await store.idempotency.claim(request("b"))).kind, "busy");
  });
  check("a jump of the wall clock changes no lease", async ({ store, simulation }) => {
    await own(store, request("a"));
    simulation.jumpWallClock(3_600_000);
    assert.equal((await store.idempotency.claim(request("b"))).kind, "busy");
    simulation.jumpWallClock(-7_200_000);
    await sleep(simulation, 1_001);
    assert.equal((await store.idempotency.claim(request("b"))).kind, "own");
  });
}

function checkSettling<Tx>(check: Check<Tx>): void {
  check("an outcome is replayed byte for byte until its time is over", async ({ store, simulation }) => {
    assert.equal(await store.idempotency.complete(await own(store, request("a")), outcome), true);
    const replay = await store.idempotency.claim(request("b"));
    assert.equal(replay.kind, "replay");
    const stored = (replay as Extract<ClaimResult, { kind: "replay" }>).outcome;
    assert.deepEqual({ ...stored, body: [...stored.body] }, { ...outcome, body: [...outcome.body] });
    await sleep(simulation, 60_001);
    assert.equal((await store.idempotency.claim(request("c"))).kind, "own");
  });
  check("who was taken over can change nothing any more", async ({ store, simulation }) => {
    const zombie = await own(store, request("a"));
    await sleep(simulation, 1_001);
    const owner = await own(store, request("b"));
    assert.equal(await store.idempotency.extend(zombie, 1_000), false);
    assert.equal(await store.idempotency.complete(zombie, { ...outcome, status: 500 }), false);
    assert.equal(await store.idempotency.release(zombie), false);
    assert.equal(await store.idempotency.abandon(zombie), false);
    assert.equal(await store.idempotency.complete(owner, outcome), true);
    const replay = await store.idempotency.claim(request("c"));
    assert.equal(replay.kind === "replay" ? replay.outcome.status : undefined, 201);
  });
  check("a lease that is over but not taken over may still complete", async ({ store, simulation }) => {
    const claim = await own(store, request("a"));
    await sleep(simulation, 5_000);
    assert.equal(await store.idempotency.complete(claim, outcome), true);
  });
  check("a released key is free at once, for any content, and its fence goes on", async ({ store }) => {
    const first = await own(store, request("a"));
    assert.equal(await store.idempotency.release(first), true);
    const second = await own(store, request("b", { fingerprint: "g" }));
    assert.ok(second.fence > first.fence);
    assert.equal(await store.idempotency.complete(first, outcome), false);
  });
  check("an abandoned key stays unknown, and is given only to who can resume", async ({ store }) => {
    const claim = await own(store, request("a"));
    assert.equal(await store.idempotency.abandon(claim), true);
    assert.equal((await store.idempotency.claim(request("b"))).kind, "unknown");
    const resumed = await store.idempotency.claim(request("c", { resume: true }));
    assert.ok(resumed.kind === "own" && resumed.takenOver && resumed.fence > claim.fence);
  });
  check("purge forgets what is over, in portions, and nothing else", async ({ store, simulation }) => {
    for (let n = 0; n < 5; n++) {
      await store.idempotency.complete(await own(store, request("a", { key: `old${n}` })), outcome);
    }
    await own(store, request("a", { key: "live", leaseMs: 3_600_000 }));
    await sleep(simulation, 60_001);
    assert.deepEqual([await store.purge(3), await store.purge(3), await store.purge(3)], [3, 2, 0]);
    assert.equal((await store.idempotency.claim(request("b", { key: "live" }))).kind, "busy");
  });
}

function checkTransactions<Tx>(check: Check<Tx>): void {
  check("effect and outcome commit together", async ({ store, writeEffect, countEffects }) => {
    const claim = await own(store, request("a"));
    await store.transaction(async (tx) => {
      await writeEffect(tx, "charge");
      assert.equal(await store.idempotency.complete(claim, outcome, tx), true);
    });
    assert.equal(await countEffects("charge"), 1);
    assert.equal((await store.idempotency.claim(request("b"))).kind, "replay");
  });
  check("a failed transaction leaves neither effect nor outcome", async ({ store, writeEffect, countEffects }) => {
    const claim = await own(store, request("a"));
    await assert.rejects(
      store.transaction(async (tx) => {
        await writeEffect(tx, "charge");
        await store.idempotency.complete(claim, outcome, tx);
        await store.outbox.append(row("m1"), tx);
        await store.inbox.insert(entry("i1"), tx);
        throw new Error("broken");
      }),
      /broken/,
    );
    assert.equal(await countEffects("charge"), 0);
    assert.deepEqual([await store.outbox.count(), await store.inbox.has(entry("i1"))], [0, false]);
    assert.equal((await store.idempotency.claim(request("b"))).kind, "busy");
  });
  check("an abort rolls back at once and ends the transaction", async (bench) => {
    const { store, simulation, writeEffect, countEffects } = bench;
    const controller = new AbortController();
    const reason = new Error("the caller left");
    let goOn = (): void => undefined;
    let late: Promise<unknown> = Promise.resolve();
    const done = store.transaction(
      async (tx) => {
        await writeEffect(tx, "charge");
        late = new Promise<void>((resolve) => {
          goOn = resolve;
        }).then(() => writeEffect(tx, "charge"));
        await late;
      },
      { signal: controller.signal },
    );
    simulation.setTimer(() => controller.abort(reason), 1);
    await assert.rejects(done, (error) => error === reason);
    goOn();
    await assert.rejects(late, /ended/);
    assert.equal(await countEffects("charge"), 0);
  });
  check("writers take turns, first in, first out, and an abort gives the place up", async ({ store, simulation }) => {
    const order: string[] = [];
    const controller = new AbortController();
    const write = (title: string, signal?: AbortSignal): Promise<void> =>
      store.transaction(
        async () => {
          order.push(`${title} begins`);
          await sleep(simulation, 10);
          order.push(`${title} ends`);
        },
        signal === undefined ? {} : { signal },
      );
    const writers = [write("a"), write("b", controller.signal), write("c")];
    await sleep(simulation, 5);
    controller.abort("gone");
    await assert.rejects(writers[1] as Promise<void>, (error) => error === "gone");
    assert.equal(simulation.monotonic(), 5);
    await Promise.all([writers[0], writers[2]]);
    assert.deepEqual(order, ["a begins", "a ends", "c begins", "c ends"]);
  });
}

function checkInbox<Tx>(check: Check<Tx>): void {
  check("a message is new once, a duplicate then, and a conflict with other content", async ({ store }) => {
    const insert = (one: InboxEntry): Promise<string> => store.transaction((tx) => store.inbox.insert(one, tx));
    const entries = [entry("m"), entry("m"), entry("m", { fingerprint: "g" })];
    assert.deepEqual(await Promise.all(entries.map(insert)), ["new", "duplicate", "conflict"]);
    assert.equal(await insert(entry("m", { consumer: "mail/orderPlaced" })), "new");
    assert.deepEqual([await store.inbox.has(entry("m")), await store.inbox.has(entry("n"))], [true, false]);
  });
  check("tries are counted outside of transactions and do not make a message handled", async ({ store }) => {
    assert.equal(await store.inbox.countAttempt(entry("m")), 1);
    await assert.rejects(
      store.transaction(async (tx) => {
        await store.inbox.insert(entry("m"), tx);
        throw new Error("broken");
      }),
    );
    assert.equal(await store.inbox.countAttempt(entry("m")), 2);
    assert.equal(await store.inbox.has(entry("m")), false);
    assert.equal(await store.transaction((tx) => store.inbox.insert(entry("m"), tx)), "new");
  });
  check("a message is forgotten after its time", async ({ store, simulation }) => {
    await store.transaction((tx) => store.inbox.insert(entry("m"), tx));
    await sleep(simulation, 60_001);
    assert.equal(await store.inbox.has(entry("m")), false);
    assert.equal(await store.purge(10), 1);
  });
}

function checkOutbox<Tx>(check: Check<Tx>): void {
  const append = (store: Store<Tx>, ...rows: OutboxRow[]): Promise<void> =>
    store.transaction(async (tx) => {
      for (const one of rows) await store.outbox.append(one, tx);
    });
  const ids = async (rows: Promise<readonly OutboxRow[]>): Promise<string[]> => (await rows).map(({ id }) => id);

  check("messages are taken once, in order, and come back when the lease is over", async ({ store, simulation }) => {
    let heard = 0;
    const stop = store.outbox.onAppend(() => {
      heard += 1;
    });
    await append(store, row("1"), row("2"), row("3"));
    assert.equal(heard, 1);
    stop();
    const first = await store.outbox.take(2, "relay1", 1_000);
    const plain = (one: OutboxRow): unknown => ({ ...one, payload: [...one.payload] });
    assert.deepEqual(first.map(plain), [row("1"), row("2")].map(plain));
    assert.deepEqual(await ids(store.outbox.take(5, "relay2", 1_000)), ["3"]);
    await sleep(simulation, 1_001);
    assert.deepEqual(await ids(store.outbox.take(5, "relay2", 1_000)), ["1", "2", "3"]);
    await store.outbox.delete(["1", "2", "3"]);
    assert.equal(await store.outbox.count(), 0);
    assert.equal(heard, 1);
  });
  check("the same id twice is one message", async ({ store }) => {
    await append(store, row("1"), row("1"));
    await append(store, row("1"));
    assert.equal(await store.outbox.count(), 1);
  });
  check("messages of one key never overtake each other", async ({ store }) => {
    await append(store, row("a1", "a"), row("b1", "b"), row("a2", "a"), row("a3", "a"));
    assert.deepEqual(await ids(store.outbox.take(1, "relay1", 1_000)), ["a1"]);
    assert.deepEqual(await ids(store.outbox.take(5, "relay2", 1_000)), ["b1"]);
    await store.outbox.giveBack(["a1"], "relay2");
    assert.deepEqual(await ids(store.outbox.take(5, "relay2", 1_000)), []);
    await store.outbox.giveBack(["a1"], "relay1");
    assert.deepEqual(await ids(store.outbox.take(5, "relay2", 1_000)), ["a1", "a2", "a3"]);
  });
}
