import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import {
  createClient,
  createServer,
  isDeclaredError,
  isServiceError,
  ServiceError,
  type Client,
  type Handlers,
  type Server,
} from "@trilogue/runtime";
import { createAuthenticators, createCredentials } from "@trilogue/runtime/http";
import { connectTransport } from "@trilogue/runtime/rpc";
import { createFetchHandler } from "@trilogue/runtime/server/fetch";
import { serveNode, type NodeServer } from "@trilogue/runtime/server/node";
import { createMemoryStore } from "@trilogue/runtime/store/memory";
import { fetchTransport } from "@trilogue/runtime/transport/fetch";
import { nodeTransport } from "@trilogue/runtime/transport/node";
import { MoveState } from "../../examples/shop/gen/inventory/v1/inventory_pb.ts";
import {
  InventoryService,
  type InventoryServiceOperations,
} from "../../examples/shop/gen/inventory/v1/inventory_rpc.ts";
import { Orders, type OrdersOperations } from "../../examples/shop/gen/orders/v1/openapi_http.ts";
import { inventoryHandlers, orderOf, ordersHandlers } from "./services.ts";

const cleanups: (() => Promise<unknown> | undefined)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

function makeServer(
  orders: Partial<Handlers<OrdersOperations>> = {},
  inventory: Partial<Handlers<InventoryServiceOperations>> = {},
): Server {
  return createServer<any>({
    store: createMemoryStore(),
    // A duplicate of a call in flight is told so at once; the contract alone would let it wait.
    idempotency: { maxWaitMs: 0 },
    authenticators: createAuthenticators(Orders, { customer: (token) => ({ id: token }) }),
  })
    .add(Orders, ordersHandlers(orders))
    .add(InventoryService, inventoryHandlers(inventory));
}

async function serve(server: Server): Promise<NodeServer> {
  const node = await serveNode(server, { host: "127.0.0.1" });
  cleanups.push(() => node.close({ graceMs: 0 }));
  return node;
}

const node = await serve(makeServer());

type Inventory = Client<InventoryServiceOperations>;

/** The generated client over each protocol; `duplex` where both directions run at once (HTTP/2). */
function inventoryClients(baseUrl: string): readonly { name: string; client: Inventory; duplex: boolean }[] {
  const http2 = { baseUrl, httpVersion: "2", idleConnectionTimeoutMs: 100 } as const;
  const transports = {
    "Connect over HTTP/1.1": createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    "Connect over HTTP/2": createConnectTransport(http2),
    "Connect with JSON": createConnectTransport({ ...http2, useBinaryFormat: false }),
    gRPC: createGrpcTransport({ baseUrl, idleConnectionTimeoutMs: 100 }),
    "gRPC-web over HTTP/1.1": createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    "gRPC-web over HTTP/2": createGrpcWebTransport(http2),
  };
  return Object.entries(transports).map(([name, transport]) => ({
    name,
    client: createClient(InventoryService, connectTransport(transport, { authority: name })),
    duplex: !name.endsWith("1.1"),
  }));
}

for (const { name, client, duplex } of inventoryClients(node.url)) {
  test(`${name}: calls with one request and one response, and their errors`, async () => {
    const reserved = await client.reserve({ reservationId: `r-${name}`, sku: "mug", quantity: 1 });
    assert.equal(reserved.result.case, "reserved");
    assert.deepEqual([reserved.result.value?.price], [9_007_199_254_740_993n]);
    const refused = await client.reserve({ reservationId: `s-${name}`, sku: "mug", quantity: 10 });
    assert.equal(refused.result.case === "notEnough" ? refused.result.value.available : undefined, 9);
    const error = await failure(client.getStock({ sku: "" }));
    assert.deepEqual([error.code, error.rawMessage], ["invalid_argument", "expected a sku"]);
    assert.equal(error.operation, "acme.inventory.v1.InventoryService/getStock");
  });

  test(`${name}: streams from the server, from the client${duplex ? ", and both at once" : ""}`, async () => {
    const stock = await collect(client.watchStock({ skus: ["mug", "lamp"] }));
    assert.deepEqual(
      stock.map(({ sku, available }) => [sku, available]),
      [
        ["mug", 3],
        ["lamp", 4],
      ],
    );
    const counts = [
      ["mug", 2],
      ["pen", 5],
      ["mug", 1],
    ] as const;
    const summary = await client.countStock(stream(counts.map(([sku, counted]) => ({ sku, counted }))));
    assert.deepEqual([summary.counts, summary.countedBySku], [3, { mug: 3, pen: 5 }]);
    if (!duplex) return;
    // The second move is sent after the first was answered, or never.
    const answered = Promise.withResolvers<void>();
    const results: (readonly [string, MoveState])[] = [];
    async function* moves(): AsyncGenerator<{ moveId: string; quantity: number }> {
      yield { moveId: "one", quantity: 1 };
      await answered.promise;
      yield { moveId: "two", quantity: 10 };
    }
    for await (const { moveId, state } of client.moveStock(moves())) {
      results.push([moveId, state]);
      answered.resolve();
    }
    assert.deepEqual(results, [
      ["one", MoveState.DONE],
      ["two", MoveState.REFUSED],
    ]);
  });
}

