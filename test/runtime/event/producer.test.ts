import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interceptor } from "../../../runtime/src/call/interceptor.ts";
import { createContext } from "../../../runtime/src/call/create-context.ts";
import { jsonCodec } from "../../../runtime/src/codegen/v1/events.ts";
import type { EventOperation } from "../../../runtime/src/descriptor/event.ts";
import { createConsumer, createProducer, type ConsumedEvent } from "../../../runtime/src/event/index.ts";
import { createWorld, order, orderMessage, orderOperation, shopEvents, text, type OrderEvent } from "./harness.ts";

type Paid = { readonly type: "OrderPaid"; readonly data: { readonly id: string } };

const changed: EventOperation<OrderEvent | Paid> = {
  ...orderOperation({ idempotency: { level: "none" }, delivery: { ordering: "unordered" } }),
  name: "orderChanged",
  messages: [orderMessage, { type: "OrderPaid", codec: jsonCodec() }],
};

test("a message goes out as CloudEvents in binary mode, with trace, key and typed headers", async () => {
  const { broker, environment, run } = createWorld();
  await run(async () => {
    const producer = createProducer(shopEvents(), broker, { environment });
    const scope = createContext({ environment });
    const receipt = await producer.orderPlaced(
      { data: order("ada", 1), headers: { retries: 3 } },
      { ctx: scope.context, ttlMs: 5_000, headers: { "x-note": "hi" } },
    );
    const [message] = broker.messages("shop.orders");
    const headers = Object.fromEntries(message?.headers ?? []);
    assert.equal(headers["ce-specversion"], "1.0");
    assert.equal(headers["ce-id"], receipt.messageId);
    assert.equal(headers["ce-source"], "/shop.v1.ShopEvents");
    assert.equal(headers["ce-type"], "OrderPlaced");
    assert.equal(headers["ce-time"], "2026-01-01T00:00:00.000Z");
    assert.equal(headers["retries"], "3");
    assert.equal(headers["x-note"], "hi");
    assert.equal(headers["x-message-ttl-ms"], "5000");
    assert.equal(headers["traceparent"]?.split("-")[1], scope.context.trace.traceId);
    assert.equal(message?.key, "ada");
    assert.equal(message?.contentType, "application/json");
    assert.deepEqual(JSON.parse(text(message?.payload as Uint8Array)), order("ada", 1));
    assert.equal(receipt.offset, "0");
    scope.dispose();
  });
  assert.equal(environment.pendingTimers, 0);
});

test("what doesn't fit the contract is refused before it is sent", async () => {
  const { broker, environment, run } = createWorld();
  await run(async () => {
    const { orderPlaced } = createProducer(shopEvents(), broker, { environment });
    await assert.rejects(orderPlaced({ data: { id: 7, customer: "ada", n: 1 } as never }), {
      code: "invalid_argument",
      message: /"\/id" expected a string/,
    });
    await assert.rejects(orderPlaced({ data: order("ada", 1), headers: { retries: "x" } as never }), {
      code: "invalid_argument",
    });
    await assert.rejects(orderPlaced({ data: { id: "x", n: 1 } as never }), {
      code: "invalid_argument",
      message: /ordering key "customer"/,
    });
    const { orderChanged } = createProducer({ orderChanged: changed }, broker, { environment });
    await assert.rejects(orderChanged({ data: order("ada", 1) } as never), {
      message: /"type" is missing; expected one of "OrderPlaced", "OrderPaid"/,
    });
    await assert.rejects(orderChanged({ type: "Nothing", data: 1 } as never), { code: "invalid_argument" });
  });
  assert.deepEqual(broker.messages("shop.orders"), []);
});

test("an unconfirmed message is published again under the same id until it is confirmed", async () => {
  const { broker, environment, run } = createWorld(1, { faults: { loseConfirm: 1 }, confirmTimeoutMs: 300 });
  const receipt = await run(async () => {
    environment.setTimer(() => broker.setFaults({}), 1_500);
    return createProducer(shopEvents(), broker, { environment }).orderPlaced({ data: order("ada", 1) });
  });
  const ids = broker.messages("shop.orders").map(({ headers }) => Object.fromEntries(headers)["ce-id"]);
  assert.ok(ids.length >= 3, String(ids.length));
  assert.deepEqual(new Set(ids), new Set([receipt.messageId]));
});

test("a bus that stays away fails the send by its deadline", async () => {
  const { broker, environment, run } = createWorld(1, { faults: { refusePublish: 1 } });
  await run(async () => {
    const producer = createProducer(shopEvents({ timeoutMs: 3_000 }), broker, { environment });
    await assert.rejects(producer.orderPlaced({ data: order("ada", 1) }), { code: "unavailable" });
    assert.ok(environment.monotonic() <= 3_000, String(environment.monotonic()));
  });
  assert.equal(environment.pendingTimers, 0);
});

