import { join } from "node:path";
import { createConsumer, createProducer } from "@trilogue/runtime";
import { startRelay } from "@trilogue/runtime/events";
import { createSqliteStore } from "@trilogue/runtime/store/sqlite";
import { Commands } from "../gen/billing/v1/asyncapi_events.ts";
import { ShopEvents } from "../gen/shop/v1/asyncapi_events.ts";
import type { Kit, Part } from "./kit.ts";

/** The customers' mail, and what its books say. */
export interface Notifications extends Part {
  /** Receipts sent by order; more than one of an order is a mistake that customers see. */
  receipts(): Promise<readonly { readonly order_id: string; readonly count: number }[]>;
}

/** Follows paid orders and sends each customer one receipt, by a command of its own. */
export async function openNotifications(kit: Kit): Promise<Notifications> {
  const { environment, broker, interceptors, ledger } = kit;
  const store = createSqliteStore({ path: join(kit.folder, "notifications.db"), environment, durability: "normal" });
  await store.transaction(async (tx) => {
    tx.exec("CREATE TABLE receipts (order_id TEXT)");
  });
  const commands = createProducer(kit.use(Commands), broker, { store, environment, interceptors });
  const options = { broker, store, environment, group: "notifications", interceptors, telemetry: ledger.telemetry };
  const events = createConsumer(
    kit.use(ShopEvents),
    {
      async orderChanged(event, ctx) {
        if (event.type !== "OrderPaid") return;
        const { orderId } = event.data;
        await commands.sendReceipt({ data: { orderId } }, { tx: ctx.idempotency.tx, ctx, id: `receipt-${orderId}` });
      },
    },
    options,
  );
  let poisoned: string | undefined;
  const mail = createConsumer(
    kit.use(Commands),
    {
      async sendReceipt({ data }, ctx) {
        if (kit.chaos.receiptBug) poisoned ??= data.orderId;
        if (kit.chaos.receiptBug && poisoned === data.orderId) throw new TypeError("a bug that somebody will mend");
        ctx.idempotency.tx.prepare("INSERT INTO receipts VALUES (?)").run(data.orderId);
      },
    },
    options,
  );
  await events.start();
  await mail.start();
  const relay = startRelay({ store, broker, environment, telemetry: ledger.telemetry });
  return {
    receipts: () =>
      store.transaction(
        async (tx) => tx.prepare("SELECT order_id, COUNT(*) AS count FROM receipts GROUP BY order_id").all() as never,
      ),
    waiting: () => store.outbox.count(),
    close: async () => {
      await Promise.all([events.drain({ graceMs: 2_000 }), mail.drain({ graceMs: 2_000 })]);
      await relay.stop();
      await store.close();
    },
  };
}
