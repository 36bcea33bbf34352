import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/index.ts";
import {
  after,
  fakeTransport,
  hang,
  httpOperation,
  unavailable,
  type Answer,
  type FakeTransport,
  type TestOperation,
} from "../support/fake-transport.ts";

interface Bench {
  readonly simulation: Simulation;
  readonly transport: FakeTransport<"http">;
  readonly client: { act(input?: object, options?: object): Promise<string> };
}

function bench(operation: TestOperation, answer: (simulation: Simulation) => Answer): Bench {
  const simulation = createSimulation({ seed: 11 });
  const transport = fakeTransport(simulation, answer(simulation));
  return { simulation, transport, client: createClient({ act: operation }, transport, { environment: simulation }) };
}

async function failureOf(work: Promise<unknown>): Promise<ServiceError> {
  try {
    await work;
  } catch (error) {
    assert.ok(isServiceError(error), String(error));
    return error;
  }
  throw new Error("expected a failure");
}

const failTimes =
  (times: number, error: () => Error = unavailable) =>
  (): Answer =>
  (_, count) => {
    if (count <= times) throw error();
    return "done";
  };

test("a safe call is tried again after unavailable, within the back-off", async () => {
  const { simulation, transport, client } = bench(httpOperation("safe"), failTimes(2));
  assert.equal(await simulation.run(() => client.act()), "done");
  const [first, second, third] = transport.seen.map(({ at }) => at);
  assert.ok((second ?? 0) - (first ?? 0) <= 50 && (third ?? 0) - (second ?? 0) <= 100);
  assert.equal(simulation.pendingTimers, 0);
});

test("three attempts are the end by default, and the last failure is told", async () => {
  const { simulation, transport, client } = bench(httpOperation("idempotent"), failTimes(9));
  const failure = await simulation.run(() => failureOf(client.act()));
  assert.equal(failure.code, "unavailable");
  assert.equal(failure.operation, "shop.v1.Shop/act");
  assert.equal(transport.seen.length, 3);
});

test("a call site may lower the attempts and not raise them", async () => {
  const { simulation, transport, client } = bench(httpOperation("safe"), failTimes(9));
  await simulation.run(() => failureOf(client.act({}, { maxAttempts: 1 })));
  assert.equal(transport.seen.length, 1);
  await simulation.run(() => failureOf(client.act({}, { maxAttempts: 50 })));
  assert.equal(transport.seen.length, 4);
});

test("what is not repeatable is not repeated after a reset", async () => {
  const { simulation, transport, client } = bench(httpOperation("none"), failTimes(9));
  await simulation.run(() => failureOf(client.act()));
  assert.equal(transport.seen.length, 1);
});

test("what provably reached nobody is repeated once, for any operation", async () => {
  const refused = (): Error => unavailable({ sent: "no" });
  const good = bench(httpOperation("none"), failTimes(1, refused));
  assert.equal(await good.simulation.run(() => good.client.act()), "done");
  const bad = bench(httpOperation("none"), failTimes(9, refused));
  await bad.simulation.run(() => failureOf(bad.client.act()));
  assert.equal(bad.transport.seen.length, 2);
});

test("a server's refusal before the start may be repeated for any operation", async () => {
  const nack = (): Error => unavailable({ sent: "no", origin: "framework", retry: { class: "default", afterMs: 100 } });
  const { simulation, transport, client } = bench(httpOperation("none"), failTimes(2, nack));
  assert.equal(await simulation.run(() => client.act()), "done");
  assert.ok((transport.seen[1]?.at ?? 0) >= 100);
});

