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
  const line = createLine();
  const queue = (cancel: CancelScope, waitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const settle = (): void => {
        line.remove(waiter);
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
      line.append(waiter);
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
      return line.length;
    },
    enter: (cancel, timeoutMs) => {
      if (running < maxConcurrent && line.first === undefined) {
        running += 1;
        return undefined;
      }
      if (line.length >= maxQueued) return Promise.reject(fullError("the queue is full"));
      return queue(cancel, policy.maxWaitMs ?? (timeoutMs ?? Infinity) * defaultBulkhead.maxWaitShare);
    },
    leave: () => {
      running -= 1;
      if (running < maxConcurrent) line.first?.admit();
    },
  };
}

/** Those who wait, first come first served; leaving from the middle costs as little as from the front. */
interface Line {
  readonly first: Waiter | undefined;
  readonly length: number;
  append(waiter: Waiter): void;
  remove(waiter: Waiter): void;
}

function createLine(): Line {
  let first: Waiter | undefined;
  let last: Waiter | undefined;
  let length = 0;
  return {
    get first() {
      return first;
    },
    get length() {
      return length;
    },
    append: (waiter) => {
      waiter.before = last;
      if (last === undefined) first = waiter;
      else last.after = waiter;
      last = waiter;
      length += 1;
    },
    remove: (waiter) => {
      if (waiter.before === undefined) first = waiter.after;
      else waiter.before.after = waiter.after;
      if (waiter.after === undefined) last = waiter.before;
      else waiter.after.before = waiter.before;
      length -= 1;
    },
  };
}

function fullError(why: string): ServiceError {
  return createRejection("resource_exhausted", "BULKHEAD_FULL", { message: `too many calls at once: ${why}` });
}
