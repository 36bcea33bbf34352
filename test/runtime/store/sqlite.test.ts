import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createSqliteStore, type SqliteTx } from "../../../runtime/src/store/sqlite.ts";
import type { Store } from "../../../runtime/src/store/store.ts";
import { createSimulation, testStore } from "../../../runtime/src/testing/index.ts";

function tempFolder(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-store-"));
  return { path: join(folder, "store.db"), remove: () => rmSync(folder, { recursive: true }) };
}

testStore<SqliteTx>("SQLite store", (environment) => {
  const folder = tempFolder();
  const store = createSqliteStore({ path: folder.path, environment, durability: "normal" });
  const reader = new DatabaseSync(folder.path);
  reader.exec("CREATE TABLE effect (name TEXT NOT NULL)");
  return {
    store,
    writeEffect: (tx, name) => {
      tx.prepare("INSERT INTO effect (name) VALUES (?)").run(name);
    },
    countEffects: (name) => Number(reader.prepare("SELECT count(*) AS n FROM effect WHERE name = ?").get(name)?.["n"]),
    close: () => {
      reader.close();
      folder.remove();
    },
  };
});

test("two stores of one file share their writers' queue and their keys", async () => {
  const folder = tempFolder();
  const simulation = createSimulation({ seed: 1 });
  const open = (): Store<SqliteTx> =>
    createSqliteStore({ path: folder.path, environment: simulation, durability: "normal" });
  const [one, two] = [open(), open()] as const;
  await simulation.run(async () => {
    const results = await Promise.all(
      [one, two].map(({ idempotency }, n) =>
        idempotency.claim({ key: "k", fingerprint: "f", owner: `owner${n}`, leaseMs: 1_000, ttlMs: 1_000 }),
      ),
    );
    assert.deepEqual(results.map(({ kind }) => kind).sort(), ["busy", "own"]);
    await one.close();
    await two.close();
  });
  folder.remove();
});

test("another process's write is waited for without stopping the event loop, and not for ever", async () => {
  const folder = tempFolder();
  const simulation = createSimulation({ seed: 1 });
  const store = createSqliteStore({
    path: folder.path,
    environment: simulation,
    durability: "normal",
    maxWaitMs: 1_000,
  });
  const other = new DatabaseSync(folder.path);
  other.exec("BEGIN IMMEDIATE");
  await simulation.run(async () => {
    const started = simulation.monotonic();
    await assert.rejects(
      store.transaction(async () => undefined),
      (error: { code?: string; sent?: string }) => error.code === "unavailable" && error.sent === "no",
    );
    assert.ok(simulation.monotonic() - started >= 1_000);
    const waiting = store.transaction(async () => "written");
    simulation.setTimer(() => other.exec("COMMIT"), 100);
    assert.equal(await waiting, "written");
    const controller = new AbortController();
    other.exec("BEGIN IMMEDIATE");
    const given = store.transaction(async () => undefined, { signal: controller.signal });
    simulation.setTimer(() => controller.abort("gone"), 10);
    await assert.rejects(given, (error) => error === "gone");
    other.exec("COMMIT");
    await store.close();
  });
  other.close();
  folder.remove();
});

test("a database in memory is refused, with the way to go", () => {
  assert.throws(() => createSqliteStore({ path: ":memory:" }), /createMemoryStore/);
});

test("a statement of a transaction that was given up writes nothing any more", async () => {
  const folder = tempFolder();
  const simulation = createSimulation({ seed: 1 });
  const store = createSqliteStore({ path: folder.path, environment: simulation, durability: "normal" });
  await simulation.run(async () => {
    await store.transaction(async (tx) => tx.exec("CREATE TABLE charge (id INTEGER)"));
    const controller = new AbortController();
    simulation.setTimer(() => controller.abort(new Error("deadline")), 10);
    const late = Promise.withResolvers<unknown>();
    const slow = async (tx: SqliteTx): Promise<void> => {
      const insert = tx.prepare("INSERT INTO charge VALUES (1)");
      await sleep(simulation, 20);
      // Another transaction is open at that time, on the same connection.
      try {
        insert.run();
      } catch (error) {
        late.resolve(error);
      }
    };
    await assert.rejects(store.transaction(slow, { signal: controller.signal }), /deadline/);
    await store.transaction(async () => sleep(simulation, 50));
    assert.match(String(await late.promise), /the transaction has ended/);
    const rows = await store.transaction(async (tx) => tx.prepare("SELECT * FROM charge").all());
    assert.deepEqual(rows, []);
    await store.close();
  });
  folder.remove();
});

test("a transaction inside another ends with an error that says why, and not never", async () => {
  const folder = tempFolder();
  const simulation = createSimulation({ seed: 1 });
  const store = createSqliteStore({ path: folder.path, environment: simulation, durability: "normal" });
  await simulation.run(async () => {
    await assert.rejects(
      store.transaction(() => store.transaction(async () => undefined)),
      (error: { code?: string; message?: string; sent?: string }) =>
        error.code === "unavailable" &&
        error.sent === "no" &&
        /inside of it and waits for itself/.test(error.message ?? ""),
    );
    await store.transaction(async () => undefined);
    assert.equal(simulation.pendingTimers, 0);
    await store.close();
    await store.close();
  });
  folder.remove();
});

test("a handler that ended the transaction itself harms nobody who comes later", async () => {
  const folder = tempFolder();
  const simulation = createSimulation({ seed: 1 });
  const store = createSqliteStore({ path: folder.path, environment: simulation, durability: "normal" });
  await simulation.run(async () => {
    await assert.rejects(
      store.transaction(async (tx) => tx.exec("ROLLBACK")),
      /no transaction is active/,
    );
    assert.equal(await store.transaction(async (tx) => tx.prepare("SELECT 1 AS n").get()?.["n"]), 1);
    await store.close();
  });
  folder.remove();
});
