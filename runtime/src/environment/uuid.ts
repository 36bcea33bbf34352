/** Draws whole numbers from 0 to 2^32-1. */
export type RandomWord = () => number;

const maxCounter = 0xfff;

/**
 * A source of UUIDs version 7 (RFC 9562 section 5.7) that strictly grow, also within one millisecond and when the clock
 * goes back: the 12 bits of `rand_a` count within a millisecond, and an overflow borrows the next one (method 1 and 4
 * of section 6.2).
 */
export function createUuid7Source(nowMs: () => number, randomWord: RandomWord): () => string {
  let lastMs = -1;
  let counter = 0;
  return () => {
    const ms = Math.floor(nowMs());
    if (ms > lastMs) {
      lastMs = ms;
      counter = randomWord() & 0x7ff;
    } else if (counter < maxCounter) {
      counter += 1;
    } else {
      lastMs += 1;
      counter = 0;
    }
    return formatUuid7(lastMs, counter, randomWord(), randomWord());
  };
}

function formatUuid7(ms: number, counter: number, high: number, low: number): string {
  const time = ms.toString(16).padStart(12, "0");
  const first = (0x80000000 + (high & 0x3fffffff)).toString(16);
  return (
    `${time.slice(0, 8)}-${time.slice(8, 12)}-7${counter.toString(16).padStart(3, "0")}-${first.slice(0, 4)}-` +
    `${first.slice(4)}${low.toString(16).padStart(8, "0")}`
  );
}
