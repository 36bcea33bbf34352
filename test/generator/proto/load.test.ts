import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { linkProtos } from "../../../generator/src/load/protos.ts";
import { show } from "./proto-case.ts";

test("refuses names that would leave the output folder or hold control characters", () => {
  for (const name of ["../a.proto", "/a.proto", "a//b.proto", "a\n.proto", "a\\b.proto", "a.txt", "C:/a.proto"]) {
    assert.deepEqual(
      link([{ name }], []).diagnostics.map(({ code }) => code),
      ["unsafe-proto-name"],
      name,
    );
  }
});

test("links files in any order", () => {
  const a = { name: "a.proto", dependency: ["b.proto"] };
  const { value, diagnostics } = link([a, { name: "b.proto" }], ["a.proto"]);
  assert.deepEqual(show(diagnostics), []);
  assert.deepEqual(
    [...(value?.registry.files ?? [])].map((file) => file.proto.name),
    ["b.proto", "a.proto"],
  );
});

test("reports imports that are missing or go round in circles, and names that are no identifiers", () => {
  assert.deepEqual(show(link([{ name: "a.proto", dependency: ["b.proto"] }], []).diagnostics), [
    "bad-descriptor-set: the descriptor set can't be read: Cannot find b.proto, imported by a.proto",
  ]);
  const circle = link(
    [
      { name: "a.proto", dependency: ["b.proto"] },
      { name: "b.proto", dependency: ["a.proto"] },
    ],
    [],
  );
  assert.deepEqual(
    circle.diagnostics.map(({ code }) => code),
    ["bad-descriptor-set"],
  );
  const hostile = link([{ name: "a.proto", messageType: [{ name: "A { } ; evil(" }] }], []);
  assert.deepEqual(
    hostile.diagnostics.map(({ code }) => code),
    ["bad-descriptor-set"],
  );
});

test("reports a file that is there twice", () => {
  const { diagnostics } = link([{ name: "a.proto" }, { name: "a.proto" }], []);
  assert.deepEqual(show(diagnostics), [
    'bad-descriptor-set: the descriptor set can\'t be read: "a.proto" is in it twice',
  ]);
});

test("finds the text of a file whose root lies below the contract directory", () => {
  const source = { path: "proto/a.proto", displayPath: "contracts/proto/a.proto", text: "" };
  const { value } = linkProtos([create(FileDescriptorProtoSchema, { name: "a.proto" })], ["a.proto"], [source]);
  assert.equal(value?.sources.get("a.proto"), source);
});

function link(
  files: readonly MessageInitShape<typeof FileDescriptorProtoSchema>[],
  names: readonly string[],
): ReturnType<typeof linkProtos> {
  return linkProtos(
    files.map((file) => create(FileDescriptorProtoSchema, file)),
    names,
    [],
  );
}
