import type { OperationBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";
import { defaultTimeoutMs } from "./defaults.ts";

/** Whether the operation is a stream in either direction; those have no deadline by default. */
export function isStreaming(operation: OperationBase): boolean {
  return operation.kind === "rpc" && (operation as RpcOperation).stream !== "unary";
}

/**
 * The timeout of one call, milliseconds, before the caller's own deadline shortens it further: the contract's (10 s for
 * unary calls that have none), or what the call site or the wire asks when that is shorter. What isn't a finite number
 * is no wish, zero or less means at once; undefined means no deadline.
 */
export function effectiveTimeoutMs(operation: OperationBase, askedMs: number | undefined): number | undefined {
  const declared = operation.policy.timeoutMs ?? (isStreaming(operation) ? undefined : defaultTimeoutMs);
  if (askedMs === undefined || !Number.isFinite(askedMs)) return declared;
  return Math.min(Math.max(0, askedMs), declared ?? Infinity);
}
