import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";

test("an hour of sleep passes without waiting", async () => {
  const simulation = createSimulation({ seed: 1 });
  const result = await simulation.run(async () => {
    await sleep(simulation, 3_600_000);
    return simulation.monotonic();
  });
  assert.equal(result, 3_600_000);
  assert.equal(simulation.now(), Date.UTC(2026, 0, 1) + 3_600_000);
});

test("timers fire by time, and by order of making within one time", async () => {
  const simulation = createSimulation({ seed: 1 });
  const fired: string[] = [];
  await simulation.run(async () => {
    for (const [name, ms] of [
      ["c", 20],
      ["a", 10],
      ["d", 20],
      ["b", 10],
      ["zero", 0],
    ] as const) {
      simulation.setTimer(() => fired.push(name), ms);
    }
    simulation.schedule(() => fired.push("scheduled"));
    await sleep(simulation, 30);
  });
  assert.deepEqual(fired, ["scheduled", "zero", "a", "b", "c", "d"]);
});

test("everything that one step made runnable runs before time moves on", async () => {
  const simulation = createSimulation({ seed: 1 });
  const times = await simulation.run(async () => {
    simulation.setTimer(() => undefined, 1);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    return simulation.monotonic();
  });
  assert.equal(times, 0);
});

test("the same seed draws the same numbers and ids, another seed others", () => {
  const draw = (seed: number | string): unknown[] => {
    const simulation = createSimulation({ seed });
    return [simulation.random(), simulation.newId(), simulation.random(), simulation.newId()];
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.notDeepEqual(draw("7a"), draw("7b"));
});

test("random numbers are spread over 0 to 1", () => {
  const simulation = createSimulation({ seed: 3 });
  const bins = new Array<number>(10).fill(0);
  for (let n = 0; n < 10_000; n++) {
    const value = simulation.random();
    assert.ok(value >= 0 && value < 1);
    bins[Math.floor(value * 10)] = (bins[Math.floor(value * 10)] ?? 0) + 1;
  }
  for (const count of bins) assert.ok(count > 850 && count < 1150, `${count} of 10000 in a tenth`);
});

test("a deadlock names what is pending", async () => {
  const simulation = createSimulation({ seed: 5 });
  await assert.rejects(
    simulation.run(() => simulation.watch("the answer", new Promise(() => undefined))),
    /simulation 5: deadlock: .*"the answer"/,
  );
});

test("work that polls for ever is stopped", async () => {
  const simulation = createSimulation({ seed: 5, maxRunMs: 1_000 });
  await assert.rejects(
    simulation.run(async () => {
      for (;;) await sleep(simulation, 100);
    }),
    /not settled after 1000 virtual ms/,
  );
});

test("a jump of the wall clock moves no timer", async () => {
  const simulation = createSimulation({ seed: 5 });
  await simulation.run(async () => {
    const wait = sleep(simulation, 1_000);
    simulation.jumpWallClock(-3_600_000);
    await wait;
  });
  assert.equal(simulation.monotonic(), 1_000);
  assert.equal(simulation.now(), Date.UTC(2026, 0, 1) - 3_599_000);
});

test("a cancelled timer does not count and does not fire", async () => {
  const simulation = createSimulation({ seed: 5 });
  const timer = simulation.setTimer(() => assert.fail("fired"), 5);
  assert.equal(simulation.pendingTimers, 1);
  timer.cancel();
  timer.cancel();
  assert.equal(simulation.pendingTimers, 0);
  await simulation.advance(10);
});

test("a failure of the work is the failure of the run", async () => {
  const simulation = createSimulation({ seed: 5 });
  await assert.rejects(
    simulation.run(async () => {
      await sleep(simulation, 1);
      throw new Error("broken");
    }),
    /broken/,
  );
});
