import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { OutputFile } from "../../../generator/src/code/code.ts";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { generate, type GenerateOptions } from "../../../generator/src/generate.ts";
import { compileProtos, type CompileRequest, type CompileResult } from "../../../generator/src/shell/compile-protos.ts";
import { locate, type SourceFile } from "../../../generator/src/source/source-file.ts";

/** Texts by path; `buf.yaml` and other files may be among them. */
export type Tree = Readonly<Record<string, string>>;

/** Writes a tree to a folder that is gone after `use`. */
export async function withTree<Value>(tree: Tree, use: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-test-"));
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The protos of a tree as the shell gives them, with paths below `contracts` (default: all of the tree). */
export function sourcesOf(tree: Tree, contracts: string = ""): readonly SourceFile[] {
  const prefix = contracts === "" ? "" : `${contracts}/`;
  return Object.entries(tree)
    .filter(([path]) => path.endsWith(".proto") && path.startsWith(prefix))
    .map(([path, text]) => ({ path: path.slice(prefix.length), displayPath: path, text }));
}

/** Compiles a tree; protoc unless told otherwise, because it starts faster. */
export function compileTree(
  tree: Tree,
  options: { readonly contracts?: string } & Partial<CompileRequest> = {},
): Promise<CompileResult> {
  return withTree(tree, (folder) =>
    compileProtos({
      roots: [join(folder, options.contracts ?? "")],
      files: sourcesOf(tree, options.contracts),
      workingDirectory: folder,
      compilers: ["protoc"],
      ...options,
    }),
  );
}

/** Runs the whole chain on proto texts: output by path, and everything that was said. */
export async function generateTree(
  tree: Tree,
  options: Partial<GenerateOptions> & Pick<CompileRequest, "compilers"> = {},
): Promise<{ readonly files: ReadonlyMap<string, string>; readonly diagnostics: readonly Diagnostic[] }> {
  const compiled = await compileTree(tree, options.compilers === undefined ? {} : { compilers: options.compilers });
  const generated = generate(
    { files: sourcesOf(tree), entries: new Set(), ...compiled.value },
    { importExtension: "ts", messages: "own", protosOnly: true, ...options },
  );
  return { files: byPath(generated.files), diagnostics: [...compiled.diagnostics, ...generated.diagnostics] };
}

/** Texts by path. */
export function byPath(files: readonly OutputFile[]): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, text }) => [path, text]));
}

/** `path:line:column code: message`, for comparison. */
export function show(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ range, code, message }) => {
    if (range === undefined) return `${code}: ${message}`;
    const { line, column } = locate(range.file, range.start);
    return `${range.file.displayPath}:${line}:${column} ${code}: ${message}`;
  });
}

/** The statement of a text that begins with a line, docs left out. */
export function statementOf(text: string | undefined, start: string): string {
  const from = text?.indexOf(`\n${start}`) ?? -1;
  if (text === undefined || from === -1) return `no statement begins with ${start}`;
  const end = text.indexOf("\n\n", from + 1);
  return text.slice(from + 1, end === -1 ? text.length : end).trimEnd();
}
