import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import { ServiceError, statusNumbers, type StatusCode } from "../../../runtime/src/error/service-error.ts";
import { base64Decode, base64Encode } from "../../../runtime/src/wire/base64.ts";
import { decodeProblem, encodeProblem, violationsDetail } from "../../../runtime/src/wire/problem.ts";
import { publicError } from "../../../runtime/src/wire/public-error.ts";
import { readRetryHint, retryHeaders } from "../../../runtime/src/wire/retry-hint.ts";
import { sha256Hex } from "../../../runtime/src/wire/sha256.ts";
import { codeOfHttpStatus, httpStatusOf } from "../../../runtime/src/wire/status.ts";
import { formatTimeoutMs, parseTimeoutMs } from "../../../runtime/src/wire/timeout.ts";

/** The specification's error table: code, status out, code of that status when it comes without a problem. */
const table: readonly (readonly [StatusCode, number, StatusCode])[] = [
  ["canceled", 499, "canceled"],
  ["unknown", 500, "internal"],
  ["invalid_argument", 400, "invalid_argument"],
  ["deadline_exceeded", 504, "unavailable"],
  ["not_found", 404, "not_found"],
  ["already_exists", 409, "already_exists"],
  ["permission_denied", 403, "permission_denied"],
  ["unauthenticated", 401, "unauthenticated"],
  ["resource_exhausted", 429, "resource_exhausted"],
  ["failed_precondition", 400, "invalid_argument"],
  ["out_of_range", 400, "invalid_argument"],
  ["aborted", 409, "already_exists"],
  ["unimplemented", 501, "unimplemented"],
  ["internal", 500, "internal"],
  ["data_loss", 500, "internal"],
  ["unavailable", 503, "unavailable"],
];

function roundTrip(error: ServiceError, operation?: string): ServiceError {
  const { status, headers, problem } = encodeProblem(error, operation);
  return decodeProblem({
    status,
    headers: createHeaders(headers),
    body: JSON.parse(JSON.stringify(problem)),
    nowMs: 0,
  });
}

for (const [code, status, bare] of table) {
  test(`${code} is ${status}, comes back as itself with its problem and as ${bare} without`, () => {
    assert.equal(httpStatusOf(code), status);
    assert.equal(roundTrip(new ServiceError(code, "why")).code, code);
    assert.equal(codeOfHttpStatus(status), bare);
    assert.equal(decodeProblem({ status, headers: createHeaders(), body: undefined, nowMs: 0 }).code, bare);
  });
}

test("the table has every code", () => {
  assert.deepEqual(table.map(([code]) => code).sort(), Object.keys(statusNumbers).sort());
});

test("reasons with a status of their own only count with their code", () => {
  assert.equal(httpStatusOf("invalid_argument", "IDEMPOTENCY_KEY_REUSED"), 422);
  assert.equal(httpStatusOf("resource_exhausted", "REQUEST_TOO_LARGE"), 413);
  assert.equal(httpStatusOf("not_found", "REQUEST_TOO_LARGE"), 404);
  assert.equal(httpStatusOf("aborted", "constructor"), 409);
});

test("bare statuses of REST contracts follow the settled table", () => {
  const wanted = {
    400: "invalid_argument",
    404: "not_found",
    409: "already_exists",
    412: "failed_precondition",
    422: "invalid_argument",
    429: "resource_exhausted",
    500: "internal",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
    418: "unknown",
    302: "unknown",
  };
  for (const [status, code] of Object.entries(wanted)) assert.equal(codeOfHttpStatus(Number(status)), code, status);
  const conflict = decodeProblem({ status: 409, headers: createHeaders(), body: undefined, nowMs: 0 });
  assert.equal(conflict.retry.class, "never");
});

test("a gateway's error may have been sent, an application's was", () => {
  const gateway = decodeProblem({ status: 504, headers: createHeaders(), body: "<html>", nowMs: 0 });
  assert.deepEqual([gateway.origin, gateway.sent], ["intermediary", "maybe"]);
  const app = decodeProblem({ status: 503, headers: createHeaders(), body: { code: "unavailable" }, nowMs: 0 });
  assert.deepEqual([app.origin, app.sent], ["app", "yes"]);
});

