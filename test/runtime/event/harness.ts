import { createMemoryBroker, type MemoryBroker, type MemoryBrokerOptions } from "../../../runtime/src/broker/memory.ts";
import { jsonCodec } from "../../../runtime/src/codegen/v1/events.ts";
import type { EventMessage, EventOperation, EventService } from "../../../runtime/src/descriptor/event.ts";
import type { OperationPolicy } from "../../../runtime/src/descriptor/policy.ts";
import type { Validator } from "../../../runtime/src/descriptor/validate.ts";
import type { ConsumerOutcome } from "../../../runtime/src/event/index.ts";
import { createMemoryStore, type MemoryTx } from "../../../runtime/src/store/memory.ts";
import type { Store } from "../../../runtime/src/store/store.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/simulation.ts";

/** An order, and its number among those of its customer. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly n: number;
}

export type OrderEvent = {
  readonly type: "OrderPlaced";
  readonly data: Order;
  readonly headers?: { readonly retries?: number };
};

/** Written by hand as the generator writes them. */
export const validateOrder: Validator = (value, pointer = "", issues) => {
  const order = value as Partial<Order> | null;
  if (typeof order !== "object" || order === null) return fail(issues, pointer, "type", "an object");
  const okId = typeof order.id === "string" || fail(issues, `${pointer}/id`, "type", "a string");
  const okN = typeof order.n === "number" || fail(issues, `${pointer}/n`, "type", "a number");
  return okId && okN;
};

export const validateOrderHeaders: Validator = (value, pointer = "", issues) => {
  const { retries } = value as { retries?: unknown };
  return retries === undefined || typeof retries === "number" || fail(issues, `${pointer}/retries`, "type", "a number");
};

export const orderMessage: EventMessage = {
  type: "OrderPlaced",
  codec: jsonCodec(),
  validate: validateOrder,
  validateHeaders: validateOrderHeaders,
};

/** One operation with the policy under test. */
export function orderOperation(policy: Partial<OperationPolicy> = {}): EventOperation<OrderEvent> {
  return {
    kind: "event",
    name: "orderPlaced",
    service: "shop.v1.ShopEvents",
    action: "receive",
    channel: { name: "orders", address: "shop.orders" },
    messages: [orderMessage],
    policy: {
      idempotency: { level: "keyed" },
      delivery: { ordering: "perKey", key: "customer" },
      deadLetter: { channel: "shop.dead" },
      ...policy,
    },
  };
}

export interface ShopOperations {
  readonly orderPlaced: EventOperation<OrderEvent>;
}

export function shopEvents(policy: Partial<OperationPolicy> = {}): EventService<ShopOperations> {
  return { kind: "event", name: "shop.v1.ShopEvents", operations: { orderPlaced: orderOperation(policy) } };
}

/** A world in virtual time: bus, store, and what happened. */
export interface World {
  readonly environment: Simulation;
  readonly broker: MemoryBroker;
  readonly store: Store<MemoryTx>;
  /** Orders whose effect was committed, in the order of the commits. */
  readonly effects: Order[];
  readonly outcomes: ConsumerOutcome[];
  /** Writes the effect in the handler's transaction. */
  readonly effect: (order: Order, tx: MemoryTx) => void;
  /** Lets time pass until nothing is unsettled, at most ten minutes. */
  settle(): Promise<void>;
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
}

export function createWorld(seed: number | string = 1, options: Partial<MemoryBrokerOptions> = {}): World {
  const environment = createSimulation({ seed });
  const broker = createMemoryBroker({ environment, ...options });
  const effects: Order[] = [];
  return {
    environment,
    broker,
    effects,
    outcomes: [],
    store: createMemoryStore({ environment }),
    effect: (order, tx) =>
      tx.onCommit(() => {
        effects.push(order);
      }),
    run: (work) => environment.run(work),
    settle: async () => {
      for (let second = 0; second < 600; second++) {
        await new Promise<void>((resolve) => {
          environment.setTimer(resolve, 1_000);
        });
        // Groups that nobody is in any more, such as readers of dead letters, leave what they like.
        if (broker.subscriptions().every(({ address, group }) => broker.backlog(address, group) === 0)) return;
      }
      throw new Error(`still ${broker.pending()} unsettled after ten minutes`);
    },
  };
}

/**
 * A store as one process sees it: after `die` its open transactions are rolled back, as a database does when the
 * connection is gone, and the process learns nothing of anything any more.
 */
export function mortal(store: Store<MemoryTx>): { readonly store: Store<MemoryTx>; readonly die: () => void } {
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => undefined);
  let dead = false;
  return {
    store: {
      ...store,
      transaction: async (work, options) => {
        const forever = new Promise<never>(() => undefined);
        if (dead) return forever;
        try {
          return await store.transaction((tx) => Promise.race([work(tx), death.promise]), options);
        } catch (error) {
          if (dead) return forever;
          throw error;
        }
      },
    },
    die: () => {
      dead = true;
      death.reject(new Error("the process died"));
    },
  };
}

export function order(customer: string, n: number): Order {
  return { id: `${customer}-${n}`, customer, n };
}

/** The numbers of each customer's effects, in order. */
export function byCustomer(effects: readonly Order[]): Readonly<Record<string, readonly number[]>> {
  const groups = Map.groupBy(effects, ({ customer }) => customer);
  return Object.fromEntries([...groups].map(([customer, orders]) => [customer, orders.map(({ n }) => n)]));
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function fail(issues: Parameters<Validator>[2], pointer: string, keyword: string, expected: string): false {
  issues?.push({ pointer, keyword, expected });
  return false;
}
