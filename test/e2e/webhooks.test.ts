import assert from "node:assert/strict";
import { createServer as createPlainServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { createClient, createSender, createServer, type ServiceError } from "@trilogue/runtime";
import { callbackUrl, webhooksAt } from "@trilogue/runtime/http";
import { serveNode } from "@trilogue/runtime/server/node";
import { createMemoryStore } from "@trilogue/runtime/store/memory";
import { fetchTransport } from "@trilogue/runtime/transport/fetch";
import { createNodePool, isPublicAddress, nodeTransport } from "@trilogue/runtime/transport/node";
import { newPet, ShopWebhooks, subscribeEvent } from "../golden/http-webhooks/want/shop_http.ts";

const cleanups: (() => Promise<unknown> | unknown)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const pool = createNodePool();
cleanups.push(() => pool.close());

/** A subscriber that is not ours; answers with the status that its path begins with. */
async function plainSubscriber(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const answer = (request: IncomingMessage): number => Number(/^\/(\d{3})/.exec(request.url ?? "")?.[1] ?? 204);
  const server = createPlainServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["webhook-id"] ?? ""}`.trim());
    request.resume();
    response.writeHead(answer(request)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

test("a webhook that is sent arrives at its typed handler, once for each key", async () => {
  const taken: unknown[] = [];
  const { newPet: only } = ShopWebhooks.operations;
  const hooks = webhooksAt({ ...ShopWebhooks, operations: { newPet: only } }, { newPet: "/hooks/new-pet" });
  const server = createServer({ store: createMemoryStore() }).add(hooks, {
    newPet: ({ header, query, body }) => void taken.push([header["webhook-id"], query?.attempt, body.name]),
  });
  const node = await serveNode(server, { host: "127.0.0.1" });
  cleanups.push(() => node.close({ graceMs: 0 }));
  const client = createClient(ShopWebhooks, nodeTransport({ baseUrl: `${node.url}/hooks/new-pet?ignored=1`, pool }));
  const input = { query: { attempt: 1 }, header: { "webhook-id": "m1" }, body: { name: "Rex" } };
  await client.newPet(input);
  await client.newPet(input);
  assert.deepEqual(taken, [["m1", 1, "Rex"]]);
  await assert.rejects(client.newPet({ header: { "webhook-id": "m2" }, body: {} as never }), {
    code: "invalid_argument",
  });
});

test("the subscriber's address arrives exactly, whichever transport sends", async () => {
  const { url, seen } = await plainSubscriber();
  const body = { name: "Rex" };
  for (const transport of [nodeTransport, fetchTransport]) {
    for (const path of ["/hook/?token=abc", "/hook", "/", "/a%20b//c/"]) {
      const client = createClient({ newPet, subscribeEvent }, transport({ baseUrl: url + path }));
      await client.subscribeEvent({ body });
      await client.newPet({ query: { attempt: 2 }, header: { "webhook-id": "m" }, body });
    }
  }
  const once = [
    ...["POST /hook/?token=abc", "POST /hook/?token=abc&attempt=2 m", "POST /hook", "POST /hook?attempt=2 m"],
    ...["POST /", "POST /?attempt=2 m", "POST /a%20b//c/", "POST /a%20b//c/?attempt=2 m"],
  ];
  assert.deepEqual(seen, [...once, ...once]);
});

test("a sender reaches many subscribers over one pool, and one that fails is the only one to be left alone", async () => {
  const { url, seen } = await plainSubscriber();
  const sender = createSender(ShopWebhooks, (baseUrl) => nodeTransport({ baseUrl, pool }));
  const send = (path: string): Promise<void> => sender.to(url + path).subscribeEvent({ body: { name: "Rex" } });
  const codes: string[] = [];
  for (let call = 0; call < 40; call++) {
    await send("/500").catch((error: ServiceError) => codes.push(error.reason ?? error.code));
  }
  assert.ok(codes.includes("CIRCUIT_OPEN"), codes.join());
  const before = seen.length;
  await send("/other");
  assert.equal(seen.length, before + 1);
  assert.deepEqual(await sender.to(`${url}/410`).newPet({ body: { name: "Rex" } } as never, { full: true }), {
    status: 410,
    contentType: undefined,
    headers: {},
    body: undefined,
  });
});

test("addresses that are not allowed are not called, however they are written", async () => {
  const { url, seen } = await plainSubscriber();
  const careful = createNodePool({ allowAddress: isPublicAddress });
  const sender = createSender(ShopWebhooks, (baseUrl) => nodeTransport({ baseUrl, pool: careful }), {
    allowUrl: ({ hostname }) => hostname !== "internal.example",
  });
  const { port } = new URL(url);
  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]) {
    await assert.rejects(sender.to(`http://${host}:${port}/`).subscribeEvent({ body: { name: "Rex" } }), {
      code: "permission_denied",
      reason: "ADDRESS_REFUSED",
      sent: "no",
    });
  }
  assert.throws(() => sender.to("https://internal.example/x"), { code: "permission_denied", reason: "URL_REFUSED" });
  for (const address of ["file:///etc/passwd", "nothing", "ftp://x/", "https://user:secret@x.example/"]) {
    assert.throws(
      () => sender.to(address),
      (error: ServiceError) => {
        assert.ok(!error.message.includes("secret"));
        return error.code === "invalid_argument";
      },
    );
  }
  assert.deepEqual(seen, []);
});

