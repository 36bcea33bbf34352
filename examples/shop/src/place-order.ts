import { createClient, createProducer, ServiceError, type Context, type Store } from "@trilogue/runtime";
import type { SqliteTx } from "@trilogue/runtime/store/sqlite";
import { Commands } from "../gen/billing/v1/asyncapi_events.ts";
import { InventoryService } from "../gen/inventory/v1/inventory_rpc.ts";
import type { NewOrder } from "../gen/orders/v1/openapi_http.ts";
import { Payments } from "../gen/payments/v1/openapi_http.ts";
import { ShopEvents } from "../gen/shop/v1/asyncapi_events.ts";
import { suffer } from "./chaos.ts";
import type { Kit } from "./kit.ts";
import { countAttempts } from "./ledger.ts";
import { toOrder, type OrderRow } from "./order-row.ts";
import { paymentFaults } from "./payment-faults.ts";

/** Reserves, charges and writes the order down, with the events that tell of it; the same id does each of them once. */
export type PlaceOrder = (
  id: string,
  order: NewOrder,
  ctx: Context,
) => Promise<OrderRow | { readonly available: number }>;

/** Connects the order service to the inventory, the payment vendor and the bus. */
export function createPlaceOrder(kit: Kit, store: Store<SqliteTx>): PlaceOrder {
  const { environment, network, ledger, broker, interceptors } = kit;
  const clientOptions = { environment, interceptors: [...interceptors, ledger.deadlines], telemetry: ledger.telemetry };
  const slow = suffer(network.rpc("inventory"), environment, () => ({ delayMs: kit.chaos.inventorySlowMs }));
  const inventory = createClient(kit.use(InventoryService), countAttempts(slow, ledger), clientOptions);
  const payments = createClient(kit.use(Payments), paymentFaults(kit), clientOptions);
  const events = createProducer(kit.use(ShopEvents), broker, { store, environment, interceptors });
  const commands = createProducer(kit.use(Commands), broker, { store, environment, interceptors });
  return async (id, order, ctx) => {
    const { sku, quantity } = order;
    const { result } = await kit.call(() => inventory.reserve({ reservationId: id, sku, quantity }, { ctx }));
    if (result.case === "notEnough") return { available: result.value.available };
    if (result.case === undefined) throw new ServiceError("internal", "the inventory answered nothing");
    const amount = Number(result.value.price);
    const body = { reference: id, amount, currency: "EUR" };
    const charge = await kit.call(() => payments.createCharge({ body }, { ctx, idempotencyKey: `order-${id}` }));
    const isPaid = charge.status === "captured";
    const row: OrderRow = {
      id,
      sku,
      quantity,
      total: amount,
      status: isPaid ? "paid" : "pending",
      charge_id: isPaid ? charge.id : null,
    };
    const write = async (tx: SqliteTx): Promise<void> => {
      const added = tx
        .prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .run(row.id, row.sku, row.quantity, row.total, row.status, row.charge_id);
      if (added.changes === 0) return;
      await events.orderChanged({ type: "OrderPlaced", data: toOrder(row) }, { tx, ctx, id: `placed-${id}` });
      if (isPaid) {
        const data = { orderId: id, chargeId: charge.id };
        await events.orderChanged({ type: "OrderPaid", data }, { tx, ctx, id: `paid-${id}` });
      } else {
        await commands.collectPayment(
          { data: { orderId: id, amount, currency: "EUR" } },
          { tx, ctx, id: `collect-${id}` },
        );
      }
    };
    await store.transaction(write, { signal: ctx.signal });
    return row;
  };
}