test("validation faults travel as errors with the place in the request and the pointer in it", () => {
  const issues = [
    "/body/amount",
    "/body",
    "/query/a~1b/0",
    "/header/X-Id",
    "/body/a#b %/~0é",
    "/querystring/x",
    "/other",
  ].map((pointer) => ({ pointer, keyword: "type", expected: "a number" }));
  const { problem } = encodeProblem(
    new ServiceError("invalid_argument", "bad", { details: [violationsDetail(issues)] }),
  );
  const rest = { keyword: "type", detail: "expected a number" };
  assert.deepEqual(problem.errors, [
    { in: "body", pointer: "#/amount", ...rest },
    { in: "body", pointer: "#", ...rest },
    { in: "query", name: "a/b", pointer: "#/0", ...rest },
    { in: "header", name: "X-Id", pointer: "#", ...rest },
    { in: "body", pointer: "#/a%23b%20%25/~0%C3%A9", ...rest },
    { in: "querystring", pointer: "#/x", ...rest },
    { pointer: "/other", ...rest },
  ]);
  const back = roundTrip(new ServiceError("invalid_argument", "bad", { details: [violationsDetail(issues)] }));
  assert.deepEqual(back.details, [violationsDetail(issues)]);
});

test("a pointer of another server is one into the body, as RFC 9457 has it", () => {
  const body = { title: "Bad", errors: [{ detail: "must be positive", pointer: "#/age" }] };
  const [detail] = decodeProblem({ status: 422, headers: createHeaders(), body, nowMs: 0 }).details;
  assert.deepEqual(detail?.value, { fieldViolations: [{ field: "/body/age", description: "must be positive" }] });
});

test("details and hints come back as they went", () => {
  const details = [{ type: "google.rpc.ErrorInfo", value: { reason: "A" }, bytes: new Uint8Array([1, 2, 255]) }];
  const back = roundTrip(
    new ServiceError("unavailable", "busy", { details, retry: { class: "default", afterMs: 250 } }),
  );
  assert.deepEqual(back.details, details);
  assert.deepEqual(back.retry, { class: "default", afterMs: 250 });
  assert.deepEqual(roundTrip(new ServiceError("aborted", "x", { retry: { class: "never" } })).retry, {
    class: "never",
  });
});

test("messages, reasons and details of inner failures never leave", () => {
  const secret = {
    reason: "DB",
    details: [{ type: "google.rpc.ErrorInfo", value: { metadata: { host: "10.0.0.3" } } }],
  };
  for (const code of ["unknown", "internal", "data_loss"] as const) {
    assert.doesNotMatch(JSON.stringify(encodeProblem(new ServiceError(code, "db at 10.0.0.3", secret))), /10\.0\.0|DB/);
  }
  const downstream = new ServiceError("unavailable", "connect 10.0.0.3", { ...secret, origin: "transport" });
  assert.doesNotMatch(JSON.stringify(encodeProblem(downstream)), /10\.0\.0/);
  const debug = new ServiceError("not_found", "no", {
    details: [{ type: "google.rpc.DebugInfo", value: { detail: "stack" } }],
  });
  assert.deepEqual(publicError(debug).details, []);
});

test("only a refusal of the served operation is marked as not started", () => {
  const refusal = new ServiceError("unavailable", "shed", { origin: "framework", sent: "no", operation: "a/b" });
  assert.equal(roundTrip(refusal, "a/b").sent, "no");
  assert.equal(roundTrip(refusal, "c/d").sent, "yes");
  assert.equal(
    roundTrip(new ServiceError("unavailable", "x", { origin: "app", sent: "no", operation: "a/b" }), "a/b").sent,
    "yes",
  );
});

test("hostile problem bodies give an error and nothing else", () => {
  for (const body of [
    null,
    1,
    "x",
    [],
    { code: "constructor" },
    { code: "__proto__", details: "x" },
    { errors: [null, 1, {}] },
    { details: [{ type: 1 }, null, { type: "a", bytes: "%%%" }] },
    { retryAfterMs: Number.NaN },
    { retryAfterMs: -1 },
    { detail: { a: 1 } },
  ]) {
    const error = decodeProblem({ status: 400, headers: createHeaders(), body, nowMs: 0 });
    assert.equal(error.code, "invalid_argument");
    assert.equal(error.retry.afterMs, undefined);
  }
});

const date = "Wed, 21 Oct 2015 07:28:00 GMT";
const at = Date.parse(date);

