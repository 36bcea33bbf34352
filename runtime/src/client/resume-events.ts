import type { OperationBase } from "../descriptor/operation.ts";
import { operationId } from "../descriptor/operation.ts";
import type { BackoffPolicy } from "../descriptor/policy.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { systemEnvironment } from "../environment/system.ts";
import { isServiceError, type ServiceError, type StatusCode } from "../error/service-error.ts";
import { backoffMs } from "../policy/backoff.ts";

/** How an event stream is taken up again. */
export interface ResumeOptions {
  /** Ends it all; the loop over the events then throws `canceled`, or the signal's reason while it waits. */
  readonly signal?: AbortSignal;
  /** Where a stream was left before: its first connection asks for what came after this event. */
  readonly lastEventId?: string;
  /**
   * Waits between connections; default 1 s doubling up to 30 s with equal jitter. An event's `retry` replaces the
   * first wait, an error's hint the next one.
   */
  readonly backoff?: BackoffPolicy;
  /** Connections in a row that bring no event before the last failure is thrown; default 10. */
  readonly maxFailures?: number;
  readonly environment?: Environment;
}

/** What a call of a connection is made with. */
export interface ResumeCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const defaultBackoff: BackoffPolicy = { initialMs: 1_000, maxMs: 30_000, jitter: "equal" };

/** Failures that may pass; everything else would fail again. */
const passing: ReadonlySet<StatusCode> = new Set(["unavailable", "resource_exhausted", "deadline_exceeded", "aborted"]);

/**
 * The events of an operation over as many connections as it takes, as WHATWG HTML's EventSource does it: after a break
 * or an end it calls again with `Last-Event-ID`, after the time that `retry` or the backoff says. It ends when the
 * server answers without events (204), when the reader stops, and by `signal`.
 *
 * ```ts
 * for await (const event of resumeEvents(watchPrices, (call) => client.watchPrices({ query }, call), { signal })) ...
 * ```
 *
 * @throws {Error} at once, when the operation is neither safe nor idempotent: a second call would have a second effect.
 * @throws {ServiceError} of a failure that would come again, or of the last of `maxFailures`.
 */
export function resumeEvents<Event>(
  operation: OperationBase,
  open: (call: ResumeCall) => Promise<AsyncIterable<Event> | undefined | void>,
  options: ResumeOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const { level } = operation.policy.idempotency;
  if (level !== "safe" && level !== "idempotent") {
    throw new Error(`events of "${operationId(operation)}" can't be taken up again: calling it twice is not safe`);
  }
  return readOn(open, options);
}

async function* readOn<Event>(
  open: (call: ResumeCall) => Promise<AsyncIterable<Event> | undefined | void>,
  options: ResumeOptions,
): AsyncGenerator<Event, void, undefined> {
  const { signal, environment = systemEnvironment, maxFailures = 10 } = options;
  let { lastEventId } = options;
  let policy = { ...defaultBackoff, ...options.backoff };
  for (let failures = 1; ; failures += 1) {
    let failure: ServiceError | undefined;
    try {
      const headers = lastEventId === undefined || lastEventId === "" ? {} : { "last-event-id": octetsOf(lastEventId) };
      const events = await open({ headers, ...(signal === undefined ? {} : { signal }) });
      if (events === undefined) return;
      for await (const event of events) {
        failures = 0;
        const { id, retry } = event as { readonly id?: unknown; readonly retry?: unknown };
        if (typeof id === "string") lastEventId = id;
        if (typeof retry === "number") policy = { ...policy, initialMs: retry };
        yield event;
      }
    } catch (error) {
      if (!isPassing(error) || signal?.aborted === true || failures >= maxFailures) throw error;
      failure = error;
    }
    if (failure === undefined && failures >= maxFailures) return;
    const random = (): number => environment.random();
    const waitMs = failure?.retry.afterMs ?? backoffMs(policy, Math.max(1, failures), { random });
    await sleep(environment, waitMs, signal);
  }
}

/** UTF-8, one character an octet, as headers are written (WHATWG HTML, section "Sending requests"). */
function octetsOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (octet) => String.fromCharCode(octet)).join("");
}

function isPassing(error: unknown): error is ServiceError {
  return isServiceError(error) && passing.has(error.code) && error.retry.class !== "never";
}
