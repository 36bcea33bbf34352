import assert from "node:assert/strict";
import { test } from "node:test";
import avsc from "avsc";
import * as fc from "fast-check";
import { avroCodec } from "../../../runtime/src/codegen/v1/avro.ts";

const order = JSON.stringify({
  type: "record",
  name: "shop.v1.Order",
  fields: [
    { name: "id", type: { type: "string", logicalType: "uuid" } },
    { name: "amount", type: "long" },
    { name: "weight", type: "double" },
    { name: "rate", type: "float" },
    {
      name: "lines",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Line",
          fields: [
            { name: "sku", type: "string" },
            { name: "count", type: "int", default: 1 },
          ],
        },
      },
    },
    { name: "labels", type: { type: "map", values: "string" } },
    { name: "state", type: { type: "enum", name: "State", symbols: ["OPEN", "PAID"] } },
    { name: "hash", type: { type: "fixed", name: "Hash", size: 4 } },
    { name: "blob", type: "bytes" },
    { name: "note", type: ["null", "string"], default: null },
    { name: "parent", type: ["null", "Order"], default: null },
    { name: "paid", type: "boolean" },
  ],
});

const line = fc.record({ sku: fc.string(), count: fc.integer() }, { noNullPrototype: true });
const orders = fc.record(
  {
    id: fc.string(),
    amount: fc.maxSafeInteger(),
    weight: fc.double({ noNaN: true }),
    rate: fc.float({ noNaN: true }),
    lines: fc.array(line, { maxLength: 5 }),
    labels: fc.dictionary(fc.string(), fc.string(), { maxKeys: 5, noNullPrototype: true }),
    state: fc.constantFrom("OPEN", "PAID"),
    hash: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    blob: fc.uint8Array({ maxLength: 300 }),
    note: fc.option(fc.string(), { nil: null }),
    parent: fc.constant(null),
    paid: fc.boolean(),
  },
  { noNullPrototype: true },
);

function decodeWith(schema: unknown, bytes: readonly number[]): unknown {
  return avroCodec(JSON.stringify(schema)).decode(Uint8Array.from(bytes));
}

test("what is written reads back as it was, as plain objects and byte arrays", () => {
  const codec = avroCodec(order);
  fc.assert(
    fc.property(orders, orders, (first, second) => {
      const value = { ...first, parent: second };
      assert.deepStrictEqual(codec.decode(codec.encode(value)), value);
    }),
  );
});

test("bytes are those that avsc writes and reads", () => {
  const codec = avroCodec(order);
  const oracle = avsc.Type.forSchema(JSON.parse(order) as never);
  // avsc rounds odd longs beyond 2^52 when it doubles them, and reads a key __proto__ as a prototype.
  const amount = fc.maxSafeInteger().map((value) => Math.trunc(value / 2));
  fc.assert(
    fc.property(
      fc.tuple(orders, amount).map(([value, half]) => ({ ...value, amount: half })),
      (value) => {
        fc.pre(!Object.hasOwn(value.labels, "__proto__"));
        const forOracle = { ...value, hash: Buffer.from(value.hash), blob: Buffer.from(value.blob) };
        const bytes = codec.encode(value);
        assert.deepEqual(Buffer.from(bytes), oracle.toBuffer(forOracle));
        assert.deepEqual(
          JSON.parse(JSON.stringify(oracle.fromBuffer(Buffer.from(bytes)))),
          JSON.parse(JSON.stringify(forOracle)),
        );
      },
    ),
  );
});

test("fields left out are written as their defaults", () => {
  const codec = avroCodec(
    JSON.stringify({
      type: "record",
      name: "R",
      fields: [
        { name: "count", type: "int", default: 7 },
        { name: "mark", type: "bytes", default: "\u0001\u00ff" },
        {
          name: "inner",
          type: { type: "record", name: "I", fields: [{ name: "on", type: "boolean", default: true }] },
          default: {},
        },
        { name: "note", type: ["null", "string"] },
      ],
    }),
  );
  assert.deepStrictEqual(codec.decode(codec.encode({})), {
    count: 7,
    mark: Uint8Array.of(1, 255),
    inner: { on: true },
    note: null,
  });
});

test("a union's value goes to the branch that fits it", () => {
  const record = (name: string, ...fields: readonly string[]): object => ({
    type: "record",
    name,
    fields: fields.map((field) => ({ name: field, type: "int" })),
  });
  const codec = avroCodec(
    JSON.stringify([
      "null",
      "int",
      "double",
      "string",
      { type: "array", items: "int" },
      record("Small", "a"),
      record("Large", "a", "b"),
      "bytes",
    ]),
  );
  const branches = [null, 3, 0.5, "x", [1], { a: 1 }, { a: 1, b: 2 }, Uint8Array.of(9)];
  assert.deepEqual(
    branches.map((value) => codec.encode(value)[0]),
    [0, 2, 4, 6, 8, 10, 12, 14],
  );
  for (const value of branches) assert.deepStrictEqual(codec.decode(codec.encode(value)), value);
});

