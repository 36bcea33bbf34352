import type { Order, OrderV1 } from "../gen/orders/v1/openapi_http.ts";

/** An order as the books have it. */
export interface OrderRow {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly total: number;
  readonly status: "pending" | "paid" | "rejected";
  readonly charge_id: string | null;
}

/** The order as version 2 and the events show it. */
export function toOrder(row: OrderRow): Order {
  return {
    orderId: row.id,
    lines: [{ sku: row.sku, quantity: row.quantity }],
    total: { amount: row.total, currency: "EUR" },
    status: row.status,
    chargeId: row.charge_id,
  };
}

/** The order as version 1 showed it. */
export function toOrderV1(row: OrderRow): OrderV1 {
  return { id: row.id, sku: row.sku, quantity: row.quantity, total: row.total, paid: row.status === "paid" };
}
