import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerEvents, lowerMessageBody, operationOf } from "./asyncapi-support.ts";
import { lowerTexts, withoutPlaces } from "./openapi-support.ts";

test("an operation has its channel, and all of the channel's messages where it lists none", () => {
  const lowered = lowerEvents(`servers:
  east: { host: a, protocol: kafka }
  west: { host: b, protocol: amqp }
channels:
  orders:
    address: orders.{region}
    description: Orders of a region.
    parameters: { region: { description: Where. } }
    servers: [{ $ref: '#/servers/east' }]
    messages:
      placed: { payload: { type: string } }
      paid: { payload: { type: integer } }
operations:
  orderEvents: { action: send, summary: All of them., channel: { $ref: '#/channels/orders' } }
  orderPaid:
    action: receive
    channel: { $ref: '#/channels/orders' }
    messages: [{ $ref: '#/channels/orders/messages/paid' }]
`);
  assert.deepEqual(lowered.found, []);
  const all = operationOf(lowered, "orderEvents");
  assert.equal(all.action, "send");
  assert.equal(all.summary, "All of them.");
  assert.deepEqual(
    all.messages.map(({ name }) => name),
    ["placed", "paid"],
  );
  const paid = operationOf(lowered, "orderPaid");
  assert.deepEqual(
    paid.messages.map(({ name }) => name),
    ["paid"],
  );
  assert.equal(paid.channel, all.channel);
  assert.deepEqual(withoutPlaces(paid.channel), {
    name: "orders",
    address: "orders.{region}",
    description: "Orders of a region.",
    parameters: ["region"],
    protocols: ["kafka"],
  });
  assert.equal(lowered.contract.fullName, "ShopEvents");
});

test("a channel without an address goes by its key, one with null has none, and both are on all servers", () => {
  const { contract } = lowerEvents(`servers: { a: { host: h, protocol: nats }, b: { host: h, protocol: kafka } }
channels:
  plain: { messages: {} }
  dynamic: { address: null }
`);
  assert.deepEqual(
    contract.channels.map(({ name, address, protocols }) => [name, address, protocols]),
    [
      ["plain", "plain", ["kafka", "nats"]],
      ["dynamic", null, ["kafka", "nats"]],
    ],
  );
});

test("references lead through other documents, and names stay those of the components", () => {
  const lowered = lowerEvents(
    `channels:
  orders: { $ref: 'parts/common.yaml#/components/channels/shared' }
operations:
  orderPlaced: { action: send, channel: { $ref: '#/channels/orders' } }
`,
    {
      "parts/common.yaml": `asyncapi: 3.0.0
info: { title: Common, version: "1" }
defaultContentType: text/plain
servers: { main: { host: h, protocol: mqtt } }
components:
  channels:
    shared:
      address: shared.orders
      messages:
        placed: { $ref: '#/components/messages/OrderPlaced' }
  messages:
    OrderPlaced: { name: other, payload: { $ref: 'types.yaml#/Text' } }
`,
      "parts/types.yaml": "Text: { type: string, maxLength: 9 }\n",
    },
  );
  assert.deepEqual(lowered.found, []);
  const { channel, messages } = operationOf(lowered, "orderPlaced");
  assert.deepEqual([channel.name, channel.address, channel.protocols], ["orders", "shared.orders", ["mqtt"]]);
  assert.deepEqual(
    messages.map(({ name, format, contentType, payload }) => [name, format, contentType, payload?.ref]),
    [["OrderPlaced", "text", "text/plain", "parts/types.yaml#/Text"]],
  );
});

test("traits add what is not there; later ones stand above earlier ones, and the operation above all", () => {
  const lowered = lowerEvents(`channels:
  orders: { address: orders, messages: { placed: { payload: { type: string } } } }
operations:
  orderPlaced:
    action: send
    channel: { $ref: '#/channels/orders' }
    summary: Own.
    traits: [{ $ref: '#/components/operationTraits/first' }, { $ref: '#/components/operationTraits/second' }]
    bindings: { kafka: { clientId: mine } }
components:
  operationTraits:
    first:
      summary: First.
      description: First.
      bindings: { kafka: { clientId: first, acks: all }, amqp: { deliveryMode: 2 } }
      x-trilogue: { delivery: { concurrency: 2 } }
    second:
      description: Second.
      bindings: { kafka: { acks: one } }
      x-trilogue: { delivery: { concurrency: 3 } }
`);
  const operation = operationOf(lowered, "orderPlaced");
  assert.equal(operation.summary, "Own.");
  assert.equal(operation.description, "Second.");
  assert.deepEqual(withoutPlaces(operation.bindings), {
    kafka: { clientId: "mine", acks: "one" },
    amqp: { deliveryMode: 2 },
  });
  assert.deepEqual(operation.policy.literal["delivery"], { concurrency: 3 });
});

