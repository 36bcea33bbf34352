/** A running timer. */
export interface Timer {
  /** Stops it; stopping twice, or after it fired, does nothing. */
  cancel(): void;
}

/**
 * The outside world as the runtime sees it: the one seam for time, timers, randomness, ids and scheduling.
 *
 * Every engine, adapter and embedded part takes an `Environment`; nothing else in the runtime reads a clock or draws a
 * number. `systemEnvironment` is the real one; `createSimulation` of `@trilogue/runtime/testing` runs a whole system in
 * virtual time from a seed, and the same seed gives the same run.
 */
export interface Environment {
  /** Wall clock, milliseconds since 1970. Only for what people or other systems read; never for measuring. */
  now(): number;
  /** Monotonic clock, milliseconds from an arbitrary start, fractions allowed. */
  monotonic(): number;
  /** Calls back once after `delayMs` (0 to 2^31-1; longer waits are clamped and re-armed by `sleep`). */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Calls back soon, after what is already queued, with other work allowed in between (a macrotask). */
  schedule(callback: () => void): void;
  /** A number from 0 (included) to 1 (excluded); not for secrets. */
  random(): number;
  /** A new UUID version 7 (RFC 9562), ordered by time of creation. */
  newId(): string;
}
