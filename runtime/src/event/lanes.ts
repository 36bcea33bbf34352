/**
 * Runs work with at most `concurrency` at once, and work of one key one after another in the order it came. The queue
 * is bounded by who fills it: a subscription hands out no more than its prefetch.
 */
export class Lanes<Work> {
  readonly #concurrency: number;
  readonly #run: (work: Work) => Promise<void>;
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #waiting: { readonly key: string | undefined; readonly work: Work }[] = [];

  /** `run` must not reject. */
  constructor(concurrency: number, run: (work: Work) => Promise<void>) {
    this.#concurrency = concurrency;
    this.#run = run;
  }

  /** Work without a key waits for nobody. */
  push(key: string | undefined, work: Work): void {
    this.#waiting.push({ key, work });
    this.#start();
  }

  /** Takes out what has not begun. */
  clear(): readonly Work[] {
    const left = this.#waiting.map(({ work }) => work);
    this.#waiting = [];
    return left;
  }

  /** Resolves when nothing runs and nothing waits. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #start(): void {
    while (this.#running.size < this.#concurrency) {
      const index = this.#waiting.findIndex(({ key }) => key === undefined || !this.#busy.has(key));
      const next = this.#waiting[index];
      if (next === undefined) return;
      this.#waiting.splice(index, 1);
      if (next.key !== undefined) this.#busy.add(next.key);
      const running: Promise<void> = this.#run(next.work).finally(() => {
        if (next.key !== undefined) this.#busy.delete(next.key);
        this.#running.delete(running);
        this.#start();
      });
      this.#running.add(running);
    }
  }
}
