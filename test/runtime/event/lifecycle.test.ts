import assert from "node:assert/strict";
import { test } from "node:test";
import type { Broker, SubscribeOptions, Subscription } from "../../../runtime/src/broker/broker.ts";
import type { EventService } from "../../../runtime/src/descriptor/event.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createConsumer, createProducer, startRelay } from "../../../runtime/src/event/index.ts";
import { createWorld, order, orderOperation, shopEvents, type ShopOperations, type World } from "./harness.ts";

const loose = { idempotency: { level: "none" } } as const;

/** The world's bus with some of its methods replaced. */
function brokenBroker(world: World, parts: Partial<Broker>): Broker {
  const { broker } = world;
  return {
    protocol: "memory",
    publish: (message, options) => broker.publish(message, options),
    subscribe: (options) => broker.subscribe(options),
    close: () => broker.close(),
    ...parts,
  };
}

/** Two operations on two addresses. */
const twoAddresses: EventService<ShopOperations & { readonly orderGone: ShopOperations["orderPlaced"] }> = {
  kind: "event",
  name: "shop.v1.ShopEvents",
  operations: {
    orderPlaced: orderOperation(loose),
    orderGone: { ...orderOperation(loose), name: "orderGone", channel: { name: "gone", address: "shop.gone" } },
  },
};

async function failureOf(work: Promise<unknown>): Promise<ServiceError> {
  const result = await work.catch((error: unknown) => error);
  assert.ok(isServiceError(result), String(result));
  return result;
}

test("a consumer that can't subscribe to all leaves nothing running", async () => {
  const world = createWorld();
  const { environment } = world;
  const broker = brokenBroker(world, {
    subscribe: async (options) => {
      if (options.address === "shop.gone") throw new ServiceError("unavailable", "no such queue");
      return world.broker.subscribe(options);
    },
  });
  const ignore = (): void => undefined;
  await world.run(async () => {
    const consumer = createConsumer(
      twoAddresses,
      { orderPlaced: ignore, orderGone: ignore },
      {
        broker,
        environment,
        group: "billing",
      },
    );
    assert.equal((await failureOf(consumer.start())).rawMessage, "no such queue");
    assert.equal(world.broker.subscriptions().length, 0);
    assert.equal((await failureOf(consumer.start())).code, "failed_precondition");
  });
  assert.equal(environment.pendingTimers, 0);
});

test("a consumer that drains while it subscribes ends that subscription too", async () => {
  const world = createWorld();
  const { environment } = world;
  const broker = brokenBroker(world, {
    subscribe: async (options) => {
      const subscription = await world.broker.subscribe(options);
      await sleep(environment, 1_000);
      return subscription;
    },
  });
  await world.run(async () => {
    await createProducer(shopEvents(loose), world.broker, { environment }).orderPlaced({ data: order("ada", 1) });
    const consumer = createConsumer(
      shopEvents(loose),
      { orderPlaced: () => undefined },
      {
        broker,
        environment,
        group: "billing",
      },
    );
    const started = consumer.start();
    await consumer.drain();
    await started;
    assert.equal(world.broker.subscriptions().length, 0);
  });
  assert.equal(environment.pendingTimers, 0);
});

test("a subscription that can't be closed keeps no other one open", async () => {
  const world = createWorld();
  const { environment } = world;
  const broker = brokenBroker(world, {
    subscribe: async (options) => {
      const subscription = await world.broker.subscribe(options);
      if (options.address !== "shop.orders") return subscription;
      return {
        ...subscription,
        close: async () => {
          throw new Error("the socket is gone");
        },
      };
    },
  });
  await world.run(async () => {
    const ended: string[] = [];
    const consumer = createConsumer(
      twoAddresses,
      {
        orderPlaced: () => undefined,
        orderGone: async (event) => {
          await sleep(environment, 2_000);
          ended.push(event.data.id);
        },
      },
      { broker, environment, group: "billing" },
    );
    await consumer.start();
    await createProducer(twoAddresses, world.broker, { environment }).orderGone({ data: order("ada", 1) });
    await sleep(environment, 10);
    await assert.rejects(consumer.drain(), /the socket is gone/);
    assert.deepEqual(ended, ["ada-1"]);
  });
  assert.equal(environment.pendingTimers, 0);
});

