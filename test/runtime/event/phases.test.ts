import assert from "node:assert/strict";
import { test } from "node:test";
import { createConsumer, createProducer } from "../../../runtime/src/event/index.ts";
import { byCustomer, createWorld, order, shopEvents, type World } from "./harness.ts";

const service = shopEvents({ timeoutMs: 3_000 });

test("slow work before the transaction holds up no other key", async () => {
  const world = createWorld();
  const { environment } = world;
  const times: number[] = [];
  await world.run(async () => {
    await start(world, async () => {
      await wait(world, 1_000);
      times.push(environment.monotonic());
    });
    await send(world, 10);
    await world.settle();
  });
  assert.equal(world.effects.length, 10);
  assert.ok(Math.max(...times) < 1_100, String(times));
});

test("the effect of a phased handler happens once, although its preparation may be repeated", async () => {
  const world = createWorld(3, { faults: { duplicate: { share: 1, copies: 3 }, loseAck: 0.3 } });
  let prepared = 0;
  await world.run(async () => {
    await start(world, async () => {
      const mine = ++prepared;
      await wait(world, 50);
      if (mine % 4 === 1) throw new Error("try again");
    });
    await send(world, 10);
    await world.settle();
  });
  assert.deepEqual(
    Object.values(byCustomer(world.effects)).map((numbers) => numbers.length),
    Array.from({ length: 10 }, () => 1),
  );
  assert.ok(prepared > 10 && prepared < 40, String(prepared));
});

test("a preparation that never settles is given up at the deadline while others write", async () => {
  const world = createWorld();
  await world.run(async () => {
    await start(world, (customer) =>
      customer === "customer 0" ? new Promise<never>(() => undefined) : Promise.resolve(),
    );
    await send(world, 5);
    await wait(world, 100);
    assert.equal(world.effects.length, 4);
    await world.settle();
  });
  assert.equal(world.broker.messages("shop.dead").length, 1);
  assert.equal(world.environment.pendingTimers, 0);
});

async function start(world: World, prepare: (customer: string) => Promise<void>): Promise<void> {
  const { broker, store, environment } = world;
  await createConsumer(
    service,
    {
      orderPlaced: {
        prepare: (event) => prepare(event.data.customer),
        commit: (_, event, ctx) => world.effect(event.data, ctx.idempotency.tx),
      },
    },
    { broker, store, environment, group: "billing" },
  ).start();
}

async function send({ broker, environment }: World, count: number): Promise<void> {
  const producer = createProducer(service, broker, { environment });
  for (let n = 0; n < count; n++) await producer.orderPlaced({ data: order(`customer ${n}`, n) });
}

function wait({ environment }: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    environment.setTimer(resolve, ms);
  });
}
