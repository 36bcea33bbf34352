import assert from "node:assert/strict";
import { test } from "node:test";
import { avroCodec } from "../../../runtime/src/codegen/v1/avro.ts";
import type { EventMessageModel } from "../../../generator/src/model/event.ts";
import type { NamedType, Schema } from "../../../generator/src/model/schema.ts";
import { lowerMessageBody, type LoweredEvents } from "./asyncapi-support.ts";
import type { Texts } from "./openapi-support.ts";
import { withoutPlaces } from "./openapi-support.ts";

interface LoweredAvro extends LoweredEvents {
  readonly message: EventMessageModel;
  readonly payload: Schema;
  /** The self-contained text for the codec. */
  readonly text: string;
  readonly types: Readonly<Record<string, NamedType>>;
}

/** Lowers an Avro file that a payload refers to, perhaps by a fragment. */
function lowerFile(schema: unknown, fragment: string = "", others: Texts = {}): LoweredAvro {
  const body = `payload:
  schemaFormat: application/vnd.apache.avro;version=1.12.0
  schema: { $ref: 'order.avsc${fragment}' }`;
  const lowered = lowerMessageBody(body, { "order.avsc": JSON.stringify(schema, null, 1), ...others });
  const { payload } = lowered.message;
  assert.ok(payload);
  const types = Object.fromEntries([...lowered.model.types.values()].map((type) => [type.name, type]));
  return { ...lowered, payload, types, text: payload.avro?.schema ?? "" };
}

/** `code: reason` of every finding. */
function reasons({ diagnostics }: LoweredEvents): readonly string[] {
  return diagnostics.map(({ code, message }) => `${code}: ${message.replace("the Avro schema can't be read: ", "")}`);
}

test("a record is an object with every field, and its payload is binary", () => {
  const lowered = lowerFile({
    type: "record",
    name: "Order",
    namespace: "shop.v1",
    doc: "An order.",
    fields: [
      { name: "id", type: "string", doc: "Its id." },
      { name: "amount", type: "long" },
      { name: "blob", type: "bytes" },
      { name: "state", type: { type: "enum", name: "State", symbols: ["OPEN", "PAID"] } },
      { name: "note", type: ["null", "string"], default: null },
      { name: "tags", type: { type: "map", values: "int" } },
      { name: "parent", type: ["null", "Order"] },
    ],
  });
  assert.deepEqual(lowered.found, []);
  assert.equal(lowered.message.format, "avro");
  assert.equal(lowered.message.contentType, "application/vnd.apache.avro");
  assert.equal(lowered.payload.ref, "order.avsc#/shop.v1.Order");
  const { schema, home } = lowered.types["Order"] ?? assert.fail();
  assert.equal(home, "order.avsc");
  assert.deepEqual(withoutPlaces(schema), {
    types: ["object"],
    description: "An order.",
    required: ["id", "amount", "blob", "state", "note", "tags", "parent"],
    properties: [
      { name: "id", schema: { types: ["string"], description: "Its id." } },
      { name: "amount", schema: { types: ["integer"], format: "int64", avro: { schema: '"long"' } } },
      { name: "blob", schema: { types: ["string"], format: "binary", avro: { schema: '"bytes"' } } },
      { name: "state", schema: { ref: "order.avsc#/shop.v1.State" } },
      { name: "note", schema: { anyOf: [{ types: ["null"] }, { types: ["string"] }], default: { value: null } } },
      { name: "tags", schema: { types: ["object"], additionalProperties: { types: ["integer"], format: "int32" } } },
      { name: "parent", schema: { anyOf: [{ types: ["null"] }, { ref: "order.avsc#/shop.v1.Order" }] } },
    ],
  });
});

test("the codec's text needs nothing around it, also for a type inside another", () => {
  const file = {
    type: "record",
    name: "shop.Order",
    fields: [
      {
        name: "at",
        type: {
          type: "record",
          name: "Address",
          aliases: ["A"],
          doc: "x",
          fields: [{ name: "country", type: { type: "enum", name: "Country", symbols: ["DE", "FR"], default: "DE" } }],
        },
      },
      {
        name: "line",
        type: {
          type: "record",
          name: "Line",
          fields: [
            { name: "from", type: "Country" },
            { name: "to", type: "shop.Address" },
          ],
        },
      },
    ],
  };
  const whole = lowerFile(file);
  assert.deepEqual(whole.found, []);
  const value = { at: { country: "DE" }, line: { from: "FR", to: { country: "DE" } } };
  assert.deepEqual(avroCodec(whole.text).decode(avroCodec(whole.text).encode(value)), value);
  const inner = lowerFile(file, "#/shop.Line");
  assert.equal(inner.payload.ref, "order.avsc#/shop.Line");
  assert.deepEqual(JSON.parse(inner.text), {
    type: "record",
    name: "shop.Line",
    fields: [
      { name: "from", type: { type: "enum", name: "shop.Country", symbols: ["DE", "FR"] } },
      {
        name: "to",
        type: { type: "record", name: "shop.Address", fields: [{ name: "country", type: "shop.Country" }] },
      },
    ],
  });
  assert.deepEqual(avroCodec(inner.text).decode(avroCodec(inner.text).encode(value.line)), value.line);
});

