/** Called once, with the reason. */
export type AbortListener = (reason: unknown) => void;

/**
 * Cancellation of one call or attempt. It is an `AbortController` that costs nothing until somebody reads `signal`:
 * the runtime's own parts listen with `onAbort`.
 */
export class CancelScope {
  #aborted = false;
  #reason: unknown;
  #listeners: Set<AbortListener> | undefined;
  #controller: AbortController | undefined;
  #unlink: (() => void)[] = [];

  /** Whether `abort` was called. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** What it was aborted with. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Made when first read. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Calls `listener` at once when already aborted. */
  onAbort(listener: AbortListener): void {
    if (this.#aborted) {
      listener(this.#reason);
      return;
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  /** Forgets `listener`. */
  offAbort(listener: AbortListener): void {
    this.#listeners?.delete(listener);
  }

  /** Aborts once; later calls do nothing. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason ?? new DOMException("This operation was aborted", "AbortError");
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.dispose();
    if (listeners !== undefined) for (const listener of listeners) listener(this.#reason);
    this.#controller?.abort(this.#reason);
  }

  /** Aborts when `source` does, until `dispose`. */
  follow(source: AbortSignal | CancelScope): void {
    if (source.aborted) {
      this.abort(source.reason);
      return;
    }
    if (source instanceof CancelScope) {
      const onAbort: AbortListener = (reason) => this.abort(reason);
      source.onAbort(onAbort);
      this.#unlink.push(() => source.offAbort(onAbort));
      return;
    }
    const onAbort = (): void => this.abort(source.reason);
    source.addEventListener("abort", onAbort, { once: true });
    this.#unlink.push(() => source.removeEventListener("abort", onAbort));
  }

  /** Runs `cut` with the abort or with `dispose`, whichever is first: for timers and listeners of the scope's own. */
  own(cut: () => void): void {
    this.#unlink.push(cut);
  }

  /** Lets go of what it follows; it can still be aborted by hand. */
  dispose(): void {
    if (this.#unlink.length === 0) return;
    const unlink = this.#unlink;
    this.#unlink = [];
    for (const cut of unlink) cut();
  }
}

/**
 * `work`, given up when `cancel` is aborted: then it rejects in that tick with what `toError` makes of the reason (the
 * reason itself when absent), and what `work` comes to later is dropped. No listener is left when it settles.
 */
export function untilCanceled<T>(
  work: Promise<T>,
  cancel: CancelScope,
  toError: (reason: unknown) => unknown = (reason) => reason,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort: AbortListener = (reason) => reject(toError(reason));
    work.then(
      (value) => {
        cancel.offAbort(onAbort);
        resolve(value);
      },
      (error: unknown) => {
        cancel.offAbort(onAbort);
        reject(error);
      },
    );
    cancel.onAbort(onAbort);
  });
}
