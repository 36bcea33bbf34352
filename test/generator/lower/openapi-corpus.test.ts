import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { check } from "../../../generator/src/check/check.ts";
import { hasErrors, type Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { load } from "../../../generator/src/load/load.ts";
import type { Loaded } from "../../../generator/src/load/loaded.ts";
import { lower } from "../../../generator/src/lower/lower.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";
import { show } from "./openapi-support.ts";

const corpus = join(process.env["TRILOGUE_CORPUS"] ?? "../shared/corpus", "openapi");
const skip = existsSync(corpus) ? false : `no corpus at ${corpus}: set TRILOGUE_CORPUS`;

/** Documents of the corpus whose contracts are wrong, and the errors that say so. */
const knownErrors: Readonly<Record<string, readonly string[]>> = {};

/** Operations and named types that the corpus' own manifest counts. */
const counts: Readonly<Record<string, readonly [operations: number, types: number]>> = {
  "github-3.0.json": [1223, 969],
  "stripe-3.0.json": [355, 316],
  "openai-3.1.yaml": [288, 1422],
  "discord-3.1.json": [242, 539],
  "zoom-2.0.json": [155, 108],
  "figma-3.1.yaml": [47, 223],
};

test("every OpenAPI document of the corpus is lowered", { skip }, () => {
  for (const name of readdirSync(corpus)
    .filter((entry) => entry !== "MANIFEST.md")
    .sort()) {
    const { loaded, diagnostics } = loadEntry(name);
    assert.deepEqual(errorsOf(diagnostics), [], `${name} loads`);
    const started = performance.now();
    const lowered = lower(loaded, {});
    const durationMs = performance.now() - started;
    const found = [...lowered.diagnostics, ...check(lowered.value)];
    const [contract] = lowered.value.contracts;
    assert.ok(contract?.kind === "http", name);
    const types = [...lowered.value.types.values()].filter(({ view }) => view === undefined).length;
    console.log(
      `${name}: ${contract.operations.length} operations, ${contract.webhooks.length} webhooks, ${types} types, ` +
        `${found.length} findings, ${Math.round(durationMs)} ms`,
    );
    assert.deepEqual(errorsOf(found), knownErrors[name] ?? [], name);
    assert.ok(
      found.every(({ range }) => range !== undefined),
      `${name}: every finding is located`,
    );
    const names = [...contract.operations, ...contract.webhooks].map((operation) => operation.name);
    assert.equal(new Set(names).size, names.length, `${name}: operations have names of their own`);
    if (counts[name] !== undefined) assert.deepEqual([contract.operations.length, types], counts[name], name);
    // GitHub takes a fifth of it on two shared cores; a quadratic step would take minutes.
    assert.ok(durationMs < 2_000, `${name} took ${durationMs} ms`);
  }
});

test("lowering gives the same model whatever the order of the files", { skip }, () => {
  const { loaded } = loadEntry("heyapi-full-3.0");
  const { loaded: turned } = loadEntry("heyapi-full-3.0", (files) => files.reverse());
  const shown = (input: Loaded): string =>
    JSON.stringify(lower(input, {}).value.contracts) + [...lower(input, {}).value.types.keys()].join();
  assert.equal(shown(turned), shown(loaded));
});

function errorsOf(diagnostics: readonly Diagnostic[]): readonly string[] {
  return hasErrors(diagnostics) ? diagnostics.filter(({ severity }) => severity === "error").map(show) : [];
}

/** Loads a document, or the entry of a folder, with the files it needs. */
function loadEntry(
  name: string,
  order: (files: SourceFile[]) => SourceFile[] = (files) => files,
): { readonly loaded: Loaded; readonly diagnostics: readonly Diagnostic[] } {
  const isFolder = statSync(join(corpus, name)).isDirectory();
  const folder = isFolder ? join(corpus, name) : corpus;
  const entry = isFolder
    ? ["full.yaml", "DigitalOcean-public.v2.yaml"].find((file) => existsSync(join(folder, file)))
    : name;
  assert.ok(entry, `${name} has an entry`);
  const read = (path: string): SourceFile => ({
    path,
    displayPath: path,
    text: readFileSync(join(folder, path), "utf8"),
  });
  const files = [read(entry)];
  for (;;) {
    const { value, diagnostics } = load({ files: order([...files]), entries: new Set([entry]) });
    if (value.needs.length === 0) return { loaded: value.loaded, diagnostics };
    files.push(...value.needs.map(read));
  }
}
