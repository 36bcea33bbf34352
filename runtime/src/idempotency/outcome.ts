import type { CallResult } from "../call/interceptor.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import { isServiceError, statusCodeFromNumber, ServiceError, type StatusCode } from "../error/service-error.ts";
import type { StoredOutcome } from "../store/store.ts";

/** Turns outcomes into stored bytes and back; the wire's own, see `OutcomeCodec` of the server. */
export interface EngineCodec {
  encode(result: CallResult | ServiceError, requestId: string): StoredOutcome;
  decode(outcome: StoredOutcome): CallResult;
}

/**
 * What becomes of a key after the handler: `store` the outcome for repeats; `release`, there was no effect and a repeat
 * may try again; `doubt`, there may have been one.
 */
export type Verdict = "store" | "release" | "doubt";

/** Marks an outcome whose body is not kept. */
const omittedHeader = "trilogue-body-omitted";

/** Judges a handler's error by its code; `sent: "no"` of the handler itself says that there was no effect. */
export function judgeError(operation: OperationBase, error: ServiceError): Verdict {
  const own = error.operation === undefined || error.operation === operationId(operation);
  if (own && error.sent === "no") return "release";
  // An error of a call that the handler made says nothing of what it had done before.
  return own ? judgeCode(error.code) : "doubt";
}

/** Judges what a handler returned: HTTP replies may be errors too. */
export function judgeOutcome(operation: OperationBase, outcome: StoredOutcome): Verdict {
  if (operation.kind !== "http") {
    return outcome.status === 0 ? "store" : judgeCode(statusCodeFromNumber(outcome.status));
  }
  if (outcome.status >= 500) return "doubt";
  return outcome.status === 401 || outcome.status === 403 || outcome.status === 429 ? "release" : "store";
}

function judgeCode(code: StatusCode): Verdict {
  switch (code) {
    case "invalid_argument":
    case "not_found":
    case "already_exists":
    case "failed_precondition":
    case "out_of_range":
    case "unimplemented":
      return "store";
    case "unauthenticated":
    case "permission_denied":
    case "resource_exhausted":
    case "aborted":
      return "release";
    case "canceled":
    case "unknown":
    case "deadline_exceeded":
    case "internal":
    case "unavailable":
    case "data_loss":
      return "doubt";
  }
}

/**
 * The outcome as it is stored. One that can't be (a stream), or is larger than `maxBodyBytes`, is stored without its
 * body: a repeat then learns that the first call succeeded, and is not executed again.
 */
export function encodeOutcome(
  codec: EngineCodec,
  result: CallResult | ServiceError,
  limits: { readonly requestId: string; readonly maxBodyBytes: number },
): StoredOutcome {
  const { requestId, maxBodyBytes } = limits;
  let outcome: StoredOutcome;
  try {
    outcome = codec.encode(result, requestId);
  } catch (error) {
    // A result that the contract does not allow is the handler's fault, and is answered as one.
    if (isServiceError(error)) throw error;
    // Streams have no bytes to keep. The effect is there all the same, and must not be repeated.
    return { status: 0, headers: [[omittedHeader, "true"]], body: new Uint8Array(), requestId };
  }
  if (outcome.body.length <= maxBodyBytes) return outcome;
  return { ...outcome, headers: [...outcome.headers, [omittedHeader, "true"]], body: new Uint8Array() };
}

/** The result of a stored outcome, marked as a replay. Throws the stored error, marked likewise. */
export function replayOutcome(operation: OperationBase, codec: EngineCodec, outcome: StoredOutcome): CallResult {
  const marks = [
    ["idempotency-replayed", "true"],
    ["idempotency-original-request", outcome.requestId],
  ] as const;
  if (outcome.headers.some(([name]) => name === omittedHeader)) {
    throw new ServiceError("failed_precondition", "the first call succeeded, but its result was too large to be kept", {
      origin: "framework",
      reason: "IDEMPOTENCY_RESULT_NOT_KEPT",
      operation: operationId(operation),
      retry: { class: "never" },
      metadata: marks,
    });
  }
  try {
    const result = codec.decode(outcome);
    for (const [name, value] of marks) result.headers.set(name, value);
    return result;
  } catch (error) {
    if (isServiceError(error)) throw Object.assign(error, { metadata: [...error.metadata, ...marks] });
    throw error;
  }
}
