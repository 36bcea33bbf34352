import { watchContracts } from "./watch.ts";
import { runGenerate, type RunResult } from "./run-generate.ts";
import { readSettings, showPath, type Flags, type Settings } from "./settings.ts";
import { countOf, showDiagnostics, showJson, type Terminal } from "./terminal.ts";

/** Flags of `gen` beside those that settle what is read and written. */
export interface GenFlags extends Flags {
  readonly check?: boolean | undefined;
  readonly watch?: boolean | undefined;
}

/** `trilogue gen`. */
export async function runGenCommand(flags: GenFlags, terminal: Terminal): Promise<number> {
  const read = readSettings(flags, process.cwd());
  if ("usage" in read) {
    terminal.error(`trilogue: ${read.usage}\n`);
    return 2;
  }
  showDiagnostics(read.diagnostics, terminal);
  if (read.settings === undefined) {
    showJson({ command: "gen", outcome: "failed" }, read.diagnostics, terminal);
    return 1;
  }
  const { settings } = read;
  const mode = { check: flags.check === true };
  if (flags.watch !== true) return report(await runGenerate(settings, mode), settings, terminal);
  await watchContracts(settings.contracts, async () => {
    report(await runGenerate(settings, mode), settings, terminal);
  });
  return 0;
}

function report(result: RunResult, settings: Settings, terminal: Terminal): number {
  showDiagnostics(result.diagnostics, terminal);
  const { outcome, files, written, removed } = result;
  showJson({ command: "gen", outcome, files, written, removed }, result.diagnostics, terminal);
  if (!terminal.json) {
    if (outcome === "failed") terminal.error(`${countOf(result.diagnostics)}; nothing was written\n`);
    else if (!terminal.quiet)
      terminal.out(`${describe(result)} in ${showPath(settings.out, settings.workingDirectory)}\n`);
  }
  return outcome === "failed" ? 1 : 0;
}

function describe({ outcome, files, written, removed }: RunResult): string {
  const plural = (count: number): string => `${count} file${count === 1 ? "" : "s"}`;
  if (outcome === "unchanged") return `nothing changed: ${plural(files)}`;
  if (outcome === "checked") return `up to date: ${plural(files)}`;
  return `generated ${plural(files)} (${written} written${removed === 0 ? "" : `, ${removed} removed`})`;
}
