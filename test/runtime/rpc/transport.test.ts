import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import {
  isServiceError,
  ServiceError,
  statusNumbers,
  type StatusCode,
} from "../../../runtime/src/error/service-error.ts";
import { memoryRpcTransport, type MemoryRpcOptions } from "../../../runtime/src/rpc/memory.ts";
import { fromConnectError, toConnectError } from "../../../runtime/src/rpc/errors.ts";
import { connectRoutes, createRpcOutcomeCodec } from "../../../runtime/src/rpc/router.ts";
import { connectTransport, methodOf } from "../../../runtime/src/rpc/transport.ts";
import type { ServerCore, ServerRequest } from "../../../runtime/src/server/server.ts";
import { createSimulation } from "../../../runtime/src/testing/simulation.ts";
import { attempt, fakeServer, type FakeHandlers } from "../http/support.ts";
import { chat, collect, count, Echo, echoHandlers, say, streamOf, sum } from "./support.ts";

const simulation = createSimulation({ seed: 1 });

function memory(handlers: FakeHandlers = echoHandlers, options: Partial<MemoryRpcOptions> = {}) {
  return memoryRpcTransport(fakeServer([[Echo, handlers]]), { environment: simulation, ...options });
}

function failure(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => {
      if (isServiceError(error)) return error;
      throw error;
    },
  );
}

test("all four kinds of streams go there and back", async () => {
  const transport = memory();
  assert.equal((await transport.prepare(say, { value: "hi" }).send(attempt())).output?.["value" as never], "hi!");
  assert.deepEqual(await collect((await transport.prepare(count, { value: 3 }).send(attempt())).output), [1, 2, 3]);
  const total = await transport.prepare(sum, streamOf({ value: 2 }, { value: 5 })).send(attempt());
  assert.equal((total.output as { value: number }).value, 7);
  const talk = await transport.prepare(chat, streamOf({ value: "a" }, { value: "b" })).send(attempt());
  assert.deepEqual(await collect(talk.output), ["A", "B"]);
});

test("only calls that send a stream can't be repeated", () => {
  const transport = memory();
  assert.deepEqual(
    [say, count].map((each) => transport.prepare(each, {}).repeatable),
    [true, true],
  );
  assert.deepEqual(
    [sum, chat].map((each) => transport.prepare(each, streamOf()).repeatable),
    [false, false],
  );
});

test("attempts send what was prepared, whatever becomes of the input", async () => {
  const seen: string[] = [];
  const input = { value: "first" };
  const prepared = memory({
    say: (message) => {
      seen.push(message.value);
      return {};
    },
  }).prepare(say, input);
  input.value = "changed";
  await prepared.send(attempt());
  await prepared.send(attempt());
  assert.deepEqual(seen, ["first", "first"]);
});

test("headers and the remaining time come to the server, headers and trailers back", async () => {
  let request: ServerRequest | undefined;
  const server: ServerCore = {
    ...fakeServer([[Echo, echoHandlers]]),
    handle: async (received) => {
      request = received;
      return {
        output: { value: "" },
        headers: createHeaders([["x-one", "1"]]),
        trailers: createHeaders([["x-two", "2"]]),
      };
    },
  };
  const transport = memoryRpcTransport(server, { environment: simulation });
  const reply = await transport.prepare(say, {}).send(attempt([["idempotency-key", "k1"]], { timeoutMs: 800 }));
  assert.deepEqual([request?.timeoutMs, request?.headers.get("idempotency-key")], [800, "k1"]);
  assert.deepEqual([reply.headers.get("x-one"), reply.trailers?.get("x-two")], ["1", "2"]);
});

test("an error keeps code, message, reason, details and hint", async () => {
  const thrown = new ServiceError("failed_precondition", "not enough stock", {
    reason: "STOCK",
    details: [
      {
        type: "google.rpc.PreconditionFailure",
        value: { violations: [{ type: "STOCK", subject: "sku", description: "0 left" }] },
      },
      { type: "acme.Own", value: { any: ["plain", 1] } },
    ],
    retry: { class: "default", afterMs: 1234 },
  });
  const error = await failure(
    memory({
      say: () => {
        throw thrown;
      },
    })
      .prepare(say, {})
      .send(attempt()),
  );
  assert.deepEqual(
    [error.code, error.rawMessage, error.reason, error.retry, error.sent, error.origin],
    ["failed_precondition", "not enough stock", "STOCK", { class: "default", afterMs: 1234 }, "yes", "app"],
  );
  assert.deepEqual(
    error.details.slice(0, 2).map(({ type, value }) => ({ type, value })),
    thrown.details,
  );
  assert.equal(error.operation, "test.v1.Echo/say");
});

test("every code survives", async () => {
  for (const code of Object.keys(statusNumbers) as StatusCode[]) {
    const error = await failure(
      memory({
        say: () => {
          throw new ServiceError(code, "why");
        },
      })
        .prepare(say, {})
        .send(attempt()),
    );
    assert.equal(error.code, code);
  }
});

test("what went wrong inside stays inside", async () => {
  const seen: ServiceError[] = [];
  const transport = memory(
    {
      say: () => {
        throw new Error("password is hunter2");
      },
    },
    {
      onError: (error) => {
        seen.push(error);
      },
    },
  );
  const error = await failure(transport.prepare(say, {}).send(attempt()));
  assert.equal(error.code, "unknown");
  assert.doesNotMatch(JSON.stringify([error.message, error.details]), /hunter2/);
  assert.equal(seen.length, 1);
});

