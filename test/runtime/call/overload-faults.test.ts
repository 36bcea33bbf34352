import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { OperationPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/index.ts";
import { memoryTransport } from "../../../runtime/src/transport/memory.ts";
import { fakeTransport, httpOperation, httpService, unavailable, type Answer } from "../support/fake-transport.ts";

type Call = () => Promise<unknown>;

/** What became of calls that were begun at `at`, and of the attempts they made at the target. */
interface Load {
  readonly calls: { readonly at: number; ok: boolean }[];
  readonly attempts: number[];
}

/** One worker with a queue: whoever would wait for more than half a second is refused at once. */
function worker(simulation: Simulation, serviceMs: () => number): Answer {
  let freeAt = 0;
  return async ({ at }) => {
    const waitMs = Math.max(0, freeAt - at);
    if (waitMs > 500) throw unavailable();
    const tookMs = waitMs + serviceMs();
    freeAt = at + tookMs;
    await sleep(simulation, tookMs);
    return "done";
  };
}

/** Begins a call every `everyMs`, whatever becomes of those before. */
async function offer(
  simulation: Simulation,
  load: Load["calls"],
  how: {
    readonly call: Call;
    readonly everyMs: number;
    readonly forMs: number;
  },
): Promise<void> {
  const running: Promise<void>[] = [];
  for (const end = simulation.monotonic() + how.forMs; simulation.monotonic() < end;) {
    const one = { at: simulation.monotonic(), ok: false };
    load.push(one);
    running.push(
      how.call().then(
        () => {
          one.ok = true;
        },
        () => undefined,
      ),
    );
    await sleep(simulation, how.everyMs);
  }
  await Promise.all(running);
}

function between<T>(values: readonly T[], at: (value: T) => number, fromMs: number, toMs: number): readonly T[] {
  return values.filter((value) => at(value) >= fromMs && at(value) < toMs);
}

function goodput(load: Load, fromMs: number, toMs: number): number {
  const calls = between(load.calls, ({ at }) => at, fromMs, toMs);
  return calls.filter(({ ok }) => ok).length / calls.length;
}

/** Ten good seconds, ten in which the target has a tenth of its capacity, sixty good ones; 70 % load. */
async function brownOut(policy: Partial<OperationPolicy>, hops: number): Promise<Load> {
  const simulation = createSimulation({ seed: 5 });
  const inBrownOut = (): boolean => simulation.monotonic() >= 10_000 && simulation.monotonic() < 20_000;
  const load: Load = { calls: [], attempts: [] };
  const serve = worker(simulation, () => (inBrownOut() ? 100 : 10));
  const operation = httpOperation("safe", { timeoutMs: 1_000, ...policy });
  let call: Call = async () => assert.fail("no target");
  for (let hop = 0; hop < hops; hop++) {
    const next = call;
    const transport = fakeTransport(
      simulation,
      hop > 0
        ? next
        : (seen, count) => {
            load.attempts.push(seen.at);
            return serve(seen, count);
          },
    );
    const client = createClient({ act: operation }, transport, { environment: simulation });
    call = () => client.act();
  }
  await simulation.run(() => offer(simulation, load.calls, { call, everyMs: 1_000 / 70, forMs: 80_000 }));
  assert.equal(simulation.pendingTimers, 0);
  return load;
}

const withoutBreaker = { circuitBreaker: { minimumCalls: 1_000_000 } };

for (const [name, policy] of [
  ["with all defaults", {}],
  ["without a breaker", withoutBreaker],
] as const) {
  test(`a brown-out is not made worse by retries, and is over when it is over, ${name}`, async () => {
    const load = await brownOut(policy, 1);
    const calls = between(load.calls, ({ at }) => at, 10_000, 80_000).length;
    const attempts = between(load.attempts, (at) => at, 10_000, Infinity).length;
    assert.ok(attempts <= 1.1 * calls, `${attempts} attempts of ${calls} calls`);
    assert.ok(goodput(load, 10_000, 20_000) < 0.5, "there was no brown-out");
    assert.ok(goodput(load, 25_000, 80_000) >= 0.95, `${goodput(load, 25_000, 80_000)} after the recovery`);
  });

  test(`three hops that all retry do not multiply their retries, ${name}`, async () => {
    const load = await brownOut(policy, 3);
    const calls = between(load.calls, ({ at }) => at, 10_000, 80_000).length;
    const attempts = between(load.attempts, (at) => at, 10_000, Infinity).length;
    assert.ok(attempts <= 1.35 * calls, `${attempts} attempts of ${calls} calls`);
  });
}

test("a hundred clients do not come all at once when their target is back", async () => {
  const simulation = createSimulation({ seed: 6 });
  const load: Load = { calls: [], attempts: [] };
  const operation = httpOperation("safe", { timeoutMs: 1_000 });
  await simulation.run(async () => {
    await Promise.all(
      Array.from({ length: 100 }, async (_, client) => {
        const transport = fakeTransport(simulation, async ({ at }) => {
          load.attempts.push(at);
          await sleep(simulation, 5);
          if (at >= 10_000 && at < 40_000) throw unavailable();
          return "done";
        });
        const { act } = createClient({ act: operation }, transport, { environment: simulation });
        await sleep(simulation, client * 5);
        await offer(simulation, load.calls, { call: () => act(), everyMs: 500, forMs: 75_000 });
      }),
    );
  });
  const bins = Array.from(
    { length: 300 },
    (_, bin) => between(load.attempts, (at) => at, 40_000 + bin * 100, 40_100 + bin * 100).length,
  );
  // Twenty calls every 100 ms.
  assert.ok(Math.max(...bins) <= 30, `${Math.max(...bins)} in 100 ms`);
  assert.ok(goodput(load, 70_000, 75_000) === 1);
});

test("over three hops nobody works after the first caller's deadline", async () => {
  const simulation = createSimulation({ seed: 7 });
  const operation = httpOperation("safe", { timeoutMs: 10_000, retry: { maxAttempts: 1 } });
  const service = httpService({ act: operation });
  const seen: { hop: number; at: number; leftMs: number }[] = [];
  const lastWork: number[] = [];
  let call = async (_: { ctx?: unknown; timeoutMs?: number }): Promise<string> => "end";
  for (const hop of [3, 2, 1]) {
    const next = call;
    const server = createServer({ environment: simulation }).add(service, {
      act: async (_, ctx) => {
        seen.push({ hop, at: simulation.monotonic(), leftMs: ctx.remainingMs() });
        try {
          await sleep(simulation, 400, ctx.signal);
          return await next({ ctx });
        } finally {
          lastWork.push(simulation.monotonic());
        }
      },
    });
    const client = createClient(service, memoryTransport(server, { environment: simulation }), {
      environment: simulation,
    });
    call = (options) => client.act({}, options as object);
  }
  await simulation.run(async () => {
    await assert.rejects(call({ timeoutMs: 1_000 }), { code: "deadline_exceeded" });
    assert.ok(simulation.monotonic() <= 1_000);
    await sleep(simulation, 5_000);
  });
  assert.deepEqual(
    seen.map(({ hop, at }) => [hop, at]),
    [
      [1, 0],
      [2, 400],
      [3, 800],
    ],
  );
  for (const { at, leftMs } of seen) assert.ok(at + leftMs <= 1_000, `${at} + ${leftMs}`);
  assert.equal(lastWork.length, 3);
  assert.ok(Math.max(...lastWork) <= 1_000, String(lastWork));
  assert.equal(simulation.pendingTimers, 0);
});
