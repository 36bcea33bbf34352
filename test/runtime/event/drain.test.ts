import assert from "node:assert/strict";
import { test } from "node:test";
import { createConsumer, createProducer, type Consumer } from "../../../runtime/src/event/index.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import type { Context } from "../../../runtime/src/call/context.ts";
import { createWorld, order, shopEvents, type World } from "./harness.ts";

const loose = shopEvents({ idempotency: { level: "idempotent" } });

test("drain takes no more, lets what runs finish, and gives the rest back", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  const finished: string[] = [];
  const later: string[] = [];
  await world.run(async () => {
    const consumer = await start(world, 2, async (id) => {
      await wait(world, 1_000);
      finished.push(id);
    });
    await sendTen(world);
    await wait(world, 500);
    const begun = environment.monotonic();
    await consumer.drain();
    assert.ok(environment.monotonic() - begun <= 600);
    assert.equal(finished.length, 2);
    assert.equal(broker.backlog("shop.orders", "billing"), 8);
    await start(world, 16, async (id) => {
      later.push(id);
    });
    await world.settle();
  });
  assert.equal(new Set([...finished, ...later]).size, 10);
  assert.equal(finished.length + later.length, 10);
  assert.equal(environment.pendingTimers, 0);
});

test("drain aborts at its deadline what does not finish, and counts no attempt", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  const aborted: unknown[] = [];
  const attempts: number[] = [];
  await world.run(async () => {
    const consumer = await start(
      world,
      16,
      (_, ctx) =>
        new Promise<void>(() => {
          ctx.signal.addEventListener("abort", () => aborted.push(ctx.signal.reason));
        }),
    );
    await sendTen(world);
    await wait(world, 100);
    await consumer.drain({ graceMs: 3_000 });
    assert.equal(environment.monotonic(), 3_100);
    assert.equal(broker.backlog("shop.orders", "billing"), 10);
    await start(world, 16, async (_, ctx) => {
      attempts.push(ctx.idempotency?.attempt ?? 0);
    });
    await world.settle();
  });
  assert.equal(aborted.length, 10);
  assert.ok(aborted.every((reason) => (reason as ServiceError).code === "canceled"));
  assert.deepEqual(
    attempts,
    Array.from({ length: 10 }, () => 1),
  );
  assert.deepEqual(broker.messages("shop.dead"), []);
});

test("drain ends the wait between tries", async () => {
  const world = createWorld();
  const slow = shopEvents({
    idempotency: { level: "idempotent" },
    retry: { backoff: { initialMs: 4_000, maxMs: 4_000, jitter: "none" } },
  });
  await world.run(async () => {
    const consumer = createConsumer(
      slow,
      {
        orderPlaced: () => {
          throw new ServiceError("unavailable", "no");
        },
      },
      { broker: world.broker, environment: world.environment, group: "billing" },
    );
    await consumer.start();
    await sendTen(world);
    await wait(world, 100);
    await consumer.drain();
    assert.equal(world.environment.monotonic(), 100);
  });
  assert.equal(world.broker.backlog("shop.orders", "billing"), 10);
});

test("close ends at once", async () => {
  const world = createWorld();
  await world.run(async () => {
    const consumer = await start(world, 16, () => new Promise<void>(() => undefined));
    await sendTen(world);
    await wait(world, 100);
    await consumer.close();
    assert.ok(world.environment.monotonic() <= 100);
  });
  assert.equal(world.broker.backlog("shop.orders", "billing"), 10);
  assert.equal(world.environment.pendingTimers, 0);
});

test("a consumer subscribes again when its subscription breaks for good", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  const seen: string[] = [];
  let breaks: ((error: unknown) => void) | undefined;
  const fragile = {
    ...broker,
    protocol: "memory",
    publish: broker.publish.bind(broker),
    close: broker.close.bind(broker),
    subscribe: async (options: Parameters<typeof broker.subscribe>[0]) => {
      breaks = options.onError;
      return broker.subscribe(options);
    },
  };
  await world.run(async () => {
    await createConsumer(
      loose,
      {
        orderPlaced: (event) => {
          seen.push(event.id);
        },
      },
      { broker: fragile, environment, group: "billing" },
    ).start();
    for (const subscription of broker.subscriptions()) broker.crash(subscription);
    breaks?.(new Error("gone"));
    await sendTen(world);
    await wait(world, 2_000);
  });
  assert.equal(seen.length, 10);
});

async function start(
  world: World,
  concurrency: number,
  work: (id: string, ctx: Context) => Promise<void>,
): Promise<Consumer> {
  const consumer = createConsumer(
    loose,
    { orderPlaced: (event, ctx) => work(event.data.id, ctx) },
    { broker: world.broker, environment: world.environment, group: "billing", concurrency },
  );
  await consumer.start();
  return consumer;
}

async function sendTen({ broker, environment }: World): Promise<void> {
  const producer = createProducer(loose, broker, { environment });
  for (let n = 0; n < 10; n++) await producer.orderPlaced({ data: order(`customer ${n}`, n) });
}

function wait({ environment }: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    environment.setTimer(resolve, ms);
  });
}
