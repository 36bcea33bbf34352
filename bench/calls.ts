import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "./generate.ts";
import { median, rounds } from "./measure.ts";
import { orderContract } from "./validation/order.ts";

/** Server and client of each arm; the mixed ones tell the two sides of ours apart. */
const arms = [
  ["trilogue", "trilogue"],
  ["fastify", "fastify"],
  ["node:http", "node:http"],
  ["trilogue", "node:http"],
  ["node:http", "trilogue"],
] as const;

const callRounds = Math.min(7, rounds);

/** A call over loopback HTTP/1.1: 1.2 kB of JSON there and back, server and client in processes of their own. */
export async function benchCalls(folder: string): Promise<readonly Row[]> {
  prepare(folder);
  const running = [];
  for (const [server, client] of arms) running.push(await startArm(folder, server, client));
  try {
    const results = new Map(arms.map((arm) => [arm, [] as Measured[]]));
    for (let round = 0; round <= callRounds; round++) {
      for (const [index, arm] of arms.entries()) {
        const measured = await measureArm(running[index] as RunningArm);
        if (round > 0) results.get(arm)?.push(measured);
      }
    }
    const rows = [...results].map(([[server, client], all]): Row => {
      const of = (key: keyof Measured): number => median(all.map((one) => one[key]));
      const both = of("clientUs") + of("serverUs");
      const cells = [both, of("clientUs"), of("serverUs"), of("p50Us"), of("p99Us"), of("callsPerSecond")];
      return [
        `${names[server]} / ${client === "fastify" ? "openapi-fetch" : names[client]}`,
        ...cells.map((cell) => cell.toFixed(0)),
      ];
    });
    return [["server / client", "us CPU a call", "client", "server", "p50 us", "p99 us", "calls/s at 32"], ...rows];
  } finally {
    for (const { server, client } of running) for (const child of [client, server]) child.kill();
  }
}

const names = {
  trilogue: "trilogue (validated, whole pipeline)",
  fastify: "fastify with schemas",
  "node:http": "node:http",
};

/** Medians are taken of these. */
interface Measured {
  readonly clientUs: number;
  readonly serverUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly callsPerSecond: number;
}

interface RunningArm {
  readonly server: ChildProcess;
  readonly client: ChildProcess;
}

function prepare(folder: string): void {
  const contracts = join(folder, "order", "contracts");
  mkdirSync(contracts, { recursive: true });
  writeFileSync(join(contracts, "orders.json"), JSON.stringify(orderContract()));
  const cli = join(folder, "node_modules", "trilogue", "bin", "trilogue.js");
  execFileSync(process.execPath, [
    cli,
    "gen",
    "--quiet",
    "--contracts",
    contracts,
    "--out",
    join(folder, "order", "gen"),
  ]);
}

async function startArm(folder: string, serverName: string, clientName: string): Promise<RunningArm> {
  const start = async (args: readonly string[]): Promise<{ child: ChildProcess; url: string }> => {
    const env = { ...process.env, TRILOGUE_BENCH_FOLDER: folder };
    const child = fork(join(import.meta.dirname, "calls", "process.ts"), [...args], { env });
    const { url } = (await answerOf(child)) as { readonly url: string };
    return { child, url };
  };
  const server = await start(["server", serverName]);
  const client = await start(["client", clientName, server.url]);
  return { server: server.child, client: client.child };
}

async function measureArm({ server, client }: RunningArm): Promise<Measured> {
  await ask(client, { calls: 1_000, lanes: 1 });
  const before = (await ask(server, {})) as { readonly cpu: number };
  const calls = 3_000;
  const one = (await ask(client, { calls, lanes: 1 })) as RunResult;
  const after = (await ask(server, {})) as { readonly cpu: number };
  const many = (await ask(client, { calls: 6_000, lanes: 32 })) as RunResult;
  return {
    clientUs: (one.cpu * 1000) / calls,
    serverUs: ((after.cpu - before.cpu) * 1000) / calls,
    p50Us: one.p50 * 1000,
    p99Us: one.p99 * 1000,
    callsPerSecond: 6_000 / (many.wallMs / 1000),
  };
}

interface RunResult {
  readonly cpu: number;
  readonly wallMs: number;
  readonly p50: number;
  readonly p99: number;
}

async function ask(child: ChildProcess, task: object): Promise<unknown> {
  const answer = answerOf(child);
  child.send(task);
  return answer;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a process of the bench ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}
