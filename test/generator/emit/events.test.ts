import { match, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { declarationOf, fileOf, generateFrom } from "./contracts.ts";

/** The `_events` module of a document with one channel, one operation `orderChanged` and these messages. */
function eventsOf(messages: Readonly<Record<string, object>>): string {
  const document = {
    asyncapi: "3.0.0",
    info: { title: "Shop events", version: "1" },
    channels: { orders: { address: "shop.orders", messages } },
    operations: { orderChanged: { action: "send", summary: "Tells.", channel: { $ref: "#/channels/orders" } } },
  };
  return fileOf(generateFrom({ "shop/v1/a.yaml": JSON.stringify(document) }), "shop/v1/a_events.ts");
}

test("events are a union of messages by type", () => {
  const text = eventsOf({
    OrderPlaced: { payload: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
    OrderPaid: { payload: { type: "string" }, contentType: "text/plain" },
  });
  strictEqual(
    declarationOf(text, "OrderChangedEvent"),
    [
      "export type OrderChangedEvent =",
      '  | { readonly type: "OrderPlaced"; readonly data: { readonly id: string } }',
      '  | { readonly type: "OrderPaid"; readonly data: string };',
    ].join("\n"),
  );
});

test("headers may be left out when none is required", () => {
  const headers = { type: "object", properties: { a: { type: "string" } } };
  match(eventsOf({ M: { headers, payload: {} } }), /readonly headers\?: \{ readonly a\?: string \};/);
  match(
    eventsOf({ M: { headers: { ...headers, required: ["a"] }, payload: {} } }),
    /readonly headers: \{ readonly a: string \};/,
  );
});

test("descriptors are data, but for codecs marked pure", () => {
  const text = eventsOf({ M: { payload: { type: "integer", minimum: 1 } } });
  match(text, /messages: \[\{ type: "M", codec: \/\*@__PURE__\*\/ jsonCodec\(\), validate: validateMPayload \}\],/);
  match(text, /export const ShopEvents: EventService<ShopEventsOperations> = \{/);
  match(
    text,
    /\/\*\* Tells\. \(shop\/v1\/a\.yaml:1\) \*\/\nexport const orderChanged: EventOperation<OrderChangedEvent> = \{/,
  );
});