test("a failure after the first message surfaces after that message", async () => {
  const transport = memory({
    async *count() {
      yield { value: 1 };
      throw new ServiceError("aborted", "moved");
    },
  });
  const { output } = await transport.prepare(count, {}).send(attempt());
  const got: unknown[] = [];
  const error = await failure(
    (async () => {
      for await (const each of output as AsyncIterable<unknown>) got.push(each);
    })(),
  );
  assert.deepEqual([got.length, error.code], [1, "aborted"]);
});

test("a refusal of this operation says that it was not started, one of another does not", async () => {
  const shed = (operation: string) =>
    new ServiceError("unavailable", "shed", { origin: "framework", sent: "no", operation, retry: { class: "never" } });
  const own = await failure(
    memory({
      say: () => {
        throw shed("test.v1.Echo/say");
      },
    })
      .prepare(say, {})
      .send(attempt()),
  );
  assert.deepEqual([own.sent, own.origin, own.retry.class], ["no", "framework", "never"]);
  const other = await failure(
    memory({
      say: () => {
        throw shed("other.v1.Other/op");
      },
    })
      .prepare(say, {})
      .send(attempt()),
  );
  assert.equal(other.sent, "yes");
});

test("faults of the connection say whether the request can have arrived", async () => {
  let handled = 0;
  const handlers = {
    say: () => {
      handled += 1;
      return {};
    },
  };
  const sent: string[] = [];
  for (const kind of ["refuse", "dropRequest", "dropResponse"] as const) {
    sent.push(
      (
        await failure(
          memory(handlers, { fault: () => ({ kind }) })
            .prepare(say, {})
            .send(attempt()),
        )
      ).sent,
    );
  }
  assert.deepEqual([sent, handled], [["no", "maybe", "maybe"], 1]);
  const before = simulation.monotonic();
  await simulation.run(() =>
    memory(handlers, { fault: () => ({ kind: "delay", requestMs: 3000 }) })
      .prepare(say, {})
      .send(attempt()),
  );
  assert.equal(simulation.monotonic() - before, 3000);
});

test("a caller that leaves settles at once with its reason, and the handler's signal fires", async () => {
  const controller = new AbortController();
  let signal: AbortSignal | undefined;
  const transport = memory({
    say: (_input, request) => {
      signal = request.signal;
      return new Promise(() => undefined);
    },
  });
  const sent = failure(transport.prepare(say, {}).send(attempt([], { signal: controller.signal })));
  while (signal === undefined)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  controller.abort(new ServiceError("deadline_exceeded", "late"));
  assert.equal((await sent).code, "deadline_exceeded");
  assert.equal(signal.aborted, true);
});

test("a Connect error of the network is unavailable, sent only maybe, or not at all when refused", () => {
  const options = { operation: "a/b", nowMs: 0 };
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const error = fromConnectError(
    new ConnectError("x", Code.Unavailable, undefined, undefined, new Error("outer", { cause: refused })),
    options,
  );
  assert.deepEqual([error.code, error.sent, error.origin], ["unavailable", "no", "transport"]);
  assert.equal(fromConnectError(new ConnectError("x", Code.Unavailable), options).sent, "maybe");
  assert.equal(fromConnectError(new TypeError("boom"), options).code, "unknown");
});

test("an unimplemented method of another server is unimplemented", async () => {
  const transport = connectTransport(
    createRouterTransport(() => undefined),
    { authority: "empty" },
  );
  assert.equal((await failure(transport.prepare(say, {}).send(attempt()))).code, "unimplemented");
  assert.equal(typeof connectRoutes, "function");
});

test("outcomes come back as they were stored", async () => {
  const codec = createRpcOutcomeCodec(say, methodOf(say));
  const stored = codec.encode({ output: { value: "done" }, headers: createHeaders() }, "r1");
  assert.deepEqual([stored.status, stored.requestId], [0, "r1"]);
  assert.equal((codec.decode(stored).output as { value: string }).value, "done");
  const failed = codec.encode(new ServiceError("already_exists", "twice", { reason: "TWICE" }), "r2");
  assert.throws(() => codec.decode(failed), { code: "already_exists", reason: "TWICE", rawMessage: "twice" });
  assert.throws(
    () => createRpcOutcomeCodec(count, methodOf(count)).encode({ output: streamOf(), headers: createHeaders() }, "r3"),
    /stream/,
  );
});

test("the fingerprint is of the bytes of the message", async () => {
  const prints: string[] = [];
  const transport = memory({
    say: async (_input, request) => {
      prints.push(await request.fingerprint());
      return {};
    },
  });
  for (const value of ["a", "a", "b"]) await transport.prepare(say, { value }).send(attempt());
  assert.equal(prints[0], prints[1]);
  assert.notEqual(prints[0], prints[2]);
  assert.match(prints[0] ?? "", /^[0-9a-f]{64}$/);
});

test("debug details never leave", () => {
  const error = toConnectError(
    new ServiceError("not_found", "no", { details: [{ type: "google.rpc.DebugInfo", value: { detail: "stack" } }] }),
  );
  assert.deepEqual(error.details, []);
});

test("a contract's example becomes a message of the operation, and what is none is refused", () => {
  const transport = memory();
  assert.deepEqual(transport.decodeExample?.(say, "hello"), create(StringValueSchema, { value: "hello" }));
  assert.throws(() => transport.decodeExample?.(say, { value: "hello" }));
});
