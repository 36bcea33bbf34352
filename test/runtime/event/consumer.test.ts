import assert from "node:assert/strict";
import { test } from "node:test";
import { createConsumer, createProducer } from "../../../runtime/src/event/index.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { byCustomer, createWorld, mortal, order, shopEvents, text, type World } from "./harness.ts";

for (const copies of [1, 4]) {
  test(`a message that comes ${copies + 1} times has one effect`, async () => {
    const world = createWorld(1, { faults: { duplicate: { share: 1, copies } } });
    const { broker, store, environment } = world;
    let calls = 0;
    await world.run(async () => {
      const consumer = createConsumer(
        shopEvents(),
        {
          orderPlaced: (event, ctx) => {
            calls++;
            world.effect(event.data, ctx.idempotency.tx);
          },
        },
        { broker, store, environment, group: "billing", onOutcome: (outcome) => world.outcomes.push(outcome) },
      );
      await consumer.start();
      const producer = createProducer(shopEvents(), broker, { environment });
      for (let n = 0; n < 20; n++) await producer.orderPlaced({ data: order("ada", n) });
      await world.settle();
      await consumer.drain();
    });
    assert.deepEqual(byCustomer(world.effects), { ada: Array.from({ length: 20 }, (_, n) => n) });
    assert.equal(calls, 20);
    assert.equal(world.outcomes.filter(({ kind }) => kind === "duplicate").length, 20 * copies);
  });
}

test("keys overtake each other, messages of one key never do", async () => {
  const world = createWorld(3, { faults: { reorder: 0.8, delay: { share: 0.5, maxMs: 300 } } });
  await world.run(async () => {
    await startBilling(world);
    const producer = createProducer(shopEvents(), world.broker, { environment: world.environment });
    for (let n = 0; n < 30; n++)
      for (const customer of ["ada", "bob", "cy", "dee"]) await producer.orderPlaced({ data: order(customer, n) });
    await world.settle();
  });
  const inOrder = Array.from({ length: 30 }, (_, n) => n);
  assert.deepEqual(byCustomer(world.effects), { ada: inOrder, bob: inOrder, cy: inOrder, dee: inOrder });
  const published = world.effects.map(({ n }) => n);
  assert.notDeepEqual(
    published,
    [...published].sort((a, b) => a - b),
  );
});

test("a lost acknowledgement brings the message again but not its effect", async () => {
  const world = createWorld(5, { faults: { loseAck: 0.5 } });
  await world.run(async () => {
    await startBilling(world);
    const producer = createProducer(shopEvents(), world.broker, { environment: world.environment });
    for (let n = 0; n < 40; n++) await producer.orderPlaced({ data: order("ada", n) });
    await world.settle();
  });
  assert.equal(world.effects.length, 40);
  assert.ok(world.outcomes.some(({ kind }) => kind === "duplicate"));
});

test("a consumer that dies between commit and acknowledgement leaves no second effect behind", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  await world.run(async () => {
    const dying = await startBilling(world, {
      afterEffect: () => {
        for (const subscription of broker.subscriptions()) broker.crash(subscription);
      },
    });
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await new Promise<void>((resolve) => {
      environment.setTimer(resolve, 100);
    });
    assert.equal(broker.backlog("shop.orders", "billing"), 1);
    await startBilling(world);
    await world.settle();
    await dying.close();
  });
  assert.deepEqual(byCustomer(world.effects), { ada: [1] });
});

test("transient errors are tried three times in place, then after 1, 2, 4 and 8 s, then dead-lettered", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  const times: number[] = [];
  const attempts: number[] = [];
  await world.run(async () => {
    await createConsumer(
      shopEvents(),
      {
        orderPlaced: (_, ctx) => {
          times.push(environment.monotonic());
          attempts.push(ctx.idempotency.attempt);
          throw new ServiceError("unavailable", "the till is closed");
        },
      },
      { broker, store, environment, group: "billing" },
    ).start();
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await world.settle();
  });
  assert.deepEqual(attempts, [1, 2, 3, 4, 5, 6, 7]);
  const waits = times.slice(1).map((time, index) => time - (times[index] as number));
  assert.ok((waits[0] as number) <= 100 && (waits[1] as number) <= 200, String(waits));
  assert.deepEqual(waits.slice(2).map(Math.round), [1_000, 2_000, 4_000, 8_000]);
  const [letter] = broker.messages("shop.dead");
  const headers = Object.fromEntries(letter?.headers ?? []);
  assert.equal(headers["x-dl-attempts"], "7");
  assert.equal(headers["x-dl-error-code"], "unavailable");
  assert.ok((headers["x-dl-first-failure"] as string) < (headers["x-dl-last-failure"] as string));
});

