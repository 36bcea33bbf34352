import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrokerMessage } from "../../../runtime/src/broker/broker.ts";
import { createConsumer, createProducer, openDeadLetters } from "../../../runtime/src/event/index.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { byCustomer, createWorld, order, shopEvents, type World } from "./harness.ts";

const poison: readonly { readonly name: string; readonly reason: string; readonly message: Partial<BrokerMessage> }[] =
  [
    { name: "is no JSON", reason: "MESSAGE_UNDECODABLE", message: { payload: new Uint8Array([0xff, 0x00, 0x7b]) } },
    {
      name: "doesn't fit the contract",
      reason: "MESSAGE_INVALID",
      message: { payload: new TextEncoder().encode('{"id":7}') },
    },
    {
      name: "is of an unknown type",
      reason: "MESSAGE_TYPE_UNKNOWN",
      message: {
        headers: [
          ["ce-id", "1"],
          ["ce-source", "/x"],
          ["ce-type", "OrderEaten"],
          ["ce-specversion", "1.0"],
        ],
      },
    },
    {
      name: "has headers that don't fit",
      reason: "MESSAGE_INVALID",
      message: {
        headers: [
          ["ce-id", "1"],
          ["ce-source", "/x"],
          ["ce-type", "OrderPlaced"],
          ["retries", "many"],
        ],
      },
    },
  ];

for (const { name, reason, message } of poison) {
  test(`a message that ${name} is dead-lettered at once, byte for byte, and the rest goes on`, async () => {
    const world = createWorld();
    const bad: BrokerMessage = {
      address: "shop.orders",
      key: "ada",
      contentType: "application/json",
      headers: [
        ["ce-id", "bad"],
        ["ce-source", "/x"],
        ["ce-type", "OrderPlaced"],
        ["X-Kept", "Yes"],
      ],
      payload: new TextEncoder().encode(JSON.stringify(order("ada", 0))),
      ...message,
    };
    let calls = 0;
    await world.run(async () => {
      await startBilling(world, () => {
        calls++;
      });
      await world.broker.publish(bad, { messageId: "bad" });
      await createProducer(shopEvents(), world.broker, { environment: world.environment }).orderPlaced({
        data: order("ada", 1),
      });
      await world.settle();
    });
    assert.equal(calls, 1);
    assert.deepEqual(byCustomer(world.effects), { ada: [1] });
    const letters = world.broker.messages("shop.dead");
    assert.equal(letters.length, 1);
    assert.deepEqual(letters[0]?.payload, bad.payload);
    assert.equal(letters[0]?.key, "ada");
    assert.deepEqual(letters[0]?.headers.slice(0, bad.headers.length), bad.headers);
    const told = Object.fromEntries(letters[0]?.headers.slice(bad.headers.length) ?? []);
    assert.equal(told["x-dl-source"], "shop.orders");
    assert.equal(told["x-dl-channel"], "orders");
    assert.equal(told["x-dl-group"], "billing");
    assert.match(told["x-dl-partition"] ?? "", /^\d$/);
    assert.equal(told["x-dl-offset"], "0");
    assert.equal(told["x-dl-error-code"], "invalid_argument");
    assert.equal(told["x-dl-error-reason"], reason);
    assert.equal(told["x-dl-first-failure"]?.endsWith("Z"), true);
  });
}

test("an error message in a dead letter is short and one line", async () => {
  const world = createWorld();
  await world.run(async () => {
    await startBilling(world, () => {
      throw new ServiceError("invalid_argument", `line\none ${"é".repeat(2_000)}`);
    });
    await createProducer(shopEvents(), world.broker, { environment: world.environment }).orderPlaced({
      data: order("ada", 1),
    });
    await world.settle();
  });
  const message = Object.fromEntries(world.broker.messages("shop.dead")[0]?.headers ?? [])["x-dl-error-message"] ?? "";
  assert.match(message, /^line one é+$/);
  assert.ok(new TextEncoder().encode(message).byteLength <= 1_024);
});

