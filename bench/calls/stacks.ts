import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A server and a client to call it, in processes of their own. */
export interface Stack {
  /** Serves the order contract on a free port of the loopback interface; gives its address. */
  readonly serve: () => Promise<string>;
  /** A function that puts an order and gives back what came, checked as far as the stack checks. */
  readonly connect: (baseUrl: string) => Promise<(order: object) => Promise<unknown>>;
}

const folder = process.env["TRILOGUE_BENCH_FOLDER"] ?? ".";
const orderId = "o 1";

/** Which parts a name stands for: `trilogue`, `fastify`, `node:http`. */
export const stacks: Readonly<Record<string, Stack>> = {
  trilogue: { serve: serveTrilogue, connect: connectTrilogue },
  fastify: { serve: serveFastify, connect: connectOpenApiFetch },
  "node:http": { serve: servePlain, connect: connectPlain },
};

async function serveTrilogue(): Promise<string> {
  const { createServer } = await runtime("index.js");
  const { serveNode } = await runtime("server/node.js");
  const { Orders } = await generated();
  const server = createServer().add(Orders, { putOrder: ({ body }: { readonly body: object }) => body });
  return (await serveNode(server, { host: "127.0.0.1" })).url;
}

async function connectTrilogue(baseUrl: string): Promise<(order: object) => Promise<unknown>> {
  const { createClient } = await runtime("index.js");
  const { nodeTransport } = await runtime("transport/node.js");
  const client = createClient((await generated()).Orders, nodeTransport({ baseUrl }));
  return (body) => client.putOrder({ path: { orderId }, query: { limit: 3 }, body });
}

async function serveFastify(): Promise<string> {
  const { default: fastify } = await import("fastify");
  const { orderSchema } = await import("../validation/order.ts");
  const app = fastify({ ajv: { customOptions: { strict: false, discriminator: false } } as object });
  const { $id: _id, ...schema } = orderSchema() as Record<string, unknown>;
  const body = JSON.parse(JSON.stringify(schema).replaceAll("#/$defs/", "order-defs#/$defs/")) as { $defs: object };
  app.addSchema({ $id: "order-defs", $defs: (schema as { readonly $defs: object }).$defs });
  const parameters = {
    params: { type: "object", required: ["orderId"], properties: { orderId: { type: "string" } } },
    querystring: { type: "object", properties: { limit: { type: "integer" } } },
  };
  const { $defs: _defs, ...order } = body;
  app.put("/orders/:orderId", { schema: { ...parameters, body: order } }, async (request) => request.body);
  return app.listen({ host: "127.0.0.1", port: 0 });
}

async function connectOpenApiFetch(baseUrl: string): Promise<(order: object) => Promise<unknown>> {
  const { default: createClient } = await import("openapi-fetch");
  const client = createClient<any>({ baseUrl });
  return async (body) => {
    const { data } = await client.PUT("/orders/{orderId}", {
      params: { path: { orderId }, query: { limit: 3 } },
      body,
    });
    if (data === undefined) throw new Error("the call failed");
    return data;
  };
}

async function servePlain(): Promise<string> {
  const http = await import("node:http");
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as { readonly port: number }).port}`),
    ),
  );
}

async function connectPlain(baseUrl: string): Promise<(order: object) => Promise<unknown>> {
  const http = await import("node:http");
  const agent = new http.Agent({ keepAlive: true });
  const url = new URL(`/orders/${encodeURIComponent(orderId)}?limit=3`, baseUrl);
  return (order) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(order);
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const request = http.request(url, { method: "PUT", agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString("utf8"))));
      });
      request.on("error", reject);
      request.end(text);
    });
}

async function runtime(path: string): Promise<any> {
  return import(pathToFileURL(join(folder, "node_modules/@trilogue/runtime/dist", path)).href);
}

async function generated(): Promise<any> {
  return import(pathToFileURL(join(folder, "order/gen/orders_http.ts")).href);
}