test("a sender forgets the subscriber that it has not used for longest", () => {
  let connected = 0;
  const sender = createSender(
    ShopWebhooks,
    (baseUrl) => {
      connected += 1;
      return nodeTransport({ baseUrl, pool });
    },
    { maxSubscribers: 2 },
  );
  const [a, b] = [sender.to("https://a.example/"), sender.to("https://b.example/")];
  assert.equal(sender.to("https://a.example"), a);
  sender.to("https://c.example/");
  assert.equal(sender.to("https://a.example/"), a);
  assert.notEqual(sender.to("https://b.example/"), b);
  assert.equal(connected, 4);
});

test("a callback goes to the address that its call gave", async () => {
  const { url, seen } = await plainSubscriber();
  const sender = createSender({ subscribeEvent }, (baseUrl) => nodeTransport({ baseUrl, pool }));
  const address = callbackUrl(subscribeEvent, {
    request: { query: { tenant: "a b" }, body: { callbackUrl: `${url}/back` } },
    response: { status: 201, body: { id: 7 } },
  });
  await sender.to(address).subscribeEvent({ body: { name: "Rex" } });
  assert.deepEqual(seen, ["POST /back?tenant=a%20b&id=7"]);
});

test("webhooks without a path are not served", async () => {
  const handlers = { newPet: () => undefined };
  const { newPet: only } = ShopWebhooks.operations;
  const one = { ...ShopWebhooks, operations: { newPet: only } };
  // @ts-expect-error they have no paths yet
  const server = createServer({ store: createMemoryStore() }).add(one, handlers);
  await assert.rejects(serveNode(server, { host: "127.0.0.1" }), /"ShopWebhooks\/newPet" has no path: .*webhooksAt/);
  // @ts-expect-error a path is missing
  assert.throws(() => webhooksAt(one, {}), /webhook "newPet" of ShopWebhooks has no path/);
  // @ts-expect-error no path
  assert.throws(() => webhooksAt(one, { newPet: "hooks" }), /expected a path such as "\/hooks\/newPet"/);
  // @ts-expect-error no such webhook
  assert.throws(() => webhooksAt(one, { newPet: "/a", other: "/b" }), /has no webhook "other"/);
  assert.throws(() => webhooksAt(one, { newPet: "/a/{id}" }), /expected a path/);
});

test("public addresses are told from the others", () => {
  const inside = ["10.0.0.1", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::", "::1"];
  inside.push("fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "255.255.255.255", "x", "");
  for (const address of inside) assert.equal(isPublicAddress(address), false, address);
  for (const address of ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

test("a redirect that the contract does not declare is an error of its own, and never followed", async () => {
  const asked: string[] = [];
  const server = createPlainServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  for (const transport of [nodeTransport({ baseUrl, pool }), fetchTransport({ baseUrl })]) {
    const client = createClient({ subscribeEvent }, transport);
    await assert.rejects(client.subscribeEvent({ body: { name: "Rex" } }), {
      code: "internal",
      reason: "UNEXPECTED_REDIRECT",
    });
  }
  assert.deepEqual(asked, ["/hook", "/hook"]);
});
