import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logger } from "../../../runtime/src/call/context.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createConsumer, createProducer, startRelay } from "../../../runtime/src/event/index.ts";
import { createPurging } from "../../../runtime/src/idempotency/purging.ts";
import { createMemoryStore, type MemoryTx } from "../../../runtime/src/store/memory.ts";
import type { Store } from "../../../runtime/src/store/store.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { createWorld, order, shopEvents } from "../event/harness.ts";
import { bench } from "./support.ts";

/** A store that counts its purges, each of which finds as many rows as told. */
function purged(found: number, store: Store<MemoryTx>): { readonly store: Store<MemoryTx>; readonly limits: number[] } {
  const limits: number[] = [];
  return {
    limits,
    store: {
      ...store,
      purge: async (limit) => {
        limits.push(limit);
        return Math.min(limit, found);
      },
    },
  };
}

test("a store is purged once a minute of use, at once again while there is more, and never by a timer", async () => {
  for (const [found, times] of [
    [10, 3],
    [5_000, 13],
  ] as const) {
    const simulation = createSimulation({ seed: 1 });
    const { store, limits } = purged(found, createMemoryStore({ environment: simulation }));
    const used = createPurging({ environment: simulation, store, logger: undefined });
    for (let n = 0; n <= 18; n++) {
      used();
      await simulation.advance(10_000);
    }
    assert.equal(limits.length, times);
    assert.deepEqual([...new Set(limits)], [1_000]);
    assert.equal(simulation.pendingTimers, 0);
  }
});

test("a purge that fails is logged and harms nothing", async () => {
  const simulation = createSimulation({ seed: 1 });
  const logged: unknown[] = [];
  const logger: Logger = {
    log: (level, _, fields) => {
      logged.push([level, fields?.["error"]]);
    },
  };
  const store: Store<MemoryTx> = {
    ...createMemoryStore({ environment: simulation }),
    purge: () => Promise.reject(new Error("disk full")),
  };
  const used = createPurging({ environment: simulation, store, logger });
  await simulation.advance(60_000);
  used();
  await simulation.advance(1);
  assert.deepEqual(logged, [["warn", "disk full"]]);
});

test("servers, consumers and relays purge the stores they use", async () => {
  const world = createWorld();
  const { environment, broker } = world;
  const [inbox, outbox] = [purged(0, world.store), purged(0, world.store)];
  await world.run(async () => {
    const relay = startRelay({ store: outbox.store, broker, environment });
    const consumer = createConsumer(
      shopEvents(),
      { orderPlaced: () => undefined },
      {
        broker,
        environment,
        store: inbox.store,
        group: "billing",
      },
    );
    await consumer.start();
    await sleep(environment, 61_000);
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await world.settle();
    await consumer.close();
    await relay.stop();
  });
  assert.deepEqual([inbox.limits, outbox.limits], [[1_000], [1_000]]);

  const keys: number[] = [];
  const { simulation, charge } = bench({
    handler: async (_, ctx) => ctx.reply(201, { id: 1 }),
    store: (own) => {
      const { store, limits } = purged(0, createMemoryStore({ environment: own }));
      return {
        ...store,
        purge: (limit) => {
          keys.push(limits.length);
          return store.purge(limit);
        },
      };
    },
  });
  await simulation.run(async () => {
    await charge("0195e0a4-5c1e-7000-8000-000000000001");
    await sleep(simulation, 61_000);
    await charge("0195e0a4-5c1e-7000-8000-000000000002");
    await sleep(simulation, 1);
  });
  assert.equal(keys.length, 1);
});
