import type { Delivery } from "../broker/broker.ts";
import { operationId } from "../descriptor/operation.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { backoffMs } from "../policy/backoff.ts";
import { deadLetterAddress, deadLetterMessage } from "./dead-letter.ts";
import { decodeMessage, type Candidate } from "./decode.ts";
import { identify, inboxEntry } from "./identity.ts";
import { messageHeaders } from "./message-headers.ts";
import { remainingTtlMs } from "./run-handler.ts";
import { processMessage, settleCount, type ConsumerCore, type ConsumerOutcome, type Work } from "./tries.ts";
import { holdDelayMs, judgeFailure, planTries } from "./verdict.ts";

/** Waits between tries to write a dead letter. */
const deadLetterBackoff = { initialMs: 1_000, maxMs: 30_000, multiplier: 2, jitter: "equal" } as const;

/** Sees one delivery through to its acknowledgement, its return to the broker or the dead letters. Never rejects. */
export async function settleDelivery(
  core: ConsumerCore,
  delivery: Delivery,
  candidates: readonly Candidate[],
): Promise<void> {
  const started = core.environment.monotonic();
  let outcome: ConsumerOutcome;
  try {
    outcome = await handleDelivery(core, delivery, candidates);
  } catch (error) {
    // Only the store or the broker can fail here, and neither is the message's fault.
    const failure = toServiceError(error);
    core.logger.log("error", "a message could not be settled", {
      address: delivery.place.address,
      error: failure.message,
    });
    await giveBack(core, delivery, holdDelayMs(failure));
    outcome = {
      kind: "retried",
      address: delivery.place.address,
      operation: undefined,
      messageId: undefined,
      attempts: 0,
      error: failure,
    };
  }
  const attributes = { operation: outcome.operation ?? "unknown", outcome: outcome.kind };
  core.telemetry?.record("messaging.process.duration", (core.environment.monotonic() - started) / 1_000, attributes);
  if (outcome.kind === "duplicate") core.telemetry?.count("inbox.duplicates", 1, attributes);
  if (outcome.kind === "deadLettered") core.telemetry?.count("dead_letters", 1, attributes);
  try {
    core.report(outcome);
  } catch (error) {
    // The message is settled; a listener's own fault must not end the process.
    core.logger.log("error", "onOutcome failed", { error: String(error) });
  }
}

async function handleDelivery(
  core: ConsumerCore,
  delivery: Delivery,
  candidates: readonly Candidate[],
): Promise<ConsumerOutcome> {
  const { address } = delivery.place;
  const decoded = decodeMessage(candidates, delivery.message, core.broker.protocol);
  if (decoded.kind === "unhandled") {
    await acknowledge(core, delivery);
    return { kind: "unhandled", address, operation: undefined, messageId: undefined, attempts: 0, error: undefined };
  }
  if (decoded.kind === "broken") {
    return bury(core, {
      delivery,
      candidate: candidates.find(({ handler }) => handler !== undefined),
      error: decoded.error,
    });
  }
  const { candidate } = decoded;
  const identity = identify(candidate, decoded.event, delivery);
  if (identity === undefined) return bury(core, { delivery, candidate, error: withoutId() });
  const work: Work = {
    delivery,
    candidate,
    event: { ...decoded.event, id: identity.id },
    entry: inboxEntry(candidate, identity, { delivery, group: core.group }),
    inbox: core.store !== undefined && hasInbox(candidate),
    attempt: 0,
    uncounted: false,
  };
  const condemned = core.ledger.peek(work.entry)?.condemned;
  if (condemned !== undefined) return bury(core, { delivery, candidate, error: condemned, work });
  if (remainingTtlMs(core.environment, work) === 0) return bury(core, { delivery, candidate, error: expired(), work });
  try {
    const kind = await processMessage(core, work);
    core.ledger.forget(work.entry);
    await acknowledge(core, delivery);
    return outcomeOf(work, kind, undefined);
  } catch (error) {
    return settleFailure(core, work, toServiceError(error));
  }
}

/**
 * Whether the inbox stops repeats: declared by `keyed`, and for what others send always, because their level is about
 * sending. What is safe or idempotent may be repeated.
 */
export function hasInbox({ operation }: Pick<Candidate, "operation">): boolean {
  const { level } = operation.policy.idempotency;
  return level === "keyed" || (level === "none" && operation.action === "send");
}

