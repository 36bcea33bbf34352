import type { Broker, Environment, Interceptor } from "@trilogue/runtime";
import type { Chaos } from "./chaos.ts";
import type { Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";

/** What every service of the shop is built with. */
export interface Kit {
  readonly environment: Environment;
  readonly network: Network;
  readonly broker: Broker;
  readonly ledger: Ledger;
  readonly chaos: Chaos;
  /** Where the databases lie, one a service. */
  readonly folder: string;
  readonly interceptors: readonly Interceptor[];
  /** `declared`: the contracts' policies hold. `naive`: the control run, with blind retries in their place. */
  readonly protection: "declared" | "naive";
  /** The service as the chosen protection has it. */
  readonly use: <Service extends { readonly operations: object }>(service: Service) => Service;
  /** Calls with what the chosen protection adds by hand: nothing, or blind retries. */
  readonly call: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A running service of the shop. */
export interface Part {
  /** Messages that wait in its outbox. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}
