import type { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";

/** Duplicates of this process that wait for the first call of their key. */
export interface Waiting {
  /** Resolves when the key was settled here, after `ms`, or with the cancellation, whichever is first. */
  wait(key: string, ms: number, cancel: CancelScope): Promise<void>;
  /** Wakes all who wait for the key. */
  wake(key: string): void;
}

/** Makes one; waits cost a timer each, because another process may be the one that settles the key. */
export function createWaiting(environment: Environment): Waiting {
  const waiters = new Map<string, Set<() => void>>();
  return {
    wait: (key, ms, cancel) =>
      new Promise((resolve) => {
        const set = waiters.get(key) ?? new Set();
        waiters.set(key, set);
        const settle = (): void => {
          timer.cancel();
          cancel.offAbort(settle);
          set.delete(settle);
          if (set.size === 0) waiters.delete(key);
          resolve();
        };
        const timer = environment.setTimer(settle, ms);
        set.add(settle);
        cancel.onAbort(settle);
      }),
    wake: (key) => {
      for (const settle of [...(waiters.get(key) ?? [])]) settle();
    },
  };
}
