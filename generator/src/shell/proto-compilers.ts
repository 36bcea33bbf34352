import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A proto compiler on this machine. */
export interface ProtoCompiler {
  readonly kind: "buf" | "protoc";
  readonly executable: string;
  /** Where protoc finds google/protobuf; absent when it knows by itself. */
  readonly include?: string;
}

/** What a compiler's run left. */
export interface CompilerRun {
  readonly exitCode: number;
  readonly stderr: string;
}

/** Beyond that, messages of a compiler are cut. */
const maxStderrLength = 1_000_000;

/**
 * The first compiler there is: npm's `@bufbuild/buf`, of the user's project or ours; buf on the PATH; npm's `protoc`;
 * protoc on the PATH. Nothing is downloaded.
 */
export function findCompiler(
  workingDirectory: string,
  kinds: readonly ProtoCompiler["kind"][] = ["buf", "protoc"],
): ProtoCompiler | undefined {
  const origins = [join(workingDirectory, "package.json"), fileURLToPath(import.meta.url)];
  for (const kind of kinds) {
    for (const origin of origins) {
      const found = kind === "buf" ? findNpmBuf(origin) : findNpmProtoc(origin);
      if (found !== undefined) return found;
    }
    const executable = findOnPath(kind);
    if (executable !== undefined) return { kind, executable };
  }
  return undefined;
}

/** Runs a compiler to its end, without a shell. */
export function runCompiler(compiler: ProtoCompiler, args: readonly string[], cwd: string): Promise<CompilerRun> {
  return new Promise((resolve) => {
    const child = spawn(compiler.executable, args, { cwd, stdio: ["ignore", "ignore", "pipe"], windowsHide: true });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      if (stderr.length < maxStderrLength) stderr += chunk;
    });
    child.on("error", (error) => resolve({ exitCode: -1, stderr: error.message }));
    child.on("close", (code) => resolve({ exitCode: code ?? -1, stderr }));
  });
}

/** npm's package starts Node to start the binary; going to the binary saves 80 ms. */
function findNpmBuf(origin: string): ProtoCompiler | undefined {
  const folder = findPackage("@bufbuild/buf", origin);
  if (folder === undefined) return undefined;
  const machine = process.platform === "linux" ? { arm64: "aarch64", arm: "armv7" }[process.arch as string] : undefined;
  const binaries = findPackage(
    `@bufbuild/buf-${process.platform}-${machine ?? process.arch}`,
    join(folder, "package.json"),
  );
  if (binaries === undefined) return undefined;
  const executable = join(binaries, "bin", process.platform === "win32" ? "buf.exe" : "buf");
  return isExecutable(executable) ? { kind: "buf", executable } : undefined;
}

function findNpmProtoc(origin: string): ProtoCompiler | undefined {
  const folder = findPackage("protoc", origin);
  if (folder === undefined || !existsSync(join(folder, "assets.json"))) return undefined;
  const assets: unknown = JSON.parse(readFileSync(join(folder, "assets.json"), "utf8"));
  const asset = (Array.isArray(assets) ? (assets as readonly Record<string, unknown>[]) : []).find(
    ({ platform, arch }) => platform === process.platform && arch === process.arch,
  );
  if (typeof asset?.["executable"] !== "string") return undefined;
  const executable = join(folder, "bin", asset["executable"]);
  return isExecutable(executable) ? { kind: "protoc", executable, include: join(folder, "include") } : undefined;
}

function findPackage(name: string, origin: string): string | undefined {
  try {
    return dirname(createRequire(origin).resolve(`${name}/package.json`));
  } catch {
    // Not installed there; the next place is tried.
    return undefined;
  }
}

function findOnPath(name: string): string | undefined {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, file))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
