import type { FallbackPolicy } from "../descriptor/policy.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";

/** Answers kept an operation for `stale`. */
const maxKept = 500;

/** The last good answers of an operation. */
export interface StaleCache {
  keep(key: string, value: unknown): void;
  /** Undefined when there is none that is young enough. */
  find(key: string): { readonly value: unknown } | undefined;
}

/** Keeps the newest 500 answers, each for `forMs` of monotonic time. */
export function createStaleCache(environment: Environment, forMs: number): StaleCache {
  const kept = new Map<string, { readonly value: unknown; readonly until: number }>();
  return {
    keep: (key, value) => {
      kept.delete(key);
      if (kept.size >= maxKept) {
        const [oldest] = kept.keys();
        if (oldest !== undefined) kept.delete(oldest);
      }
      kept.set(key, { value, until: environment.monotonic() + forMs });
    },
    find: (key) => {
      const entry = kept.get(key);
      if (entry === undefined) return undefined;
      if (entry.until > environment.monotonic()) return entry;
      kept.delete(key);
      return undefined;
    },
  };
}

/** Whether a fallback may answer: the target or the way to it failed, not the request and not the caller. */
export function isFallbackCase(error: ServiceError): boolean {
  switch (error.code) {
    case "unavailable":
    case "deadline_exceeded":
    case "resource_exhausted":
    case "internal":
    case "unknown":
    case "data_loss":
      return true;
    default:
      return false;
  }
}

/** What a fallback may answer with. */
export interface FallbackSources {
  /** Calls another operation of the service with the same input. */
  readonly callOperation: (name: string) => Promise<unknown>;
  /** Turns the contract's example into an output of the operation. */
  readonly fromExample: (value: unknown) => unknown;
  readonly stale: { readonly value: unknown } | undefined;
}

/** The answer instead of `failure`; `failure` again when there is none, and the cause of what goes wrong here. */
export async function runFallback(
  policy: FallbackPolicy,
  failure: ServiceError,
  sources: FallbackSources,
): Promise<unknown> {
  if (policy.kind === "stale") {
    if (sources.stale === undefined) throw failure;
    return sources.stale.value;
  }
  try {
    return policy.kind === "example"
      ? sources.fromExample(policy.value)
      : await sources.callOperation(policy.operation);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new ServiceError(failure.code, `${failure.rawMessage} (and the fallback failed: ${text})`, {
      cause: failure,
      origin: failure.origin,
      sent: failure.sent,
      retry: failure.retry,
      details: failure.details,
      ...(failure.reason === undefined ? {} : { reason: failure.reason }),
      ...(failure.operation === undefined ? {} : { operation: failure.operation }),
    });
  }
}
