import { resolve } from "node:path";
import { hasErrors, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { shellMessages } from "../diagnostics/catalogue/shell.ts";
import type { Generated, GenerateOptions } from "../generate.ts";
import type { LoadInput } from "../load/loaded.ts";
import { isCurrent, readManifest } from "./manifest.ts";
import { isProtoInput, listProtoInputs } from "./proto-inputs.ts";
import {
  hashOf,
  readContracts,
  readReferenced,
  toSourceFile,
  type ContractFile,
  type ContractTree,
} from "./read-contracts.ts";
import type { Settings } from "./settings.ts";
import { compareOutput, writeOutput } from "./write-output.ts";

/** How a run ended. */
export interface RunResult {
  readonly outcome: "written" | "unchanged" | "checked" | "failed";
  readonly diagnostics: readonly Diagnostic[];
  readonly written: number;
  readonly removed: number;
  readonly files: number;
}

/** `trilogue gen`: reads, generates and writes (or, with `check`, compares). Unchanged contracts are not even parsed. */
export async function runGenerate(settings: Settings, mode: { readonly check: boolean }): Promise<RunResult> {
  const tree = readContracts(settings.contracts);
  if (hasErrors(tree.diagnostics)) return failed(tree.diagnostics);
  if (tree.value.files.length === 0) {
    return failed([createDiagnostic(shellMessages.noContracts, { folders: settings.contracts })]);
  }
  const before = readManifest(settings.out);
  const run = fingerprint(settings, tree.value, Object.keys(before?.inputs ?? {}));
  if (before !== undefined && isCurrent(settings.out, before, run)) {
    const files = Object.keys(before.outputs).length;
    return { outcome: mode.check ? "checked" : "unchanged", diagnostics: [], written: 0, removed: 0, files };
  }
  const { generated, alsoRead } = await generateFrom(settings, tree.value);
  if (hasErrors(generated.diagnostics)) return failed(generated.diagnostics);
  if (generated.files.length === 0) {
    return failed([
      ...generated.diagnostics,
      createDiagnostic(shellMessages.noContracts, { folders: settings.contracts }),
    ]);
  }
  if (mode.check) {
    const stale = compareOutput(settings.out, generated.files);
    if (stale.length > 0) return failed([...generated.diagnostics, ...stale]);
    return {
      outcome: "checked",
      diagnostics: generated.diagnostics,
      written: 0,
      removed: 0,
      files: generated.files.length,
    };
  }
  const result = writeOutput(settings.out, generated.files, fingerprint(settings, tree.value, alsoRead));
  if (hasErrors(result.diagnostics)) return failed([...generated.diagnostics, ...result.diagnostics]);
  return {
    outcome: "written",
    diagnostics: generated.diagnostics,
    written: result.written,
    removed: result.removed,
    files: generated.files.length,
  };
}

/** Reads the contract directories and runs the six steps, without writing anything. */
export async function loadAndGenerate(settings: Settings): Promise<Generated> {
  const tree = readContracts(settings.contracts);
  if (hasErrors(tree.diagnostics)) return { files: [], needs: [], model: undefined, diagnostics: tree.diagnostics };
  const { generated } = await generateFrom(settings, tree.value);
  return generated;
}

/** What a run made, and the files outside of discovery that it read for references. */
interface Finished {
  readonly generated: Generated;
  readonly alsoRead: readonly string[];
}

async function generateFrom(settings: Settings, tree: ContractTree): Promise<Finished> {
  const diagnostics: Diagnostic[] = [];
  const protos = await compileContracts(settings, tree);
  diagnostics.push(...protos.diagnostics);
  if (hasErrors(diagnostics))
    return { generated: { files: [], needs: [], model: undefined, diagnostics }, alsoRead: [] };
  const { generate } = await import("../generate.ts");
  const options: GenerateOptions = settings;
  const files = new Map(tree.files.map((file) => [file.path, file]));
  const entries = new Set(files.keys());
  const missing = new Set<string>();
  for (;;) {
    const generated = generate(loadInput(settings, { files, entries, missing, protos: protos.value }), options);
    if (generated.needs.length === 0) {
      const alsoRead = [...files.keys()].filter((path) => !entries.has(path));
      return { generated: { ...generated, diagnostics: [...diagnostics, ...generated.diagnostics] }, alsoRead };
    }
    for (const path of generated.needs) {
      const file = readReferenced(path, tree.roots, diagnostics);
      if (file === undefined) missing.add(path);
      else files.set(path, file);
    }
  }
}

type CompiledProtos = Pick<LoadInput, "descriptorSet" | "protoFilesToGenerate">;

interface Reading {
  readonly files: ReadonlyMap<string, ContractFile>;
  readonly entries: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  readonly protos: CompiledProtos;
}

function loadInput(settings: Settings, reading: Reading): LoadInput {
  return {
    files: [...reading.files.values()].map((file) => toSourceFile(file, settings.workingDirectory)),
    entries: reading.entries,
    missing: reading.missing,
    ...reading.protos,
  };
}

async function compileContracts(
  settings: Settings,
  tree: ContractTree,
): Promise<{ readonly value: CompiledProtos; readonly diagnostics: readonly Diagnostic[] }> {
  const hasProtos = tree.files.some((file) => file.path.endsWith(".proto"));
  if (!hasProtos && settings.descriptorSet === undefined) return { value: {}, diagnostics: [] };
  const { compileProtos } = await import("./compile-protos.ts");
  return compileProtos({
    roots: tree.roots,
    files: tree.files
      .filter((file) => file.path.endsWith(".proto"))
      .map((file) => toSourceFile(file, settings.workingDirectory)),
    workingDirectory: settings.workingDirectory,
    ...(settings.descriptorSet === undefined
      ? {}
      : { descriptorSet: resolve(settings.workingDirectory, settings.descriptorSet) }),
  });
}

/** Everything that decides the output, by hash; `others` are paths that discovery does not find but references reach. */
function fingerprint(
  settings: Settings,
  tree: ContractTree,
  others: readonly string[],
): { readonly settings: string; readonly inputs: Record<string, string> } {
  const { contracts: _contracts, out: _out, workingDirectory: _here, ...shaping } = settings;
  const found = new Set(tree.files.map((file) => file.path));
  const reached = others
    .filter((path) => !found.has(path) && !isProtoInput(path))
    .flatMap((path) => readReferenced(path, tree.roots, []) ?? []);
  const inputs = Object.fromEntries([...tree.files, ...reached].map((file) => [file.path, file.hash]));
  return { settings: hashOf(JSON.stringify(shaping)), inputs: { ...inputs, ...listProtoInputs(settings, tree) } };
}

function failed(diagnostics: readonly Diagnostic[]): RunResult {
  return { outcome: "failed", diagnostics, written: 0, removed: 0, files: 0 };
}
