import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import fc from "fast-check";
import protobuf from "protobufjs";
import { findCompiler } from "../../generator/src/shell/proto-compilers.ts";
import { findCorpus, sampleFolder } from "../corpus/documents.ts";
import { generateTree, show, type Tree } from "../generator/proto/proto-case.ts";
import { root } from "../support/source-tree.ts";
import { buildMessage, drawMessage, readMessage } from "./draw-message.ts";

const scalars = [
  ["double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64"],
  ["fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes", "Colour", "Inner"],
].flat();
const keys = ["int32", "uint32", "sint32", "fixed32", "sfixed32", "bool", "string"];

/** A field of every type in every position that proto3 has. */
const kinds = `syntax = "proto3"; package kinds.v1;
import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; COLOUR_NEGATIVE = -5; COLOUR_FAR = 2147483647; }
message Inner { string name = 1; Inner inner = 2; oneof more { int64 big = 3; bytes raw = 4; } }
message Implicit { ${scalars.map((type, index) => `${type} f_${index} = ${index + 1};`).join(" ")} }
message Optional { ${scalars.map((type, index) => `optional ${type} f_${index} = ${index + 1};`).join(" ")} }
message Repeated { ${scalars.map((type, index) => `repeated ${type} f_${index} = ${index + 1};`).join(" ")} }
message Unpacked { repeated int32 a = 1 [packed = false]; repeated Colour b = 2 [packed = false]; }
message Choice { oneof choice { ${scalars.map((type, index) => `${type} f_${index} = ${index + 1};`).join(" ")} } }
message Values { ${scalars.map((type, index) => `map<string, ${type}> f_${index} = ${index + 1};`).join(" ")} }
message Keys { ${keys.map((type, index) => `map<${type}, Inner> f_${index} = ${index + 1};`).join(" ")} }
message Far { int32 a = 15; int32 b = 16; int32 c = 2047; int32 d = 2048; int32 e = 536870911; }
message Known { google.protobuf.Timestamp at = 1; google.protobuf.Int64Value wrapped = 2; repeated Known known = 3; }`;

/** Files of the corpus that between them have proto2, proto3 and editions, groups, and much nesting. */
const wanted = [
  "connectrpc/conformance/v1/service.proto",
  "google/bigtable/v2/data.proto",
  "google/firestore/v1/document.proto",
  "google/protobuf/edition_unittest.proto",
  "google/protobuf/map_proto2_unittest.proto",
  "google/protobuf/unittest_delimited.proto",
  "google/protobuf/unittest_proto3.proto",
  "google/protobuf/unittest_proto3_optional.proto",
  "google/rpc/error_details.proto",
  "grpc/channelz/v1/channelz.proto",
];

const inventory = readFileSync(join(root, "contracts/inventory/v1/inventory.proto"), "utf8");
const policy = readFileSync(join(root, "generator/proto/trilogue/v1/policy.proto"), "utf8");
const cases: { readonly name: string; readonly tree: Tree; readonly file: string }[] = [
  { name: "every kind of field", tree: { "kinds/v1/kinds.proto": kinds }, file: "kinds/v1/kinds.proto" },
  {
    name: "the shop's inventory",
    tree: { "inventory/v1/inventory.proto": inventory, "trilogue/v1/policy.proto": policy },
    file: "inventory/v1/inventory.proto",
  },
];
const texts = new Map([...listTexts(sampleFolder), ...listTexts(findCorpus())]);
for (const file of wanted) {
  if (texts.has(file)) cases.push({ name: file, tree: closureOf(file), file });
}

const cache = join(root, ".cache/oracles/protobufjs");
let folders = 0;
after(() => rmSync(cache, { recursive: true, force: true }));

for (const { name, tree, file } of cases) {
  test(`${name}: protobufjs reads what our messages write, and writes what they read`, async () => {
    const messages = await generateMessages(tree, file);
    assert.ok(messages.length > 0);
    const oracle = readOracle(tree);
    for (const desc of messages) checkBothWays(desc, oracle);
  });
}

