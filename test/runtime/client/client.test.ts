import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext } from "../../../runtime/src/call/create-context.ts";
import type { Interceptor } from "../../../runtime/src/call/interceptor.ts";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import { isDeclaredError } from "../../../runtime/src/client/declared-error.ts";
import type { RpcOperation, RpcStreamKind } from "../../../runtime/src/descriptor/rpc.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createResilience } from "../../../runtime/src/policy/resilience.ts";
import { createRecordingTelemetry } from "../../../runtime/src/telemetry/index.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { fakeTransport, hang, httpOperation, httpService, unavailable } from "../support/fake-transport.ts";

function rpcOperation<Stream extends RpcStreamKind>(stream: Stream): RpcOperation<Stream, unknown, unknown> {
  return {
    kind: "rpc",
    name: "act",
    service: "shop.v1.Stock",
    stream,
    method: {},
    policy: { idempotency: { level: "keyed", key: { from: "field", name: "request_id" } } },
  };
}

test("a service and a subset of it call alike", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, ({ operation }) => operation.name);
  const act = httpOperation("safe");
  const other = httpOperation("safe", {}, "other");
  const options = { environment: simulation };
  await simulation.run(async () => {
    assert.equal(await createClient(httpService({ act, other }), transport, options).other(), "other");
    assert.equal(await createClient({ renamed: act }, transport, options).renamed(), "act");
  });
});

test("operations may be called anything", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, () => "done");
  const operations = JSON.parse('{"__proto__": 1, "kind": 1}') as object;
  const service = httpService(
    Object.fromEntries(Object.keys(operations).map((name) => [name, httpOperation("safe", {}, name)])),
  );
  const client = createClient(service, transport, { environment: simulation });
  assert.deepEqual(Object.keys(client), ["__proto__", "kind"]);
  assert.equal(Object.getPrototypeOf(client), Object.prototype);
  assert.equal(await simulation.run(() => (client["kind"] as () => Promise<string>)()), "done");
});

test("a call inherits deadline, cancellation and trace of the context that it is made in", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, hang);
  const client = createClient({ act: httpOperation("safe") }, transport, { environment: simulation });
  const scope = createContext({ environment: simulation, timeoutMs: 1_000 });
  await simulation.run(async () => {
    await sleep(simulation, 400);
    const failed = client.act({}, { ctx: scope.context }).catch((error: ServiceError) => error.code);
    await sleep(simulation, 1);
    const attempt = transport.seen[0]?.attempt;
    assert.equal(attempt?.timeoutMs, 595);
    assert.equal(attempt?.headers.get("traceparent")?.slice(3, 35), scope.context.trace.traceId);
    assert.equal(await failed, "deadline_exceeded");
    assert.equal(simulation.monotonic(), 995);
    const gone = createContext({ environment: simulation, signal: AbortSignal.abort("gone") });
    const left = client.act({}, { ctx: gone.context });
    await assert.rejects(left, (error) => isServiceError(error) && error.code === "canceled" && error.cause === "gone");
  });
  scope.dispose();
});

test("interceptors pass in order and return in reverse, once a call, and may change headers and input", async () => {
  const simulation = createSimulation({ seed: 1 });
  const order: string[] = [];
  let made = 0;
  const named =
    (name: string): Interceptor =>
    (next) => {
      made += 1;
      return async (call) => {
        order.push(`${name} in`);
        call.headers.append("x-way", name);
        const result = await next({ ...call, input: { body: name } });
        order.push(`${name} out`);
        return result;
      };
    };
  const transport = fakeTransport(simulation, (_, count) => {
    if (count % 2 === 1) throw unavailable();
    return "done";
  });
  const client = createClient({ act: httpOperation("safe") }, transport, {
    environment: simulation,
    interceptors: [named("a"), named("b")],
  });
  await simulation.run(async () => {
    await client.act();
    await client.act();
  });
  assert.deepEqual(order.slice(0, 4), ["a in", "b in", "b out", "a out"]);
  assert.deepEqual([order.length, made], [8, 2]);
  assert.equal(transport.seen[0]?.attempt.headers.get("x-way"), "a, b");
  assert.deepEqual(transport.seen[0]?.input, { body: "b" });
});

