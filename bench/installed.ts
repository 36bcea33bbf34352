import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** What the packages find beside them when they are installed. */
const neighbours = [
  "@bufbuild/buf",
  "@bufbuild/protobuf",
  "@bufbuild/protoc-gen-es",
  "@connectrpc/connect",
  "@connectrpc/connect-node",
  "argparse",
  "js-yaml",
  "long",
  "openapi-typescript",
  "protobufjs",
  "typescript",
  "yaml",
];

/** Builds both packages and lays them out below `folder` as npm would: measured is what users get. */
export function install(folder: string): void {
  execFileSync(process.execPath, [join(root, "test", "support", "build.js"), join(folder, "built")], {
    stdio: "inherit",
  });
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@trilogue"), { recursive: true });
  renameSync(join(folder, "built", "generator"), join(modules, "trilogue"));
  renameSync(join(folder, "built", "runtime"), join(modules, "@trilogue", "runtime"));
  for (const name of neighbours) {
    const nested = join(root, "generator", "node_modules", name);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(existsSync(nested) ? nested : join(root, "node_modules", name), join(modules, name), "junction");
  }
}
