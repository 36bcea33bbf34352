import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { createUuid7Source } from "../environment/uuid.ts";
import { createRandomWords } from "./random.ts";
import { createTimerQueue } from "./timer-queue.ts";

/** What a simulation begins with. */
export interface SimulationOptions {
  readonly seed: number | string;
  /** Wall clock at the start, milliseconds since 1970; default 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
  /** Virtual time after which a `run` that has not settled fails, milliseconds; default one day. */
  readonly maxRunMs?: number;
}

/**
 * An `Environment` in virtual time: nothing waits, the clock jumps to the next timer when all that is runnable has run.
 * Whole systems built on one simulation run in one thread, in an order that the seed alone decides.
 */
export interface Simulation extends Environment {
  readonly seed: number | string;
  /** Timers that are set and have not fired: 0 when a system is idle and nothing leaks. */
  readonly pendingTimers: number;
  /**
   * Drives time until `work` settles, and settles likewise; afterwards nothing moves until the next `run`.
   * Fails when nothing is left that could settle it (with the names of what was watched), or after `maxRunMs`.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Lets the given time pass, with all that happens in it. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as an operator or a time server does. */
  jumpWallClock(byMs: number): void;
  /** Names a promise, so that a deadlock tells of it while it is pending. Returns the promise. */
  watch<T>(name: string, promise: Promise<T>): Promise<T>;
}

/** Real turns granted to input and output that is not virtual before a standstill counts as a deadlock. */
const patience = 50;

/** Makes a simulation. The same seed, and the same work, give the same run. */
export function createSimulation(options: SimulationOptions): Simulation {
  const word = createRandomWords(options.seed);
  const idWord = createRandomWords(`ids:${options.seed}`);
  const maxRunMs = options.maxRunMs ?? 86_400_000;
  const timers = createTimerQueue();
  const scheduled: (() => void)[] = [];
  const watched = createWatchList();
  let elapsedMs = 0;
  let wallOffsetMs = options.startMs ?? Date.UTC(2026, 0, 1);

  const now = (): number => Math.floor(wallOffsetMs + elapsedMs);
  /** Does one thing; false when there is nothing to do. */
  const step = (): boolean => {
    const callback = scheduled.shift();
    if (callback !== undefined) {
      callback();
      return true;
    }
    const timer = timers.take();
    if (timer === undefined) return false;
    elapsedMs = Math.max(elapsedMs, timer.at);
    timer.callback();
    return true;
  };
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    const endMs = elapsedMs + maxRunMs;
    let settled = false;
    const promise = work();
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    let idleTurns = 0;
    for (;;) {
      await realTurn();
      if (settled) return promise;
      if (step()) idleTurns = 0;
      else if (++idleTurns > patience) throw standstill(options.seed, watched.names());
      if (elapsedMs > endMs) throw new Error(`simulation ${options.seed}: not settled after ${maxRunMs} virtual ms`);
    }
  };

  const simulation: Simulation = {
    seed: options.seed,
    get pendingTimers() {
      return timers.size;
    },
    now,
    run,
    monotonic: () => elapsedMs,
    setTimer: (callback, delayMs) => {
      const timer = timers.add(elapsedMs + (delayMs > 0 ? delayMs : 0), callback);
      return { cancel: () => timers.cancel(timer) };
    },
    schedule: (callback) => {
      scheduled.push(callback);
    },
    random: () => word() / 0x1_0000_0000,
    newId: createUuid7Source(now, idWord),
    advance: (ms) => run(() => sleep(simulation, ms)),
    jumpWallClock: (byMs) => {
      wallOffsetMs += byMs;
    },
    watch: watched.watch,
  };
  return simulation;
}

/** Promises by their names, as long as they are pending. */
function createWatchList(): Pick<Simulation, "watch"> & { names(): readonly string[] } {
  const watched = new Map<Promise<unknown>, string>();
  return {
    names: () => [...watched.values()],
    watch: (name, promise) => {
      watched.set(promise, name);
      const forget = (): void => {
        watched.delete(promise);
      };
      promise.then(forget, forget);
      return promise;
    },
  };
}

/** All microtasks of the last step have run when this resolves. */
function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function standstill(seed: number | string, names: readonly string[]): Error {
  const pending = names.length === 0 ? "no watched promise" : names.map((name) => `"${name}"`).join(", ");
  return new Error(
    `simulation ${seed}: deadlock: nothing is scheduled and the work has not settled; pending: ${pending}`,
  );
}