test("a key in a field is set once, and the caller's is kept", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, () => "done", { kind: "rpc" as const });
  const client = createClient({ act: rpcOperation("unary") }, transport, { environment: simulation });
  await simulation.run(async () => {
    await client.act({ sku: "a" });
    await client.act({ sku: "a", requestId: "mine" });
    await client.act({ sku: "a" }, { idempotencyKey: "given" });
    const twice = client.act({ requestId: "mine" }, { idempotencyKey: "given" });
    await assert.rejects(twice, /two different idempotency keys/);
  });
  const ids = transport.seen.map(({ input }) => (input as { requestId: string }).requestId);
  assert.match(ids[0] ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual(ids.slice(1), ["mine", "given"]);
});

test("a stream begins when it is read, hands on what comes and fails without a retry", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(
    simulation,
    () =>
      (async function* () {
        yield 1;
        await sleep(simulation, 100);
        yield 2;
        throw unavailable();
      })(),
    { kind: "rpc" as const },
  );
  const client = createClient({ act: rpcOperation("serverStream") }, transport, { environment: simulation });
  const seen: unknown[] = [];
  await simulation.run(async () => {
    const stream = client.act({});
    assert.equal(transport.seen.length, 0);
    await assert.rejects(
      async () => {
        for await (const message of stream) seen.push(message);
      },
      (error) => isServiceError(error) && error.code === "unavailable" && error.operation === "shop.v1.Stock/act",
    );
  });
  assert.deepEqual([seen, transport.seen.length, simulation.pendingTimers], [[1, 2], 1, 0]);
});

test("a stream that is left, silent or cancelled is ended on the other side", async () => {
  const simulation = createSimulation({ seed: 1 });
  const ended: string[] = [];
  const transport = fakeTransport(
    simulation,
    ({ attempt }) =>
      (async function* () {
        attempt.signal.addEventListener("abort", () => ended.push("aborted"));
        yield 1;
        await hang();
      })(),
    { kind: "rpc" as const },
  );
  const client = createClient({ act: rpcOperation("serverStream") }, transport, { environment: simulation });
  await simulation.run(async () => {
    for await (const _ of client.act({})) break;
    assert.deepEqual(ended, ["aborted"]);
    await assert.rejects(async () => {
      for await (const _ of client.act({}));
    }, /no message came for 60000 ms/);
    const controller = new AbortController();
    simulation.setTimer(() => controller.abort("gone"), 10);
    await assert.rejects(
      async () => {
        for await (const _ of client.act({}, { signal: controller.signal }));
      },
      (error) => isServiceError(error) && error.cause === "gone",
    );
  });
  assert.deepEqual([ended.length, simulation.pendingTimers], [3, 0]);
});

test("a fallback answers failures of the target, not those of the request or the caller", async () => {
  const simulation = createSimulation({ seed: 1 });
  let error: Error = unavailable({ retry: { class: "never" } });
  const transport = fakeTransport(simulation, ({ operation }) => {
    if (operation.name === "act") throw error;
    return "from the other";
  });
  const act = httpOperation("safe", { fallback: { kind: "operation", operation: "other" } });
  const example = httpOperation("safe", { fallback: { kind: "example", value: "from the contract" } }, "example");
  const other = httpOperation("safe", {}, "other");
  const client = createClient({ act, other }, transport, { environment: simulation });
  await simulation.run(async () => {
    assert.equal(await client.act(), "from the other");
    error = new ServiceError("not_found", "none");
    await assert.rejects(client.act(), /none/);
    const broken = fakeTransport(simulation, () => {
      throw unavailable();
    });
    assert.equal(await createClient({ example }, broken, { environment: simulation }).example(), "from the contract");
  });
});

test("a fallback that fails shows the first failure as its cause", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, () => {
    throw unavailable({ reason: "FIRST", retry: { class: "never" } });
  });
  const act = httpOperation("safe", { fallback: { kind: "operation", operation: "gone" } });
  const client = createClient({ act }, transport, { environment: simulation });
  await simulation.run(() =>
    assert.rejects(
      client.act(),
      (error) =>
        isServiceError(error) &&
        error.reason === "FIRST" &&
        isServiceError(error.cause) &&
        error.cause.reason === "FIRST" &&
        /fallback failed/.test(error.message),
    ),
  );
});

