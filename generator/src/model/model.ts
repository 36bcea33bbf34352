import type { EventContract } from "./event.ts";
import type { HttpContract } from "./http.ts";
import type { RpcContract } from "./rpc.ts";
import type { NamedType, TypeId } from "./schema.ts";

export type Contract = RpcContract | HttpContract | EventContract;

/** All contracts of a run, in one vocabulary. Formats meet here; nothing behind it knows YAML or descriptors' wire. */
export interface Model {
  /** Sorted by path. */
  readonly contracts: readonly Contract[];
  readonly types: ReadonlyMap<TypeId, NamedType>;
}
