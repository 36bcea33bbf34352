import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  existsSync,
  copyFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { createDiagnostic, hasErrors, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { protoMessages } from "../diagnostics/catalogue/proto.ts";
import type { LoadInput } from "../load/loaded.ts";
import type { SourceFile } from "../source/source-file.ts";
import { findCompiler, runCompiler, type ProtoCompiler } from "./proto-compilers.ts";
import { readBufFindings, readProtocFindings, type FindSource } from "./proto-findings.ts";
import {
  builtInRoot,
  findProtoRoots,
  isInside,
  missingBuiltIns,
  nameBelow,
  rootOf,
  type ProtoRoot,
} from "./proto-roots.ts";
import { namesInSet, withImports } from "./proto-set.ts";

/** What is to be compiled. */
export interface CompileRequest {
  /** Contract directories, absolute. */
  readonly roots: readonly string[];
  /** Proto files of those directories; their paths are relative to one of them. */
  readonly files: readonly SourceFile[];
  readonly workingDirectory: string;
  /** Absolute path of a descriptor set or buf image that was made elsewhere; then nothing is compiled. */
  readonly descriptorSet?: string;
  /** Compilers to look for, the wanted one first; absent: buf, then protoc. */
  readonly compilers?: readonly ProtoCompiler["kind"][];
}

/** What `load` needs of the protos. */
export type CompiledProtos = Pick<LoadInput, "descriptorSet" | "protoFilesToGenerate">;

/** The same as an outcome: empty when there are no protos, and on errors. */
export interface CompileResult {
  readonly value: CompiledProtos;
  readonly diagnostics: readonly Diagnostic[];
}

/** Descriptor sets beyond this many bytes are refused. */
const maxSetBytes = 1024 * 1024 * 1024;

/**
 * Compiles the protos of the contract directories to a descriptor set, by whichever compiler there is. What they import
 * is generated with them, except for well-known types and the policy options.
 */
export async function compileProtos(request: CompileRequest): Promise<CompileResult> {
  if (request.descriptorSet !== undefined) return readDescriptorSet(request.descriptorSet, request.files);
  if (request.files.length === 0) return { value: {}, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const sources = locateSources(request, diagnostics);
  const roots = findProtoRoots([...sources.keys()], request.roots, {
    workingDirectory: request.workingDirectory,
    diagnostics,
  });
  const entries = nameEntries(sources, roots, diagnostics);
  if (hasErrors(diagnostics) || entries.size === 0) return { value: {}, diagnostics };
  const compiler = findCompiler(request.workingDirectory, request.compilers);
  if (compiler === undefined) {
    return { value: {}, diagnostics: [createDiagnostic(protoMessages.noProtoCompiler, { files: entries.size })] };
  }
  const folder = mkdtempSync(join(tmpdir(), "trilogue-"));
  try {
    const work: Work = { folder, roots, entries, compiler, contractRoots: request.roots };
    const findSource = (path: string): SourceFile | undefined => findSourceOf(path, work, { request, sources });
    const failed = compiler.kind === "buf" ? await runBuf(work, findSource) : await runProtoc(work, findSource);
    if (failed.length > 0) return { value: {}, diagnostics: failed };
    return selectFiles(readFileSync(join(folder, setName)), [...entries.keys()], diagnostics);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Work {
  /** A folder of our own, removed at the end. */
  readonly folder: string;
  readonly roots: readonly ProtoRoot[];
  /** Absolute paths by proto name. */
  readonly entries: ReadonlyMap<string, string>;
  readonly compiler: ProtoCompiler;
  readonly contractRoots: readonly string[];
}

const setName = "protos.binpb";

function readDescriptorSet(path: string, files: readonly SourceFile[]): CompileResult {
  let bytes: Uint8Array;
  try {
    if (statSync(path).size > maxSetBytes) throw new Error(`it has more than ${maxSetBytes} bytes`);
    bytes = readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll(path, relative(".", path)) : String(error);
    return { value: {}, diagnostics: [createDiagnostic(protoMessages.badDescriptorSet, { reason })] };
  }
  const names = namesInSet(bytes);
  // Without protos in the contract directories, the set is the contract.
  const wanted =
    files.length === 0
      ? names
      : names.filter((name) => files.some((file) => file.path === name || file.path.endsWith(`/${name}`)));
  return selectFiles(bytes, wanted, []);
}

function selectFiles(bytes: Uint8Array, names: readonly string[], diagnostics: readonly Diagnostic[]): CompileResult {
  return { value: { descriptorSet: bytes, protoFilesToGenerate: withImports(bytes, names) }, diagnostics };
}

function locateSources(request: CompileRequest, diagnostics: Diagnostic[]): ReadonlyMap<string, SourceFile> {
  const sources = new Map<string, SourceFile>();
  for (const file of request.files) {
    // The names go into files that compilers read line by line.
    if (/[\u0000-\u001f]/.test(file.path))
      diagnostics.push(createDiagnostic(protoMessages.unsafeProtoName, { name: file.path }));
    const path = request.roots.map((root) => join(root, file.path)).find((candidate) => existsSync(candidate));
    if (path !== undefined) sources.set(path, file);
  }
  return sources;
}

function nameEntries(
  sources: ReadonlyMap<string, SourceFile>,
  roots: readonly ProtoRoot[],
  diagnostics: Diagnostic[],
): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const [path, file] of sources) {
    const root = rootOf(path, roots);
    if (root === undefined) continue;
    const name = nameBelow(root.folder, path);
    const other = entries.get(name);
    if (other !== undefined) {
      const first = sources.get(other)?.displayPath ?? name;
      diagnostics.push(createDiagnostic(protoMessages.protoFileTwice, { name, first, second: file.displayPath }));
    }
    entries.set(name, path);
  }
  return entries;
}

/** buf wants one workspace: ours has a link to each root, and the built-in files that no root has. */
async function runBuf(work: Work, findSource: FindSource): Promise<readonly Diagnostic[]> {
  const modules = work.roots.map(({ folder, excludes }, index) => {
    symlinkSync(folder, join(work.folder, `m${index}`), "junction");
    return { path: `m${index}`, excludes: excludes.map((exclude) => `m${index}/${nameBelow(folder, exclude)}`) };
  });
  mkdirSync(join(work.folder, "builtin"));
  for (const name of missingBuiltIns(work.roots)) {
    const target = join(work.folder, "builtin", name);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(builtInRoot, name), target);
  }
  // JSON is YAML, and quotes every path.
  writeFileSync(
    join(work.folder, "buf.yaml"),
    JSON.stringify({ version: "v2", modules: [...modules, { path: "builtin" }] }),
  );
  const paths = limitPaths(work).flatMap((path) => ["--path", path]);
  const args = ["build", "--error-format=json", "--as-file-descriptor-set", "-o", setName, ...paths];
  const run = await runCompiler(work.compiler, args, work.folder);
  if (run.exitCode === 0) return [];
  const findings = readBufFindings(run.stderr, findSource);
  return findings.length > 0 ? findings : [unexplained("buf", run.exitCode)];
}

/**
 * What to compile, as buf sees it: contract directories inside a root, else the top of each entry's path (buf takes no
 * whole module as a path). What else lies in a root is compiled only when it is imported.
 */
function limitPaths({ roots, contractRoots, entries }: Work): readonly string[] {
  const paths = new Set<string>();
  for (const path of entries.values()) {
    const root = rootOf(path, roots);
    if (root === undefined) continue;
    const inner = contractRoots.find(
      (contractRoot) => isInside(path, contractRoot) && isInside(contractRoot, root.folder),
    );
    const isDeeper = inner !== undefined && inner !== root.folder;
    const below = isDeeper ? nameBelow(root.folder, inner) : nameBelow(root.folder, path).split("/", 1).join("");
    paths.add(`m${roots.indexOf(root)}/${below}`);
  }
  return [...paths];
}

async function runProtoc(work: Work, findSource: FindSource): Promise<readonly Diagnostic[]> {
  const include = work.compiler.include === undefined ? [] : [`-I${work.compiler.include}`];
  const lines = [
    ...work.roots.map((root) => `-I${root.folder}`),
    `-I${builtInRoot}`,
    ...include,
    "--include_imports",
    "--include_source_info",
    "--retain_options",
    `--descriptor_set_out=${join(work.folder, setName)}`,
    ...work.entries.values(),
  ];
  writeFileSync(join(work.folder, "arguments"), lines.join("\n"));
  const run = await runCompiler(work.compiler, [`@${join(work.folder, "arguments")}`], work.folder);
  if (run.exitCode === 0) return [];
  const findings = readProtocFindings(run.stderr, findSource);
  return findings.length > 0 ? findings : [unexplained("protoc", run.exitCode)];
}

function unexplained(compiler: string, exitCode: number): Diagnostic {
  return createDiagnostic(protoMessages.protoCompilerFailed, {
    compiler,
    reason: `exit code ${exitCode} without a message`,
  });
}

/** A compiler's path is below one of our links, absolute, or a name below a root. */
function findSourceOf(
  path: string,
  work: Work,
  known: { readonly request: CompileRequest; readonly sources: ReadonlyMap<string, SourceFile> },
): SourceFile | undefined {
  const linked = /^(?:m(\d+)|(builtin))[\\/](.*)$/.exec(path);
  const [, index, isBuiltIn, rest = ""] = linked ?? [];
  const candidates = [
    ...(linked === null
      ? []
      : [join(isBuiltIn === undefined ? (work.roots[Number(index)]?.folder ?? "") : builtInRoot, rest)]),
    ...(isAbsolute(path) ? [path] : [...work.roots.map((root) => join(root.folder, path)), resolve(work.folder, path)]),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) return undefined;
  const source = known.sources.get(found);
  if (source !== undefined) return source;
  const displayPath = nameBelow(known.request.workingDirectory, found);
  return { path: displayPath, displayPath, text: readFileSync(found, "utf8") };
}
