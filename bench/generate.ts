import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeInputs } from "./inputs.ts";
import { interleave, type Command, type Run } from "./measure.ts";

const root = resolve(import.meta.dirname, "..");

/** A row of a bench: what was measured, in its own words. */
export type Row = readonly string[];

/** The acceptance input, by one fresh process each: ours, then each part against the peer that does part of it. */
export function benchGenerateCold(folder: string): readonly Row[] {
  const input = prepare(folder);
  const runs = interleave([
    ours("trilogue: all", folder, "all", fresh),
    ours("trilogue: 28 protos", folder, "protos", fresh),
    protocGenEs(folder, input),
    ours("trilogue: 100 operations", folder, "http", fresh),
    openapiTypescript("openapi-typescript: 100 operations", folder, join(input, "http", "box", "v1", "openapi.json")),
  ]);
  return [head, ...toRows(runs)];
}

/** The same input again, with the output in place. */
export function benchGenerateUnchanged(folder: string): readonly Row[] {
  prepare(folder);
  const again = ours("trilogue: all, unchanged", folder, "all", undefined);
  interleave([again]);
  return [head, ...toRows(interleave([again]))];
}

const head: Row = ["what", "wall ms", "cpu ms (Node)", "peak MB (Node)"];

function toRows(runs: ReadonlyMap<string, Run>): readonly Row[] {
  return [...runs].map(([name, run]) => [name, run.wallMs, run.cpuMs, run.peakMb].map(show));
}

function show(value: string | number): string {
  return typeof value === "number" ? value.toFixed(0) : value;
}

function prepare(folder: string): string {
  const input = join(folder, "input");
  writeInputs(input);
  return input;
}

const fresh = (out: string): void => rmSync(out, { recursive: true, force: true });

function ours(name: string, folder: string, part: string, before: ((out: string) => void) | undefined): Command {
  const out = join(folder, "out", part);
  return {
    name,
    command: process.execPath,
    args: gen(folder, join(folder, "input", part), part),
    cwd: folder,
    ...(before === undefined ? {} : { before: () => before(out) }),
  };
}

function gen(folder: string, contracts: string, part: string): readonly string[] {
  const script = join(folder, "node_modules", "trilogue", "bin", "trilogue.js");
  return [script, "gen", "--quiet", "--contracts", contracts, "--out", join(folder, "out", part)];
}

function protocGenEs(folder: string, input: string): Command {
  const out = join(folder, "out", "es");
  const plugin = [process.execPath, join(root, "node_modules", "@bufbuild", "protoc-gen-es", "bin", "protoc-gen-es")];
  const plugins = [{ local: plugin, out, opt: ["target=ts"], strategy: "all" }];
  const template = JSON.stringify({ version: "v2", plugins });
  const buf = join(root, "node_modules", `@bufbuild/buf-${process.platform}-${process.arch}`, "bin", "buf");
  return {
    name: "buf + protoc-gen-es: 28 protos",
    command: buf,
    args: ["generate", join(input, "protos"), "--template", template],
    cwd: folder,
    before: () => fresh(out),
  };
}

function openapiTypescript(name: string, folder: string, document: string): Command {
  const script = join(root, "node_modules", "openapi-typescript", "bin", "cli.js");
  const out = join(folder, "out", "openapi-typescript.ts");
  mkdirSync(join(folder, "out"), { recursive: true });
  return {
    name,
    command: process.execPath,
    args: [script, document, "-o", out],
    cwd: folder,
    before: () => fresh(out),
  };
}
