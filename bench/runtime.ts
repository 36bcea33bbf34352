import type * as Runtime from "@trilogue/runtime";
import type * as MemoryBrokers from "@trilogue/runtime/broker/memory";
import type * as Codecs from "@trilogue/runtime/codegen/v1/events";
import type * as MemoryStores from "@trilogue/runtime/store/memory";
import type { EventService } from "@trilogue/runtime/codegen/v1/events";
import type { HttpOperation } from "@trilogue/runtime/codegen/v1/http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Row } from "./generate.ts";
import { median, rounds } from "./measure.ts";

type Operation = HttpOperation<{ readonly body: string }, string, { readonly status: 200; readonly body: string }>;
type Policy = Operation["policy"];

const idempotency = { level: "idempotent" } as const;

/** From nothing but a deadline to five policies; the transport answers at once. */
const policies: Readonly<Record<string, Policy>> = {
  "call, no policy declared": { idempotency },
  "call, timeout and retry": { idempotency, timeoutMs: 1_000, retry: { maxAttempts: 3 } },
  "call, five policies": {
    idempotency,
    timeoutMs: 1_000,
    retry: { maxAttempts: 3, perAttemptTimeoutMs: 500 },
    circuitBreaker: { failureRate: 0.5 },
    bulkhead: { maxConcurrent: 100 },
    rateLimit: { limit: 1_000_000_000, perMs: 1_000 },
  },
};

/** What the client's pipeline costs a call, above the promise that the transport costs. */
export async function benchCallOverhead(folder: string): Promise<readonly Row[]> {
  const runtime = await load<typeof Runtime>(folder, "index.js");
  const reply = { output: "done", headers: runtime.createHeaders() };
  const transport: Runtime.Transport<"http"> = {
    kind: "http",
    authority: "bench",
    prepare: () => ({ repeatable: true, send: async () => reply }),
  };
  const bare = async (_input: { readonly body: string }): Promise<string> => reply.output;
  const arms = new Map<string, (input: { readonly body: string }) => Promise<unknown>>([["bare await", bare]]);
  for (const [name, policy] of Object.entries(policies)) {
    const call: Operation = {
      kind: "http",
      name: "call",
      service: `bench.${name}`,
      method: "PUT",
      path: "/",
      responses: [],
      policy,
    };
    arms.set(name, runtime.createClient({ call }, transport).call);
  }
  const times = new Map<string, number[]>([...arms.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds + 2; round++) {
    for (const [name, call] of arms) {
      const nanoseconds = await timeCalls(call, name === "bare await" ? 500_000 : 50_000);
      if (round >= 2) times.get(name)?.push(nanoseconds);
    }
  }
  const base = median(times.get("bare await") ?? []);
  const rows = [...times].map(([name, all]) => {
    const time = median(all);
    return [name, time.toFixed(0), `${(time / base).toFixed(1)}`];
  });
  return [["what", "ns a call", "to bare await"], ...rows];
}

async function timeCalls(call: (input: { readonly body: string }) => Promise<unknown>, count: number): Promise<number> {
  const input = { body: "x" };
  const start = performance.now();
  for (let index = 0; index < count; index++) await call(input);
  return ((performance.now() - start) / count) * 1_000_000;
}

/** Messages a second from the memory bus through a consumer, with and without an inbox. */
export async function benchConsumer(folder: string): Promise<readonly Row[]> {
  const runtime = await load<typeof Runtime>(folder, "index.js");
  const brokers = await load<typeof MemoryBrokers>(folder, "broker/memory.js");
  const stores = await load<typeof MemoryStores>(folder, "store/memory.js");
  const codecs = await load<typeof Codecs>(folder, "codegen/v1/events.js");
  const environment = runtime.systemEnvironment;
  const count = 20_000;
  const measure = async (level: "none" | "keyed"): Promise<number> => {
    const events = eventService(codecs, level);
    const broker = brokers.createMemoryBroker({ environment });
    const store = stores.createMemoryStore({ environment });
    const producer = runtime.createProducer(events, broker, { environment });
    const { promise, resolve } = Promise.withResolvers<void>();
    let handled = 0;
    const handlers = { happened: () => void (++handled === count && resolve()) };
    const options = { broker, environment, group: "bench", ...(level === "none" ? {} : { store }) };
    const consumer = runtime.createConsumer(events, handlers, options);
    const start = performance.now();
    await consumer.start();
    for (let index = 0; index < count; index++) await producer.happened({ data: { index } }, { key: `k${index % 64}` });
    await promise;
    const seconds = (performance.now() - start) / 1000;
    await consumer.drain();
    await broker.close();
    return count / seconds;
  };
  const results = { none: [] as number[], keyed: [] as number[] };
  for (let round = 0; round < rounds + 1; round++) {
    for (const level of ["none", "keyed"] as const) {
      const rate = await measure(level);
      if (round > 0) results[level].push(rate);
    }
  }
  const show = (values: readonly number[]): string => `${Math.round(median(values) / 100) / 10}`;
  return [
    ["what", "thousand messages a second"],
    ["produce and consume, 64 keys, no inbox", show(results.none)],
    ["produce and consume, 64 keys, inbox in memory", show(results.keyed)],
  ];
}

interface Happened {
  readonly type: "Happened";
  readonly data: { readonly index: number };
}

function eventService(codecs: typeof Codecs, level: "none" | "keyed") {
  const happened: Codecs.EventOperation<Happened> = {
    kind: "event",
    name: "happened",
    service: `bench.${level}`,
    action: "send",
    channel: { name: "bench", address: "bench" },
    messages: [{ type: "Happened", codec: codecs.jsonCodec() }],
    policy: { idempotency: level === "none" ? { level } : { level, key: { from: "message", name: "id" } } },
  };
  const service: EventService<{ readonly happened: typeof happened }> = {
    kind: "event",
    name: `bench.${level}`,
    operations: { happened },
  };
  return service;
}

/** A module of the built package. */
async function load<Module>(folder: string, path: string): Promise<Module> {
  return (await import(pathToFileURL(join(folder, "node_modules/@trilogue/runtime/dist", path)).href)) as Module;
}
