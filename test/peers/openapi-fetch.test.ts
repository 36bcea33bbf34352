import assert from "node:assert/strict";
import { test } from "node:test";
import createClient from "openapi-fetch";
import { oddIsbn, serveLibrary } from "./library.ts";

test("openapi-fetch's requests are served, and it reads the answers", async () => {
  await using library = await serveLibrary();
  const client = createClient<any>({ baseUrl: library.baseUrl });

  const listed = await client.GET("/books", {
    params: {
      query: { tag: ["new", "a,b&c"], filter: { author: "Ann Ü.", year: 1999 }, limit: 5 },
      header: { "X-Reader": "7" },
    },
  });
  assert.deepEqual(listed.data, [{ isbn: "1", title: "The 1", year: null, tags: ["new"] }]);
  assert.equal(listed.response.headers.get("x-total"), "1");
  assert.deepEqual(library.seen.pop(), {
    query: { tag: ["new", "a,b&c"], filter: { author: "Ann Ü.", year: 1999 }, limit: 5 },
    header: { "X-Reader": "7" },
  });

  const added = await client.POST("/books", { body: { isbn: "978-3-16-148410", title: "Ä “book”", year: null } });
  assert.equal(added.response.status, 201);
  assert.equal(added.response.headers.get("location"), "/books/978-3-16-148410");

  const found = await client.GET("/books/{isbn}", { params: { path: { isbn: oddIsbn } } });
  assert.equal(found.data.isbn, oddIsbn);
  assert.equal((await client.DELETE("/books/{isbn}", { params: { path: { isbn: oddIsbn } } })).response.status, 204);

  const review = await client.POST("/books/{isbn}/review", {
    params: { path: { isbn: "1" } },
    body: { stars: 5, text: "a&b=c +", spoilers: true },
    headers: { "content-type": "application/x-www-form-urlencoded" },
    parseAs: "text",
  });
  assert.equal(review.data, 'application/x-www-form-urlencoded: {"stars":5,"text":"a&b=c +","spoilers":true}');
});

test("openapi-fetch gets problem documents for what the contract forbids", async () => {
  await using library = await serveLibrary();
  const client = createClient<any>({ baseUrl: library.baseUrl });

  const lost = await client.GET("/books/{isbn}", { params: { path: { isbn: "lost" } } });
  assert.deepEqual([lost.response.status, lost.error], [404, { title: "No such book", status: 404 }]);

  const bad = await client.POST("/books", { body: { isbn: "no", title: "", price: 3 } });
  assert.equal(bad.response.status, 400);
  assert.equal(bad.response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(bad.error.errors.map((each: any) => each.pointer).toSorted(), ["#/isbn", "#/price", "#/title"]);

  const far = await client.GET("/books", { params: { query: { limit: 1000 } } });
  assert.equal(far.response.status, 400);
  assert.deepEqual([far.error.errors[0].in, far.error.errors[0].name], ["query", "limit"]);
});