const ann = createCredentials(Orders, { customer: "ann" });
const fetchHandler = createFetchHandler(makeServer());
const httpTransports = {
  "HTTP on the same port": nodeTransport({ baseUrl: `${node.url}/api` }),
  "fetch on the same port": fetchTransport({ baseUrl: `${node.url}/api` }),
  "the plain fetch handler": fetchTransport({
    baseUrl: "https://shop.example/api",
    fetch: (url, init) => fetchHandler(new Request(url, init)),
  }),
};

for (const [name, transport] of Object.entries(httpTransports)) {
  cleanups.push(() => transport.close?.());

  test(`${name}: generated client and handlers`, async () => {
    const client = createClient(Orders, transport, { credentials: ann });
    const [order] = orderOf("paid");
    assert.deepEqual(await client.listOrders({ query: { status: "paid" } }), { orders: [order] });
    assert.deepEqual(await client.getOrder({ path: { orderId: "a/b ü" } }), orderOf("a/b ü")[1]);
    const error = await failure(client.getOrder({ path: { orderId: "lost" } }));
    assert.ok(isDeclaredError(error, Orders.operations.getOrder, 404));
    assert.equal(error.response.body.title, "No such order");
    const body = { sku: "mug", quantity: 1 };
    const placed = await client.createOrder(
      { header: { "Idempotency-Key": `key-of-${name.replaceAll(" ", "-")}` }, body },
      { headers: { accept: "application/vnd.shop.v2+json" }, full: true },
    );
    assert.deepEqual([placed.status, placed.contentType], [201, "application/vnd.shop.v2+json"]);
    const invalid = await failure(client.listOrders({ query: { limit: 0 } }));
    assert.deepEqual([invalid.code, invalid.sent], ["invalid_argument", "no"]);
  });
}

/** A request of a caller that has no generated client. */
function request(path: string, init: RequestInit & { readonly headers: Record<string, string> }): Promise<Response> {
  return fetch(`${node.url}/api${path}`, init);
}

test("the version is the media type that Accept chooses, and caches are told", async () => {
  const [second, first] = orderOf("7");
  const read = async (accept: string): Promise<unknown[]> => {
    const response = await request("/orders/7", { headers: { accept, authorization: "Bearer ann" } });
    return [response.status, response.headers.get("content-type"), response.headers.get("vary"), await response.json()];
  };
  const v1 = "application/vnd.shop.v1+json";
  const v2 = "application/vnd.shop.v2+json";
  assert.deepEqual(await read(v1), [200, v1, "accept", first]);
  assert.deepEqual(await read(v2), [200, v2, "accept", second]);
  assert.deepEqual(await read(`${v1};q=0.5, ${v2}`), [200, v2, "accept", second]);
  assert.deepEqual(await read("*/*"), [200, v1, "accept", first]);
  const [status, type, , problem] = await read("application/vnd.shop.v3+json");
  assert.deepEqual([status, type], [406, "application/problem+json"]);
  assert.equal((problem as { readonly reason: string }).reason, "NOT_ACCEPTABLE");
});

function place(
  key: string | undefined,
  body: object,
  at: (path: string, init: any) => Promise<Response> = request,
): Promise<Response> {
  const headers: Record<string, string> = { authorization: "Bearer ann", "content-type": "application/json" };
  if (key !== undefined) headers["idempotency-key"] = key;
  return at("/orders", { method: "POST", headers, body: JSON.stringify(body) });
}

test("a repeated key is answered with the first response, and marked", async () => {
  const body = { sku: "mug", quantity: 1 };
  const [one, two] = [await place('"the-key-of-a-replay"', body), await place("the-key-of-a-replay", body)];
  assert.deepEqual([one.status, one.headers.get("idempotency-replayed")], [201, null]);
  assert.deepEqual([two.status, two.headers.get("idempotency-replayed")], [201, "true"]);
  assert.equal(await two.text(), await one.text());
  assert.equal(two.headers.get("content-type"), one.headers.get("content-type"));
  assert.equal(two.headers.get("vary"), "accept");
});

