import { join } from "node:path";
import { createProducer, createServer, sleep } from "@trilogue/runtime";
import { startRelay } from "@trilogue/runtime/events";
import { createSqliteStore, type SqliteTx } from "@trilogue/runtime/store/sqlite";
import { MoveState } from "../gen/inventory/v1/inventory_pb.ts";
import { InventoryService } from "../gen/inventory/v1/inventory_rpc.ts";
import { ShopEvents } from "../gen/shop/v1/asyncapi_events.ts";
import type { Kit, Part } from "./kit.ts";

/** Cents a piece. */
export const piecePrice = 1_999;

/** The stock as its books say. */
export interface StockLevel {
  readonly sku: string;
  readonly available: number;
  readonly reserved: number;
}

/** The inventory, and what its books say. */
export interface Inventory extends Part {
  stock(): Promise<readonly StockLevel[]>;
  /** Pieces by reservation. */
  reservations(): Promise<readonly { readonly id: string; readonly quantity: number }[]>;
}

/** Keeps the stock: a proto service; a reservation and the event that tells of it commit together. */
export async function openInventory(kit: Kit, initial: readonly StockLevel[]): Promise<Inventory> {
  const { environment } = kit;
  const store = createSqliteStore({ path: join(kit.folder, "inventory.db"), environment, durability: "normal" });
  await store.transaction(async (tx) => {
    tx.exec("CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER, reserved INTEGER)");
    tx.exec("CREATE TABLE reservations (id TEXT, sku TEXT, quantity INTEGER)");
    const insert = tx.prepare("INSERT INTO stock VALUES (?, ?, ?)");
    for (const { sku, available, reserved } of initial) insert.run(sku, available, reserved);
  });
  const events = createProducer(kit.use(ShopEvents), kit.broker, { store, environment, interceptors: kit.interceptors });
  const readStock = (tx: SqliteTx, sku: string): StockLevel =>
    (tx.prepare("SELECT * FROM stock WHERE sku = ?").get(sku) as StockLevel | undefined) ?? { sku, available: 0, reserved: 0 };
  const reserve = async (tx: SqliteTx, request: { reservationId: string; sku: string; quantity: number }): Promise<Reserving> => {
    const { available } = readStock(tx, request.sku);
    if (available < request.quantity) return { result: { case: "notEnough", value: { available } } };
    tx.prepare("UPDATE stock SET available = available - ?1, reserved = reserved + ?1 WHERE sku = ?2")
      .run(request.quantity, request.sku);
    tx.prepare("INSERT INTO reservations VALUES (?, ?, ?)").run(request.reservationId, request.sku, request.quantity);
    await events.stockReserved({ data: {
      $typeName: "acme.inventory.v1.StockReserved", reservationId: request.reservationId, sku: request.sku,
      quantity: request.quantity, available: available - request.quantity,
    } }, { tx });
    const price = BigInt(piecePrice * request.quantity);
    return { result: { case: "reserved", value: { reservationId: request.reservationId, price } } };
  };
  const server = createServer({ store, environment, interceptors: kit.interceptors, telemetry: kit.ledger.telemetry })
    .add(kit.use(InventoryService), {
      reserve: (request, ctx) => ctx.idempotency === undefined
        ? store.transaction((tx) => reserve(tx, request)) : reserve(ctx.idempotency.tx, request),
      getStock: ({ sku }) => store.transaction(async (tx) => readStock(tx, sku)),
      async *watchStock({ skus }, ctx) {
        const told = new Map<string, number>();
        for (;;) {
          const levels = await store.transaction(async (tx) => skus.map((sku) => readStock(tx, sku)));
          for (const level of levels) {
            if (told.get(level.sku) === level.available) continue;
            told.set(level.sku, level.available);
            yield level;
          }
          await sleep(environment, 100, ctx.signal);
        }
      },
      async countStock(counts) {
        const countedBySku: Record<string, number> = {};
        let total = 0;
        for await (const { sku, counted } of counts) {
          countedBySku[sku] = (countedBySku[sku] ?? 0) + counted;
          total += 1;
        }
        return { counts: total, countedBySku };
      },
      async *moveStock(moves) {
        for await (const { moveId, sku, quantity } of moves) {
          const { available } = await store.transaction(async (tx) => readStock(tx, sku));
          yield { moveId, state: available >= quantity ? MoveState.DONE : MoveState.REFUSED };
        }
      },
    });
  await kit.network.serve("inventory", server);
  const relay = startRelay({ store, broker: kit.broker, environment, telemetry: kit.ledger.telemetry });
  return {
    stock: () => store.transaction(async (tx) => tx.prepare("SELECT * FROM stock").all() as never),
    reservations: () => store.transaction(async (tx) => tx.prepare("SELECT id, quantity FROM reservations").all() as never),
    waiting: () => store.outbox.count(),
    close: async () => {
      await relay.stop();
      await store.close();
    },
  };
}

type Reserving =
  | { readonly result: { readonly case: "reserved"; readonly value: { readonly reservationId: string; readonly price: bigint } } }
  | { readonly result: { readonly case: "notEnough"; readonly value: { readonly available: number } } };
