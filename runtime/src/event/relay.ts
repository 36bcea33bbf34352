import type { Broker } from "../broker/broker.ts";
import type { Logger } from "../call/context.ts";
import { silentLogger } from "../call/create-context.ts";
import type { EventOperation } from "../descriptor/event.ts";
import { operationId } from "../descriptor/operation.ts";
import { CancelScope, untilCanceled } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { createPurging } from "../idempotency/purging.ts";
import { backoffMs } from "../policy/backoff.ts";
import type { OutboxRow, Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { bindingsFor } from "./bindings.ts";
import { operationsOf, type Operations } from "./operations.ts";

/** How a relay is made. */
export interface RelayOptions {
  readonly store: Store<any>;
  readonly broker: Broker;
  readonly environment?: Environment;
  readonly logger?: Logger;
  readonly telemetry?: Telemetry;
  /** Services whose messages it publishes, for the bindings of their channels. */
  readonly services?: readonly Operations[];
  /** Rows taken at once; 500 when absent. */
  readonly batch?: number;
  /** Milliseconds between looks at the store when it gives no hint; 1 000 when absent. */
  readonly pollMs?: number;
  /** How long taken rows are its own, milliseconds; 30 000 when absent. Publishing stops in time before. */
  readonly leaseMs?: number;
  /** Keys published at once; 64 when absent. */
  readonly concurrency?: number;
}

/** A running relay. */
export interface Relay {
  /** Finishes what is being published, gives the rest back, and ends. */
  stop(): Promise<void>;
  /** Resolves once a look at the store has found nothing left to publish. */
  idle(): Promise<void>;
}

/** After failures. */
const relayBackoff = { initialMs: 100, maxMs: 5_000, jitter: "full" } as const;
/** Share of the lease after which nothing new is published, so that two relays never have the same row. */
const leaseShare = 0.6;

/**
 * Publishes what handlers put into the outbox, after their transactions committed. A row is deleted after the broker's
 * confirm; a crash in between publishes it again under the same id. Rows of one key are published one after another in
 * the order they were appended, and none overtakes one that failed.
 */
export function startRelay(options: RelayOptions): Relay {
  return new RunningRelay(options);
}

/** What one look at the store came to. */
interface Round {
  readonly taken: number;
  readonly published: number;
  readonly failed: boolean;
}

class RunningRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #environment: Environment;
  readonly #logger: Logger;
  readonly #owner: string;
  readonly #operations: ReadonlyMap<string, EventOperation>;
  readonly #stopped = new CancelScope();
  readonly #done: Promise<void>;
  #hinted = false;
  #wake: (() => void) | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment;
    this.#logger = options.logger ?? silentLogger;
    this.#owner = this.#environment.newId();
    this.#operations = new Map(
      (options.services ?? []).flatMap((service) =>
        Object.values(operationsOf(service).operations).map((operation) => [operationId(operation), operation]),
      ),
    );
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new ServiceError("canceled", "the relay stops", { origin: "framework" }));
    this.#wake?.();
    await this.#done;
  }

  idle(): Promise<void> {
    if (this.#stopped.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#hint();
    });
  }

  async #run(): Promise<void> {
    const { batch = 500, pollMs = 1_000, store } = this.#options;
    const stopListening = store.outbox.onAppend(() => this.#hint());
    const storeUsed = createPurging({ environment: this.#environment, store, logger: this.#logger });
    for (let failures = 0; !this.#stopped.aborted;) {
      this.#hinted = false;
      // Those who ask later want a later look.
      const waiters = this.#idleWaiters.splice(0);
      const round = await this.#round(batch);
      storeUsed();
      // One row that no broker takes must not slow down all others: only rounds without any success count up.
      failures = !round.failed ? 0 : round.published > 0 ? 1 : failures + 1;
      if (round.taken === 0 && !round.failed) for (const waiter of waiters) waiter();
      else this.#idleWaiters.unshift(...waiters);
      if (round.failed)
        await this.#wait(backoffMs(relayBackoff, failures, { random: () => this.#environment.random() }), false);
      else if (round.taken === 0) await this.#wait(pollMs, true);
    }
    stopListening();
    for (const waiter of this.#idleWaiters.splice(0)) waiter();
  }

  /** One batch. Failures of store and broker alike are logged, and tried again after a pause. */
  async #round(batch: number): Promise<Round> {
    const { store, telemetry, leaseMs = 30_000 } = this.#options;
    try {
      const rows = await store.outbox.take(batch, this.#owner, leaseMs);
      if (rows.length === 0) return { taken: 0, published: 0, failed: false };
      const published = await this.#publishAll(rows, leaseMs * leaseShare);
      const confirmed = rows.filter(({ id }) => published.has(id)).map(({ id }) => id);
      const rest = rows.filter(({ id }) => !published.has(id)).map(({ id }) => id);
      if (confirmed.length > 0) await store.outbox.delete(confirmed);
      if (rest.length > 0) await store.outbox.giveBack(rest, this.#owner);
      telemetry?.count("outbox.published", confirmed.length, {});
      return { taken: rows.length, published: confirmed.length, failed: rest.length > 0 };
    } catch (error) {
      this.#logger.log("error", "the outbox could not be relayed", { error: String(error) });
      return { taken: 0, published: 0, failed: true };
    }
  }

  async #publishAll(rows: readonly OutboxRow[], withinMs: number): Promise<ReadonlySet<string>> {
    const queues = Map.groupBy(rows, ({ address, key, id }) =>
      JSON.stringify(key === null ? [id] : [address, key]),
    ).values();
    const published = new Set<string>();
    // What is on its way when the relay stops is confirmed first; only the lease cuts it off.
    const cut = new CancelScope();
    const timer = this.#environment.setTimer(
      () => cut.abort(new ServiceError("deadline_exceeded", "the lease ends")),
      withinMs,
    );
    const work = async (): Promise<void> => {
      for (const queue of queues) {
        for (const row of queue) {
          if (this.#stopped.aborted || cut.aborted || !(await this.#publish(row, cut))) break;
          published.add(row.id);
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: this.#options.concurrency ?? 64 }, work));
    } finally {
      timer.cancel();
    }
    return published;
  }

  async #publish({ id, operation, ...message }: OutboxRow, cut: CancelScope): Promise<boolean> {
    const { broker } = this.#options;
    const descriptor = this.#operations.get(operation);
    const bindings = descriptor === undefined ? undefined : bindingsFor(descriptor, broker.protocol);
    try {
      const confirmed = broker.publish(message, {
        messageId: id,
        signal: cut.signal,
        ...(bindings === undefined ? {} : { bindings }),
      });
      // Also when the broker ignores its signal, or one lost confirm would stop the relay for ever.
      await untilCanceled(confirmed, cut);
      return true;
    } catch (error) {
      const { code } = toServiceError(error);
      this.#logger.log("warn", "a message of the outbox was not confirmed", {
        operation,
        address: message.address,
        code,
      });
      return false;
    }
  }

  #hint(): void {
    this.#hinted = true;
    this.#wake?.();
  }

  /** Until the time is over, the relay stops, or (when `hints` count) something was appended. */
  #wait(ms: number, hints: boolean): Promise<void> {
    if (this.#stopped.aborted || (hints && this.#hinted)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = undefined;
        timer.cancel();
        resolve();
      };
      const timer = this.#environment.setTimer(done, ms);
      this.#wake = () => {
        if (hints || this.#stopped.aborted) done();
      };
    });
  }
}
