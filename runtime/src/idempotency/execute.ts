import type { Context } from "../call/context.ts";
import type { CallResult } from "../call/interceptor.ts";
import { operationId } from "../descriptor/operation.ts";
import { sleep } from "../environment/sleep.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import type { Claim, StoredOutcome } from "../store/store.ts";
import type { Attributes } from "../telemetry/telemetry.ts";
import type { EngineCall, EngineParts } from "./engine.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { encodeOutcome, judgeError, judgeOutcome, type Verdict } from "./outcome.ts";

/** What the execution of an owned key needs to know. */
export interface Execution {
  readonly claim: Claim;
  readonly leaseMs: number;
  readonly storeErrors: "final" | "resume";
  readonly maxBodyBytes: number;
  readonly labels: Attributes;
  /** The handler's context, with the key, the fence and the transaction. */
  contextOf(tx: unknown): Context<any>;
}

/** Visible ASCII: it goes out again as a header of every replay. */
const requestIdPattern = /^[\x21-\x7e]{1,128}$/;

/** Undoes the transaction of a result that must not be kept, without being an error. */
class RolledBack {
  readonly result: CallResult;
  readonly verdict: Verdict;

  constructor(result: CallResult, verdict: Verdict) {
    this.result = result;
    this.verdict = verdict;
  }
}

/**
 * The handler's writes, the outcome and the end of the claim are one transaction. Whatever goes wrong before its commit
 * leaves no effect, so that the key is free again; declared errors are kept.
 */
export async function executeInTransaction(
  parts: EngineParts,
  call: EngineCall,
  execution: Execution,
): Promise<CallResult> {
  const { store } = parts;
  const { claim } = execution;
  const stop = keepAlive(parts, call, execution);
  let started = false;
  try {
    return await store.transaction(
      async (tx) => {
        started = true;
        const result = await call.run(execution.contextOf(tx));
        const outcome = encode(call, execution, result);
        const verdict = judgeOutcome(call.operation, outcome);
        if (verdict !== "store") throw new RolledBack(result, verdict);
        if (!(await store.idempotency.complete(claim, outcome, tx))) throw leaseLost(parts, call, execution);
        return result;
      },
      { signal: call.context.signal },
    );
  } catch (error) {
    stop();
    if (error instanceof RolledBack) {
      const { result, verdict } = error;
      await settle(parts, call, { execution, verdict, outcome: () => encode(call, execution, result) });
      return error.result;
    }
    const failure = toServiceError(error);
    // A call that had no turn in time did not begin, whatever it failed with.
    const verdict = started ? judgeError(call.operation, failure) : "release";
    await settle(parts, call, { execution, verdict, outcome: () => encode(call, execution, failure) });
    throw error;
  } finally {
    stop();
  }
}

/** After a rollback there was no effect: what isn't kept is free again. */
async function settle(
  parts: EngineParts,
  call: EngineCall,
  end: { readonly execution: Execution; readonly verdict: Verdict; readonly outcome: () => StoredOutcome },
): Promise<void> {
  const { execution, verdict } = end;
  const keys = parts.store.idempotency;
  const keep = verdict === "store" || (verdict === "doubt" && execution.storeErrors === "final");
  await tellStore(parts, call, execution, () =>
    keep ? keys.complete(execution.claim, end.outcome()) : keys.release(execution.claim),
  );
}

/**
 * The handler's effects are outside of the store: an error that may hide one leaves the key in doubt, and the outcome
 * is recorded after the effect, which is why a crash in between is reported and never silently repeated.
 */
export async function executeInLease(parts: EngineParts, call: EngineCall, execution: Execution): Promise<CallResult> {
  const keys = parts.store.idempotency;
  const { claim } = execution;
  const stop = keepAlive(parts, call, execution);
  let result: CallResult;
  let outcome: StoredOutcome;
  try {
    result = await call.run(execution.contextOf(undefined));
    outcome = encode(call, execution, result);
  } catch (error) {
    stop();
    const failure = toServiceError(error);
    const verdict = judgeError(call.operation, failure);
    await tellStore(parts, call, execution, () => {
      if (verdict === "release") return keys.release(claim);
      if (verdict === "doubt" && execution.storeErrors === "resume") return keys.abandon(claim);
      return keys.complete(claim, encode(call, execution, failure));
    });
    throw error;
  }
  stop();
  const verdict = judgeOutcome(call.operation, outcome);
  const told = await tellStore(parts, call, execution, () => {
    if (verdict === "release") return keys.release(claim);
    if (verdict === "doubt" && execution.storeErrors === "resume") return keys.abandon(claim);
    return keys.complete(claim, outcome);
  });
  if (told === "fenced") throw leaseLost(parts, call, execution);
  // The effect is there and the caller may know; a repeat will be told that the outcome is unknown.
  if (told === "down") result.headers.set("idempotency-status", "unprotected");
  return result;
}

function keepAlive(parts: EngineParts, call: EngineCall, execution: Execution): () => void {
  return startHeartbeat({
    environment: parts.environment,
    store: parts.store.idempotency,
    claim: execution.claim,
    leaseMs: execution.leaseMs,
    onLost: () => call.cancel.abort(leaseLost(parts, call, execution)),
  });
}

/** Tells the store how it ended; once more after a moment when that fails. The call's own end is already decided. */
async function tellStore(
  parts: EngineParts,
  call: EngineCall,
  execution: Execution,
  tell: () => Promise<boolean>,
): Promise<"told" | "fenced" | "down"> {
  for (let tries = 1; ; tries++) {
    try {
      return (await tell()) ? "told" : "fenced";
    } catch (error) {
      if (tries < 2) {
        await sleep(parts.environment, 20 + 30 * parts.environment.random());
        continue;
      }
      parts.telemetry?.count("idempotency.outcome_lost", 1, execution.labels);
      call.context.logger.log("error", "the outcome of a keyed call could not be recorded", {
        ...execution.labels,
        error: error instanceof Error ? error.message : String(error),
      });
      return "down";
    }
  }
}

function encode(call: EngineCall, execution: Execution, result: CallResult | ServiceError): StoredOutcome {
  const given = call.headers.get("x-request-id");
  return encodeOutcome(call.codec, result, {
    maxBodyBytes: execution.maxBodyBytes,
    requestId: given !== null && requestIdPattern.test(given) ? given : call.context.trace.spanId,
  });
}

function leaseLost(parts: EngineParts, call: EngineCall, execution: Execution): ServiceError {
  parts.telemetry?.count("idempotency.lease_lost", 1, execution.labels);
  return new ServiceError("aborted", "the lease of this call's key was lost to another try", {
    origin: "framework",
    reason: "IDEMPOTENCY_LEASE_LOST",
    operation: operationId(call.operation),
    retry: { class: "default", afterMs: 1_000 },
  });
}