test("a message's traits give it headers beside its own, and a content type where it has none", () => {
  const { message } = lowerMessageBody(`name: Placed
headers: { type: object, properties: { own: { type: string } } }
traits:
  - contentType: application/vnd.shop+json
    description: Of a trait.
    headers: { type: object, required: [common], properties: { common: { type: string } } }
payload: { type: object }`);
  assert.deepEqual(
    [message.name, message.format, message.contentType],
    ["Placed", "json", "application/vnd.shop+json"],
  );
  assert.equal(message.description, "Of a trait.");
  assert.deepEqual(
    message.headers?.allOf?.map(({ properties }) => properties?.map(({ name }) => name)),
    [["own"], ["common"]],
  );
});

test("a reply has its channel and messages; without a list, all of the channel's", () => {
  const lowered = lowerEvents(`channels:
  ask: { address: ask, messages: { question: { payload: { type: string } } } }
  answer: { address: null, messages: { yes: { payload: { type: string } }, no: { payload: { type: string } } } }
operations:
  ask:
    action: send
    channel: { $ref: '#/channels/ask' }
    reply: { address: { location: '$message.header#/replyTo' }, channel: { $ref: '#/channels/answer' } }
  confirm:
    action: receive
    channel: { $ref: '#/channels/ask' }
    reply: { channel: { $ref: '#/channels/answer' }, messages: [{ $ref: '#/channels/answer/messages/yes' }] }
`);
  assert.deepEqual(lowered.found, []);
  const ask = operationOf(lowered, "ask");
  assert.equal(ask.reply?.channel?.address, null);
  assert.deepEqual(
    ask.reply?.messages.map(({ name }) => name),
    ["yes", "no"],
  );
  assert.deepEqual(
    operationOf(lowered, "confirm").reply?.messages.map(({ name }) => name),
    ["yes"],
  );
});

test("messages are named by component, name, title, key, and never twice alike", () => {
  const lowered = lowerEvents(`channels:
  all:
    address: all
    messages:
      a: { $ref: '#/components/messages/Component' }
      b: { name: Named, title: Not this., payload: true }
      c: { title: A title, payload: true }
      d: { payload: true }
      e: { name: Named, payload: true }
operations:
  all: { action: send, channel: { $ref: '#/channels/all' } }
components: { messages: { Component: { name: ignored, payload: true } } }
`);
  assert.deepEqual(
    operationOf(lowered, "all").messages.map(({ name }) => name),
    ["Component", "Named", "A title", "d", "Named2"],
  );
});

test("what is on the wire follows content type and schema", () => {
  const formatOf = (body: string): string => {
    const { message, found } = lowerMessageBody(body);
    return [message.format, message.contentType, ...found].join(" ");
  };
  assert.equal(formatOf("payload: { type: object }"), "json application/json");
  assert.equal(
    formatOf("contentType: application/cloudevents+json; charset=utf-8\npayload: { type: object }"),
    "json application/cloudevents+json; charset=utf-8",
  );
  assert.equal(formatOf("contentType: text/csv\npayload: { type: string }"), "text text/csv");
  assert.equal(
    formatOf("contentType: application/octet-stream\npayload: { type: string, format: binary }"),
    "binary application/octet-stream",
  );
  assert.equal(
    formatOf("contentType: application/xml\npayload: { type: object }"),
    "binary application/xml events.yaml:7 no-codec",
  );
  assert.equal(
    formatOf("payload: { schemaFormat: 'application/schema+json;version=draft-07', schema: { type: string } }"),
    "json application/json",
  );
  assert.equal(
    formatOf("payload: { schemaFormat: application/raml+yaml, schema: {} }"),
    "json application/json events.yaml:8 unknown-schema-format",
  );
});

test("an unknown schema format near to a known one gets a suggestion; the help of others lists all", () => {
  const helpOf = (format: string): string | undefined =>
    lowerMessageBody(`payload: { schemaFormat: ${format}, schema: a.B }`).diagnostics.find(
      ({ code }) => code === "unknown-schema-format",
    )?.help;
  const protoRef = "application/vnd.trilogue.proto-ref";
  assert.equal(helpOf("application/vnd.trilogue.protoref"), `did you mean "${protoRef}"?`);
  assert.equal(helpOf("applicaton/vnd.trilogue.proto-ref;version=1"), `did you mean "${protoRef}"?`);
  assert.match(
    helpOf("application/raml+yaml") ?? "",
    /Avro or Protobuf payload, or name .* application\/vnd\.trilogue/,
  );
});

test("a correlation id is a path into headers or payload", () => {
  const idOf = (location: string): readonly unknown[] => {
    const { message, found } = lowerMessageBody(
      `payload: { type: object }\ncorrelationId: { location: '${location}' }`,
    );
    return [message.correlationId, ...found];
  };
  assert.deepEqual(idOf("$message.header#/x-correlation"), ["headers.x-correlation"]);
  assert.deepEqual(idOf("$message.payload#/order/a~1b"), ["data.order.a/b"]);
  assert.deepEqual(idOf("$response.body#/x"), [undefined, "events.yaml:9 bad-correlation-location"]);
});

