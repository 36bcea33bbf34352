import { createHash } from "node:crypto";
import { join } from "node:path";
import { createClient, createConsumer, createProducer, createServer, ServiceError, type Context } from "@trilogue/runtime";
import { startRelay } from "@trilogue/runtime/events";
import { createSqliteStore } from "@trilogue/runtime/store/sqlite";
import { Commands } from "../gen/billing/v1/asyncapi_events.ts";
import { InventoryService } from "../gen/inventory/v1/inventory_rpc.ts";
import { Orders, type NewOrder, type Order, type OrderV1 } from "../gen/orders/v1/openapi_http.ts";
import { Payments } from "../gen/payments/v1/openapi_http.ts";
import { ShopEvents } from "../gen/shop/v1/asyncapi_events.ts";
import { suffer } from "./chaos.ts";
import type { Kit, Part } from "./kit.ts";
import { countAttempts } from "./ledger.ts";
import { paymentFaults } from "./payment-faults.ts";

/** An order as the books have it. */
export interface OrderRow {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly total: number;
  readonly status: "pending" | "paid" | "rejected";
  readonly charge_id: string | null;
}

/** The order service, and what its books say. */
export interface OrderService extends Part {
  rows(): Promise<readonly OrderRow[]>;
}

/** Takes orders over HTTP, reserves over RPC, charges at the vendor, and tells what happened by events. */
export async function openOrders(kit: Kit): Promise<OrderService> {
  const { environment, network, ledger, broker, interceptors } = kit;
  const store = createSqliteStore({ path: join(kit.folder, "orders.db"), environment, durability: "normal" });
  await store.transaction(async (tx) => {
    tx.exec("CREATE TABLE orders (id TEXT PRIMARY KEY, sku TEXT, quantity INTEGER, total INTEGER, status TEXT, charge_id TEXT)");
  });
  const clientOptions = { environment, interceptors: [...interceptors, ledger.deadlines], telemetry: ledger.telemetry };
  const inventory = createClient(
    kit.use(InventoryService),
    countAttempts(suffer(network.rpc("inventory"), environment, () => ({ delayMs: kit.chaos.inventorySlowMs })), ledger),
    clientOptions,
  );
  const payments = createClient(kit.use(Payments), paymentFaults(kit), clientOptions);
  const events = createProducer(kit.use(ShopEvents), broker, { store, environment, interceptors });
  const commands = createProducer(kit.use(Commands), broker, { store, environment, interceptors });

  const placeOrder = async (id: string, order: NewOrder, ctx: Context): Promise<OrderRow | { readonly available: number }> => {
    const { result } = await kit.call(() =>
      inventory.reserve({ reservationId: id, sku: order.sku, quantity: order.quantity }, { ctx }));
    if (result.case === "notEnough") return { available: result.value.available };
    if (result.case === undefined) throw new ServiceError("internal", "the inventory answered nothing");
    const total = Number(result.value.price);
    const charge = await kit.call(() =>
      payments.createCharge({ body: { reference: id, amount: total, currency: "EUR" } }, { ctx, idempotencyKey: `order-${id}` }));
    const isPaid = charge.status === "captured";
    const row: OrderRow = {
      id, sku: order.sku, quantity: order.quantity, total,
      status: isPaid ? "paid" : "pending", charge_id: isPaid ? charge.id : null,
    };
    await store.transaction(async (tx) => {
      const added = tx.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .run(row.id, row.sku, row.quantity, row.total, row.status, row.charge_id);
      if (added.changes === 0) return;
      await events.orderChanged({ type: "OrderPlaced", data: toOrder(row) }, { tx, ctx, id: `placed-${id}` });
      if (isPaid) await events.orderChanged({ type: "OrderPaid", data: { orderId: id, chargeId: charge.id } }, { tx, ctx, id: `paid-${id}` });
      else await commands.collectPayment({ data: { orderId: id, amount: total, currency: "EUR" } }, { tx, ctx, id: `collect-${id}` });
    }, { signal: ctx.signal });
    return row;
  };

  const server = createServer({
    store, environment, interceptors, telemetry: ledger.telemetry,
    authenticate: ({ headers }) => {
      const customer = /^Bearer (\w+)$/.exec(headers.get("authorization") ?? "")?.[1];
      if (customer === undefined) throw new ServiceError("unauthenticated", "a customer's token is needed");
      return { id: customer };
    },
  }).add(kit.use(Orders), {
    async createOrder({ body, header }, ctx) {
      const key = kit.protection === "naive" ? environment.newId() : header["Idempotency-Key"];
      const placed = await placeOrder(orderIdOf(ctx.principal?.id ?? "", key), body, ctx);
      if ("available" in placed) return ctx.reply(409, { sku: body.sku, available: placed.available, title: "Out of stock" });
      return ctx.reply(201, ctx.accepted === "application/vnd.shop.v1+json" ? toOrderV1(placed) : toOrder(placed));
    },
    async listOrders({ query }) {
      const rows = await readRows();
      const wanted = rows.filter(({ status }) => query?.status === undefined || status === query.status);
      return { orders: wanted.slice(0, query?.limit ?? 20).map(toOrder) };
    },
    async getOrder({ path }, ctx) {
      const row = (await readRows()).find(({ id }) => id === path.orderId);
      if (row === undefined) return ctx.reply(404, { title: "No such order" });
      return ctx.reply(200, ctx.accepted === "application/vnd.shop.v1+json" ? toOrderV1(row) : toOrder(row));
    },
  }, { createOrder: { mode: "lease", resumable: true } });
  await network.serve("orders", server, "/api");

  // Payments that had to wait are settled by billing; the order follows the event.
  const consumer = createConsumer(kit.use(ShopEvents), {
    async paymentSettled({ data }, ctx) {
      const { tx } = ctx.idempotency;
      tx.prepare("UPDATE orders SET status = 'paid', charge_id = ? WHERE id = ?").run(data.chargeId, data.orderId);
      await events.orderChanged({ type: "OrderPaid", data }, { tx, ctx, id: `paid-${data.orderId}` });
    },
  }, { broker, store, environment, group: "orders", interceptors, telemetry: ledger.telemetry });
  await consumer.start();
  const relay = startRelay({ store, broker, environment, telemetry: ledger.telemetry });
  const readRows = (): Promise<readonly OrderRow[]> =>
    store.transaction(async (tx) => tx.prepare("SELECT * FROM orders ORDER BY rowid DESC").all() as never);
  return {
    rows: readRows,
    waiting: () => store.outbox.count(),
    close: async () => {
      await consumer.drain({ graceMs: 2_000 });
      await relay.stop();
      await store.close();
    },
  };
}

/** The same customer and key name the same order, also when the handler runs again after a crash. */
function orderIdOf(customer: string, key: string): string {
  return createHash("sha256").update(`${customer}\n${key}`).digest("hex").slice(0, 24);
}

function toOrder(row: OrderRow): Order {
  return {
    orderId: row.id, lines: [{ sku: row.sku, quantity: row.quantity }],
    total: { amount: row.total, currency: "EUR" }, status: row.status, chargeId: row.charge_id,
  };
}

function toOrderV1(row: OrderRow): OrderV1 {
  return { id: row.id, sku: row.sku, quantity: row.quantity, total: row.total, paid: row.status === "paid" };
}
