import {
  createClient,
  createConsumer,
  createProducer,
  createServer,
  isDeclaredError,
  type Broker,
  type Client,
  type Handlers,
  type Receipt,
  type Store,
  type Transport,
} from "@trilogue/runtime";
import type { MemoryTx } from "@trilogue/runtime/store/memory";
import type { SqliteTx } from "@trilogue/runtime/store/sqlite";
import { Commands } from "../../examples/shop/gen/billing/v1/asyncapi_events.ts";
import type {
  CountSummary,
  MoveResult,
  ReserveResponse,
  Stock,
} from "../../examples/shop/gen/inventory/v1/inventory_pb.ts";
import { InventoryService } from "../../examples/shop/gen/inventory/v1/inventory_rpc.ts";
import {
  Orders,
  type CreateOrderResponse,
  type GetOrderResponse,
  type Order,
  type OrderPage,
  type OrdersOperations,
  type OrderV1,
} from "../../examples/shop/gen/orders/v1/openapi_http.ts";
import { Payments, type Charge } from "../../examples/shop/gen/payments/v1/openapi_http.ts";
import { ShopEvents } from "../../examples/shop/gen/shop/v1/asyncapi_events.ts";

// What users of generated code see. Nothing here runs: `types.test.ts` asks the compiler.

declare const http: Transport<"http">;
declare const rpc: Transport<"rpc">;
declare const broker: Broker;
declare const memory: Store<MemoryTx>;
declare const sqlite: Store<SqliteTx>;
declare const error: unknown;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Check<Actual, Expected> = Equal<Actual, Expected> extends true ? [] : [never];
function expectType<Expected>(): <Actual>(value: Actual, ...check: Check<Actual, Expected>) => void {
  return () => undefined;
}

const order = { sku: "mug", quantity: 1 };
const header = { "Idempotency-Key": "0190f3c0-1f2e-7000" };

export async function httpClients(): Promise<void> {
  const client = createClient(Orders, http);
  expectType<"createOrder" | "listOrders" | "getOrder">()(null as never as keyof typeof client);
  expectType<Client<OrdersOperations>>()(client);
  expectType<OrderV1 | Order>()(await client.createOrder({ header, body: order }));
  expectType<CreateOrderResponse>()(await client.createOrder({ header, body: order }, { full: true }));
  expectType<OrderPage>()(await client.listOrders());
  expectType<OrderPage>()(await client.listOrders({ query: { status: "paid", limit: 1 } }, { timeoutMs: 5 }));
  expectType<GetOrderResponse>()(await client.getOrder({ path: { orderId: "1" } }, { full: true }));
  expectType<Charge>()(await createClient(Payments, http).createCharge({ body: charge }));

  const reply = await client.getOrder({ path: { orderId: "1" } }, { full: true });
  if (reply.contentType === "application/vnd.shop.v1+json") expectType<OrderV1>()(reply.body);
  if (reply.status === 404) expectType<string | undefined>()(reply.body.title);

  // @ts-expect-error: the wrong transport for the kind
  createClient(Orders, rpc);
  // @ts-expect-error: events have no transport
  createClient(ShopEvents, http);
  // @ts-expect-error: no such operation
  client.cancelOrder;
  // @ts-expect-error: the required header is missing
  client.createOrder({ body: order });
  // @ts-expect-error: the required body is missing
  client.createOrder({ header });
  // @ts-expect-error: the required path is missing
  client.getOrder({});
  // @ts-expect-error: the input is missing
  client.getOrder();
  // @ts-expect-error: a wrong field
  client.createOrder({ header, body: { sku: "mug", quantity: 1, colour: "red" } });
  // @ts-expect-error: a field of another type
  client.createOrder({ header, body: { sku: "mug", quantity: "1" } });
  // @ts-expect-error: no such value
  client.listOrders({ query: { status: "lost" } });
  // @ts-expect-error: null is no value for an optional parameter
  client.listOrders({ query: { limit: null } });
  // @ts-expect-error: undefined is not absent
  client.listOrders({ query: { limit: undefined } });
  // @ts-expect-error: results are read only
  (await client.listOrders()).orders = [];
}

const charge = { reference: "1", amount: 5, currency: "EUR" };

export function declaredErrors(): void {
  const { createOrder, getOrder } = Orders.operations;
  if (isDeclaredError(error, createOrder, 409)) {
    expectType<409>()(error.response.status);
    expectType<string>()(error.response.body.sku);
    // @ts-expect-error: no such field in the problem of this status
    error.response.body.reason;
  }
  // @ts-expect-error: a status that this operation does not declare
  isDeclaredError(error, getOrder, 409);
}