test("a keyed call is repeated with the same key, the same bytes and its number", async () => {
  const { simulation, transport, client } = bench(httpOperation("keyed"), failTimes(2));
  await simulation.run(() => client.act({ body: 1 }));
  const keys = transport.seen.map(({ attempt }) => attempt.headers.get("idempotency-key"));
  assert.match(keys[0] ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(new Set(keys).size, 1);
  assert.equal(new Set(transport.seen.map(({ prepared }) => prepared)).size, 1);
  assert.deepEqual(
    transport.seen.map(({ attempt }) => attempt.headers.get("idempotency-attempt")),
    ["1", "2", "3"],
  );
});

test("codes that a repeat can't help are final", async () => {
  const codes = ["invalid_argument", "not_found", "failed_precondition", "aborted", "internal", "unknown"] as const;
  for (const code of codes) {
    const refusing = failTimes(9, () => new ServiceError(code, "no"));
    const { simulation, transport, client } = bench(httpOperation("safe"), refusing);
    await simulation.run(() => failureOf(client.act()));
    assert.equal(transport.seen.length, 1, code);
  }
});

test("a call whose key is in progress asks again after the hint, and gets the answer", async () => {
  const busy = (): Error =>
    new ServiceError("aborted", "busy", {
      reason: "IDEMPOTENCY_IN_PROGRESS",
      retry: { class: "default", afterMs: 700 },
    });
  const { simulation, transport, client } = bench(httpOperation("keyed"), failTimes(1, busy));
  assert.equal(await simulation.run(() => client.act()), "done");
  assert.ok((transport.seen[1]?.at ?? 0) >= 700);
});

test("throttling is repeated only after the time that the target gave", async () => {
  const hinted = bench(
    httpOperation("safe"),
    failTimes(
      1,
      () => new ServiceError("resource_exhausted", "slow down", { retry: { class: "throttled", afterMs: 2_000 } }),
    ),
  );
  await hinted.simulation.run(() => hinted.client.act());
  assert.ok((hinted.transport.seen[1]?.at ?? 0) >= 2_000);
  const silent = bench(
    httpOperation("safe"),
    failTimes(9, () => new ServiceError("resource_exhausted", "slow down")),
  );
  await silent.simulation.run(() => failureOf(silent.client.act()));
  assert.equal(silent.transport.seen.length, 1);
});

test("a hint beyond the deadline fails at once, with the hint", async () => {
  const { simulation, client } = bench(
    httpOperation("safe", { timeoutMs: 5_000 }),
    failTimes(9, () => unavailable({ retry: { class: "default", afterMs: 60_000 } })),
  );
  const failure = await simulation.run(() => failureOf(client.act()));
  assert.equal(simulation.monotonic(), 0);
  assert.deepEqual([failure.code, failure.retry.afterMs], ["unavailable", 60_000]);
  assert.equal(simulation.pendingTimers, 0);
});

test("a target that forbids a repeat gets none", async () => {
  const { simulation, transport, client } = bench(
    httpOperation("safe"),
    failTimes(9, () => unavailable({ sent: "no", retry: { class: "never" } })),
  );
  await simulation.run(() => failureOf(client.act()));
  assert.equal(transport.seen.length, 1);
});

test("an input that can't be read twice is sent once", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, failTimes(9)(), { repeatable: false });
  const client = createClient({ act: httpOperation("safe") }, transport, { environment: simulation });
  await simulation.run(() => failureOf(client.act()));
  assert.equal(transport.seen.length, 1);
});

test("an attempt that takes too long is left and the next one tried, each told its own time", async () => {
  const operation = httpOperation("safe", { timeoutMs: 5_000, retry: { perAttemptTimeoutMs: 300 } });
  const { simulation, transport, client } = bench(operation, () => (_, count) => (count === 1 ? hang() : "done"));
  assert.equal(await simulation.run(() => client.act()), "done");
  const [first, second] = transport.seen;
  assert.equal(first?.attempt.timeoutMs, 300);
  assert.equal(first?.attempt.signal.aborted, true);
  assert.ok((second?.at ?? 0) >= 300 && (second?.at ?? 0) <= 350);
  assert.equal(second?.attempt.signal.aborted, false);
  assert.equal(simulation.pendingTimers, 0);
});

test("the deadline ends a call whose transport hangs, and the target is told what is left", async () => {
  const { simulation, transport, client } = bench(httpOperation("safe", { timeoutMs: 800 }), () => hang);
  const failure = await simulation.run(() => failureOf(client.act()));
  assert.equal(failure.code, "deadline_exceeded");
  assert.equal(simulation.monotonic(), 800);
  assert.equal(transport.seen.length, 1);
  assert.equal(transport.seen[0]?.attempt.timeoutMs, 800);
  assert.equal(transport.seen[0]?.attempt.signal.aborted, true);
});

test("ten seconds are the deadline where nobody gives one, and a call site only shortens it", async () => {
  const { simulation, client } = bench(httpOperation("none"), () => hang);
  await simulation.run(() => failureOf(client.act()));
  assert.equal(simulation.monotonic(), 10_000);
  await simulation.run(() => failureOf(client.act({}, { timeoutMs: 60_000 })));
  assert.equal(simulation.monotonic(), 20_000);
  await simulation.run(() => failureOf(client.act({}, { timeoutMs: 500 })));
  assert.equal(simulation.monotonic(), 20_500);
});

