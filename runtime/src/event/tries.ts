import type { Broker, Delivery } from "../broker/broker.ts";
import type { Logger } from "../call/context.ts";
import { createContext } from "../call/create-context.ts";
import { createHeaders } from "../call/headers.ts";
import { applyInterceptors, type Call, type CallNext, type Interceptor } from "../call/interceptor.ts";
import type { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { operationId } from "../descriptor/operation.ts";
import type { InboxEntry, Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { AttemptLedger } from "./attempts.ts";
import type { Candidate, DecodedEvent } from "./decode.ts";
import { attemptEntry } from "./identity.ts";
import { isHandled, runHandler } from "./run-handler.ts";
import { judgeFailure, planTries } from "./verdict.ts";

/** What all deliveries of a consumer share. */
export interface ConsumerCore {
  readonly broker: Broker;
  readonly store: Store<any> | undefined;
  readonly group: string;
  readonly environment: Environment;
  readonly interceptors: readonly Interceptor[];
  readonly logger: Logger;
  readonly telemetry: Telemetry | undefined;
  readonly ledger: AttemptLedger;
  /** Fires when the consumer takes no more: waits between tries end. */
  readonly draining: CancelScope;
  /** Fires when the consumer gives up what still runs. */
  readonly aborting: CancelScope;
  /** Told of everything that became of a message. */
  readonly report: (outcome: ConsumerOutcome) => void;
}

/** What became of a delivery. */
export interface ConsumerOutcome {
  /**
   * `handled` its effect happened; `duplicate` it had happened before; `unhandled` nobody here wants it; `retried` it
   * comes again; `deadLettered` it is with the dead letters; `stuck` it should be, but they could not be written.
   */
  readonly kind: "handled" | "duplicate" | "unhandled" | "retried" | "deadLettered" | "stuck";
  readonly address: string;
  /** `<service>/<operation>`, where it is known. */
  readonly operation: string | undefined;
  readonly messageId: string | undefined;
  readonly attempts: number;
  readonly error: ServiceError | undefined;
}

/** A delivery on its way through the tries. */
export interface Work {
  readonly delivery: Delivery;
  readonly candidate: Candidate;
  readonly event: DecodedEvent;
  /** For inbox and counting. */
  readonly entry: InboxEntry;
  readonly inbox: boolean;
  /** Number of the last try, over all deliveries of the message; 0 before the first. */
  attempt: number;
  /** The last try is not in the ledger yet: most messages succeed at once and need no row for it. */
  uncounted: boolean;
}

/**
 * Runs a message through interceptors and tries until it is handled.
 * @throws {ServiceError} what the last try failed with; `work.attempt` is its number.
 */
export async function processMessage(core: ConsumerCore, work: Work): Promise<"handled" | "duplicate"> {
  const { environment } = core;
  const {
    delivery: { message },
    candidate,
  } = work;
  const headers = createHeaders(message.headers);
  const scope = createContext({ environment, headers, logger: core.logger });
  scope.cancel.follow(core.aborting);
  let outcome: "handled" | "duplicate" = "handled";
  const last: CallNext = async (call) => {
    outcome = await tryInPlace(core, work, call);
    return { output: undefined, headers: createHeaders() };
  };
  const call: Call = {
    side: "consumer",
    operation: candidate.operation,
    input: work.event,
    headers,
    context: scope.context,
  };
  try {
    await applyInterceptors(core.interceptors, last)(call);
    return outcome;
  } catch (error) {
    // An interceptor may fail before any try: that is one too, or the message would come again for ever.
    if (work.attempt === 0) await beginAttempt(core, work);
    throw toServiceError(error, { operation: operationId(candidate.operation) });
  } finally {
    scope.dispose();
  }
}

/** Writes the last try into the ledger, where it isn't yet. */
export async function settleCount(core: ConsumerCore, work: Work): Promise<void> {
  if (!work.uncounted) return;
  work.uncounted = false;
  work.attempt = await core.ledger.count(attemptEntry(work.entry, work.delivery), core.environment.now());
}

async function tryInPlace(core: ConsumerCore, work: Work, call: Call): Promise<"handled" | "duplicate"> {
  const { policy } = work.candidate.operation;
  const { environment } = core;
  const plan = planTries(policy);
  if (await isDone(core, work)) return "duplicate";
  for (;;) {
    await beginAttempt(core, work);
    if (work.attempt > plan.total) throw exhausted(work.attempt - 1);
    try {
      return await runHandler(core, work, call);
    } catch (thrown) {
      const error = toServiceError(thrown);
      if (core.draining.aborted || judgeFailure(error, policy) !== "retry") throw error;
      await settleCount(core, work);
      const next = plan.next(work.attempt, error, () => environment.random());
      if (work.attempt >= plan.total || !next.inPlace) throw error;
      core.ledger.remember(work.entry, environment.now());
      try {
        await sleep(environment, next.waitMs, core.draining.signal);
      } catch {
        // The consumer drains: somebody else makes the next try.
        throw error;
      }
    }
  }
}

/** Redelivered messages are looked up first: most of them were handled, and only the acknowledgement got lost. */
async function isDone(core: ConsumerCore, work: Work): Promise<boolean> {
  return (work.delivery.deliveries ?? 1) > 1 && isHandled(core, work);
}

async function beginAttempt(core: ConsumerCore, work: Work): Promise<void> {
  const entry = attemptEntry(work.entry, work.delivery);
  // Brokers that count deliveries tell a first try from later ones, so that it need not be written before it began.
  if (work.attempt === 0 && work.delivery.deliveries === 1 && core.ledger.peek(work.entry) === undefined) {
    work.attempt = 1;
    work.uncounted = true;
    return;
  }
  await settleCount(core, work);
  work.attempt = await core.ledger.count(entry, core.environment.now());
}

function exhausted(attempts: number): ServiceError {
  return new ServiceError("aborted", `the message was tried ${attempts} times and none of the tries came to an end`, {
    reason: "ATTEMPTS_EXHAUSTED",
    origin: "framework",
    retry: { class: "never" },
  });
}
