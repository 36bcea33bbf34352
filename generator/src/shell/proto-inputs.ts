import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { hashOf, readContracts, type ContractTree } from "./read-contracts.ts";
import type { Settings } from "./settings.ts";

/** Marks inputs in the manifest that protos bring along and that lie outside the contract directories. */
const prefix = "proto:";

/** Whether a path of the manifest is one of `listProtoInputs`. */
export function isProtoInput(path: string): boolean {
  return path.startsWith(prefix);
}

/**
 * Files that decide how protos compile beside the contracts themselves: the descriptor set, or the nearest `buf.yaml`
 * with every proto below it.
 */
export function listProtoInputs(settings: Settings, tree: ContractTree): Record<string, string> {
  if (settings.descriptorSet !== undefined) {
    const path = resolve(settings.workingDirectory, settings.descriptorSet);
    // One that can't be read, or is a folder, is reported where it is compiled from.
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    return isFile ? { [`${prefix}descriptor-set`]: hashOf(readFileSync(path)) } : {};
  }
  if (!tree.files.some((file) => file.path.endsWith(".proto"))) return {};
  const workspaces = new Set(tree.roots.flatMap((root) => findBufWorkspace(root) ?? []));
  return Object.fromEntries(
    [...workspaces].flatMap((workspace) => {
      const config = readFileSync(join(workspace, "buf.yaml"), "utf8");
      const modulePaths = [...config.matchAll(/^\s*-?\s*path:\s*["']?([^"'\s#]+)/gm)];
      const modules = modulePaths.map(([, path]) => join(workspace, path ?? ""));
      const protos = readContracts(modules.length === 0 ? [workspace] : modules, { names: /\.proto$/ }).value.files;
      return [[`${prefix}buf.yaml`, hashOf(config)], ...protos.map((file) => [prefix + file.path, file.hash])];
    }),
  );
}

/** The nearest folder at or above `folder` that holds a `buf.yaml`. */
export function findBufWorkspace(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, "buf.yaml"))) return at;
    if (relative(dirname(at), at) === "") return undefined;
  }
}