test("a jump of the wall clock during a call changes nothing", async () => {
  const operation = httpOperation("safe", { timeoutMs: 1_000 });
  const { simulation, client } = bench(operation, (environment) => async (_, count) => {
    environment.jumpWallClock(count === 1 ? 3_600_000 : -7_200_000);
    await after(environment, 200, undefined);
    if (count === 1) throw unavailable();
    return "done";
  });
  assert.equal(await simulation.run(() => client.act()), "done");
  assert.ok(simulation.monotonic() <= 450);
});

test("a caller who leaves during the back-off is answered in that tick, with the reason", async () => {
  const operation = httpOperation("safe", { retry: { backoff: { initialMs: 1_000, jitter: "none" } } });
  const { simulation, transport, client } = bench(operation, failTimes(9));
  const controller = new AbortController();
  const reason = new Error("the user closed the page");
  simulation.setTimer(() => controller.abort(reason), 400);
  const failure = await simulation.run(() => failureOf(client.act({}, { signal: controller.signal })));
  assert.deepEqual([failure.code, failure.cause, simulation.monotonic()], ["canceled", reason, 400]);
  assert.equal(transport.seen.length, 1);
  assert.equal(simulation.pendingTimers, 0);
});

test("a caller who has left before makes no attempt", async () => {
  const { simulation, transport, client } = bench(httpOperation("safe"), failTimes(0));
  const failure = await simulation.run(() => failureOf(client.act({}, { signal: AbortSignal.abort("gone") })));
  assert.deepEqual([failure.code, failure.cause, transport.seen.length], ["canceled", "gone", 0]);
});

test("many callers who fail together retry within the budget", async () => {
  const { simulation, transport, client } = bench(
    httpOperation("safe", { bulkhead: { maxConcurrent: 2_000 }, circuitBreaker: { minimumCalls: 1_000_000 } }),
    (environment) => async () => {
      await after(environment, 10, undefined);
      throw unavailable();
    },
  );
  await simulation.run(() => Promise.all(Array.from({ length: 1_000 }, () => failureOf(client.act()))));
  const retries = transport.seen.length - 1_000;
  assert.ok(retries > 50 && retries <= 110, `${retries} retries of 1000 calls`);
});

test("a rare caller may retry too", async () => {
  const { simulation, client } = bench(httpOperation("safe"), () => (_, count) => {
    if (count % 2 === 1) throw unavailable();
    return "done";
  });
  await simulation.run(async () => {
    for (let call = 0; call < 10; call++) {
      assert.equal(await client.act(), "done");
      await after(simulation, 10_000, undefined);
    }
  });
});

test("hints, timeouts and attempts of any value throw nothing and set no strange timer", async () => {
  const random = createSimulation({ seed: 40 });
  const strange = [NaN, -1, -Infinity, Infinity, 0, 1e308, Number.MIN_VALUE, 2 ** 31, 2 ** 53, 1.5];
  const pick = (): number => strange[Math.floor(random.random() * strange.length)] ?? 0;
  const delays: number[] = [];
  for (let round = 0; round < 2_000; round++) {
    const simulation = createSimulation({ seed: round, maxRunMs: Infinity });
    const watched = {
      ...simulation,
      setTimer: (callback: () => void, delayMs: number) => {
        delays.push(delayMs);
        return simulation.setTimer(callback, delayMs);
      },
    };
    const operation = httpOperation("safe", {
      timeoutMs: 1 + random.random() * 1_000,
      retry: { maxAttempts: 4, backoff: { initialMs: Math.abs(pick()) || 0, maxMs: Math.abs(pick()) || 0 } },
    });
    const transport = fakeTransport(simulation, () => {
      throw unavailable({ retry: { class: "default", afterMs: pick() } });
    });
    const client = createClient({ act: operation }, transport, { environment: watched });
    await simulation.run(() => failureOf(client.act({}, { timeoutMs: pick(), maxAttempts: pick() })));
    assert.equal(simulation.pendingTimers, 0);
  }
  assert.ok(
    delays.every((delay) => delay >= 0 && delay < 2 ** 31),
    String(delays.find((delay) => !(delay >= 0))),
  );
});
