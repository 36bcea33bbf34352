import type { Environment } from "../environment/environment.ts";
import { setLongTimer } from "../environment/sleep.ts";
import { ServiceError } from "../error/service-error.ts";

/** How long somebody waits for the turn. */
export interface WriterWait {
  readonly environment: Environment;
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal;
}

/** Gives one writer after another its turn. */
export interface WriterLock {
  readonly waiting: number;
  /**
   * Resolves, first in first out, to the function that ends the turn. Rejects with `signal.reason` in the tick of the
   * abort, and with `unavailable` after `maxWaitMs`, since who waits inside of a turn waits for itself. Whoever waits
   * no longer has no place any more. Without `wait` it waits for ever.
   */
  acquire(wait?: WriterWait): Promise<() => void>;
}

interface Waiter {
  readonly admit: () => void;
}

/** An asynchronous lock: waiting costs no thread. */
export function createWriterLock(): WriterLock {
  const queue = new Set<Waiter>();
  let held = false;
  const release = (): void => {
    const [next] = queue;
    if (next === undefined) {
      held = false;
      return;
    }
    next.admit();
  };
  /** Ends the turn once, however often it is called. */
  const turn = (): (() => void) => {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      release();
    };
  };
  return {
    get waiting() {
      return queue.size;
    },
    acquire: (wait) =>
      new Promise((resolve, reject) => {
        const signal = wait?.signal;
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        if (!held) {
          held = true;
          resolve(turn());
          return;
        }
        const settle = (): void => {
          queue.delete(waiter);
          timer?.cancel();
          signal?.removeEventListener("abort", onAbort);
        };
        const onAbort = (): void => {
          settle();
          reject(signal?.reason);
        };
        const waiter: Waiter = {
          admit: () => {
            settle();
            resolve(turn());
          },
        };
        const timer =
          wait === undefined
            ? undefined
            : setLongTimer(
                wait.environment,
                () => {
                  settle();
                  reject(waitedTooLong(wait.maxWaitMs));
                },
                wait.maxWaitMs,
              );
        queue.add(waiter);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

function waitedTooLong(ms: number): ServiceError {
  const why = "another transaction takes too long, or this one is inside of it and waits for itself";
  return new ServiceError("unavailable", `the store's writer had no turn for ${ms} ms: ${why}`, {
    origin: "framework",
    sent: "no",
    reason: "STORE_BUSY",
  });
}

/**
 * `work`, given up when `signal` fires: then it rejects at once with the reason, and what `work` does later is its own
 * affair. The listener is gone when it settles.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const settle = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
