import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { createMemoryStore } from "../../../runtime/src/store/memory.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { memoryTransport, type MemoryFault } from "../../../runtime/src/transport/memory.ts";
import { chargeOperation } from "../idempotency/support.ts";

interface Run {
  /** Every attempt as it came to the wire: time, key and what happened to it. */
  readonly log: readonly string[];
  readonly answered: ReadonlyMap<string, number>;
  readonly charged: ReadonlyMap<string, number>;
}

const orders = 60;

/** Client, wire with faults, server and store in one simulation; each order charges once, under a key of its own. */
async function runShop(seed: number): Promise<Run> {
  const simulation = createSimulation({ seed });
  const log: string[] = [];
  const charged = new Map<string, number>();
  const answered = new Map<string, number>();
  const service = {
    kind: "http",
    name: "payments.v1.Payments",
    operations: { charge: chargeOperation("charge", { scope: "global" }) },
  } as const;
  const server = createServer({ environment: simulation, store: createMemoryStore({ environment: simulation }) }).add(
    service,
    {
      charge: async ({ body }, ctx) => {
        await sleep(simulation, 5 + 40 * simulation.random(), ctx.signal);
        const key = ctx.idempotency?.key ?? "";
        ctx.idempotency?.tx.onCommit(() => charged.set(key, (charged.get(key) ?? 0) + 1));
        if (simulation.random() < 0.1) throw new Error("broken after the write");
        return ctx.reply(201, { id: body.amount });
      },
    },
  );
  const transport = memoryTransport(server, {
    environment: simulation,
    fault: (request): MemoryFault | undefined => {
      const draw = simulation.random();
      const fault: MemoryFault | undefined =
        draw < 0.2
          ? { kind: "dropResponse" }
          : draw < 0.25
            ? { kind: "refuse" }
            : draw < 0.3
              ? { kind: "dropRequest" }
              : draw < 0.4
                ? { kind: "delay", responseMs: 300 }
                : undefined;
      log.push(`${simulation.monotonic()} ${request.headers.get("idempotency-key")} ${fault?.kind ?? "well"}`);
      return fault;
    },
  });
  const client = createClient(service, transport, { environment: simulation });
  await simulation.run(() =>
    Promise.all(
      Array.from({ length: orders }, async (_, n) => {
        await sleep(simulation, n * 20);
        const key = simulation.newId();
        // As a careful user: after a failure the same order is paid again under the same key, until it is answered.
        for (;;) {
          try {
            answered.set(
              key,
              (await client.charge({ body: { amount: n } }, { idempotencyKey: key, timeoutMs: 2_000 })).id,
            );
            return;
          } catch {
            await sleep(simulation, 500);
          }
        }
      }),
    ),
  );
  assert.equal(simulation.pendingTimers, 0, "a timer is left when all is quiet");
  assert.equal(server.inFlight, 0);
  return { log, answered, charged };
}

test("whatever the wire does, every order is charged once and answered with its own charge", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const { log, answered, charged } = await runShop(seed);
    assert.ok(log.length > orders, `seed ${seed}: no attempt was repeated`);
    assert.equal(answered.size, orders, `seed ${seed}`);
    assert.deepEqual(
      [...charged.values()].filter((count) => count !== 1),
      [],
      `seed ${seed}: charged twice`,
    );
    assert.deepEqual([...charged.keys()].sort(), [...answered.keys()].sort(), `seed ${seed}`);
    assert.equal(new Set(answered.values()).size, orders, `seed ${seed}: an answer of another order`);
  }
});

test("the same seed is the same run, another seed another", async () => {
  const [first, again, other] = [await runShop(7), await runShop(7), await runShop(8)];
  assert.deepEqual(first.log, again.log);
  assert.notDeepEqual(first.log, other.log);
});
