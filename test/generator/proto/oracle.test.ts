import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compareWithOracle, compileCorpus, corpusFolder } from "../../corpus/proto-oracle.ts";

/** Small files of the corpus that between them have every syntax and every kind of declaration. */
const sample = [
  "connectrpc/eliza/v1/eliza.proto",
  "connectrpc/conformance/v1/service.proto",
  "google/api/client.proto",
  "google/protobuf/unittest_features.proto",
  "google/protobuf/unittest_retention.proto",
  "google/protobuf/test_messages_proto2.proto",
  "grpc/health/v1/health.proto",
  "google/rpc/error_details.proto",
];

const reason = existsSync(corpusFolder) ? false : `no corpus at ${corpusFolder}; set TRILOGUE_CORPUS`;

test("agrees with protoc-gen-es on a sample of the corpus", { skip: reason }, async () => {
  const corpus = await compileCorpus("protoc");
  const names = sample.filter((name) => corpus.filesToGenerate.includes(name));
  assert.ok(names.length >= 6, `only ${names.length} of the sample are in the corpus`);
  assert.deepEqual(compareWithOracle(corpus, names), []);
});

test("ships the built-in protos with their licence", () => {
  const folder = join(import.meta.dirname, "../../../generator/proto");
  assert.match(readFileSync(join(folder, "google/api/http.proto"), "utf8"), /Licensed under the Apache License/);
  assert.ok(existsSync(join(folder, "LICENSE-APACHE-2.0.txt")));
});