test("another encoding of one field is seen", async () => {
  const file = "a.proto";
  const [desc] = await generateMessages(
    { [file]: 'syntax = "proto3"; message A { sint32 a = 1; string b = 2; }' },
    file,
  );
  assert.ok(desc !== undefined);
  checkBothWays(desc, readOracle({ [file]: 'syntax = "proto3"; message A { sint32 a = 1; string b = 2; }' }));
  for (const other of ["int32 a = 1; string b = 2;", "sint32 a = 1; bytes b = 2;", "sint32 a = 1; string b = 3;"]) {
    assert.throws(
      () => checkBothWays(desc, readOracle({ [file]: `syntax = "proto3"; message A { ${other} }` })),
      /Property failed/,
      other,
    );
  }
});

function checkBothWays(desc: DescMessage, oracle: protobuf.Root): void {
  const type = oracle.lookupType(desc.typeName);
  const property = fc.property(drawMessage(desc), (plain) => {
    const bytes = toBinary(desc, buildMessage(desc, plain).message);
    const read = type.toObject(type.decode(bytes), { longs: String, bytes: String });
    assert.deepEqual(read, plain, `${desc.typeName}: protobufjs reads something else`);
    const written = type.encode(type.fromObject(plain)).finish();
    const back = readMessage(reflect(desc, fromBinary(desc, written)));
    assert.deepEqual(back, plain, `${desc.typeName}: we read something else`);
  });
  fc.assert(property, { numRuns: 25, seed: 1 });
}

/** Compiles, generates and loads; the messages that the file declares, as our modules export them. */
async function generateMessages(tree: Tree, file: string): Promise<readonly DescMessage[]> {
  const folder = join(cache, String((folders += 1)));
  const { files, diagnostics } = await generateTree(tree, { compilers: ["protoc"] });
  assert.deepEqual(show(diagnostics.filter(({ severity }) => severity === "error")), []);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const path = join(folder, file.replace(/\.proto$/, "_pb.ts"));
  const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, { readonly kind?: unknown }>>;
  return Object.values(module).filter((value): value is DescMessage => value.kind === "message");
}

/** The same texts, read by protobufjs' own parser. */
function readOracle(tree: Tree): protobuf.Root {
  const oracle = new protobuf.Root();
  const include = findCompiler(root, ["protoc"])?.include ?? "";
  const known = new Set<string>();
  const add = (path: string): void => {
    if (known.has(path)) return;
    known.add(path);
    const text = tree[path] ?? readIfThere(join(include, path)) ?? readIfThere(join(root, "generator/proto", path));
    assert.ok(text !== undefined, path);
    const { imports = [], weakImports = [] } = protobuf.parse(text, oracle, { keepCase: true });
    for (const imported of [...(imports ?? []), ...(weakImports ?? [])]) add(imported);
  };
  for (const path of Object.keys(tree)) add(path);
  oracle.resolveAll();
  return oracle;
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Protos of a corpus by the name that others import them by. */
function listTexts(corpus: string | undefined): readonly (readonly [string, string])[] {
  const folder = join(corpus ?? "", "proto");
  if (corpus === undefined || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".proto"))
    .map((path) => [path.slice(path.indexOf("/") + 1), readFileSync(join(folder, path), "utf8")]);
}

/** A file and all that it imports from the corpus. */
function closureOf(file: string): Tree {
  const tree: Record<string, string> = {};
  const add = (path: string): void => {
    const text = texts.get(path);
    if (text === undefined || Object.hasOwn(tree, path)) return;
    tree[path] = text;
    for (const [, imported] of text.matchAll(/^import\s+(?:public\s+|weak\s+)?"([^"]+)";/gm)) add(imported ?? "");
  };
  add(file);
  return tree;
}
