import type { Environment } from "../environment/environment.ts";

const bucketCount = 10;

/** What was counted in the window. */
export interface WindowCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
}

/** Counts of the last `windowMs`, in ten buckets of monotonic time. */
export interface CallWindow {
  /** Counts one call and returns the sums; the object is reused by the next `add`. */
  add(failed: boolean, slow: boolean): WindowCounts;
  clear(): void;
}

/** A sliding window of ten buckets that costs no timer: old buckets are dropped when the next call is counted. */
export function createCallWindow(environment: Environment, windowMs: number): CallWindow {
  const bucketMs = Math.max(1, windowMs / bucketCount);
  const cells = new Float64Array(bucketCount * 3);
  const sums = { calls: 0, failures: 0, slowCalls: 0 };
  let newest = Math.floor(environment.monotonic() / bucketMs);

  const drop = (bucket: number): void => {
    const at = bucket * 3;
    sums.calls -= cells[at] as number;
    sums.failures -= cells[at + 1] as number;
    sums.slowCalls -= cells[at + 2] as number;
    cells.fill(0, at, at + 3);
  };
  return {
    add: (failed, slow) => {
      const now = Math.floor(environment.monotonic() / bucketMs);
      for (let next = Math.max(newest + 1, now - bucketCount + 1); next <= now; next++) {
        drop(((next % bucketCount) + bucketCount) % bucketCount);
      }
      newest = Math.max(newest, now);
      const at = (((newest % bucketCount) + bucketCount) % bucketCount) * 3;
      cells[at] = (cells[at] as number) + 1;
      sums.calls += 1;
      if (failed) {
        cells[at + 1] = (cells[at + 1] as number) + 1;
        sums.failures += 1;
      }
      if (slow) {
        cells[at + 2] = (cells[at + 2] as number) + 1;
        sums.slowCalls += 1;
      }
      return sums;
    },
    clear: () => {
      cells.fill(0);
      sums.calls = 0;
      sums.failures = 0;
      sums.slowCalls = 0;
    },
  };
}
