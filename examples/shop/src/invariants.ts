import type { Customers } from "./customers.ts";
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

/** Reads all books and judges them. */
export async function judge(shop: Shop, customers: Customers): Promise<{ readonly totals: Totals; readonly invariants: readonly Invariant[] }> {
  const { ledger } = shop;
  const [rows, charges, receipts, stock, reservations] = await Promise.all([
    shop.orders.rows(), shop.payments.charges(), shop.notifications.receipts(), shop.inventory.stock(), shop.inventory.reservations(),
  ]);
  const paid = rows.filter(({ status }) => status === "paid");
  const wanted = customers.intents.filter(({ outcome }) => outcome === "placed").length;
  const chargesByOrder = new Map<string, number>();
  for (const { reference } of charges) chargesByOrder.set(reference, (chargesByOrder.get(reference) ?? 0) + 1);
  const receiptsByOrder = new Map(receipts.map(({ order_id: id, count }) => [id, count]));
  const withoutReceipt = paid.filter(({ id }) => receiptsByOrder.get(id) !== 1);
  const unanswered = customers.intents.filter(({ outcome }) => outcome === "open").length;
  const totals: Totals = {
    asked: ledger.asked,
    requests: ledger.requests,
    orders: rows.length,
    paid: paid.length,
    attempts: ledger.paymentAttempts,
    charges: charges.length,
    doubleCharges: Math.max(0, charges.length - wanted),
    duplicatesStopped: ledger.count("inbox.duplicates") + ledger.count("idempotency.claims", "replay"),
    lost: unanswered + Math.max(0, wanted - paid.length) + withoutReceipt.filter(({ id }) => !receiptsByOrder.has(id)).length,
    deadLettered: ledger.count("dead_letters"),
  };
  const held = initialStock.every(({ sku, available }) => {
    const now = stock.find((level) => level.sku === sku);
    return now !== undefined && now.available >= 0 && now.available + now.reserved === available;
  });
  const reservedPieces = reservations.reduce((sum, { quantity }) => sum + quantity, 0);
  const bookedPieces = stock.reduce((sum, { reserved }) => sum + reserved, 0);
  const invariant = (name: string, holds: boolean, detail: string): Invariant => ({ name, holds, detail });
  return {
    totals,
    invariants: [
      invariant("charges = paid orders, one each", charges.length === paid.length && paid.every(({ id }) => chargesByOrder.get(id) === 1),
        `${charges.length} charges, ${paid.length} paid orders`),
      invariant("every order is paid", rows.length === paid.length, `${rows.length - paid.length} unpaid`),
      invariant("one order for each thing wanted", rows.length === wanted && unanswered === 0, `${rows.length} orders, ${wanted} wanted`),
      invariant("one receipt for each paid order", withoutReceipt.length === 0 && receipts.length === paid.length,
        `${withoutReceipt.length} orders with none or several`),
      invariant("stock is never negative and adds up", held && reservedPieces === bookedPieces,
        `${reservedPieces} pieces reserved, ${bookedPieces} booked`),
      invariant("every shelf reading had one effect", shop.shelves.heard() === shop.shelves.told(),
        `${shop.shelves.heard()} of ${shop.shelves.told()}`),
      invariant("no attempt starts after its deadline", ledger.lateAttempts === 0, `${ledger.lateAttempts} late`),
      invariant("calls settle within 100 ms of their deadline", ledger.worstOverrunMs <= 100, `worst ${ledger.worstOverrunMs.toFixed(0)} ms`),
    ],
  };
}
