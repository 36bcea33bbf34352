import { createSqliteStore } from "../../../runtime/src/store/sqlite.ts";
import { systemEnvironment } from "../../../runtime/src/environment/system.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";

/**
 * Charges every key of the list twice, as a server in transaction mode does, until all are done. The parent kills it
 * at any moment and starts it again.
 */
const [path, keyCount] = [process.argv[2] ?? "", Number(process.argv[3])];
const store = createSqliteStore({ path, durability: "normal" });

for (let n = 0; n < keyCount * 2; n++) await charge(`key${n % keyCount}`);
await store.close();
process.exit(0);

async function charge(key: string): Promise<void> {
  const owner = systemEnvironment.newId();
  const claimed = await store.idempotency.claim({ key, fingerprint: "f", owner, leaseMs: 30, ttlMs: 3_600_000 });
  switch (claimed.kind) {
    case "replay":
      return;
    case "busy":
      await sleep(systemEnvironment, claimed.retryAfterMs);
      return charge(key);
    case "own":
      break;
    default:
      throw new Error(`a claim in a transaction can't be ${claimed.kind}`);
  }
  const claim = { key, owner, fence: claimed.fence };
  await store.transaction(async (tx) => {
    tx.prepare("INSERT INTO charge (key) VALUES (?)").run(key);
    await sleep(systemEnvironment, 1);
    const outcome = { status: 201, headers: [], body: new TextEncoder().encode(key), requestId: owner };
    if (!(await store.idempotency.complete(claim, outcome, tx))) throw new Error("fenced off");
  });
}
