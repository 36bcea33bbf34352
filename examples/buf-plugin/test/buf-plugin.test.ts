import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { after, test } from "node:test";

const example = resolve(import.meta.dirname, "..");
const checkout = resolve(example, "..", "..");
const temporary = mkdtempSync(join(tmpdir(), "trilogue-buf-plugin-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

const committed = readTree(join(example, "gen"));

test("buf generate writes what is committed", () => {
  const out = join(temporary, "buf");
  assert.equal(run("buf", ["generate", "-o", out]), "");
  assert.deepEqual(readTree(join(out, "gen")), committed);
});

test("the command line writes the same bytes, and an index", () => {
  const out = join(temporary, "cli");
  const script = join(checkout, "generator", "bin", "trilogue.js");
  run(process.execPath, [script, "gen", "--contracts", "proto", "--out", out, "--import-extension", "ts"]);
  const { "index.ts": index, ".trilogue-manifest.json": _, ...others } = readTree(out);
  assert.deepEqual(others, committed);
  assert.match(index ?? "", /LibraryService/);
});

test("protoc as the host gives the same bytes", () => {
  const out = temporary;
  const protos = ["proto/catalog/v1/book.proto", "proto/library/v1/library.proto"];
  assert.equal(run("protoc", ["-Iproto", "-Ivendor", `--trilogue_out=${out}`, ...protos]), "");
  for (const [path, text] of Object.entries(committed)) assert.equal(readFileSync(join(out, path), "utf8"), text, path);
});

test("a run per directory says that it was partial, and of which file", () => {
  const plugin = { local: "protoc-gen-trilogue", out: "partial", strategy: "directory" };
  const inputs = [{ directory: ".", paths: ["proto/catalog", "proto/library"] }];
  const template = JSON.stringify({ version: "v2", inputs, plugins: [plugin] });
  const notes = run("buf", ["generate", "--template", template, "-o", temporary]);
  assert.match(notes, /catalog\/v1\/book\.proto imported, but not generated in this run; .*"strategy: all"/);
  assert.deepEqual(readTree(join(temporary, "partial")), committed);
});

test("the vendored policy options are those that ship", () => {
  const shipped = join(checkout, "generator", "proto", "trilogue", "v1", "policy.proto");
  const vendored = join(example, "vendor", "trilogue", "v1", "policy.proto");
  assert.equal(readFileSync(vendored, "utf8"), readFileSync(shipped, "utf8"));
});

/** Runs a tool of this checkout in the example's folder and gives what it wrote to stderr. */
function run(command: string, args: readonly string[]): string {
  const bins = [dirname(process.execPath), join(checkout, "node_modules", ".bin")];
  const PATH = [...bins, process.env["PATH"]].join(delimiter);
  const { status, stderr } = spawnSync(command, args, {
    cwd: example,
    env: { ...process.env, PATH },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stderr;
}

function readTree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1).replaceAll("\\", "/"), readFileSync(path, "utf8")]),
  );
}