test("the same key of another caller is another key", async () => {
  const body = { sku: "mug", quantity: 1 };
  await place("a-key-that-two-callers-chose", body);
  const bobs = await request("/orders", {
    method: "POST",
    headers: {
      authorization: "Bearer bob",
      "content-type": "application/json",
      "idempotency-key": "a-key-that-two-callers-chose",
    },
    body: JSON.stringify(body),
  });
  assert.deepEqual([bobs.status, bobs.headers.get("idempotency-replayed")], [201, null]);
});

test("the same key with another payload is refused with 422", async () => {
  await place("the-key-of-a-mismatch", { sku: "mug", quantity: 1 });
  const other = await place("the-key-of-a-mismatch", { sku: "mug", quantity: 2 });
  assert.deepEqual([other.status, (await problemOf(other)).reason], [422, "IDEMPOTENCY_KEY_REUSED"]);
});

test("a missing or invalid key is refused with 400 before the handler runs", async () => {
  const body = { sku: "mug", quantity: 1 };
  const missing = await place(undefined, body);
  assert.equal(missing.status, 400);
  assert.deepEqual(
    (await problemOf(missing)).errors?.map(({ name }) => name),
    ["Idempotency-Key"],
  );
  for (const key of ["one, two", `"${"x".repeat(256)}"`, "tab\there", '"half']) {
    const invalid = await place(key, body);
    assert.equal(invalid.status, 400, key);
    const { reason, errors } = await problemOf(invalid);
    assert.ok(reason === "IDEMPOTENCY_KEY_INVALID" || errors?.[0]?.name === "Idempotency-Key", key);
  }
});

test("a repeat of a call in flight is answered 409, and its own outcome is kept", async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  let placed = 0;
  const other = await serve(
    makeServer({
      createOrder: async ({ header }, ctx) => {
        placed += 1;
        started.resolve();
        await gate.promise;
        return ctx.reply(201, orderOf(header["Idempotency-Key"])[1]);
      },
    }),
  );
  const at = (path: string, init: RequestInit): Promise<Response> => fetch(`${other.url}/api${path}`, init);
  const body = { sku: "mug", quantity: 1 };
  const one = place("the-key-of-a-slow-call", body, at);
  await started.promise;
  const two = await place("the-key-of-a-slow-call", body, at);
  assert.deepEqual([two.status, (await problemOf(two)).reason], [409, "IDEMPOTENCY_IN_PROGRESS"]);
  assert.ok(Number(two.headers.get("retry-after")) >= 1);
  gate.resolve();
  assert.equal((await one).status, 201);
  assert.equal((await place("the-key-of-a-slow-call", body, at)).headers.get("idempotency-replayed"), "true");
  assert.equal(placed, 1);
});

test("closing lets calls in flight of both kinds finish, and takes no more", async () => {
  const gate = Promise.withResolvers<void>();
  const started = { http: Promise.withResolvers<void>(), rpc: Promise.withResolvers<void>() };
  const server = makeServer(
    {
      listOrders: async () => {
        started.http.resolve();
        await gate.promise;
        return { orders: [] };
      },
    },
    {
      getStock: async ({ sku }) => {
        started.rpc.resolve();
        await gate.promise;
        return { sku };
      },
    },
  );
  const closing = await serve(server);
  const http = createClient(Orders, nodeTransport({ baseUrl: `${closing.url}/api` }), { credentials: ann });
  const grpc = createGrpcTransport({ baseUrl: closing.url });
  const rpc = createClient(InventoryService, connectTransport(grpc, { authority: "closing" }));
  const [orders, stock] = [http.listOrders(), rpc.getStock({ sku: "mug" })];
  await Promise.all([started.http.promise, started.rpc.promise]);
  let isClosed = false;
  const closed = closing.close({ graceMs: 10_000 }).then(() => {
    isClosed = true;
  });
  assert.deepEqual([server.draining, server.inFlight], [true, 2]);
  const refused = await failure(http.listOrders({}, { maxAttempts: 1 }));
  assert.deepEqual([refused.code, refused.sent, isClosed], ["unavailable", "no", false]);
  gate.resolve();
  assert.deepEqual(await orders, { orders: [] });
  assert.equal((await stock).sku, "mug");
  await closed;
  assert.equal(server.inFlight, 0);
});

interface ProblemBody {
  readonly reason?: string;
  readonly errors?: readonly { readonly name?: string; readonly pointer: string }[];
}

async function problemOf(response: Response): Promise<ProblemBody> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  return (await response.json()) as ProblemBody;
}

async function* stream<Message>(messages: readonly Message[]): AsyncGenerator<Message> {
  yield* messages;
}

async function collect<Message>(messages: AsyncIterable<Message>): Promise<readonly Message[]> {
  const all: Message[] = [];
  for await (const message of messages) all.push(message);
  return all;
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
