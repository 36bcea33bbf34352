import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { generate } from "../../../generator/src/generate.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";
import type { Validator } from "../../../runtime/src/descriptor/validate.ts";
import { root } from "../../support/source-tree.ts";

/** The drafts of the suite that are kept here. */
export const drafts = ["draft2020-12", "draft7"] as const;

export type Draft = (typeof drafts)[number];

/** One instance of the suite with what became of it. */
export interface Verdict {
  /** `draft7/ref`: draft and keyword file. */
  readonly keyword: string;
  /** `draft7/ref: <group>: <test>`. */
  readonly name: string;
  readonly expected: boolean;
  /** What the compiled validator says; undefined when there is none. */
  readonly actual: boolean | undefined;
  /** Codes of the diagnostics of the group's schema, sorted. */
  readonly codes: readonly string[];
}

interface Group {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const folder = join(root, "test/conformance/json-schema/suite");
const dialects: Readonly<Record<Draft, string>> = {
  "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
  draft7: "http://json-schema.org/draft-07/schema#",
};
const runtimeSpecifier = "@trilogue/runtime/codegen/v1/validate";

/** Runs the keyword files of a draft that `isWanted` takes: each group's schema is a contract of its own. */
export async function runSuite(draft: Draft, isWanted: (keyword: string) => boolean): Promise<readonly Verdict[]> {
  const remotes = readRemotes(draft);
  const output = mkdtempSync(join(tmpdir(), "trilogue-json-schema-"));
  try {
    const verdicts: Verdict[] = [];
    for (const file of readdirSync(join(folder, "tests", draft)).sort()) {
      const keyword = `${draft}/${file.replace(/\.json$/, "")}`;
      if (!isWanted(keyword)) continue;
      const groups = JSON.parse(readFileSync(join(folder, "tests", draft, file), "utf8")) as readonly Group[];
      for (const [index, group] of groups.entries()) {
        const home = join(output, keyword, String(index));
        verdicts.push(...(await runGroup({ group, draft, keyword, remotes, home })));
      }
    }
    return verdicts;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

interface GroupRun {
  readonly group: Group;
  readonly draft: Draft;
  readonly keyword: string;
  readonly remotes: readonly SourceFile[];
  readonly home: string;
}

async function runGroup({ group, draft, keyword, remotes, home }: GroupRun): Promise<readonly Verdict[]> {
  const { validator, diagnostics } = await compileRoot(withDialect(group.schema, draft), remotes, home);
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return group.tests.map(({ description, data, valid }) => ({
    keyword,
    name: `${keyword}: ${group.description}: ${description}`,
    expected: valid,
    actual: validator?.(data),
    codes,
  }));
}

/** From the text of a schema to its validator, as users get it: by `generate`, printed and imported. */
async function compileRoot(
  schema: unknown,
  remotes: readonly SourceFile[],
  home: string,
): Promise<{ readonly validator: Validator | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  const main = sourceFile("suite-case.schema.json", schema);
  const files = namedFiles(main, remotes);
  const missing = new Set<string>();
  const entries = new Set(files.map(({ path }) => path));
  const options = { importExtension: "ts", messages: "own", formats: "annotate" } as const;
  let result = generate({ files, entries, missing }, options);
  for (; result.needs.length > 0; result = generate({ files, entries, missing }, options)) {
    for (const path of result.needs) missing.add(path);
  }
  const { diagnostics } = result;
  const modules = result.files.filter(({ path }) => path.endsWith("_validate.ts"));
  const own = modules.find(({ path }) => path === "suite-case.schema_validate.ts" || path === "suite-case_validate.ts");
  const name = /export function (validateSuiteCase(?:Schema)?)\(/.exec(own?.text ?? "")?.[1];
  if (own === undefined || name === undefined) return { validator: undefined, diagnostics };
  const helpers = pathToFileURL(join(root, "runtime/src/codegen/v1/validate.ts")).href;
  for (const { path, text } of modules) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text.replaceAll(runtimeSpecifier, helpers));
  }
  const module = (await import(pathToFileURL(join(home, own.path)).href)) as Record<string, Validator>;
  return { validator: module[name], diagnostics };
}

/** A schema with the remotes that it names, and those that they name: a contract comes with the files it refers to. */
function namedFiles(main: SourceFile, remotes: readonly SourceFile[]): readonly SourceFile[] {
  const files = new Set([main]);
  for (const { text } of files) {
    for (const remote of remotes) {
      if (text.includes(remote.path.slice(remote.path.lastIndexOf("/") + 1))) files.add(remote);
    }
  }
  return [...files];
}

/** The suite serves these at http://localhost:1234; here each is a local file that says so by `$id`. */
function readRemotes(draft: Draft): readonly SourceFile[] {
  const base = join(folder, "remotes");
  return readdirSync(base, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("draft") || path.startsWith(`${draft}/`))
    .sort()
    .map((path) => {
      const schema = withDialect(JSON.parse(readFileSync(join(base, path), "utf8")), draft) as object;
      return sourceFile(`remotes/${path}`, { $id: `http://localhost:1234/${path}`, ...schema });
    });
}

/** A schema of the suite without `$schema` is one of the draft it stands in. */
function withDialect(schema: unknown, draft: Draft): unknown {
  if (typeof schema !== "object" || schema === null || "$schema" in schema) return schema;
  return { $schema: dialects[draft], ...schema };
}

function sourceFile(path: string, value: unknown): SourceFile {
  return { path, displayPath: path, text: JSON.stringify(value, undefined, 1) };
}
