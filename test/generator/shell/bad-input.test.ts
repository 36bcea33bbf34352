import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { formatDiagnostics, gen, locate, type GenResult } from "../../../generator/src/index.ts";
import { contractOf, project, protoContract, readTree, write } from "../cli/support.ts";

/** Errors as `code file:line:column`, or without a place. */
function errorsOf({ diagnostics }: GenResult): readonly string[] {
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, range }) => {
      if (range === undefined) return code;
      const { line, column } = locate(range.file, range.start);
      return `${code} ${range.file.displayPath}:${line}:${column}`;
    });
}

/** A run over files that must fail with these errors, each with help, and write nothing. */
async function refuses(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  wanted: readonly string[],
): Promise<void> {
  await refusesIn(project(context, files), wanted);
}

async function refusesIn(folder: string, wanted: readonly string[]): Promise<void> {
  const result = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.deepEqual(errorsOf(result), wanted, formatDiagnostics(result.diagnostics));
  assert.equal(result.outcome, "failed");
  for (const { message, help } of result.diagnostics) {
    assert.notEqual(help, "");
    assert.doesNotMatch(message, /\.$|\n/);
  }
  assert.equal(existsSync(join(folder, "gen")), false);
}

test("contract directories that aren't there, hold nothing, or nothing that is a contract", async (context) => {
  await refuses(context, {}, ["no-contract-folder"]);
  await refuses(context, { "contracts/readme.md": "# none\n" }, ["no-contracts"]);
  await refuses(context, { "contracts/empty.yaml": "", "contracts/other.json": '{"a": 1}' }, ["no-contracts"]);
  await refuses(context, { contracts: contractOf("a") }, ["no-contract-folder"]);
});

test("files that can't be read: links to nowhere, devices, folders named like contracts are no crash", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("a"), "contracts/folder.yaml/b.txt": "" });
  symlinkSync(join(folder, "nowhere"), join(folder, "contracts/broken.yaml"));
  symlinkSync(join(folder, "contracts/loop.json"), join(folder, "contracts/loop.json"));
  await refusesIn(folder, ["unreadable-file", "unreadable-file"]);
});

test("files without permission are named", { skip: isRoot() }, async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("a"), "contracts/sub/b.yaml": contractOf("b") });
  chmodSync(join(folder, "contracts/a.yaml"), 0);
  chmodSync(join(folder, "contracts/sub"), 0);
  context.after(() => chmodSync(join(folder, "contracts/sub"), 0o700));
  await refusesIn(folder, ["unreadable-file", "unreadable-file"]);
});

function isRoot(): string | false {
  return process.getuid?.() === 0 ? "root may read everything" : false;
}

test("a loop of links is found", async (context) => {
  const folder = project(context, { "contracts/sub/a.yaml": contractOf("a") });
  symlinkSync(join(folder, "contracts"), join(folder, "contracts/sub/again"));
  const result = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.ok(errorsOf(result).includes("folder-too-deep"));
  assert.equal(existsSync(join(folder, "gen")), false);
});

test("bytes that are no UTF-8 are located", async (context) => {
  const folder = project(context);
  const text = Buffer.from(contractOf("a").replace("Things", "Caf?"));
  text[text.indexOf("?")] = 0xe9;
  write(folder, "contracts/latin1.yaml", text);
  write(folder, "contracts/utf16.json", Buffer.from("\ufeff{}", "utf16le"));
  await refusesIn(folder, ["not-utf8 contracts/latin1.yaml:2:19", "not-utf8 contracts/utf16.json:1:1"]);
});

test("a byte order mark and Windows line ends are no error", async (context) => {
  const text = `\ufeff${contractOf("a").replaceAll("\n", "\r\n")}`;
  const folder = project(context, { "contracts/a.yaml": text });
  const { outcome, diagnostics } = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.deepEqual([outcome, diagnostics], ["written", []]);
  for (const written of Object.values(readTree(join(folder, "gen")))) assert.ok(!written.includes("\r"));
});

test("documents over 64 MiB are refused without being read", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("a") });
  truncateSync(join(folder, "contracts/a.yaml"), 64 * 1024 * 1024 + 1);
  await refusesIn(folder, ["document-too-large"]);
});

test("the billion laughs are cut off", async (context) => {
  const levels = Array.from({ length: 12 }, (_level, index) =>
    index === 0
      ? "l0: &l0 [ha, ha, ha]"
      : `l${index}: &l${index} [${Array(9)
          .fill(`*l${index - 1}`)
          .join(", ")}]`,
  );
  const text = `${contractOf("a")}x-laughs:\n  ${levels.join("\n  ")}\n`;
  const folder = project(context, { "contracts/a.yaml": text });
  const result = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.deepEqual(
    errorsOf(result).map((error) => error.split(":")[0]),
    ["contract-limit contracts/a.yaml"],
  );
});

