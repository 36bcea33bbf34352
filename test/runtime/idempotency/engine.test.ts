import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createMemoryStore, type MemoryTx } from "../../../runtime/src/store/memory.ts";
import type { Store } from "../../../runtime/src/store/store.ts";
import type { Simulation } from "../../../runtime/src/testing/index.ts";
import { bench, reasonOf, type ChargeHandler } from "./support.ts";

const key = "0195e0a4-5c1e-7000-8000-000000000001";

/** Charges in the transaction, and counts both calls and committed effects. */
function counting(more: ChargeHandler = async (_, ctx) => ctx.reply(201, { id: 0 })) {
  const counts = { calls: 0, effects: 0 };
  const handler: ChargeHandler = async (input, ctx) => {
    counts.calls += 1;
    const id = counts.calls;
    if (ctx.idempotency?.tx === undefined) counts.effects += 1;
    else
      ctx.idempotency.tx.onCommit(() => {
        counts.effects += 1;
      });
    const reply = await more(input, ctx);
    return { ...reply, body: { id } };
  };
  return { counts, handler };
}

test("the same key twice is one effect and two equal answers", async () => {
  const { counts, handler } = counting();
  const { simulation, charge, telemetry } = bench({ handler });
  await simulation.run(async () => {
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
    assert.deepEqual(await charge(`${key}x`), { status: 201, id: 2 });
  });
  assert.deepEqual(counts, { calls: 2, effects: 2 });
  assert.equal(telemetry.total("idempotency.claims", { result: "replay" }), 1);
  assert.equal(simulation.pendingTimers, 0);
});

test("two hundred duplicates at once are one effect, and all get its answer", async () => {
  const { counts, handler } = counting(async (_, ctx) => {
    await sleep(ctx.environment, 100);
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler });
  const answers = await simulation.run(() => Promise.all(Array.from({ length: 200 }, () => charge(key))));
  for (const answer of answers) assert.deepEqual(answer, { status: 201, id: 1 });
  assert.deepEqual(counts, { calls: 1, effects: 1 });
  assert.equal(simulation.pendingTimers, 0);
});

test("an operation that rejects duplicates in flight says so, and when to come again", async () => {
  const { handler } = counting(async (_, ctx) => {
    await sleep(ctx.environment, 100);
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler, policy: { inFlight: "reject" } });
  await simulation.run(async () => {
    const first = charge(key);
    const second = await charge(key);
    assert.equal(reasonOf(second), "IDEMPOTENCY_IN_PROGRESS");
    assert.ok(isServiceError(second) && (second.retry.afterMs ?? 0) > 0);
    await first;
  });
});

test("a duplicate waits five seconds at most", async () => {
  const { handler } = counting(async (_, ctx) => {
    await sleep(ctx.environment, 8_000);
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    const first = charge(key);
    assert.equal(reasonOf(await charge(key)), "IDEMPOTENCY_IN_PROGRESS");
    assert.ok(simulation.monotonic() >= 5_000 && simulation.monotonic() < 5_100);
    assert.deepEqual(await first, { status: 201, id: 1 });
  });
});

test("the same key with other content is refused, in flight and after", async () => {
  const { counts, handler } = counting(async (_, ctx) => {
    await sleep(ctx.environment, 100);
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    const first = charge(key, 100);
    await sleep(simulation, 1);
    const second = await charge(key, 999);
    assert.equal(reasonOf(second), "IDEMPOTENCY_KEY_REUSED");
    assert.ok(isServiceError(second) && second.code === "invalid_argument");
    await first;
    assert.equal(reasonOf(await charge(key, 999)), "IDEMPOTENCY_KEY_REUSED");
  });
  assert.equal(counts.calls, 1);
});

test("callers and operations have keys of their own", async () => {
  const { counts, handler } = counting();
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
    assert.deepEqual(await charge(key, 5, { who: "bob" }), { status: 201, id: 2 });
    assert.deepEqual(await charge(key, 6, { operation: "refund" }), { status: 201, id: 3 });
  });
  assert.equal(counts.effects, 3);
});

test("a caller whom nobody knows has no keys, unless they are for all", async () => {
  const { handler } = counting();
  const closed = bench({ handler, authenticate: () => undefined });
  assert.equal(reasonOf(await closed.simulation.run(() => closed.charge(key))), "IDEMPOTENCY_NEEDS_PRINCIPAL");
  const open = bench({ handler, authenticate: () => undefined, policy: { scope: "global" } });
  assert.deepEqual(await open.simulation.run(() => open.charge(key)), { status: 201, id: 1 });
});

test("a handler that fails after its writes leaves none, and the key is free", async () => {
  let broken = true;
  const { counts, handler } = counting(async (_, ctx) => {
    if (broken) throw new Error("the secret is 42");
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    const failed = await charge(key);
    assert.ok(isServiceError(failed) && failed.code === "unknown" && !String(failed.message).includes("42"));
    broken = false;
    assert.deepEqual(await charge(key), { status: 201, id: 2 });
  });
  assert.deepEqual(counts, { calls: 2, effects: 1 });
});

