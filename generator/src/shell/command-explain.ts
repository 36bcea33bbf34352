import { hasErrors } from "../diagnostics/diagnostic.ts";
import { loadAndGenerate } from "./run-generate.ts";
import { readSettings, type Flags } from "./settings.ts";
import { showDiagnostics, showJson, type Terminal } from "./terminal.ts";

/** `trilogue explain [OPERATION]`. */
export async function runExplainCommand(
  flags: Flags,
  command: { readonly operation: string | undefined; readonly terminal: Terminal },
): Promise<number> {
  const { operation, terminal } = command;
  const read = readSettings({ ...flags, out: flags.out ?? "gen" }, process.cwd());
  if ("usage" in read) {
    terminal.error(`trilogue: ${read.usage}\n`);
    return 2;
  }
  const generated = read.settings === undefined ? undefined : await loadAndGenerate(read.settings);
  const diagnostics = [...read.diagnostics, ...(generated?.diagnostics ?? [])];
  if (generated?.model === undefined) {
    showDiagnostics(diagnostics, terminal);
    showJson({ command: "explain" }, diagnostics, terminal);
    return 1;
  }
  showDiagnostics(
    diagnostics.filter(({ severity }) => severity === "error"),
    terminal,
  );
  const { explain, printExplanation } = await import("../explain.ts");
  const explained = explain(generated.model, operation);
  showDiagnostics(explained.diagnostics, terminal);
  showJson({ command: "explain", operations: explained.value }, [...diagnostics, ...explained.diagnostics], terminal);
  if (!terminal.json && !hasErrors(explained.diagnostics)) terminal.out(printExplanation(explained.value));
  return hasErrors([...diagnostics, ...explained.diagnostics]) ? 1 : 0;
}
