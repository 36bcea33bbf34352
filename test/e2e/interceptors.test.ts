import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createClient,
  createConsumer,
  createProducer,
  createServer,
  isServiceError,
  ServiceError,
  type Call,
  type CallResult,
  type Interceptor,
} from "@trilogue/runtime";
import { createMemoryBroker } from "@trilogue/runtime/broker/memory";
import { memoryRpcTransport } from "@trilogue/runtime/rpc";
import { createMemoryStore } from "@trilogue/runtime/store/memory";
import { createSimulation, type Simulation } from "@trilogue/runtime/testing";
import { memoryTransport } from "@trilogue/runtime/transport/memory";
import { Commands } from "../../examples/shop/gen/billing/v1/asyncapi_events.ts";
import { InventoryService } from "../../examples/shop/gen/inventory/v1/inventory_rpc.ts";
import { Orders } from "../../examples/shop/gen/orders/v1/openapi_http.ts";
import { inventoryHandlers, ordersHandlers } from "./services.ts";

/** The one interceptor of this file: tells when a call enters and leaves it, whatever its side and kind. */
function recorder(name: string, seen: string[]): Interceptor {
  return (next) => async (call) => {
    const place = `${call.side} ${call.operation.kind} ${call.operation.name}`;
    seen.push(`${name} enters ${place}`);
    try {
      const result = await next(call);
      seen.push(`${name} leaves ${place}`);
      return result;
    } catch (error) {
      seen.push(`${name} leaves ${place} with ${isServiceError(error) ? error.code : String(error)}`);
      throw error;
    }
  };
}

interface Run {
  readonly environment: Simulation;
  /** Around the caller: client or producer. */
  readonly outer: readonly Interceptor[];
  /** Around the handler: server or consumer. */
  readonly inner: readonly Interceptor[];
  readonly handler: () => void;
}

interface Kind {
  readonly sides: readonly [caller: string, handler: string];
  readonly operation: string;
  /** One call through everything; settles when caller and handler are done. */
  readonly call: (run: Run) => Promise<unknown>;
}

const kinds: readonly Kind[] = [
  { sides: ["client", "server"], operation: "http listOrders", call: callHttp },
  { sides: ["client", "server"], operation: "rpc getStock", call: callRpc },
  { sides: ["producer", "consumer"], operation: "event sendReceipt", call: sendEvent },
];

function callHttp({ environment, outer, inner, handler }: Run): Promise<unknown> {
  const store = createMemoryStore({ environment });
  const listOrders = (): { readonly orders: readonly [] } => {
    handler();
    return { orders: [] };
  };
  const server = createServer({ environment, store, interceptors: inner, authenticators: "external" }).add(
    Orders,
    ordersHandlers({ listOrders }),
  );
  const transport = memoryTransport(server, { environment, basePath: "/api" });
  return createClient(Orders, transport, { environment, interceptors: outer }).listOrders();
}

function callRpc({ environment, outer, inner, handler }: Run): Promise<unknown> {
  const store = createMemoryStore({ environment });
  const getStock = (): object => {
    handler();
    return {};
  };
  const server = createServer({ environment, store, interceptors: inner }).add(
    InventoryService,
    inventoryHandlers({ getStock }),
  );
  const transport = memoryRpcTransport(server, { environment });
  return createClient(InventoryService, transport, { environment, interceptors: outer }).getStock({ sku: "mug" });
}

async function sendEvent({ environment, outer, inner, handler }: Run): Promise<void> {
  const broker = createMemoryBroker({ environment });
  const store = createMemoryStore({ environment });
  const { promise, resolve } = Promise.withResolvers<void>();
  const consumer = createConsumer(
    Commands,
    { sendReceipt: handler },
    { broker, store, environment, group: "mail", interceptors: inner, onOutcome: () => resolve() },
  );
  await consumer.start();
  const producer = createProducer(Commands, broker, { environment, interceptors: outer });
  await producer.sendReceipt({ data: { orderId: "1" } });
  await promise;
  await consumer.drain();
  await broker.close();
}

/** What a list of two recorders tells of one place, before and after what happens within. */
function around(place: string, ending: string = ""): readonly [before: string[], after: string[]] {
  return [
    [`first enters ${place}`, `second enters ${place}`],
    [`second leaves ${place}${ending}`, `first leaves ${place}${ending}`],
  ];
}