test("nesting without end is cut off in YAML, JSON and schemas", async (context) => {
  const deep = 100_000;
  const files = {
    "contracts/a.json": `{"openapi": "3.1.0", "x": ${"[".repeat(deep)}${"]".repeat(deep)}}`,
    "contracts/b.yaml": `openapi: 3.1.0\nx: ${"[".repeat(deep)}${"]".repeat(deep)}\n`,
  };
  const folder = project(context, files);
  const result = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  const places = errorsOf(result).map((error) => error.split(":")[0]);
  assert.deepEqual(places, ["contract-limit contracts/a.json", "contract-limit contracts/b.yaml"]);
});

test("a chain of many references is no stack overflow", async (context) => {
  const schemas = Array.from({ length: 5000 }, (_schema, index) => [
    `S${index}`,
    {
      allOf: [{ $ref: `#/components/schemas/S${index + 1}` }],
      properties: { a: { $ref: `#/components/schemas/S${index + 1}` } },
    },
  ]);
  const document = {
    openapi: "3.1.0",
    info: { title: "Chain", version: "1" },
    paths: {},
    components: { schemas: { ...Object.fromEntries(schemas), S5000: { type: "string" } } },
  };
  const folder = project(context, { "contracts/a.json": JSON.stringify(document) });
  const { outcome, diagnostics } = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.ok(outcome === "written" || diagnostics.every(({ range }) => range !== undefined), outcome);
});

test("a $ref out of the contract directory is refused, also through a link", async (context) => {
  const contract = contractOf("a").replace("{ type: string }", '{ $ref: "REF" }');
  const folder = project(context, {
    "contracts/a.yaml": contract.replace("REF", "../secret.yaml#/Secret"),
    "contracts/b.yaml": contract.replace("REF", "%2e%2e/secret.yaml#/Secret").replace("Things", "Others"),
    "contracts/c.yaml": contract.replace("REF", "./.link.yaml#/Secret").replace("Things", "More"),
    "secret.yaml": "Secret: { type: string, default: s3cret }\n",
  });
  symlinkSync(join(folder, "secret.yaml"), join(folder, "contracts/.link.yaml"));
  const result = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.deepEqual(errorsOf(result), [
    "ref-outside contracts/a.yaml:8:104",
    "ref-outside contracts/b.yaml:8:104",
    "ref-file-not-found contracts/c.yaml:8:104",
  ]);
  assert.ok(!formatDiagnostics(result.diagnostics).includes("s3cret"));
});

test("one path in two contract directories is an error", async (context) => {
  const folder = project(context, { "one/a.yaml": contractOf("a"), "two/a.yaml": contractOf("b") });
  const result = await gen({ contracts: ["one", "two"], out: "gen", workingDirectory: folder });
  assert.deepEqual(errorsOf(result), ["same-path-twice"]);
  assert.match(result.diagnostics[0]?.message ?? "", /"a.yaml" is in two contract directories, first as "one\/a.yaml"/);
});

test("all errors of all contracts come at once, and one bad contract keeps all output back", async (context) => {
  const folder = project(context, {
    "contracts/good.yaml": contractOf("a"),
    "contracts/one.yaml": "openapi: [\n",
    "contracts/two.json": '{ "openapi": "3.1.0", ',
    "contracts/three.yaml": "asyncapi: 0.1.0\n",
  });
  const result = await gen({ contracts: "contracts", out: "gen", workingDirectory: folder });
  assert.deepEqual(
    errorsOf(result).map((error) => error.split(":")[0]),
    [
      "contract-syntax contracts/one.yaml",
      "unknown-version contracts/three.yaml",
      "contract-syntax contracts/two.json",
    ],
  );
  assert.equal(existsSync(join(folder, "gen")), false);
});

test("an unreadable descriptor set is an error", async (context) => {
  const folder = project(context, { "contracts/echo.proto": protoContract, "set.binpb": "not a set" });
  for (const descriptorSet of ["set.binpb", "none.binpb", "contracts"]) {
    const result = await gen({ contracts: "contracts", out: "gen", descriptorSet, workingDirectory: folder });
    assert.deepEqual(errorsOf(result), ["bad-descriptor-set"], descriptorSet);
  }
});

test("options that contradict each other throw, as they are mistakes in code", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("a") });
  await assert.rejects(gen({ contracts: "contracts", workingDirectory: folder }), {
    name: "TypeError",
    message: /--contracts needs --out/,
  });
});

test("a configuration that can't be read is an error", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("a") });
  mkdirSync(join(folder, "trilogue.yaml"));
  const result = await gen({ workingDirectory: folder });
  assert.deepEqual(errorsOf(result), ["unreadable-file"]);
  writeFileSync(join(folder, "other.yaml"), "contracts: [\n");
  assert.deepEqual(errorsOf(await gen({ workingDirectory: folder, config: "other.yaml" })), [
    "invalid-config other.yaml:2:1",
  ]);
});
