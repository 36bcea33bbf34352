import { createRandomWords } from "../../runtime/src/testing/random.ts";

/** Draws that depend on the seed alone. */
export interface Random {
  /** From `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** From 0 to below 1. */
  fraction(): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  shuffle<T>(list: readonly T[]): readonly T[];
}

/** A source of draws; the same seed gives the same draws on every machine. */
export function createRandom(seed: string): Random {
  const next = createRandomWords(seed);
  const fraction = (): number => next() / 2 ** 32;
  // Spans beyond 32 bits take two words: the upper one alone would leave the low digits zero.
  const whole = (low: number, high: number): number => {
    const span = high - low + 1;
    const unit = span > 2 ** 32 ? (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53 : fraction();
    return Math.min(high, low + Math.floor(unit * span));
  };
  const pick = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)] as T;
  return {
    whole,
    fraction,
    pick,
    chance: (probability) => fraction() < probability,
    shuffle: (list) => {
      const copy = [...list];
      for (let at = copy.length - 1; at > 0; at--) {
        const other = whole(0, at);
        [copy[at], copy[other]] = [copy[other] as never, copy[at] as never];
      }
      return copy;
    },
  };
}
