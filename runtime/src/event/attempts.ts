import type { InboxEntry, Store } from "../store/store.ts";
import { ServiceError } from "../error/service-error.ts";
import { storeFailureReason } from "./verdict.ts";

/** What one process remembers of a message that failed here before; nothing depends on it but comfort. */
export interface MessageHistory {
  firstFailureAt: number;
  /** Tries that count as none, because the fault was not the message's. */
  uncounted: number;
  /** Tries counted here, when there is no store. */
  counted: number;
  /** Set when it belongs to the dead letters, but these could not be written. */
  condemned: ServiceError | undefined;
  /** How often they could not. */
  refusals: number;
}

/** Messages remembered at most; the oldest are forgotten. */
const maxHistories = 10_000;

/** Counts tries of messages: in the inbox store, so that the count survives a crash, or here without one. */
export class AttemptLedger {
  readonly #store: Store<any> | undefined;
  readonly #histories = new Map<string, MessageHistory>();

  constructor(store: Store<any> | undefined) {
    this.#store = store;
  }

  /** What is remembered of the message, if anything. */
  peek(entry: InboxEntry): MessageHistory | undefined {
    return this.#histories.get(historyKey(entry));
  }

  /** What is remembered of the message, from now on. */
  remember(entry: InboxEntry, now: number): MessageHistory {
    const key = historyKey(entry);
    const known = this.#histories.get(key);
    if (known !== undefined) return known;
    const history = { firstFailureAt: now, uncounted: 0, counted: 0, condemned: undefined, refusals: 0 };
    this.#histories.set(key, history);
    if (this.#histories.size > maxHistories) this.#histories.delete(this.#histories.keys().next().value as string);
    return history;
  }

  forget(entry: InboxEntry): void {
    this.#histories.delete(historyKey(entry));
  }

  /**
   * Counts a try and resolves to its number, from 1.
   * @throws {ServiceError} unavailable with reason `STORE_UNAVAILABLE`.
   */
  async count(entry: InboxEntry, now: number): Promise<number> {
    const history = this.#store === undefined ? this.remember(entry, now) : this.peek(entry);
    if (this.#store === undefined) return ++(history as MessageHistory).counted - (history as MessageHistory).uncounted;
    const count = await storeCall(() => (this.#store as Store<any>).inbox.countAttempt(entry));
    return Math.max(1, count - (history?.uncounted ?? 0));
  }
}

/** Runs one call of the store; whatever it throws becomes an error that is the store's, not the message's. */
export async function storeCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeFailure(error);
  }
}

/** The error of a store that did not do its part. */
export function storeFailure(cause: unknown): ServiceError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError("unavailable", `the store failed: ${why}`, {
    cause,
    reason: storeFailureReason,
    origin: "framework",
  });
}

function historyKey({ consumer, messageId }: InboxEntry): string {
  return `${consumer} ${messageId}`;
}
