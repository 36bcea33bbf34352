import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { userProject } from "./user-project.ts";

const checkout = resolve(import.meta.dirname, "..", "..");
const installed = join(checkout, "node_modules");
const folder = mkdtempSync(join(tmpdir(), "trilogue-pack-"));
const project = join(folder, "project");
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the packages need at run time, as the registry has it; packed from here, so that the test stays offline. */
const dependencies = [
  "@bufbuild/protobuf",
  "@connectrpc/connect",
  "@connectrpc/connect-node",
  "yaml",
  "protobufjs",
  "long",
];
const nestedDependencies = ["js-yaml", "argparse"].map((name) => findPackage(name));
/** Tools of the user's project: compilers, not what is tested here. */
const tools = ["@bufbuild/buf", "typescript", "@types/node", "undici-types"];

test("the packed packages install into an empty project, generate, type-check and run", { timeout: 180_000 }, () => {
  run(process.execPath, [join(checkout, "test", "support", "build.js"), folder], checkout);
  for (const [path, text] of Object.entries(userProject)) write(join(project, path), text);
  const tarballs = pack([join(folder, "runtime"), join(folder, "generator")]);
  const others = pack([...dependencies.map((name) => join(installed, name)), ...nestedDependencies]);
  npm(["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs, ...others]);
  for (const name of tools) lend(name);

  assert.match(npx(["trilogue", "gen", "--out", "src/gen", "--contracts", "contracts"]), /^generated \d+ files/);
  assert.match(npx(["trilogue", "gen", "--out", "src/gen", "--contracts", "contracts"]), /^nothing changed/);
  run(process.execPath, [join(project, "node_modules", "typescript", "bin", "tsc"), "-p", "."], project);

  assert.deepEqual(run(process.execPath, ["src/program.ts"], project).trim().split("\n"), [
    "http over memory 3",
    "http over loopback 404",
    "rpc over loopback 7n",
    "event over the bus a",
  ]);
  assert.equal(run(process.execPath, ["src/program.cjs"], project).trim(), "from CommonJS c checked");
});

test("every export of the packages is there, as code and as types", () => {
  for (const name of ["runtime", "generator"]) {
    const manifest = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as {
      readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
      readonly bin?: Readonly<Record<string, string>>;
    };
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : [target["types"] ?? "", target["default"] ?? ""],
    );
    for (const target of [...targets, ...Object.values(manifest.bin ?? {})]) {
      const path = join(folder, name, target.replace(/\*$/, ""));
      assert.ok(existsSync(path), `${name} exports ${target}, which the build does not make`);
    }
  }
});

test("what the packages import is what they declare", () => {
  for (const name of ["runtime", "generator"]) {
    const manifest = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as Record<string, unknown>;
    const declared = [manifest["dependencies"], manifest["peerDependencies"]].flatMap((record) =>
      Object.keys(record ?? {}),
    );
    const imported = new Set<string>();
    for (const path of readdirSync(join(folder, name, "dist"), { recursive: true, encoding: "utf8" })) {
      if (!path.endsWith(".js")) continue;
      const text = readFileSync(join(folder, name, "dist", path), "utf8");
      for (const [, specifier = ""] of text.matchAll(
        /^(?:import|export)\b[^"']*?from "([^".][^"]*)"|\bimport\("([^".][^"]*)"\)/gm,
      )) {
        const parts = specifier.split("/");
        if (!specifier.startsWith("node:")) imported.add(parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/"));
      }
    }
    imported.delete("");
    const own = manifest["name"] as string;
    assert.deepEqual(
      [...imported].filter((specifier) => specifier !== own && !declared.includes(specifier)),
      [],
      name,
    );
    const unused = Object.keys(manifest["dependencies"] ?? {}).filter((dependency) => !imported.has(dependency));
    assert.deepEqual(unused, [], `${name} declares dependencies that it does not import`);
  }
});

test("a missing peer is named by the import that needs it", () => {
  rmSync(join(project, "node_modules", "@bufbuild", "protobuf"), { recursive: true });
  const script = `import("@trilogue/runtime/codegen/v1/proto").catch((error) => console.log(error.message))`;
  assert.match(run(process.execPath, ["-e", script], project), /Cannot find package '@bufbuild\/protobuf'/);
});

/** Tarballs of package folders. */
function pack(folders: readonly string[]): readonly string[] {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder, ...folders];
  const packed = JSON.parse(npm(args)) as Readonly<Record<string, { readonly filename: string }>>;
  return Object.values(packed).map(({ filename }) => join(folder, filename));
}

function npm(args: readonly string[]): string {
  return run(findOnPath("npm"), args, project);
}

function npx(args: readonly string[]): string {
  return run(findOnPath("npx"), ["--no", "--", ...args], project);
}

/** Scripts of packages begin with `env node`, so this Node comes first on the PATH; npm test's settings stay out. */
function run(command: string, args: readonly string[], cwd: string): string {
  const kept = Object.entries(process.env).filter(([name]) => name !== "NODE_OPTIONS" && !name.startsWith("npm_"));
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...Object.fromEntries(kept), PATH };
  try {
    return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.slice(0, 3).join(" ")} failed:\n${stdout}\n${stderr}`);
  }
}

function findOnPath(name: string): string {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((entry) => join(entry, name))
    .find((path) => existsSync(path));
  assert.ok(found, `${name} is not on the PATH`);
  return found;
}

function findPackage(name: string): string {
  const nested = join(checkout, "generator", "node_modules", name);
  return existsSync(nested) ? nested : join(installed, name);
}

function lend(name: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(installed, name), path, "junction");
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
