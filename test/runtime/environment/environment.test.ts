import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelScope } from "../../../runtime/src/environment/cancel.ts";
import { setLongTimer, sleep } from "../../../runtime/src/environment/sleep.ts";
import { systemEnvironment } from "../../../runtime/src/environment/system.ts";
import { createUuid7Source } from "../../../runtime/src/environment/uuid.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("sleep rejects with the signal's own reason and leaves neither timer nor listener", async () => {
  const simulation = createSimulation({ seed: 1 });
  const controller = new AbortController();
  const reason = new Error("the user left");
  await simulation.run(async () => {
    const wait = sleep(simulation, 1_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(wait, (error) => error === reason);
  });
  assert.equal(simulation.pendingTimers, 0);
  assert.equal(simulation.monotonic(), 0);
});

test("sleep with an aborted signal does not begin", async () => {
  const simulation = createSimulation({ seed: 1 });
  await assert.rejects(sleep(simulation, 10, AbortSignal.abort("no")), (error) => error === "no");
  assert.equal(simulation.pendingTimers, 0);
});

test("waits longer than a timer can hold are armed again", async () => {
  const simulation = createSimulation({ seed: 1, maxRunMs: Infinity });
  const ninetyDays = 90 * 86_400_000;
  await simulation.run(() => sleep(simulation, ninetyDays));
  assert.equal(simulation.monotonic(), ninetyDays);
  setLongTimer(simulation, () => assert.fail("fired"), ninetyDays).cancel();
  assert.equal(simulation.pendingTimers, 0);
});

test("what is no number of milliseconds is no wait", async () => {
  const simulation = createSimulation({ seed: 1 });
  await simulation.run(async () => {
    await sleep(simulation, Number.NaN);
    await sleep(simulation, -5);
  });
  assert.equal(simulation.monotonic(), 0);
});

test("ids are UUIDs of version 7 that grow, also within one millisecond and when the clock goes back", () => {
  let now = 1_700_000_000_000;
  const next = createUuid7Source(
    () => now,
    () => 0xffffffff,
  );
  const ids = Array.from({ length: 10_000 }, () => next());
  now -= 60_000;
  ids.push(next());
  for (const id of ids) assert.match(id, uuid7);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});

test("the system environment makes such ids too, and reads its clocks", () => {
  const ids = Array.from({ length: 1_000 }, () => systemEnvironment.newId());
  for (const id of ids) assert.match(id, uuid7);
  assert.deepEqual(ids, [...ids].sort());
  const before = systemEnvironment.monotonic();
  assert.ok(systemEnvironment.monotonic() >= before);
});

test("a scope hands its abort on, and lets go of what it followed", () => {
  const parent = new AbortController();
  const scope = new CancelScope();
  const heard: unknown[] = [];
  scope.follow(parent.signal);
  scope.onAbort((reason) => heard.push(reason));
  parent.abort("stop");
  scope.abort("later");
  assert.deepEqual(heard, ["stop"]);
  assert.equal(scope.signal.reason, "stop");

  const other = new CancelScope();
  const free = new CancelScope();
  free.follow(other);
  free.dispose();
  other.abort("stop");
  assert.equal(free.aborted, false);
});

test("a scope without a reason aborts with an AbortError, like a controller", () => {
  const scope = new CancelScope();
  scope.abort(undefined);
  assert.equal((scope.reason as Error).name, "AbortError");
});
