import assert from "node:assert/strict";
import { test } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { load } from "../../../generator/src/load/load.ts";
import { describeProto } from "../../../generator/src/load/proto-descriptor.ts";
import { parseProtoText } from "../../../generator/src/load/proto-text.ts";
import { lower } from "../../../generator/src/lower/lower.ts";
import type { EventMessageModel } from "../../../generator/src/model/event.ts";
import { show } from "./openapi-support.ts";

const proto = `syntax = "proto3";
package shop.v1;
message OrderPlaced { string id = 1; }
enum State { STATE_UNSPECIFIED = 0; }
`;

/** Lowers a message with this body, which begins on line 8, beside a compiled `shop/v1/orders.proto`. */
function lowerWithProto(body: string): {
  readonly message: EventMessageModel | undefined;
  readonly found: readonly string[];
  readonly help: string;
} {
  const parsed = parseProtoText(proto);
  assert.ok(!("reason" in parsed));
  const { file } = describeProto(parsed, { name: "shop/v1/orders.proto", findImported: () => undefined });
  const descriptorSet = toBinary(FileDescriptorSetSchema, {
    $typeName: FileDescriptorSetSchema.typeName,
    file: [file],
  });
  const indented = body
    .split("\n")
    .map((line) => `        ${line}`)
    .join("\n");
  const text = `asyncapi: 3.0.0
info: { title: Shop events, version: "1" }
channels:
  orders:
    address: orders
    messages:
      placed:
${indented}
operations:
  orderPlaced: { action: send, channel: { $ref: '#/channels/orders' } }
`;
  const files = [
    { path: "shop/v1/events.yaml", displayPath: "events.yaml", text },
    { path: "shop/v1/orders.proto", displayPath: "orders.proto", text: proto },
  ];
  const loaded = load({ files, entries: new Set(files.map(({ path }) => path)), descriptorSet });
  assert.deepEqual(loaded.value.needs, []);
  const lowered = lower(loaded.value.loaded, {});
  const diagnostics = [...loaded.diagnostics, ...lowered.diagnostics];
  const contract = lowered.value.contracts.find(({ kind }) => kind === "event");
  return {
    message: contract?.kind === "event" ? contract.operations[0]?.messages[0] : undefined,
    found: diagnostics.map((diagnostic) => `${show(diagnostic)}: ${diagnostic.message}`),
    help: diagnostics[0]?.help ?? "",
  };
}

const protoRef = (name: string): string =>
  `payload:\n  schemaFormat: application/vnd.trilogue.proto-ref\n  schema: ${name}`;

test("a payload names a message of a proto contract, in binary unless the content type says JSON", () => {
  const binary = lowerWithProto(protoRef("shop.v1.OrderPlaced"));
  assert.deepEqual(binary.found, []);
  assert.equal(binary.message?.payload?.message, "shop.v1.OrderPlaced");
  assert.deepEqual([binary.message.format, binary.message.contentType], ["protobuf", "application/protobuf"]);
  const json = lowerWithProto(`contentType: application/json\n${protoRef(".shop.v1.OrderPlaced")}`);
  assert.equal(json.message?.payload?.message, "shop.v1.OrderPlaced");
  assert.deepEqual([json.message.format, json.message.contentType], ["protobufJson", "application/json"]);
});

test("an unknown message is an error with the nearest name", () => {
  assert.deepEqual(lowerWithProto(protoRef("OrderPlaced")).found, [
    'shop/v1/events.yaml:10 unknown-proto-message: no proto contract declares message "OrderPlaced"; ' +
      'did you mean "shop.v1.OrderPlaced"?',
  ]);
  assert.deepEqual(lowerWithProto(protoRef("shop.v1.OrderPlacd")).found, [
    'shop/v1/events.yaml:10 unknown-proto-message: no proto contract declares message "shop.v1.OrderPlacd"; ' +
      'did you mean "shop.v1.OrderPlaced"?',
  ]);
  assert.deepEqual(lowerWithProto(protoRef("shop.v1.State")).found, [
    'shop/v1/events.yaml:10 unknown-proto-message: no proto contract declares message "shop.v1.State"',
  ]);
  assert.deepEqual(lowerWithProto(protoRef("7")).found.length, 1);
});

test("a reference to a proto file is read too, with a word on the form that others read", () => {
  for (const body of [
    "payload: { $ref: './orders.proto#shop.v1.OrderPlaced' }",
    "payload: { schemaFormat: application/x-protobuf, schema: { $ref: './orders.proto#/OrderPlaced' } }",
  ]) {
    const { message, found, help } = lowerWithProto(body);
    assert.equal(message?.payload?.message, "shop.v1.OrderPlaced", body);
    assert.equal(message.format, "protobuf");
    assert.match(found[0] ?? "", /proto-ref-by-file/);
    assert.equal(found.length, 1);
    assert.equal(help, "write schemaFormat: application/vnd.trilogue.proto-ref and schema: shop.v1.OrderPlaced");
  }
  const { found } = lowerWithProto("payload: { $ref: './orders.proto#shop.v1.State' }");
  assert.match(found[0] ?? "", /events\.yaml:8 unknown-proto-message/);
});
