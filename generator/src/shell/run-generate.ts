import type { OutputFile } from "../code/code.ts";
import { createDiagnostic, hasErrors, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { shellMessages } from "../diagnostics/catalogue/shell.ts";
import type { Generated } from "../generate.ts";
import type { LoadInput } from "../load/loaded.ts";
import type { SourceFile } from "../source/source-file.ts";
import { isCurrent, readManifest } from "./manifest.ts";
import { findFormatter, type Formatter } from "./prettier.ts";
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
import { showPath } from "./show-path.ts";
import { toolFingerprint } from "./version.ts";
import { compareOutput, writeOutput } from "./write-output.ts";

/** How a run ended. */
export interface RunResult {
  readonly outcome: "written" | "unchanged" | "checked" | "failed";
  readonly diagnostics: readonly Diagnostic[];
  readonly written: number;
  readonly removed: number;
  readonly files: number;
}

/**
 * `trilogue gen`: reads, generates and writes; what is unchanged is not even parsed. With `check` it compares instead,
 * with what it generates anew, whatever the manifest says.
 */
export async function runGenerate(settings: Settings, mode: { readonly check: boolean }): Promise<RunResult> {
  const tree = readContracts(settings.contracts, settings);
  if (hasErrors(tree.diagnostics)) return failed(tree.diagnostics);
  if (tree.value.files.length === 0 && settings.descriptorSet === undefined) return failed([noContracts(settings)]);
  const formatter = await formatterOf(settings);
  if (hasErrors(formatter.diagnostics)) return failed(formatter.diagnostics);
  const before = readManifest(settings.out);
  // Read before anything is generated: what changes meanwhile must look changed to the next run.
  const protoInputs = mode.check ? {} : listProtoInputs(settings, tree.value);
  const facts: RunFacts = { settings, tree: tree.value, formatter: formatter.value, protoInputs };
  const isTrusted = before !== undefined && !mode.check;
  if (isTrusted && isCurrent(settings.out, before, fingerprint(facts, readAgain(facts, Object.keys(before.inputs))))) {
    const files = Object.keys(before.outputs).length;
    return { outcome: "unchanged", diagnostics: [], written: 0, removed: 0, files };
  }
  const { generated, alsoRead } = await generateFrom(settings, tree.value);
  if (hasErrors(generated.diagnostics)) return failed(generated.diagnostics);
  // The index alone is made of nothing.
  if (generated.files.length <= 1) return failed([...generated.diagnostics, noContracts(settings)]);
  const formatted = await formatFiles(generated.files, formatter.value);
  const diagnostics = [...generated.diagnostics, ...formatted.diagnostics];
  if (hasErrors(diagnostics)) return failed(diagnostics);
  const finish = mode.check ? checkFiles : writeFiles;
  const result = finish(facts, formatted.value, alsoRead);
  return { ...result, diagnostics: [...diagnostics, ...result.diagnostics] };
}

/** Reads the contract directories and runs the six steps, without writing anything. */
export async function loadAndGenerate(settings: Settings): Promise<Generated> {
  const tree = readContracts(settings.contracts, settings);
  if (hasErrors(tree.diagnostics)) return { ...nothing, diagnostics: tree.diagnostics };
  const { generated } = await generateFrom(settings, tree.value);
  return generated;
}

/** What decides the output of a run. */
interface RunFacts {
  readonly settings: Settings;
  readonly tree: ContractTree;
  readonly formatter: Formatter | undefined;
  /** What decides how protos compile, by hash. */
  readonly protoInputs: Readonly<Record<string, string>>;
}

const nothing: Generated = { files: [], needs: [], model: undefined, diagnostics: [] };

function checkFiles({ settings }: RunFacts, files: readonly OutputFile[]): RunResult {
  const stale = compareOutput(settings, files);
  if (stale.length > 0) return failed(stale);
  return { outcome: "checked", diagnostics: [], written: 0, removed: 0, files: files.length };
}

function writeFiles(facts: RunFacts, files: readonly OutputFile[], alsoRead: readonly ContractFile[]): RunResult {
  const { written, removed, diagnostics } = writeOutput(facts.settings, files, fingerprint(facts, alsoRead));
  if (hasErrors(diagnostics)) return failed(diagnostics);
  return { outcome: "written", diagnostics, written, removed, files: files.length };
}

async function formatterOf({ format, out, workingDirectory }: Settings): Promise<Outcome<Formatter | undefined>> {
  return format === "prettier" ? findFormatter(out, workingDirectory) : { value: undefined, diagnostics: [] };
}

async function formatFiles(
  files: readonly OutputFile[],
  formatter: Formatter | undefined,
): Promise<Outcome<readonly OutputFile[]>> {
  return formatter === undefined ? { value: files, diagnostics: [] } : formatter.format(files);
}

/** What a run made, and the files outside of discovery that it read for references. */
interface Finished {
  readonly generated: Generated;
  readonly alsoRead: readonly ContractFile[];
}

async function generateFrom(settings: Settings, tree: ContractTree): Promise<Finished> {
  const reading = createReading(settings);
  for (const file of tree.files) reading.add(file);
  const entries = new Set(tree.files.map((file) => file.path));
  // The steps are loaded while the proto compiler runs.
  const [protos, { generate }] = await Promise.all([
    compileContracts(settings, tree, [...reading.files.values()]),
    import("../generate.ts"),
  ]);
  const found = [...reading.diagnostics, ...protos.diagnostics];
  if (hasErrors(found)) return { generated: { ...nothing, diagnostics: found }, alsoRead: [] };
  const missing = new Set<string>();
  const alsoRead: ContractFile[] = [];
  for (;;) {
    const files = [...reading.files.values()];
    const generated = generate({ files, entries, missing, ...protos.value }, settings);
    if (generated.needs.length === 0) {
      const diagnostics = [...reading.diagnostics, ...protos.diagnostics, ...generated.diagnostics];
      return { generated: { ...generated, diagnostics }, alsoRead };
    }
    for (const path of generated.needs) {
      const { value: file, diagnostics } = readReferenced(path, tree.roots, settings.workingDirectory);
      reading.report(diagnostics);
      if (file === undefined) {
        missing.add(path);
        continue;
      }
      reading.add(file);
      alsoRead.push(file);
    }
  }
}

/** Texts read so far, by path. */
interface Reading {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly diagnostics: readonly Diagnostic[];
  readonly add: (file: ContractFile) => void;
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
}

function createReading({ workingDirectory }: Settings): Reading {
  const files = new Map<string, SourceFile>();
  const found: Diagnostic[] = [];
  return {
    files,
    diagnostics: found,
    report: (diagnostics) => found.push(...diagnostics),
    add: (file) => {
      const { value, diagnostics } = toSourceFile(file, workingDirectory);
      files.set(file.path, value);
      found.push(...diagnostics);
    },
  };
}

type CompiledProtos = Pick<LoadInput, "descriptorSet" | "protoFilesToGenerate">;

async function compileContracts(
  settings: Settings,
  tree: ContractTree,
  sources: readonly SourceFile[],
): Promise<Outcome<CompiledProtos>> {
  const { descriptorSet, workingDirectory } = settings;
  const files = sources.filter((file) => file.path.endsWith(".proto"));
  if (files.length === 0 && descriptorSet === undefined) return { value: {}, diagnostics: [] };
  const { compileProtos } = await import("./compile-protos.ts");
  const request = { roots: tree.roots, files, workingDirectory };
  return compileProtos(descriptorSet === undefined ? request : { ...request, descriptorSet });
}

/** Everything that decides the output, by hash; `reached` are files that only references lead to. */
function fingerprint(
  { settings, tree, formatter, protoInputs }: RunFacts,
  reached: readonly ContractFile[],
): { readonly settings: string; readonly inputs: Record<string, string> } {
  const { importExtension, messages, configText } = settings;
  const shaping = { tool: toolFingerprint(), importExtension, messages, configText, format: formatter?.fingerprint };
  const inputs = Object.fromEntries([...tree.files, ...reached].map((file) => [file.path, file.hash]));
  return { settings: hashOf(JSON.stringify(shaping)), inputs: { ...inputs, ...protoInputs } };
}

/** Files of an earlier run that discovery doesn't find, as they are now. */
function readAgain({ settings, tree }: RunFacts, paths: readonly string[]): readonly ContractFile[] {
  const found = new Set(tree.files.map((file) => file.path));
  return paths
    .filter((path) => !found.has(path) && !isProtoInput(path))
    .flatMap((path) => readReferenced(path, tree.roots, settings.workingDirectory).value ?? []);
}

function noContracts({ contracts, workingDirectory }: Settings): Diagnostic {
  const folders = contracts.map((folder) => showPath(folder, workingDirectory));
  return createDiagnostic(shellMessages.noContracts, { folders });
}

function failed(diagnostics: readonly Diagnostic[]): RunResult {
  return { outcome: "failed", diagnostics, written: 0, removed: 0, files: 0 };
}
