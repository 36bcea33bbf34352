import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryBroker } from "../../../runtime/src/broker/memory.ts";
import type { EventOperation, EventService } from "../../../runtime/src/descriptor/event.ts";
import { createConsumer, createProducer, type ConsumedEvent, type Producer } from "../../../runtime/src/event/index.ts";
import { createMemoryStore, type MemoryTx } from "../../../runtime/src/store/memory.ts";
import { createSimulation } from "../../../runtime/src/testing/simulation.ts";
import { shopEvents, type OrderEvent } from "./harness.ts";

type Paid = { readonly type: "OrderPaid"; readonly data: { readonly chargeId: string } };
interface Operations {
  /** Doc of the contract. */
  readonly orderPlaced: EventOperation<OrderEvent>;
  readonly orderChanged: EventOperation<OrderEvent | Paid>;
}

/** Never called: the compiler is what checks it. */
export function checkTypes(service: EventService<Operations>, producer: Producer<Operations, MemoryTx>): void {
  const data = { id: "1", customer: "ada", n: 1 };
  void producer.orderPlaced({ data });
  void producer.orderPlaced({ data, type: "OrderPlaced", headers: { retries: 1 } });
  void producer.orderChanged({ type: "OrderPaid", data: { chargeId: "c" } });
  // @ts-expect-error: a field is missing
  void producer.orderPlaced({ data: { id: "1", n: 1 } });
  // @ts-expect-error: a field has another type
  void producer.orderPlaced({ data: { ...data, n: "1" } });
  // @ts-expect-error: a header has another type
  void producer.orderPlaced({ data, headers: { retries: "1" } });
  // @ts-expect-error: the type of another message
  void producer.orderPlaced({ data, type: "OrderPaid" });
  // @ts-expect-error: several messages are told apart by type
  void producer.orderChanged({ data });
  // @ts-expect-error: the data of another message
  void producer.orderChanged({ type: "OrderPaid", data });
  // @ts-expect-error: no such operation
  void producer.orderLost({ data });
  // @ts-expect-error: the transaction of another store
  void producer.orderPlaced({ data }, { tx: { query: "" } });

  const broker = createMemoryBroker({ environment: createSimulation({ seed: 1 }) });
  const store = createMemoryStore();
  createConsumer(
    service,
    {
      orderChanged: (event, ctx) => {
        const tx: MemoryTx = ctx.idempotency.tx;
        const whole: ConsumedEvent<OrderEvent | Paid> = event;
        if (event.type === "OrderPaid") void [event.data.chargeId.length, event.id, event.key, tx, whole];
        // @ts-expect-error: only one of the messages has it
        else void event.data.chargeId;
      },
    },
    { broker, store, group: "g" },
  );
  createConsumer(
    service,
    {
      orderPlaced: {
        prepare: async (event) => event.data.n * 2,
        commit: (doubled: number, event, ctx) => {
          const tx: MemoryTx = ctx.idempotency.tx;
          void [doubled.toFixed(), event.data.customer.length, tx];
        },
      },
      orderChanged: {
        prepare: async (event, ctx) => {
          // @ts-expect-error: there is no transaction yet
          ctx.idempotency.tx.onCommit(() => undefined);
        },
        commit: (nothing) => {
          // @ts-expect-error: unknown unless declared
          nothing.toFixed();
        },
      },
    },
    { broker, store, group: "g" },
  );
  // @ts-expect-error: no such operation
  createConsumer(service, { orderLost: () => undefined }, { broker, store, group: "g" });
  // @ts-expect-error: a handler settles with nothing
  createConsumer(service, { orderPlaced: async () => 1 }, { broker, store, group: "g" });
  // @ts-expect-error: a group is needed
  createConsumer(service, {}, { broker, store });
  // @ts-expect-error: an http operation is no event
  createProducer({ createOrder: { kind: "http" } }, broker);
}

test("a producer has the methods of its service and nothing else", () => {
  const broker = createMemoryBroker({ environment: createSimulation({ seed: 1 }) });
  assert.deepEqual(Object.keys(createProducer(shopEvents(), broker)), ["orderPlaced"]);
  assert.deepEqual(Object.keys(createProducer(shopEvents().operations, broker)), ["orderPlaced"]);
});
