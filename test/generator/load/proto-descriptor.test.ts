import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFileRegistry, fromBinary, toJson, type JsonValue } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { describeProto } from "../../../generator/src/load/proto-descriptor.ts";
import { parseProtoText, type ProtoSymbol, type ProtoText } from "../../../generator/src/load/proto-text.ts";
import { builtInRoot } from "../../../generator/src/shell/built-in-protos.ts";
import { compileTree, type Tree } from "../proto/proto-case.ts";

const features: Tree = {
  "a/proto3.proto": `syntax = "proto3";
package a.v1;
import "a/proto2.proto";
import "google/protobuf/timestamp.proto";
message Outer {
  message Inner { enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; } Kind kind = 1; }
  oneof choice { string text = 1; Inner inner = 2; }
  map<string, Inner> by_id = 3;
  map<int64, bytes> raw2bytes = 4;
  optional int32 count = 5;
  repeated sint64 numbers = 6 [packed = false];
  string old = 7 [deprecated = true, json_name = "former"];
  google.protobuf.Timestamp at = 8;
  .a.v1.Outer next = 9;
  b.Other other = 10;
  uint64 big = 11 [jstype = JS_STRING];
  optional Inner.Kind kind = 12;
  oneof second { bool flag = 13; }
  Outer.Inner.Kind full = 14;
  reserved 20, 30 to 35, 40 to max;
  reserved "gone", "lost";
}
enum Color { option allow_alias = true; RED = 0; ROT = 0 [deprecated = true]; BLUE = -1;
  reserved 5 to 7; reserved "GREEN"; }
`,
  "a/proto2.proto": `syntax = "proto2";
package a.v1.b;
message Other {
  required int32 id = 1 [default = -5];
  optional string name = 2 [default = "x"];
  repeated int32 packed = 3 [packed = true];
  optional Mode mode = 4 [default = FAST];
  optional group Extra = 5 { optional bool on = 1; }
  extensions 100 to 199, 300 to max;
}
enum Mode { SLOW = 1; FAST = 2; }
extend Other { optional string note = 100; }
message Scope { extend Other { repeated Mode modes = 101; } }
`,
  "a/edition.proto": `edition = "2023";
package a.v1;
option features.field_presence = IMPLICIT;
message E { int32 plain = 1; string explicit = 2 [features.field_presence = EXPLICIT]; repeated int32 list = 3; }
`,
};

/** Imports by name, in whatever order; a file's own symbols are found without this. */
function describeAll(tree: Tree): ReadonlyMap<string, FileDescriptorProto> {
  const texts = new Map<string, ProtoText>();
  for (const [name, text] of Object.entries(tree)) {
    const parsed = parseProtoText(text);
    assert.ok(!("reason" in parsed), `${name}: ${"reason" in parsed ? parsed.reason : ""}`);
    texts.set(name, parsed);
  }
  const findImported = (fullName: string): ProtoSymbol | undefined => {
    for (const { symbols } of texts.values()) if (symbols.has(fullName)) return symbols.get(fullName);
    return fullName.startsWith("google.protobuf.") ? "message" : undefined;
  };
  return new Map(
    [...texts].map(([name, text]) => {
      const { file, problems } = describeProto(text, { name, findImported });
      assert.deepEqual(problems, [], name);
      return [name, file];
    }),
  );
}

/** What both give: no services, places, custom options, or options of the file. */
function comparable(file: FileDescriptorProto): JsonValue {
  const { sourceCodeInfo, service, options, dependency, publicDependency, ...json } = toJson(
    FileDescriptorProtoSchema,
    file,
  ) as Record<string, JsonValue>;
  return JSON.parse(
    JSON.stringify({ ...json, dependency: [...((dependency ?? []) as string[])].sort() }, (key, value: JsonValue) =>
      key === "options" && typeof value === "object" && value !== null && Object.keys(value).length === 0
        ? undefined
        : value,
    ),
  ) as JsonValue;
}

async function compileAll(tree: Tree): Promise<ReadonlyMap<string, FileDescriptorProto>> {
  const { value, diagnostics } = await compileTree(tree);
  assert.deepEqual(diagnostics, []);
  const { file } = fromBinary(FileDescriptorSetSchema, value.descriptorSet ?? new Uint8Array());
  return new Map(file.map((proto) => [proto.name, proto]));
}

test("descriptors are those of a compiler, for each feature of the language", async () => {
  const { "a/edition.proto": _edition, ...protos } = features;
  const compiled = await compileAll(protos);
  for (const [name, file] of describeAll(protos))
    assert.deepEqual(comparable(file), comparable(compiled.get(name) ?? file), name);
});

test("editions keep the features of files and fields", async () => {
  const name = "a/edition.proto";
  const read = (file: FileDescriptorProto | undefined): readonly unknown[] => {
    const set = { $typeName: FileDescriptorSetSchema.typeName, file: file === undefined ? [] : [file] };
    return (
      createFileRegistry(set)
        .getMessage("a.v1.E")
        ?.fields.map((field) => [field.name, field.presence]) ?? []
    );
  };
  const compiled = read((await compileAll(features)).get(name));
  assert.equal(compiled.length, 3);
  assert.deepEqual(read(describeAll(features).get(name)), compiled);
});

test("descriptors of the common protos are those of a compiler", async () => {
  const names = readdirSync(builtInRoot, { recursive: true, encoding: "utf8" }).filter((name) =>
    /^google\/(?:type|rpc|api)\/\w+\.proto$/.test(name),
  );
  assert.ok(names.length > 20);
  const tree = Object.fromEntries(names.map((name) => [name, readFileSync(join(builtInRoot, name), "utf8")]));
  const compiled = await compileAll(tree);
  for (const [name, file] of describeAll(tree))
    assert.deepEqual(comparable(file), comparable(compiled.get(name) ?? file), name);
});

test("a text that is no proto is a problem with its line, never an exception", () => {
  const texts: readonly (readonly [string, number | undefined])[] = [
    ['syntax = "proto3";\nmessage A {\n  int32 x 1;\n}', 3],
    ['syntax = "proto4";', 1],
    ["message {", 1],
    ["\u0000", 1],
    ["message A {".repeat(5000), undefined],
    [`message A { } ${" ".repeat(1024 * 1024)}`, undefined],
    ['syntax = "proto3"; message A { int32 x = 1; string x = 2; }', undefined],
  ];
  for (const [text, line] of texts) {
    const parsed = parseProtoText(text);
    assert.ok("reason" in parsed, text.slice(0, 40));
    assert.equal(parsed.line, line, text.slice(0, 40));
  }
});
