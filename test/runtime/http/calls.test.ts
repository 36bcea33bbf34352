import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpOperation } from "../../../runtime/src/descriptor/http.ts";
import type { Validator } from "../../../runtime/src/descriptor/validate.ts";
import { isServiceError, ServiceError } from "../../../runtime/src/error/service-error.ts";
import { createReply } from "../../../runtime/src/http/reply.ts";
import { createSimulation } from "../../../runtime/src/testing/simulation.ts";
import { memoryTransport, type MemoryTransportOptions } from "../../../runtime/src/transport/memory.ts";
import type { HttpHandlerOptions } from "../../../runtime/src/http/handler.ts";
import { attempt, fakeServer, operation, parameter, service, type FakeHandlers } from "./support.ts";

const hasAmount: Validator = (value, pointer = "", issues) => {
  const amount = (value as { amount?: unknown } | null)?.amount;
  if (typeof amount === "number") return true;
  issues?.push({ pointer: `${pointer}/amount`, keyword: "type", expected: "a number" });
  return false;
};

const json = { mediaType: "application/json", codec: "json" } as const;
const problem = { mediaType: "application/problem+json", codec: "json" } as const;

const createPayment = operation({
  name: "createPayment",
  method: "POST",
  path: "/payments/{account}",
  parameters: [
    parameter({ in: "path", name: "account", required: true }),
    parameter({ in: "query", name: "tag", shape: { type: "array", items: { type: "string" } } }),
    parameter({ in: "header", name: "X-Trace" }),
    parameter({ in: "cookie", name: "session" }),
  ],
  body: { required: true, content: [{ ...json, validate: hasAmount }] },
  responses: [
    {
      status: 201,
      content: [{ ...json, validate: hasAmount }],
      headers: [parameter({ in: "header", name: "Location" })],
    },
    { status: 409, content: [problem] },
    { status: "4XX", content: [{ mediaType: "text/plain", codec: "text" }] },
  ],
});

const simulation = createSimulation({ seed: 1 });

interface CallSettings {
  readonly handlers: FakeHandlers;
  readonly full?: boolean;
  readonly handler?: HttpHandlerOptions;
  readonly options?: Partial<MemoryTransportOptions>;
  readonly timeoutMs?: number;
}

