/** A small project as a user would write it: a contract of each kind, and programs over the generated code. */
export const userProject: Readonly<Record<string, string>> = {
  "package.json": `{ "name": "user", "private": true, "type": "module" }\n`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2024",
      lib: ["es2024", "esnext.disposable", "dom"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      erasableSyntaxOnly: true,
      isolatedDeclarations: true,
      declaration: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      types: ["node"],
    },
    include: ["src"],
  }),
  "contracts/stock/v1/stock.proto": `edition = "2023";
package stock.v1;
import "trilogue/v1/policy.proto";
service StockService {
  rpc GetStock(GetStockRequest) returns (Stock) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (trilogue.v1.policy) = { timeout: "2s" };
  }
}
message GetStockRequest { string sku = 1; }
message Stock { string sku = 1; int64 pieces = 2; }
`,
  "contracts/orders/v1/openapi.yaml": `openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        "200":
          description: The order.
          content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
        "404":
          description: There is none.
          content:
            application/problem+json: { schema: { type: object, properties: { title: { type: string } } } }
components:
  schemas:
    Order:
      type: object
      required: [id, pieces]
      properties: { id: { type: string }, pieces: { type: integer, minimum: 1 } }
`,
  "contracts/shop/v1/asyncapi.yaml": `asyncapi: 3.0.0
info: { title: ShopEvents, version: 1.0.0 }
channels:
  orders:
    address: shop.orders
    messages:
      OrderPlaced:
        payload: { type: object, required: [orderId], properties: { orderId: { type: string } } }
operations:
  orderPlaced: { action: send, channel: { $ref: "#/channels/orders" } }
`,
  "src/program.ts": `import { createClient, createServer, systemEnvironment } from "@trilogue/runtime";
import { createConsumer, createProducer } from "@trilogue/runtime";
import { createMemoryBroker } from "@trilogue/runtime/broker/memory";
import { connectTransport } from "@trilogue/runtime/rpc";
import { serveNode } from "@trilogue/runtime/server/node";
import { createMemoryStore } from "@trilogue/runtime/store/memory";
import { memoryTransport } from "@trilogue/runtime/transport/memory";
import { nodeTransport } from "@trilogue/runtime/transport/node";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Orders, ShopEvents, StockService } from "./gen/index.ts";
import type { Order } from "./gen/orders/v1/openapi_http.ts";

const orders: readonly Order[] = [{ id: "a", pieces: 3 }];
const server = createServer({ environment: systemEnvironment })
  .add(Orders, {
    getOrder: ({ path }, ctx) => {
      const order = orders.find(({ id }) => id === path.id);
      return order ?? ctx.reply(404, { title: "no such order" });
    },
  })
  .add(StockService, { getStock: ({ sku }) => ({ sku, pieces: 7n }) });

const memory = createClient(Orders, memoryTransport(server, { environment: systemEnvironment }));
console.log("http over memory", (await memory.getOrder({ path: { id: "a" } })).pieces);

const node = await serveNode(server, { host: "127.0.0.1" });
const transport = nodeTransport({ baseUrl: node.url });
const overHttp = createClient(Orders, transport);
const answer = await overHttp.getOrder({ path: { id: "b" } }, { full: true });
console.log("http over loopback", answer.status);

const connect = connectTransport(
  createConnectTransport({ baseUrl: node.url, httpVersion: "2" }),
  { authority: "stock" },
);
const stock = createClient(StockService, connect);
console.log("rpc over loopback", (await stock.getStock({ sku: "mug" })).pieces);

const broker = createMemoryBroker({ environment: systemEnvironment });
const store = createMemoryStore({ environment: systemEnvironment });
const { promise, resolve } = Promise.withResolvers<string>();
const consumer = createConsumer(
  ShopEvents,
  { orderPlaced: ({ data }) => resolve(data.orderId) },
  { broker, store, group: "mail", environment: systemEnvironment },
);
await consumer.start();
await createProducer(ShopEvents, broker, { environment: systemEnvironment }).orderPlaced({ data: { orderId: "a" } });
console.log("event over the bus", await promise);

await consumer.drain();
await broker.close();
await connect.close?.();
await transport.close?.();
await node.close();
`,
  "src/program.cjs": `const { createClient, createServer, systemEnvironment } = require("@trilogue/runtime");
const { memoryTransport } = require("@trilogue/runtime/transport/memory");
const { gen } = require("trilogue");
const { Orders } = require("./gen/index.ts");
const server = createServer({}).add(Orders, { getOrder: ({ path }) => ({ id: path.id, pieces: 1 }) });
const client = createClient(Orders, memoryTransport(server, { environment: systemEnvironment }));
client.getOrder({ path: { id: "c" } }).then(async ({ id }) => {
  const { outcome } = await gen({ contracts: "contracts", out: "src/gen", check: true });
  console.log("from CommonJS", id, outcome);
});
`,
};
