import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrokerMessage, Delivery } from "../../../runtime/src/broker/broker.ts";
import { createMemoryBroker, type MemoryBroker, type MemoryBrokerOptions } from "../../../runtime/src/broker/memory.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/simulation.ts";
import { testBroker } from "../../../runtime/src/testing/broker-suite.ts";

testBroker(
  "memory",
  () => {
    const environment = createSimulation({ seed: 1 });
    const broker = createMemoryBroker({ environment });
    return {
      broker,
      environment,
      run: (work) => environment.run(work),
      disconnect: (subscription) => broker.disconnect(subscription),
    };
  },
  { log: true, ordered: true, deliveries: true, delays: true, offsets: true, disconnect: true },
);

interface Bench {
  readonly environment: Simulation;
  readonly broker: MemoryBroker;
  readonly got: Delivery[];
  readonly publish: (key: string, n: number) => Promise<unknown>;
}

function createBench(options: Partial<MemoryBrokerOptions> = {}, seed = 1): Bench {
  const environment = createSimulation({ seed });
  const broker = createMemoryBroker({ environment, ...options });
  return {
    environment,
    broker,
    got: [],
    publish: (key, n) => broker.publish(message("t", key, n), { messageId: `${key}${n}` }),
  };
}

function message(address: string, key: string, n: number): BrokerMessage {
  return { address, key, headers: [], contentType: "text/plain", payload: new Uint8Array([n]) };
}

test("a group may begin at the end", async () => {
  const { broker, environment, got, publish } = createBench({ start: "end" });
  await environment.run(async () => {
    await publish("a", 1);
    await broker.subscribe({
      address: "t",
      group: "g",
      prefetch: 9,
      ordered: true,
      deliver: (delivery) => got.push(delivery),
    });
    await publish("a", 2);
    await pause(environment, 10);
  });
  assert.deepEqual(
    got.map((delivery) => delivery.message.payload[0]),
    [2],
  );
});

test("partitions move when members come and go, and no message is lost or doubled", async () => {
  const { broker, environment, publish } = createBench({ partitions: 4 });
  const got = new Map<string, number[]>();
  const join = (name: string): ReturnType<MemoryBroker["subscribe"]> =>
    broker.subscribe({
      address: "t",
      group: "g",
      prefetch: 4,
      ordered: true,
      deliver: (delivery) => {
        got.set(name, [...(got.get(name) ?? []), delivery.message.payload[0] as number]);
        void pause(environment, 3).then(() => delivery.ack());
      },
    });
  await environment.run(async () => {
    const first = await join("first");
    for (let n = 0; n < 100; n++) await publish(`k${n % 16}`, n);
    await pause(environment, 10);
    const second = await join("second");
    await pause(environment, 20);
    await first.close();
    await join("third");
    for (let n = 100; n < 200; n++) await publish(`k${n % 16}`, n);
    await pause(environment, 500);
    await second.close();
  });
  assert.deepEqual(
    [...got.values()].flat().sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, n) => n),
  );
  assert.deepEqual([...got.keys()], ["first", "second", "third"]);
  assert.ok((got.get("third")?.length ?? 0) > 0);
});

test("what a crashed subscriber held goes to the others, and its word counts no more", async () => {
  const { broker, environment, got, publish } = createBench();
  await environment.run(async () => {
    const dying = await broker.subscribe({
      address: "t",
      group: "g",
      prefetch: 9,
      ordered: true,
      deliver: (delivery) => got.push(delivery),
    });
    await publish("a", 1);
    await pause(environment, 10);
    broker.crash(dying);
    await assert.rejects((got[0] as Delivery).ack(), { code: "unavailable" });
    await broker.subscribe({
      address: "t",
      group: "g",
      prefetch: 9,
      ordered: true,
      deliver: (delivery) => got.push(delivery),
    });
    await pause(environment, 10);
    assert.equal(got.length, 2);
    assert.equal(got[1]?.deliveries, 2);
    await got[1]?.ack();
    assert.equal(broker.pending(), 0);
  });
});