const hints: readonly (readonly [string, Record<string, string>, StatusCode, object])[] = [
  ["seconds", { "retry-after": "2" }, "unavailable", { class: "default", afterMs: 2000 }],
  ["a date", { "retry-after": date }, "unavailable", { class: "default", afterMs: 5000 }],
  [
    "a date in the past",
    { "retry-after": "Wed, 21 Oct 2009 07:28:00 GMT" },
    "unavailable",
    { class: "default", afterMs: 0 },
  ],
  ["pushback", { "grpc-retry-pushback-ms": "150" }, "unavailable", { class: "default", afterMs: 150 }],
  ["negative pushback", { "grpc-retry-pushback-ms": "-1", "retry-after": "2" }, "unavailable", { class: "never" }],
  [
    "pushback over Retry-After",
    { "grpc-retry-pushback-ms": "150", "retry-after": "2" },
    "unavailable",
    { class: "default", afterMs: 150 },
  ],
  ["Envoy's rate limit", { "x-envoy-ratelimited": "true" }, "resource_exhausted", { class: "never" }],
  [
    "a RateLimit reset",
    { ratelimit: '"default";r=0;t=7' },
    "resource_exhausted",
    { class: "throttled", afterMs: 7000 },
  ],
  ["a reset in seconds", { "ratelimit-reset": "3" }, "resource_exhausted", { class: "throttled", afterMs: 3000 }],
  [
    "a reset as a time",
    { "x-ratelimit-reset": String(at / 1000) },
    "resource_exhausted",
    { class: "throttled", afterMs: 5000 },
  ],
  ["a reset that does not matter", { "ratelimit-reset": "3" }, "unavailable", { class: "default" }],
  ["garbage", { "retry-after": "soon", "grpc-retry-pushback-ms": "NaN" }, "unavailable", { class: "default" }],
  ["a number that is none", { "retry-after": "-5" }, "unavailable", { class: "default" }],
  ["endless digits", { "retry-after": "9".repeat(400) }, "unavailable", { class: "default" }],
  [
    "more than a timer can hold",
    { "retry-after": "9999999999" },
    "unavailable",
    { class: "default", afterMs: 2 ** 31 - 1 },
  ],
];

for (const [name, headers, code, hint] of hints) {
  test(`a retry hint is read from ${name}`, () => {
    assert.deepEqual(readRetryHint({ code, headers: createHeaders(headers), nowMs: at - 5000 }), hint);
  });
}

test("RetryInfo is the strongest hint", () => {
  const details = [{ type: "google.rpc.RetryInfo", value: { retryDelay: "0.5s" } }];
  assert.deepEqual(
    readRetryHint({ code: "unavailable", headers: createHeaders({ "retry-after": "2" }), details, nowMs: 0 }),
    { class: "default", afterMs: 500 },
  );
});

test("any text in hint and timeout headers gives whole numbers or nothing", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.integer().map(String),
    fc.double().map(String),
    fc.constantFrom("1e9", "0x1", "Infinity", ""),
  );
  fc.assert(
    fc.property(text, text, text, (one, two, three) => {
      const headers = createHeaders([
        ["retry-after", one],
        ["grpc-retry-pushback-ms", two],
        ["ratelimit-reset", three],
        ["ratelimit", `a;t=${one}`],
      ]);
      const { afterMs } = readRetryHint({ code: "resource_exhausted", headers, nowMs: 1e12 });
      assert.ok(
        afterMs === undefined || (Number.isInteger(afterMs) && afterMs >= 0 && afterMs < 2 ** 31),
        String(afterMs),
      );
      const timeout = parseTimeoutMs(one);
      assert.ok(
        timeout === undefined || (Number.isInteger(timeout) && timeout >= 0 && timeout < 2 ** 31),
        String(timeout),
      );
    }),
    { numRuns: 2000 },
  );
});

test("hints and timeouts are written as whole numbers", () => {
  assert.deepEqual(retryHeaders({ class: "default", afterMs: 1001 }), [["retry-after", "2"]]);
  assert.deepEqual(retryHeaders({ class: "default", afterMs: Number.NaN }), [["retry-after", "0"]]);
  assert.deepEqual([0.5, -3, Number.NaN, 799.9, Infinity].map(formatTimeoutMs), ["0", "0", "0", "799", "2147483647"]);
});

test("base64 gives back what went in, and refuses what is none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      assert.deepEqual(base64Decode(base64Encode(bytes)), new Uint8Array(bytes));
    }),
  );
  assert.deepEqual(["a", "****", "ab=c"].map(base64Decode), [undefined, undefined, undefined]);
  assert.equal(base64Encode(new Uint8Array(20_000)).length, 26_668);
});

test("hashed parts can't be shifted into each other", () => {
  assert.notEqual(sha256Hex("ab", "c"), sha256Hex("a", "bc"));
  assert.equal(sha256Hex("ab"), sha256Hex(new TextEncoder().encode("ab")));
});

test("the title of a problem fits its status, not only its code", () => {
  const titleOf = (code: StatusCode, reason?: string): string =>
    encodeProblem(new ServiceError(code, "why", reason === undefined ? {} : { reason })).problem.title;
  assert.equal(titleOf("resource_exhausted"), "Too many requests");
  assert.equal(titleOf("resource_exhausted", "REQUEST_TOO_LARGE"), "The request is too large");
  assert.equal(titleOf("unimplemented", "NO_SUCH_ROUTE"), "Not found");
  assert.equal(titleOf("unimplemented", "METHOD_NOT_ALLOWED"), "Method not allowed");
  assert.equal(titleOf("not_found", "METHOD_NOT_ALLOWED"), "Not found", "a reason counts with its own code only");
});
