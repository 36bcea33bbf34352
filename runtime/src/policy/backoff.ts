import type { BackoffPolicy } from "../descriptor/policy.ts";
import { defaultRetry } from "./defaults.ts";

/**
 * The wait before retry `retry` (1 for the first), milliseconds, never negative and never above the policy's maximum.
 * Defaults: full jitter over 50 ms doubling up to 5 s. After a throttling answer the first wait is at least 1 s.
 */
export function backoffMs(
  policy: BackoffPolicy | undefined,
  retry: number,
  options: { readonly random: () => number; readonly throttled?: boolean },
): number {
  const maxMs = policy?.maxMs ?? defaultRetry.maxMs;
  const initial = policy?.initialMs ?? defaultRetry.initialMs;
  const initialMs = options.throttled === true ? Math.max(initial, defaultRetry.throttledInitialMs) : initial;
  const base = Math.min(Math.max(maxMs, 0), grow(policy, Math.max(0, initialMs), retry));
  switch (policy?.jitter ?? defaultRetry.jitter) {
    case "none":
      return base;
    case "full":
      return base * options.random();
    case "equal":
      return base / 2 + (base / 2) * options.random();
    case "a6":
      return base * (0.8 + 0.4 * options.random());
  }
}

function grow(policy: BackoffPolicy | undefined, initialMs: number, retry: number): number {
  switch (policy?.strategy ?? defaultRetry.strategy) {
    case "fixed":
      return initialMs;
    case "linear":
      return initialMs * retry;
    case "exponential": {
      // Beyond 2^60 every sane maximum has long been reached; an infinite product would make NaN of a zero start.
      const factor = Math.min((policy?.multiplier ?? defaultRetry.multiplier) ** (retry - 1), 2 ** 60);
      return initialMs * factor;
    }
  }
}
