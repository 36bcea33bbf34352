import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gen } from "../../../generator/src/index.ts";
import { contractOf, project, readTree, trilogue, write } from "../cli/support.ts";

test("gen() does what the command line does, without printing", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("listThings") });
  const written = await gen({ contracts: "contracts", out: "api", workingDirectory: folder });
  assert.deepEqual(written, { outcome: "written", diagnostics: [], written: 3, removed: 0, files: 3 });
  assert.equal((await trilogue(folder, ["gen", "--contracts", "contracts", "--out", "cli"])).exitCode, 0);
  assert.deepEqual(readTree(join(folder, "api")), readTree(join(folder, "cli")));
});

test("gen() tells unchanged, checked and stale output apart", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("listThings"), "contracts/b.yaml": "" });
  const options = { contracts: ["contracts"], out: "gen", workingDirectory: folder };
  await gen(options);
  assert.equal((await gen(options)).outcome, "unchanged");
  assert.equal((await gen({ ...options, check: true })).outcome, "checked");
  write(folder, "contracts/a.yaml", contractOf("listOthers"));
  const stale = await gen({ ...options, check: true });
  assert.equal(stale.outcome, "failed");
  assert.deepEqual([...new Set(stale.diagnostics.map(({ code }) => code))], ["stale-output"]);
  rmSync(join(folder, "contracts/a.yaml"));
  assert.deepEqual(
    (await gen(options)).diagnostics.map(({ code }) => code),
    ["no-contracts"],
  );
});

test("gen() takes its paths from trilogue.yaml when it is given none", async (context) => {
  const folder = project(context, {
    "api/a.yaml": contractOf("listThings"),
    "trilogue.yaml": "contracts: api\nout: made\n",
  });
  assert.equal((await gen({ workingDirectory: folder })).outcome, "written");
  assert.ok("a_http.ts" in readTree(join(folder, "made")));
});

test("importExtension decides how files name each other", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("listThings") });
  for (const importExtension of ["js", "ts"] as const) {
    await gen({ contracts: "contracts", out: "gen", importExtension, workingDirectory: folder });
    assert.match(readTree(join(folder, "gen"))["index.ts"] ?? "", new RegExp(`"\\./a_http\\.${importExtension}"`));
  }
});
