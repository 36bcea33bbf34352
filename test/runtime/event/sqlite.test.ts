import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { createMemoryBroker } from "../../../runtime/src/broker/memory.ts";
import { createConsumer, createProducer, startRelay } from "../../../runtime/src/event/index.ts";
import { createSqliteStore } from "../../../runtime/src/store/sqlite.ts";
import { createSimulation } from "../../../runtime/src/testing/simulation.ts";
import { order, shopEvents } from "./harness.ts";

const service = shopEvents({ delivery: { ordering: "perKey", key: "customer", outbox: true } });

test("effects in the user's own tables happen once a message, under duplicates, losses and a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-events-"));
  const path = join(folder, "shop.db");
  try {
    const setup = new DatabaseSync(path);
    // No unique constraint: a second effect would be a second row.
    setup.exec("create table charges (customer text not null, n integer not null)");
    setup.close();
    const environment = createSimulation({ seed: 11 });
    const broker = createMemoryBroker({
      environment,
      confirmTimeoutMs: 100,
      faults: {
        duplicate: { share: 0.5, copies: 3 },
        reorder: 0.5,
        loseAck: 0.2,
        loseConfirm: 0.2,
        dropConnection: 0.05,
      },
    });
    await environment.run(async () => {
      for (let life = 0; life < 3; life++) {
        const store = createSqliteStore({ path, environment, durability: "normal" });
        const relay = startRelay({ store, broker, environment });
        const producer = createProducer(service, broker, { environment, store });
        const consumer = createConsumer(
          service,
          {
            orderPlaced: async (event, ctx) => {
              const insert = ctx.idempotency.tx.prepare("insert into charges (customer, n) values (?, ?)");
              insert.run(event.data.customer, event.data.n);
              if (environment.random() < 0.2) throw new Error("after the effect");
            },
          },
          { broker, store, environment, group: "billing" },
        );
        await consumer.start();
        for (let n = 0; n < 20; n++) {
          for (const customer of ["ada", "bob"]) {
            await store.transaction((tx) => producer.orderPlaced({ data: order(customer, life * 20 + n) }, { tx }));
          }
        }
        if (life === 2) {
          await relay.idle();
          while (broker.pending() > 0)
            await new Promise<void>((resolve) => {
              environment.setTimer(resolve, 1_000);
            });
        }
        await relay.stop();
        await consumer.close();
        await store.close();
      }
    });
    const database = new DatabaseSync(path);
    const rows = database.prepare("select customer, n from charges order by rowid").all() as {
      customer: string;
      n: number;
    }[];
    database.close();
    const wanted = Array.from({ length: 60 }, (_, n) => n);
    for (const customer of ["ada", "bob"]) {
      assert.deepEqual(
        rows.filter((row) => row.customer === customer).map(({ n }) => n),
        wanted,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