export async function rpcClients(): Promise<void> {
  const client = createClient(InventoryService, rpc);
  expectType<ReserveResponse>()(await client.reserve({ reservationId: "1", sku: "mug", quantity: 1 }));
  expectType<AsyncIterable<Stock>>()(client.watchStock({ skus: ["mug"] }));
  async function* counts(): AsyncGenerator<{ sku: string; counted: number }> {
    yield { sku: "mug", counted: 1 };
  }
  expectType<CountSummary>()(await client.countStock(counts()));
  async function* moves(): AsyncGenerator<{ moveId: string }> {
    yield { moveId: "1" };
  }
  expectType<AsyncIterable<MoveResult>>()(client.moveStock(moves()));
  const { result } = await client.reserve({});
  if (result.case === "reserved") expectType<bigint>()(result.value.price);
  if (result.case === "notEnough") expectType<number>()(result.value.available);

  // @ts-expect-error: the wrong transport for the kind
  createClient(InventoryService, http);
  // @ts-expect-error: a subset of both kinds has no transport
  createClient({ a: Orders.operations.getOrder, b: InventoryService.operations.getStock }, rpc);
  // @ts-expect-error: the name of the wire is not the name in TypeScript
  client.reserve({ reservation_id: "1" });
  // @ts-expect-error: a field of another type
  client.reserve({ quantity: "1" });
  // @ts-expect-error: a client stream takes a stream
  client.countStock({ sku: "mug", counted: 1 });
  // @ts-expect-error: a stream of other messages
  client.countStock(moves());
  // @ts-expect-error: a server stream is no promise
  client.watchStock({ skus: [] }).then;
  // @ts-expect-error: there is no field of both alternatives
  result.value.price;
}

export function httpServers(): void {
  const store = sqlite;
  const good: Handlers<OrdersOperations, SqliteTx> = {
    createOrder: async ({ body, header: sent }, ctx) => {
      expectType<string>()(sent["Idempotency-Key"]);
      expectType<number>()(body.quantity);
      expectType<"application/vnd.shop.v1+json" | "application/vnd.shop.v2+json" | undefined>()(ctx.accepted);
      if (ctx.idempotency !== undefined) expectType<SqliteTx>()(ctx.idempotency.tx);
      return ctx.reply(409, { sku: body.sku });
    },
    listOrders: ({ query }) => {
      expectType<number | undefined>()(query?.limit);
      return { orders: [] };
    },
    getOrder: ({ path }, ctx) => ctx.reply(404, { title: path.orderId }),
  };
  createServer({ store }).add(Orders, good, { createOrder: { mode: "lease", resumable: true } });
  const { createOrder, listOrders } = good;

  // @ts-expect-error: the handler of an operation is missing
  createServer({ store }).add(Orders, { createOrder, listOrders });
  // @ts-expect-error: events have consumers
  createServer({ store }).add(ShopEvents, {});
  // @ts-expect-error: handlers of another store's transaction
  createServer({ store: memory }).add(Orders, good);
  createServer({ store }).add(Orders, {
    ...good,
    // @ts-expect-error: a status that the contract does not declare
    getOrder: (_, ctx) => ctx.reply(418, { title: "teapot" }),
    // @ts-expect-error: the body of another status
    createOrder: (_, ctx) => ctx.reply(409, { id: "1", sku: "mug", quantity: 1, total: 1, paid: true, available: "0" }),
  });
  createServer({ store }).add(Orders, {
    ...good,
    // @ts-expect-error: a field of the body is missing
    getOrder: (_, ctx) => ctx.reply(200, { id: "1", sku: "mug", quantity: 1, total: 1 }),
    // @ts-expect-error: a wrong field in the plain body
    listOrders: () => ({ order: [] }),
  });
  createServer({ store }).add(Orders, {
    ...good,
    // @ts-expect-error: two successes are told apart by ctx.reply
    getOrder: () => ({ id: "1", sku: "mug", quantity: 1, total: 1, paid: true }),
    // @ts-expect-error: no such media type
    createOrder: (_, ctx) => ctx.reply(409, { sku: "mug" }, { contentType: "text/plain" }),
  });
  // @ts-expect-error: no such operation
  createServer({ store }).add(Orders, { ...good, cancelOrder: () => undefined });
  // @ts-expect-error: options of an operation that is not there
  createServer({ store }).add(Orders, good, { cancelOrder: { mode: "lease" } });
}

