import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
  type CodeGeneratorResponse,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { runPlugin } from "../../../generator/src/plugin.ts";
import { compileTree, generateTree, type Tree } from "../proto/proto-case.ts";

const tree: Tree = {
  "shop/v1/shop.proto": `edition = "2023"; package shop.v1;
    import "trilogue/v1/policy.proto"; import "shop/v1/order.proto";
    service Shop { rpc Buy(Order) returns (Order) { option (trilogue.v1.policy) = { timeout: "1s" }; } }`,
  "shop/v1/order.proto": 'syntax = "proto3"; package shop.v1; message Order { string id = 1; }',
};
const both = ["shop/v1/order.proto", "shop/v1/shop.proto"];

test("writes the same bytes as the command line", async () => {
  const { files } = await generateTree(tree);
  const { response, notes } = runPlugin(await requestFor(tree, both));
  assert.equal(response.error, "");
  assert.equal(notes, "");
  assert.deepEqual(filesOf(response), Object.fromEntries(files));
});

test("answers that it knows proto3 optional and editions up to 2026", async () => {
  const { response } = runPlugin(await requestFor(tree, both));
  assert.equal(response.supportedFeatures, 3n);
  assert.deepEqual([response.minimumEdition, response.maximumEdition], [998, 1002]);
});

test("leaves messages to protoc-gen-es when asked to", async () => {
  const { response } = runPlugin(await requestFor(tree, both, "messages=external,import_extension=js"));
  assert.deepEqual(Object.keys(filesOf(response)), ["shop/v1/shop_rpc.ts"]);
  assert.match(response.file[0]?.content ?? "", /from "\.\/order_pb\.js"/);
});

test("refuses options that it does not know", async () => {
  const { response } = runPlugin(await requestFor(tree, both, "target=dts"));
  assert.equal(response.error, 'unknown option "target=dts"; expected import_extension=ts|js or messages=own|external');
});

test("says when files that the output needs are not generated in the same run", async () => {
  const { notes, response } = runPlugin(await requestFor(tree, ["shop/v1/shop.proto"]));
  assert.match(notes, /shop\/v1\/order\.proto imported, but not generated in this run/);
  assert.deepEqual(Object.keys(filesOf(response)), ["shop/v1/shop_pb.ts", "shop/v1/shop_rpc.ts"]);
});

test("answers errors in a policy as the host's error, with their place", async () => {
  const wrong = {
    "p.proto": (tree["shop/v1/shop.proto"] ?? "").replace('"1s"', '"soon"'),
    "shop/v1/order.proto": tree["shop/v1/order.proto"] ?? "",
  };
  const { response } = runPlugin(await requestFor(wrong, ["p.proto"]));
  assert.deepEqual(response.file, []);
  assert.match(response.error, /^p\.proto:3:\d+ error /);
  assert.match(response.error, /\n {2}help: /);
});

test("answers bytes that are no request", () => {
  assert.match(runPlugin(new Uint8Array([15])).response.error, /can't read the request/);
});

test("prefers descriptors that keep source-only options", async () => {
  const bytes = await requestFor(tree, both);
  const request = fromBinary(CodeGeneratorRequestSchema, bytes);
  request.sourceFileDescriptors = request.protoFile.filter((file) => both.includes(file.name));
  request.protoFile = request.protoFile.map((file) => (both.includes(file.name) ? withoutOptions(file) : file));
  const { response } = runPlugin(toBinary(CodeGeneratorRequestSchema, request));
  assert.match(filesOf(response)["shop/v1/shop_rpc.ts"] ?? "", /timeoutMs: 1000/);
});

test("runs as a program between standard input and output", async () => {
  const program = join(import.meta.dirname, "../../../generator/bin/protoc-gen-trilogue.js");
  const run = spawnSync(process.execPath, [program], { input: await requestFor(tree, both) });
  assert.equal(run.stderr.toString(), "");
  const response = fromBinary(CodeGeneratorResponseSchema, run.stdout);
  assert.deepEqual(Object.keys(filesOf(response)), [
    "shop/v1/order_pb.ts",
    "shop/v1/shop_pb.ts",
    "shop/v1/shop_rpc.ts",
  ]);
});

/** A request as protoc makes it. */
async function requestFor(
  files: Tree,
  filesToGenerate: readonly string[],
  parameter: string = "",
): Promise<Uint8Array> {
  const { value } = await compileTree(files);
  const { file } = fromBinary(FileDescriptorSetSchema, value.descriptorSet ?? new Uint8Array());
  return toBinary(
    CodeGeneratorRequestSchema,
    create(CodeGeneratorRequestSchema, {
      fileToGenerate: [...filesToGenerate],
      parameter,
      protoFile: file,
    }),
  );
}

function filesOf(response: CodeGeneratorResponse): Record<string, string> {
  return Object.fromEntries(response.file.map(({ name, content }) => [name, content]));
}

/** As a host strips options with source retention; here all of a service's. */
function withoutOptions(file: FileDescriptorProto): FileDescriptorProto {
  return {
    ...file,
    service: file.service.map((service) => ({
      ...service,
      method: service.method.map(({ options: _options, ...method }) => method),
    })),
  };
}
