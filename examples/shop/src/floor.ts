import { createClient, isServiceError } from "@trilogue/runtime";
import { InventoryService } from "../gen/inventory/v1/inventory_rpc.ts";
import { MoveState } from "../gen/inventory/v1/inventory_pb.ts";
import type { StockLevel } from "./inventory.ts";
import { initialStock, type Shop } from "./shop.ts";

/** The people on the shop's floor watch the stock, scan shelves and move goods, each over another kind of stream. */
export interface Floor {
  /** What the watching screen shows now, by item. */
  readonly shown: ReadonlyMap<string, StockLevel>;
  /** Scans every shelf and moves one piece of each item; resolves to how many of both were confirmed. */
  tidyUp(): Promise<{ readonly counted: number; readonly moved: number }>;
  /** Turns the screen off. */
  close(): Promise<void>;
}

/** Opens the floor: a server stream that lasts, and client and bidi streams now and then. */
export function openFloor(shop: Shop): Floor {
  const { kit } = shop;
  const client = createClient(kit.use(InventoryService), kit.network.rpc("inventory"), {
    environment: kit.environment,
  });
  const leaving = new AbortController();
  const shown = new Map<string, StockLevel>();
  const skus = initialStock.map(({ sku }) => sku);
  const watching = (async () => {
    try {
      for await (const level of client.watchStock({ skus }, { signal: leaving.signal })) shown.set(level.sku, level);
    } catch (error) {
      // The screen was turned off.
      if (!isServiceError(error) || error.code !== "canceled") throw error;
    }
  })();
  return {
    shown,
    tidyUp: async () => {
      const { counts } = await client.countStock(
        (async function* () {
          for (const sku of skus) yield { sku, counted: 1 };
        })(),
      );
      let moved = 0;
      const moves = (async function* () {
        for (const sku of skus)
          yield { moveId: kit.environment.newId(), sku, fromShelf: "1", toShelf: "2", quantity: 1 };
      })();
      for await (const { state } of client.moveStock(moves)) if (state === MoveState.DONE) moved += 1;
      return { counted: counts, moved };
    },
    close: async () => {
      leaving.abort();
      await watching;
    },
  };
}
