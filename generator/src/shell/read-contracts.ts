import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, posix, relative, resolve, sep } from "node:path";
import { createDiagnostic, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { shellMessages } from "../diagnostics/catalogue/shell.ts";
import type { SourceFile } from "../source/source-file.ts";

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

/** Reads every file below `roots` whose name fits, sorted by path; what can't be read is a diagnostic. */
export function readContracts(roots: readonly string[], names: RegExp = contractExtensions): Outcome<ContractTree> {
  const diagnostics: Diagnostic[] = [];
  const byPath = new Map<string, ContractFile>();
  for (const root of roots) {
    const absoluteRoot = resolve(root);
    if (!isFolder(absoluteRoot)) {
      diagnostics.push(createDiagnostic(shellMessages.noContractFolder, { folder: root }));
      continue;
    }
    for (const absolutePath of listFiles(absoluteRoot, names, diagnostics)) {
      const path = toPosix(relative(absoluteRoot, absolutePath));
      const other = byPath.get(path);
      if (other !== undefined && other.absolutePath !== absolutePath) {
        diagnostics.push(createDiagnostic(shellMessages.samePathTwice, { path, other: toPosix(other.absolutePath) }));
        continue;
      }
      const file = readContractFile(path, absolutePath, diagnostics);
      if (file !== undefined) byPath.set(path, file);
    }
  }
  const files = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { value: { roots: roots.map((root) => resolve(root)), files }, diagnostics };
}

/** Reads one more file that a `$ref` asks for; undefined when no contract directory holds it. */
export function readReferenced(
  path: string,
  roots: readonly string[],
  diagnostics: Diagnostic[],
): ContractFile | undefined {
  for (const root of roots) {
    const absolutePath = resolve(root, path);
    if (!isInside(absolutePath, root) || !isFile(absolutePath)) continue;
    if (!isInside(realpathSync(absolutePath), realpathSync(root))) continue;
    return readContractFile(path, absolutePath, diagnostics);
  }
  return undefined;
}

/** The text of a contract file, as `load` wants it. */
export function toSourceFile(file: ContractFile, workingDirectory: string): SourceFile {
  const shown = toPosix(relative(workingDirectory, file.absolutePath));
  return {
    path: file.path,
    displayPath: shown.startsWith("../../..") ? toPosix(file.absolutePath) : shown,
    text: new TextDecoder("utf-8", { ignoreBOM: false }).decode(file.bytes),
  };
}

/** sha256, hex. */
export function hashOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function readContractFile(path: string, absolutePath: string, diagnostics: Diagnostic[]): ContractFile | undefined {
  const size = statSync(absolutePath).size;
  if (size > maxDocumentBytes) {
    const parameters = { path: toPosix(absolutePath), bytes: size, maxBytes: maxDocumentBytes };
    diagnostics.push(createDiagnostic(shellMessages.documentTooLarge, parameters));
    return undefined;
  }
  try {
    const bytes = readFileSync(absolutePath);
    return { path, absolutePath, bytes, hash: hashOf(bytes) };
  } catch (error) {
    diagnostics.push(
      createDiagnostic(shellMessages.unreadableFile, { path: toPosix(absolutePath), reason: reasonOf(error) }),
    );
    return undefined;
  }
}

function listFiles(root: string, names: RegExp, diagnostics: Diagnostic[]): string[] {
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (depth > maxDepth) {
      diagnostics.push(createDiagnostic(shellMessages.folderTooDeep, { folder: toPosix(folder), maxDepth }));
      return;
    }
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) visit(path, depth + 1);
      else if (names.test(entry.name) && isFile(path)) found.push(path);
    }
  };
  visit(root, 0);
  return found;
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function toPosix(path: string): string {
  return sep === posix.sep ? path : path.replaceAll(sep, posix.sep);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
