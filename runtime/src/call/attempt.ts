import { CancelScope } from "../environment/cancel.ts";
import type { Environment, Timer } from "../environment/environment.ts";
import { setLongTimer } from "../environment/sleep.ts";
import { ServiceError } from "../error/service-error.ts";
import type { Attempt, PreparedCall, TransportReply } from "../transport/transport.ts";
import { abandonedError } from "./call-error.ts";
import type { HeaderMap } from "./headers.ts";

/** What one attempt is made from. */
export interface AttemptSource {
  readonly environment: Environment;
  /** The call's cancellation. */
  readonly cancel: CancelScope;
  readonly number: number;
  readonly headers: HeaderMap;
  /** Credentials for the query; empty when there are none. */
  readonly query: string;
  /** What the call has left, milliseconds. */
  readonly remainingMs: number;
  /** The attempt's own limit, when it has one. */
  readonly timeoutMs: number | undefined;
}

/** Marks the error of an attempt that took too long while its call still has time. */
export const attemptTimeoutReason = "ATTEMPT_TIMEOUT";

class AttemptState implements Attempt {
  readonly number: number;
  readonly timeoutMs: number | undefined;
  readonly headers: HeaderMap;
  readonly query: string;
  readonly #scope: CancelScope;

  constructor(source: AttemptSource, scope: CancelScope) {
    const limitMs = Math.min(source.remainingMs, source.timeoutMs ?? Infinity);
    this.number = source.number;
    this.timeoutMs = limitMs === Infinity ? undefined : Math.max(1, Math.floor(limitMs));
    this.headers = source.headers;
    this.query = source.query;
    this.#scope = scope;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }
}

/**
 * Sends once. It settles with the transport, when the call is given up, or when the attempt's time is over, whichever
 * is first, also when the transport ignores its signal; what comes later is dropped. Nothing is left ticking then.
 */
export function sendAttempt(prepared: PreparedCall, source: AttemptSource): Promise<TransportReply> {
  const { cancel } = source;
  if (cancel.aborted) return Promise.reject(abandonedError(cancel.reason));
  const limited = source.timeoutMs !== undefined && source.timeoutMs < source.remainingMs;
  // Without a limit of its own the attempt lives as long as its call and shares its signal.
  const scope = limited ? new CancelScope() : cancel;
  if (limited) cancel.onAbort((reason) => scope.abort(reason));
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const settle = (): void => {
      timer?.cancel();
      cancel.offAbort(onAbort);
    };
    const onAbort = (reason: unknown): void => {
      settle();
      reject(abandonedError(reason));
    };
    if (limited) {
      timer = setLongTimer(
        source.environment,
        () => {
          const error = attemptTimeout(source.timeoutMs ?? 0);
          settle();
          reject(error);
          scope.abort(error);
        },
        source.timeoutMs ?? 0,
      );
    }
    cancel.onAbort(onAbort);
    sendSafely(prepared, new AttemptState(source, scope)).then(
      (reply) => {
        settle();
        resolve(reply);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** A transport that throws instead of rejecting must not leave a timer behind. */
function sendSafely(prepared: PreparedCall, attempt: Attempt): Promise<TransportReply> {
  try {
    return prepared.send(attempt);
  } catch (error) {
    return Promise.reject(error);
  }
}

function attemptTimeout(timeoutMs: number): ServiceError {
  return new ServiceError("deadline_exceeded", `the attempt took longer than ${Math.round(timeoutMs)} ms`, {
    origin: "framework",
    sent: "maybe",
    reason: attemptTimeoutReason,
  });
}
