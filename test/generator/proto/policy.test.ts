import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { lowerProtos } from "../../../generator/src/lower/proto.ts";
import { linkProtos, loadProtos } from "../../../generator/src/load/protos.ts";
import type { LoadedProtos } from "../../../generator/src/load/loaded.ts";
import type { ResolvedPolicy } from "../../../generator/src/model/policy.ts";
import { locate } from "../../../generator/src/source/source-file.ts";
import { compileTree, generateTree, show, sourcesOf, type Tree } from "./proto-case.ts";

const messages = "message Q { string name = 1; } message A {}";
const withPolicy = `edition = "2023";
package p.v1;
import "trilogue/v1/policy.proto";
`;

test("merges the policies of file, service and method, and knows where each value stands", async () => {
  const { policy } = await lowerOne({
    "p.proto": `${withPolicy}
option (trilogue.v1.file_policy) = { timeout: "2s" };
service S {
  option (trilogue.v1.service_policy).retry.max_attempts = 5;
  rpc Get(Q) returns (A) {
    option (trilogue.v1.policy) = {
      idempotency { level: "idempotent" } # a comment
      retry: <
        backoff { initial: "10ms" }
      >
    };
  }
}
${messages}`,
  });
  assert.equal(policy.literal["timeoutMs"], 2000);
  assert.deepEqual(policy.literal["retry"], { maxAttempts: 5, backoff: { initialMs: 10 } });
  assert.deepEqual(originOf(policy, "timeout"), "root 5:47");
  assert.deepEqual(originOf(policy, "retry.maxAttempts"), "service 7:60");
  assert.deepEqual(originOf(policy, "retry.backoff.initial"), "operation 12:28");
});

test("points at the field of a policy that is wrong", async () => {
  const { diagnostics } = await generateTree({
    "p.proto": `${withPolicy}service S {
  rpc Get(Q) returns (A) {
    option (trilogue.v1.policy) = {
      timeout: "soon"
      bulkhead { max_wait: "1s" }  retry { backoff { jitter: "some" } }
      reset: "hedge" reset: ["calls", "hedgee"]
    };
  }
}
${messages}`,
  });
  const places = show(diagnostics).map((text) => text.replace(/ .*/, ""));
  assert.deepEqual([...places].sort(), ["p.proto:7:16", "p.proto:8:62", "p.proto:9:39"]);
});

test("takes idempotency_level as a fact, and the verb and request_id as defaults", async () => {
  const { loaded } = await load({
    "p.proto": `syntax = "proto3"; package p.v1; import "google/api/annotations.proto";
service S {
  rpc Stated(Q) returns (A) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Read(Q) returns (A) { option (google.api.http) = { get: "/a" }; }
  rpc Head(A) returns (A) { option (google.api.http) = { custom { kind: "HEAD" path: "/a" } }; }
  rpc Put(A) returns (A) { option (google.api.http) = { put: "/a" }; }
  rpc Post(A) returns (A) { option (google.api.http) = { post: "/a" }; }
  rpc Keyed(K) returns (A);
  rpc Streamed(stream K) returns (A);
}
message K { string request_id = 1; }
${messages}`,
  });
  const contract = lowerProtos(loaded, {}).value.find(({ path }) => path === "p.proto");
  const levels = (contract?.services[0]?.operations ?? []).map(({ method, policy }) => [
    method.name,
    (policy.literal["idempotency"] as { level: string }).level,
  ]);
  assert.deepEqual(Object.fromEntries(levels), {
    Stated: "safe",
    Read: "safe",
    Head: "safe",
    Put: "idempotent",
    Post: "none",
    Keyed: "keyed",
    Streamed: "none",
  });
  const keyed = contract?.services[0]?.operations.find(({ method }) => method.name === "Keyed");
  assert.deepEqual((keyed?.policy.literal["idempotency"] as { key: unknown }).key, {
    from: "field",
    name: "request_id",
  });
});

test("leaves policies and their import out of embedded descriptors", async () => {
  const text = `${withPolicy}service S {
  rpc Get(Q) returns (A) { option (trilogue.v1.policy).timeout = "1s"; option deprecated = true; }
}
${messages}`;
  const { files } = await generateTree({ "p.proto": text });
  const descriptor = embedded(files.get("p_pb.ts"));
  assert.deepEqual(descriptor.service[0]?.method[0]?.options?.deprecated, true);
  assert.equal(descriptor.service[0]?.method[0]?.options?.$unknown, undefined);
  assert.doesNotMatch(files.get("p_pb.ts") ?? "", /file_trilogue/);
  assert.deepEqual([...files.keys()], ["p_pb.ts", "p_rpc.ts"]);
});

