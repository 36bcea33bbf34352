import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import type { Logger } from "../../../runtime/src/call/context.ts";
import type { CallResult, Interceptor } from "../../../runtime/src/call/interceptor.ts";
import type { OperationPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import type { ServerRequest } from "../../../runtime/src/server/server.ts";
import type { HttpContext, ServerOptions } from "../../../runtime/src/server/types.ts";
import { createSimulation } from "../../../runtime/src/testing/index.ts";
import { hang, httpOperation, httpService, type TestOperation } from "../support/fake-transport.ts";

type Handle = (input: unknown, ctx: HttpContext<any, any>) => any;

function bench(handler: Handle, options: ServerOptions = {}, policy: Partial<OperationPolicy> = {}) {
  const simulation = createSimulation({ seed: 1 });
  const operation: TestOperation = httpOperation("none", policy);
  const server = createServer({ environment: simulation, ...options }).add(httpService({ act: operation }), {
    act: handler,
  });
  const handle = (more: Partial<ServerRequest> = {}): Promise<CallResult> =>
    server.handle({
      operation,
      input: {},
      headers: createHeaders(),
      signal: new AbortController().signal,
      timeoutMs: undefined,
      fingerprint: () => "f",
      outcome: { encode: () => assert.fail("encoded"), decode: () => assert.fail("decoded") },
      ...more,
    });
  return { simulation, server, handle };
}

async function failureOf(work: Promise<unknown>): Promise<ServiceError> {
  const result = await work.catch((error: unknown) => error);
  assert.ok(isServiceError(result), String(result));
  return result;
}

test("a handler gets input and context, and its result comes back", async () => {
  const { simulation, handle } = bench((input, ctx) => ({ input, who: ctx.principal?.id, left: ctx.remainingMs() }), {
    authenticate: ({ headers }) => ({ id: headers.get("x-who") ?? "" }),
  });
  const result = await simulation.run(() =>
    handle({ input: 7, headers: createHeaders({ "x-who": "ann" }), timeoutMs: 500 }),
  );
  assert.deepEqual(result.output, { input: 7, who: "ann", left: 500 });
  assert.equal(simulation.pendingTimers, 0);
});

test("a reply has its status, body and headers", async () => {
  const { simulation, handle } = bench((_, ctx) => ctx.reply(201, "made", { headers: { location: "/1" } }));
  const { output } = await simulation.run(() => handle());
  assert.deepEqual(output, {
    "~reply": true,
    status: 201,
    body: "made",
    headers: { location: "/1" },
    contentType: undefined,
  });
});

test("what a handler throws is told to the log and not to the caller", async () => {
  const logged: unknown[] = [];
  const logger: Logger = {
    log: (_, message, fields) => {
      logged.push([message, /password 42/.test(String(fields?.["error"]))]);
    },
  };
  const { simulation, handle } = bench(
    () => {
      throw new Error("password 42");
    },
    { logger },
  );
  const failure = await simulation.run(() => failureOf(handle()));
  assert.deepEqual([failure.code, failure.operation], ["unknown", "shop.v1.Shop/act"]);
  assert.doesNotMatch(failure.message, /42/);
  assert.deepEqual(logged, [["a handler failed", true]]);
});

test("the caller is answered at its deadline, whatever the handler does, and the handler is told", async () => {
  let told: unknown;
  const { simulation, handle, server } = bench(async (_, ctx) => {
    ctx.signal.addEventListener("abort", () => {
      told = ctx.signal.reason;
    });
    await sleep(ctx.environment, 5_000);
  });
  await simulation.run(async () => {
    assert.equal((await failureOf(handle({ timeoutMs: 100 }))).code, "deadline_exceeded");
    assert.equal(simulation.monotonic(), 100);
    assert.equal(server.inFlight, 1);
    await sleep(simulation, 5_000);
    assert.equal(server.inFlight, 0);
  });
  assert.ok(isServiceError(told));
});

test("a handler does not begin after its deadline", async () => {
  let began = false;
  const { simulation, handle } = bench(
    () => {
      began = true;
    },
    {
      authenticate: async () => {
        await sleep(simulation, 200);
        return { id: "ann" };
      },
    },
  );
  await simulation.run(async () => {
    assert.equal((await failureOf(handle({ timeoutMs: 100 }))).code, "deadline_exceeded");
    await sleep(simulation, 1_000);
  });
  assert.equal(began, false);
});

test("a peer that leaves cancels the handler", async () => {
  const { simulation, handle } = bench((_, ctx) => sleep(ctx.environment, 5_000, ctx.signal));
  const controller = new AbortController();
  simulation.setTimer(() => controller.abort(new Error("closed")), 50);
  assert.equal((await simulation.run(() => failureOf(handle({ signal: controller.signal })))).code, "canceled");
  assert.equal(simulation.monotonic(), 50);
  assert.equal(simulation.pendingTimers, 0);
});

test("requests beyond the limit are refused unserved, with a hint", async () => {
  const { simulation, handle } = bench((_, ctx) => sleep(ctx.environment, 100), { maxInFlight: 2 });
  await simulation.run(async () => {
    const served = [handle(), handle()];
    const refused = await failureOf(handle());
    assert.deepEqual(
      [refused.code, refused.reason, refused.sent, refused.operation],
      ["unavailable", "SERVER_OVERLOADED", "no", "shop.v1.Shop/act"],
    );
    assert.ok((refused.retry.afterMs ?? 0) > 0);
    await Promise.all(served);
    await handle();
  });
});

test("a drain waits for what is in flight, refuses what comes, and aborts what is left after the grace", async () => {
  const { simulation, handle, server } = bench((_, ctx) => sleep(ctx.environment, 1_000, ctx.signal));
  await simulation.run(async () => {
    const served = handle();
    const drained = server.drain({ graceMs: 5_000 });
    assert.deepEqual([server.draining, (await failureOf(handle())).reason], [true, "SERVER_DRAINING"]);
    await served;
    await drained;
    assert.equal(simulation.monotonic(), 1_000);
  });
  const slow = bench((_, ctx) => sleep(ctx.environment, 9_000, ctx.signal));
  await slow.simulation.run(async () => {
    const failed = failureOf(slow.handle());
    await slow.server.drain({ graceMs: 500 });
    assert.equal((await failed).code, "unavailable");
    assert.equal(slow.simulation.monotonic(), 500);
  });
  const deaf = bench(() => hang());
  await deaf.simulation.run(async () => {
    const failed = failureOf(deaf.handle());
    await deaf.server.drain({ graceMs: 500 });
    assert.equal((await failed).code, "unavailable");
    assert.ok(deaf.simulation.monotonic() <= 1_500);
  });
  assert.deepEqual([simulation.pendingTimers, slow.simulation.pendingTimers, deaf.simulation.pendingTimers], [0, 0, 0]);
});

test("a stream is in flight until it ends, is left or is cancelled", async () => {
  const { simulation, handle, server } = bench(() =>
    (async function* () {
      yield 1;
      yield 2;
    })(),
  );
  await simulation.run(async () => {
    const { output } = await handle();
    assert.equal(server.inFlight, 1);
    const seen: unknown[] = [];
    for await (const message of output as AsyncIterable<unknown>) seen.push(message);
    assert.deepEqual([seen, server.inFlight], [[1, 2], 0]);
    for await (const _ of (await handle()).output as AsyncIterable<unknown>) break;
    assert.equal(server.inFlight, 0);
    const controller = new AbortController();
    await handle({ signal: controller.signal });
    controller.abort();
    assert.equal(server.inFlight, 0);
  });
});

test("interceptors stand around the handler, in order and in reverse", async () => {
  const order: string[] = [];
  const named =
    (name: string): Interceptor =>
    (next) =>
    async (call) => {
      order.push(`${name} ${call.side} in`);
      try {
        return await next(call);
      } finally {
        order.push(`${name} out`);
      }
    };
  const { simulation, handle } = bench(
    () => {
      order.push("handler");
    },
    { interceptors: [named("a"), named("b")] },
  );
  await simulation.run(() => handle());
  assert.deepEqual(order, ["a server in", "b server in", "handler", "b out", "a out"]);
});

test("an authenticator refuses, and a rate limit counts by caller", async () => {
  const { simulation, handle } = bench(
    () => "done",
    {
      authenticate: ({ headers }) => {
        const id = headers.get("x-who");
        if (id === null) throw new ServiceError("unauthenticated", "who are you");
        return { id };
      },
    },
    { rateLimit: { limit: 1, perMs: 1_000, key: "principal" } },
  );
  const by = (who: string): Promise<CallResult> => handle({ headers: createHeaders({ "x-who": who }) });
  await simulation.run(async () => {
    assert.equal((await failureOf(handle())).code, "unauthenticated");
    await by("ann");
    const limited = await failureOf(by("ann"));
    assert.deepEqual([limited.code, limited.retry], ["resource_exhausted", { class: "throttled", afterMs: 1_000 }]);
    await by("bob");
  });
});

test("a missing handler, a service twice and a keyed operation without a store are told at once", () => {
  const service = httpService({ act: httpOperation("none") });
  assert.throws(() => createServer().add(service, {} as never), /expected a handler for operation "shop.v1.Shop\/act"/);
  assert.throws(
    () =>
      createServer()
        .add(service, { act: () => "" })
        .add(service, { act: () => "" }),
    /there already/,
  );
  const keyed = httpService({ act: httpOperation("keyed") });
  assert.throws(() => createServer().add(keyed, { act: () => "" }), /createMemoryStore/);
});

test("an operation that was not added is not served", async () => {
  const { simulation, handle } = bench(() => "done");
  const failure = await simulation.run(() => failureOf(handle({ operation: httpOperation("none") })));
  assert.equal(failure.code, "unimplemented");
});