test("later messages of a key wait for one that is tried again", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  let failures = 5;
  await world.run(async () => {
    await createConsumer(
      shopEvents(),
      {
        orderPlaced: (event, ctx) => {
          if (event.data.customer === "ada" && event.data.n === 1 && failures-- > 0)
            throw new ServiceError("unavailable", "not yet");
          world.effect(event.data, ctx.idempotency.tx);
        },
      },
      { broker, store, environment, group: "billing" },
    ).start();
    const producer = createProducer(shopEvents(), broker, { environment });
    for (let n = 0; n < 4; n++)
      for (const customer of ["ada", "bob"]) await producer.orderPlaced({ data: order(customer, n) });
    await world.settle();
  });
  assert.deepEqual(byCustomer(world.effects), { ada: [0, 1, 2, 3], bob: [0, 1, 2, 3] });
  assert.deepEqual(
    world.effects
      .slice(0, 5)
      .map(({ customer }) => customer)
      .filter((customer) => customer === "bob").length,
    4,
  );
});

test("strict order tries in place only", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  const times: number[] = [];
  const service = shopEvents({ delivery: { ordering: "perKey", key: "customer", strict: true } });
  await world.run(async () => {
    await createConsumer(
      service,
      {
        orderPlaced: () => {
          times.push(environment.monotonic());
          throw new ServiceError("unavailable", "no");
        },
      },
      { broker, store, environment, group: "billing" },
    ).start();
    await createProducer(service, broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await world.settle();
  });
  assert.equal(times.length, 3);
  assert.ok((times[2] as number) - (times[0] as number) < 400);
  assert.equal(broker.messages("shop.dead").length, 1);
});

test("errors that no repeat can cure go to the dead letters at once", async () => {
  const cases = [
    new ServiceError("invalid_argument", "wrong"),
    new ServiceError("failed_precondition", "no"),
    new ServiceError("unavailable", "declined", { reason: "PAYMENT_DECLINED" }),
    new ServiceError("internal", "no", { retry: { class: "never" } }),
  ];
  for (const error of cases) {
    const world = createWorld();
    let calls = 0;
    const service = shopEvents({ deadLetter: { channel: "shop.dead", neverRetry: ["PAYMENT_DECLINED"] } });
    await world.run(async () => {
      await createConsumer(
        service,
        {
          orderPlaced: () => {
            calls++;
            throw error;
          },
        },
        { broker: world.broker, store: world.store, environment: world.environment, group: "billing" },
      ).start();
      await createProducer(service, world.broker, { environment: world.environment }).orderPlaced({
        data: order("ada", 1),
      });
      await world.settle();
    });
    assert.equal(calls, 1, error.message);
    assert.equal(world.broker.messages("shop.dead").length, 1, error.message);
  }
});

test("a handler that never settles is aborted, tried again and dead-lettered; others go on", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  const service = shopEvents({ timeoutMs: 2_000, idempotency: { level: "idempotent" } });
  const aborted: unknown[] = [];
  const done: Record<string, number> = {};
  await world.run(async () => {
    await createConsumer(
      service,
      {
        orderPlaced: (event, ctx) => {
          if (event.data.customer !== "stuck") {
            done[event.data.customer] = environment.monotonic();
            return;
          }
          ctx.signal.addEventListener("abort", () => aborted.push(ctx.signal.reason));
          return new Promise<void>(() => undefined);
        },
      },
      { broker, environment, group: "billing" },
    ).start();
    const producer = createProducer(service, broker, { environment });
    for (const customer of ["stuck", "ada", "bob"]) await producer.orderPlaced({ data: order(customer, 1) });
    await world.settle();
  });
  assert.equal(aborted.length, 7);
  assert.ok(aborted.every((reason) => (reason as ServiceError).code === "deadline_exceeded"));
  assert.ok((done["ada"] as number) < 100 && (done["bob"] as number) < 100);
  assert.equal(
    Object.fromEntries(broker.messages("shop.dead")[0]?.headers ?? [])["x-dl-error-code"],
    "deadline_exceeded",
  );
});

