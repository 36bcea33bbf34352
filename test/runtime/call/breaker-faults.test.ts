import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { CircuitBreakerPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { createRecordingTelemetry } from "../../../runtime/src/telemetry/index.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { fakeTransport, hang, httpOperation, unavailable, type Answer } from "../support/fake-transport.ts";

function bench(policy: CircuitBreakerPolicy, answer: Answer) {
  const simulation = createSimulation({ seed: 5 });
  const transport = fakeTransport(simulation, answer);
  const telemetry = createRecordingTelemetry();
  const client = createClient(
    {
      act: httpOperation("none", {
        circuitBreaker: policy,
        bulkhead: { maxConcurrent: 100_000 },
        timeoutMs: 60_000,
      }),
    },
    transport,
    { environment: simulation, telemetry },
  );
  const call = (signal?: AbortSignal): Promise<string> =>
    client
      .act({}, signal === undefined ? {} : { signal })
      .catch((error: { reason?: string; code: string }) => error.reason ?? error.code);
  return { simulation, transport, telemetry, call };
}

async function trip(call: () => Promise<string>): Promise<void> {
  for (let n = 0; n < 20; n++) assert.equal(await call(), "unavailable");
}

test("twenty failures open the breaker; calls are refused with a time; probes close it again", async () => {
  let broken = true;
  const { simulation, transport, call } = bench({}, () => {
    if (broken) throw unavailable();
    return "done";
  });
  await simulation.run(async () => {
    await trip(call);
    assert.equal(await call(), "CIRCUIT_OPEN");
    assert.equal(transport.seen.length, 20);
    await sleep(simulation, 1_000);
    broken = false;
    for (let n = 0; n < 5; n++) assert.equal(await call(), "done");
  });
  assert.equal(simulation.pendingTimers, 0);
});

test("a failed probe doubles the time, up to the maximum", async () => {
  const { simulation, transport, call } = bench({ openForMs: 1_000, maxOpenForMs: 3_000 }, () => {
    throw unavailable();
  });
  await simulation.run(async () => {
    await trip(call);
    for (const openMs of [1_000, 2_000, 3_000, 3_000]) {
      await sleep(simulation, openMs - 1);
      assert.equal(await call(), "CIRCUIT_OPEN");
      await sleep(simulation, 1);
      assert.equal(await call(), "unavailable");
    }
  });
  assert.equal(transport.seen.length, 24);
});

test("a caller who leaves a probe gives its place back and decides nothing", async () => {
  let mode: "fail" | "hang" | "good" = "fail";
  const { simulation, telemetry, call } = bench({ halfOpenCalls: 1 }, () => {
    if (mode === "fail") throw unavailable();
    return mode === "hang" ? hang() : "done";
  });
  await simulation.run(async () => {
    await trip(call);
    await sleep(simulation, 1_000);
    mode = "hang";
    const controller = new AbortController();
    const probe = call(controller.signal);
    assert.equal(await call(), "CIRCUIT_OPEN");
    controller.abort("gone");
    assert.equal(await probe, "canceled");
    mode = "good";
    assert.equal(telemetry.measurements.filter(({ attributes }) => attributes["to"] === "closed").length, 0);
    assert.equal(await call(), "done");
  });
  assert.equal(telemetry.total("resilience.breaker.transitions", { to: "closed" }), 1);
});

test("a thousand callers who leave healthy calls do not open it", async () => {
  let slow = true;
  const { simulation, call } = bench({}, () => (slow ? hang() : "done"));
  await simulation.run(async () => {
    const controller = new AbortController();
    const calls = Array.from({ length: 1_000 }, () => call(controller.signal));
    await sleep(simulation, 10);
    controller.abort("gone");
    await Promise.all(calls);
    slow = false;
    assert.equal(await call(), "done");
  });
});

test("results of calls that began before it opened are ignored, failures and successes", async () => {
  const settle: ((how: "good" | "bad") => void)[] = [];
  let hold = true;
  const { simulation, telemetry, call } = bench({ halfOpenCalls: 2 }, () => {
    if (!hold) throw unavailable();
    return new Promise((resolve, reject) => {
      settle.push((how) => (how === "good" ? resolve("done") : reject(unavailable())));
    });
  });
  await simulation.run(async () => {
    const old = [call(), call(), call(), call()];
    hold = false;
    await trip(call);
    hold = true;
    await sleep(simulation, 1_000);
    const probe = call();
    for (const [at, how] of (["bad", "good", "good", "bad"] as const).entries()) settle[at]?.(how);
    await Promise.all(old);
    assert.deepEqual(
      telemetry.measurements
        .filter(({ name }) => name === "resilience.breaker.transitions")
        .map(({ attributes }) => attributes["to"]),
      ["open", "halfOpen"],
    );
    settle[4]?.("good");
    assert.equal(await probe, "done");
  });
});

test("while a probe hangs others are refused at once, and its own time-out opens again", async () => {
  let mode: "fail" | "hang" = "fail";
  const { simulation, telemetry, call } = bench({ halfOpenCalls: 1 }, () => {
    if (mode === "fail") throw unavailable();
    return hang();
  });
  await simulation.run(async () => {
    await trip(call);
    await sleep(simulation, 1_000);
    mode = "hang";
    const startedAt = simulation.monotonic();
    const probe = call();
    for (let n = 0; n < 100; n++) assert.equal(await call(), "CIRCUIT_OPEN");
    assert.equal(simulation.monotonic(), startedAt);
    assert.equal(await probe, "ATTEMPT_TIMEOUT");
    assert.equal(simulation.monotonic(), startedAt + 5_000);
  });
  assert.equal(telemetry.total("resilience.breaker.transitions", { to: "open" }), 2);
});

test("a burst of ten thousand while half open sends exactly the probes", async () => {
  let broken = true;
  const { simulation, transport, call } = bench({ halfOpenCalls: 3 }, async () => {
    if (broken) throw unavailable();
    await sleep(simulation, 10);
    return "done";
  });
  await simulation.run(async () => {
    await trip(call);
    await sleep(simulation, 1_000);
    broken = false;
    const results = await Promise.all(Array.from({ length: 10_000 }, () => call()));
    assert.equal(results.filter((result) => result === "done").length, 3);
  });
  assert.equal(transport.seen.length, 23);
});

test("failures of an hour ago do not count", async () => {
  let broken = true;
  const { simulation, call } = bench({}, () => {
    if (broken) throw unavailable();
    return "done";
  });
  await simulation.run(async () => {
    for (let n = 0; n < 19; n++) await call();
    await sleep(simulation, 3_600_000);
    assert.equal(await call(), "unavailable");
    broken = false;
    assert.equal(await call(), "done");
  });
});

test("slow answers open it too, where the contract says what slow is", async () => {
  const { simulation, call } = bench({ slowCallDurationMs: 300, slowCallRate: 0.5 }, async () => {
    await sleep(simulation, 400);
    return "done";
  });
  const refusedAt = await simulation.run(async () => {
    for (;;) if ((await call()) === "CIRCUIT_OPEN") return simulation.monotonic();
  });
  assert.ok(refusedAt <= 20_000, `opened after ${refusedAt} ms`);
});

test("answers that blame the request do not count as failures", async () => {
  const { simulation, call } = bench({}, () => {
    throw Object.assign(unavailable(), { code: "not_found" });
  });
  await simulation.run(async () => {
    for (let n = 0; n < 100; n++) assert.equal(await call(), "not_found");
  });
});
