import assert from "node:assert/strict";
import test from "node:test";
import { at, documentOf, loadTexts, plain, summarize, targetAt } from "./support.ts";

const head = "asyncapi: 2.6.0\ninfo: {title: T, version: '1'}\n";

function convert(text: string): Record<string, unknown> {
  const { value, diagnostics } = loadTexts({ "a.yaml": head + text });
  assert.deepEqual(summarize(diagnostics), []);
  return plain(documentOf(value.loaded, "a.yaml").root) as Record<string, unknown>;
}

test("splits channels into channels and operations: publish is received, subscribe is sent", () => {
  const root = convert(`channels:
  shop/{id}:
    description: D
    parameters: {id: {description: I, schema: {type: string, enum: [a]}, location: $message.payload#/id}}
    x-trilogue: {timeout: 1s}
    publish:
      operationId: placed
      summary: S
      x-trilogue: {retry: {maxAttempts: 2}}
      message: {$ref: '#/components/messages/Order'}
    subscribe:
      message: {name: Reply, payload: {type: string}}
components: {messages: {Order: {payload: {type: object}}}}
`);
  assert.equal(root["asyncapi"], "3.0.0");
  assert.deepEqual(root["channels"], {
    "shop/{id}": {
      address: "shop/{id}",
      description: "D",
      "x-trilogue": { timeout: "1s" },
      parameters: { id: { description: "I", location: "$message.payload#/id", enum: ["a"] } },
      messages: {
        Order: { $ref: "#/components/messages/Order" },
        Reply: { name: "Reply", payload: { type: "string" } },
      },
    },
  });
  assert.deepEqual(root["operations"], {
    placed: {
      action: "receive",
      channel: { $ref: "#/channels/shop~1{id}" },
      summary: "S",
      "x-trilogue": { retry: { maxAttempts: 2 } },
      messages: [{ $ref: "#/channels/shop~1{id}/messages/Order" }],
    },
    "shop/{id}.subscribe": {
      action: "send",
      channel: { $ref: "#/channels/shop~1{id}" },
      messages: [{ $ref: "#/channels/shop~1{id}/messages/Reply" }],
    },
  });
});

test("names messages by component, id, name and title, and never two alike", () => {
  const root = convert(`channels:
  a:
    publish:
      operationId: op
      message:
        oneOf:
          - {$ref: '#/components/messages/One'}
          - {messageId: two, name: Two}
          - {name: Three}
          - {title: Four}
          - {payload: {}}
          - {name: Three, payload: {type: string}}
    subscribe: {operationId: back, message: {$ref: '#/components/messages/One'}}
components: {messages: {One: {}}}
`);
  assert.deepEqual(Object.keys(at(root as never, "channels", "a", "messages") as object), [
    "One",
    "two",
    "Three",
    "Four",
    "opMessage",
    "op.Three",
  ]);
  assert.deepEqual(at(root as never, "operations", "back", "messages"), [{ $ref: "#/channels/a/messages/One" }]);
});

test("wraps payloads with their schema format, also in components", () => {
  const root = convert(`channels:
  a: {publish: {operationId: a, message: {name: M, schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {type: record}}}}
components:
  messages:
    P: {schemaFormat: 'application/vnd.google.protobuf;version=3', payload: 'message P {}'}
    Q: {schemaFormat: 'application/vnd.aai.asyncapi+json;version=2.6.0', payload: {type: string}}
`);
  assert.deepEqual(at(root as never, "channels", "a", "messages", "M", "payload"), {
    schemaFormat: "application/vnd.apache.avro;version=1.9.0",
    schema: { type: "record" },
  });
  assert.deepEqual(at(root as never, "components", "messages"), {
    P: { payload: { schemaFormat: "application/vnd.google.protobuf;version=3", schema: "message P {}" } },
    Q: { payload: { type: "string" } },
  });
});

test("splits server URLs and turns security into references", () => {
  const root = convert(`servers:
  a: {url: 'mqtt://{host}:1883/path', protocol: mqtt, variables: {host: {default: h}}, security: [{user: []}]}
  b: {url: 'b:9092', protocol: kafka-secure}
channels: {c: {servers: [b]}}
components: {securitySchemes: {user: {type: userPassword}, o: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://a', scopes: {r: x}}}}}}
`);
  assert.deepEqual(root["servers"], {
    a: {
      host: "{host}:1883",
      pathname: "/path",
      protocol: "mqtt",
      variables: { host: { default: "h" } },
      security: [{ $ref: "#/components/securitySchemes/user" }],
    },
    b: { host: "b:9092", protocol: "kafka-secure" },
  });
  assert.deepEqual(at(root as never, "channels", "c", "servers"), [{ $ref: "#/servers/b" }]);
  assert.deepEqual(at(root as never, "components", "securitySchemes", "o", "flows"), {
    implicit: { authorizationUrl: "https://a", availableScopes: { r: "x" } },
  });
});

test("resolves messages to their definitions, and old pointers to new places", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": `${head}channels:\n  a: {publish: {operationId: op, message: {$ref: '#/components/messages/M'}}}\n  b: {subscribe: {operationId: b, message: {name: In, payload: {type: string}}}}\ncomponents: {messages: {M: {payload: {$ref: '#/channels/b/subscribe/message/payload'}}}}\n`,
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.equal(targetAt(value.loaded, "a.yaml", "operations", "op", "messages", 0).pointer, "/components/messages/M");
  assert.equal(targetAt(value.loaded, "a.yaml", "operations", "op", "channel").pointer, "/channels/a");
  assert.equal(
    targetAt(value.loaded, "a.yaml", "components", "messages", "M", "payload").pointer,
    "/channels/b/messages/In/payload",
  );
});

test("takes channels from components and moves tags into info", () => {
  const root = convert(`tags: [{name: t}]
channels: {a: {$ref: '#/components/channels/C'}}
components: {channels: {C: {publish: {operationId: op, message: {name: M}}}}}
`);
  assert.deepEqual(at(root as never, "info"), { title: "T", version: "1", tags: [{ name: "t" }] });
  assert.deepEqual(Object.keys(root["operations"] as object), ["op"]);
  assert.deepEqual(at(root as never, "channels", "a"), { address: "a", messages: { M: { name: "M" } } });
});

test("reports an operation id that is given twice", () => {
  const { diagnostics } = loadTexts({
    "a.yaml": `${head}channels:\n  a: {publish: {operationId: x}}\n  b: {publish: {operationId: x}}\n`,
  });
  assert.deepEqual(summarize(diagnostics), ["a.yaml:5:30 error duplicate-operation-id"]);
});
