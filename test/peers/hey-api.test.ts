import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient as generateClient } from "@hey-api/openapi-ts";
import { root } from "../support/source-tree.ts";
import { oddIsbn, serveLibrary } from "./library.ts";

let folder = "";
let sdk: any;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hey-api-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await generateClient({
    input: join(root, "test/golden/http-library/contracts/library.yaml"),
    output: { path: join(folder, "sdk"), tsConfigPath: null, importFileExtension: ".ts" },
    logs: { level: "silent", file: false },
    plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
  });
  sdk = {
    ...(await import(join(folder, "sdk/sdk.gen.ts"))),
    ...(await import(join(folder, "sdk/client/index.ts"))),
  };
});
after(() => rm(folder, { recursive: true, force: true }));

test("a client that hey-api generated is served, and it reads the answers", async () => {
  await using library = await serveLibrary();
  const client = sdk.createClient({ baseUrl: library.baseUrl });

  const listed = await sdk.listBooks({
    client,
    query: { tag: ["new", "a,b&c"], filter: { author: "Ann Ü.", year: 1999 }, limit: 5 },
    headers: { "X-Reader": "7" },
  });
  assert.deepEqual(listed.data, [{ isbn: "1", title: "The 1", year: null, tags: ["new"] }]);
  assert.deepEqual(library.seen.pop(), {
    query: { tag: ["new", "a,b&c"], filter: { author: "Ann Ü.", year: 1999 }, limit: 5 },
    header: { "X-Reader": "7" },
  });

  const added = await sdk.addBook({ client, body: { isbn: "978-3-16-148410", title: "Ä “book”" } });
  assert.deepEqual(added.data, { isbn: "978-3-16-148410", title: "Ä “book”", year: null });
  assert.equal((await sdk.getBook({ client, path: { isbn: oddIsbn } })).data.isbn, oddIsbn);
  assert.equal((await sdk.removeBook({ client, path: { isbn: oddIsbn } })).response.status, 204);

  const png = new Blob([new Uint8Array([137, 80, 78, 71])], { type: "image/png" });
  assert.equal((await sdk.putCover({ client, path: { isbn: "1" }, body: png })).response.status, 204);
  const cover = await sdk.getCover({ client, path: { isbn: "1" } });
  assert.deepEqual([...new Uint8Array(await cover.data.arrayBuffer())], [137, 80, 78, 71]);

  const review = await sdk.reviewBook({ client, path: { isbn: "1" }, body: { stars: 4, text: "a&b=c +" } });
  assert.equal(review.data, 'application/x-www-form-urlencoded: {"stars":4,"text":"a&b=c +"}');
});

test("a client that hey-api generated gets declared errors and problem documents", async () => {
  await using library = await serveLibrary();
  const client = sdk.createClient({ baseUrl: library.baseUrl });
  const lost = await sdk.getBook({ client, path: { isbn: "lost" } });
  assert.deepEqual([lost.response.status, lost.error], [404, { title: "No such book", status: 404 }]);
  const bad = await sdk.addBook({ client, body: { isbn: "no", title: "x", extra: true } });
  assert.equal(bad.response.status, 400);
  assert.deepEqual(bad.error.errors.map((each: any) => each.pointer).toSorted(), ["#/extra", "#/isbn"]);
});
