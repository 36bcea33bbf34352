import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import { generate } from "../../generator/src/generate.ts";
import { compileProtos } from "../../generator/src/shell/compile-protos.ts";
import { findCompiler } from "../../generator/src/shell/proto-compilers.ts";
import { findProtoRoots } from "../../generator/src/shell/proto-roots.ts";
import type { SourceFile } from "../../generator/src/source/source-file.ts";

/** Where the proto corpus is. */
export const corpusFolder: string = resolve(process.env["TRILOGUE_CORPUS"] ?? "../shared/corpus", "proto");

/** The corpus as descriptors. */
export interface ProtoCorpus {
  readonly files: readonly SourceFile[];
  readonly descriptorSet: Uint8Array;
  readonly filesToGenerate: readonly string[];
}

/** Compiles the whole corpus; throws when that fails, because then nothing can be compared. */
export async function compileCorpus(compiler: "buf" | "protoc"): Promise<ProtoCorpus> {
  const files = readdirSync(corpusFolder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".proto"))
    .map((path): SourceFile => ({ path, displayPath: path, text: readFileSync(join(corpusFolder, path), "utf8") }));
  const { value, diagnostics } = await compileProtos({
    roots: [corpusFolder],
    files,
    workingDirectory: process.cwd(),
    compilers: [compiler],
  });
  const { descriptorSet, protoFilesToGenerate } = value;
  if (descriptorSet === undefined || protoFilesToGenerate === undefined)
    throw new Error(JSON.stringify(diagnostics[0]?.message));
  return { files, descriptorSet, filesToGenerate: protoFilesToGenerate };
}

/** Our output by path. */
export function generateOwn(corpus: ProtoCorpus, names: readonly string[]): ReadonlyMap<string, string> {
  const { descriptorSet } = corpus;
  const generated = generate(
    { files: corpus.files, entries: new Set(), descriptorSet, protoFilesToGenerate: names },
    { importExtension: "ts", messages: "own", protosOnly: true },
  );
  if (generated.files.length === 0) throw new Error(JSON.stringify(generated.diagnostics[0]?.message));
  return new Map(generated.files.map(({ path, text }) => [path, text]));
}

/** The output of protoc-gen-es by path, for the same files, run by protoc as its host. */
export function generateByOracle(names: readonly string[]): ReadonlyMap<string, string> {
  const protoc = findCompiler(process.cwd(), ["protoc"]);
  if (protoc === undefined) throw new Error("protoc is not installed");
  const paths = readdirSync(corpusFolder, { recursive: true, encoding: "utf8" }).map((path) =>
    join(corpusFolder, path),
  );
  const roots = findProtoRoots(
    paths.filter((path) => path.endsWith(".proto")),
    [corpusFolder],
    { workingDirectory: ".", diagnostics: [] },
  );
  const folder = mkdtempSync(join(tmpdir(), "trilogue-oracle-"));
  try {
    const args = [
      ...roots.map((root) => `-I${root.folder}`),
      ...(protoc.include === undefined ? [] : [`-I${protoc.include}`]),
      `--plugin=protoc-gen-es=${resolve("node_modules/.bin/protoc-gen-es")}`,
      `--es_out=${folder}`,
      "--es_opt=target=ts,import_extension=ts,erasable_syntax=true",
      ...names,
    ];
    const run = spawnSync(protoc.executable, args);
    if (run.status !== 0) throw new Error(`protoc-gen-es: ${run.stderr.toString()}`);
    const written = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
    return new Map(written.map((path) => [path.split(sep).join("/"), readFileSync(join(folder, path), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Differences in exported names, in imported descriptors and in embedded bytes. */
export function compareWithOracle(corpus: ProtoCorpus, names: readonly string[]): readonly string[] {
  const own = generateOwn(corpus, names);
  return [...generateByOracle(names)].flatMap(([path, theirs]) => {
    const ours = own.get(path);
    if (ours === undefined) return [`${path} is missing`];
    const [expected, found] = [exportsOf(theirs), exportsOf(ours)];
    const differences = [...expected, ...found]
      .filter((name) => !expected.has(name) || !found.has(name))
      .map((name) => `${path} exports ${name} on one side`);
    const [left, right] = [descriptorOf(theirs), descriptorOf(ours)];
    if (left.imports !== right.imports) differences.push(`${path} imports ${right.imports}; expected ${left.imports}`);
    if (left.base64 !== right.base64) differences.push(`${path} embeds another descriptor`);
    return differences;
  });
}

/** Names that a module exports. */
export function exportsOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^export (const|type) ([\w$]+)/gm)].map(([, kind, name]) => `${kind} ${name}`));
}

/** What a module embeds, and the descriptors it passes along. */
export function descriptorOf(text: string): { readonly base64: string; readonly imports: string } {
  const [, base64 = "", imports = ""] = /fileDesc\(\s*"([^"]*)"(?:,\s*\[([^\]]*)\])?/.exec(text) ?? [];
  return {
    base64,
    imports: imports
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .join(", "),
  };
}

/**
 * A module that compiles only when every type and value of two modules is assignable both ways.
 *
 * `names` are those of `exportsOf`; the modules are given by import specifier.
 */
export function assignabilityModule(names: ReadonlySet<string>, left: string, right: string): string {
  const checks = [...names].map((entry) => {
    const [kind, name] = entry.split(" ");
    const of = kind === "type" ? "" : "typeof ";
    return `export const ${kind}_${name}: Same<${of}Left.${name}, ${of}Right.${name}> = true;`;
  });
  return [
    `import type * as Left from "${left}";`,
    `import type * as Right from "${right}";`,
    "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;",
    ...checks,
    "",
  ].join("\n");
}
