/** Gives one writer after another its turn. */
export interface WriterLock {
  readonly waiting: number;
  /**
   * Resolves, first in first out, to the function that ends the turn. Rejects with `signal.reason` in the tick of the
   * abort; whoever waits no longer has no place any more.
   */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly admit: () => void;
}

/** An asynchronous lock: waiting costs no thread and no timer. */
export function createWriterLock(): WriterLock {
  const queue = new Set<Waiter>();
  let held = false;
  const release = (): void => {
    const [next] = queue;
    if (next === undefined) {
      held = false;
      return;
    }
    queue.delete(next);
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
    get waiting() { return queue.size; },
    acquire: (signal) => new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      if (!held) {
        held = true;
        resolve(turn());
        return;
      }
      const onAbort = (): void => {
        queue.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = { admit: () => {
        signal?.removeEventListener("abort", onAbort);
        resolve(turn());
      } };
      queue.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
  };
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
