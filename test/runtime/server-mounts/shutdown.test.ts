import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import * as http from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

const program = join(import.meta.dirname, "shutdown-server.ts");
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

interface Service {
  readonly port: number;
  readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>;
  /** Resolves once the process has told this. */
  heard(text: string): Promise<void>;
  signal(): void;
  /** Lets calls end. */
  release(...names: readonly string[]): void;
}

async function start(): Promise<Service> {
  const child = spawn(process.execPath, ["--conditions=trilogue-source", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const wake of waiting.splice(0)) wake();
  });
  const exit = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("exit", (code, signal) => {
      for (const wake of waiting.splice(0)) wake();
      resolve([code, signal]);
    });
  });
  const find = async (isWanted: (line: string) => boolean): Promise<string> => {
    for (;;) {
      const line = lines.find(isWanted);
      if (line !== undefined) return line;
      assert.equal(child.exitCode, null, `the process ended after ${JSON.stringify(lines)}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const port = Number((await find((line) => line.startsWith("port "))).slice(5));
  return {
    port,
    exit,
    heard: async (text) => void (await find((line) => line === text)),
    signal: () => void child.kill("SIGTERM"),
    release: (...names) => void child.stdin.write(`${names.join("\n")}\n`),
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly text: string;
}

function ask(port: number, init: { readonly agent?: http.Agent; readonly name?: string }): Promise<Answer> {
  const { agent = false, name } = init;
  return new Promise((resolve, reject) => {
    const method = name === undefined ? "GET" : "POST";
    const path = name === undefined ? "/lines" : "/work";
    const headers = { "content-type": "application/json" };
    const sent = http.request({ host: "127.0.0.1", port, agent, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", reject).on("end", () => {
        resolve({ status: response.statusCode, connection: response.headers.connection, text });
      });
    });
    sent.on("error", reject).end(name === undefined ? undefined : JSON.stringify(name));
  });
}

test("SIGTERM: calls in flight are answered, new ones are refused, the process ends with 0", async () => {
  const service = await start();
  const agent = new http.Agent({ keepAlive: true });
  const names = Array.from({ length: 5 }, (_, at) => `call${at}`);
  const kept = ask(service.port, { agent, name: "kept" });
  await service.heard("began kept");
  service.release("kept");
  assert.equal((await kept).status, 200);
  const calls = names.map((name) => ask(service.port, { agent, name }));
  const lines = ask(service.port, { agent });
  for (const name of [...names, "lines"]) await service.heard(`began ${name}`);
  service.signal();
  await service.heard("signal");
  await assert.rejects(ask(service.port, { name: "new" }), "a new connection");
  service.release(...names, "lines");
  for (const [at, answer] of (await Promise.all(calls)).entries()) {
    assert.deepEqual(answer, { status: 200, connection: "close", text: `"call${at}"` });
  }
  assert.deepEqual(await lines, { status: 200, connection: "keep-alive", text: "1\n2\n" });
  const releasedAt = performance.now();
  await service.heard("closed");
  assert.deepEqual(await service.exit, [0, null]);
  // Nothing is left to wait for; the grace is 10 s.
  assert.ok(performance.now() - releasedAt < 5_000);
  agent.destroy();
});

test("a second SIGTERM ends the process at once", async () => {
  const service = await start();
  const call = ask(service.port, { name: "stuck" }).then(
    () => "answered",
    () => "cut",
  );
  await service.heard("began stuck");
  service.signal();
  await service.heard("signal");
  service.signal();
  assert.deepEqual(await service.exit, [143, null]);
  assert.equal(await call, "cut");
});