test("a stale answer serves the same caller and the same input while it is young", async () => {
  const simulation = createSimulation({ seed: 1 });
  let broken = false;
  const transport = fakeTransport(simulation, ({ input }) => {
    if (broken) throw unavailable({ retry: { class: "never" } });
    return `answer to ${JSON.stringify(input)}`;
  });
  const act = httpOperation("safe", { fallback: { kind: "stale", forMs: 1_000 } });
  const client = createClient({ act }, transport, { environment: simulation });
  const ann = { headers: { authorization: "ann" } };
  await simulation.run(async () => {
    const answer = await client.act({ body: 1 }, ann);
    broken = true;
    assert.equal(await client.act({ body: 1 }, ann), answer);
    await assert.rejects(client.act({ body: 2 }, ann));
    await assert.rejects(client.act({ body: 1 }, { headers: { authorization: "bob" } }));
    await sleep(simulation, 1_001);
    await assert.rejects(client.act({ body: 1 }, ann));
  });
});

test("clients of one transport share what they know of its target, unless told otherwise", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, () => {
    throw unavailable();
  });
  const act = httpOperation("none");
  const first = createClient({ act }, transport, { environment: simulation });
  const second = createClient({ act }, transport, { environment: simulation });
  const own = createClient({ act }, transport, { resilience: createResilience({ environment: simulation }) });
  const reason = (work: Promise<unknown>): Promise<unknown> => work.catch((error: ServiceError) => error.reason);
  await simulation.run(async () => {
    for (let n = 0; n < 20; n++) await reason(first.act());
    assert.deepEqual([await reason(second.act()), await reason(own.act())], ["CIRCUIT_OPEN", undefined]);
  });
});

test("a declared error is told by operation and status", () => {
  const act = httpOperation("safe");
  const response = { status: 200, contentType: undefined, headers: {}, body: "x" };
  const error = new ServiceError("not_found", "none", { operation: "shop.v1.Shop/act", response });
  assert.equal(isDeclaredError(error, act, 200), true);
  assert.equal(isDeclaredError(error, httpOperation("safe", {}, "other"), 200), false);
  assert.equal(isDeclaredError(new ServiceError("not_found", "none"), act, 200), false);
});

test("duration, retries and rejections are measured", async () => {
  const simulation = createSimulation({ seed: 1 });
  const telemetry = createRecordingTelemetry();
  const transport = fakeTransport(simulation, (_, count) => {
    if (count === 1) throw unavailable();
    return "done";
  });
  const client = createClient({ act: httpOperation("safe", { rateLimit: { limit: 1, perMs: 1_000 } }) }, transport, {
    environment: simulation,
    telemetry,
  });
  await simulation.run(async () => {
    await client.act();
    await assert.rejects(client.act(), /rate limit/);
  });
  assert.equal(telemetry.total("resilience.client.call.retries", { reason: "unavailable" }), 1);
  assert.equal(telemetry.total("resilience.rejections", { policy: "rateLimit" }), 1);
  assert.equal(telemetry.measurements.filter(({ name }) => name === "http.client.request.duration").length, 2);
});

test("a stale answer is for those who send the same headers, whatever names the caller in them", async () => {
  const simulation = createSimulation({ seed: 1 });
  let broken = false;
  const transport = fakeTransport(simulation, ({ attempt }) => {
    if (broken) throw unavailable({ retry: { class: "never" } });
    return `secret of ${attempt.headers.get("x-api-key")}`;
  });
  const act = httpOperation("safe", { fallback: { kind: "stale", forMs: 1_000 } });
  const client = createClient({ act }, transport, { environment: simulation });
  await simulation.run(async () => {
    await client.act({}, { headers: { "x-api-key": "ann", "x-request-id": "1" } });
    broken = true;
    assert.equal(await client.act({}, { headers: { "x-api-key": "ann", "x-request-id": "2" } }), "secret of ann");
    await assert.rejects(client.act({}, { headers: { "x-api-key": "bob" } }));
  });
});

test("a number of attempts that is none changes nothing", async () => {
  const simulation = createSimulation({ seed: 1 });
  const transport = fakeTransport(simulation, () => {
    throw unavailable();
  });
  const client = createClient({ act: httpOperation("safe") }, transport, { environment: simulation });
  await simulation.run(() => assert.rejects(client.act({}, { maxAttempts: Number.NaN })));
  assert.equal(transport.seen.length, 3);
});

test("a frozen error of an interceptor is told with the operation's name", async () => {
  const simulation = createSimulation({ seed: 1 });
  const refused = Object.freeze(new ServiceError("permission_denied", "not here"));
  const client = createClient({ act: httpOperation("safe") }, fakeTransport(simulation, hang), {
    environment: simulation,
    interceptors: [() => () => Promise.reject(refused)],
  });
  await simulation.run(() =>
    assert.rejects(client.act(), {
      code: "permission_denied",
      operation: "shop.v1.Shop/act",
      rawMessage: "not here",
    }),
  );
});