test("settled messages are kept up to the retention, unsettled ones always", async () => {
  const { broker, environment, publish } = createBench({ partitions: 1, retention: 100 });
  await environment.run(async () => {
    const subscription = await broker.subscribe({
      address: "t",
      group: "g",
      prefetch: 50,
      ordered: true,
      deliver: (delivery) => void delivery.ack(),
    });
    for (let n = 0; n < 1_000; n++) await publish("a", n % 256);
    await pause(environment, 10);
    assert.equal(broker.backlog("t", "g"), 0);
    assert.ok(broker.messages("t").length <= 250, String(broker.messages("t").length));
    subscription.pause();
    for (let n = 0; n < 1_000; n++) await publish("a", n % 256);
    assert.equal(broker.backlog("t", "g"), 1_000);
    assert.ok(broker.messages("t").length >= 1_000);
  });
});

test("a publish is refused when readers are too far behind", async () => {
  const { broker, environment, publish } = createBench({ partitions: 1, maxBacklog: 5 });
  await environment.run(async () => {
    await broker.subscribe({ address: "t", group: "g", prefetch: 1, ordered: true, deliver: () => undefined });
    for (let n = 0; n < 5; n++) await publish("a", n);
    await assert.rejects(publish("a", 6), { code: "resource_exhausted" });
  });
});

test("ordered and unordered members don't mix in a group", async () => {
  const { broker, environment } = createBench();
  await environment.run(async () => {
    const options = { address: "t", group: "g", prefetch: 1, deliver: () => undefined };
    await broker.subscribe({ ...options, ordered: true });
    await assert.rejects(broker.subscribe({ ...options, ordered: false }), { code: "failed_precondition" });
  });
});

test("a subscription to an address template gets what was and what will be sent to each address", async () => {
  const { broker, environment, got } = createBench();
  await environment.run(async () => {
    await broker.publish(message("shelf/1/weight", "a", 1));
    await broker.subscribe({
      address: "shelf/{id}/weight",
      group: "g",
      prefetch: 9,
      ordered: false,
      deliver: (delivery) => {
        got.push(delivery);
        void delivery.ack();
      },
    });
    await broker.publish(message("shelf/2/weight", "a", 2));
    await broker.publish(message("shelf/2/3/weight", "a", 3));
    await broker.publish(message("shelf.2.weight", "a", 4));
    await pause(environment, 10);
  });
  assert.deepEqual(got.map((delivery) => delivery.place.address).sort(), ["shelf/1/weight", "shelf/2/weight"]);
});

test("the same seed draws the same faults", async () => {
  const runs = [1, 1, 2].map(async (seed) => {
    const { broker, environment, publish } = createBench(
      {
        faults: {
          duplicate: { share: 0.3 },
          reorder: 0.5,
          loseAck: 0.2,
          dropConnection: 0.1,
          delay: { share: 0.3, maxMs: 50 },
        },
      },
      seed,
    );
    const seen: string[] = [];
    await environment.run(async () => {
      await broker.subscribe({
        address: "t",
        group: "g",
        prefetch: 5,
        ordered: true,
        deliver: (delivery) => {
          seen.push(`${environment.monotonic()} ${delivery.message.key} ${delivery.message.payload[0]}`);
          // A lost acknowledgement rejects; the message comes again.
          delivery.ack().catch(() => undefined);
        },
      });
      for (let n = 0; n < 40; n++) await publish(`k${n % 5}`, n);
      await pause(environment, 5_000);
    });
    return seen;
  });
  const [first, second, other] = await Promise.all(runs);
  assert.deepEqual(first, second);
  assert.notDeepEqual(first, other);
});

test("a closed bus refuses and leaves no timer", async () => {
  const { broker, environment, publish } = createBench();
  await environment.run(async () => {
    await broker.publish(message("t", "a", 1), { messageId: "1", delayMs: 10_000 });
    assert.equal(broker.pending(), 1);
    await broker.close();
    await assert.rejects(publish("a", 2), { code: "unavailable" });
  });
  assert.equal(environment.pendingTimers, 0);
});

function pause(environment: Simulation, ms: number): Promise<void> {
  return new Promise((resolve) => {
    environment.setTimer(resolve, ms);
  });
}
