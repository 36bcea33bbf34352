import { abandonedError, copyError } from "../call/call-error.ts";
import type { CallIdempotency, Context } from "../call/context.ts";
import { extendContext } from "../call/create-context.ts";
import type { CallResult } from "../call/interceptor.ts";
import { operationId } from "../descriptor/operation.ts";
import type { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { defaultIdempotency } from "../policy/defaults.ts";
import type { Claim, ClaimRequest, ClaimResult, Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { fingerprintOf, readCallKey, refuse, storageKeyOf, type KeyedRequest } from "./call-key.ts";
import { executeInLease, executeInTransaction, type Execution } from "./execute.ts";
import { replayOutcome, type EngineCodec } from "./outcome.ts";
import { createWaiting, type Waiting } from "./waiting.ts";

/** `tx`: the handler writes in the store's transaction, its effect happens once. `lease`: it has effects elsewhere. */
export type IdempotencyMode = "tx" | "lease";

/** How the server keeps its side of `keyed` operations. */
export interface IdempotencyOptions {
  /** Default `tx`. */
  readonly mode?: IdempotencyMode;
  /** How long an owner that says nothing keeps its key, milliseconds; default 30 s, extended every third of it. */
  readonly leaseMs?: number;
  /** `reject` (default) answers unavailable while the store is away; `execute` runs the handler unprotected. */
  readonly onStoreDown?: "reject" | "execute";
  /** Larger results are not kept; default 64 KiB. */
  readonly maxBodyBytes?: number;
  /** Whether errors after the start that may hide an effect are kept as the final outcome; default `resume`. */
  readonly storeErrors?: "final" | "resume";
  /** How long a duplicate waits for the first call, milliseconds; default 5 s. */
  readonly maxWaitMs?: number;
}

/** What one operation's handler says of itself, over the server's options. */
export interface HandlerIdempotency {
  readonly mode?: IdempotencyMode;
  /** The handler can go on where an earlier try stopped, because it asks other systems by key first: default false. */
  readonly resumable?: boolean;
}

/** What the engine is made from. */
export interface EngineParts {
  readonly environment: Environment;
  readonly store: Store<any>;
  readonly options: IdempotencyOptions;
  readonly telemetry: Telemetry | undefined;
  /** Called after each call, see `createPurging`. */
  readonly used?: () => void;
}

/** One call of a keyed operation. */
export interface EngineCall extends KeyedRequest {
  readonly context: Context<any>;
  readonly cancel: CancelScope;
  readonly codec: EngineCodec;
  readonly handler: HandlerIdempotency;
  run(context: Context<any>): Promise<CallResult>;
}

/** Runs handlers of keyed operations at most once a key, and repeats their outcomes. */
export interface IdempotencyEngine {
  run(call: EngineCall): Promise<CallResult>;
}

const firstPollMs = 25;
const longestPollMs = 500;
const shortKey = 16;

/** Makes the engine of one server. */
export function createIdempotencyEngine(parts: EngineParts): IdempotencyEngine {
  const waiting = createWaiting(parts.environment);
  return { run: (call) => runKeyed(parts, waiting, call).finally(parts.used) };
}

async function runKeyed(parts: EngineParts, waiting: Waiting, call: EngineCall): Promise<CallResult> {
  const { environment, options } = parts;
  const key = readCallKey(call);
  if (key === undefined) return call.run(call.context);
  if (key.length < shortKey) call.context.logger.log("warn", "an idempotency key is short", { length: key.length });
  const request: ClaimRequest = {
    key: storageKeyOf(call, key),
    fingerprint: await fingerprintOf(call),
    owner: environment.newId(),
    leaseMs: options.leaseMs ?? defaultIdempotency.leaseMs,
    ttlMs: call.operation.policy.idempotency.ttlMs ?? defaultIdempotency.ttlMs,
    ...(call.handler.resumable === true ? { resume: true } : {}),
  };
  const result = await claimOrWait(parts, waiting, { call, request });
  switch (result) {
    case "storeDown":
      return runWithoutStore(parts, call);
    case "stillBusy":
      throw inProgress(call);
    default:
  }
  switch (result.kind) {
    case "replay":
      return replayOutcome(call.operation, call.codec, result.outcome);
    case "mismatch":
      throw refuse(call, "invalid_argument", "IDEMPOTENCY_KEY_REUSED", "the key was used for another request");
    case "unknown":
      throw unknownOutcome(call);
    case "busy":
      throw inProgress(call);
    case "own":
      try {
        return await execute(parts, call, { key, request, result });
      } finally {
        waiting.wake(request.key);
      }
  }
}

interface Owned {
  readonly key: string;
  readonly request: ClaimRequest;
  readonly result: Extract<ClaimResult, { kind: "own" }>;
}

async function execute(parts: EngineParts, call: EngineCall, owned: Owned): Promise<CallResult> {
  const { result, request } = owned;
  const mode = call.handler.mode ?? parts.options.mode ?? "tx";
  const claim: Claim = { key: request.key, owner: request.owner, fence: result.fence };
  const labels = { "rpc.method": operationId(call.operation) };
  if (result.takenOver) {
    parts.telemetry?.count("idempotency.takeovers", 1, labels);
    // A transaction that did not commit left nothing. Outside of one, the effect of who was here before may be there.
    if (mode === "lease" && call.handler.resumable !== true) {
      await parts.store.idempotency.abandon(claim);
      throw unknownOutcome(call);
    }
  }
  const execution: Execution = {
    claim,
    labels,
    leaseMs: request.leaseMs,
    storeErrors: parts.options.storeErrors ?? "resume",
    maxBodyBytes: parts.options.maxBodyBytes ?? defaultIdempotency.maxBodyBytes,
    contextOf: (tx) =>
      extendContext(call.context, {
        idempotency: { key: owned.key, fence: result.fence, attempt: result.attempt, tx } satisfies CallIdempotency,
      }),
  };
  return mode === "tx" ? executeInTransaction(parts, call, execution) : executeInLease(parts, call, execution);
}

async function claimOrWait(
  parts: EngineParts,
  waiting: Waiting,
  claim: { readonly call: EngineCall; readonly request: ClaimRequest },
): Promise<ClaimResult | "storeDown" | "stillBusy"> {
  const { environment, options, telemetry } = parts;
  const { call, request } = claim;
  const end =
    environment.monotonic() + Math.min(options.maxWaitMs ?? defaultIdempotency.maxWaitMs, call.context.remainingMs());
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, longestPollMs)) {
    const result = await claimTwice(parts, claim);
    telemetry?.count("idempotency.claims", 1, {
      "rpc.method": operationId(call.operation),
      result: result === "storeDown" ? "down" : result.kind,
    });
    if (result === "storeDown" || result.kind !== "busy") return result;
    if (call.operation.policy.idempotency.inFlight === "reject") return "stillBusy";
    const leftMs = end - environment.monotonic();
    if (leftMs <= 0) return "stillBusy";
    await waiting.wait(request.key, Math.min(pollMs, leftMs), call.cancel);
    if (call.cancel.aborted) throw abandonedError(call.cancel.reason);
  }
}

