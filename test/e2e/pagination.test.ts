import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createClient, createServer, systemEnvironment, type Handlers, type ServiceError } from "@trilogue/runtime";
import { createHttpHandler, items, pages } from "@trilogue/runtime/http";
import { serveNode } from "@trilogue/runtime/server/node";
import { memoryTransport } from "@trilogue/runtime/transport/memory";
import { createNodePool, nodeTransport } from "@trilogue/runtime/transport/node";
import { Lists, type Item, type ListsOperations } from "../golden/http-pagination/want/lists_http.ts";

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});
const pool = createNodePool();
cleanups.push(() => pool.close());

const all: readonly Item[] = ["a", "b", "c", "d", "e"].map((id) => ({ id }));
const asked: unknown[] = [];

function slice(from: number, size: number = 2): { readonly page: readonly Item[]; readonly next: number | undefined } {
  const end = from + size;
  return { page: all.slice(from, end), next: end < all.length ? end : undefined };
}

const handlers: Handlers<ListsOperations> = {
  linked({ query }, ctx) {
    const number = query?.page ?? 1;
    asked.push(number);
    const { page, next } = slice((number - 1) * 2);
    // As GitHub: another host, another path, and further relations.
    const first = `<https://api.elsewhere.example/repositories/7?page=1>; rel="first"`;
    const link =
      next === undefined ? first : `${first}, <https://api.elsewhere.example/x?page=${number + 1}>; rel="next"`;
    return ctx.reply(200, page, { headers: { Link: link } });
  },
  cursors({ query }, ctx) {
    asked.push(query);
    if (query?.cursor === "lost") return ctx.reply(400, { why: "no such cursor" });
    if (query?.cursor === "round") return ctx.reply(200, { items: [], page_info: { next_cursor: "round" } });
    const { page, next } = slice(Number(query?.cursor ?? 0), query?.limit);
    return ctx.reply(200, { items: page, page_info: { next_cursor: next === undefined ? null : String(next) } });
  },
  last({ query }) {
    const { page, next } = slice(all.findIndex(({ id }) => id === query?.starting_after) + 1);
    return { data: page, has_more: next !== undefined };
  },
  urls({ query }) {
    const { page, next } = slice(Number(query?.token ?? 0));
    return { value: page, ...(next === undefined ? {} : { nextLink: `/somewhere?token=${next}` }) };
  },
  offsets({ query }) {
    asked.push(query);
    return { results: slice(query?.offset ?? 0).page, meta: { total: all.length } };
  },
  numbered({ query }) {
    asked.push(query);
    return { results: slice((query?.page ?? 0) * 2).page };
  },
  written: ({ query }) => ({
    found: [`from ${query?.from ?? 0}`],
    ...((query?.from ?? 0) < 2 ? { then: (query?.from ?? 0) + 1 } : {}),
  }),
  pageable: () => ({ value: ["x"] }),
  switchedOff: () => ({ results: all }),
  unclear: () => ({ data: [], items: [] }),
};

const node = await serveNode(createServer().add(Lists, handlers), { host: "127.0.0.1" });
cleanups.push(() => node.close({ graceMs: 0 }));
const client = createClient(Lists, nodeTransport({ baseUrl: node.url, pool }));

async function collect<Value>(values: AsyncIterable<Value>): Promise<readonly Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}

test("items of every kind of list come one by one, in order", async () => {
  assert.deepEqual(await collect(items(client.linked)), all);
  assert.deepEqual(await collect(items(client.cursors, { query: { limit: 2 } })), all);
  assert.deepEqual(await collect(items(client.last)), all);
  assert.deepEqual(await collect(items(client.urls)), all);
  assert.deepEqual(await collect(items(client.offsets, { query: { limit: 2 } })), all);
  assert.deepEqual(await collect(items(client.numbered)), all);
  assert.deepEqual(await collect(items(client.written)), ["from 0", "from 1", "from 2"]);
});

test("a page is asked for when it is wanted, and with everything else that was asked", async () => {
  asked.length = 0;
  const list = pages(client.cursors, { query: { limit: 3 } });
  assert.deepEqual(asked, []);
  const first = await list.next();
  assert.deepEqual(
    first.value?.items.map(({ id }) => id),
    ["a", "b", "c"],
  );
  assert.deepEqual(asked, [{ limit: 3 }]);
  await list.next();
  assert.deepEqual(asked, [{ limit: 3 }, { limit: 3, cursor: "3" }]);
  assert.equal((await list.next()).done, true);
  assert.equal(asked.length, 2);
});

test("a list begins where its input says and ends at a limit of pages", async () => {
  asked.length = 0;
  assert.deepEqual(await collect(items(client.offsets, { query: { offset: 3 } })), all.slice(3));
  assert.deepEqual(await collect(items(client.linked, { query: { page: 2 } }, { maxPages: 1 })), all.slice(2, 4));
  assert.deepEqual(asked, [{ offset: 3 }, 2]);
});

test("a reader that stops asks for no more", async () => {
  asked.length = 0;
  for await (const item of items(client.linked)) if (item.id === "a") break;
  assert.deepEqual(asked, [1]);
});

test("declared errors of a page are thrown typed, after the pages before it", async () => {
  await assert.rejects(collect(pages(client.cursors, { query: { cursor: "lost" } })), (error: ServiceError) => {
    assert.deepEqual(error.response?.body, { why: "no such cursor" });
    return true;
  });
});

test("a cursor that comes again ends the list with an error instead of a loop", async () => {
  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const page of pages(client.cursors, { query: { cursor: "round" } })) seen.push(page);
    },
    { code: "internal", reason: "PAGE_REPEATED" },
  );
  assert.ok(seen.length <= 4);
});

test("each page has the options of its call; an abort ends the list", async () => {
  const controller = new AbortController();
  const list = pages(client.linked, undefined, { signal: controller.signal });
  await list.next();
  controller.abort(new Error("enough"));
  await assert.rejects(list.next(), { code: "canceled" });
});

test("an operation that shows no pages can't be read page by page", async () => {
  // @ts-expect-error it has no pages
  await assert.rejects(collect(items(client.unclear)), /whose contract shows pages/);
  // @ts-expect-error it has none either
  await assert.rejects(collect(pages(client.switchedOff)), TypeError);
  // @ts-expect-error no such parameter
  void pages(client.last, { query: 1 });
});

test("what answers name as the next page is never called, whatever it is", async () => {
  const targets: string[] = [];
  const hostile = [
    "http://169.254.169.254/latest/meta-data?token=1",
    "//evil.example/?token=2",
    "file:///etc/passwd?token=3",
    "../../admin?token=4#x",
    "?token=a%20b&unknown=%2F..%2F",
    "https://user:secret@evil.example/x",
  ];
  const handler = createHttpHandler(createServer().add(Lists, handlers));
  const fake = memoryTransport(
    async (request) => {
      targets.push(request.target);
      const nextLink = hostile[targets.length - 1];
      const body = new TextEncoder().encode(JSON.stringify({ value: [], nextLink }));
      return nextLink === undefined
        ? await handler(request)
        : { status: 200, headers: [["content-type", "application/json"]], body };
    },
    { environment: systemEnvironment },
  );
  await collect(pages(createClient(Lists, fake).urls, { query: { token: "0" } }));
  assert.deepEqual(targets, [
    "/urls?token=0",
    "/urls?token=1",
    "/urls?token=2",
    "/urls?token=3",
    "/urls?token=4",
    "/urls?token=a%20b&unknown=%2F..%2F",
    "/urls",
    "/urls?token=2",
    "/urls?token=4",
  ]);
});