export function rpcServers(): void {
  const rest = {
    getStock: () => ({ sku: "mug" }),
    async *watchStock() {
      yield { sku: "mug" };
    },
    countStock: () => ({ counts: 1, countedBySku: { mug: 1 } }),
    async *moveStock(moves: AsyncIterable<{ moveId: string }>) {
      for await (const { moveId } of moves) yield { moveId };
    },
  };
  createServer({ store: memory }).add(InventoryService, {
    ...rest,
    reserve: (request, ctx) => {
      expectType<string>()(request.reservationId);
      if (ctx.idempotency !== undefined) expectType<MemoryTx>()(ctx.idempotency.tx);
      return { result: { case: "reserved", value: { price: 5n } } };
    },
  });
  createServer().add(InventoryService, {
    ...rest,
    // @ts-expect-error: an int64 is a bigint
    reserve: () => ({ result: { case: "reserved", value: { price: 5 } } }),
    // @ts-expect-error: a server stream is to be returned
    watchStock: async () => ({ sku: "mug" }),
  });
  // @ts-expect-error: no such alternative
  createServer().add(InventoryService, { ...rest, reserve: () => ({ result: { case: "sold" } }) });
  // @ts-expect-error: the handler of an operation is missing
  createServer().add(InventoryService, rest);
}

const placed: Order = { orderId: "1", lines: [], total: { amount: 1, currency: "EUR" }, status: "paid" };

export async function producers(tx: SqliteTx, other: MemoryTx): Promise<void> {
  const events = createProducer(ShopEvents, broker, { store: sqlite });
  const paid = { orderId: "1", chargeId: "2" };
  expectType<Receipt>()(await events.orderChanged({ type: "OrderPaid", data: paid }, { tx, key: "1" }));
  await events.orderChanged({ type: "OrderPlaced", data: placed }, { tx });
  await events.paymentSettled({ data: paid }, { tx });
  await createProducer({ sendReceipt: Commands.operations.sendReceipt }, broker).sendReceipt({
    data: { orderId: "1" },
  });

  // @ts-expect-error: several messages are told apart by their type
  events.orderChanged({ data: paid });
  // @ts-expect-error: no message of this type
  events.orderChanged({ type: "OrderLost", data: paid });
  // @ts-expect-error: the data of another message
  events.orderChanged({ type: "OrderPaid", data: placed });
  // @ts-expect-error: the type of another operation's message
  events.paymentSettled({ type: "OrderPaid", data: paid });
  // @ts-expect-error: a field is missing
  events.paymentSettled({ data: { orderId: "1" } });
  // @ts-expect-error: the transaction of another store
  events.paymentSettled({ data: paid }, { tx: other });
  // @ts-expect-error: no such operation
  events.orderLost({ data: paid });
  // @ts-expect-error: HTTP operations have clients
  createProducer(Orders, broker);
}

export function consumers(): void {
  const options = { broker, store: sqlite, group: "billing" };
  createConsumer(
    ShopEvents,
    {
      orderChanged: (event, ctx) => {
        expectType<"OrderPlaced" | "OrderPaid">()(event.type);
        expectType<SqliteTx>()(ctx.idempotency.tx);
        expectType<string | null>()(event.key);
        if (event.type === "OrderPaid") expectType<string>()(event.data.chargeId);
        else expectType<Order>()(event.data);
        // @ts-expect-error: only one of the messages has it
        event.data.lines;
      },
      // The payload is the message of the proto contract, not a second type of it.
      stockReserved: ({ data }) => expectType<"acme.inventory.v1.StockReserved">()(data.$typeName),
    },
    options,
  );
  // @ts-expect-error: the service has no such operation
  createConsumer(ShopEvents, { orderLost: () => undefined }, options);
  // @ts-expect-error: a handler settles with nothing
  createConsumer(ShopEvents, { paymentSettled: async () => 1 }, options);
  // @ts-expect-error: a group is needed
  createConsumer(ShopEvents, {}, { broker, store: sqlite });
  // @ts-expect-error: RPC operations have servers
  createConsumer(InventoryService, {}, options);
  createConsumer(
    Commands,
    {
      collectPayment: (_event, ctx) => {
        // @ts-expect-error: the transaction is the consumer's store's
        ctx.idempotency.tx.onCommit(() => undefined);
      },
    },
    options,
  );
}
