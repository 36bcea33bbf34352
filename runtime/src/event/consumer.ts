import type { Broker, Delivery, Subscription } from "../broker/broker.ts";
import type { Logger } from "../call/context.ts";
import { silentLogger } from "../call/create-context.ts";
import type { Interceptor } from "../call/interceptor.ts";
import type { EventOperation, EventService } from "../descriptor/event.ts";
import { operationId } from "../descriptor/operation.ts";
import { CancelScope, untilCanceled } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
import { createPurging } from "../idempotency/purging.ts";
import { backoffMs } from "../policy/backoff.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { AttemptLedger } from "./attempts.ts";
import { handlerOf, type AnyHandler } from "./handlers.ts";
import { Lanes } from "./lanes.ts";
import { operationsOf, type Operations, type OperationsOf } from "./operations.ts";
import type { ConsumerCore, ConsumerOutcome } from "./tries.ts";
import { planRoutes, type Route } from "./routes.ts";
import { hasInbox, settleDelivery } from "./settle.ts";
import type { EventHandlers } from "./types.ts";

/** How a consumer is made. */
export interface ConsumerOptions<Tx = unknown> {
  readonly broker: Broker;
  /** Consumers of one group share the work; it is also the name of the inbox. */
  readonly group: string;
  /** Holds the inbox; handlers run in its transactions, as `ctx.idempotency.tx`. */
  readonly store?: Store<Tx>;
  readonly environment?: Environment;
  readonly interceptors?: readonly Interceptor[];
  readonly logger?: Logger;
  readonly telemetry?: Telemetry;
  /** Messages handled at once per address, of as many keys; the contract's, else 16. */
  readonly concurrency?: number;
  /** Messages fetched at most; the contract's, else twice the concurrency. */
  readonly prefetch?: number;
  /** Values for `{parameters}` of addresses; those left open match everything, where the broker can. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Addresses by operation name, for channels that have none in the contract or another one here. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Called with what became of each delivery; must not throw. */
  readonly onOutcome?: (outcome: ConsumerOutcome) => void;
}

/** A set of running handlers. */
export interface Consumer {
  /** Subscribes; resolves when messages can come. When it rejects nothing is left running, and it can't start again. */
  start(): Promise<void>;
  /** Takes no more, waits for what runs, gives the rest back at the deadline (25 s when absent), and ends. */
  drain(options?: { readonly graceMs?: number }): Promise<void>;
  /** Ends at once: what runs is aborted and given back. */
  close(): Promise<void>;
}

/**
 * Makes the receiver of a service's events, or of a subset, with handlers for some or all of its operations.
 *
 * At least once; with a store, the effect that a handler writes in `ctx.idempotency.tx` happens once a message.
 * The transaction is open as long as the handler runs, and stores of one writer (memory, SQLite) let nobody else write
 * meanwhile: what waits for others belongs in the first of two phases, see `PhasedHandler`.
 * Messages of one key are handled one after another. Those that fail are tried again or put to the dead letters by the
 * code of the error, see `judgeFailure`.
 *
 * ```ts
 * const handlers = { async orderPlaced(event, ctx) { ... } };
 * const consumer = createConsumer(ShopEvents, handlers, { broker, store, group: "billing" });
 * await consumer.start();
 * ```
 * @throws {ServiceError} failed_precondition, when the contract needs a store and there is none.
 */
export function createConsumer<Methods extends object, Tx = unknown>(
  service: EventService<Methods>,
  handlers: EventHandlers<Methods, NoInfer<Tx>>,
  options: ConsumerOptions<Tx>,
): Consumer;
export function createConsumer<Methods extends OperationsOf<Methods>, Tx = unknown>(
  operations: Methods,
  handlers: EventHandlers<Methods, NoInfer<Tx>>,
  options: ConsumerOptions<Tx>,
): Consumer;
export function createConsumer(
  service: Operations,
  handlers: Readonly<Record<string, AnyHandler>>,
  options: ConsumerOptions<any>,
): Consumer {
  const { operations } = operationsOf(service);
  for (const name of Object.keys(handlers)) {
    if (handlers[name] !== undefined && !Object.hasOwn(operations, name)) throw unknownOperation(name, options);
  }
  for (const [name, operation] of Object.entries(operations)) {
    if (handlerOf(handlers, name) !== undefined) requireStore(operation, options);
  }
  return new RunningConsumer(planRoutes(operations, handlers, options), options);
}

function unknownOperation(name: string, { group }: ConsumerOptions<any>): ServiceError {
  return new ServiceError("invalid_argument", `consume as "${group}": the service has no operation "${name}"`, {
    origin: "framework",
  });
}

function requireStore(operation: EventOperation, { store }: ConsumerOptions<any>): void {
  if (store !== undefined || operation.policy.idempotency.level !== "keyed" || !hasInbox({ operation })) return;
  throw new ServiceError(
    "failed_precondition",
    `consume ${operationId(operation)}: the contract says that a repeat must have ` +
      "no effect (keyed), and that needs an inbox; pass { store }",
    { operation: operationId(operation), origin: "framework" },
  );
}

/** Between attempts to subscribe again. */
const resubscribeBackoff = { initialMs: 500, maxMs: 30_000, jitter: "equal" } as const;
/** After the grace is over, for handlers and acknowledgements to notice it. */
const lastMomentsMs = 500;

/** One route at work. `subscription` is absent until the broker has answered. */
interface Running {
  readonly route: Route;
  readonly lanes: Lanes<Delivery>;
  subscription: Subscription | undefined;
}

