import type { EventOperation } from "../descriptor/event.ts";
import { operationId, type OperationMap } from "../descriptor/operation.ts";
import { ServiceError } from "../error/service-error.ts";
import { narrowAddress } from "./address.ts";
import { bindingsFor } from "./bindings.ts";
import type { ConsumerOptions } from "./consumer.ts";
import type { Candidate } from "./decode.ts";
import { handlerOf, type AnyHandler } from "./handlers.ts";

/** Messages handled at once when nothing else is said. */
const defaultConcurrency = 16;

/** One subscription: an address and the messages that may come on it. */
export interface Route {
  readonly address: string;
  /** All that the contract knows there, handled here or not. */
  readonly candidates: readonly Candidate[];
  readonly concurrency: number;
  readonly prefetch: number;
  readonly ordered: boolean;
  readonly bindings: Readonly<Record<string, unknown>> | undefined;
}

/**
 * One route an address, because two subscriptions of a group to one address would share its messages, each seeing half.
 * @throws {ServiceError} invalid_argument, when the address of a handled operation is unknown.
 */
export function planRoutes(
  operations: OperationMap<EventOperation>,
  handlers: Readonly<Record<string, AnyHandler>>,
  options: ConsumerOptions<any>,
): readonly Route[] {
  const byAddress = new Map<string, { readonly candidates: Candidate[]; readonly operations: EventOperation[] }>();
  for (const [name, operation] of Object.entries(operations)) {
    const handler = handlerOf(handlers, name);
    const address = addressOf(name, operation, options);
    if (address === undefined) {
      if (handler !== undefined) throw unknownAddress(operation);
      continue;
    }
    const group = byAddress.get(address) ?? { candidates: [], operations: [] };
    byAddress.set(address, group);
    group.candidates.push(...operation.messages.map((message) => ({ operation, message, handler })));
    if (handler !== undefined) group.operations.push(operation);
  }
  return [...byAddress]
    .filter(([, group]) => group.operations.length > 0)
    .map(([address, group]) => routeOf(address, group.candidates, { handled: group.operations, options }));
}

function routeOf(
  address: string,
  candidates: readonly Candidate[],
  { handled, options }: { readonly handled: readonly EventOperation[]; readonly options: ConsumerOptions<any> },
): Route {
  const deliveries = handled.map(({ policy }) => policy.delivery);
  const least = (values: readonly (number | undefined)[]): number | undefined => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  };
  const concurrency =
    options.concurrency ?? least(deliveries.map((delivery) => delivery?.concurrency)) ?? defaultConcurrency;
  const prefetch = options.prefetch ?? least(deliveries.map((delivery) => delivery?.prefetch)) ?? 2 * concurrency;
  const bindings = handled.map((operation) => bindingsFor(operation, options.broker.protocol));
  return {
    address,
    candidates,
    concurrency: Math.max(1, concurrency),
    prefetch: Math.max(1, prefetch, concurrency),
    ordered: deliveries.some((delivery) => delivery?.ordering !== "unordered"),
    bindings: bindings.every((binding) => binding === undefined) ? undefined : Object.assign({}, ...bindings),
  };
}

function addressOf(name: string, operation: EventOperation, options: ConsumerOptions<any>): string | undefined {
  if (options.addresses !== undefined && Object.hasOwn(options.addresses, name)) return options.addresses[name];
  const { address } = operation.channel;
  return address === null ? undefined : narrowAddress(address, options.parameters ?? {});
}

function unknownAddress(operation: EventOperation): ServiceError {
  const name = operationId(operation);
  return new ServiceError(
    "invalid_argument",
    `consume ${name}: channel "${operation.channel.name}" has no address in the ` + "contract; pass { addresses }",
    { operation: name, origin: "framework" },
  );
}
