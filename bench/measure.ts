import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What one run of a command took: wall time, and the Node processes in it together. */
export interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the largest process. */
  readonly peakMb: number;
}

/** A command to measure; `before` puts things in order and is not measured. */
export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly before?: () => void;
  /** Measured rounds of this one; `rounds` by default. */
  readonly rounds?: number;
  /** What it exits with is not looked at. */
  readonly mayFail?: boolean;
}

/** Rounds of every measurement; an odd number, so that a median is one of them. `TRILOGUE_BENCH_ROUNDS` sets another. */
export const rounds: number = Number(process.env["TRILOGUE_BENCH_ROUNDS"] ?? 9);

/** Runs each command once a round, in turn, so that all see the same machine; the first round only warms up disks. */
export function interleave(commands: readonly Command[]): ReadonlyMap<string, Run> {
  const runs = new Map<string, Run[]>(commands.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const command of commands) {
      if (round > Math.min(command.rounds ?? rounds, rounds)) continue;
      command.before?.();
      const run = runCommand(command);
      if (round > 0) runs.get(command.name)?.push(run);
    }
  }
  return new Map([...runs].map(([name, all]) => [name, medianRun(all)]));
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function medianRun(runs: readonly Run[]): Run {
  const of = (key: keyof Run): number => median(runs.map((run) => run[key]));
  return { wallMs: of("wallMs"), cpuMs: of("cpuMs"), peakMb: of("peakMb") };
}

const reporter = pathToFileURL(join(import.meta.dirname, "report-usage.js")).href;

function runCommand({ name, command, args, cwd, mayFail }: Command): Run {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-usage-"));
  try {
    const env = { ...process.env, NODE_OPTIONS: `--import=${reporter}`, TRILOGUE_USAGE: folder };
    const start = performance.now();
    const { status, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 28 });
    const wallMs = performance.now() - start;
    if (status !== 0 && mayFail !== true) throw new Error(`${name} failed: ${error?.message ?? stderr.slice(0, 4000)}`);
    const usages = readdirSync(folder).map((file) => readUsage(join(folder, file)));
    const cpuMs = usages.reduce((sum, usage) => sum + usage.userCPUTime + usage.systemCPUTime, 0) / 1000;
    return { wallMs, cpuMs, peakMb: Math.max(0, ...usages.map((usage) => usage.maxRSS)) / 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readUsage(path: string): NodeJS.ResourceUsage {
  return JSON.parse(readFileSync(path, "utf8")) as NodeJS.ResourceUsage;
}
