import type { Customers } from "./customers.ts";
import type { Played } from "./scenario.ts";
import type { StockLevel } from "./inventory.ts";
import type { OrderRow } from "./order-row.ts";
import { initialStock, type Shop } from "./shop.ts";

/** What must be true once all is quiet. */
export interface Invariant {
  readonly name: string;
  readonly holds: boolean;
  readonly detail: string;
}

/** The numbers at the end. */
export interface Totals {
  readonly asked: number;
  readonly requests: number;
  readonly orders: number;
  readonly paid: number;
  readonly attempts: number;
  readonly charges: number;
  /** Charges beyond one for each thing that a customer wanted. */
  readonly doubleCharges: number;
  readonly duplicatesStopped: number;
  readonly lost: number;
  readonly deadLettered: number;
}

/** What the books of all services say. */
interface Books {
  readonly orders: readonly OrderRow[];
  readonly charges: readonly { readonly reference: string }[];
  /** Receipts by order. */
  readonly receipts: ReadonlyMap<string, number>;
  readonly stock: readonly StockLevel[];
  readonly reservations: readonly { readonly quantity: number }[];
}

/** Reads all books and judges them. */
export async function judge(
  shop: Shop,
  played: Played,
): Promise<{ readonly totals: Totals; readonly invariants: readonly Invariant[] }> {
  const { customers } = played;
  const [orders, charges, receipts, stock, reservations] = await Promise.all([
    shop.orders.rows(),
    shop.payments.charges(),
    shop.notifications.receipts(),
    shop.inventory.stock(),
    shop.inventory.reservations(),
  ]);
  const byOrder = new Map(receipts.map(({ order_id: id, count }) => [id, count]));
  const books: Books = { orders, charges, receipts: byOrder, stock, reservations };
  return {
    totals: sumUp(shop, customers, books),
    invariants: [...judgeMoney(customers, books), ...judgeStock(books, played), ...judgeTime(shop)],
  };
}

function sumUp({ ledger }: Shop, customers: Customers, { orders, charges, receipts }: Books): Totals {
  const paid = orders.filter(({ status }) => status === "paid");
  const wanted = countOutcome(customers, "placed");
  const withoutReceipt = paid.filter(({ id }) => !receipts.has(id)).length;
  return {
    asked: ledger.asked,
    requests: ledger.requests,
    orders: orders.length,
    paid: paid.length,
    attempts: ledger.paymentAttempts,
    charges: charges.length,
    doubleCharges: Math.max(0, charges.length - wanted),
    duplicatesStopped: ledger.count("inbox.duplicates") + ledger.count("idempotency.claims", "replay"),
    lost: countOutcome(customers, "open") + Math.max(0, wanted - paid.length) + withoutReceipt,
    deadLettered: ledger.count("dead_letters"),
  };
}

function judgeMoney(customers: Customers, { orders, charges, receipts }: Books): Invariant[] {
  const paid = orders.filter(({ status }) => status === "paid");
  const wanted = countOutcome(customers, "placed");
  const chargesByOrder = new Map<string, number>();
  for (const { reference } of charges) chargesByOrder.set(reference, (chargesByOrder.get(reference) ?? 0) + 1);
  const oneCharge = charges.length === paid.length && paid.every(({ id }) => chargesByOrder.get(id) === 1);
  const wrongReceipts = paid.filter(({ id }) => receipts.get(id) !== 1).length;
  const oneOrder = orders.length === wanted && countOutcome(customers, "open") === 0;
  return [
    invariant("charges = paid orders, one each", oneCharge, `${charges.length} charges, ${paid.length} paid orders`),
    invariant("every order is paid", orders.length === paid.length, `${orders.length - paid.length} unpaid`),
    invariant("one order for each thing wanted", oneOrder, `${orders.length} orders, ${wanted} wanted`),
    invariant(
      "one receipt for each paid order",
      wrongReceipts === 0 && receipts.size === paid.length,
      `${wrongReceipts} orders with none or several`,
    ),
  ];
}

function judgeStock({ stock, reservations }: Books, played: Played): Invariant[] {
  const addsUp = initialStock.every(({ sku, available }) => {
    const now = stock.find((level) => level.sku === sku);
    return now !== undefined && now.available >= 0 && now.available + now.reserved === available;
  });
  const reserved = reservations.reduce((sum, { quantity }) => sum + quantity, 0);
  const booked = stock.reduce((sum, level) => sum + level.reserved, 0);
  const detail = `${reserved} pieces reserved, ${booked} booked`;
  const { shown, streamed, expectedStreamed } = played;
  const isShown = stock.every(({ sku, available }) => shown.get(sku)?.available === available);
  return [
    invariant("stock is never negative and adds up", addsUp && reserved === booked, detail),
    invariant(
      "streams carried every change",
      isShown && streamed === expectedStreamed,
      `${streamed} of ${expectedStreamed} scans and moves; the screen ${isShown ? "shows" : "does not show"} the books`,
    ),
  ];
}

function judgeTime({ ledger, shelves }: Shop): Invariant[] {
  const worst = ledger.worstOverrunMs;
  return [
    invariant(
      "every shelf reading had one effect",
      shelves.heard() === shelves.told(),
      `${shelves.heard()} of ${shelves.told()}`,
    ),
    invariant("no attempt starts after its deadline", ledger.lateAttempts === 0, `${ledger.lateAttempts} late`),
    invariant("calls settle within 100 ms of their deadline", worst <= 100, `worst ${worst.toFixed(0)} ms`),
  ];
}

function invariant(name: string, holds: boolean, detail: string): Invariant {
  return { name, holds, detail };
}

function countOutcome({ intents }: Customers, outcome: "open" | "placed" | "refused"): number {
  return intents.filter((intent) => intent.outcome === outcome).length;
}
