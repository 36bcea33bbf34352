import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Loaded } from "../load/loaded.ts";
import type { Contract } from "../model/model.ts";
import type { NativeFacts, PolicyLayer } from "../policy/layers.ts";
import type { AvroNames } from "./avro-names.ts";
import type { SchemaLowering } from "./schema.ts";

/** What the run adds to the contracts. */
export interface LowerOptions {
  /** What JSON's formats int64 and uint64 become; `number` by default. */
  readonly int64?: "number" | "bigint";
  /** Policy defaults of `trilogue.yaml` by kind, weakest first; they stand below every layer of the contracts. */
  readonly defaultsFor?: (kind: NativeFacts["kind"]) => readonly PolicyLayer[];
  /** Layers above the contract's own, weakest first, by `service.full.Name/operation`: policy files and the like. */
  readonly overridesFor?: (operation: string) => readonly PolicyLayer[];
}

/** What every lowering gets: all documents, the one schema lowering of the run, and where to put findings. */
export interface LoweringInput {
  readonly loaded: Loaded;
  readonly options: LowerOptions;
  readonly schemas: SchemaLowering;
  /** Named types of all Avro files. */
  readonly avro: AvroNames;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Lowers all documents of one contract kind. */
export type Lowering = (input: LoweringInput) => readonly Contract[];
