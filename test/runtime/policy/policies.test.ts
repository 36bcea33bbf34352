import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelScope } from "../../../runtime/src/environment/cancel.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { isServiceError } from "../../../runtime/src/error/service-error.ts";
import { backoffMs } from "../../../runtime/src/policy/backoff.ts";
import { createBulkhead } from "../../../runtime/src/policy/bulkhead.ts";
import { createRateLimiter } from "../../../runtime/src/policy/rate-limit.ts";
import { createRetryBudget, createRetryCounts } from "../../../runtime/src/policy/retry-budget.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";

test("back-off grows by its strategy to its maximum, and jitter keeps it in its range", () => {
  const waits = (policy: Parameters<typeof backoffMs>[0], random: number): number[] =>
    [1, 2, 3, 4].map((retry) => backoffMs(policy, retry, { random: () => random }));
  assert.deepEqual(waits({ jitter: "none" }, 0), [50, 100, 200, 400]);
  assert.deepEqual(waits({ jitter: "none", strategy: "linear", initialMs: 10 }, 0), [10, 20, 30, 40]);
  assert.deepEqual(waits({ jitter: "none", strategy: "fixed", initialMs: 10 }, 0), [10, 10, 10, 10]);
  assert.deepEqual(waits({ jitter: "none", initialMs: 100, multiplier: 10, maxMs: 500 }, 0), [100, 500, 500, 500]);
  assert.deepEqual(waits(undefined, 0.5), [25, 50, 100, 200]);
  assert.deepEqual(waits({ jitter: "equal" }, 0), [25, 50, 100, 200]);
  assert.deepEqual(waits({ jitter: "a6", initialMs: 100, multiplier: 1 }, 0.5), [100, 100, 100, 100]);
  assert.equal(backoffMs({ maxMs: 5_000 }, 10_000, { random: () => 0.999 }) <= 5_000, true);
  assert.equal(backoffMs({ initialMs: 0 }, 10_000, { random: () => 1 }), 0);
  assert.equal(backoffMs({ jitter: "none" }, 1, { random: () => 0, throttled: true }), 1_000);
});

test("a budget gives a share of the requests and a reserve, and forgets after its window", async () => {
  const simulation = createSimulation({ seed: 1 });
  const budget = createRetryBudget(createRetryCounts(simulation), { percent: 20, minPerSecond: 0 });
  assert.equal(budget.takeRetry(), false);
  for (let n = 0; n < 50; n++) budget.countRequest();
  assert.equal(budget.available(), 10);
  assert.deepEqual(Array.from({ length: 12 }, () => budget.takeRetry()).filter(Boolean).length, 10);
  await simulation.advance(11_000);
  assert.equal(budget.available(), 0);
  for (let n = 0; n < 5; n++) budget.countRequest();
  assert.equal(budget.takeRetry(), true);
});

test("operations of a target share what they retried, and each keeps to its own share", () => {
  const simulation = createSimulation({ seed: 1 });
  const counts = createRetryCounts(simulation);
  const small = createRetryBudget(counts, { percent: 10, minPerSecond: 0 });
  const large = createRetryBudget(counts, { percent: 30, minPerSecond: 0 });
  for (let n = 0; n < 50; n++) {
    small.countRequest();
    large.countRequest();
  }
  assert.deepEqual([small.available(), large.available()], [10, 30]);
  for (let n = 0; n < 10; n++) assert.equal(large.takeRetry(), true);
  assert.deepEqual([small.takeRetry(), large.available()], [false, 20]);
});

