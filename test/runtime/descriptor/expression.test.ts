import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExpression, parseTemplate } from "../../../runtime/src/descriptor/expression.ts";

test("runtime expressions are read by the specification's grammar", () => {
  const read: readonly (readonly [string, unknown])[] = [
    ["$url", { from: "url" }],
    ["$method", { from: "method" }],
    ["$statusCode", { from: "statusCode" }],
    ["$request.header.X-Trace", { from: "header", of: "request", name: "X-Trace" }],
    ["$response.header.Location", { from: "header", of: "response", name: "Location" }],
    ["$request.query.filter[a b].c", { from: "query", of: "request", name: "filter[a b].c" }],
    ["$request.path.id", { from: "path", of: "request", name: "id" }],
    ["$request.body", { from: "body", of: "request", pointer: [] }],
    ["$response.body#", { from: "body", of: "response", pointer: [] }],
    ["$response.body#/a~1b/~01/0//x", { from: "body", of: "response", pointer: ["a/b", "~1", "0", "", "x"] }],
  ];
  for (const [text, expected] of read) assert.deepEqual(parseExpression(text), expected, text);
});

test("what the grammar does not say is no expression", () => {
  const wrong = ["", "$", "url", "$Url", "$url ", "$request", "$request.body.url", "$request.body#url", "$request.bdy"];
  wrong.push("$request.body#/a~2", "$request.header.a b", "$request.header.", "$request.query.", "$response.query.a");
  wrong.push("$response.path.a", "$request.cookie.a", "$statusCode.x", "$request.header.é");
  for (const text of wrong) assert.equal(parseExpression(text), undefined, text);
});

test("templates hold expressions in braces; other braces are text", () => {
  const id = { from: "path", of: "request", name: "id" };
  assert.deepEqual(parseTemplate("https://x/{$request.path.id}/{id}?a={$url}"), [
    "https://x/",
    id,
    "/{id}?a=",
    { from: "url" },
  ]);
  assert.deepEqual(parseTemplate("$request.path.id"), [id]);
  assert.deepEqual(parseTemplate("{$request.path.id}"), [id]);
  assert.deepEqual(parseTemplate("/plain"), ["/plain"]);
  assert.deepEqual(parseTemplate(""), []);
  assert.deepEqual(parseTemplate("a{$nothing}b"), { malformed: "{$nothing}" });
  assert.deepEqual(parseTemplate("a{$url"), { malformed: "{$url" });
  assert.deepEqual(parseTemplate("$request.pth.id"), { malformed: "$request.pth.id" });
});
