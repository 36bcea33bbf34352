import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  createClient,
  createConsumer,
  createProducer,
  createServer,
  ServiceError,
  systemEnvironment,
  type Handlers,
} from "@trilogue/runtime";
import { createMemoryBroker } from "@trilogue/runtime/broker/memory";
import { serveNode } from "@trilogue/runtime/server/node";
import { createMemoryStore } from "@trilogue/runtime/store/memory";
import { createNodePool, nodeTransport } from "@trilogue/runtime/transport/node";
import { Bank, type Account, type BankOperations } from "../golden/http-int64/want/bank/openapi_http.ts";
import { Feed, type OnTradeEvent } from "../golden/http-int64/want/feed/asyncapi_events.ts";

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});
const pool = createNodePool();
cleanups.push(() => pool.close());

const lowest = -(2n ** 63n);
const highest = 2n ** 63n - 1n;
const highestUnsigned = 2n ** 64n - 1n;
const odd = 9_007_199_254_740_993n;

const seen: unknown[] = [];
const handlers: Handlers<BankOperations> = {
  getAccount(input, ctx) {
    seen.push(input);
    return ctx.reply(200, { id: input.path.id }, { headers: { "x-version": highest } });
  },
  putAccount(input) {
    seen.push(input);
    return input.body;
  },
  createTransfer(input) {
    seen.push(input);
    return input.body;
  },
  uploadTransfer(input) {
    seen.push(input);
    return input.body;
  },
  async *listTicks() {
    yield { at: lowest };
    yield { at: 5n };
    yield { at: odd };
  },
  async *watchTicks() {
    yield { data: { at: odd } };
  },
};

const server = createServer({ store: createMemoryStore() }).add(Bank, handlers);
const node = await serveNode(server, { host: "127.0.0.1" });
cleanups.push(() => node.close({ graceMs: 0 }));
const client = createClient(Bank, nodeTransport({ baseUrl: node.url, pool }));

