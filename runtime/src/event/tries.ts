import type { Broker, Delivery } from "../broker/broker.ts";
import type { Logger } from "../call/context.ts";
import { createContext, deadlineError, type ContextScope } from "../call/create-context.ts";
import { createHeaders } from "../call/headers.ts";
import { applyInterceptors, type Call, type CallNext, type Interceptor } from "../call/interceptor.ts";
import type { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { operationId } from "../descriptor/operation.ts";
import type { InboxEntry, Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { storeCall, storeFailure, type AttemptLedger } from "./attempts.ts";
import type { Candidate, DecodedEvent } from "./decode.ts";
import { attemptEntry } from "./identity.ts";
import { headerOf, messageHeaders } from "./message-headers.ts";
import type { EventContext } from "./types.ts";
import { defaultHandlerTimeoutMs, judgeFailure, planTries } from "./verdict.ts";

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
      return await tryOnce(core, work, call);
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
  const { store } = core;
  if (!work.inbox || store === undefined || (work.delivery.deliveries ?? 1) < 2) return false;
  return storeCall(() => store.inbox.has(work.entry));
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

async function tryOnce(core: ConsumerCore, work: Work, call: Call): Promise<"handled" | "duplicate"> {
  const { store } = core;
  if (store === undefined) {
    await invoke(core, work, { call, tx: undefined });
    return "handled";
  }
  let own: { readonly error: unknown } | undefined;
  const ours = <T>(error: T): T => {
    own = { error };
    return error;
  };
  try {
    return await store.transaction(
      async (tx) => {
        const state = work.inbox ? await store.inbox.insert(work.entry, tx) : "new";
        if (state === "duplicate") return "duplicate";
        if (state === "conflict") throw ours(conflict());
        try {
          await invoke(core, work, { call, tx });
        } catch (error) {
          throw ours(error);
        }
        return "handled";
      },
      { signal: core.aborting.signal },
    );
  } catch (error) {
    throw own === undefined ? storeFailure(error) : own.error;
  }
}

async function invoke(
  core: ConsumerCore,
  work: Work,
  { call, tx }: { readonly call: Call; readonly tx: unknown },
): Promise<void> {
  const {
    candidate: { operation, handler },
  } = work;
  const scope = createContext({
    environment: core.environment,
    parent: call.context,
    headers: call.headers,
    timeoutMs: Math.min(operation.policy.timeoutMs ?? defaultHandlerTimeoutMs, remainingTtlMs(core.environment, work)),
    idempotency: { key: (call.input as DecodedEvent).id, fence: work.attempt, tx, attempt: work.attempt },
  });
  try {
    await untilAborted(scope, async () => handler?.(call.input as never, scope.context as EventContext<any>));
  } finally {
    scope.dispose();
  }
}

/** Ends with the context, whatever the handler does: one that never settles must not hold its key for ever. */
function untilAborted(scope: ContextScope, work: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    scope.cancel.onAbort((reason) => reject(reason === undefined ? deadlineError() : reason));
    if (!scope.cancel.aborted) work().then(resolve, reject);
  });
}

/** Milliseconds that the message is still worth handling; `Infinity` when it says nothing. */
export function remainingTtlMs(
  environment: Environment,
  { delivery: { message }, event }: Pick<Work, "delivery" | "event">,
): number {
  const ttlMs = Number(headerOf(message, messageHeaders.ttlMs) ?? Infinity);
  const sentAt = event.time === undefined ? NaN : Date.parse(event.time);
  if (!(ttlMs >= 0) || Number.isNaN(sentAt)) return Infinity;
  return Math.max(0, sentAt + ttlMs - environment.now());
}

function conflict(): ServiceError {
  return new ServiceError("invalid_argument", "another message with the same id and other content was handled before", {
    reason: "MESSAGE_ID_REUSED",
    origin: "framework",
    retry: { class: "never" },
  });
}

function exhausted(attempts: number): ServiceError {
  return new ServiceError("aborted", `the message was tried ${attempts} times and none of the tries came to an end`, {
    reason: "ATTEMPTS_EXHAUSTED",
    origin: "framework",
    retry: { class: "never" },
  });
}
