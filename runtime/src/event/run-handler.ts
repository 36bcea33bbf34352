import { createContext, extendContext } from "../call/create-context.ts";
import type { Call } from "../call/interceptor.ts";
import { untilCanceled } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { storeCall, storeFailure } from "./attempts.ts";
import type { DecodedEvent } from "./decode.ts";
import { headerOf, messageHeaders } from "./message-headers.ts";
import type { ConsumerCore, Work } from "./tries.ts";
import type { EventContext } from "./types.ts";
import { defaultHandlerTimeoutMs } from "./verdict.ts";

/**
 * Runs the handler once: inbox row, effect and outgoing messages in one transaction.
 * @throws what the handler threw, or a `ServiceError` with reason `STORE_UNAVAILABLE` when the store failed.
 */
export async function runHandler(core: ConsumerCore, work: Work, call: Call): Promise<"handled" | "duplicate"> {
  const { handler } = work.candidate;
  if (handler === undefined) throw new Error("internal: a message without a handler came to its tries");
  const event = call.input as never;
  if (typeof handler === "function") {
    const effect = (tx: unknown): Promise<void> =>
      withContext(core, work, { call, run: async (ctx) => handler(event, withTx(ctx, tx)) });
    return commitOnce(core, work, { signal: core.aborting.signal, effect });
  }
  if (await isHandled(core, work)) return "duplicate";
  const run = async (ctx: EventContext<any>): Promise<"handled" | "duplicate"> => {
    const prepared = await handler.prepare(event, ctx);
    const effect = async (tx: unknown): Promise<void> => handler.commit(prepared, event, withTx(ctx, tx));
    return commitOnce(core, work, { signal: ctx.signal, effect });
  };
  return withContext(core, work, { call, run });
}

/** Whether the message's effect has happened; a look without a transaction. */
export async function isHandled({ store }: ConsumerCore, { inbox, entry }: Work): Promise<boolean> {
  return inbox && store !== undefined && storeCall(() => store.inbox.has(entry));
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

async function commitOnce(
  { store }: ConsumerCore,
  work: Work,
  { signal, effect }: { readonly signal: AbortSignal; readonly effect: (tx: unknown) => Promise<void> },
): Promise<"handled" | "duplicate"> {
  if (store === undefined) {
    await effect(undefined);
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
          await effect(tx);
        } catch (error) {
          throw ours(error);
        }
        return "handled";
      },
      { signal },
    );
  } catch (error) {
    if (own !== undefined) throw own.error;
    throw signal.aborted ? signal.reason : storeFailure(error);
  }
}

/** The time starts here: waiting for other writers is not the handler's. */
async function withContext<T>(
  core: ConsumerCore,
  work: Work,
  { call, run }: { readonly call: Call; readonly run: (ctx: EventContext<any>) => Promise<T> },
): Promise<T> {
  const { policy } = work.candidate.operation;
  const scope = createContext({
    environment: core.environment,
    parent: call.context,
    headers: call.headers,
    timeoutMs: Math.min(policy.timeoutMs ?? defaultHandlerTimeoutMs, remainingTtlMs(core.environment, work)),
    idempotency: { key: (call.input as DecodedEvent).id, fence: work.attempt, tx: undefined, attempt: work.attempt },
  });
  try {
    if (scope.cancel.aborted) throw scope.cancel.reason;
    // Whatever the handler does: one that never settles must not hold its key for ever.
    return await untilCanceled(run(scope.context as EventContext<any>), scope.cancel);
  } finally {
    scope.dispose();
  }
}

function withTx(ctx: EventContext<any>, tx: unknown): EventContext<any> {
  return extendContext(ctx, { idempotency: { ...ctx.idempotency, tx } }) as EventContext<any>;
}

function conflict(): ServiceError {
  return new ServiceError("invalid_argument", "another message with the same id and other content was handled before", {
    reason: "MESSAGE_ID_REUSED",
    origin: "framework",
    retry: { class: "never" },
  });
}
