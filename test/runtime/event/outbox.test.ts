import assert from "node:assert/strict";
import { test } from "node:test";
import { createConsumer, createProducer, startRelay } from "../../../runtime/src/event/index.ts";
import { byCustomer, createWorld, order, orderOperation, shopEvents, type World } from "./harness.ts";
import type { EventOperation, EventService } from "../../../runtime/src/descriptor/event.ts";
import type { OrderEvent } from "./harness.ts";

const service = shopEvents({ delivery: { ordering: "perKey", key: "customer", outbox: true } });

test("a rolled back transaction publishes nothing, a committed one is published after the commit", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  await world.run(async () => {
    const relay = startRelay({ store, broker, environment });
    const producer = createProducer(service, broker, { environment, store });
    await assert.rejects(
      store.transaction(async (tx) => {
        await producer.orderPlaced({ data: order("ada", 1) }, { tx });
        throw new Error("no money");
      }),
      /no money/,
    );
    await relay.idle();
    assert.deepEqual(broker.messages("shop.orders"), []);
    const receipt = await store.transaction(async (tx) => {
      const made = await producer.orderPlaced({ data: order("ada", 2) }, { tx, id: "two" });
      assert.deepEqual(broker.messages("shop.orders"), []);
      return made;
    });
    assert.deepEqual(receipt, { messageId: "two", address: "shop.orders" });
    await relay.idle();
    await relay.stop();
    assert.equal(await store.outbox.count(), 0);
  });
  assert.equal(broker.messages("shop.orders").length, 1);
  assert.equal(environment.pendingTimers, 0);
});

test("what the contract sends through the outbox is refused without a transaction or a store", async () => {
  const { broker, store, environment, run } = createWorld();
  await run(async () => {
    await assert.rejects(
      createProducer(service, broker, { environment, store }).orderPlaced({ data: order("ada", 1) }),
      { code: "failed_precondition", reason: "OUTBOX_REQUIRED", message: /pass \{ tx \}/ },
    );
    await assert.rejects(
      createProducer(service, broker, { environment }).orderPlaced({ data: order("ada", 1) }, { tx: {} }),
      { code: "failed_precondition", message: /\{ store \}/ },
    );
  });
});

test("an id that the caller chose for two sorts of messages loses neither", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  const outbox = { ordering: "perKey", key: "customer", outbox: true } as const;
  const placed = orderOperation({ delivery: outbox });
  const paid = {
    ...orderOperation({ delivery: outbox }),
    name: "orderPaid",
    channel: { name: "paid", address: "shop.paid" },
  };
  await world.run(async () => {
    const producer = createProducer({ placed, paid }, broker, { environment, store });
    await store.transaction(async (tx) => {
      await producer.placed({ data: order("ada", 1) }, { tx, id: "order 1" });
      await producer.placed({ data: order("ada", 1) }, { tx, id: "order 1" });
      await producer.paid({ data: order("ada", 1) }, { tx, id: "order 1" });
    });
    const relay = startRelay({ store, broker, environment });
    await relay.idle();
    await relay.stop();
  });
  assert.equal(broker.messages("shop.orders").length, 1);
  assert.equal(broker.messages("shop.paid").length, 1);
});