class RunningConsumer implements Consumer {
  readonly #routes: readonly Route[];
  readonly #options: ConsumerOptions<any>;
  readonly #core: ConsumerCore;
  readonly #storeUsed: (() => void) | undefined;
  readonly #running: Running[] = [];
  #started = false;
  #ended: Promise<void> | undefined;

  constructor(routes: readonly Route[], options: ConsumerOptions<any>) {
    this.#routes = routes;
    this.#options = options;
    this.#core = {
      broker: options.broker,
      store: options.store,
      group: options.group,
      environment: options.environment ?? systemEnvironment,
      interceptors: options.interceptors ?? [],
      logger: options.logger ?? silentLogger,
      telemetry: options.telemetry,
      ledger: new AttemptLedger(options.store),
      draining: new CancelScope(),
      aborting: new CancelScope(),
      report: options.onOutcome ?? (() => undefined),
    };
    const { environment, store, logger } = this.#core;
    this.#storeUsed = store && createPurging({ environment, store, logger });
  }

  async start(): Promise<void> {
    if (this.#started || this.#core.draining.aborted) {
      throw new ServiceError("failed_precondition", `start consumer "${this.#options.group}": it was started before`);
    }
    this.#started = true;
    try {
      for (const route of this.#routes) {
        const lanes = new Lanes<Delivery>(route.concurrency, (delivery) =>
          settleDelivery(this.#core, delivery, route.candidates).finally(this.#storeUsed),
        );
        if (this.#core.draining.aborted) return;
        const running: Running = { route, lanes, subscription: undefined };
        this.#running.push(running);
        await this.#subscribe(running);
      }
    } catch (error) {
      // Half a consumer would take messages while its maker believes that there is none.
      await this.close();
      throw error;
    }
  }

  drain({ graceMs = 25_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#ended ??= this.#end(graceMs);
    return this.#ended;
  }

  async close(): Promise<void> {
    this.#abort();
    await this.drain({ graceMs: 0 });
  }

  async #end(graceMs: number): Promise<void> {
    const { draining, environment } = this.#core;
    draining.abort(new ServiceError("canceled", "the consumer drains", { origin: "framework" }));
    const last = new CancelScope();
    const timers = [
      environment.setTimer(() => this.#abort(), graceMs),
      environment.setTimer(() => last.abort(undefined), graceMs + lastMomentsMs),
    ];
    const ends = await Promise.allSettled(this.#running.map((running) => this.#endRoute(running, last)));
    for (const timer of timers) timer.cancel();
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #endRoute({ lanes, subscription }: Running, last: CancelScope): Promise<void> {
    const closed = subscription?.close({ signal: last.signal });
    await Promise.all([closed, ...lanes.clear().map((delivery) => this.#giveBack(delivery))]);
    // Handlers of a subscription that broke before are nobody else's to wait for; after the last moments nobody does.
    await untilCanceled(lanes.settled(), last).catch(() => undefined);
  }

  #abort(): void {
    this.#core.aborting.abort(new ServiceError("canceled", "the consumer ends", { origin: "framework" }));
  }

  async #giveBack(delivery: Delivery): Promise<void> {
    try {
      await delivery.nack();
    } catch (error) {
      // The connection is gone, so the broker hands it out again by itself.
      this.#core.logger.log("debug", "a return was lost", { address: delivery.place.address, error: String(error) });
    }
  }

  async #subscribe(running: Running): Promise<void> {
    const { route, lanes } = running;
    let broken = false;
    let subscription: Subscription | undefined;
    subscription = await this.#options.broker.subscribe({
      address: route.address,
      group: this.#options.group,
      prefetch: route.prefetch,
      ordered: route.ordered,
      ...(route.bindings === undefined ? {} : { bindings: route.bindings }),
      deliver: (delivery) => {
        if (!this.#core.draining.aborted) lanes.push(laneKey(route, delivery), delivery);
        // What a subscription hands out that is still being made would come straight back: closing it returns all.
        else if (subscription !== undefined) void this.#giveBack(delivery);
      },
      onError: (error) => {
        // Told twice, it would be replaced twice, and one of the two would never be closed.
        if (broken) return;
        broken = true;
        this.#core.logger.log("error", "a subscription broke", { address: route.address, error: String(error) });
        void this.#resubscribe(running);
      },
    });
    // It drained meanwhile, and knew of no subscription to close.
    if (this.#core.draining.aborted) await subscription.close({ signal: AbortSignal.abort() });
    else running.subscription = subscription;
  }

  /** Adapters reconnect by themselves; when one gives up, this goes on until the consumer ends. */
  async #resubscribe(running: Running): Promise<void> {
    const { environment, draining, logger } = this.#core;
    for (let attempt = 1; !draining.aborted; attempt++) {
      try {
        await sleep(
          environment,
          backoffMs(resubscribeBackoff, attempt, { random: () => environment.random() }),
          draining.signal,
        );
        await this.#subscribe(running);
        return;
      } catch (error) {
        if (draining.aborted) return;
        const { address } = running.route;
        logger.log("warn", "could not subscribe again", { address, attempt, error: String(error) });
      }
    }
  }
}

/** Messages without a key are in order within their partition, where order is wanted. */
function laneKey(route: Route, { message, place }: Delivery): string | undefined {
  if (!route.ordered) return undefined;
  return message.key === null ? `partition ${place.partition ?? ""}` : `key ${message.key}`;
}
