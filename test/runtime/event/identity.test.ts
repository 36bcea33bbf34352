import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrokerMessage } from "../../../runtime/src/broker/broker.ts";
import type { EventMessage, EventOperation } from "../../../runtime/src/descriptor/event.ts";
import type { IdempotencyPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { createConsumer, createProducer } from "../../../runtime/src/event/index.ts";
import {
  createWorld,
  order,
  orderMessage,
  orderOperation,
  shopEvents,
  type Order,
  type OrderEvent,
} from "./harness.ts";

const cases: readonly {
  readonly name: string;
  readonly idempotency: IdempotencyPolicy;
  readonly message?: Partial<EventMessage>;
  readonly headers: readonly (readonly [string, string])[];
  readonly id: string;
}[] = [
  {
    name: "CloudEvents source and id",
    idempotency: { level: "keyed" },
    headers: [
      ["ce-id", "7"],
      ["ce-source", "/a"],
    ],
    id: "7",
  },
  {
    name: "the id in Kafka's spelling",
    idempotency: { level: "keyed" },
    headers: [
      ["ce_id", "7"],
      ["ce_source", "/a"],
    ],
    id: "7",
  },
  {
    name: "a payload field of the policy",
    idempotency: { level: "keyed", key: { from: "message", name: "id" } },
    message: { id: "data.id" },
    headers: [],
    id: "ada-1",
  },
  {
    name: "another payload field of the policy",
    idempotency: { level: "keyed", key: { from: "field", name: "customer" } },
    headers: [["ce-id", "7"]],
    id: "ada",
  },
  {
    name: "a header of the policy",
    idempotency: { level: "keyed", key: { from: "header", name: "X-Order.Id" } },
    headers: [["x-order.id", "h1"]],
    id: "h1",
  },
  {
    name: "a header of the message",
    idempotency: { level: "keyed" },
    message: { id: "headers.oid" },
    headers: [["oid", "h2"]],
    id: "h2",
  },
  { name: "its place in the log", idempotency: { level: "keyed" }, headers: [], id: "shop.orders/0/0" },
];

for (const { name, idempotency, message, headers, id } of cases) {
  test(`a message is known by ${name}`, async () => {
    const { broker, store, environment, run } = createWorld(1, { partitions: 1 });
    const operation: EventOperation<OrderEvent> = {
      ...orderOperation({ idempotency }),
      messages: [{ ...orderMessage, ...message }],
    };
    const ids: string[] = [];
    const raw: BrokerMessage = {
      address: "shop.orders",
      key: "ada",
      contentType: "application/json",
      headers,
      payload: new TextEncoder().encode(JSON.stringify(order("ada", 1))),
    };
    await run(async () => {
      await createConsumer(
        { operation },
        {
          operation: (event, ctx) => {
            ids.push(event.id, ctx.idempotency.key);
          },
        },
        { broker, store, environment, group: "g" },
      ).start();
      // The second is another delivery of the same message, but for the log, where each has a place of its own.
      await broker.publish(raw, { messageId: "x" });
      if (headers.length > 0) await broker.publish(raw, { messageId: "x" });
      await new Promise<void>((resolve) => {
        environment.setTimer(resolve, 100);
      });
    });
    assert.deepEqual(ids, [id, id]);
  });
}

test("ten deliveries of one id to four consumers at once run the handler once", async () => {
  const { broker, store, environment, run } = createWorld(1, { faults: { duplicate: { share: 1, copies: 9 } } });
  const service = shopEvents({ delivery: { ordering: "unordered" } });
  const handled: Order[] = [];
  await run(async () => {
    for (let process = 0; process < 4; process++) {
      await createConsumer(
        service,
        {
          orderPlaced: async (event) => {
            await new Promise<void>((resolve) => {
              environment.setTimer(resolve, 20);
            });
            handled.push(event.data);
          },
        },
        { broker, store, environment, group: "g" },
      ).start();
    }
    await createProducer(service, broker, { environment }).orderPlaced({ data: order("ada", 1) });
    await new Promise<void>((resolve) => {
      environment.setTimer(resolve, 5_000);
    });
  });
  assert.equal(handled.length, 1);
  assert.equal(broker.pending(), 0);
});

test("a jump of the wall clock loses and doubles nothing", async () => {
  for (const jumpMs of [3_600_000, -3_600_000]) {
    const world = createWorld();
    const { broker, store, environment } = world;
    let failures = 4;
    await world.run(async () => {
      await createConsumer(
        shopEvents(),
        {
          orderPlaced: (event, ctx) => {
            if (failures-- > 0) {
              environment.jumpWallClock(jumpMs);
              throw new Error("not yet");
            }
            world.effect(event.data, ctx.idempotency.tx);
          },
        },
        { broker, store, environment, group: "g" },
      ).start();
      const producer = createProducer(shopEvents(), broker, { environment });
      for (let n = 0; n < 5; n++) await producer.orderPlaced({ data: order("ada", n) });
      await world.settle();
      assert.ok(environment.monotonic() < 10_000);
    });
    assert.deepEqual(
      world.effects.map(({ n }) => n),
      [0, 1, 2, 3, 4],
    );
  }
});