/** What a program that knows nothing of bigints sends, and what it gets back: texts. */
async function put(text: string, id: string = "1"): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${node.url}/accounts/${id}`, { method: "PUT", headers, body: text });
  return { status: response.status, text: await response.text() };
}

const account: Account = {
  id: odd,
  count: 5,
  balance: lowest,
  total: highestUnsigned,
  ratio: 1.5,
  kind: 2n,
  version: 3n,
  owner: { kind: "person", taxId: highest },
  amount: { minor: 7n },
  parent: { id: 2n, balance: 0n, parent: { id: odd } },
  children: [{ id: 1n, children: [{ id: 3n, total: odd }] }],
  byCode: { eur: odd, __proto__x: 1n, constructor: -1n },
  byName: { note: 1, idOne: 1n, other: 2 },
  pair: ["a", odd, 3],
};

test("whole numbers of 64 bits keep every digit in bodies, both ways, at any depth", async () => {
  assert.deepEqual(await client.putAccount({ path: { id: highest }, body: account }), account);
  assert.deepEqual(seen.at(-1), { path: { id: highest }, body: account });
});

test("they are JSON numbers on the wire", async () => {
  const text =
    '{"id":9007199254740993,"count":5,"balance":-9223372036854775808,"total":18446744073709551615,"ratio":1.5}';
  const answer = await put(text);
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.stringify(JSON.parse(answer.text)), JSON.stringify(JSON.parse(text)));
  for (const [number] of text.matchAll(/\d{5,}/g)) assert.ok(answer.text.includes(number), answer.text);
  assert.ok(!answer.text.includes('"9'), answer.text);
});

test("what is no whole number of 64 bits is refused, never rounded", async () => {
  for (const balance of ["9223372036854775808", "-9223372036854775809", "1.5", "1e30", "9007199254740993.0", '"1"']) {
    const answer = await put(`{"id":1,"balance":${balance}}`);
    assert.equal(answer.status, 400, balance);
    assert.match(answer.text, /\/body\/balance/, balance);
  }
  assert.equal((await put('{"id":1,"total":-1}')).status, 400);
  assert.equal((await put('{"id":1,"total":18446744073709551616}')).status, 400);
  assert.equal((await put('{"id":0}')).status, 400);
  assert.equal((await put('{"id":1,"kind":3}')).status, 400);
  assert.equal((await put('{"id":1,"version":9007199254740993}')).status, 400);
});

test("other numbers stay numbers, however long they are", async () => {
  const answer = await put('{"id":1,"ratio":12345678901234567890,"count":5,"byName":{"note":123456789012345678901}}');
  assert.equal(answer.status, 200);
  const { body } = seen.at(-1) as { readonly body: Account };
  assert.deepEqual(body, { id: 1n, ratio: 12345678901234567890, count: 5, byName: { note: 123456789012345678901 } });
  assert.equal((await put('{"id":1,"count":9007199254740993}')).status, 400);
});

test("a union's member decides, also where another has a number at the same place", async () => {
  const bodyOf = async (owner: string): Promise<unknown> => {
    assert.equal((await put(`{"id":1,"owner":${owner}}`)).status, 200, owner);
    return (seen.at(-1) as { readonly body: Account }).body.owner;
  };
  assert.deepEqual(await bodyOf('{"kind":"person","taxId":5}'), { kind: "person", taxId: 5n });
  assert.deepEqual(await bodyOf('{"kind":"person","taxId":9007199254740993}'), { kind: "person", taxId: odd });
  assert.deepEqual(await bodyOf('{"kind":"company","taxId":5}'), { kind: "company", taxId: 5 });
  assert.deepEqual(await bodyOf('{"kind":"company","taxId":100000000000000000}'), { kind: "company", taxId: 1e17 });
});

test("parameters, headers and JSON within them are bigints", async () => {
  const input = {
    path: { id: odd },
    query: { since: highest, ids: [highestUnsigned, 0n], limit: 5, filter: { after: odd } },
    header: { "x-trace": highestUnsigned },
  };
  const answer = await client.getAccount(input, { full: true });
  assert.deepEqual(seen.at(-1), input);
  assert.deepEqual(answer.headers, { "x-version": highest });
  assert.deepEqual(answer.body, { id: odd });
  const refused = await fetch(`${node.url}/accounts/1?since=4`);
  assert.equal(refused.status, 400);
  await refused.body?.cancel();
  await assert.rejects(
    client.getAccount({ path: { id: 2n ** 63n } }),
    (error: unknown) => error instanceof ServiceError && error.code === "invalid_argument",
  );
});

test("forms and their parts are bigints", async () => {
  const body = { amount: 9_007_199_254_740_993n * 3n, detail: { reference: highestUnsigned } };
  assert.deepEqual(await client.createTransfer({ body }), body);
  assert.deepEqual(seen.at(-1), { body });
  assert.deepEqual(await client.uploadTransfer({ body }), body);
  assert.deepEqual(seen.at(-1), { body });
  await assert.rejects(client.createTransfer({ body: { amount: 9_007_199_254_740_993n * 3n + 1n } }));
});

test("items of streams are bigints", async () => {
  const ticks: unknown[] = [];
  for await (const tick of await client.listTicks({})) ticks.push(tick);
  assert.deepEqual(ticks, [{ at: lowest }, { at: 5n }, { at: odd }]);
  for await (const event of await client.watchTicks({})) assert.deepEqual(event.data, { at: odd });
});

test("a stored outcome is answered digit by digit, and another number is another request", async () => {
  const send = async (amount: bigint): Promise<readonly [number, string | null, string]> => {
    const response = await fetch(`${node.url}/transfers`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "idempotency-key": "a-key-of-a-transfer" },
      body: `amount=${amount}`,
    });
    return [response.status, response.headers.get("idempotency-replayed"), await response.text()];
  };
  const first = await send(odd * 3n);
  assert.deepEqual(first, [200, null, `{"amount":${odd * 3n}}`]);
  assert.deepEqual(await send(odd * 3n), [200, "true", first[2]]);
  const [status, , problem] = await send(odd * 3n + 3n);
  assert.equal(status, 422);
  assert.match(problem, /IDEMPOTENCY_KEY_REUSED/);
});

test("the contract's example as a fallback has the types of an answer", async () => {
  const lost = createClient(Bank, nodeTransport({ baseUrl: "http://127.0.0.1:1", pool }));
  assert.deepEqual(await lost.putAccount({ path: { id: 1n }, body: { id: 1n } }), { id: 7n, ratio: 1 });
});

test("payloads and headers of events are bigints", async () => {
  const broker = createMemoryBroker({ environment: systemEnvironment });
  const { promise, resolve } = Promise.withResolvers<Pick<OnTradeEvent, "data" | "headers">>();
  const handler = ({ data, headers }: OnTradeEvent): void => resolve({ data, ...(headers && { headers }) });
  const consumer = createConsumer(Feed, { onTrade: handler }, { broker, store: createMemoryStore(), group: "books" });
  await consumer.start();
  const trade = { data: { id: highestUnsigned, price: 1.5 }, headers: { sequence: odd } };
  await createProducer(Feed, broker).onTrade(trade);
  assert.deepEqual(await promise, trade);
  const [message] = broker.messages("trades");
  assert.equal(new TextDecoder().decode(message?.payload), `{"id":${highestUnsigned},"price":1.5}`);
  await consumer.drain({ graceMs: 0 });
});
