import type { Environment, Timer } from "./environment.ts";
import { maxTimerMs } from "./sleep.ts";
import { createUuid7Source } from "./uuid.ts";

const pool = new Uint32Array(256);
let used = pool.length;

/** From the platform's secure source, fetched a kilobyte at a time because a single draw is dear. */
function randomWord(): number {
  if (used >= pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  return pool[used++] as number;
}

/** Timers hold the process: a pending call must be able to time out. Nothing here keeps one when idle. */
function setTimer(callback: () => void, delayMs: number): Timer {
  const handle = setTimeout(callback, Math.min(delayMs, maxTimerMs));
  return { cancel: () => clearTimeout(handle) };
}

function schedule(callback: () => void): void {
  if (typeof setImmediate === "function") setImmediate(callback);
  else setTimeout(callback, 0);
}

/** The real world: the machine's clocks, timers and random source. */
export const systemEnvironment: Environment = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer,
  schedule,
  random: () => Math.random(),
  newId: createUuid7Source(() => Date.now(), randomWord),
};
