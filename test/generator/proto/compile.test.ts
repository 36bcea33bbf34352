import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { loadProtos } from "../../../generator/src/load/protos.ts";
import { compileProtos } from "../../../generator/src/shell/compile-protos.ts";
import { readBufFindings, readProtocFindings } from "../../../generator/src/shell/proto-findings.ts";
import { findProtoHint } from "../../../generator/src/shell/proto-hint.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";
import { root } from "../../support/source-tree.ts";
import { compileTree, generateTree, show, sourcesOf, withTree, type Tree } from "./proto-case.ts";

const broken = {
  "a/v1/a.proto": 'syntax = "proto3";\npackage a.v1;\nimport "no/such.proto";\nmessage A {\n  B b = 1;\n}\n',
};

test("locates what buf finds", async () => {
  const { diagnostics, value } = await compileTree(broken, { compilers: ["buf"] });
  assert.deepEqual(value, {});
  assert.deepEqual(show(diagnostics), [
    "a/v1/a.proto:3:1 proto-invalid: imported file does not exist",
    'a/v1/a.proto:5:3 proto-invalid: cannot find "B" in this scope',
  ]);
  assert.match(diagnostics[0]?.help ?? "", /nothing is downloaded/);
});

test("locates what protoc finds", async () => {
  const { diagnostics } = await compileTree(broken);
  assert.deepEqual(show(diagnostics), [
    'a/v1/a.proto:3:1 proto-invalid: import "no/such.proto" was not found or had errors',
    'a/v1/a.proto:5:3 proto-invalid: "B" is not defined',
  ]);
});

const policyImport = 'import "trilogue/v1/policy.proto";';
const withOption = (head: string, option: string): string => `syntax = "proto3";
package a.v1;
${head}
service S {
  rpc Say(R) returns (R) {
${option}
  }
}
message R {}
`;

for (const compiler of ["buf", "protoc"] as const) {
  test(`helps with what a compiler can't know of policies and semicolons (${compiler})`, async () => {
    const helps: readonly (readonly [text: string, help: string])[] = [
      [withOption("", 'option (trilogue.v1.policy) = { timeout: "2s" };'), 'add import "trilogue/v1/policy.proto";'],
      [withOption("option (trilogue.v1.file_policy).timeout = '2s';", ""), 'add import "trilogue/v1/policy.proto";'],
      [
        withOption(policyImport, 'option (trilogue.v1.policy) = { timout: "2s" };'),
        '"timout" is no field of trilogue.v1.Policy; did you mean "timeout"?',
      ],
      [
        withOption(policyImport, "option (trilogue.v1.policy) = { circuit_breaker { minimumCalls: 3 } };"),
        '"minimumCalls" is no field of trilogue.v1.CircuitBreaker; did you mean "minimum_calls"?',
      ],
      [
        withOption(policyImport, "option (trilogue.v1.policy).retry.max_attempt = 3;"),
        '"max_attempt" is no field of trilogue.v1.Retry; did you mean "max_attempts"?',
      ],
      [
        withOption(policyImport, "option (trilogue.v1.policy) = { emits { elephant: 3 } };"),
        '"elephant" is no field of trilogue.v1.Emit; it has message, when',
      ],
      [
        'syntax = "proto3";\npackage a.v1 // mine\n\nmessage R {}\n',
        'correct the proto file; a ";" may be missing at the end of the line before',
      ],
      ['syntax = "proto3";\npackage a.v1;\nmessage R { string }\n', "correct the proto file"],
    ];
    for (const [text, help] of helps) {
      const { diagnostics } = await compileTree({ "a.proto": text }, { compilers: [compiler] });
      assert.equal(diagnostics[0]?.help, help, text);
    }
  });
}

test("knows the fields of every message of the policy", async () => {
  const policyProto = await readFile(join(root, "generator/proto/trilogue/v1/policy.proto"), "utf8");
  const file: SourceFile = { path: "a.proto", displayPath: "a.proto", text: policyImport };
  for (const [, type = "", body = ""] of policyProto.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const fields = [...body.matchAll(/^ {2}[\w. ]+ (\w+) = \d+;/gm)].map(([, name]) => name);
    const message = `message type "trilogue.v1.${type}" has no field named "qqqqqqqqqq"`;
    const hint = findProtoHint(message, { file, start: 0, end: 0 });
    assert.ok(hint?.kind === "field", type);
    assert.deepEqual([...hint.known].sort(), fields.sort(), type);
  }
});

test("shows what a compiler says in another form", () => {
  const none = (): undefined => undefined;
  assert.deepEqual(show(readBufFindings('Failure: {"oh": no}\n{ not json\n', none)), [
    'proto-compiler-failed: buf failed: Failure: {"oh": no}; { not json',
  ]);
  assert.deepEqual(show(readProtocFindings("a.proto: warning: unused\nprotoc: out of memory\n", none)), [
    "proto-compiler-failed: protoc failed: protoc: out of memory",
  ]);
});

test("says what to install when there is no compiler", async () => {
  const { diagnostics } = await compileTree({ "a.proto": 'syntax = "proto3";' }, { compilers: [] });
  assert.deepEqual(show(diagnostics), ["no-proto-compiler: 1 proto file needs a compiler, and none was found"]);
  assert.match(diagnostics[0]?.help ?? "", /@bufbuild\/buf/);
});

