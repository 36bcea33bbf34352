import { hash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { createDiagnostic, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { shellMessages } from "../diagnostics/catalogue/shell.ts";
import type { SourceFile } from "../source/source-file.ts";
import { builtInRoot } from "./built-in-protos.ts";
import { showPath, toPosix } from "./show-path.ts";

/** Documents beyond this many bytes are refused. */
export const maxDocumentBytes: number = 64 * 1024 * 1024;

/** Contract directories deeper than this are refused: they are a loop of links. */
const maxDepth = 40;

/** Every file that discovery looks at. */
const contractExtensions = /\.(?:ya?ml|json|proto|avsc)$/i;

/** A contract file with the hash that decides whether anything changed. */
export interface ContractFile {
  readonly path: string;
  /** Where it is on this machine. */
  readonly absolutePath: string;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** The contract directories as they are on disk. */
export interface ContractTree {
  readonly roots: readonly string[];
  readonly files: readonly ContractFile[];
}

/** How to read contract directories. */
export interface ReadOptions {
  /** Names of the files to read; default: YAML, JSON, proto and Avro. */
  readonly names?: RegExp;
  /** Messages show paths relative to it; default: the process's. */
  readonly workingDirectory?: string;
}

/** Reads every file below `roots` whose name fits, sorted by path; what can't be read is a diagnostic. */
export function readContracts(roots: readonly string[], options: ReadOptions = {}): Outcome<ContractTree> {
  const reading = createReading(options.workingDirectory ?? process.cwd());
  const byPath = new Map<string, ContractFile>();
  for (const root of roots.map((folder) => resolve(folder))) {
    if (!isFolder(root)) {
      reading.report(createDiagnostic(shellMessages.noContractFolder, { folder: reading.show(root) }));
      continue;
    }
    for (const absolutePath of listFiles(root, options.names ?? contractExtensions, reading)) {
      const path = toPosix(relative(root, absolutePath));
      const other = byPath.get(path);
      if (other !== undefined && other.absolutePath !== absolutePath) {
        const parameters = { path, other: reading.show(other.absolutePath) };
        reading.report(createDiagnostic(shellMessages.samePathTwice, parameters));
        continue;
      }
      const file = readContractFile(path, absolutePath, reading);
      if (file !== undefined) byPath.set(path, file);
    }
  }
  const files = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { value: { roots: roots.map((root) => resolve(root)), files }, diagnostics: reading.diagnostics };
}

/**
 * Reads one more file that a `$ref` or a proto text asks for; undefined when no contract directory holds it, and for
 * protos no folder of ours. A path that leaves the directory, by `..` or by a link, is not read.
 */
export function readReferenced(
  path: string,
  roots: readonly string[],
  workingDirectory: string,
): Outcome<ContractFile | undefined> {
  const reading = createReading(workingDirectory);
  for (const root of path.endsWith(".proto") ? [...roots, builtInRoot] : roots) {
    const absolutePath = resolve(root, path);
    if (path.includes("\0") || !isInside(absolutePath, root) || !isFile(absolutePath)) continue;
    if (!isInside(realpathSync(absolutePath), realpathSync(root))) continue;
    return { value: readContractFile(path, absolutePath, reading), diagnostics: reading.diagnostics };
  }
  return { value: undefined, diagnostics: [] };
}

/** The text of a contract file, as `load` wants it; what is not UTF-8 is a located diagnostic. */
export function toSourceFile(file: ContractFile, workingDirectory: string): Outcome<SourceFile> {
  const displayPath = showPath(file.absolutePath, workingDirectory);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(file.bytes);
    return { value: { path: file.path, displayPath, text }, diagnostics: [] };
  } catch {
    const text = new TextDecoder("utf-8").decode(file.bytes);
    const source: SourceFile = { path: file.path, displayPath, text };
    const start = Math.max(0, text.indexOf("\ufffd"));
    const range = { file: source, start, end: start + 1 };
    return { value: source, diagnostics: [createDiagnostic(shellMessages.notUtf8, {}, { range })] };
  }
}

/** sha256, hex. */
export function hashOf(bytes: Uint8Array | string): string {
  return hash("sha256", bytes);
}

interface Reading {
  readonly diagnostics: readonly Diagnostic[];
  readonly report: (diagnostic: Diagnostic) => void;
  readonly show: (path: string) => string;
}

function createReading(workingDirectory: string): Reading {
  const diagnostics: Diagnostic[] = [];
  return {
    diagnostics,
    report: (diagnostic) => diagnostics.push(diagnostic),
    show: (path) => showPath(path, workingDirectory),
  };
}

function readContractFile(path: string, absolutePath: string, reading: Reading): ContractFile | undefined {
  try {
    const size = statSync(absolutePath).size;
    if (size > maxDocumentBytes) {
      const parameters = { path: reading.show(absolutePath), bytes: size, maxBytes: maxDocumentBytes };
      reading.report(createDiagnostic(shellMessages.documentTooLarge, parameters));
      return undefined;
    }
    const bytes = readFileSync(absolutePath);
    return { path, absolutePath, bytes, hash: hashOf(bytes) };
  } catch (error) {
    reportUnreadable(absolutePath, error, reading);
    return undefined;
  }
}

function listFiles(root: string, names: RegExp, reading: Reading): string[] {
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (depth > maxDepth) {
      reading.report(createDiagnostic(shellMessages.folderTooDeep, { folder: reading.show(folder), maxDepth }));
      return;
    }
    for (const entry of listFolder(folder, reading)) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) visit(path, depth + 1);
      else if (!names.test(entry.name)) continue;
      else if (isFile(path)) found.push(path);
      else reportUnreadable(path, "it is not a file, or a link that leads nowhere", reading);
    }
  };
  visit(root, 0);
  return found;
}

function listFolder(folder: string, reading: Reading): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    reportUnreadable(folder, error, reading);
    return [];
  }
}

function reportUnreadable(path: string, error: unknown, reading: Reading): void {
  reading.report(createDiagnostic(shellMessages.unreadableFile, { path: reading.show(path), reason: reasonOf(error) }));
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function isFolder(path: string): boolean {
  return statIfThere(path)?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statIfThere(path)?.isFile() ?? false;
}

function statIfThere(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path);
  } catch {
    // Not there, a loop of links, or not for us to see: whoever asks says so in its own words.
    return undefined;
  }
}

/** Why the system refused, without the path, which the message shows in its own way. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/, \w+(?: '.*)?$/s, "");
}
