import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Row } from "./generate.ts";
import { findCorpus } from "./inputs.ts";
import { interleave, type Command, type Run } from "./measure.ts";
import { installPeers, peerFile, peers, requirePeer, type OneOperation, type Peer } from "./peers.ts";

/** A real document, and the operation of it that is bundled alone. */
interface Document {
  readonly file: string;
  readonly operation: OneOperation;
}

const documents: Readonly<Record<"github" | "stripe" | "petstore", Document>> = {
  github: {
    file: "github-3.0.json",
    operation: {
      camel: "usersGetAuthenticated",
      snake: "users_get_authenticated",
      method: "GET",
      path: "/user",
      dotted: "user.usersGetAuthenticated",
    },
  },
  stripe: {
    file: "stripe-3.0.json",
    operation: {
      camel: "getAccount",
      snake: "GetAccount",
      method: "GET",
      path: "/v1/account",
      dotted: "v1.getAccount",
    },
  },
  petstore: {
    file: "petstore-3.0.yaml",
    operation: {
      camel: "getPetById",
      snake: "getPetById",
      method: "GET",
      path: "/pet/{petId}",
      dotted: "pet.getPetById",
    },
  },
};

/** Generators side by side on one document: time, memory, output, its type-check and one operation bundled. */
export function benchOpenApi(name: keyof typeof documents): (folder: string) => Promise<readonly Row[]> {
  return async (folder) => {
    installPeers();
    const arms = createArms(folder, name);
    const runs = interleave(arms.map(({ generate }) => generate));
    const checks = interleave(arms.map(({ check }) => check));
    const rows = arms.map(async (arm): Promise<Row> => {
      const run = runs.get(arm.generate.name) as Run;
      const { files, lines, bytes } = sizeOf(arm.out);
      const check = (checks.get(arm.check.name) as Run).wallMs;
      const wall = [run.wallMs, run.cpuMs, run.peakMb].map((value) => value.toFixed(0));
      const size = [`${(lines / 1000).toFixed(1)} / ${(bytes / 1e6).toFixed(2)} / ${files}`, check.toFixed(0)];
      return [arm.generate.name, arm.makes, ...wall, ...size, await bundle(arm.entry)];
    });
    return [head, ...(await Promise.all(rows))];
  };
}

const head: Row = [
  "what",
  "makes",
  "wall ms",
  "cpu ms",
  "peak MB",
  "k lines / MB / files",
  "tsc ms",
  "one call kB min / gz",
];

/** One generator on one document. */
interface Arm {
  readonly makes: string;
  readonly out: string;
  readonly generate: Command;
  /** The compiler on the output; its exit code is not looked at, since peers' outputs have errors. */
  readonly check: Command;
  /** Where the bundle's entry stands, and its code. */
  readonly entry: { readonly folder: string; readonly code: string | undefined };
}

function createArms(folder: string, name: keyof typeof documents): readonly Arm[] {
  const { file, operation } = documents[name];
  const root = join(folder, "openapi", name);
  const contracts = join(root, "contracts");
  mkdirSync(contracts, { recursive: true });
  const document = join(contracts, basename(file));
  copyFileSync(join(findCorpus(), "openapi", file), document);
  const theirs = join(root, "peers");
  mkdirSync(theirs, { recursive: true });
  symlinkSync(peerFile(), join(theirs, "node_modules"), "junction");
  const cli = join(folder, "node_modules", "trilogue", "bin", "trilogue.js");
  const own = join(root, "trilogue");
  const module = `${basename(file).replace(/\.\w+$/, "")}_http.ts`;
  return [
    createArm({
      name: "trilogue",
      makes: "types, client, server, validators",
      out: own,
      cwd: folder,
      args: [cli, "gen", "--quiet", "--contracts", contracts, "--out", own],
      code: ownCall(join(own, module), operation),
    }),
    ...wantedPeers().map((peer) => {
      const out = join(theirs, peer.name.replaceAll(" ", ""));
      const args = peer.args(document, out);
      const code = peer.oneCall?.(out, operation);
      return createArm({ name: peer.name, makes: peer.makes, out, cwd: theirs, args, code, rounds: peer.rounds });
    }),
  ];
}

/** All peers, or those that `TRILOGUE_BENCH_PEERS` names, with commas between: kubb alone takes longer than the rest. */
function wantedPeers(): readonly Peer[] {
  const wanted = process.env["TRILOGUE_BENCH_PEERS"]?.split(",").map((name) => name.trim());
  return wanted === undefined ? peers : peers.filter(({ name }) => wanted.includes(name));
}

function createArm(arm: {
  readonly name: string;
  readonly makes: string;
  readonly out: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly code: string | undefined;
  readonly rounds?: number | undefined;
}): Arm {
  const { name, makes, out, cwd, args, code } = arm;
  const rounds = arm.rounds ?? 7;
  const before = (): void => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
  };
  return {
    makes,
    out,
    generate: { name, command: process.execPath, args, cwd, before, rounds },
    check: {
      name,
      command: process.execPath,
      args: [peerFile("typescript", "bin", "tsc"), "-p", out],
      cwd,
      before: () => writeTsconfig(out),
      rounds: 3,
      mayFail: true,
    },
    entry: { folder: cwd, code },
  };
}

function ownCall(module: string, { camel }: OneOperation): string {
  return [
    'import { createClient } from "@trilogue/runtime/client";',
    'import { fetchTransport } from "@trilogue/runtime/transport/fetch";',
    `import { ${camel} as call } from ${JSON.stringify(module)};`,
    'console.log(await createClient({ call }, fetchTransport({ baseUrl: "http://localhost" })).call({} as never));',
  ].join("\n");
}

/** The plain strict project that CONTRACTS.md's peers were measured with. */
function writeTsconfig(out: string): void {
  const compilerOptions = {
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2023", "dom", "dom.iterable"],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: [],
  };
  writeFileSync(join(out, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
}

function sizeOf(folder: string): { readonly files: number; readonly lines: number; readonly bytes: number } {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const texts = paths.map((path) => readFileSync(join(folder, path), "utf8"));
  const lines = texts.reduce((sum, text) => sum + text.split("\n").length, 0);
  return { files: paths.length, lines, bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) };
}

/** Bundles one call by esbuild, minified, for the browser; the flags are part of the number. */
async function bundle({ folder, code }: Arm["entry"]): Promise<string> {
  if (code === undefined) return "-";
  const esbuild = requirePeer("esbuild") as { build(options: object): Promise<BuildResult> };
  try {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: code, resolveDir: folder, loader: "ts" },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
      logLevel: "silent",
    });
    const bytes = outputFiles[0]?.contents ?? new Uint8Array();
    return [bytes, gzipSync(bytes, { level: 9 })].map(({ length }) => (length / 1000).toFixed(1)).join(" / ");
  } catch (error) {
    return `fails: ${String(error).split("\n")[1]?.slice(-60) ?? ""}`;
  }
}

interface BuildResult {
  readonly outputFiles: readonly { readonly contents: Uint8Array }[];
}