test("a type of another Avro file is found by its full name and stays in its file", () => {
  const lowered = lowerFile(
    { type: "record", name: "shop.Order", fields: [{ name: "total", type: "money.Money" }] },
    "",
    {
      "common/money.avsc": JSON.stringify({
        type: "record",
        name: "Money",
        namespace: "money",
        fields: [{ name: "cents", type: "long" }],
      }),
    },
  );
  assert.deepEqual(lowered.found, []);
  assert.equal(lowered.types["Money"]?.home, "common/money.avsc");
  assert.deepEqual(avroCodec(lowered.text).decode(avroCodec(lowered.text).encode({ total: { cents: 5 } })), {
    total: { cents: 5 },
  });
});

test("logical types stay what they are built on, and say what they mean", () => {
  const field = (name: string, type: unknown): object => ({ name, type });
  const { types, diagnostics } = lowerFile({
    type: "record",
    name: "R",
    fields: [
      field("day", { type: "int", logicalType: "date" }),
      field("price", { type: "bytes", logicalType: "decimal", precision: 10, scale: 2 }),
      field("id", { type: "string", logicalType: "uuid" }),
      field("nanos", { type: "long", logicalType: "timestamp-nanos" }),
      field("own", { type: "long", logicalType: "our-own" }),
    ],
  });
  const docs = types["R"]?.schema.properties?.map(({ schema }) => schema.description ?? schema.format);
  assert.deepEqual(docs, [
    "Days since 1970-01-01.",
    "Decimal with 2 digits after the point: its digits as a big-endian two's complement.",
    "uuid",
    "Nanoseconds since 1970-01-01T00:00Z.",
    "int64",
  ]);
  assert.deepEqual(
    diagnostics.map(({ code, severity }) => `${severity} ${code}`),
    ["warning avro-beyond-numbers"],
  );
});

test("a schema in the document itself is read as one in a file", () => {
  const lowered = lowerMessageBody(`payload:
  schemaFormat: application/vnd.apache.avro+yaml;version=1.9.0
  schema:
    type: record
    name: Order
    fields: [{ name: id, type: string }]`);
  assert.deepEqual(lowered.found, []);
  assert.equal(lowered.message.payload?.ref, "events.yaml#/Order");
  assert.equal(
    lowered.message.payload?.avro?.schema,
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}',
  );
});

test("a payload that is declared as JSON is JSON, whatever its schema's format", () => {
  const { message } = lowerMessageBody(
    "contentType: application/json\npayload: { schemaFormat: application/avro, schema: { $ref: 'order.avsc' } }",
    { "order.avsc": '{"type":"record","name":"Order","fields":[]}' },
  );
  assert.equal(message.format, "json");
});

test("two schemas of one document can't declare a name differently", () => {
  const lowered = lowerMessageBody(`headers:
  schemaFormat: application/vnd.apache.avro
  schema: { type: record, name: Order, fields: [] }
payload:
  schemaFormat: application/vnd.apache.avro
  schema: { type: record, name: Order, fields: [{ name: id, type: string }] }`);
  assert.deepEqual(reasons(lowered), [
    'bad-avro: it declares "Order", which another schema of this document declares differently',
  ]);
});

test("mistakes of a schema are located errors, all at once", () => {
  const record = (...fields: readonly unknown[]): object => ({ type: "record", name: "R", fields });
  const cases: readonly (readonly [unknown, readonly string[]])[] = [
    [
      record({ name: "a", type: "Nowhere" }, { name: "b", type: 5 }),
      ['it names "Nowhere", which no Avro schema here declares', "a schema is a name, an object or a list, not 5"],
    ],
    [record({ name: "a b", type: "int" }), ['a field needs a "name" of letters, digits and "_"']],
    [record({ name: "a", type: "int" }, { name: "a", type: "int" }), ['a record has two fields "a"']],
    [{ type: "record", name: "R;x", fields: [] }, ['a record needs a "name" of letters, digits and "_"']],
    [{ type: "record", name: "R" }, ['a record needs a list of "fields"']],
    [
      { type: "enum", name: "E", symbols: ["A", "A"] },
      ['an enum needs a list of different "symbols" of letters, digits and "_"'],
    ],
    [{ type: "fixed", name: "F", size: -1 }, ['a fixed needs a "size" from 0 to 16777216']],
    [["int", "int"], ['a union has two branches "int"']],
    [["int", ["string"]], ["a union stands in a union"]],
    [{ items: "int" }, ['an object needs a "type"']],
    [
      record(
        { name: "a", type: { type: "fixed", name: "F", size: 1 } },
        { name: "b", type: { type: "fixed", name: "F", size: 2 } },
      ),
      ['it declares "F" twice, with different contents'],
    ],
  ];
  for (const [schema, expected] of cases) {
    const lowered = lowerFile(schema);
    assert.deepEqual(
      reasons(lowered),
      expected.map((reason) => `bad-avro: ${reason}`),
    );
    assert.ok(lowered.diagnostics.every(({ range }) => range?.file.path === "order.avsc"));
  }
});

test("a schema without end is an error, not an endless loop", () => {
  let deep: unknown = "int";
  for (let index = 0; index < 150; index += 1) deep = { type: "array", items: deep };
  assert.deepEqual(reasons(lowerFile(deep)), ["bad-avro: it is nested more than 100 deep"]);
});
