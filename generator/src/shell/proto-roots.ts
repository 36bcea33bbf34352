import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { load } from "js-yaml";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { protoMessages } from "../diagnostics/catalogue/proto.ts";
import { builtInRoot } from "./built-in-protos.ts";

/** A folder that imports are relative to. */
export interface ProtoRoot {
  readonly folder: string;
  /** Folders below it that a buf.yaml leaves out. */
  readonly excludes: readonly string[];
}

/** Where findings go, and what they name paths from. */
export interface RootContext {
  readonly workingDirectory: string;
  readonly diagnostics: Diagnostic[];
}

export { builtInRoot };

/**
 * Roots of the protos at these absolute paths: the modules of the nearest buf.yaml, else the contract directory. Of a
 * buf.yaml only the layout is used; its `deps` would need a network.
 */
export function findProtoRoots(
  paths: readonly string[],
  contractRoots: readonly string[],
  context: RootContext,
): readonly ProtoRoot[] {
  const roots = new Map<string, ProtoRoot>();
  const configs = new Map<string, readonly ProtoRoot[]>();
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const config = findUp(folder, "buf.yaml");
    if (config !== undefined && !configs.has(config)) configs.set(config, readBufConfig(config, context));
    const modules = config === undefined ? [] : (configs.get(config) ?? []);
    const own = modules.some((module) => isInside(folder, module.folder))
      ? modules
      : contractRoots.filter((root) => isInside(folder, root)).map((root) => ({ folder: root, excludes: [] }));
    for (const root of own) roots.set(root.folder, root);
  }
  return [...roots.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The innermost root that holds a path; undefined when buf.yaml leaves it out. */
export function rootOf(path: string, roots: readonly ProtoRoot[]): ProtoRoot | undefined {
  const innermost = roots
    .filter((root) => isInside(path, root.folder))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  return innermost?.excludes.some((exclude) => isInside(path, exclude)) === true ? undefined : innermost;
}

/** Name of a proto file for imports: its path below the root, with `/`. */
export function nameBelow(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}

/** Whether `path` is `folder` or below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Names of the built-in protos that no root has, so that the user's own copy always wins. */
export function missingBuiltIns(roots: readonly ProtoRoot[]): readonly string[] {
  return readdirSync(builtInRoot, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".proto"))
    .map((name) => name.split(sep).join("/"))
    .filter((name) => !roots.some((root) => existsSync(join(root.folder, name))))
    .sort();
}

function readBufConfig(path: string, { workingDirectory, diagnostics }: RootContext): readonly ProtoRoot[] {
  const folder = dirname(path);
  const fail = (reason: string): readonly ProtoRoot[] => {
    diagnostics.push(createDiagnostic(protoMessages.badBufConfig, { path: nameBelow(workingDirectory, path), reason }));
    return [];
  };
  let config: unknown;
  try {
    config = load(readFileSync(path, "utf8")) ?? {};
  } catch (error) {
    return fail(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
  if (!isRecord(config)) return fail("it is no mapping");
  const toRoots = (paths: readonly string[], excludes: readonly string[] = []): readonly ProtoRoot[] =>
    paths.map((module) => ({
      folder: resolve(folder, module),
      excludes: excludes.map((exclude) => resolve(folder, exclude)),
    }));
  if (config["version"] === "v2") {
    if (config["modules"] === undefined) return toRoots(["."]);
    if (!Array.isArray(config["modules"])) return fail('"modules" is no list');
    return config["modules"].flatMap((module: unknown) =>
      isRecord(module) && typeof module["path"] === "string"
        ? toRoots([module["path"]], stringsOf(module["excludes"]))
        : [],
    );
  }
  const workspace = findUp(folder, "buf.work.yaml");
  if (workspace !== undefined) return readWorkspace(workspace, fail);
  const build = isRecord(config["build"]) ? config["build"] : {};
  const sourceRoots = stringsOf(build["roots"]);
  return toRoots(sourceRoots.length === 0 ? ["."] : sourceRoots, stringsOf(build["excludes"]));
}

/** Workspaces of buf's version v1. */
function readWorkspace(path: string, fail: (reason: string) => readonly ProtoRoot[]): readonly ProtoRoot[] {
  try {
    const config = load(readFileSync(path, "utf8"));
    const folders = isRecord(config) ? stringsOf(config["directories"]) : [];
    return folders.map((folder) => ({ folder: resolve(dirname(path), folder), excludes: [] }));
  } catch (error) {
    return fail(`buf.work.yaml: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
  }
}

function findUp(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, name);
    if (existsSync(path)) return path;
    if (dirname(at) === at) return undefined;
  }
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
