import type { OperationBase } from "../descriptor/operation.ts";
import type { HeaderMap } from "./headers.ts";
import type { Context } from "./context.ts";

/** The four places an interceptor can stand. */
export type CallSide = "client" | "server" | "producer" | "consumer";

/** One logical call on its way in. `headers` may be changed; a replaced `input` is what the next one sees. */
export interface Call {
  readonly side: CallSide;
  readonly operation: OperationBase;
  readonly input: unknown;
  /** On client and producer: what will be sent. On server and consumer: what came. */
  readonly headers: HeaderMap;
  readonly context: Context;
}

/** The outcome on its way back. A failed call is a thrown `ServiceError`. */
export interface CallResult {
  /** The message, the HTTP reply, an async iterable of messages, the producer's receipt, or undefined. */
  readonly output: unknown;
  readonly headers: HeaderMap;
  readonly trailers?: HeaderMap;
}

/** Carries the call on. */
export type CallNext = (call: Call) => Promise<CallResult>;

/**
 * Middleware, written once for clients, servers, producers and consumers of all three kinds.
 *
 * Calls pass interceptors in the order of the list, results and errors in reverse. It runs once a logical call: on
 * clients above the attempts; on servers above idempotency, so that it sees replays too; on consumers once a delivery.
 *
 * ```ts
 * const timing: Interceptor = (next) => async (call) => {
 *   const start = performance.now();
 *   try { return await next(call); } finally { log(call.operation.name, performance.now() - start); }
 * };
 * ```
 */
export type Interceptor = (next: CallNext) => CallNext;

/** Puts `interceptors` around `last`: the first of the list is the outermost. */
export function applyInterceptors(interceptors: readonly Interceptor[], last: CallNext): CallNext {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), last);
}
