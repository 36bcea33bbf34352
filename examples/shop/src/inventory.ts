import { join } from "node:path";
import { createProducer, createServer, sleep, type Server, type Store } from "@trilogue/runtime";
import { startRelay } from "@trilogue/runtime/events";
import { createSqliteStore, type SqliteTx } from "@trilogue/runtime/store/sqlite";
import { MoveState, type ReserveRequest } from "../gen/inventory/v1/inventory_pb.ts";
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
  await kit.network.serve("inventory", createInventoryServer(kit, store));
  const relay = startRelay({ store, broker: kit.broker, environment, telemetry: kit.ledger.telemetry });
  return {
    stock: () => store.transaction(async (tx) => tx.prepare("SELECT * FROM stock").all() as never),
    reservations: () =>
      store.transaction(async (tx) => tx.prepare("SELECT id, quantity FROM reservations").all() as never),
    waiting: () => store.outbox.count(),
    close: async () => {
      await relay.stop();
      await store.close();
    },
  };
}

function createInventoryServer(kit: Kit, store: Store<SqliteTx>): Server<SqliteTx> {
  const { environment, interceptors, ledger } = kit;
  const reserve = createReserve(kit, store);
  const read = (sku: string): Promise<StockLevel> => store.transaction(async (tx) => readStock(tx, sku));
  return createServer({ store, environment, interceptors, telemetry: ledger.telemetry }).add(
    kit.use(InventoryService),
    {
      reserve: (request, ctx) =>
        ctx.idempotency === undefined
          ? store.transaction((tx) => reserve(tx, request))
          : reserve(ctx.idempotency.tx, request),
      getStock: ({ sku }) => read(sku),
      async *watchStock({ skus }, ctx) {
        const told = new Map<string, number>();
        for (;;) {
          for (const sku of skus) {
            const level = await read(sku);
            if (told.get(sku) === level.available) continue;
            told.set(sku, level.available);
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
          const { available } = await read(sku);
          yield { moveId, state: available >= quantity ? MoveState.DONE : MoveState.REFUSED };
        }
      },
    },
  );
}

type Reserved =
  | { readonly case: "reserved"; readonly value: { readonly reservationId: string; readonly price: bigint } }
  | { readonly case: "notEnough"; readonly value: { readonly available: number } };

type Reserve = (tx: SqliteTx, request: ReserveRequest) => Promise<{ readonly result: Reserved }>;

function createReserve(kit: Kit, store: Store<SqliteTx>): Reserve {
  const { environment, interceptors, broker } = kit;
  const events = createProducer(kit.use(ShopEvents), broker, { store, environment, interceptors });
  return async (tx, { reservationId, sku, quantity }) => {
    const { available } = readStock(tx, sku);
    if (available < quantity) return { result: { case: "notEnough", value: { available } } };
    tx.prepare("UPDATE stock SET available = available - ?1, reserved = reserved + ?1 WHERE sku = ?2").run(
      quantity,
      sku,
    );
    tx.prepare("INSERT INTO reservations VALUES (?, ?, ?)").run(reservationId, sku, quantity);
    const $typeName = "acme.inventory.v1.StockReserved";
    const data = { $typeName, reservationId, sku, quantity, available: available - quantity } as const;
    await events.stockReserved({ data }, { tx });
    return { result: { case: "reserved", value: { reservationId, price: BigInt(piecePrice * quantity) } } };
  };
}

function readStock(tx: SqliteTx, sku: string): StockLevel {
  const row = tx.prepare("SELECT * FROM stock WHERE sku = ?").get(sku) as StockLevel | undefined;
  return row ?? { sku, available: 0, reserved: 0 };
}
