import assert from "node:assert/strict";
import { test } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { load } from "../../../generator/src/load/load.ts";
import type { LoadInput, LoadResult } from "../../../generator/src/load/loaded.ts";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { locate } from "../../../generator/src/source/source-file.ts";
import { describeProto } from "../../../generator/src/load/proto-descriptor.ts";
import { parseProtoText } from "../../../generator/src/load/proto-text.ts";

interface Result {
  readonly value: LoadResult;
  readonly found: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

function loadAll(texts: Readonly<Record<string, string>>, more: Partial<LoadInput> = {}): Result {
  const files = Object.entries(texts).map(([path, text]) => ({ path, displayPath: path, text }));
  const { value, diagnostics } = load({ files, entries: new Set(Object.keys(texts)), ...more });
  const found = diagnostics.map(
    ({ range, code, message }) =>
      `${range === undefined ? "-" : `${range.file.path}:${locate(range.file, range.start).line}`} ${code}: ${message}`,
  );
  return { value, diagnostics, found };
}

/** An AsyncAPI document with one message whose payload is a text; the text begins on line 12. */
function document(proto: string, message: string = "order"): string {
  const indented = proto
    .split("\n")
    .map((line) => (line === "" ? "" : `            ${line}`))
    .join("\n");
  return `asyncapi: 3.0.0
info: { title: Shop, version: "1" }
channels:
  orders:
    address: orders
    messages:
      ${message}:
        contentType: application/x-protobuf
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
${indented}
`;
}

function messagesOf({ value }: Result): readonly string[] {
  return [...(value.loaded.inlineProtos?.values() ?? [])];
}

test("a text becomes a proto file beside its document, and its one unreferenced message the payload", () => {
  const result = loadAll({
    "shop/api.yaml": document(
      `syntax = "proto3";
package shop;
message Line { string sku = 1; }
message Order { repeated Line lines = 1; Order parent = 2; }`,
    ),
  });
  assert.deepEqual(result.found, []);
  assert.deepEqual(messagesOf(result), ["shop.Order"]);
  const { protos } = result.value.loaded;
  assert.deepEqual(protos?.filesToGenerate, ["shop/api/order.proto"]);
  assert.deepEqual(
    protos?.registry.getMessage("shop.Order")?.fields.map(({ name }) => name),
    ["lines", "parent"],
  );
});

test("// @RootNode marks the payload where several messages could be it", () => {
  const marked = document('syntax = "proto3";\n// @RootNode\nmessage B {}\nmessage A {}');
  assert.deepEqual(messagesOf(loadAll({ "a.yaml": marked })), ["B"]);
});

test("the message that is named like the payload is chosen without a mark", () => {
  const named = document('syntax = "proto3";\nmessage Order {}\nmessage Other {}');
  assert.deepEqual(messagesOf(loadAll({ "a.yaml": named })), ["Order"]);
});

test("a text with several possible payloads, or none, is a located error", () => {
  const two = loadAll({ "a.yaml": document('syntax = "proto3";\npackage p;\nmessage A {}\nmessage B {}') });
  assert.deepEqual(two.found, [
    "a.yaml:12 inline-proto-root: the Protobuf text doesn't say which message is the payload; " +
      'expected one of "p.A", "p.B"',
  ]);
  assert.match(two.diagnostics[0]?.help ?? "", /@RootNode/);
  const none = loadAll({ "a.yaml": document('syntax = "proto3";\nenum E { Z = 0; }') });
  assert.deepEqual(none.found, ["a.yaml:12 inline-proto-root: the Protobuf text declares no message"]);
});

test("required in proto3 is read as a plain field, with a warning at its line", () => {
  const result = loadAll({
    "a.yaml": document(
      `syntax = "proto3";
// required int32 c = 3;
message Order {
  string note = 2; // "required"
  required int32 id = 1;
}`,
    ),
  });
  assert.deepEqual(
    result.found.map((line) => line.split(":").slice(0, 2).join(":")),
    ["a.yaml:13 inline-proto-required"],
  );
  assert.equal(result.value.loaded.protos?.registry.getMessage("Order")?.field["id"]?.presence, 2);
});

test("mistakes of the text are located in the document", () => {
  const syntax = loadAll({ "a.yaml": document('syntax = "proto3";\n\nmessage Order {\n  int32 x 1;\n}') });
  assert.deepEqual(syntax.found, [
    "a.yaml:15 bad-inline-proto: the Protobuf text can't be read: illegal token '1', '=' expected",
  ]);
  const type = loadAll({ "a.yaml": document('syntax = "proto3";\nmessage Order {\n  Nowhere x = 1;\n}') });
  assert.deepEqual(type.found, [
    "a.yaml:14 bad-inline-proto: the Protobuf text can't be read: " +
      'type "Nowhere" is declared neither here nor in a file that is imported',
  ]);
});

const importing = document(
  `syntax = "proto3";
import "google/protobuf/timestamp.proto";
import "common/money.proto";
package shop;
message Order { google.protobuf.Timestamp at = 1; common.Money price = 2; }`,
);
const money = 'syntax = "proto3";\npackage common;\nmessage Money { int64 cents = 1; }\n';

test("imports are asked for by path, then generated with the text", () => {
  const first = loadAll({ "a.yaml": importing });
  assert.deepEqual(first.value.needs, ["common/money.proto"]);
  assert.deepEqual(first.found, []);
  const files = [
    { path: "a.yaml", displayPath: "a.yaml", text: importing },
    { path: "common/money.proto", displayPath: "m", text: money },
  ];
  const second = loadAll({}, { files, entries: new Set(["a.yaml"]) });
  assert.deepEqual(second.found, []);
  assert.deepEqual(second.value.loaded.protos?.filesToGenerate, ["a/order.proto", "common/money.proto"]);
  assert.equal(
    second.value.loaded.protos?.registry.getMessage("shop.Order")?.fields[1]?.message?.typeName,
    "common.Money",
  );
});

test("an import that can't be found is an error at the import", () => {
  const result = loadAll({ "a.yaml": importing }, { missing: new Set(["common/money.proto"]) });
  assert.deepEqual(result.found, [
    'a.yaml:14 inline-proto-import: the Protobuf text imports "common/money.proto", which can\'t be found',
  ]);
  const outside = loadAll({ "a.yaml": document('syntax = "proto3";\nimport "../../etc/passwd.proto";\nmessage A {}') });
  assert.deepEqual(outside.value.needs, []);
  assert.deepEqual(outside.found.length, 1);
});

test("a compiled proto of the imported name wins", () => {
  const parsed = parseProtoText('syntax = "proto3";\npackage common;\nmessage Money { string compiled = 1; }\n');
  assert.ok(!("reason" in parsed));
  const { file } = describeProto(parsed, { name: "common/money.proto", findImported: () => undefined });
  const descriptorSet = toBinary(FileDescriptorSetSchema, {
    $typeName: FileDescriptorSetSchema.typeName,
    file: [file],
  });
  const result = loadAll({ "a.yaml": importing, "common/money.proto": money }, { descriptorSet });
  assert.deepEqual(result.found, []);
  assert.deepEqual(
    result.value.loaded.protos?.registry.getMessage("common.Money")?.fields.map(({ name }) => name),
    ["compiled"],
  );
});

test("imports in a circle are an error, not an endless loop", () => {
  const files = [
    { path: "a.yaml", text: document('syntax = "proto3";\nimport "b.proto";\nmessage A {}') },
    { path: "b.proto", text: 'syntax = "proto3";\nimport "c.proto";\n' },
    { path: "c.proto", text: 'syntax = "proto3";\nimport "b.proto";\n' },
  ].map((file) => ({ ...file, displayPath: file.path }));
  const result = loadAll({}, { files, entries: new Set(["a.yaml"]) });
  assert.ok(
    result.found.length > 0 && result.found.every((line) => line.includes("inline-proto-import")),
    result.found.join("\n"),
  );
});

test("one text used twice is one file; two texts with one message name are a located error", () => {
  const text = 'syntax = "proto3";\npackage p;\nmessage Order {}';
  const same = loadAll({ "a.yaml": document(text), "b.yaml": document(text) });
  assert.deepEqual(same.found, []);
  assert.deepEqual(same.value.loaded.protos?.filesToGenerate, ["a/order.proto"]);
  const different = loadAll({ "a.yaml": document(text), "b.yaml": document(`${text.slice(0, -1)} int32 id = 1; }`) });
  assert.deepEqual(different.found, [
    'b.yaml:14 inline-proto-twice: the Protobuf text declares "p.Order", which "a/order.proto" declares too',
  ]);
});

test("hostile keys make safe file names", () => {
  const result = loadAll({ "a.yaml": document('syntax = "proto3";\nmessage M {}', '"../../x\\u2028*/ y"') });
  assert.deepEqual(result.found, []);
  assert.deepEqual(result.value.loaded.protos?.filesToGenerate, ["a/__.._x_y.proto"]);
});

test("2.x documents carry the text in the payload", () => {
  const text = `asyncapi: 2.6.0
info: { title: Shop, version: "1" }
channels:
  orders:
    publish:
      message:
        name: order
        schemaFormat: application/vnd.google.protobuf;version=2
        payload: |
          message Order { required int32 id = 1; }
`;
  const result = loadAll({ "a.yaml": text });
  assert.deepEqual(result.found, []);
  assert.deepEqual(messagesOf(result), ["Order"]);
  assert.equal(result.value.loaded.protos?.registry.getMessage("Order")?.field["id"]?.presence, 3);
});
