import type { Logger } from "../call/context.ts";
import type { Credentials } from "../call/credentials.ts";
import type { Interceptor } from "../call/interceptor.ts";
import type { OperationBase, ServiceBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";
import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { isStreaming } from "../policy/deadline.ts";
import { createResilience, type Resilience } from "../policy/resilience.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Transport } from "../transport/transport.ts";
import { createCaller, type AnyCallOptions, type Caller } from "./caller.ts";
import type { Client, ClientSource, KindOf, OperationsOf } from "./types.ts";

/** What a client may be given. */
export interface ClientOptions {
  /** In order; once a logical call, above the attempts. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * HTTP: what the contract's security asks for, from `createCredentials` of `./http`. Absent: calls go out as they
   * are, for who writes the headers by itself, or leaves it to others on the way.
   */
  readonly credentials?: Credentials;
  /** Time, timers, randomness and ids; the machine's by default. */
  readonly environment?: Environment;
  readonly logger?: Logger;
  readonly telemetry?: Telemetry;
  /** State of breakers, budgets and limits; by default one for all clients of the transport. */
  readonly resilience?: Resilience;
}

/**
 * Makes a client: `createClient(Payments, transport)`, or of chosen operations, `createClient({ createPayment },
 * transport)`, so that a bundler keeps only those. Each method takes the input and `CallOptions`; what a call may do
 * (be retried, be late, be answered by a fallback) is in the contract.
 *
 * Methods reject with a `ServiceError`: `deadline_exceeded` within one timer of the deadline, `canceled` in the tick of
 * the abort, with the caller's reason as `cause`.
 */
export function createClient<const Source extends ClientSource>(
  source: Source,
  transport: Transport<NoInfer<KindOf<Source>>>,
  options: ClientOptions = {},
): Client<OperationsOf<Source>> {
  const environment = options.environment ?? options.resilience?.environment ?? systemEnvironment;
  const resilience = options.resilience ?? sharedResilience(transport, environment, options.telemetry);
  const operations = operationsOf(source);
  const binding = {
    transport,
    environment,
    resilience,
    interceptors: options.interceptors ?? [],
    credentials: options.credentials,
    logger: options.logger,
    telemetry: options.telemetry ?? resilience.telemetry,
  };
  const callers = new Map<string, Caller>();
  const callerOf = (name: string, operation: OperationBase): Caller => {
    let caller = callers.get(name);
    if (caller === undefined) {
      caller = createCaller(operation, binding, (other) => {
        const target = operations.find(([, { name: declared }]) => declared === other);
        return target === undefined ? undefined : callerOf(target[0], target[1]);
      });
      callers.set(name, caller);
    }
    return caller;
  };
  // An operation may be called anything, also `__proto__`: entries become own properties.
  return Object.fromEntries(
    operations.map(([name, operation]) => [name, createMethod(operation, () => callerOf(name, operation))]),
  ) as Client<OperationsOf<Source>>;
}

type AnyMethod = (input: unknown, options?: AnyCallOptions) => unknown;

function createMethod(operation: OperationBase, caller: () => Caller): AnyMethod {
  const kind = isStreaming(operation) ? (operation as RpcOperation).stream : "unary";
  const method: AnyMethod =
    kind === "serverStream" || kind === "bidiStream"
      ? (input, options = {}) => caller().stream(input, options)
      : (input, options = {}) => caller().call(input, options);
  // `pages` and `items` are functions of the method, so that clients without pages don't carry them.
  return operation.policy.pagination === undefined ? method : Object.assign(method, { "~operation": operation });
}

function operationsOf(source: ClientSource): readonly (readonly [string, OperationBase])[] {
  const isService = typeof (source as Partial<ServiceBase>).kind === "string";
  const operations = isService ? (source as ServiceBase).operations : source;
  return Object.entries(operations as Readonly<Record<string, OperationBase>>);
}

const shared = new WeakMap<Transport, { readonly environment: Environment; readonly resilience: Resilience }[]>();

function sharedResilience(
  transport: Transport,
  environment: Environment,
  telemetry: Telemetry | undefined,
): Resilience {
  const known = shared.get(transport) ?? [];
  const found = known.find((one) => one.environment === environment);
  if (found !== undefined) return found.resilience;
  const resilience = createResilience({ environment, telemetry });
  shared.set(transport, [...known, { environment, resilience }]);
  return resilience;
}