for (const { sides, operation, call } of kinds) {
  const [caller, handler] = sides.map((side) => `${side} ${operation}`) as [string, string];
  const isEvent = operation.startsWith("event");
  const refusal = new ServiceError("failed_precondition", "not today");

  test(`${operation}: requests pass in list order, responses in reverse, on both sides`, async () => {
    const environment = createSimulation({ seed: 1 });
    const seen: string[] = [];
    const list = [recorder("first", seen), recorder("second", seen)];
    await environment.run(() => call({ environment, outer: list, inner: list, handler: () => seen.push("handled") }));
    const [out, back] = around(caller);
    const [arriving, leaving] = around(handler);
    const inside = [...arriving, "handled", ...leaving];
    if (isEvent) {
      // A call waits for its answer; an event's sender waits for the broker alone, and goes on beside the handler.
      assert.deepEqual(
        seen.filter((line) => line.endsWith(caller)),
        [...out, ...back],
      );
      assert.deepEqual(
        seen.filter((line) => !line.endsWith(caller)),
        inside,
      );
    } else {
      assert.deepEqual(seen, [...out, ...inside, ...back]);
    }
  });

  test(`${operation}: errors pass in reverse as well`, async () => {
    const environment = createSimulation({ seed: 1 });
    const seen: string[] = [];
    const list = [recorder("first", seen), recorder("second", seen)];
    const fail = (): never => {
      throw refusal;
    };
    const error = await environment.run(() => failure(call({ environment, outer: list, inner: list, handler: fail })));
    const [arriving, leaving] = around(handler, " with failed_precondition");
    assert.deepEqual(
      seen.filter((line) => line.includes(handler)),
      [...arriving, ...leaving],
    );
    const [out, back] = around(caller, isEvent ? "" : " with failed_precondition");
    assert.deepEqual(
      seen.filter((line) => line.includes(caller)),
      [...out, ...back],
    );
    assert.equal(error?.code, isEvent ? undefined : "failed_precondition");
  });

  test(`${operation}: an error of the innermost caller's interceptor sends nothing`, async () => {
    const environment = createSimulation({ seed: 1 });
    const seen: string[] = [];
    const refuse: Interceptor = () => () => Promise.reject(refusal);
    const run = { environment, outer: [recorder("first", seen), refuse], inner: [recorder("first", seen)] };
    const error = await environment.run(() => failure(call({ ...run, handler: () => seen.push("handled") })));
    assert.equal(error?.code, "failed_precondition");
    assert.deepEqual(seen, [`first enters ${caller}`, `first leaves ${caller} with failed_precondition`]);
  });

  test(`${operation}: headers that the caller's interceptor sets are seen by the handler's`, async () => {
    const environment = createSimulation({ seed: 1 });
    const seen: (string | null)[] = [];
    const tenant = readOrWrite("acme", seen);
    await environment.run(() => call({ environment, outer: [tenant], inner: [tenant], handler: () => undefined }));
    assert.deepEqual(seen, [null, "acme"]);
  });
}

/** Also written once: sets a header where there is none, and tells what it found. */
function readOrWrite(tenant: string, seen: (string | null)[]): Interceptor {
  return (next) => (call) => {
    seen.push(call.headers.get("x-tenant"));
    if (!call.headers.has("x-tenant")) call.headers.set("x-tenant", tenant);
    return next(call);
  };
}

test("an input that an interceptor replaces is what the next one and the handler get", async () => {
  const environment = createSimulation({ seed: 1 });
  const asked: string[] = [];
  const shout: Interceptor = (next) => (call) => {
    const { sku } = call.input as { readonly sku: string };
    return next({ ...call, input: { ...(call.input as object), sku: `${sku}!` } } satisfies Call);
  };
  const getStock = ({ sku }: { readonly sku: string }): { readonly sku: string } => {
    asked.push(sku);
    return { sku };
  };
  const store = createMemoryStore({ environment });
  const server = createServer({ environment, store, interceptors: [shout] }).add(
    InventoryService,
    inventoryHandlers({ getStock }),
  );
  const transport = memoryRpcTransport(server, { environment });
  const client = createClient(InventoryService, transport, { environment, interceptors: [shout, shout] });
  assert.equal((await environment.run(() => client.getStock({ sku: "mug" }))).sku, "mug!!!");
  assert.deepEqual(asked, ["mug!!!"]);
});

test("a stream passes once, and its messages can be followed on both sides", async () => {
  const environment = createSimulation({ seed: 1 });
  const seen: string[] = [];
  const follow: Interceptor = (next) => async (call) => {
    const result = await next(call);
    return { ...result, output: counted(result, (total) => seen.push(`${call.side} ${total}`)) };
  };
  const interceptors = [recorder("first", seen), follow];
  const store = createMemoryStore({ environment });
  const server = createServer({ environment, store, interceptors }).add(InventoryService, inventoryHandlers());
  const transport = memoryRpcTransport(server, { environment });
  const client = createClient(InventoryService, transport, { environment, interceptors });
  const skus: string[] = [];
  await environment.run(async () => {
    for await (const { sku } of client.watchStock({ skus: ["mug", "lamp"] })) skus.push(sku);
  });
  assert.deepEqual(skus, ["mug", "lamp"]);
  const passes = ["enters client", "enters server", "leaves server", "leaves client"];
  // The server's side of a stream is open until its reader has come.
  assert.deepEqual(
    seen.filter((line) => line.startsWith("first")).toSorted(),
    passes.toSorted().map((pass) => `first ${pass} rpc watchStock`),
  );
  assert.deepEqual(
    seen.filter((line) => !line.startsWith("first")),
    ["server 2", "client 2"],
  );
});

async function* counted({ output }: CallResult, tell: (total: number) => void): AsyncGenerator<unknown> {
  let total = 0;
  for await (const message of output as AsyncIterable<unknown>) {
    total += 1;
    yield message;
  }
  tell(total);
}

function failure(work: Promise<unknown>): Promise<ServiceError | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => {
      if (isServiceError(error)) return error;
      throw error;
    },
  );
}