test("gives the same output whichever compiler runs", async () => {
  const tree: Tree = {
    "shop/v1/shop.proto": `edition = "2023"; package shop.v1;
      import "google/api/annotations.proto"; import "google/api/field_behavior.proto";
      import "buf/validate/validate.proto";
      import "trilogue/v1/policy.proto";
      option (trilogue.v1.file_policy).timeout = "1s"; option (trilogue.v1.file_policy).retry.max_attempts = 2;
      service Shop { rpc Buy(Order) returns (Order) {
        option (google.api.http) = { body: "*" post: "/a" additional_bindings { put: "/b" } };
      } }
      message Order {
        string id = 1 [
          (buf.validate.field).string.max_len = 9, (google.api.field_behavior) = REQUIRED,
          (buf.validate.field).string.min_len = 1
        ];
        float rate = 2 [default = 9e9];
      }`,
  };
  const [byBuf, byProtoc] = [
    await generateTree(tree, { compilers: ["buf"] }),
    await generateTree(tree, { compilers: ["protoc"] }),
  ];
  assert.deepEqual(show(byBuf.diagnostics), []);
  assert.ok(byBuf.files.has("google/api/http_pb.ts"), "what is imported is generated too");
  assert.deepEqual([...byBuf.files], [...byProtoc.files]);
});

for (const compiler of ["buf", "protoc"] as const) {
  test(`finds imports in the modules of the nearest buf.yaml (${compiler})`, async () => {
    const { value, diagnostics } = await compileTree(
      {
        "buf.yaml":
          "version: v2\nmodules:\n  - path: contracts/proto\n    excludes: [contracts/proto/old]\n  - path: vendored\n",
        "contracts/proto/a/v1/a.proto":
          'syntax = "proto3"; package a.v1; import "v/v1/v.proto"; message A { v.v1.V v = 1; }',
        "contracts/proto/old/bad.proto": "not a proto at all",
        "vendored/v/v1/v.proto": 'syntax = "proto3"; package v.v1; message V {}',
        "vendored/v/v1/unused.proto": "not a proto either",
      },
      { contracts: "contracts", compilers: [compiler] },
    );
    assert.deepEqual(show(diagnostics), []);
    assert.deepEqual(value.protoFilesToGenerate, ["a/v1/a.proto", "v/v1/v.proto"]);
  });

  test(`prefers the user's copy of a built-in proto (${compiler})`, async () => {
    const tree = {
      "a.proto": 'syntax = "proto3"; import "google/rpc/code.proto"; message A { google.rpc.Code code = 1; }',
      "google/rpc/code.proto": 'syntax = "proto3"; package google.rpc; enum Code { MINE = 0; }',
    };
    const { files } = await generateTree(tree, { compilers: [compiler] });
    assert.match(files.get("google/rpc/code_pb.ts") ?? "", /MINE: 0/);
  });
}

test("reports a buf.yaml that can't be used", async () => {
  const { diagnostics } = await compileTree({
    "buf.yaml": "version: v2\nmodules: 3\n",
    "a.proto": 'syntax = "proto3";',
  });
  assert.deepEqual(show(diagnostics), ['bad-buf-config: "buf.yaml" can\'t be used: "modules" is no list']);
});

test("reports one import name in two roots", async () => {
  const tree = { "one/a.proto": 'syntax = "proto3";', "two/a.proto": 'syntax = "proto3";' };
  const { diagnostics } = await withTree(tree, (folder) =>
    compileProtos({
      roots: [folder],
      workingDirectory: folder,
      compilers: ["protoc"],
      files:
        (writeFileSync(join(folder, "buf.yaml"), "version: v2\nmodules: [{ path: one }, { path: two }]"),
        sourcesOf(tree)),
    }),
  );
  assert.deepEqual(show(diagnostics), [
    'proto-file-twice: "a.proto" is in two proto roots, "one/a.proto" and "two/a.proto"',
  ]);
});

test("refuses file names that could become compiler flags or leave the output folder", async () => {
  const { diagnostics } = await compileTree({ "a\n--plugin=x.proto": 'syntax = "proto3";' });
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["unsafe-proto-name"],
  );
});

test("takes a descriptor set from elsewhere, with all that it holds", async () => {
  const tree = {
    "a.proto": 'syntax = "proto3"; import "google/protobuf/any.proto"; message A { google.protobuf.Any any = 1; }',
  };
  const { value: compiled } = await compileTree(tree);
  const { value } = await withTree({}, (folder) => {
    writeFileSync(join(folder, "set.binpb"), compiled.descriptorSet ?? "");
    return compileProtos({ roots: [], files: [], workingDirectory: folder, descriptorSet: join(folder, "set.binpb") });
  });
  assert.deepEqual(value.protoFilesToGenerate, ["a.proto"]);
});

test("reports bytes that are no descriptor set, and files that are not in it", async () => {
  const garbage = loadProtos({
    files: [],
    entries: new Set(),
    descriptorSet: new TextEncoder().encode("swagger: 2.0"),
  });
  assert.deepEqual(
    garbage.diagnostics.map(({ code }) => code),
    ["bad-descriptor-set"],
  );
  const { value } = await compileTree({ "a.proto": 'syntax = "proto3";' });
  const absent = loadProtos({ files: [], entries: new Set(), ...value, protoFilesToGenerate: ["b.proto"] });
  assert.deepEqual(show(absent.diagnostics), [
    'missing-in-descriptor-set: "b.proto" is to be generated but is not in the descriptor set',
  ]);
});
