import { hasErrors, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { formatDiagnostics, toJson } from "../diagnostics/format.ts";
import { toolVersion } from "./version.ts";

/** Where a command writes: results to `out`, findings and progress to `error`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly color: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The process's own streams; colours only where a person looks. */
export function createTerminal(options: { readonly json: boolean; readonly quiet: boolean }): Terminal {
  const color = process.stderr.isTTY && process.env["NO_COLOR"] === undefined && !options.json;
  return {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    color,
    ...options,
  };
}

/** Shows findings: warnings are left out by `--quiet`, errors never. */
export function showDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal): void {
  const shown = terminal.quiet ? diagnostics.filter(({ severity }) => severity === "error") : diagnostics;
  if (shown.length === 0 || terminal.json) return;
  terminal.error(formatDiagnostics(shown, { color: terminal.color, maxAlike: 3 }));
}

/** The findings and what else a command has to say, as one JSON object on one line. */
export function showJson(
  result: Readonly<Record<string, unknown>>,
  diagnostics: readonly Diagnostic[],
  terminal: Terminal,
): void {
  if (!terminal.json) return;
  terminal.out(`${JSON.stringify({ ...result, ok: !hasErrors(diagnostics), diagnostics: diagnostics.map(toJson) })}\n`);
}

/** A failure that is ours: no contract should be able to cause it. */
export function reportBug(error: unknown, terminal: Pick<Terminal, "error">): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.error(`trilogue: this is a bug in trilogue ${toolVersion()}, please report it with the contract\n${text}\n`);
}

/** `3 errors, 1 warning`. */
export function countOf(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic["severity"], word: string): string[] => {
    const number = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`];
  };
  return [...count("error", "error"), ...count("warning", "warning")].join(", ");
}
