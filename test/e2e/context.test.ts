import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createClient,
  createConsumer,
  createProducer,
  createServer,
  isServiceError,
  readTrace,
  ServiceError,
  sleep,
  systemEnvironment,
  type Call,
  type CallOptions,
  type Context,
  type Environment,
  type Interceptor,
  type TraceContext,
} from "@trilogue/runtime";
import { createMemoryBroker } from "@trilogue/runtime/broker/memory";
import { createMemoryStore } from "@trilogue/runtime/store/memory";
import { createSimulation } from "@trilogue/runtime/testing";
import { Commands } from "../../examples/shop/gen/billing/v1/asyncapi_events.ts";
import { InventoryService } from "../../examples/shop/gen/inventory/v1/inventory_rpc.ts";
import { Orders, type OrderPage } from "../../examples/shop/gen/orders/v1/openapi_http.ts";
import { createLoopback, createMemoryNetwork, type Network } from "../../examples/shop/src/network.ts";
import { inventoryHandlers, ordersHandlers } from "./services.ts";

/** One place of the way, as an interceptor saw it. */
interface Hop {
  readonly place: string;
  readonly remainingMs: number;
  readonly trace: TraceContext;
  /** The span that the headers name: on servers and consumers that of the caller. */
  readonly parent: string | undefined;
  readonly context: Context;
}

interface Chain {
  /** An HTTP call whose handler calls over RPC, whose handler sends an event. */
  call(options: CallOptions): Promise<OrderPage>;
  readonly hops: readonly Hop[];
  /** Resolves when the event was handled. */
  readonly handled: Promise<void>;
  close(): Promise<void>;
}

interface ChainOptions {
  /** Virtual or real time that the handlers take, milliseconds. */
  readonly httpMs?: number;
  readonly rpcMs?: number;
  /** Stands where the event would be handed to the broker. */
  readonly innermost?: (call: Call) => Promise<void>;
}

/** HTTP -> RPC -> events, each handler handing on its `ctx`. */
async function openChain(environment: Environment, network: Network, options: ChainOptions = {}): Promise<Chain> {
  const hops: Hop[] = [];
  const watch: Interceptor = (next) => (call) => {
    hops.push(hopOf(call));
    return next(call);
  };
  const interceptors = [watch];
  const store = createMemoryStore({ environment });
  const broker = createMemoryBroker({ environment });
  const hold: Interceptor = (next) => async (call) => {
    await options.innermost?.(call);
    return next(call);
  };
  const commands = createProducer(Commands, broker, { environment, interceptors: [watch, hold] });
  const inventory = createServer({ environment, store, interceptors }).add(
    InventoryService,
    inventoryHandlers({
      getStock: async ({ sku }, ctx) => {
        await sleep(environment, options.rpcMs ?? 0, ctx.signal);
        await commands.sendReceipt({ data: { orderId: sku } }, { ctx });
        return { sku };
      },
    }),
  );
  await network.serve("inventory", inventory);
  const stock = createClient(InventoryService, network.rpc("inventory"), { environment, interceptors });
  const orders = createServer({ environment, store, interceptors, authenticators: "external" }).add(
    Orders,
    ordersHandlers({
      listOrders: async (_, ctx) => {
        await sleep(environment, options.httpMs ?? 0, ctx.signal);
        await stock.getStock({ sku: "mug" }, { ctx });
        return { orders: [] };
      },
    }),
  );
  await network.serve("orders", orders, "/api");
  const client = createClient(Orders, network.http("orders"), { environment, interceptors });
  const { promise: handled, resolve } = Promise.withResolvers<void>();
  const consumer = createConsumer(
    Commands,
    { sendReceipt: () => resolve() },
    { broker, store, environment, group: "mail", interceptors },
  );
  await consumer.start();
  return {
    hops,
    handled,
    call: (callOptions) => client.listOrders({}, callOptions),
    close: async () => {
      await network.close();
      await consumer.drain({ graceMs: 0 });
      await broker.close();
    },
  };
}

function hopOf({ side, operation, context, headers }: Call): Hop {
  return {
    place: `${side} ${operation.kind}`,
    remainingMs: context.remainingMs(),
    trace: context.trace,
    parent: readTrace(headers)?.spanId,
    context,
  };
}

const places = ["client http", "server http", "client rpc", "server rpc", "producer event", "consumer event"];

/** One trace, a span a hop; each server's and consumer's caller is the hop before. */
function checkTrace(hops: readonly Hop[], traceId: string): void {
  assert.deepEqual(
    hops.map(({ place }) => place),
    places,
  );
  assert.deepEqual(new Set(hops.map(({ trace }) => trace.traceId)), new Set([traceId]));
  assert.equal(new Set(hops.map(({ trace }) => trace.spanId)).size, hops.length);
  for (const index of [1, 3, 5]) assert.equal(hops[index]?.parent, hops[index - 1]?.trace.spanId, places[index]);
  for (const { trace } of hops)
    assert.deepEqual([trace.sampled, trace.state, trace.baggage], [true, "shop=1", "vip=yes"]);
}

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const incoming = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: "shop=1", baggage: "vip=yes" };

