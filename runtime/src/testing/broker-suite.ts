import assert from "node:assert/strict";
import { test } from "node:test";
import type { Broker, BrokerMessage, Delivery, SubscribeOptions, Subscription } from "../broker/broker.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";

/** What a broker can do beyond the least. The suite tests what is true, and says nothing of the rest. */
export interface BrokerFeatures {
  /** Every group gets every message, also a group that begins after it was published. */
  readonly log: boolean;
  /** Messages of a key are handed out one after another, in order, also on redelivery. */
  readonly ordered: boolean;
  /** `Delivery.deliveries` counts. */
  readonly deliveries: boolean;
  /** `nack` and `publish` know `delayMs`. */
  readonly delays: boolean;
  /** Receipts tell the offset. */
  readonly offsets: boolean;
  /** What a lost connection held is handed out again; `disconnect` makes that happen. */
  readonly disconnect: boolean;
}

/** A fresh broker for one test. */
export interface BrokerUnderTest {
  readonly broker: Broker;
  readonly environment: Environment;
  /** Runs the test, for brokers in virtual time; plain `work()` when absent. */
  readonly run?: (work: () => Promise<void>) => Promise<void>;
  /** Cuts the subscription's connection. Needed where `disconnect` is true. */
  readonly disconnect?: (subscription: Subscription) => void | Promise<void>;
  /** How long a delivery may take, milliseconds; 1 000 when absent. */
  readonly patienceMs?: number;
  /** Called after the test, in the end. */
  readonly dispose?: () => Promise<void>;
}

/**
 * Registers the tests that every `Broker` passes, with `node:test`. `name` begins the names of the tests.
 *
 * ```ts
 * testBroker("kafka", async () => ({ broker: await connect(), environment: systemEnvironment }), features);
 * ```
 */
export function testBroker(
  name: string,
  createBroker: () => BrokerUnderTest | Promise<BrokerUnderTest>,
  features: BrokerFeatures,
): void {
  for (const [title, { needs, body }] of Object.entries(cases)) {
    const missing = needs.filter((feature) => !features[feature]);
    const options = missing.length === 0 ? {} : { skip: `${name} has no ${missing.join(", ")}` };
    test(`${name}: ${title}`, options, async () => {
      const subject = await createBroker();
      const bench = createBench(subject, features);
      try {
        await (subject.run ?? ((work) => work()))(async () => {
          await body(bench);
          await subject.broker.close();
        });
      } finally {
        await subject.dispose?.();
      }
    });
  }
}

interface Bench {
  readonly subject: BrokerUnderTest;
  readonly features: BrokerFeatures;
  readonly address: string;
  publish(
    text: string,
    options?: { readonly key?: string | null; readonly delayMs?: number },
  ): ReturnType<Broker["publish"]>;
  subscribe(deliver: SubscribeOptions["deliver"], options?: Partial<SubscribeOptions>): Promise<Subscription>;
  /** Resolves when `done` says so, fails when patience ends. */
  until(done: () => boolean, what: string): Promise<void>;
  pause(ms: number): Promise<void>;
}

interface Case {
  readonly needs: readonly (keyof BrokerFeatures)[];
  readonly body: (bench: Bench) => Promise<void>;
}

