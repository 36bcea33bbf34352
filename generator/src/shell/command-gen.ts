import { existsSync } from "node:fs";
import { join } from "node:path";
import { manifestName } from "./manifest.ts";
import { runGenerate, type RunResult } from "./run-generate.ts";
import { readGenSettings, type GenFlags, type Settings } from "./settings.ts";
import { showPath } from "./show-path.ts";
import { countOf, reportBug, showDiagnostics, showJson, type Terminal } from "./terminal.ts";
import { watchContracts, type Watched } from "./watch.ts";

/** `trilogue gen`; resolves to the exit code. */
export async function runGenCommand(flags: GenFlags, terminal: Terminal): Promise<number> {
  const settings = settle(flags, terminal);
  if (typeof settings === "number") return settings;
  if (flags.watch === true) return watchAndGenerate(flags, settings, terminal);
  return generateOnce(settings, flags.check === true, terminal);
}

/** Settles anew each time: the configuration may have changed. Whatever is wrong is reported, and watching goes on. */
async function watchAndGenerate(flags: GenFlags, first: Settings, terminal: Terminal): Promise<number> {
  let watched = watchedBy(first);
  await watchContracts(watched, async () => {
    try {
      const settings = settle(flags, terminal);
      if (typeof settings === "number") return watched;
      watched = watchedBy(settings);
      await generateOnce(settings, false, terminal);
    } catch (error) {
      reportBug(error, terminal);
    }
    return watched;
  });
  return 0;
}

async function generateOnce(settings: Settings, check: boolean, terminal: Terminal): Promise<number> {
  const isFirst = !existsSync(join(settings.out, manifestName));
  const result = await runGenerate(settings, { check });
  const exitCode = report(result, settings, terminal);
  // Once, with the output it is about: later runs have nothing new to say on it.
  if (isFirst && result.outcome === "written" && settings.isExtensionAssumed && !terminal.quiet && !terminal.json) {
    const out = showPath(settings.out, settings.workingDirectory);
    terminal.out(`imports end in .${settings.importExtension}: no tsconfig.json near ${out}\n`);
  }
  return exitCode;
}

/** The settings, or the exit code when there are none. */
function settle(flags: GenFlags, terminal: Terminal): Settings | number {
  const read = readGenSettings(flags, process.cwd());
  if ("usage" in read) {
    terminal.error(`trilogue: ${read.usage}\n`);
    return 2;
  }
  showDiagnostics(read.diagnostics, terminal);
  if (read.settings !== undefined) return read.settings;
  showJson({ command: "gen", outcome: "failed" }, read.diagnostics, terminal);
  return 1;
}

function watchedBy({ contracts, configPath, descriptorSet }: Settings): Watched {
  return { folders: contracts, files: descriptorSet === undefined ? [configPath] : [configPath, descriptorSet] };
}

function report(result: RunResult, settings: Settings, terminal: Terminal): number {
  showDiagnostics(result.diagnostics, terminal);
  const { outcome, files, written, removed } = result;
  showJson({ command: "gen", outcome, files, written, removed }, result.diagnostics, terminal);
  if (!terminal.json) {
    if (outcome === "failed") terminal.error(`${countOf(result.diagnostics)}; nothing was written\n`);
    else if (!terminal.quiet) {
      terminal.out(`${describe(result)} in ${showPath(settings.out, settings.workingDirectory)}\n`);
    }
  }
  return outcome === "failed" ? 1 : 0;
}

function describe({ outcome, files, written, removed }: RunResult): string {
  const plural = (count: number): string => `${count} file${count === 1 ? "" : "s"}`;
  if (outcome === "unchanged") return `nothing changed: ${plural(files)}`;
  if (outcome === "checked") return `up to date: ${plural(files)}`;
  return `generated ${plural(files)} (${written} written${removed === 0 ? "" : `, ${removed} removed`})`;
}
