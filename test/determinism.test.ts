import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { check } from "prettier";
import { generate } from "../generator/src/generate.ts";
import { compileProtos } from "../generator/src/shell/compile-protos.ts";
import { readContracts, toSourceFile } from "../generator/src/shell/read-contracts.ts";
import { project, readTree, trilogue } from "./generator/cli/support.ts";
import { root } from "./support/source-tree.ts";

const contracts = join(root, "contracts");

test("the order in which files are read changes no byte", async () => {
  const files = readContracts([contracts]).value.files.map((file) => toSourceFile(file, root).value);
  const entries = files.map(({ path }) => path);
  const protos = await compileProtos({
    roots: [contracts],
    files: files.filter(({ path }) => path.endsWith(".proto")),
    workingDirectory: root,
  });
  const run = (order: typeof files, names: readonly string[]): string =>
    JSON.stringify(
      generate({ files: order, entries: new Set(names), ...protos.value }, { importExtension: "ts", messages: "own" })
        .files,
    );
  const wanted = run(files, entries);
  assert.ok(wanted.length > 10_000);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(files, { minLength: files.length }),
      fc.shuffledSubarray(entries, { minLength: entries.length }),
      (order, names) => assert.equal(run(order, names), wanted),
    ),
    { numRuns: 20 },
  );
});

test("working directory, kind of path, locale and time zone change no byte", async (context) => {
  const folder = project(context, { "deep/er/x": "" });
  cpSync(contracts, join(folder, "contracts"), { recursive: true });
  const run = async (
    name: string,
    from: string,
    path: string,
    env: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const out = join(folder, name);
    const { exitCode, stderr } = await trilogue(from, ["gen", "--contracts", path, "--out", out], env);
    assert.deepEqual([exitCode, stderr], [0, ""]);
  };
  await run("one", folder, "contracts", { LANG: "C", LC_ALL: "C", TZ: "UTC" });
  await run("two", join(folder, "deep/er"), "../../contracts/", { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" });
  await run("three", "/", join(folder, "contracts"), { LANG: "de_DE.UTF-8", TZ: "Pacific/Chatham" });
  const wanted = readTree(join(folder, "one"));
  assert.ok(Object.keys(wanted).length > 8);
  assert.deepEqual(readTree(join(folder, "two")), wanted);
  assert.deepEqual(readTree(join(folder, "three")), wanted);
  for (const [path, text] of Object.entries(wanted)) assert.ok(!text.includes(folder), `${path} names this machine`);
});

test("several contract directories give the same in any order", async (context) => {
  const folder = project(context);
  cpSync(join(root, "test/golden/http-cross-files/contracts"), join(folder, "a"), { recursive: true });
  cpSync(join(root, "test/golden/http-enums/contracts"), join(folder, "b"), { recursive: true });
  const run = async (out: string, args: readonly string[]): Promise<Readonly<Record<string, string>>> => {
    const { exitCode } = await trilogue(folder, ["gen", ...args, "--out", out]);
    assert.equal(exitCode, 0);
    return readTree(join(folder, out));
  };
  const wanted = await run("one", ["--contracts", "a", "--contracts", "b"]);
  assert.deepEqual(await run("two", ["--contracts", "b", "--contracts", "a"]), wanted);
});

test("prettier would change nothing in generated code", async () => {
  const folders = ["examples/shop/gen", "test/golden"].map((folder) => join(root, folder));
  const paths = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((path) => join(folder, path))
      .filter((path) => path.endsWith(".ts") && statSync(path).isFile()),
  );
  assert.ok(paths.length > 50);
  const changed: string[] = [];
  for (const path of paths) {
    const isGood = await check(readFileSync(path, "utf8"), { parser: "typescript", printWidth: 120 });
    if (!isGood) changed.push(relative(root, path));
  }
  assert.deepEqual(changed, []);
});