test("a value that doesn't fit is refused with its place and without its content", () => {
  const codec = avroCodec(order);
  const [value] = fc.sample(orders, { numRuns: 1, seed: 1 });
  const secret = "4111111111111111";
  const refuse = (change: object): string => {
    try {
      codec.encode({ ...value, ...change });
    } catch (error) {
      assert.ok(error instanceof TypeError);
      assert.ok(!error.message.includes(secret));
      return error.message;
    }
    return "accepted";
  };
  assert.equal(
    refuse({
      lines: [
        { sku: "a", count: 1 },
        { sku: "b", count: secret },
      ],
    }),
    "lines[1].count: expected an Avro int",
  );
  assert.equal(refuse({ amount: 2 ** 53 }), "amount: expected an Avro long");
  assert.equal(refuse({ labels: { [secret]: 1 } }), "labels[key]: expected an Avro string");
  assert.equal(refuse({ state: secret }), "state: expected a symbol of the enum");
  assert.equal(refuse({ hash: new Uint8Array(3) }), "hash: expected 4 bytes");
  assert.equal(refuse({ note: 1 }), "note: expected a value of one of the union's types");
});

test("a long beyond the safe integers is refused, never rounded", () => {
  assert.equal(decodeWith("long", [253, 255, 255, 255, 255, 255, 255, 31]), -Number.MAX_SAFE_INTEGER);
  // 2^53, zig-zagged.
  assert.throws(() => decodeWith("long", [128, 128, 128, 128, 128, 128, 128, 32]), /beyond the safe integers/);
  assert.throws(
    () =>
      decodeWith(
        "long",
        Array.from({ length: 11 }, () => 255),
      ),
    /too many bytes/,
  );
  assert.throws(() => decodeWith("int", [128, 128, 128, 128, 16]), /beyond 32 bits/);
});

test("every safe long is written as the zig-zag varint of the specification", () => {
  const codec = avroCodec<number>('"long"');
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      let rest = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
      const expected: number[] = [];
      for (; rest > 127n; rest >>= 7n) expected.push(Number(rest & 127n) | 128);
      assert.deepEqual([...codec.encode(value)], [...expected, Number(rest)]);
      assert.equal(codec.decode(codec.encode(value)), value);
    }),
  );
});

test("hostile payloads are refused before they cost memory", () => {
  const huge = [254, 255, 255, 255, 255, 255, 255, 15];
  const array = (items: unknown): object => ({ type: "array", items });
  assert.throws(() => decodeWith(array("int"), huge), /announces more items/);
  assert.throws(() => decodeWith(array("null"), huge), /announces more items/);
  assert.throws(() => decodeWith({ type: "map", values: "null" }, huge), /announces more items/);
  assert.throws(() => decodeWith("string", huge), /ends too early/);
  assert.throws(() => decodeWith("bytes", [1]), /ends too early/);
  assert.throws(() => decodeWith("string", [2, 255]), TypeError);
  assert.throws(() => decodeWith("boolean", [2]), /neither 0 nor 1/);
  assert.throws(() => decodeWith(["null"], [2]), /no such branch/);
  assert.throws(() => decodeWith("int", [2, 0]), /1 bytes are left/);
  const list = { type: "record", name: "L", fields: [{ name: "next", type: ["null", "L"] }] };
  assert.throws(
    () =>
      decodeWith(
        list,
        Array.from({ length: 1000 }, () => 2),
      ),
    /nested more than 200 deep/,
  );
});

test("any bytes are read or refused with an error of the codec", () => {
  const codec = avroCodec(order);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        codec.decode(bytes);
      } catch (error) {
        assert.ok(error instanceof RangeError || error instanceof TypeError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("a map's key __proto__ is an entry like any other", () => {
  const codec = avroCodec<Record<string, number>>(JSON.stringify({ type: "map", values: "int" }));
  const decoded = codec.decode(codec.encode(JSON.parse('{"__proto__":1}') as Record<string, number>));
  assert.deepEqual(Object.keys(decoded), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
});

test("hostile schemas are refused", () => {
  const use = (schema: unknown): unknown => avroCodec(JSON.stringify(schema)).decode(new Uint8Array());
  let deep: unknown = "int";
  for (let index = 0; index < 200; index += 1) deep = { type: "array", items: deep };
  assert.throws(() => use(deep), /nested more than 100 deep/);
  assert.throws(() => use({ type: "fixed", name: "F", size: 2 ** 40 }), /"size" from 0 to/);
  assert.throws(() => use({ type: "record", name: "a;b", fields: [] }), /needs a name/);
  assert.throws(() => use("Unknown"), /declared nowhere/);
  // Each record doubles the one before it, and none takes a byte.
  let doubled: unknown = { type: "record", name: "R0", fields: [] };
  for (let index = 1; index < 40; index += 1) {
    doubled = {
      type: "record",
      name: `R${index}`,
      fields: [
        { name: "a", type: doubled },
        { name: "b", type: `R${index - 1}` },
      ],
    };
  }
  assert.throws(() => use(doubled), /more than 10000 fields/);
});
