import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createConsumer, createProducer, startRelay, type Consumer } from "../../../runtime/src/event/index.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { byCustomer, createWorld, mortal, order, shopEvents, type World } from "./harness.ts";

const plan = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  faults: fc.record({
    duplicate: fc.record({
      share: fc.double({ min: 0, max: 0.5, noNaN: true }),
      copies: fc.integer({ min: 1, max: 4 }),
    }),
    reorder: fc.double({ min: 0, max: 1, noNaN: true }),
    loseConfirm: fc.double({ min: 0, max: 0.3, noNaN: true }),
    refusePublish: fc.double({ min: 0, max: 0.3, noNaN: true }),
    loseAck: fc.double({ min: 0, max: 0.3, noNaN: true }),
    dropConnection: fc.double({ min: 0, max: 0.1, noNaN: true }),
    delay: fc.record({ share: fc.double({ min: 0, max: 0.5, noNaN: true }), maxMs: fc.integer({ min: 1, max: 500 }) }),
  }),
  failing: fc.double({ min: 0, max: 0.25, noNaN: true }),
  outbox: fc.boolean(),
  keys: fc.integer({ min: 1, max: 5 }),
  messages: fc.integer({ min: 1, max: 12 }),
  consumers: fc.integer({ min: 1, max: 4 }),
  /** Times at which a consumer dies or joins, milliseconds. */
  changes: fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 3_000 }), dies: fc.boolean() }), { maxLength: 6 }),
});

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

test("under any faults nothing is lost, nothing is done twice, and every key keeps its order", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (chosen) => {
      const world = createWorld(chosen.seed, { faults: chosen.faults, confirmTimeoutMs: 100, partitions: 3 });
      await world.run(() => play(world, chosen));
      const letters = world.broker.messages("shop.dead").length;
      const wanted = Array.from({ length: chosen.messages }, (_, n) => n);
      for (let key = 0; key < chosen.keys; key++) {
        const done = byCustomer(world.effects)[`customer ${key}`] ?? [];
        // Strictly rising is in order, and none twice.
        for (const [index, n] of done.entries())
          assert.ok(index === 0 || n > (done[index - 1] as number), `order of ${key}: ${String(done)}`);
        if (letters === 0) assert.deepEqual(done, wanted);
      }
      assert.ok(world.effects.length + letters >= chosen.keys * chosen.messages, "lost");
    }),
    { numRuns: Number(process.env["TRILOGUE_FAULT_RUNS"] ?? 60) },
  );
});

test("the same seed gives the same run", async () => {
  const [chosen] = fc.sample(plan, { numRuns: 1, seed: 42 }) as [Plan];
  const runs = await Promise.all(
    [1, 2].map(async () => {
      const world = createWorld(chosen.seed, { faults: chosen.faults, confirmTimeoutMs: 100, partitions: 3 });
      await world.run(() => play(world, chosen));
      return {
        effects: world.effects,
        outcomes: world.outcomes.map(({ kind, messageId }) => `${kind} ${messageId}`),
        at: world.environment.monotonic(),
      };
    }),
  );
  assert.deepEqual(runs[0], runs[1]);
});

async function play(world: World, chosen: Plan): Promise<void> {
  const { broker, store, environment } = world;
  const service = shopEvents({ delivery: { ordering: "perKey", key: "customer", outbox: chosen.outbox } });
  const running: { readonly consumer: Consumer; readonly die: () => void; readonly addresses: readonly unknown[] }[] =
    [];
  const join = async (): Promise<void> => {
    const process = mortal(store);
    const before = new Set<unknown>(broker.subscriptions());
    const consumer = createConsumer(
      service,
      {
        orderPlaced: async (event, ctx) => {
          if (environment.random() < 0.5) await wait(world, environment.random() * 50);
          world.effect(event.data, ctx.idempotency.tx);
          if (environment.random() < chosen.failing) throw new ServiceError("unavailable", "bad luck");
        },
      },
      {
        broker,
        store: process.store,
        environment,
        group: "billing",
        onOutcome: (outcome) => world.outcomes.push(outcome),
      },
    );
    await consumer.start();
    running.push({
      consumer,
      die: process.die,
      addresses: broker.subscriptions().filter((subscription) => !before.has(subscription)),
    });
  };
  for (let index = 0; index < chosen.consumers; index++) await join();
  for (const { atMs, dies } of chosen.changes) {
    environment.setTimer(() => {
      const victim = dies ? running.shift() : undefined;
      victim?.die();
      for (const subscription of broker.subscriptions())
        if (victim?.addresses.includes(subscription) === true) broker.crash(subscription);
      void join();
    }, atMs);
  }
  const relay = startRelay({ store, broker, environment, batch: 10, leaseMs: 5_000 });
  const producer = createProducer(service, broker, { environment, store });
  await Promise.all(
    Array.from({ length: chosen.keys }, async (_, key) => {
      for (let n = 0; n < chosen.messages; n++) {
        const data = order(`customer ${key}`, n);
        if (chosen.outbox) await store.transaction((tx) => producer.orderPlaced({ data }, { tx }));
        else await sendUntilConfirmed((id) => producer.orderPlaced({ data }, { id }), data.id);
        await wait(world, environment.random() * 100);
      }
    }),
  );
  await relay.idle();
  await wait(world, 3_000);
  await world.settle();
  await relay.stop();
  await Promise.all(running.map(({ consumer }) => consumer.drain()));
}

/** What a careful caller does when the deadline of a send is over: again, under the same id. */
async function sendUntilConfirmed(send: (id: string) => Promise<unknown>, id: string): Promise<void> {
  for (;;) {
    try {
      await send(id);
      return;
    } catch (error) {
      if (!isServiceError(error) || !["unavailable", "deadline_exceeded"].includes(error.code)) throw error;
    }
  }
}

function wait({ environment }: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    environment.setTimer(resolve, ms);
  });
}
