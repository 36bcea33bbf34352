import type { BulkheadPolicy } from "../descriptor/policy.ts";
import type { AbortListener, CancelScope } from "../environment/cancel.ts";
import type { Environment, Timer } from "../environment/environment.ts";
import { setLongTimer } from "../environment/sleep.ts";
import type { ServiceError } from "../error/service-error.ts";
import { defaultBulkhead } from "./defaults.ts";
import { createRejection } from "./rejection.ts";

/** Bounds the calls that run and wait at once. Whoever was let in calls `leave` exactly once. */
export interface Bulkhead {
  readonly running: number;
  readonly waiting: number;
  /**
   * Undefined when the call may run at once; otherwise a promise of its turn, first in, first out. It rejects with
   * `resource_exhausted` when the queue is full or the wait too long, and with the abort's reason as it is.
   */
  enter(cancel: CancelScope, timeoutMs: number | undefined): Promise<void> | undefined;
  leave(): void;
}

interface Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  admit(): void;
}

/** Default 100 calls at once and 100 waiting, each at most a tenth of its timeout (`maxWaitMs` when given). */
export function createBulkhead(environment: Environment, policy: BulkheadPolicy = {}): Bulkhead {
  const maxConcurrent = Math.max(1, policy.maxConcurrent ?? defaultBulkhead.maxConcurrent);
  const maxQueued = policy.maxQueued ?? defaultBulkhead.maxQueued;
  let running = 0;
  let waiting = 0;
  let first: Waiter | undefined;
  let last: Waiter | undefined;

  const append = (waiter: Waiter): void => {
    waiter.before = last;
    if (last === undefined) first = waiter;
    else last.after = waiter;
    last = waiter;
    waiting += 1;
  };
  const remove = (waiter: Waiter): void => {
    if (waiter.before === undefined) first = waiter.after;
    else waiter.before.after = waiter.after;
    if (waiter.after === undefined) last = waiter.before;
    else waiter.after.before = waiter.before;
    waiting -= 1;
  };
  const queue = (cancel: CancelScope, waitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const settle = (): void => {
        remove(waiter);
        timer?.cancel();
        cancel.offAbort(onAbort);
      };
      const waiter: Waiter = {
        before: undefined,
        after: undefined,
        admit: () => {
          settle();
          running += 1;
          resolve();
        },
      };
      const onAbort: AbortListener = (reason) => {
        settle();
        reject(reason);
      };
      append(waiter);
      if (waitMs !== Infinity) {
        timer = setLongTimer(
          environment,
          () => {
            settle();
            reject(fullError("too long in the queue"));
          },
          waitMs,
        );
      }
      cancel.onAbort(onAbort);
    });

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiting;
    },
    enter: (cancel, timeoutMs) => {
      if (running < maxConcurrent && first === undefined) {
        running += 1;
        return undefined;
      }
      if (waiting >= maxQueued) return Promise.reject(fullError("the queue is full"));
      return queue(cancel, policy.maxWaitMs ?? (timeoutMs ?? Infinity) * defaultBulkhead.maxWaitShare);
    },
    leave: () => {
      running -= 1;
      if (running < maxConcurrent) first?.admit();
    },
  };
}

function fullError(why: string): ServiceError {
  return createRejection("resource_exhausted", "BULKHEAD_FULL", { message: `too many calls at once: ${why}` });
}
