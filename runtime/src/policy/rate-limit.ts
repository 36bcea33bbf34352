import type { RateLimitPolicy } from "../descriptor/policy.ts";
import type { Environment } from "../environment/environment.ts";

/** Keys remembered at once; the oldest are forgotten first, which only ever lets a call through. */
const maxKeys = 10_000;

/** At most `limit` calls every `perMs` a key. */
export interface RateLimiter {
  /** 0 when the call may pass, otherwise after how many milliseconds it may. */
  take(key: string): number;
}

/**
 * The generic cell rate algorithm (GCRA): a burst of `limit`, refilled evenly over `perMs`, one number a key, on the
 * monotonic clock.
 */
export function createRateLimiter(environment: Environment, policy: RateLimitPolicy): RateLimiter {
  const intervalMs = policy.perMs / Math.max(1, policy.limit);
  const toleranceMs = Math.max(0, policy.perMs - intervalMs);
  const fullAgainAt = new Map<string, number>();
  return {
    take: (key) => {
      const now = environment.monotonic();
      const at = Math.max(fullAgainAt.get(key) ?? now, now);
      const earlyMs = at - now - toleranceMs;
      // A millionth of a millisecond absorbs what adding floats leaves over.
      if (earlyMs > 1e-6) return earlyMs;
      fullAgainAt.delete(key);
      if (fullAgainAt.size >= maxKeys) {
        const [oldest] = fullAgainAt.keys();
        if (oldest !== undefined) fullAgainAt.delete(oldest);
      }
      fullAgainAt.set(key, at + intervalMs);
      return 0;
    },
  };
}