async function call(each: HttpOperation, input: unknown, settings: CallSettings): Promise<any> {
  const server = fakeServer([[service(each), settings.handlers]]);
  const transport = memoryTransport(server, {
    environment: simulation,
    ...(settings.handler === undefined ? {} : { handler: settings.handler }),
    ...settings.options,
  });
  const prepared = transport.prepare(each, input, { full: settings.full === true });
  return (await prepared.send(attempt([["x-own", "1"]], { timeoutMs: settings.timeoutMs }))).output;
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

const input = {
  path: { account: "a/b" },
  query: { tag: ["x", "y"] },
  header: { "X-Trace": "t" },
  cookie: { session: "s;1" },
  body: { amount: 7 },
};

test("an input comes to the handler as it was given", async () => {
  let seen: any;
  const output = await call(createPayment, input, {
    timeoutMs: 750,
    handlers: {
      createPayment: (value, request) => {
        seen = { value, timeoutMs: request.timeoutMs, own: request.headers.get("x-own") };
        return createReply(201, { amount: value.body.amount + 1 }, { headers: { Location: "/payments/1" } });
      },
    },
  });
  assert.deepEqual(seen, { value: input, timeoutMs: 750, own: "1" });
  assert.deepEqual(output, { amount: 8 });
});

test("full gives the whole reply, and throws others than 2xx with theirs", async () => {
  const handlers = {
    createPayment: () =>
      createReply(201, { amount: 1 }, { headers: { Location: "/p/1", "set-cookie": ["a=1", "b=2"] } }),
  };
  assert.deepEqual(await call(createPayment, input, { full: true, handlers }), {
    status: 201,
    contentType: "application/json",
    headers: { Location: "/p/1" },
    body: { amount: 1 },
  });
  const busy = { createPayment: () => createReply(409, { code: "aborted", detail: "busy" }) };
  assert.deepEqual((await failure(call(createPayment, input, { full: true, handlers: busy }))).response, {
    status: 409,
    contentType: "application/problem+json",
    headers: {},
    body: { code: "aborted", detail: "busy" },
  });
});

test("a declared error is thrown with its typed response", async () => {
  const error = await failure(
    call(createPayment, input, { handlers: { createPayment: () => createReply(418, "no tea") } }),
  );
  assert.equal(error.code, "unknown");
  assert.deepEqual(error.response, { status: 418, contentType: "text/plain", headers: {}, body: "no tea" });
  const busy = await failure(
    call(createPayment, input, {
      handlers: { createPayment: () => createReply(409, { code: "aborted", detail: "busy" }) },
    }),
  );
  assert.deepEqual([busy.code, busy.rawMessage, (busy.response as any).status], ["aborted", "busy", 409]);
});

test("faults of the input are told before anything is sent, all at once", async () => {
  const error = await failure(call(createPayment, { body: { amount: "7" } }, { handlers: {} }));
  assert.deepEqual([error.code, error.sent], ["invalid_argument", "no"]);
  assert.deepEqual(
    (error.details[0]?.value as any).fieldViolations.map((each: any) => each.field),
    ["/path/account", "/body/amount"],
  );
});

test("an error of the handler crosses with code, reason, details and hint", async () => {
  const thrown = new ServiceError("resource_exhausted", "quota of May is used up", {
    reason: "QUOTA",
    retry: { class: "throttled", afterMs: 1500 },
    details: [{ type: "google.rpc.QuotaFailure", value: { violations: [{ subject: "a" }] } }],
  });
  const error = await failure(
    call(createPayment, input, {
      handlers: {
        createPayment: () => {
          throw thrown;
        },
      },
    }),
  );
  assert.deepEqual(
    [error.code, error.rawMessage, error.reason, error.retry, error.sent],
    ["resource_exhausted", "quota of May is used up", "QUOTA", { class: "throttled", afterMs: 1500 }, "yes"],
  );
  assert.deepEqual(error.details, thrown.details);
});

test("what went wrong inside stays inside", async () => {
  const seen: ServiceError[] = [];
  const handler: HttpHandlerOptions = {
    onError: (error) => {
      seen.push(error);
    },
  };
  const error = await failure(
    call(createPayment, input, {
      handler,
      handlers: {
        createPayment: () => {
          throw new Error("password is hunter2");
        },
      },
    }),
  );
  assert.equal(error.code, "unknown");
  assert.doesNotMatch(JSON.stringify([error.message, error.details]), /hunter2/);
  assert.match(String(seen[0]?.cause), /hunter2/);
});

test("a downstream refusal does not look like one of this server", async () => {
  const inner = new ServiceError("unavailable", "circuit open", {
    origin: "framework",
    sent: "no",
    operation: "other.v1.Other/op",
  });
  const error = await failure(
    call(createPayment, input, {
      handlers: {
        createPayment: () => {
          throw inner;
        },
      },
    }),
  );
  assert.deepEqual([error.code, error.sent], ["unavailable", "yes"]);
  const own = new ServiceError("unavailable", "shed", {
    origin: "framework",
    sent: "no",
    operation: "test.v1.Test/createPayment",
  });
  assert.equal(
    (
      await failure(
        call(createPayment, input, {
          handlers: {
            createPayment: () => {
              throw own;
            },
          },
        }),
      )
    ).sent,
    "no",
  );
});

test("a draining server refuses without having started", async () => {
  const server = fakeServer([[service(createPayment), {}]], { draining: true });
  const transport = memoryTransport(server, { environment: simulation });
  const error = await failure(transport.prepare(createPayment, input).send(attempt()));
  assert.deepEqual([error.code, error.sent, error.reason], ["unavailable", "no", "DRAINING"]);
});

test("responses that break the contract are internal errors", async () => {
  const handlers = { createPayment: () => createReply(201, { amount: "many" }) };
  const client = await failure(call(createPayment, input, { handlers }));
  assert.deepEqual([client.code, client.reason], ["internal", "INVALID_RESPONSE"]);
  assert.match(client.message, /expected a number at \/body\/amount/);
  assert.deepEqual(await call(createPayment, input, { handlers, options: { validateResponses: false } }), {
    amount: "many",
  });
  const seen: ServiceError[] = [];
  await failure(
    call(createPayment, input, {
      handlers,
      handler: {
        validateResponses: true,
        onError: (error) => {
          seen.push(error);
        },
      },
    }),
  );
  assert.match(seen[0]?.message ?? "", /handler of test.v1.Test\/createPayment answered 201/);
  const undeclared = { createPayment: () => createReply(302, undefined) };
  assert.equal((await failure(call(createPayment, input, { handlers: undeclared }))).code, "internal");
});

test("responses outside the contract become errors by their status or problem", async () => {
  const respond = (status: number, type: string, body: string, headers: [string, string][] = []): CallSettings => ({
    handlers: {},
    options: {
      fault: () => ({
        kind: "respond",
        response: { status, headers: [["content-type", type], ...headers], body: new TextEncoder().encode(body) },
      }),
    },
  });
  const bad = await failure(call(createPayment, input, respond(502, "text/html", "<h1>no</h1>")));
  assert.deepEqual([bad.code, bad.origin, bad.sent], ["unavailable", "intermediary", "maybe"]);
  const busy = await failure(call(createPayment, input, respond(503, "application/json", "{", [["retry-after", "2"]])));
  assert.deepEqual([busy.code, busy.retry], ["unavailable", { class: "default", afterMs: 2000 }]);
  const other = await failure(call(createPayment, input, respond(409, "application/json", '{"status')));
  assert.deepEqual([other.code, other.response], ["already_exists", undefined]);
  const html = await failure(call(createPayment, input, respond(201, "text/html", "<h1>login</h1>")));
  assert.deepEqual([html.code, html.reason], ["internal", "UNDECLARED_RESPONSE"]);
  const broken = await failure(call(createPayment, input, respond(201, "application/json", '{"amount":')));
  assert.deepEqual([broken.code, broken.reason], ["internal", "INVALID_RESPONSE"]);
  const empty = respond(201, "application/json", "");
  assert.equal((await failure(call(createPayment, input, empty))).reason, "INVALID_RESPONSE");
  const unchecked = { ...empty, options: { ...empty.options, validateResponses: false } };
  assert.equal(await call(createPayment, input, unchecked), undefined);
});

test("faults of the connection say whether the request can have arrived", async () => {
  const seen: unknown[] = [];
  const handlers = {
    createPayment: () => {
      seen.push(1);
      return { amount: 1 };
    },
  };
  const kinds = ["refuse", "dropRequest", "dropResponse"] as const;
  const errors = [];
  for (const kind of kinds)
    errors.push(await failure(call(createPayment, input, { handlers, options: { fault: () => ({ kind }) } })));
  assert.deepEqual(
    errors.map(({ code, sent, origin }) => [code, sent, origin]),
    [
      ["unavailable", "no", "transport"],
      ["unavailable", "maybe", "transport"],
      ["unavailable", "maybe", "transport"],
    ],
  );
  assert.equal(seen.length, 1);
});

test("delays run on the environment's clock", async () => {
  const handlers = { createPayment: () => ({ amount: 1 }) };
  const fault = () => ({ kind: "delay", requestMs: 60_000, responseMs: 1_000 }) as const;
  const before = simulation.monotonic();
  await simulation.run(() => call(createPayment, input, { handlers, options: { fault } }));
  assert.equal(simulation.monotonic() - before, 61_000);
});

test("a caller that leaves settles at once and the handler's signal fires", async () => {
  const controller = new AbortController();
  let handlerSignal: AbortSignal | undefined;
  const server = fakeServer([
    [
      service(createPayment),
      {
        createPayment: (_input, request) => {
          handlerSignal = request.signal;
          return new Promise(() => undefined);
        },
      },
    ],
  ]);
  const transport = memoryTransport(server, { environment: simulation });
  const sent = failure(transport.prepare(createPayment, input).send(attempt([], { signal: controller.signal })));
  await new Promise<void>((resolve) => {
    queueMicrotask(resolve);
  });
  while (handlerSignal === undefined) await Promise.resolve();
  controller.abort(new ServiceError("deadline_exceeded", "late"));
  assert.equal((await sent).code, "deadline_exceeded");
  assert.equal(handlerSignal.aborted, true);
});
