import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, printExplanation } from "../../../generator/src/explain.ts";
import type { EventOperationModel } from "../../../generator/src/model/event.ts";
import type { HttpOperationModel } from "../../../generator/src/model/http.ts";
import type { Model } from "../../../generator/src/model/model.ts";
import type { NativeFacts, PolicyLayer } from "../../../generator/src/policy/layers.ts";
import { event as message, fileOf, get, keyedPost, layer, post, resolve } from "../policy/support.ts";

const file = fileOf("a\nb\nc\n", "payments/v1/openapi.yaml");
const at = { file, start: 2, end: 3 };

function http(name: string, facts: NativeFacts, ...layers: readonly PolicyLayer[]): HttpOperationModel {
  return {
    at,
    name,
    method: "post",
    path: "/payments",
    tags: [],
    parameters: [],
    responses: [],
    policy: resolve(facts, ...layers).value,
  };
}

function event(name: string, action: "send" | "receive", ...layers: readonly PolicyLayer[]): EventOperationModel {
  const channel = { at, name: "orders", address: "shop.orders", parameters: [], protocols: [] };
  return {
    at,
    name,
    action,
    channel,
    messages: [],
    policy: resolve(message, ...layers).value,
  };
}

const model: Model = {
  types: new Map(),
  contracts: [
    {
      kind: "http",
      path: file.path,
      at,
      name: "Payments",
      fullName: "payments.v1.Payments",
      servers: [],
      basePaths: [],
      webhooks: [],
      webhooksName: "payments.v1.PaymentsWebhooks",
      securitySchemes: [],
      operations: [
        http(
          "createPayment",
          keyedPost,
          layer("operation", "timeout: 800ms\nretry: { retryOn: [unavailable, aborted] }"),
        ),
        http("listPayments", { ...get, level: { ...get.level, range: at } }),
        http("pokePayment", post),
      ],
    },
    {
      kind: "event",
      path: file.path,
      at,
      name: "ShopEvents",
      fullName: "shop.v1.ShopEvents",
      channels: [],
      operations: [
        event("orderPlaced", "receive", layer("operation", "deadLetter: { channel: shop.dead }")),
        event("orderPaid", "send", layer("operation", "delivery: { outbox: true }")),
      ],
    },
  ],
};

test("shows every value with its origin, and a verdict in plain words", () => {
  const { value, diagnostics } = explain(model, "payments.v1.Payments/createPayment");
  assert.deepEqual(diagnostics, []);
  const text = printExplanation(value);
  assert.match(
    text,
    /^payments\.v1\.Payments\/createPayment \(http, POST \/payments, payments\/v1\/openapi\.yaml:2\)\n/,
  );
  assert.match(text, /\n  tried up to 3 times: keyed by header Idempotency-Key, so that it takes effect once\n/);
  assert.match(text, /\n  timeout +800ms +operation\.yaml:1\n/);
  assert.match(text, /\n  idempotency\.level +keyed +derived from POST with Idempotency-Key\n/);
  assert.match(text, /\n  idempotency\.ttl +24h +built-in\n/);
  assert.match(text, /\n  retry\.retryOn +aborted, unavailable +operation\.yaml:2\n/);
});

test("names the place that a value is derived from", () => {
  assert.match(
    printExplanation(explain(model, "listPayments").value),
    /idempotency\.level +safe +derived from GET \(payments\/v1\/openapi\.yaml:2\)/,
  );
});

test("tells what happens to each kind of operation", () => {
  assert.deepEqual(
    explain(model).value.map(({ operation, verdict }) => [operation, verdict]),
    [
      [
        "payments.v1.Payments/createPayment",
        "tried up to 3 times: keyed by header Idempotency-Key, so that it takes effect once",
      ],
      ["payments.v1.Payments/listPayments", "tried up to 3 times: it changes nothing (GET)"],
      ["payments.v1.Payments/pokePayment", "never retried: a repeat could take effect twice (POST)"],
      [
        "shop.v1.ShopEvents/orderPaid",
        "sent at least once, and only if the sender's transaction commits (outbox); " +
          "at a receiver: takes effect once for each message id; tried 3 times, then dead-lettered to shop.orders.dead",
      ],
      [
        "shop.v1.ShopEvents/orderPlaced",
        "takes effect once for each message id; tried 3 times, then dead-lettered to shop.dead",
      ],
    ],
  );
});

test("an operation's own name is enough, in any case", () => {
  assert.deepEqual(
    explain(model, "createpayment").value.map(({ operation }) => operation),
    ["payments.v1.Payments/createPayment"],
  );
});

test("an unknown operation is an error with a suggestion", () => {
  const { value, diagnostics } = explain(model, "createPaymnt");
  assert.deepEqual(value, []);
  assert.deepEqual(diagnostics, [
    {
      severity: "error",
      code: "unknown-operation",
      message: 'no contract has an operation "createPaymnt"',
      help: 'did you mean "createPayment"?',
    },
  ]);
});

test("a service's short name before the operation suggests the full name", () => {
  for (const name of ["ShopEvents/orderPaid", "shopevents/orderPayd"]) {
    const [finding] = explain(model, name).diagnostics;
    assert.equal(finding?.help, 'did you mean "shop.v1.ShopEvents/orderPaid"?');
  }
});

test("a stream without deadline says so", () => {
  const watch = (...layers: readonly PolicyLayer[]): string => {
    const operations = [http("watch", { ...get, isStream: true }, ...layers)];
    const streaming = { ...model, contracts: [{ ...model.contracts[0], operations }] } as Model;
    return printExplanation(explain(streaming).value);
  };
  assert.match(watch(), /\n  timeout +none +built-in \(stream\)\n/);
  assert.match(watch(layer("operation", "timeout: 5s")), /\n  timeout +5s +operation\.yaml:1\n/);
  assert.doesNotMatch(printExplanation(explain(model, "orderPlaced").value), /timeout +none/);
});

test("control characters of a contract don't reach the terminal", () => {
  const hostile = {
    ...model,
    contracts: [
      {
        ...model.contracts[0],
        operations: [http("x", get, layer("operation", 'fallback: { example: "\\e[31mred" }'))],
      },
    ],
  } as Model;
  assert.doesNotMatch(printExplanation(explain(hostile).value), /\u001b/);
});