/** A claim whose answer was lost is repeated by the same owner, and so does not find itself in its own way. */
async function claimTwice(
  parts: EngineParts,
  { call, request }: { readonly call: EngineCall; readonly request: ClaimRequest },
): Promise<ClaimResult | "storeDown"> {
  try {
    return await parts.store.idempotency.claim(request);
  } catch {
    // Told below, when the second one fails too.
  }
  await sleep(parts.environment, 10 + 20 * parts.environment.random());
  try {
    return await parts.store.idempotency.claim(request);
  } catch (error) {
    // Callers are told that it is away; what is wrong with it is for those who run it.
    call.context.logger.log("error", "the store of idempotency keys failed", {
      "rpc.method": operationId(call.operation),
      error: error instanceof Error ? error.message : String(error),
    });
    return "storeDown";
  }
}

async function runWithoutStore(parts: EngineParts, call: EngineCall): Promise<CallResult> {
  const labels = { "rpc.method": operationId(call.operation) };
  if (parts.options.onStoreDown !== "execute") {
    throw new ServiceError("unavailable", "the store of idempotency keys is away", {
      origin: "framework",
      sent: "no",
      reason: "IDEMPOTENCY_STORE_DOWN",
      operation: operationId(call.operation),
      retry: { class: "default", afterMs: 1_000 },
    });
  }
  parts.telemetry?.count("idempotency.unprotected", 1, labels);
  call.context.logger.log("warn", "a keyed call ran unprotected: the store is away", labels);
  try {
    const result = await call.run(call.context);
    result.headers.set("idempotency-status", "unprotected");
    return result;
  } catch (error) {
    const failure = toServiceError(error);
    throw copyError(failure, { metadata: [...failure.metadata, ["idempotency-status", "unprotected"]] });
  }
}

function inProgress(call: EngineCall): ServiceError {
  return new ServiceError("aborted", "another call with this key is in progress", {
    origin: "framework",
    reason: "IDEMPOTENCY_IN_PROGRESS",
    operation: operationId(call.operation),
    retry: { class: "default", afterMs: 1_000 },
  });
}

function unknownOutcome(call: EngineCall): ServiceError {
  return refuse(
    call,
    "aborted",
    "IDEMPOTENCY_OUTCOME_UNKNOWN",
    "an earlier call with this key may have had its effect; it is not repeated",
  );
}
