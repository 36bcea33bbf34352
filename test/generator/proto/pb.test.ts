import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { create, fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { check } from "prettier";
import { generateTree, statementOf } from "./proto-case.ts";

const kinds = `
  edition = "2023";
  package kinds.v1;
  import "google/protobuf/struct.proto";
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
  message Kinds {
    // In cents.
    int64 amount = 1;
    uint64 text_id = 2 [jstype = JS_STRING];
    bytes body = 3;
    repeated double rates = 4;
    map<int32, Color> colors = 5;
    map<bool, Inner> inners = 6;
    google.protobuf.Timestamp at = 7;
    google.protobuf.StringValue nick = 8;
    google.protobuf.Struct extra = 9;
    oneof choice {
      // Counted.
      uint32 count = 10;
      google.protobuf.StringValue label = 11;
    }
    message Inner { bool constructor = 1; }
  }
  // Seen by people.
  enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1 [deprecated = true]; }
`;

test("gives every kind of field the type that protobuf-es expects", async () => {
  const { files } = await generateTree({ "kinds/v1/kinds.proto": kinds });
  assert.equal(
    statementOf(files.get("kinds/v1/kinds_pb.ts"), "export type Kinds ="),
    `
export type Kinds = Message<"kinds.v1.Kinds"> & {
  /** In cents. */
  amount: bigint;
  textId: string;
  body: Uint8Array;
  rates: number[];
  colors: { [key: number]: Color };
  inners: { [key: string]: Kinds_Inner };
  at?: Timestamp | undefined;
  nick?: string | undefined;
  extra?: JsonObject | undefined;
  choice:
    | {
        /** Counted. */
        value: number;
        case: "count";
      }
    | { value: StringValue; case: "label" }
    | { case: undefined; value?: undefined };
};`.trim(),
  );
  assert.equal(
    statementOf(files.get("kinds/v1/kinds_pb.ts"), "export type Kinds_Inner ="),
    `
export type Kinds_Inner = Message<"kinds.v1.Kinds.Inner"> & {
  constructor$: boolean;
};`.trim(),
  );
});

test("writes enums that need no code of TypeScript", async () => {
  const { files } = await generateTree({ "kinds/v1/kinds.proto": kinds });
  const text = files.get("kinds/v1/kinds_pb.ts");
  assert.equal(
    statementOf(text, "export const Color ="),
    `
export const Color = {
  UNSPECIFIED: 0,
  /** @deprecated */
  RED: 1,
} as const;`.trim(),
  );
  assert.equal(
    statementOf(text, "export type Color ="),
    "export type Color = (typeof Color)[keyof typeof Color] | UnknownEnum;",
  );
  assert.match(text ?? "", /\/\*\* Seen by people\. \(kinds\/v1\/kinds\.proto:26\) \*\/\nexport const Color/);
});

test("marks optional scalars of proto3, and leaves proto2 closed enums without unknown values", async () => {
  const { files } = await generateTree({
    "a.proto": 'syntax = "proto3"; message A { optional string note = 1; string name = 2; }',
    "b.proto": `syntax = "proto2"; enum E { X = 1; }
      message B { required E e = 1; optional group G = 2 { optional int32 x = 1; } }`,
  });
  assert.match(files.get("a_pb.ts") ?? "", /note\?: string \| undefined;\n {2}name: string;/);
  assert.match(files.get("b_pb.ts") ?? "", /export type E = \(typeof E\)\[keyof typeof E\];/);
  assert.match(files.get("b_pb.ts") ?? "", /e: E;\n {2}g\?: B_G \| undefined;/);
});

test("names what would collide or is reserved as protoc-gen-es does", async () => {
  const { files } = await generateTree({
    "n.proto": `syntax = "proto3"; message Foo {} message FooSchema {} message Object {}
      service delete { rpc A(Foo) returns (Foo); }`,
  });
  const exported = [...(files.get("n_pb.ts") ?? "").matchAll(/^export (?:const|type) ([\w$]+)/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(
    exported.sort(),
    ["Foo", "FooSchema", "FooSchema$", "FooSchemaSchema", "Object$", "ObjectSchema", "delete$", "file_n"].sort(),
  );
});

test("imports types of other files as types, and well-known ones from the runtime", async () => {
  const { files } = await generateTree(
    {
      "a/v1/a.proto":
        'syntax = "proto3"; package a.v1; import "b/v1/b.proto"; import "google/protobuf/any.proto";' +
        " message A { b.v1.B b = 1; google.protobuf.Any any = 2; }",
      "b/v1/b.proto": 'syntax = "proto3"; package b.v1; message B {}',
    },
    { importExtension: "js" },
  );
  const text = files.get("a/v1/a_pb.ts") ?? "";
  assert.match(text, /import type \{ Any \} from "@trilogue\/runtime\/codegen\/v1\/wkt";/);
  assert.match(text, /import type \{ B \} from "\.\.\/\.\.\/b\/v1\/b_pb\.js";/);
  assert.match(text, /import \{ file_b_v1_b \} from "\.\.\/\.\.\/b\/v1\/b_pb\.js";/);
});

test("keeps hostile comments inside their comment", async () => {
  const { files } = await generateTree({
    "h.proto": `syntax = "proto3";
// */ export const stolen = 1; /*
//
// @ts-nocheck
message H {
  // */ evil: 1;
  string a = 1;
}
`,
  });
  const text = files.get("h_pb.ts") ?? "";
  assert.doesNotMatch(text, /\*\/ export const stolen/);
  assert.doesNotMatch(text, /\*\/ evil/);
  assert.doesNotMatch(text, /^ \* @ts-nocheck/m);
});

test("is formatted as prettier would format it", async () => {
  const long = "Long".repeat(20);
  const { files } = await generateTree({
    "kinds/v1/kinds.proto": kinds,
    "long.proto": `syntax = "proto3"; import "google/protobuf/descriptor.proto";
      message ${long} { oneof ${"o".repeat(60)} { string a = 1; string b = 2; } map<string, ${long}> m = 3; }
      extend google.protobuf.FieldOptions { repeated ${long} some_extension = 50001; }
      enum ${"Enum".repeat(12)} { A = 0; } service S { rpc One(${long}) returns (stream ${long}); }`,
  });
  for (const [path, text] of files) {
    assert.ok(await check(text, { parser: "typescript", printWidth: 120 }), `${path} is not stable under prettier`);
  }
});

test("gives modules that encode and decode", async () => {
  const { files } = await generateTree({ "kinds/v1/kinds.proto": kinds });
  const folder = join(import.meta.dirname, "..", "..", "..", "tmp", `pb-test-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, "kinds_pb.ts"), files.get("kinds/v1/kinds_pb.ts") ?? "");
    const { KindsSchema } = (await import(pathToFileURL(join(folder, "kinds_pb.ts")).href)) as {
      KindsSchema: DescMessage;
    };
    const message = create(KindsSchema, {
      amount: 7n,
      nick: "n",
      choice: { case: "count", value: 3 },
      colors: { 4: 1 },
    });
    assert.deepEqual(fromBinary(KindsSchema, toBinary(KindsSchema, message)), message);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
