import type { Broker, Delivery, Subscription } from "../broker/broker.ts";
import type { Logger } from "../call/context.ts";
import { silentLogger } from "../call/create-context.ts";
import type { Interceptor } from "../call/interceptor.ts";
import type { EventOperation, EventService } from "../descriptor/event.ts";
import { operationId, type OperationMap } from "../descriptor/operation.ts";
import { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
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
  /** Subscribes; resolves when messages can come. */
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

class RunningConsumer implements Consumer {
  readonly #routes: readonly Route[];
  readonly #options: ConsumerOptions<any>;
  readonly #core: ConsumerCore;
  readonly #running: { readonly lanes: Lanes<Delivery>; subscription: Subscription }[] = [];
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
  }

  async start(): Promise<void> {
    if (this.#running.length > 0 || this.#core.draining.aborted) {
      throw new ServiceError("failed_precondition", `start consumer "${this.#options.group}": it was started before`);
    }
    for (const route of this.#routes) {
      const lanes = new Lanes<Delivery>(route.concurrency, (delivery) =>
        settleDelivery(this.#core, delivery, route.candidates),
      );
      this.#running.push({ lanes, subscription: await this.#subscribe(route, lanes) });
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
    try {
      await Promise.all(
        this.#running.map(async ({ lanes, subscription }) => {
          const closed = subscription.close({ signal: last.signal });
          for (const delivery of lanes.clear()) await this.#giveBack(delivery);
          await closed;
        }),
      );
    } finally {
      for (const timer of timers) timer.cancel();
    }
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

  async #subscribe(route: Route, lanes: Lanes<Delivery>): Promise<Subscription> {
    return this.#options.broker.subscribe({
      address: route.address,
      group: this.#options.group,
      prefetch: route.prefetch,
      ordered: route.ordered,
      ...(route.bindings === undefined ? {} : { bindings: route.bindings }),
      deliver: (delivery) => {
        if (this.#core.draining.aborted) void this.#giveBack(delivery);
        else lanes.push(laneKey(route, delivery), delivery);
      },
      onError: (error) => {
        this.#core.logger.log("error", "a subscription broke", { address: route.address, error: String(error) });
        void this.#resubscribe(route, lanes);
      },
    });
  }

  /** Adapters reconnect by themselves; when one gives up, this goes on until the consumer ends. */
  async #resubscribe(route: Route, lanes: Lanes<Delivery>): Promise<void> {
    const { environment, draining, logger } = this.#core;
    for (let attempt = 1; !draining.aborted; attempt++) {
      try {
        await sleep(
          environment,
          backoffMs(resubscribeBackoff, attempt, { random: () => environment.random() }),
          draining.signal,
        );
        const subscription = await this.#subscribe(route, lanes);
        const running = this.#running.find((other) => other.lanes === lanes);
        if (running === undefined || draining.aborted) await subscription.close();
        else running.subscription = subscription;
        return;
      } catch (error) {
        logger.log("warn", "could not subscribe again", { address: route.address, attempt, error: String(error) });
      }
    }
  }
}

/** Messages without a key are in order within their partition, where order is wanted. */
function laneKey(route: Route, { message, place }: Delivery): string | undefined {
  if (!route.ordered) return undefined;
  return message.key === null ? `partition ${place.partition ?? ""}` : `key ${message.key}`;
}