test("keeps and generates the policy file where its messages are used as types", async () => {
  const { files } = await generateTree({ "p.proto": `${withPolicy}message Held { trilogue.v1.Policy policy = 1; }` });
  assert.match(
    files.get("p_pb.ts") ?? "",
    /import \{ file_trilogue_v1_policy \} from "\.\/trilogue\/v1\/policy_pb\.ts";/,
  );
  assert.ok(files.has("trilogue/v1/policy_pb.ts"));
});

test("strips options that are for the source only", async () => {
  const { files } = await generateTree({
    "p.proto": `edition = "2023"; import "google/protobuf/descriptor.proto";
      extend google.protobuf.MessageOptions {
        string kept = 50001; string dropped = 50002 [retention = RETENTION_SOURCE];
      }
      message M { option (kept) = "k"; option (dropped) = "d"; }`,
  });
  assert.deepEqual(
    embedded(files.get("p_pb.ts")).messageType[0]?.options?.$unknown?.map(({ no }) => no),
    [50001],
  );
});

test("reports another option that has the number of ours", async () => {
  const compiled = await compileTree({ "p.proto": `${withPolicy}message M {}` });
  const set = loadProtos({ files: [], entries: new Set(), ...compiled.value }).value;
  assert.ok(set);
  const protos = [...set.registry.files].map((file) => file.proto);
  const other = fromBinary(
    FileDescriptorProtoSchema,
    await descriptorOf(
      `syntax = "proto3"; import "google/protobuf/descriptor.proto";
      extend google.protobuf.MethodOptions { string theirs = 87265; }`,
    ),
  );
  const linked = linkProtos([...protos, other], ["p.proto"], []).value;
  assert.ok(linked);
  assert.deepEqual(show(lowerProtos(linked, {}).diagnostics), [
    'policy-number-taken: extension "theirs" of google.protobuf.MethodOptions has number 87265, ' +
      'which is "trilogue.v1.policy"',
  ]);
});

test("reports a policy that can't be decoded", async () => {
  const compiled = await compileTree({
    "p.proto": `${withPolicy}${messages}
      service S { rpc G(Q) returns (A) { option (trilogue.v1.policy).timeout = "1s"; } }`,
  });
  const loaded = loadProtos({ files: [], entries: new Set(), ...compiled.value }).value;
  const options = loaded?.registry.getService("p.v1.S")?.methods[0]?.proto.options;
  assert.ok(loaded && options?.$unknown);
  options.$unknown = [{ no: 87265, wireType: 2, data: new Uint8Array([2, 10, 200]) }];
  const codes = lowerProtos(loaded, {}).diagnostics.map(({ code }) => code);
  assert.deepEqual(codes, ["policy-option-unreadable"]);
});

async function load(tree: Tree): Promise<{ readonly loaded: LoadedProtos }> {
  const compiled = await compileTree(tree);
  assert.deepEqual(show(compiled.diagnostics), []);
  const loaded = loadProtos({ files: sourcesOf(tree), entries: new Set(), ...compiled.value }).value;
  assert.ok(loaded);
  return { loaded };
}

async function lowerOne(tree: Tree): Promise<{ readonly policy: ResolvedPolicy }> {
  const { loaded } = await load(tree);
  const { value, diagnostics } = lowerProtos(loaded, {});
  assert.deepEqual(show(diagnostics), []);
  const policy = value[0]?.services[0]?.operations[0]?.policy;
  assert.ok(policy);
  return { policy };
}

function originOf(policy: ResolvedPolicy, path: string): string {
  const origin = policy.values.find((value) => value.path === path)?.origin;
  if (origin?.kind !== "contract") return origin?.kind ?? "absent";
  const { line, column } = locate(origin.range.file, origin.range.start);
  return `${origin.layer} ${line}:${column}`;
}

function embedded(text: string | undefined): ReturnType<typeof fromBinary<typeof FileDescriptorProtoSchema>> {
  const [, base64 = ""] = /fileDesc\(\s*"([^"]*)"/.exec(text ?? "") ?? [];
  return fromBinary(FileDescriptorProtoSchema, Buffer.from(base64, "base64"));
}

async function descriptorOf(text: string): Promise<Uint8Array> {
  const { files } = await generateTree({ "other.proto": text });
  const proto = embedded(files.get("other_pb.ts"));
  proto.dependency.push("google/protobuf/descriptor.proto");
  return toBinary(FileDescriptorProtoSchema, proto);
}