test("bindings are plain data: references followed, schemas of one value as that value", () => {
  const lowered = lowerEvents(`channels:
  orders:
    address: orders
    bindings: { $ref: '#/components/channelBindings/all' }
    messages: { placed: { payload: true } }
operations:
  orderPlaced:
    action: receive
    channel: { $ref: '#/channels/orders' }
    bindings:
      kafka:
        groupId: { type: string, enum: [billing] }
        clientId: { type: string, pattern: 'x.*' }
        bindingVersion: 0.5.0
components:
  channelBindings:
    all: { kafka: { topic: shop.orders, partitions: 3 }, x-own: { a: 1 }, ws: {} }
`);
  const { channel, bindings } = operationOf(lowered, "orderPlaced");
  assert.deepEqual(withoutPlaces(channel.bindings), { kafka: { topic: "shop.orders", partitions: 3 } });
  assert.deepEqual(withoutPlaces(bindings), { kafka: { groupId: "billing" } });
});

test("policies come from root, server, channel and operation, on both sides of a message", () => {
  const lowered = lowerEvents(`x-trilogue: { deadLetter: { channel: shop.dead }, delivery: { concurrency: 4 } }
servers:
  main: { host: h, protocol: kafka, x-trilogue: { timeout: 3s } }
channels:
  orders:
    address: orders
    x-trilogue: { delivery: { ordering: perKey } }
    messages: { placed: { payload: { type: object, properties: { id: { type: string } } } } }
operations:
  sent: { action: send, channel: { $ref: '#/channels/orders' }, x-trilogue: { delivery: { key: id, outbox: true } } }
  received: { action: receive, channel: { $ref: '#/channels/orders' }, retry: { maxAttempts: 7 } }
`);
  assert.deepEqual(lowered.found, []);
  const inherited = { timeoutMs: 3000, deadLetter: { channel: "shop.dead" } };
  const { idempotency: _sent, ...sent } = operationOf(lowered, "sent").policy.literal;
  assert.deepEqual(sent, { ...inherited, delivery: { ordering: "perKey", key: "id", outbox: true, concurrency: 4 } });
  const { idempotency: _received, ...received } = operationOf(lowered, "received").policy.literal;
  assert.deepEqual(received, {
    ...inherited,
    retry: { maxAttempts: 7 },
    delivery: { ordering: "perKey", concurrency: 4 },
  });
});

test("an operation without messages is a warning", () => {
  const lowered = lowerEvents(`channels:
  orders: { address: orders }
operations:
  silent: { action: send, channel: { $ref: '#/channels/orders' } }
`);
  assert.deepEqual(lowered.found, ["events.yaml:6 operation-without-messages"]);
  assert.deepEqual(operationOf(lowered, "silent").messages, []);
});

test("a 2.x document is lowered as its 3.x form: publish is received, subscribe is sent", () => {
  const { model, found } = lowerTexts({
    "v2.yaml": `asyncapi: 2.6.0
info: { title: Old, version: "1" }
defaultContentType: application/json
channels:
  orders/{id}:
    parameters: { id: { schema: { type: string } } }
    publish:
      operationId: placeOrder
      message:
        oneOf:
          - { $ref: '#/components/messages/A' }
          - { name: B, payload: { type: integer } }
    subscribe:
      message: { $ref: '#/components/messages/A' }
components:
  messages:
    A: { payload: { type: string }, correlationId: { location: '$message.header#/cid' } }
`,
  });
  assert.deepEqual(found, []);
  const [contract] = model.contracts;
  assert.ok(contract?.kind === "event");
  assert.deepEqual(
    contract.operations.map(({ action, name, channel, messages }) => [
      action,
      name,
      channel.address,
      channel.parameters,
      messages.map((message) => `${message.name} ${message.correlationId ?? "-"}`),
    ]),
    [
      ["receive", "placeOrder", "orders/{id}", ["id"], ["A headers.cid", "B -"]],
      ["send", "orders/{id}.subscribe", "orders/{id}", ["id"], ["A headers.cid"]],
    ],
  );
});

test("hostile names are kept as data", () => {
  const lowered = lowerEvents(`channels:
  __proto__:
    address: "a\\u2028*/"
    messages: { constructor: { payload: { type: string } } }
operations:
  "*/ alert(1) //": { action: send, channel: { $ref: '#/channels/__proto__' } }
`);
  const [operation] = lowered.contract.operations;
  assert.deepEqual(
    [operation?.name, operation?.channel.name, operation?.messages[0]?.name],
    ["*/ alert(1) //", "__proto__", "constructor"],
  );
});