test("the same id with another payload is a conflict that people see", async () => {
  const world = createWorld();
  await world.run(async () => {
    await startBilling(world);
    const producer = createProducer(shopEvents(), world.broker, { environment: world.environment });
    await producer.orderPlaced({ data: order("ada", 1) }, { id: "one" });
    await producer.orderPlaced({ data: order("ada", 2) }, { id: "one" });
    await world.settle();
  });
  assert.deepEqual(byCustomer(world.effects), { ada: [1] });
  const [letter] = world.broker.messages("shop.dead");
  assert.equal(Object.fromEntries(letter?.headers ?? [])["x-dl-error-reason"], "MESSAGE_ID_REUSED");
  assert.deepEqual(JSON.parse(text(letter?.payload as Uint8Array)), order("ada", 2));
});

test("a store that is down costs no attempts and no dead letters", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  let down = true;
  const store = {
    ...world.store,
    transaction: (async (work, options) => {
      if (down) throw new Error("connection refused");
      return world.store.transaction(work, options);
    }) as typeof world.store.transaction,
  };
  const attempts: number[] = [];
  await world.run(async () => {
    await createConsumer(
      shopEvents(),
      {
        orderPlaced: (event, ctx) => {
          attempts.push(ctx.idempotency.attempt);
          world.effect(event.data, ctx.idempotency.tx);
        },
      },
      { broker, store, environment, group: "billing" },
    ).start();
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    environment.setTimer(() => {
      down = false;
    }, 30_000);
    await world.settle();
    assert.ok(environment.monotonic() < 33_000);
  });
  assert.deepEqual(attempts, [1]);
  assert.deepEqual(byCustomer(world.effects), { ada: [1] });
  assert.deepEqual(broker.messages("shop.dead"), []);
});

test("attempts survive a crash: what kills its process ends with the dead letters", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  let tries = 0;
  await world.run(async () => {
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    for (let process = 0; process < 12; process++) {
      const alive = mortal(store);
      await createConsumer(
        shopEvents(),
        {
          orderPlaced: () => {
            tries++;
            for (const subscription of broker.subscriptions()) broker.crash(subscription);
            alive.die();
          },
        },
        { broker, store: alive.store, environment, group: "billing" },
      ).start();
      await new Promise<void>((resolve) => {
        environment.setTimer(resolve, 100);
      });
    }
  });
  // Within the limit and one: the first try is not written before it begins.
  assert.equal(tries, 8);
  const [letter] = broker.messages("shop.dead");
  assert.equal(Object.fromEntries(letter?.headers ?? [])["x-dl-error-reason"], "ATTEMPTS_EXHAUSTED");
});

test("a keyed operation without a store is refused when the consumer is made", () => {
  const { broker } = createWorld();
  assert.throws(() => createConsumer(shopEvents(), { orderPlaced: () => undefined }, { broker, group: "billing" }), {
    code: "failed_precondition",
    message: /pass \{ store \}/,
  });
});

async function startBilling(
  world: World,
  hooks: { readonly afterEffect?: () => void } = {},
): Promise<ReturnType<typeof createConsumer>> {
  const { broker, store, environment } = world;
  const consumer = createConsumer(
    shopEvents(),
    {
      orderPlaced: (event, ctx) => {
        world.effect(event.data, ctx.idempotency.tx);
        ctx.idempotency.tx.onCommit(() => hooks.afterEffect?.());
      },
    },
    { broker, store, environment, group: "billing", onOutcome: (outcome) => world.outcomes.push(outcome) },
  );
  await consumer.start();
  return consumer;
}
