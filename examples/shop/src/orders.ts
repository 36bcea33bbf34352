import { createHash } from "node:crypto";
import { join } from "node:path";
import { createConsumer, createProducer, createServer, type Server, type Store } from "@trilogue/runtime";
import { startRelay } from "@trilogue/runtime/events";
import { createAuthenticators } from "@trilogue/runtime/http";
import { createSqliteStore, type SqliteTx } from "@trilogue/runtime/store/sqlite";
import { Orders } from "../gen/orders/v1/openapi_http.ts";
import { ShopEvents } from "../gen/shop/v1/asyncapi_events.ts";
import type { Kit, Part } from "./kit.ts";
import { toOrder, toOrderV1, type OrderRow } from "./order-row.ts";
import { createPlaceOrder } from "./place-order.ts";

/** The order service, and what its books say. */
export interface OrderService extends Part {
  rows(): Promise<readonly OrderRow[]>;
}

/** Takes orders over HTTP, reserves over RPC, charges at the vendor, and tells what happened by events. */
export async function openOrders(kit: Kit): Promise<OrderService> {
  const { environment, network, ledger, broker, interceptors } = kit;
  const store = createSqliteStore({ path: join(kit.folder, "orders.db"), environment, durability: "normal" });
  await store.transaction(async (tx) => {
    const columns = "id TEXT PRIMARY KEY, sku TEXT, quantity INTEGER, total INTEGER, status TEXT, charge_id TEXT";
    tx.exec(`CREATE TABLE orders (${columns})`);
  });
  await network.serve("orders", createOrdersServer(kit, store), "/api");

  // Payments that had to wait are settled by billing; the order follows the event.
  const events = createProducer(kit.use(ShopEvents), broker, { store, environment, interceptors });
  const consumer = createConsumer(
    kit.use(ShopEvents),
    {
      async paymentSettled({ data }, ctx) {
        const { tx } = ctx.idempotency;
        tx.prepare("UPDATE orders SET status = 'paid', charge_id = ? WHERE id = ?").run(data.chargeId, data.orderId);
        await events.orderChanged({ type: "OrderPaid", data }, { tx, ctx, id: `paid-${data.orderId}` });
      },
    },
    { broker, store, environment, group: "orders", interceptors, telemetry: ledger.telemetry },
  );
  await consumer.start();
  const relay = startRelay({ store, broker, environment, telemetry: ledger.telemetry });
  return {
    rows: () => readRows(store),
    waiting: () => store.outbox.count(),
    close: async () => {
      await consumer.drain({ graceMs: 2_000 });
      await relay.stop();
      await store.close();
    },
  };
}

function createOrdersServer(kit: Kit, store: Store<SqliteTx>): Server<SqliteTx> {
  const { environment, interceptors, ledger } = kit;
  const placeOrder = createPlaceOrder(kit, store);
  return createServer({
    store,
    environment,
    interceptors,
    telemetry: ledger.telemetry,
    // Here a customer's token is the customer's name.
    authenticators: createAuthenticators(Orders, { customer: (token) => ({ id: token }) }),
  }).add(
    kit.use(Orders),
    {
      async createOrder({ body, header }, ctx) {
        const key = kit.protection === "naive" ? environment.newId() : header["Idempotency-Key"];
        const placed = await placeOrder(orderIdOf(ctx.principal?.id ?? "", key), body, ctx);
        if ("available" in placed) {
          return ctx.reply(409, { sku: body.sku, available: placed.available, title: "Out of stock" });
        }
        return ctx.reply(201, ctx.accepted === "application/vnd.shop.v1+json" ? toOrderV1(placed) : toOrder(placed));
      },
      async listOrders({ query }) {
        const rows = await readRows(store);
        const wanted = rows.filter(({ status }) => query?.status === undefined || status === query.status);
        return { orders: wanted.slice(0, query?.limit ?? 20).map(toOrder) };
      },
      async getOrder({ path }, ctx) {
        const row = (await readRows(store)).find(({ id }) => id === path.orderId);
        if (row === undefined) return ctx.reply(404, { title: "No such order" });
        return ctx.reply(200, ctx.accepted === "application/vnd.shop.v1+json" ? toOrderV1(row) : toOrder(row));
      },
    },
    { createOrder: { mode: "lease", resumable: true } },
  );
}

function readRows(store: Store<SqliteTx>): Promise<readonly OrderRow[]> {
  return store.transaction(async (tx) => tx.prepare("SELECT * FROM orders ORDER BY rowid DESC").all() as never);
}

/** The same customer and key name the same order, also when the handler runs again after a crash. */
function orderIdOf(customer: string, key: string): string {
  return createHash("sha256").update(`${customer}\n${key}`).digest("hex").slice(0, 24);
}
