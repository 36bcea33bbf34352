import assert from "node:assert/strict";
import { test } from "node:test";
import type { OperationPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { ServiceError, statusNumbers, type StatusCode } from "../../../runtime/src/error/service-error.ts";
import { judgeFailure, planTries } from "../../../runtime/src/event/index.ts";

const policy: OperationPolicy = { idempotency: { level: "keyed" } };
const unavailable = new ServiceError("unavailable", "no");

test("every code has its verdict", () => {
  const codes = Object.keys(statusNumbers) as StatusCode[];
  const by = (verdict: string): StatusCode[] =>
    codes.filter((code) => judgeFailure(new ServiceError(code, "x"), policy) === verdict);
  assert.deepEqual(by("retry"), ["canceled", "unknown", "deadline_exceeded", "aborted", "internal", "unavailable"]);
  assert.deepEqual(by("hold"), ["resource_exhausted", "unauthenticated"]);
  assert.deepEqual(by("deadLetter"), [
    "invalid_argument",
    "not_found",
    "already_exists",
    "permission_denied",
    "failed_precondition",
    "out_of_range",
    "unimplemented",
    "data_loss",
  ]);
});

test("the policy's reasons and codes skip tries", () => {
  const strict = { ...policy, deadLetter: { neverRetry: ["DECLINED"] }, retry: { retryOn: ["unavailable"] } };
  assert.equal(judgeFailure(new ServiceError("unavailable", "x", { reason: "DECLINED" }), strict), "deadLetter");
  assert.equal(judgeFailure(new ServiceError("internal", "x"), strict), "deadLetter");
  assert.equal(judgeFailure(unavailable, strict), "retry");
});

test("a call that the handler made and must not repeat itself may be repeated with the message", () => {
  const never = { retry: { class: "never" } } as const;
  assert.equal(judgeFailure(new ServiceError("internal", "x", never), policy), "deadLetter");
  assert.equal(judgeFailure(new ServiceError("internal", "x", { ...never, operation: "a/b" }), policy), "retry");
});

test("without a policy there are three tries in place and four delayed ones", () => {
  const plan = planTries(policy);
  const waits = [1, 2, 3, 4, 5, 6].map((attempt) => plan.next(attempt, unavailable, () => 0.5));
  assert.equal(plan.total, 7);
  assert.deepEqual(
    waits.map(({ inPlace }) => inPlace),
    [true, true, false, false, false, false],
  );
  assert.deepEqual(
    waits.map(({ waitMs }) => waitMs),
    [50, 100, 1_000, 2_000, 4_000, 8_000],
  );
});

test("the policy's attempts are the number in all, with its own backoff", () => {
  const backoff = { initialMs: 200, maxMs: 1_000, jitter: "none" } as const;
  const plan = planTries({ ...policy, retry: { maxAttempts: 50, backoff } });
  assert.equal(plan.total, 50);
  assert.deepEqual(
    [1, 2, 3, 4, 49].map((attempt) => plan.next(attempt, unavailable, () => 0)),
    [
      { inPlace: true, waitMs: 200 },
      { inPlace: true, waitMs: 400 },
      { inPlace: false, waitMs: 800 },
      { inPlace: false, waitMs: 1_000 },
      { inPlace: false, waitMs: 1_000 },
    ],
  );
  assert.equal(planTries({ ...policy, retry: { maxAttempts: 1 } }).total, 1);
});

test("a hint is waited for, and a long one gives the slot back", () => {
  const hinted = new ServiceError("unavailable", "no", { retry: { class: "default", afterMs: 20_000 } });
  assert.deepEqual(
    planTries(policy).next(1, hinted, () => 0),
    { inPlace: false, waitMs: 20_000 },
  );
  const strict = planTries({ ...policy, delivery: { strict: true } });
  assert.equal(strict.total, 3);
  assert.deepEqual(
    strict.next(1, hinted, () => 0),
    { inPlace: true, waitMs: 20_000 },
  );
});