async function settleFailure(core: ConsumerCore, work: Work, error: ServiceError): Promise<ConsumerOutcome> {
  const { delivery, candidate } = work;
  const { policy } = candidate.operation;
  if (core.draining.aborted && (error.code === "canceled" || core.aborting.aborted)) {
    await giveBack(core, delivery, 0);
    return outcomeOf(work, "retried", error);
  }
  const verdict = judgeFailure(error, policy);
  if (verdict === "hold") {
    if (work.attempt > 0 && !work.uncounted) core.ledger.remember(work.entry, core.environment.now()).uncounted++;
    core.logger.log("warn", "a message waits", {
      operation: operationId(candidate.operation),
      code: error.code,
      reason: error.reason,
      error: error.rawMessage,
    });
    await giveBack(core, delivery, holdDelayMs(error));
    return outcomeOf(work, "retried", error);
  }
  await settleCount(core, work);
  const plan = planTries(policy);
  const { waitMs } = plan.next(work.attempt, error, () => core.environment.random());
  const late = remainingTtlMs(core.environment, work) <= waitMs;
  if (verdict === "deadLetter" || work.attempt >= plan.total || late)
    return bury(core, { delivery, candidate, error, work });
  core.ledger.remember(work.entry, core.environment.now());
  core.logger.log("warn", "a message is tried again later", {
    operation: operationId(candidate.operation),
    attempt: work.attempt,
    code: error.code,
    waitMs,
  });
  // While draining the wait is somebody else's.
  await giveBack(core, delivery, waitMs);
  return outcomeOf(work, "retried", error);
}

interface Burial {
  readonly delivery: Delivery;
  readonly candidate: Candidate | undefined;
  readonly error: ServiceError;
  readonly work?: Work;
}

/** Dead letter first, its confirm, then the acknowledgement: the message is never in neither place. */
async function bury(core: ConsumerCore, { delivery, candidate, error, work }: Burial): Promise<ConsumerOutcome> {
  const { environment, ledger, logger } = core;
  const now = environment.now();
  const address = deadLetterAddress(candidate?.operation, delivery.place.address);
  const operation = candidate === undefined ? undefined : operationId(candidate.operation);
  const attempts = work?.attempt ?? delivery.deliveries ?? 1;
  const outcome = { address: delivery.place.address, operation, messageId: work?.event.id, attempts, error };
  const failure = {
    delivery,
    operation: candidate?.operation,
    group: core.group,
    attempts,
    error,
    lastFailureAt: now,
    firstFailureAt: (work === undefined ? undefined : ledger.peek(work.entry)?.firstFailureAt) ?? now,
  };
  const messageId = work?.event.id ?? `${delivery.place.address}/${delivery.place.partition}/${delivery.place.offset}`;
  try {
    await core.broker.publish(deadLetterMessage(failure, address), { messageId });
  } catch (refusal) {
    const cause = toServiceError(refusal);
    logger.log("error", "a dead letter could not be written", { operation, address, code: cause.code });
    const history = work === undefined ? undefined : ledger.remember(work.entry, now);
    if (history !== undefined) history.condemned = error;
    const refusals = history === undefined ? (delivery.deliveries ?? 1) : ++history.refusals;
    await giveBack(core, delivery, backoffMs(deadLetterBackoff, refusals, { random: () => environment.random() }));
    return { ...outcome, kind: "stuck" };
  }
  logger.log("error", "a message is with the dead letters", {
    operation,
    address,
    code: error.code,
    reason: error.reason,
    attempts,
  });
  if (work !== undefined) ledger.forget(work.entry);
  await acknowledge(core, delivery);
  return { ...outcome, kind: "deadLettered" };
}

async function acknowledge({ logger }: ConsumerCore, delivery: Delivery): Promise<void> {
  try {
    await delivery.ack();
  } catch (error) {
    // The effect is committed; the message comes again and is known then.
    logger.log("debug", "an acknowledgement was lost", { address: delivery.place.address, error: String(error) });
  }
}

async function giveBack({ logger }: ConsumerCore, delivery: Delivery, delayMs: number): Promise<void> {
  try {
    await delivery.nack(delayMs > 0 ? { delayMs } : {});
  } catch (error) {
    // The connection is gone, and with it the hand-out: the broker gives the message out again by itself.
    logger.log("debug", "a return was lost", { address: delivery.place.address, error: String(error) });
  }
}

function outcomeOf(work: Work, kind: ConsumerOutcome["kind"], error: ServiceError | undefined): ConsumerOutcome {
  const { delivery, candidate, event, attempt } = work;
  return {
    kind,
    address: delivery.place.address,
    operation: operationId(candidate.operation),
    messageId: event.id,
    attempts: attempt,
    error,
  };
}

function withoutId(): ServiceError {
  return new ServiceError(
    "invalid_argument",
    "the message has no id: the contract declares none, and neither CloudEvents " + "nor the broker gives one",
    { reason: "MESSAGE_ID_MISSING", origin: "framework", retry: { class: "never" } },
  );
}

function expired(): ServiceError {
  return new ServiceError("deadline_exceeded", `the message is older than its ${messageHeaders.ttlMs}`, {
    reason: "MESSAGE_EXPIRED",
    origin: "framework",
    retry: { class: "never" },
  });
}