test("a relay that dies between publish and delete repeats the id, and consumers do the effect once", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  await world.run(async () => {
    await startBilling(world);
    const producer = createProducer(service, broker, { environment, store });
    for (let n = 0; n < 10; n++)
      await store.transaction((tx) => producer.orderPlaced({ data: order("ada", n) }, { tx }));
    const dying = { ...store, outbox: { ...store.outbox, delete: () => new Promise<never>(() => undefined) } };
    startRelay({ store: dying, broker, environment, leaseMs: 5_000 });
    await wait(world, 100);
    assert.equal(await store.outbox.count(), 10);
    const relay = startRelay({ store, broker, environment });
    await wait(world, 10_000);
    assert.equal(await store.outbox.count(), 0);
    await relay.stop();
    await world.settle();
  });
  const ids = broker.messages("shop.orders").map(({ headers }) => Object.fromEntries(headers)["ce-id"]);
  assert.equal(ids.length, 20);
  assert.equal(new Set(ids).size, 10);
  assert.deepEqual(byCustomer(world.effects), { ada: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
});

test("rows of a key stay in order although confirms get lost and publishes fail", async () => {
  const world = createWorld(7, { faults: { loseConfirm: 0.2, refusePublish: 0.2 }, confirmTimeoutMs: 200 });
  const { broker, store, environment } = world;
  await world.run(async () => {
    await startBilling(world);
    const relay = startRelay({ store, broker, environment, batch: 20 });
    const producer = createProducer(service, broker, { environment, store });
    for (let n = 0; n < 50; n++) {
      for (const customer of ["ada", "bob"])
        await store.transaction((tx) => producer.orderPlaced({ data: order(customer, n) }, { tx }));
    }
    await relay.idle();
    await world.settle();
    await relay.stop();
  });
  const inOrder = Array.from({ length: 50 }, (_, n) => n);
  assert.deepEqual(byCustomer(world.effects), { ada: inOrder, bob: inOrder });
  assert.ok(broker.messages("shop.orders").length > 100);
});

test("two relays keep the order of a key", async () => {
  const world = createWorld(9, { confirmMs: 5 });
  const { broker, store, environment } = world;
  await world.run(async () => {
    const relays = [
      startRelay({ store, broker, environment, batch: 7 }),
      startRelay({ store, broker, environment, batch: 7 }),
    ];
    const producer = createProducer(service, broker, { environment, store });
    for (let n = 0; n < 60; n++)
      await store.transaction((tx) => producer.orderPlaced({ data: order(n % 2 === 0 ? "ada" : "bob", n) }, { tx }));
    for (const relay of relays) await relay.idle();
    await wait(world, 2_000);
    for (const relay of relays) await relay.stop();
  });
  const sent = broker
    .messages("shop.orders")
    .map(({ payload }) => JSON.parse(new TextDecoder().decode(payload)) as { customer: string; n: number });
  assert.equal(sent.length, 60);
  for (const customer of ["ada", "bob"]) {
    const numbers = sent.filter((one) => one.customer === customer).map(({ n }) => n);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  }
});

test("a stopped relay has confirmed what was on its way and keeps the rest", async () => {
  const world = createWorld(1, { confirmMs: 50 });
  const { broker, store, environment } = world;
  await world.run(async () => {
    const producer = createProducer(service, broker, { environment, store });
    for (let n = 0; n < 10; n++)
      await store.transaction((tx) => producer.orderPlaced({ data: order("ada", n) }, { tx }));
    const relay = startRelay({ store, broker, environment });
    await wait(world, 120);
    await relay.stop();
    assert.equal(await store.outbox.count(), 7);
    assert.equal(broker.messages("shop.orders").length, 3);
    const next = startRelay({ store, broker, environment });
    await next.idle();
    await next.stop();
  });
  assert.equal(broker.messages("shop.orders").length, 10);
});

test("what a handler sends in its transaction goes out once with its effect, or not at all", async () => {
  const world = createWorld(4, { faults: { duplicate: { share: 1, copies: 2 } } });
  const { broker, store, environment } = world;
  const paid: EventOperation<OrderEvent> = {
    ...orderOperation({ delivery: { ordering: "perKey", key: "customer", outbox: true } }),
    name: "orderPaid",
    action: "send",
    channel: { name: "paid", address: "shop.paid" },
  };
  const both: EventService<{
    readonly orderPlaced: EventOperation<OrderEvent>;
    readonly orderPaid: EventOperation<OrderEvent>;
  }> = {
    kind: "event",
    name: "shop.v1.ShopEvents",
    operations: { orderPlaced: orderOperation(), orderPaid: paid },
  };
  let failures = 2;
  await world.run(async () => {
    const producer = createProducer(both, broker, { environment, store });
    const relay = startRelay({ store, broker, environment });
    await createConsumer(
      both,
      {
        orderPlaced: async (event, ctx) => {
          await producer.orderPaid({ data: event.data }, { tx: ctx.idempotency.tx, ctx });
          if (failures-- > 0) throw new Error("after sending");
        },
        orderPaid: (event, ctx) => world.effect(event.data, ctx.idempotency.tx),
      },
      { broker, store, environment, group: "billing" },
    ).start();
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await world.settle();
    await relay.idle();
    await world.settle();
    await relay.stop();
  });
  assert.deepEqual(byCustomer(world.effects), { ada: [1] });
  const ids = broker.messages("shop.paid").map(({ headers }) => Object.fromEntries(headers)["ce-id"]);
  assert.equal(new Set(ids).size, 1);
});

async function startBilling(world: World): Promise<void> {
  const { broker, store, environment } = world;
  await createConsumer(
    service,
    {
      orderPlaced: (event, ctx) => world.effect(event.data, ctx.idempotency.tx),
    },
    { broker, store, environment, group: "billing" },
  ).start();
}

function wait({ environment }: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    environment.setTimer(resolve, ms);
  });
}
