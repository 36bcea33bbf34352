import assert from "node:assert/strict";
import { test } from "node:test";
import { resumeEvents, type ResumeCall, type ResumeOptions } from "../../../runtime/src/client/resume-events.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { silence } from "../../../runtime/src/http/streams.ts";
import { keepAlive } from "../../../runtime/src/server/keep-alive-events.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { httpOperation } from "../support/fake-transport.ts";

interface Event {
  readonly data: string;
  readonly id?: string;
  readonly retry?: number;
}

const watch = httpOperation("safe");
const broken = (): ServiceError => new ServiceError("unavailable", "the connection broke", { sent: "yes" });

/** One answer a connection: events, then an end or a failure. */
type Answer = readonly (Event | Error)[] | undefined;

/** Reads over these connections; what came, what was asked for, and when. */
async function readOver(answers: readonly Answer[], options: ResumeOptions = {}, reads = Infinity) {
  const simulation = createSimulation({ seed: 1 });
  const calls: (readonly [number, string | undefined])[] = [];
  const open = async ({ headers }: ResumeCall): Promise<AsyncIterable<Event> | undefined> => {
    calls.push([simulation.monotonic(), headers["last-event-id"]]);
    const answer = answers[calls.length - 1];
    return answer === undefined ? undefined : play(answer);
  };
  const seen: string[] = [];
  let failure: unknown;
  const fixed = { strategy: "fixed", initialMs: 1000, jitter: "none" } as const;
  await simulation.run(async () => {
    try {
      for await (const { data } of resumeEvents(watch, open, { environment: simulation, backoff: fixed, ...options })) {
        seen.push(data);
        if (seen.length === reads) break;
      }
    } catch (error) {
      failure = error;
    }
  });
  return { seen, calls, failure };
}

async function* play(answer: NonNullable<Answer>): AsyncGenerator<Event> {
  for (const item of answer) {
    if (item instanceof Error) throw item;
    yield item;
  }
}

test("after a break and after an end it asks for what came after the last event, until there is nothing more", async () => {
  const { seen, calls, failure } = await readOver([
    [{ data: "a", id: "1" }, { data: "b" }, broken()],
    [{ data: "c", id: "2", retry: 50 }],
    [{ data: "d", id: "" }],
    undefined,
  ]);
  assert.equal(failure, undefined);
  assert.deepEqual(seen, ["a", "b", "c", "d"]);
  assert.deepEqual(calls, [
    [0, undefined],
    [1000, "1"],
    [1050, "2"],
    [1100, undefined],
  ]);
});

test("a hint is waited for, and what would fail again is thrown", async () => {
  const busy = new ServiceError("unavailable", "busy", { retry: { class: "default", afterMs: 7000 } });
  const gone = new ServiceError("not_found", "no such stream");
  const { calls, failure } = await readOver([[busy], [gone]], { lastEventId: "9" });
  assert.deepEqual(calls, [
    [0, "9"],
    [7000, "9"],
  ]);
  assert.equal(failure, gone);
});

test("it gives up after connections in a row without an event", async () => {
  const answers = [[broken()], [{ data: "a" }, broken()], [broken()], [], [broken()], [{ data: "never" }]];
  const { calls, failure } = await readOver(answers, { maxFailures: 3 });
  assert.equal(calls.length, 5);
  assert.equal((failure as ServiceError).code, "unavailable");
});

test("it ends with its reader and by its signal, also while it waits", async () => {
  assert.equal((await readOver([[{ data: "a" }, { data: "b" }]], {}, 1)).calls.length, 1);
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const { failure } = await readOver([[{ data: "a" }]], { signal: controller.signal });
  assert.match(String(failure), /enough/);
});

test("what is not safe to call twice is refused at once", () => {
  assert.throws(() => resumeEvents(httpOperation("none"), async () => undefined), /calling it twice is not safe/);
});

test("a silent stream shows that it is alive, and ends with its reader", async () => {
  const simulation = createSimulation({ seed: 1 });
  let isClosed = false;
  const events = async function* (): AsyncGenerator<Event> {
    try {
      yield { data: "a" };
      await sleep(simulation, 25_000);
      yield { data: "b" };
      yield { data: "c" };
    } finally {
      isClosed = true;
    }
  };
  const seen: unknown[] = [];
  await simulation.run(async () => {
    for await (const event of keepAlive(events(), { everyMs: 10_000, environment: simulation })) {
      seen.push([simulation.monotonic(), event]);
      if (event.data === "b") break;
    }
  });
  assert.deepEqual(seen, [
    [0, { data: "a" }],
    [10_000, silence],
    [20_000, silence],
    [25_000, { data: "b" }],
  ]);
  assert.ok(isClosed);
});

test("an id of any script goes back as UTF-8, in octets that every header can hold", async () => {
  const { calls } = await readOver([[{ data: "a", id: "żółw" }], undefined]);
  assert.equal(calls[1]?.[1], Buffer.from("żółw").toString("latin1"));
});