test("one trace goes from the HTTP call over RPC to the event's handler", async () => {
  const environment = createSimulation({ seed: 1 });
  const hops = await environment.run(async () => {
    const chain = await openChain(environment, createMemoryNetwork(environment));
    await chain.call({ headers: incoming });
    await chain.handled;
    await chain.close();
    return chain.hops;
  });
  checkTrace(hops, traceId);
});

test("each hop has what its caller has left, less 5 ms for its caller's own answer", async () => {
  const environment = createSimulation({ seed: 1 });
  const hops = await environment.run(async () => {
    const chain = await openChain(environment, createMemoryNetwork(environment), { httpMs: 100, rpcMs: 50 });
    await chain.call({ timeoutMs: 500 });
    await chain.handled;
    await chain.close();
    return chain.hops;
  });
  const remaining = hops.slice(0, 5).map(({ place, remainingMs }) => [place, remainingMs]);
  assert.deepEqual(remaining, [
    ["client http", 500],
    ["server http", 500],
    ["client rpc", 395],
    ["server rpc", 395],
    ["producer event", 340],
  ]);
  // A message outlives the call that sent it; its handler's time is the contract's.
  assert.ok((hops[5]?.remainingMs ?? 0) > 500);
});

test("a caller that leaves aborts the innermost signal at once", async () => {
  const environment = createSimulation({ seed: 1 });
  await environment.run(async () => {
    const inside = Promise.withResolvers<Call>();
    const chain = await openChain(environment, createMemoryNetwork(environment), { innermost: untilAborted(inside) });
    const leaving = new AbortController();
    const call = failure(chain.call({ signal: leaving.signal }));
    const { context } = await inside.promise;
    assert.equal(context.signal.aborted, false);
    const at = environment.monotonic();
    leaving.abort(new Error("I closed the tab"));
    const error = await call;
    assert.equal(error.code, "canceled");
    assert.equal((error.cause as Error).message, "I closed the tab");
    await aborted(context);
    assert.equal(reasonOf(context), "canceled");
    assert.equal(environment.monotonic(), at);
    await chain.close();
  });
});

test("a deadline ends the innermost work first, and the caller's call on time", async () => {
  const environment = createSimulation({ seed: 1 });
  await environment.run(async () => {
    const inside = Promise.withResolvers<Call>();
    const chain = await openChain(environment, createMemoryNetwork(environment), { innermost: untilAborted(inside) });
    const start = environment.monotonic();
    const call = failure(chain.call({ timeoutMs: 300 }));
    const { context } = await inside.promise;
    await aborted(context);
    assert.deepEqual([reasonOf(context), environment.monotonic() - start], ["deadline_exceeded", 290]);
    assert.equal((await call).code, "deadline_exceeded");
    assert.ok(environment.monotonic() - start <= 300);
    await chain.close();
  });
});

test("over sockets: one trace, a shrinking deadline, and cancellation to the innermost", async () => {
  const environment = systemEnvironment;
  const inside = Promise.withResolvers<Call>();
  let holds = false;
  const wait = untilAborted(inside);
  const chain = await openChain(environment, createLoopback(), {
    innermost: async (call) => (holds ? wait(call) : undefined),
  });
  try {
    await chain.call({ headers: incoming, timeoutMs: 2_000 });
    await chain.handled;
    checkTrace(
      chain.hops.toSorted((a, b) => places.indexOf(a.place) - places.indexOf(b.place)),
      traceId,
    );
    const remaining = chain.hops
      .filter(({ place }) => place !== "consumer event")
      .map(({ remainingMs }) => remainingMs);
    assert.ok(
      remaining.every((ms, index) => ms > 0 && ms <= (remaining[index - 1] ?? 2_000)),
      remaining.join(" > "),
    );
    assert.ok((remaining[4] ?? 0) <= 2_000 - 10, "a margin at each of two hops");
    holds = true;
    const leaving = new AbortController();
    const call = failure(chain.call({ signal: leaving.signal }));
    const { context } = await inside.promise;
    leaving.abort(new Error("I closed the tab"));
    assert.equal((await call).code, "canceled");
    await aborted(context);
    assert.equal(reasonOf(context), "canceled");
  } finally {
    await chain.close();
  }
});

/** Hangs until the call's own signal fires. */
function untilAborted(inside: PromiseWithResolvers<Call>): (call: Call) => Promise<never> {
  return async (call) => {
    inside.resolve(call);
    await aborted(call.context);
    throw call.context.signal.reason;
  };
}

function aborted({ signal }: Context): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function reasonOf({ signal }: Context): string {
  return isServiceError(signal.reason) ? signal.reason.code : String(signal.reason);
}

function failure(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => {
      if (isServiceError(error)) return error;
      throw error;
    },
  );
}