test("a break that is told twice brings one new subscription", async () => {
  const world = createWorld();
  const { environment } = world;
  const asked: SubscribeOptions[] = [];
  const opened: Subscription[] = [];
  const broker = brokenBroker(world, {
    subscribe: async (options) => {
      asked.push(options);
      opened.push(await world.broker.subscribe(options));
      return opened.at(-1) as Subscription;
    },
  });
  await world.run(async () => {
    const consumer = createConsumer(
      shopEvents(loose),
      { orderPlaced: () => undefined },
      {
        broker,
        environment,
        group: "billing",
      },
    );
    await consumer.start();
    world.broker.crash(opened[0] as Subscription);
    asked[0]?.onError?.(new Error("gone"));
    asked[0]?.onError?.(new Error("gone"));
    await sleep(environment, 5_000);
    assert.equal(asked.length, 2);
    await consumer.close();
    assert.equal(world.broker.subscriptions().length, 0);
  });
  assert.equal(environment.pendingTimers, 0);
});

test("a send ends at its deadline although the broker never answers, and what it holds stays bounded", async () => {
  const world = createWorld();
  const { environment } = world;
  const broker = brokenBroker(world, { publish: () => new Promise(() => undefined) });
  await world.run(async () => {
    const producer = createProducer(shopEvents(loose), broker, { environment, maxUnconfirmed: 2 });
    const send = (timeoutMs?: number): Promise<ServiceError> =>
      failureOf(producer.orderPlaced({ data: order("ada", 1) }, timeoutMs === undefined ? {} : { timeoutMs }));
    assert.equal((await send(100)).code, "deadline_exceeded");
    assert.equal(environment.monotonic(), 100);
    // What is no number is no wish: the default of ten seconds holds.
    assert.equal((await send(Number.NaN)).code, "deadline_exceeded");
    assert.equal(environment.monotonic(), 10_100);
    assert.equal((await send()).reason, "TOO_MANY_UNCONFIRMED");
  });
  assert.equal(environment.pendingTimers, 0);
});

test("a relay goes on although one confirm never comes, whatever the broker does with its signal", async () => {
  const world = createWorld();
  const { environment, store } = world;
  let first = true;
  const broker = brokenBroker(world, {
    publish: (message, options) => {
      if (!first) return world.broker.publish(message, options);
      first = false;
      return new Promise(() => undefined);
    },
  });
  await world.run(async () => {
    const producer = createProducer(shopEvents(loose), broker, { environment, store });
    for (let n = 1; n <= 3; n++) {
      await store.transaction((tx) => producer.orderPlaced({ data: order("ada", n) }, { tx }));
    }
    const relay = startRelay({ store, broker, environment, leaseMs: 10_000 });
    await relay.idle();
    await relay.stop();
  });
  assert.equal(world.broker.messages("shop.orders").length, 3);
  assert.equal(environment.pendingTimers, 0);
});

test("a row that no broker takes slows down no other key", async () => {
  const world = createWorld();
  const { environment, store } = world;
  const broker = brokenBroker(world, {
    publish: async (message, options) => {
      if (message.key === "bad") throw new ServiceError("invalid_argument", "the message is too large");
      return world.broker.publish(message, options);
    },
  });
  await world.run(async () => {
    const producer = createProducer(shopEvents(loose), broker, { environment, store });
    await store.transaction(async (tx) => {
      await producer.orderPlaced({ data: order("bad", 0) }, { tx });
      for (let n = 1; n <= 500; n++) await producer.orderPlaced({ data: order(`good ${n}`, n) }, { tx });
    });
    const relay = startRelay({ store, broker, environment, batch: 10 });
    // Fifty-six batches; at most the first back-off of 100 ms between two of them.
    await sleep(environment, 5_600);
    assert.equal(await store.outbox.count(), 1);
    await relay.stop();
  });
});
