import { ServiceError, type Handlers } from "@trilogue/runtime";
import { MoveState } from "../../examples/shop/gen/inventory/v1/inventory_pb.ts";
import type { InventoryServiceOperations } from "../../examples/shop/gen/inventory/v1/inventory_rpc.ts";
import type { Order, OrdersOperations, OrderV1 } from "../../examples/shop/gen/orders/v1/openapi_http.ts";

/** An order in both versions, the newer one first. */
export function orderOf(id: string, sku: string = "mug"): readonly [Order, OrderV1] {
  return [
    { orderId: id, lines: [{ sku, quantity: 1 }], total: { amount: 5, currency: "EUR" }, status: "paid" },
    { id, sku, quantity: 1, total: 5, paid: true },
  ];
}

/** Handlers of the shop's order contract without anything behind them; `changes` win. */
export function ordersHandlers(changes: Partial<Handlers<OrdersOperations>> = {}): Handlers<OrdersOperations> {
  return {
    createOrder: ({ body, header }, ctx) => {
      const [order, first] = orderOf(header["Idempotency-Key"], body.sku);
      return ctx.reply(201, ctx.accepted === "application/vnd.shop.v1+json" ? first : order);
    },
    listOrders: ({ query }) => ({ orders: [orderOf(query?.status ?? "any")[0]] }),
    getOrder: ({ path: { orderId } }, ctx) => {
      if (orderId === "lost") return ctx.reply(404, { title: "No such order" });
      const [order, first] = orderOf(orderId);
      return ctx.reply(200, ctx.accepted === "application/vnd.shop.v1+json" ? first : order);
    },
    ...changes,
  };
}

/** Likewise for the inventory; all four kinds of calls. */
export function inventoryHandlers(
  changes: Partial<Handlers<InventoryServiceOperations>> = {},
): Handlers<InventoryServiceOperations> {
  return {
    reserve: ({ reservationId, quantity }) =>
      quantity > 9
        ? { result: { case: "notEnough", value: { available: 9 } } }
        : { result: { case: "reserved", value: { reservationId, price: 9_007_199_254_740_993n } } },
    getStock: ({ sku }) => {
      if (sku === "") throw new ServiceError("invalid_argument", "expected a sku");
      return { sku, available: 7 };
    },
    async *watchStock({ skus }) {
      for (const sku of skus) yield { sku, available: sku.length };
    },
    countStock: async (counts) => {
      let total = 0;
      const countedBySku: Record<string, number> = {};
      for await (const { sku, counted } of counts) {
        countedBySku[sku] = (countedBySku[sku] ?? 0) + counted;
        total += 1;
      }
      return { counts: total, countedBySku };
    },
    async *moveStock(moves) {
      for await (const { moveId, quantity } of moves) {
        yield { moveId, state: quantity > 9 ? MoveState.REFUSED : MoveState.DONE };
      }
    },
    ...changes,
  };
}
