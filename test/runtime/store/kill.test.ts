import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSimulation } from "../../../runtime/src/testing/index.ts";

const worker = fileURLToPath(new URL("./kill-worker.ts", import.meta.url));
const keyCount = 400;
const kills = 20;

/** Runs the worker, and kills it once `progress` more charges are committed; resolves to how it ended. */
async function runWorker(path: string, database: DatabaseSync, progress: number): Promise<"killed" | number | null> {
  const flags = ["--conditions=trilogue-source", "--no-warnings"];
  const child = spawn(process.execPath, [...flags, worker, path, String(keyCount)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const target = count(database) + progress;
  let killed = false;
  const watch = setInterval(() => {
    if (count(database) >= target) killed = child.kill("SIGKILL");
  }, 1);
  const code = await new Promise<number | null>((resolve) => {
    child.on("exit", resolve);
  });
  clearInterval(watch);
  return killed && code === null ? "killed" : code;
}

function count(database: DatabaseSync): number {
  return Number(database.prepare("SELECT count(*) AS n FROM charge").get()?.["n"]);
}

test("killed twenty times at any moment, every key is charged exactly once", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-kill-"));
  const path = join(folder, "store.db");
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const random = createSimulation({ seed: "kill" });
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE charge (key TEXT NOT NULL)");
  let killed = 0;
  for (let n = 0; n < kills; n++) {
    if ((await runWorker(path, database, 1 + Math.floor(random.random() * 15))) === "killed") killed += 1;
  }
  assert.equal(await runWorker(path, database, Infinity), 0);
  assert.ok(killed >= kills / 2, `only ${killed} of ${kills} were killed at work`);
  assert.equal(count(database), keyCount);
  assert.deepEqual(database.prepare("SELECT key FROM charge GROUP BY key HAVING count(*) > 1").all(), []);
  const states = database.prepare("SELECT DISTINCT state FROM trilogue_key").all();
  assert.deepEqual(
    states.map(({ state }) => state),
    ["done"],
  );
  database.close();
  rmSync(folder, { recursive: true });
});
