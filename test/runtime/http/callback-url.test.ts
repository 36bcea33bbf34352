import assert from "node:assert/strict";
import { test } from "node:test";
import { callbackUrl } from "../../../runtime/src/http/callback-url.ts";
import type { HttpExchange } from "../../../runtime/src/http/expression.ts";
import { operation } from "./support.ts";

function addressOf(expression: string, exchange: HttpExchange): string {
  const callback = { operation: "subscribe", name: "event", expression };
  return callbackUrl(operation({ name: "onEvent", path: "", callback }), exchange).href;
}

const request = {
  path: { id: "a/b" },
  query: { to: "https://hook.example/x?y=1", n: 7, __proto__x: 1 },
  header: { "X-Back": "https://back.example" },
  body: { callbackUrl: "https://a.example/hook/?token=abc", urls: ["https://b.example/"], email: "a&b=c@x.example" },
};

test("the address is what the expression says of the call", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["{$request.body#/callbackUrl}", "https://a.example/hook/?token=abc"],
    ["$request.query.to", "https://hook.example/x?y=1"],
    ["{$request.header.x-back}/data/{$request.path.id}", "https://back.example/data/a%2Fb"],
    ["{$request.body#/urls/0}", "https://b.example/"],
    ["https://c.example?id={$response.body#/id}&s={$statusCode}", "https://c.example/?id=12&s=201"],
    ["https://c.example?email={$request.body#/email}", "https://c.example/?email=a%26b%3Dc%40x.example"],
    ["{$response.header.location}/events", "https://me.example/subscriptions/12/events"],
    ["/hooks/{$request.query.n}", "https://me.example/hooks/7"],
    ["https://d.example/{$method}", "https://d.example/POST"],
    ["{$url}/events", "https://me.example/subscriptions/events"],
  ];
  const response = { status: 201, headers: { Location: "https://me.example/subscriptions/12" }, body: { id: 12 } };
  const exchange = { request, response, url: "https://me.example/subscriptions", method: "POST" };
  for (const [expression, expected] of cases) assert.equal(addressOf(expression, exchange), expected);
});

test("a call without the address, or with one that is no web address, is told so", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["{$request.body#/nothing}", /has no address/],
    ["{$request.body#/urls/length}", /has no address/],
    ["{$request.body#/constructor/name}", /has no address/],
    ["{$request.body#/urls}", /has no address/],
    ["{$response.body#/id}", /has no address/],
    ["https://x/{$request.query.toString}", /has no address/],
    ["{$request.body#/email}", /no http or https URL/],
    ["javascript:{$request.path.id}", /no http or https URL/],
    ["/relative", /no http or https URL/],
  ];
  for (const [expression, why] of refused) {
    assert.throws(() => addressOf(expression, { request }), { name: "TypeError", message: why }, expression);
  }
  assert.throws(() => callbackUrl(operation({ name: "plain", path: "/x" }), { request }), /no callback/);
});