const cases: Readonly<Record<string, Case>> = {
  "a published message arrives as it was": {
    needs: [],
    body: async ({ subject: { broker }, address, subscribe, until }) => {
      const got: Delivery[] = [];
      await subscribe((delivery) => {
        got.push(delivery);
        void delivery.ack();
      });
      const message: BrokerMessage = {
        address,
        key: "kéy",
        contentType: "application/x-test",
        headers: [
          ["ce-id", "1"],
          ["X-Two", "b"],
        ],
        payload: new Uint8Array([0, 1, 128, 255]),
      };
      const receipt = await broker.publish(message, { messageId: "1" });
      assert.equal(receipt.messageId, "1");
      await until(() => got.length === 1, "one delivery");
      const [delivery] = got as [Delivery];
      assert.deepEqual([...delivery.message.payload], [0, 1, 128, 255]);
      assert.equal(delivery.message.key, "kéy");
      assert.equal(delivery.message.contentType, "application/x-test");
      assert.equal(delivery.message.address, address);
      for (const header of message.headers)
        assert.ok(delivery.message.headers.some((other) => String(other) === String(header)));
    },
  },
  "an acknowledged message never comes again": {
    needs: [],
    body: async ({ publish, subscribe, until, pause }) => {
      const got: string[] = [];
      const first = await subscribe((delivery) => {
        got.push(textOf(delivery));
        void delivery.ack();
      });
      for (let n = 0; n < 20; n++) await publish(`m${n}`);
      await until(() => got.length === 20, "20 deliveries");
      await first.close();
      await subscribe((delivery) => got.push(`again ${textOf(delivery)}`));
      await pause(200);
      assert.equal(new Set(got).size, 20);
      assert.equal(got.length, 20);
    },
  },
  "a message given back comes again": {
    needs: [],
    body: async ({ features, publish, subscribe, until }) => {
      const got: (number | undefined)[] = [];
      await subscribe((delivery) => {
        got.push(delivery.deliveries);
        void (got.length < 3 ? delivery.nack() : delivery.ack());
      });
      await publish("x");
      await until(() => got.length === 3, "three deliveries");
      if (features.deliveries) assert.deepEqual(got, [1, 2, 3]);
    },
  },
  "a message given back with a delay does not come before": {
    needs: ["delays"],
    body: async ({ subject: { environment }, publish, subscribe, until }) => {
      const times: number[] = [];
      await subscribe((delivery) => {
        times.push(environment.monotonic());
        void (times.length === 1 ? delivery.nack({ delayMs: 400 }) : delivery.ack());
      });
      await publish("x");
      await until(() => times.length === 2, "two deliveries");
      assert.ok((times[1] as number) - (times[0] as number) >= 399, String(times));
    },
  },
  "a message published with a delay does not come before": {
    needs: ["delays"],
    body: async ({ subject: { environment }, publish, subscribe, until }) => {
      const begun = environment.monotonic();
      let at = 0;
      await subscribe((delivery) => {
        at = environment.monotonic();
        void delivery.ack();
      });
      await publish("x", { delayMs: 400 });
      await until(() => at > 0, "the delivery");
      assert.ok(at - begun >= 399, String(at - begun));
    },
  },
  "no more than the prefetch is unsettled": {
    needs: [],
    body: async ({ publish, subscribe, until, pause }) => {
      const held: Delivery[] = [];
      let seen = 0;
      await subscribe(
        (delivery) => {
          seen++;
          held.push(delivery);
        },
        { prefetch: 3, ordered: false },
      );
      for (let n = 0; n < 10; n++) await publish(`m${n}`);
      await until(() => held.length === 3, "three deliveries");
      await pause(100);
      assert.equal(held.length, 3);
      while (seen < 10) {
        const before = seen;
        await held.shift()?.ack();
        await until(() => seen > before, "another delivery");
        assert.ok(held.length <= 3);
      }
    },
  },
  "members of a group share the messages, each goes to one": {
    needs: [],
    body: async ({ publish, subscribe, until, pause }) => {
      const got: string[][] = [[], [], []];
      for (const mine of got) {
        await subscribe((delivery) => {
          mine.push(textOf(delivery));
          void delivery.ack();
        });
      }
      for (let n = 0; n < 60; n++) await publish(`m${n}`, { key: `k${n}` });
      await until(() => got.flat().length >= 60, "60 deliveries");
      await pause(100);
      assert.equal(got.flat().length, 60);
      assert.equal(new Set(got.flat()).size, 60);
      assert.ok(got.filter((mine) => mine.length > 0).length >= 2, "one member got everything");
    },
  },
  "every group gets every message, also one that comes late": {
    needs: ["log"],
    body: async ({ publish, subscribe, until }) => {
      const counts = { early: 0, late: 0 };
      const count =
        (group: keyof typeof counts) =>
        (delivery: Delivery): void => {
          counts[group]++;
          void delivery.ack();
        };
      await subscribe(count("early"), { group: "early" });
      for (let n = 0; n < 10; n++) await publish(`m${n}`);
      await until(() => counts.early === 10, "10 deliveries");
      await subscribe(count("late"), { group: "late" });
      await until(() => counts.late === 10, "10 late deliveries");
      assert.equal(counts.early, 10);
    },
  },
  "messages of a key come one after another, in order, also when given back": {
    needs: ["ordered"],
    body: async ({ publish, subscribe, until, pause }) => {
      const done: string[] = [];
      const busy = new Set<string>();
      const refused = new Set<string>();
      await subscribe(
        (delivery) => {
          const key = delivery.message.key as string;
          assert.ok(!busy.has(key), `two of ${key} at once`);
          busy.add(key);
          void pause(5).then(() => {
            busy.delete(key);
            const text = textOf(delivery);
            if (text.endsWith("3") && !refused.has(text)) {
              refused.add(text);
              return delivery.nack();
            }
            done.push(text);
            return delivery.ack();
          });
        },
        { ordered: true },
      );
      for (let n = 0; n < 8; n++) for (const key of ["a", "b", "c"]) await publish(`${key}${n}`, { key });
      await until(() => done.length === 24, "24 messages");
      for (const key of ["a", "b", "c"]) {
        assert.deepEqual(
          done.filter((text) => text.startsWith(key)),
          Array.from({ length: 8 }, (_, n) => `${key}${n}`),
        );
      }
    },
  },
  "what a leaving subscriber holds can still be settled, and else goes to another": {
    needs: [],
    body: async ({ publish, subscribe, until }) => {
      const held: Delivery[] = [];
      const first = await subscribe((delivery) => held.push(delivery), { ordered: false });
      await publish("kept");
      await publish("left");
      await until(() => held.length === 2, "two deliveries");
      await held.find((delivery) => textOf(delivery) === "kept")?.ack();
      const controller = new AbortController();
      const closed = first.close({ signal: controller.signal });
      controller.abort();
      await closed;
      const got: string[] = [];
      await subscribe(
        (delivery) => {
          got.push(textOf(delivery));
          void delivery.ack();
        },
        { ordered: false },
      );
      await until(() => got.length === 1, "the message that was left");
      assert.deepEqual(got, ["left"]);
    },
  },
  "closing waits for what was handed out": {
    needs: [],
    body: async ({ publish, subscribe, until, pause }) => {
      const held: Delivery[] = [];
      const subscription = await subscribe((delivery) => held.push(delivery));
      await publish("x");
      await until(() => held.length === 1, "the delivery");
      let closed = false;
      const closing = subscription.close().then(() => {
        closed = true;
      });
      await pause(50);
      assert.equal(closed, false);
      await held[0]?.ack();
      await closing;
      assert.equal(closed, true);
    },
  },
  "a paused subscription gets nothing until it goes on": {
    needs: [],
    body: async ({ publish, subscribe, until, pause }) => {
      let seen = 0;
      const subscription = await subscribe((delivery) => {
        seen++;
        void delivery.ack();
      });
      subscription.pause();
      await pause(50);
      await publish("x");
      await pause(200);
      assert.equal(seen, 0);
      subscription.resume();
      await until(() => seen === 1, "the delivery");
    },
  },
  "what a lost connection held comes again, and the late acknowledgement changes nothing": {
    needs: ["disconnect"],
    body: async ({ subject, publish, subscribe, until }) => {
      const got: Delivery[] = [];
      const subscription = await subscribe((delivery) => got.push(delivery));
      await publish("x");
      await until(() => got.length === 1, "the delivery");
      await subject.disconnect?.(subscription);
      // Some clients tell of the loss and some do not; either way the message must come again.
      await got[0]?.ack().catch(() => undefined);
      await until(() => got.length === 2, "the second delivery");
      await got[1]?.ack();
    },
  },
  "a publish that was given up rejects": {
    needs: [],
    body: async ({ subject: { broker }, address }) => {
      const message: BrokerMessage = {
        address,
        key: null,
        headers: [],
        contentType: "text/plain",
        payload: new Uint8Array(1),
      };
      await assert.rejects(
        broker.publish(message, { messageId: "1", signal: AbortSignal.abort(new Error("enough")) }),
        ({ code }: { code?: string }) => code === "deadline_exceeded" || code === "canceled" || code === "unavailable",
      );
    },
  },
  "offsets rise within a partition": {
    needs: ["offsets"],
    body: async ({ publish }) => {
      const first = await publish("a", { key: "same" });
      const second = await publish("b", { key: "same" });
      assert.equal(first.partition, second.partition);
      assert.ok(Number(second.offset) > Number(first.offset));
    },
  },
};

function createBench(subject: BrokerUnderTest, features: BrokerFeatures): Bench {
  const { broker, environment, patienceMs = 1_000 } = subject;
  const address = `suite.${environment.newId()}`;
  let count = 0;
  return {
    subject,
    features,
    address,
    publish: (text, { key = null, delayMs } = {}) =>
      broker.publish(
        { address, key, headers: [], contentType: "text/plain", payload: new TextEncoder().encode(text) },
        { messageId: `m${count++}`, ...(delayMs === undefined ? {} : { delayMs }) },
      ),
    subscribe: (deliver, options) =>
      broker.subscribe({ address, group: "suite", prefetch: 100, ordered: features.ordered, deliver, ...options }),
    until: async (done, what) => {
      for (let waited = 0; !done(); waited += 10) {
        if (waited > patienceMs) assert.fail(`waited ${patienceMs} ms for ${what}`);
        await sleep(environment, 10);
      }
    },
    pause: (ms) => sleep(environment, ms),
  };
}

function textOf({ message }: Delivery): string {
  return new TextDecoder().decode(message.payload);
}
