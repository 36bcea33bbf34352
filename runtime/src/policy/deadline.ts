import type { HttpMediaType, HttpOperation } from "../descriptor/http.ts";
import type { OperationBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";
import { defaultTimeoutMs } from "./defaults.ts";

/** Whether the operation is a stream in either direction; those have no deadline by default. */
export function isStreaming(operation: OperationBase): boolean {
  return operation.kind === "rpc" && (operation as RpcOperation).stream !== "unary";
}

/** Whether the operation lasts as long as its messages come: streams of RPC, event streams and JSON Lines of HTTP. */
function isOpenEnded(operation: OperationBase): boolean {
  if (operation.kind !== "http") return isStreaming(operation);
  let known = openEnded.get(operation);
  if (known === undefined) openEnded.set(operation, (known = hasStreamedBody(operation as HttpOperation)));
  return known;
}

const openEnded = new WeakMap<OperationBase, boolean>();

function hasStreamedBody({ body, responses }: HttpOperation): boolean {
  const isStreamed = ({ codec }: HttpMediaType): boolean => codec === "eventStream" || codec === "jsonLines";
  return (body?.content ?? []).some(isStreamed) || responses.some(({ content }) => content.some(isStreamed));
}

/**
 * The timeout of one call, milliseconds, before the caller's own deadline shortens it further: the contract's (10 s for
 * calls that have none and do not stream), or what the call site or the wire asks when that is shorter. What isn't a
 * finite number is no wish, zero or less means at once; undefined means no deadline.
 */
export function effectiveTimeoutMs(operation: OperationBase, askedMs: number | undefined): number | undefined {
  const declared = operation.policy.timeoutMs ?? (isOpenEnded(operation) ? undefined : defaultTimeoutMs);
  if (askedMs === undefined || !Number.isFinite(askedMs)) return declared;
  return Math.min(Math.max(0, askedMs), declared ?? Infinity);
}
