import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Diagnostic } from "../../generator/src/diagnostics/diagnostic.ts";
import { generate, type Generated } from "../../generator/src/generate.ts";
import type { LoadInput } from "../../generator/src/load/loaded.ts";
import { compileProtos } from "../../generator/src/shell/compile-protos.ts";
import { readContracts, readReferenced, toSourceFile } from "../../generator/src/shell/read-contracts.ts";
import { root } from "../support/source-tree.ts";
import { checkTypes } from "./check-types.ts";
import type { CorpusDocument } from "./documents.ts";

/** What became of a document. */
export interface DocumentResult {
  readonly name: string;
  readonly outcome: "clean" | "diagnosed" | "does not compile" | "anonymous names" | "crashed";
  /** Operations, for the table. */
  readonly operations: number;
  readonly reason: string;
  readonly seconds: number;
}

/** Generates one document as `trilogue gen` would, writes the output below `.cache` and type-checks it. */
export async function generateDocument(document: CorpusDocument): Promise<DocumentResult> {
  const start = performance.now();
  const finish = (outcome: DocumentResult["outcome"], reason: string, operations = 0): DocumentResult => ({
    name: document.name,
    outcome,
    operations,
    reason,
    seconds: (performance.now() - start) / 1000,
  });
  let generated: Generated;
  try {
    generated = await runSteps(document);
  } catch (error) {
    return finish("crashed", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const errors = generated.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    const unplaced = errors.filter(({ range }) => range === undefined);
    return unplaced.length > 0 && document.kind !== "proto"
      ? finish("crashed", `a diagnostic without a place: ${unplaced[0]?.message ?? ""}`)
      : finish("diagnosed", describe(errors));
  }
  const operations = countOperations(generated);
  const anonymous = generated.files.flatMap(
    (file) => /\b(?:type|interface|const|function) (\w*[Aa]nonymous\w*?\d+)\b/.exec(file.text)?.[1] ?? [],
  );
  if (anonymous.length > 0) return finish("anonymous names", anonymous[0] ?? "", operations);
  const folder = resolve(root, ".cache/corpus", document.name.replaceAll("/", "__"));
  write(folder, generated);
  const typeErrors = checkTypes(
    generated.files.map((file) => file.path),
    folder,
  );
  if (typeErrors.length > 0)
    return finish("does not compile", `${typeErrors.length} errors, first: ${typeErrors[0] ?? ""}`, operations);
  rmSync(folder, { recursive: true, force: true });
  return finish("clean", describe(generated.diagnostics.filter(({ severity }) => severity === "warning")), operations);
}

/** Runs the six steps on a document, with all that it asks for. */
export async function runSteps(document: CorpusDocument): Promise<Generated> {
  const tree = readContracts([document.folder], { workingDirectory: root }).value;
  const files = tree.files.map((file) => toSourceFile(file, root).value);
  const protos =
    document.kind !== "proto"
      ? { value: {}, diagnostics: [] }
      : await compileProtos({
          roots: [document.folder],
          files: files.filter((file) => file.path.endsWith(".proto")),
          workingDirectory: root,
        });
  if (protos.diagnostics.length > 0) return { files: [], needs: [], model: undefined, diagnostics: protos.diagnostics };
  const missing = new Set<string>();
  for (;;) {
    const input: LoadInput = { files, entries: new Set(document.entries), missing, ...protos.value };
    const generated = generate(input, { importExtension: "ts", messages: "own" });
    if (generated.needs.length === 0) return generated;
    for (const path of generated.needs) {
      const { value: file } = readReferenced(path, [document.folder], root);
      if (file === undefined) missing.add(path);
      else files.push(toSourceFile(file, root).value);
    }
  }
}

function countOperations({ model }: Generated): number {
  return (model?.contracts ?? []).reduce(
    (sum, contract) =>
      sum +
      (contract.kind === "rpc"
        ? contract.services.reduce((methods, service) => methods + service.operations.length, 0)
        : contract.operations.length),
    0,
  );
}

function write(folder: string, generated: Generated): void {
  rmSync(folder, { recursive: true, force: true });
  for (const file of generated.files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
  }
}

function describe(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return "";
  const counts = new Map<string, number>();
  for (const { code } of diagnostics) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => (count === 1 ? code : `${code} x${count}`)).join(", ");
}
