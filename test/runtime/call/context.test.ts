import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import { createContext, extendContext } from "../../../runtime/src/call/create-context.ts";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import { readTrace, writeTrace } from "../../../runtime/src/call/trace.ts";
import { isServiceError } from "../../../runtime/src/error/service-error.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { fakeTransport, hang, httpOperation } from "../support/fake-transport.ts";

const parentTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test("a child has the parent's rest less the margin of a hop, or its own when that is shorter", async () => {
  const environment = createSimulation({ seed: 1 });
  const parent = createContext({ environment, timeoutMs: 1_000 });
  await environment.advance(300);
  const child = createContext({ environment, parent: parent.context, timeoutMs: 5_000 });
  assert.equal(child.context.remainingMs(), 695);
  assert.equal(createContext({ environment, parent: parent.context, timeoutMs: 100 }).context.remainingMs(), 100);
  assert.equal(createContext({ environment }).context.remainingMs(), Infinity);
});

test("the signal fires at the deadline, with the parent and by hand, and nothing is left after dispose", async () => {
  const environment = createSimulation({ seed: 1 });
  const late = createContext({ environment, timeoutMs: 100 });
  await environment.advance(100);
  assert.ok(isServiceError(late.context.signal.reason) && late.context.signal.reason.code === "deadline_exceeded");

  const parent = createContext({ environment, timeoutMs: 1_000 });
  const child = createContext({ environment, parent: parent.context });
  parent.abort("gone");
  assert.equal(child.context.signal.reason, "gone");

  const other = createContext({ environment, timeoutMs: 1_000 });
  const done = createContext({ environment, parent: other.context });
  done.dispose();
  other.abort("gone");
  assert.equal(done.context.signal.aborted, false);
  for (const scope of [late, parent, child, other, done]) scope.dispose();
  assert.equal(environment.pendingTimers, 0);
});

test("timeouts that are no numbers are no wish", () => {
  const environment = createSimulation({ seed: 1 });
  assert.equal(createContext({ environment, timeoutMs: Number.NaN }).context.remainingMs(), Infinity);
  assert.equal(createContext({ environment, timeoutMs: -5 }).context.signal.aborted, true);
});

test("a trace goes on from the headers in a span of its own, and is written as it was read", () => {
  const environment = createSimulation({ seed: 1 });
  const headers = createHeaders({ traceparent: parentTrace, tracestate: "a=1", baggage: "criticality=high" });
  const { trace } = createContext({ environment, headers }).context;
  assert.equal(trace.traceId, "4bf92f3577b34da6a3ce929d0e0e4736");
  assert.notEqual(trace.spanId, "00f067aa0ba902b7");
  assert.deepEqual([trace.sampled, trace.state, trace.baggage], [true, "a=1", "criticality=high"]);
  const out = createHeaders();
  writeTrace(trace, out);
  assert.deepEqual(readTrace(out), trace);
});

test("a trace without one before begins, and calls made in it share it", () => {
  const environment = createSimulation({ seed: 1 });
  const parent = createContext({ environment });
  const child = createContext({ environment, parent: parent.context });
  assert.match(parent.context.trace.traceId, /^[0-9a-f]{32}$/);
  assert.equal(child.context.trace.traceId, parent.context.trace.traceId);
  assert.notEqual(child.context.trace.spanId, parent.context.trace.spanId);
  assert.equal(child.context.trace, child.context.trace);
});

test("what is no traceparent is none", () => {
  const bad = [
    "",
    "00-0-0-01",
    `ff${parentTrace.slice(2)}`,
    `${parentTrace}-more`,
    parentTrace.toUpperCase(),
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${"0".repeat(16)}-01`,
  ];
  for (const traceparent of bad) assert.equal(readTrace(createHeaders({ traceparent })), undefined, traceparent);
  assert.notEqual(readTrace(createHeaders({ traceparent: `01${parentTrace.slice(2)}-more` })), undefined);
});

test("an extended context is the same call with more", () => {
  const environment = createSimulation({ seed: 1 });
  const scope = createContext({ environment, timeoutMs: 1_000 });
  const extended = extendContext(scope.context, { principal: { id: "ann" }, extra: 1 });
  assert.deepEqual([extended.principal?.id, extended.extra, extended.remainingMs()], ["ann", 1, 1_000]);
  assert.equal(extended.trace, scope.context.trace);
  scope.abort("gone");
  assert.equal(extended.signal.aborted, true);
  assert.equal(extended.signal, scope.context.signal);
});

test("trace state and baggage that could not be a header go no further", () => {
  for (const text of ["a=1\r\nx-evil: 1", "a=\u0000", "a=\u00e9", "a=\ud83d\ude00"]) {
    const trace = readTrace(createHeaders({ traceparent: parentTrace, tracestate: text, baggage: text }));
    assert.deepEqual([trace?.state, trace?.baggage], [undefined, undefined], JSON.stringify(text));
  }
});

test("whatever a call is given up with, it ends, with that as the cause", async () => {
  const bare: unknown = Object.create(null);
  for (const reason of [bare, Symbol("left"), 0, "", { toString: () => assert.fail("called") }]) {
    const simulation = createSimulation({ seed: 1 });
    const client = createClient({ act: httpOperation("none") }, fakeTransport(simulation, hang), {
      environment: simulation,
    });
    const controller = new AbortController();
    simulation.setTimer(() => controller.abort(reason), 10);
    const error = await simulation.run(() =>
      client.act({}, { signal: controller.signal }).catch((thrown: unknown) => thrown),
    );
    assert.ok(isServiceError(error) && error.code === "canceled", String(error));
    assert.equal(error.cause, reason);
    assert.equal(simulation.pendingTimers, 0);
  }
});
