import type { Environment } from "@trilogue/runtime";
import { createMemoryBroker, type MemoryBroker } from "@trilogue/runtime/broker/memory";
import { openBilling } from "./billing.ts";
import { createChaos, type Chaos } from "./chaos.ts";
import { openInventory, type Inventory, type StockLevel } from "./inventory.ts";
import type { Kit } from "./kit.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { chooseProtection } from "./naive.ts";
import type { Network } from "./network.ts";
import { openNotifications, type Notifications } from "./notifications.ts";
import { openOrders, type OrderService } from "./orders.ts";
import { openPayments, type PaymentVendor } from "./payments.ts";
import { openShelves, type Shelves } from "./shelves.ts";

/** The whole landscape, running. */
export interface Shop {
  readonly kit: Kit;
  readonly broker: MemoryBroker;
  readonly ledger: Ledger;
  readonly chaos: Chaos;
  readonly payments: PaymentVendor;
  readonly inventory: Inventory;
  readonly orders: OrderService;
  readonly notifications: Notifications;
  readonly shelves: Shelves;
  /** Whether no message waits in an outbox or on the bus. */
  isQuiet(): Promise<boolean>;
  close(): Promise<void>;
}

/** What a shop is opened with. */
export interface ShopOptions {
  readonly environment: Environment;
  readonly network: Network;
  /** An empty folder for the databases. */
  readonly folder: string;
  readonly protection: Kit["protection"];
}

/** The stock of the first day. */
export const initialStock: readonly StockLevel[] = ["mug", "lamp", "chair", "book", "pen"].map((sku) => ({
  sku,
  available: 100_000,
  reserved: 0,
}));

/** Who waits for messages where; all is quiet when none of them has any left. */
const readers: readonly (readonly [address: string, group: string])[] = [
  ["shop.orders", "notifications"],
  ["shop.payments", "orders"],
  ["commands.collect-payment", "billing"],
  ["commands.send-receipt", "notifications"],
];

/** Opens all services on one network, one bus and one database each. */
export async function openShop(options: ShopOptions): Promise<Shop> {
  const { environment, network } = options;
  const broker = createMemoryBroker({ environment });
  const ledger = createLedger(environment);
  const chaos = createChaos();
  const kit: Kit = {
    ...options,
    broker,
    ledger,
    chaos,
    interceptors: [],
    ...chooseProtection(environment, options.protection),
  };
  const payments = await openPayments(kit);
  const inventory = await openInventory(kit, initialStock);
  const orders = await openOrders(kit);
  const billing = await openBilling(kit);
  const notifications = await openNotifications(kit);
  const shelves = await openShelves(kit);
  const parts = [orders, billing, notifications, shelves, inventory, payments];
  return {
    kit,
    broker,
    ledger,
    chaos,
    payments,
    inventory,
    orders,
    notifications,
    shelves,
    isQuiet: async () => {
      const waiting = await Promise.all(parts.map((part) => part.waiting()));
      return (
        waiting.every((count) => count === 0) &&
        readers.every(([address, group]) => broker.backlog(address, group) === 0) &&
        shelves.heard() >= shelves.told()
      );
    },
    close: async () => {
      await network.close();
      for (const part of parts) await part.close();
      await broker.close();
    },
  };
}
