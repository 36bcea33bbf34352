import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { check } from "prettier";
import { explain, printExplanation } from "../generator/src/explain.ts";
import { formatDiagnostics } from "../generator/src/index.ts";
import { loadAndGenerate } from "../generator/src/shell/run-generate.ts";
import { readSettings } from "../generator/src/shell/settings.ts";
import { root } from "./support/source-tree.ts";

/**
 * A case is a folder: `contracts/` (and maybe a `trilogue.yaml`) in; `want/`, `diagnostics.txt` and, where the case has
 * one, `explain.txt` out. `UPDATE_GOLDEN=1` rewrites them: read the diff, it is what users will see.
 */
const golden = join(root, "test/golden");
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

for (const name of readdirSync(golden).filter((entry) => statSync(join(golden, entry)).isDirectory())) {
  test(`golden case ${name}`, async () => {
    const folder = join(golden, name);
    const found = await runCase(folder);
    if (isUpdate) writeCase(folder, found);
    assert.deepEqual(readCase(folder), found);
    for (const [path, text] of found) {
      if (path.endsWith(".ts")) assert.ok(await isLaidOut(text), `prettier would change ${path}`);
    }
  });
}

/** Files that a case gives, by path below the case's folder. */
type CaseFiles = ReadonlyMap<string, string>;

async function runCase(folder: string): Promise<CaseFiles> {
  // The folder is never written; it only has to be one without a tsconfig.json above.
  const out = mkdtempSync(join(tmpdir(), "trilogue-golden-"));
  try {
    const read = readSettings({ contracts: ["contracts"], out, "import-extension": "ts" }, folder);
    assert.ok(!("usage" in read));
    const generated = read.settings === undefined ? undefined : await loadAndGenerate(read.settings);
    const diagnostics = [...read.diagnostics, ...(generated?.diagnostics ?? [])];
    const files = new Map<string, string>();
    if (diagnostics.length > 0) files.set("diagnostics.txt", formatDiagnostics(diagnostics));
    for (const { path, text } of generated?.files ?? []) files.set(`want/${path}`, text);
    if (generated?.model !== undefined && existsSync(join(folder, "explain.txt"))) {
      files.set("explain.txt", printExplanation(explain(generated.model).value));
    }
    return sortByPath(files);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function readCase(folder: string): CaseFiles {
  const want = existsSync(join(folder, "want"))
    ? readdirSync(join(folder, "want"), { recursive: true, encoding: "utf8" })
    : [];
  const paths = ["diagnostics.txt", "explain.txt", ...want.map((path) => `want/${path.replaceAll("\\", "/")}`)];
  const files = paths.filter((path) => existsSync(join(folder, path)) && statSync(join(folder, path)).isFile());
  return sortByPath(new Map(files.map((path) => [path, readFileSync(join(folder, path), "utf8")])));
}

function writeCase(folder: string, files: CaseFiles): void {
  rmSync(join(folder, "want"), { recursive: true, force: true });
  rmSync(join(folder, "diagnostics.txt"), { force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function sortByPath(files: CaseFiles): CaseFiles {
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isLaidOut(text: string): Promise<boolean> {
  return check(text, { parser: "typescript", printWidth: 120 });
}