test("a caller who gives up ends the send at once", async () => {
  const { broker, environment, run } = createWorld(1, { faults: { refusePublish: 1 } });
  await run(async () => {
    const controller = new AbortController();
    environment.setTimer(() => controller.abort(new Error("enough")), 700);
    const producer = createProducer(shopEvents(), broker, { environment });
    await assert.rejects(producer.orderPlaced({ data: order("ada", 1) }, { signal: controller.signal }), {
      code: "canceled",
      message: /enough/,
    });
    assert.equal(environment.monotonic(), 700);
  });
});

test("several messages of one operation are told apart by type, on both sides", async () => {
  const { broker, environment, run } = createWorld();
  const seen: string[] = [];
  await run(async () => {
    const consumer = createConsumer(
      { orderChanged: changed },
      {
        orderChanged: (event) => {
          switch (event.type) {
            case "OrderPlaced":
              seen.push(`placed ${event.data.n}`);
              break;
            case "OrderPaid":
              seen.push(`paid ${event.data.id}`);
              break;
          }
        },
      },
      { broker, environment, group: "mail" },
    );
    await consumer.start();
    const { orderChanged } = createProducer({ orderChanged: changed }, broker, { environment });
    await orderChanged({ type: "OrderPaid", data: { id: "x" } });
    await orderChanged({ type: "OrderPlaced", data: order("ada", 4) });
    await new Promise<void>((resolve) => {
      environment.setTimer(resolve, 10);
    });
    await consumer.drain();
  });
  assert.deepEqual(seen.sort(), ["paid x", "placed 4"]);
});

test("parameters of an address are filled in, read back, and may stay open for a consumer", async () => {
  const { broker, environment, run } = createWorld();
  const weight: EventOperation<OrderEvent> = {
    ...orderOperation({ idempotency: { level: "none" }, delivery: { ordering: "unordered" } }),
    channel: { name: "weights", address: "shelf/{shelf}/weight", parameters: ["shelf"] },
  };
  const seen: ConsumedEvent<OrderEvent>[] = [];
  await run(async () => {
    await createConsumer(
      { weight },
      {
        weight: (event) => {
          seen.push(event);
        },
      },
      { broker, environment, group: "all" },
    ).start();
    const producer = createProducer({ weight }, broker, { environment });
    await assert.rejects(producer.weight({ data: order("ada", 1) }), { message: /parameter "shelf" is missing/ });
    await producer.weight({ data: order("ada", 1) }, { parameters: { shelf: "7" } });
    await broker.publish({
      ...(broker.messages("shelf/7/weight")[0] as never as object),
      address: "shelf/7/8/weight",
    } as never);
    await new Promise<void>((resolve) => {
      environment.setTimer(resolve, 10);
    });
  });
  assert.deepEqual(
    seen.map(({ parameters, address }) => [address, parameters]),
    [["shelf/7/weight", { shelf: "7" }]],
  );
});

test("one interceptor works on both sides, the first of the list outermost", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  const steps: string[] = [];
  const trace =
    (name: string): Interceptor =>
    (next) =>
    async (call) => {
      steps.push(`${name} ${call.side} in`);
      if (call.side === "producer") call.headers.set(`x-${name}`, "1");
      const result = await next(call);
      steps.push(`${name} ${call.side} out`);
      return result;
    };
  const interceptors = [trace("a"), trace("b")];
  await world.run(async () => {
    await createConsumer(
      shopEvents(),
      {
        orderPlaced: () => {
          steps.push("handler");
        },
      },
      { broker, store, environment, group: "g", interceptors },
    ).start();
    await createProducer(shopEvents(), broker, { environment, interceptors }).orderPlaced({ data: order("ada", 1) });
    await world.settle();
  });
  assert.deepEqual(
    steps.filter((step) => step.includes("producer")),
    ["a producer in", "b producer in", "b producer out", "a producer out"],
  );
  assert.deepEqual(
    steps.filter((step) => !step.includes("producer")),
    ["a consumer in", "b consumer in", "handler", "b consumer out", "a consumer out"],
  );
  assert.equal(Object.fromEntries(broker.messages("shop.orders")[0]?.headers ?? [])["x-b"], "1");
});

test("a message that outlived its time goes to the dead letters unhandled", async () => {
  const world = createWorld();
  const { broker, store, environment } = world;
  let calls = 0;
  await world.run(async () => {
    await createProducer(shopEvents(), broker, { environment }).orderPlaced(
      { data: order("ada", 1) },
      { ttlMs: 1_000 },
    );
    await new Promise<void>((resolve) => {
      environment.setTimer(resolve, 1_500);
    });
    await createConsumer(
      shopEvents(),
      {
        orderPlaced: () => {
          calls++;
        },
      },
      { broker, store, environment, group: "g" },
    ).start();
    await world.settle();
  });
  assert.equal(calls, 0);
  assert.equal(
    Object.fromEntries(broker.messages("shop.dead")[0]?.headers ?? [])["x-dl-error-reason"],
    "MESSAGE_EXPIRED",
  );
});