test("a declared error is the answer of repeats too, and its writes are rolled back", async () => {
  const { counts, handler } = counting(async () => {
    throw new ServiceError("failed_precondition", "the card has expired", { reason: "CARD_EXPIRED" });
  });
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    assert.equal(reasonOf(await charge(key)), "CARD_EXPIRED");
    assert.equal(reasonOf(await charge(key)), "CARD_EXPIRED");
  });
  assert.deepEqual(counts, { calls: 1, effects: 0 });
});

test("a reply that may hide an effect is not kept, and in a transaction rolled back", async () => {
  const statuses: (503 | 201)[] = [503, 201];
  const { counts, handler } = counting(async (_, ctx) => ctx.reply(statuses.shift() ?? 201, { id: 0 }));
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    assert.deepEqual(await charge(key), { status: 503, id: 1 });
    assert.deepEqual(await charge(key), { status: 201, id: 2 });
  });
  assert.equal(counts.effects, 1);
});

test("an effect outside of the store is never repeated when nobody knows whether it happened", async () => {
  const { counts, handler } = counting(async () => {
    throw new Error("the connection broke");
  });
  const { simulation, charge } = bench({ handler, handlerOptions: { mode: "lease" } });
  await simulation.run(async () => {
    assert.ok(isServiceError(await charge(key)));
    assert.equal(reasonOf(await charge(key)), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  });
  assert.equal(counts.calls, 1);
});

test("a handler that can resume is called again, with a greater fence", async () => {
  const fences: number[] = [];
  const { handler } = counting(async (_, ctx) => {
    fences.push(ctx.idempotency?.fence ?? 0);
    if (fences.length === 1) throw new Error("the connection broke");
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler, handlerOptions: { mode: "lease", resumable: true } });
  await simulation.run(async () => {
    assert.ok(isServiceError(await charge(key)));
    assert.deepEqual(await charge(key), { status: 201, id: 2 });
  });
  assert.ok((fences[1] ?? 0) > (fences[0] ?? 0));
});

test("errors after the start are final where the server says so", async () => {
  const { counts, handler } = counting(async () => {
    throw new Error("broken");
  });
  const { simulation, charge } = bench({ handler, idempotency: { mode: "lease", storeErrors: "final" } });
  await simulation.run(async () => {
    assert.ok(isServiceError(await charge(key)));
    assert.equal(reasonOf(await charge(key)), undefined);
  });
  assert.equal(counts.calls, 1);
});

test("a long call keeps its lease", async () => {
  const { counts, handler } = counting(async (_, ctx) => {
    await sleep(ctx.environment, 9_000);
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge, store } = bench({ handler, idempotency: { mode: "lease", leaseMs: 1_000 } });
  await simulation.run(async () => {
    const first = charge(key);
    for (let n = 0; n < 8; n++) {
      await sleep(simulation, 1_000);
      assert.equal(await store.purge(10), 0);
    }
    assert.deepEqual(await first, { status: 201, id: 1 });
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
  });
  assert.equal(counts.calls, 1);
  assert.equal(simulation.pendingTimers, 0);
});

/** A store whose parts can be switched off. */
function flaky(simulation: Simulation, down: { now: readonly string[] }): Store<MemoryTx> {
  const store = createMemoryStore({ environment: simulation });
  const idempotency = Object.fromEntries(
    Object.entries(store.idempotency).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        if (down.now.includes(name)) throw new Error("the store is away");
        return (call as (...all: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Store<MemoryTx>["idempotency"];
  return { ...store, idempotency };
}

const everything = ["claim", "extend", "complete", "release", "abandon"];

test("an owner that loses its lease is told by its signal, and can't complete", async () => {
  const down = { now: [] as readonly string[] };
  let reason: unknown;
  const { handler } = counting(async (_, ctx) => {
    down.now = ["extend"];
    await sleep(ctx.environment, 60_000, ctx.signal).catch((error: unknown) => {
      reason = error;
      throw error;
    });
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge, telemetry } = bench({
    handler,
    idempotency: { mode: "lease", leaseMs: 900 },
    store: (environment) => flaky(environment, down),
  });
  await simulation.run(() => charge(key));
  assert.ok(isServiceError(reason) && reason.reason === "IDEMPOTENCY_LEASE_LOST");
  assert.equal(telemetry.total("idempotency.lease_lost"), 1);
});

test("a store that is away rejects with a hint, or runs the handler unprotected, as told", async () => {
  const rejecting = counting();
  const closed = bench({ handler: rejecting.handler, store: (environment) => flaky(environment, { now: everything }) });
  const answer = await closed.simulation.run(() => closed.charge(key));
  assert.ok(isServiceError(answer) && answer.code === "unavailable" && answer.retry.afterMs === 1_000);
  assert.equal(rejecting.counts.calls, 0);

  const executing = counting();
  const open = bench({
    handler: executing.handler,
    idempotency: { onStoreDown: "execute" },
    store: (environment) => flaky(environment, { now: everything }),
  });
  assert.deepEqual(await open.simulation.run(() => open.charge(key)), { status: 201, id: 1 });
  assert.equal(open.telemetry.total("idempotency.unprotected"), 1);
});

test("an outcome that can't be recorded after the effect is unknown later, and never a second effect", async () => {
  const down = { now: ["complete", "abandon", "release"] as readonly string[] };
  const { counts, handler } = counting();
  const { simulation, charge } = bench({
    handler,
    idempotency: { mode: "lease", leaseMs: 1_000 },
    store: (environment) => flaky(environment, down),
  });
  await simulation.run(async () => {
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
    down.now = [];
    await sleep(simulation, 2_000);
    assert.equal(reasonOf(await charge(key)), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  });
  assert.equal(counts.effects, 1);
});

test("an outcome that can't be recorded with the effect is no effect, and a repeat makes it", async () => {
  const down = { now: ["complete"] as readonly string[] };
  const { counts, handler } = counting();
  const { simulation, charge } = bench({ handler, store: (environment) => flaky(environment, down) });
  await simulation.run(async () => {
    assert.ok(isServiceError(await charge(key)));
    assert.equal(counts.effects, 0);
    down.now = [];
    assert.deepEqual(await charge(key), { status: 201, id: 2 });
  });
  assert.equal(counts.effects, 1);
});

test("a claim whose reply was lost does not find itself in its own way", async () => {
  const { counts, handler } = counting();
  let lost = true;
  const { simulation, charge } = bench({
    handler,
    store: (environment) => {
      const store = createMemoryStore({ environment });
      return {
        ...store,
        idempotency: {
          ...store.idempotency,
          claim: async (request) => {
            const result = await store.idempotency.claim(request);
            if (lost) {
              lost = false;
              throw new Error("the reply was lost");
            }
            return result;
          },
        },
      };
    },
  });
  assert.deepEqual(await simulation.run(() => charge(key)), { status: 201, id: 1 });
  assert.equal(counts.calls, 1);
});

test("a result that is too large to keep is not made again", async () => {
  const { counts, handler } = counting();
  const { simulation, charge } = bench({ handler, idempotency: { maxBodyBytes: 3 } });
  await simulation.run(async () => {
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
    assert.equal(reasonOf(await charge(key)), "IDEMPOTENCY_RESULT_NOT_KEPT");
  });
  assert.equal(counts.calls, 1);
});

test("a call at its deadline is answered, rolled back, and free for a repeat", async () => {
  let slow = true;
  const { counts, handler } = counting(async (_, ctx) => {
    if (slow) await sleep(ctx.environment, 60_000);
    return ctx.reply(201, { id: 0 });
  });
  const { simulation, charge } = bench({ handler });
  await simulation.run(async () => {
    const late = await charge(key, 100, { timeoutMs: 500 });
    assert.ok(isServiceError(late) && late.code === "deadline_exceeded");
    slow = false;
    await sleep(simulation, 10);
    assert.deepEqual(await charge(key), { status: 201, id: 2 });
  });
  assert.equal(counts.effects, 1);
});

test("a key that is required and missing, or no key, is refused before the handler", async () => {
  const { counts, handler } = counting();
  const { simulation, charge } = bench({ handler, policy: { required: true } });
  await simulation.run(async () => {
    assert.equal(reasonOf(await charge("a, b")), "IDEMPOTENCY_KEY_INVALID");
    assert.equal(reasonOf(await charge("x".repeat(256))), "IDEMPOTENCY_KEY_INVALID");
  });
  assert.equal(counts.calls, 0);
});

test("one error constant thrown by two operations is the own error of both", async () => {
  const soldOut = new ServiceError("failed_precondition", "sold out", { reason: "SOLD_OUT" });
  const { simulation, charge } = bench({ handler: () => Promise.reject(soldOut), idempotency: { mode: "lease" } });
  await simulation.run(async () => {
    assert.equal(reasonOf(await charge(key)), "SOLD_OUT");
    assert.equal(reasonOf(await charge(key, 100, { operation: "refund" })), "SOLD_OUT");
    // Judged as another operation's, it would have left the key in doubt.
    assert.equal(reasonOf(await charge(key, 100, { operation: "refund" })), "SOLD_OUT");
  });
  assert.equal(soldOut.operation, undefined);
});

test("a call that had no turn before its deadline is free for a repeat, also where errors are final", async () => {
  const { counts, handler } = counting();
  const { simulation, charge, store } = bench({ handler, idempotency: { storeErrors: "final" } });
  await simulation.run(async () => {
    const busy = store.transaction(() => sleep(simulation, 1_000));
    const late = await charge(key, 100, { timeoutMs: 500 });
    assert.ok(isServiceError(late) && late.code === "deadline_exceeded");
    await busy;
    assert.deepEqual(await charge(key), { status: 201, id: 1 });
  });
  assert.deepEqual(counts, { calls: 1, effects: 1 });
});
