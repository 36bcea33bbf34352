import type { Environment, Timer } from "../environment/environment.ts";
import { setLongTimer } from "../environment/sleep.ts";
import { ServiceError } from "../error/service-error.ts";
import { CancelScope } from "../environment/cancel.ts";
import type { CallIdempotency, Context, Deadline, Logger, Principal, TraceContext } from "./context.ts";
import { createHeaders, type HeaderMap } from "./headers.ts";
import { createSpan, readBaggage, readTrace } from "./trace.ts";

/** What a hop keeps back of its caller's time for its own answer, milliseconds. */
export const hopMarginMs = 5;

/** Writes nothing. */
export const silentLogger: Logger = { log: () => undefined };

/** What a context is made from. */
export interface ContextSource {
  readonly environment: Environment;
  /** The context of the call that this one is made in: deadline (less `hopMarginMs`), cancellation, trace, principal
   * and logger are inherited. */
  readonly parent?: Context<any> | undefined;
  /** Another reason to stop, for example the peer's connection or the caller's `AbortSignal`. */
  readonly signal?: AbortSignal | undefined;
  /** Own timeout, milliseconds; the shorter of this and the parent's rest counts. NaN and infinite mean none. */
  readonly timeoutMs?: number | undefined;
  /** What came in; `traceparent`, `tracestate` and `baggage` are read from it. */
  readonly headers?: HeaderMap | undefined;
  readonly principal?: Principal | undefined;
  readonly logger?: Logger | undefined;
  readonly idempotency?: CallIdempotency<any> | undefined;
}

/** A context with the means to end it. Whoever made it must `dispose` it when the call has settled. */
export interface ContextScope {
  readonly context: Context<any>;
  /** Cancellation without the cost of a signal, for the runtime's own parts. */
  readonly cancel: CancelScope;
  /** Fires `context.signal`. */
  abort(reason: unknown): void;
  /** Stops the deadline's timer and lets go of parent and signal. */
  dispose(): void;
}

/** The error of a call whose deadline has passed. */
export function deadlineError(what = "the deadline has passed"): ServiceError {
  return new ServiceError("deadline_exceeded", what, {
    origin: "framework",
    sent: "maybe",
    reason: "DEADLINE_EXCEEDED",
    retry: { class: "never" },
  });
}

/** Makes the context of one call. Its signal fires on the deadline, with the parent, with `signal` and by `abort`. */
export function createContext(source: ContextSource): ContextScope {
  const { environment, parent } = source;
  const cancel = new CancelScope();
  const deadline = earliestDeadline(environment, parent, source.timeoutMs);
  if (source.signal !== undefined) cancel.follow(source.signal);
  if (parent !== undefined) cancel.follow(backingOf(parent)?.cancel ?? parent.signal);
  if (deadline !== undefined && !cancel.aborted) {
    const left = deadline.at - environment.monotonic();
    if (left <= 0) cancel.abort(deadlineError());
    else cancel.own(cancelling(setLongTimer(environment, () => cancel.abort(deadlineError()), left)));
  }
  const context = new CallContext({
    environment,
    cancel,
    deadline,
    headers: source.headers ?? createHeaders(),
    parentTrace: parent?.trace,
    principal: source.principal ?? parent?.principal,
    logger: source.logger ?? parent?.logger ?? silentLogger,
    idempotency: source.idempotency,
  });
  return {
    context,
    cancel,
    abort: (reason) => cancel.abort(reason),
    dispose: () => cancel.dispose(),
  };
}

function cancelling(timer: Timer): () => void {
  return () => timer.cancel();
}

/** The same call's context with some values replaced or added: one deadline, signal and trace, no new hop. */
export function extendContext<Extra extends object>(context: Context<any>, extra: Extra): Context<any> & Extra {
  return Object.assign(context instanceof CallContext ? CallContext.copyOf(context) : copyForeign(context), extra);
}

/**
 * What the runtime keeps beside a context made by `createContext`: its cancellation, and one value of whoever made it,
 * which survives `extendContext`. Undefined for contexts made elsewhere.
 */
export interface ContextBacking {
  readonly cancel: CancelScope;
  attached?: unknown;
}

/** See `ContextBacking`. */
export function backingOf(context: Context<any>): ContextBacking | undefined {
  return context instanceof CallContext ? CallContext.stateOf(context) : undefined;
}

/** A context of another copy of this package: its getters want their own `this`. */
function copyForeign(context: Context<any>): Context<any> {
  return {
    get signal() {
      return context.signal;
    },
    get trace() {
      return context.trace;
    },
    remainingMs: () => context.remainingMs(),
    deadline: context.deadline,
    headers: context.headers,
    principal: context.principal,
    idempotency: context.idempotency,
    logger: context.logger,
    environment: context.environment,
  };
}

interface ContextState {
  readonly environment: Environment;
  readonly cancel: CancelScope;
  readonly deadline: Deadline | undefined;
  readonly headers: HeaderMap;
  readonly parentTrace: TraceContext | undefined;
  readonly principal: Principal | undefined;
  readonly logger: Logger;
  readonly idempotency: CallIdempotency<any> | undefined;
  trace?: TraceContext;
  attached?: unknown;
}

class CallContext implements Context<any> {
  readonly deadline: Deadline | undefined;
  readonly headers: HeaderMap;
  readonly principal: Principal | undefined;
  readonly idempotency: CallIdempotency<any> | undefined;
  readonly logger: Logger;
  readonly environment: Environment;
  readonly #state: ContextState;

  constructor(state: ContextState) {
    this.#state = state;
    this.deadline = state.deadline;
    this.headers = state.headers;
    this.principal = state.principal;
    this.idempotency = state.idempotency;
    this.logger = state.logger;
    this.environment = state.environment;
  }

  get signal(): AbortSignal {
    return this.#state.cancel.signal;
  }

  /** Made when first read, because most calls of a process without tracing never do. */
  get trace(): TraceContext {
    const state = this.#state;
    if (state.trace === undefined) {
      const span = createSpan(state.environment, readTrace(state.headers) ?? state.parentTrace);
      state.trace = span.baggage === undefined ? { ...span, ...readBaggage(state.headers) } : span;
    }
    return state.trace;
  }

  remainingMs(): number {
    if (this.deadline === undefined) return Infinity;
    return Math.max(0, this.deadline.at - this.environment.monotonic());
  }

  static stateOf(context: CallContext): ContextState {
    return context.#state;
  }

  static copyOf(context: CallContext): CallContext {
    return Object.assign(new CallContext(context.#state), context);
  }
}

function earliestDeadline(
  environment: Environment,
  parent: Context<any> | undefined,
  timeoutMs: number | undefined,
): Deadline | undefined {
  const own =
    timeoutMs !== undefined && Number.isFinite(timeoutMs) ? environment.monotonic() + Math.max(0, timeoutMs) : Infinity;
  const inherited = parent?.deadline === undefined ? Infinity : parent.deadline.at - hopMarginMs;
  const at = Math.min(own, inherited);
  return at === Infinity ? undefined : { at };
}
