import { join } from "node:path";
import { createClient, createConsumer, createProducer, ServiceError } from "@trilogue/runtime";
import { startRelay } from "@trilogue/runtime/events";
import { createSqliteStore } from "@trilogue/runtime/store/sqlite";
import { Commands } from "../gen/billing/v1/asyncapi_events.ts";
import { Payments } from "../gen/payments/v1/openapi_http.ts";
import { ShopEvents } from "../gen/shop/v1/asyncapi_events.ts";
import type { Kit, Part } from "./kit.ts";
import { paymentFaults } from "./payment-faults.ts";

/** Collects payments that had to wait: the command comes until it is done, the charge is made under the order's key. */
export async function openBilling(kit: Kit): Promise<Part> {
  const { environment, broker, interceptors, ledger } = kit;
  const store = createSqliteStore({ path: join(kit.folder, "billing.db"), environment, durability: "normal" });
  const payments = createClient(kit.use(Payments), paymentFaults(kit), {
    environment,
    interceptors: [...interceptors, ledger.deadlines],
    telemetry: ledger.telemetry,
  });
  const events = createProducer(kit.use(ShopEvents), broker, { store, environment, interceptors });
  const consumer = createConsumer(
    kit.use(Commands),
    {
      // The vendor is called before the transaction opens: a slow call must not hold up other writers.
      collectPayment: {
        async prepare({ data }, ctx) {
          const { orderId, amount, currency } = data;
          const charge = await kit.call(() =>
            payments.createCharge(
              { body: { reference: orderId, amount, currency } },
              { ctx, idempotencyKey: `order-${orderId}` },
            ),
          );
          if (charge.status === "deferred") throw new ServiceError("unavailable", "the payment vendor is still away");
          return { orderId, chargeId: charge.id };
        },
        async commit(settled: { readonly orderId: string; readonly chargeId: string }, _event, ctx) {
          const { tx } = ctx.idempotency;
          await events.paymentSettled({ data: settled }, { tx, ctx, id: `settled-${settled.orderId}` });
        },
      },
    },
    { broker, store, environment, group: "billing", interceptors, telemetry: ledger.telemetry },
  );
  await consumer.start();
  const relay = startRelay({ store, broker, environment, telemetry: ledger.telemetry });
  return {
    waiting: () => store.outbox.count(),
    close: async () => {
      await consumer.drain({ graceMs: 2_000 });
      await relay.stop();
      await store.close();
    },
  };
}