test("when dead letters can't be written the message is not acknowledged, and is once they can", async () => {
  const world = createWorld(1, { faults: { refusePublish: ["shop.dead"] } });
  let calls = 0;
  await world.run(async () => {
    await startBilling(world, () => {
      calls++;
      throw new ServiceError("invalid_argument", "wrong");
    });
    await createProducer(shopEvents(), world.broker, { environment: world.environment }).orderPlaced({
      data: order("ada", 1),
    });
    await new Promise<void>((resolve) => {
      world.environment.setTimer(resolve, 120_000);
    });
    assert.equal(world.broker.backlog("shop.orders", "billing"), 1);
    assert.ok(world.outcomes.length > 3 && world.outcomes.every(({ kind }) => kind === "stuck"));
    world.broker.setFaults({});
    await world.settle();
  });
  assert.equal(calls, 1);
  assert.equal(world.broker.messages("shop.dead").length, 1);
  assert.equal(world.outcomes.at(-1)?.kind, "deadLettered");
});

test("dead letters are listed without taking them away, and replayed under their id", async () => {
  const world = createWorld();
  const { broker, environment } = world;
  let broken = true;
  await world.run(async () => {
    await startBilling(world, () => {
      if (broken) throw new ServiceError("failed_precondition", "no price");
    });
    const producer = createProducer(shopEvents(), broker, { environment });
    for (let n = 0; n < 3; n++) await producer.orderPlaced({ data: order("ada", n) }, { id: `order-${n}` });
    await world.settle();
    const letters = openDeadLetters({ broker, environment, address: "shop.dead" });
    for (const look of [1, 2]) {
      const listed = await letters.list();
      assert.deepEqual(
        listed.map(({ messageId }) => messageId).sort(),
        ["order-0", "order-1", "order-2"],
        `look ${look}`,
      );
      assert.equal(listed[0]?.errorMessage, "no price");
      assert.equal(listed[0]?.attempts, 1);
    }
    broken = false;
    const replayed = await letters.replay({ filter: ({ messageId }) => messageId !== "order-1" });
    assert.equal(replayed.length, 2);
    await new Promise<void>((resolve) => {
      environment.setTimer(resolve, 2_000);
    });
    assert.deepEqual(
      (await letters.list()).map(({ messageId }) => messageId),
      ["order-1"],
    );
    assert.deepEqual(
      (await letters.replay()).map(({ messageId }) => messageId),
      ["order-1"],
    );
    await world.settle();
  });
  assert.deepEqual(world.effects.map(({ n }) => n).sort(), [0, 1, 2]);
  const again = broker.messages("shop.orders").filter(({ headers }) => headers.some(([name]) => name === "x-dl-via"));
  assert.equal(again.length, 3);
  for (const { headers } of again) {
    assert.deepEqual(
      headers.filter(([name]) => name.startsWith("x-dl-")),
      [
        ["x-dl-via", "shop.dead"],
        ["x-dl-replays", "1"],
      ],
    );
  }
});

test("a replay is stopped by the inbox where the effect has happened; elsewhere its tries begin anew", async () => {
  const world = createWorld();
  const { broker, environment, store } = world;
  const attempts: number[] = [];
  await world.run(async () => {
    await startBilling(world, () => undefined);
    await createConsumer(
      shopEvents(),
      {
        orderPlaced: (_, ctx) => {
          attempts.push(ctx.idempotency.attempt);
          throw new ServiceError("internal", "always");
        },
      },
      { broker, store, environment, group: "mail" },
    ).start();
    await createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await world.settle();
    await openDeadLetters({ broker, environment, address: "shop.dead" }).replay();
    await world.settle();
  });
  assert.deepEqual(attempts, [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(byCustomer(world.effects), { ada: [1] });
  assert.equal(world.outcomes.filter(({ kind }) => kind === "duplicate").length, 1);
});

async function startBilling(world: World, first: () => void): Promise<void> {
  const { broker, store, environment } = world;
  await createConsumer(
    shopEvents(),
    {
      orderPlaced: (event, ctx) => {
        first();
        world.effect(event.data, ctx.idempotency.tx);
      },
    },
    { broker, store, environment, group: "billing", onOutcome: (outcome) => world.outcomes.push(outcome) },
  ).start();
}
