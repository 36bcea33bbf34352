import type { Environment, Timer } from "./environment.ts";

/** The longest delay that `Environment.setTimer` takes, milliseconds: 2^31 - 1. */
export const maxTimerMs = 2_147_483_647;

/** Like `environment.setTimer`, for delays of any length: longer ones are armed again. NaN and negatives count as 0. */
export function setLongTimer(environment: Environment, callback: () => void, delayMs: number): Timer {
  if (delayMs <= maxTimerMs) return environment.setTimer(callback, Math.max(0, delayMs));
  if (!(delayMs > 0)) return environment.setTimer(callback, 0);
  const end = environment.monotonic() + delayMs;
  let current: Timer;
  const arm = (): void => {
    const left = end - environment.monotonic();
    current =
      left > maxTimerMs ? environment.setTimer(arm, maxTimerMs) : environment.setTimer(callback, Math.max(0, left));
  };
  arm();
  return { cancel: () => current.cancel() };
}

/**
 * Resolves after `ms` milliseconds. Rejects with `signal.reason`, in the tick of the abort, when `signal` fires before;
 * its timer and its listener are gone in either case.
 */
export function sleep(environment: Environment, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = setLongTimer(
      environment,
      () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
      ms,
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