test("calls beyond the limit wait in order, those beyond the queue are refused", async () => {
  const simulation = createSimulation({ seed: 1 });
  const bulkhead = createBulkhead(simulation, { maxConcurrent: 1, maxQueued: 2, maxWaitMs: 1_000 });
  const order: string[] = [];
  const call = async (name: string, cancel = new CancelScope()): Promise<void> => {
    await bulkhead.enter(cancel, undefined);
    order.push(name);
    await sleep(simulation, 100);
    bulkhead.leave();
  };
  await simulation.run(async () => {
    const left = new CancelScope();
    const calls = [call("a"), call("b", left), call("c")];
    await assert.rejects(
      call("d"),
      (error) => isServiceError(error) && error.reason === "BULKHEAD_FULL" && error.sent === "no",
    );
    left.abort("gone");
    await assert.rejects(calls[1] as Promise<void>, (error) => error === "gone");
    assert.deepEqual([bulkhead.running, bulkhead.waiting], [1, 1]);
    await Promise.all([calls[0], calls[2], call("e")]);
  });
  assert.deepEqual(order, ["a", "c", "e"]);
  assert.deepEqual([bulkhead.running, bulkhead.waiting, simulation.pendingTimers], [0, 0, 0]);
});

test("a wait in the queue has an end, a tenth of the timeout by default", async () => {
  const simulation = createSimulation({ seed: 1 });
  const bulkhead = createBulkhead(simulation, { maxConcurrent: 1 });
  bulkhead.enter(new CancelScope(), undefined);
  await simulation.run(async () => {
    await assert.rejects(bulkhead.enter(new CancelScope(), 5_000) ?? Promise.resolve());
  });
  assert.equal(simulation.monotonic(), 500);
  assert.equal(bulkhead.waiting, 0);
});

test("a hundred thousand calls with random aborts are admitted in order and leave the bulkhead empty", async () => {
  const simulation = createSimulation({ seed: 21 });
  const bulkhead = createBulkhead(simulation, { maxConcurrent: 10, maxQueued: 1_000_000, maxWaitMs: Infinity });
  const total = 100_000;
  let lastAdmitted = -1;
  let running = 0;
  let settled = 0;
  const leave: (() => void)[] = [];
  for (let n = 0; n < total; n++) {
    const cancel = new CancelScope();
    const turn = bulkhead.enter(cancel, undefined) ?? Promise.resolve();
    turn.then(
      () => {
        settled += 1;
        assert.ok(n > lastAdmitted, "out of order");
        lastAdmitted = n;
        running += 1;
        assert.ok(running <= 10);
        leave.push(() => {
          running -= 1;
          bulkhead.leave();
        });
      },
      () => {
        settled += 1;
      },
    );
    if (simulation.random() < 0.3) cancel.abort("gone");
    if (simulation.random() < 0.7) {
      await Promise.resolve();
      leave.shift()?.();
    }
  }
  while (settled < total || leave.length > 0) {
    leave.shift()?.();
    await Promise.resolve();
  }
  assert.deepEqual([bulkhead.running, bulkhead.waiting, running], [0, 0, 0]);
});

test("a rate limit lets a burst pass, then refills evenly, a key at a time", async () => {
  const simulation = createSimulation({ seed: 1 });
  const limiter = createRateLimiter(simulation, { limit: 5, perMs: 1_000 });
  assert.deepEqual(
    Array.from({ length: 6 }, () => limiter.take("ann")),
    [0, 0, 0, 0, 0, 200],
  );
  assert.equal(limiter.take("bob"), 0);
  await simulation.advance(200);
  assert.deepEqual([limiter.take("ann"), limiter.take("ann")], [0, 200]);
  await simulation.advance(3_600_000);
  assert.deepEqual(
    Array.from({ length: 6 }, () => limiter.take("ann") > 0),
    [false, false, false, false, false, true],
  );
});

test("a rate limit remembers ten thousand keys at most", () => {
  const simulation = createSimulation({ seed: 1 });
  const limiter = createRateLimiter(simulation, { limit: 1, perMs: 1_000 });
  for (let n = 0; n < 30_000; n++) assert.equal(limiter.take(`key${n}`), 0);
  assert.ok(limiter.take("key29999") > 0);
  assert.equal(limiter.take("key0"), 0);
});
