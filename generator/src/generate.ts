import type { OutputFile } from "./code/code.ts";
import { printModule } from "./code/print.ts";
import { check } from "./check/check.ts";
import { hasErrors, type Diagnostic } from "./diagnostics/diagnostic.ts";
import { emit } from "./emit/emit.ts";
import type { LoadInput } from "./load/loaded.ts";
import { load } from "./load/load.ts";
import { lower } from "./lower/lower.ts";
import type { Model } from "./model/model.ts";
import { plan } from "./plan/plan.ts";
import type { NativeFacts, PolicyLayer } from "./policy/layers.ts";

/** What a run is asked for, beside its contracts. */
export interface GenerateOptions {
  readonly importExtension: "ts" | "js";
  /** `own` emits messages to `_pb` modules; `external` leaves them to protoc-gen-es, in the same places. */
  readonly messages: "own" | "external";
  /** Only what derives from protos alone, and no index: what the buf plugin writes. */
  readonly protosOnly?: boolean;
  /** Whether validators check `format`; they do by default. */
  readonly formats?: "assert" | "annotate";
  /** What JSON's formats int64 and uint64 become; `number` by default. */
  readonly int64?: "number" | "bigint";
  /** Policy defaults of the configuration by kind, weakest first. */
  readonly defaultsFor?: (kind: NativeFacts["kind"]) => readonly PolicyLayer[];
}

/** What a run gives. With `needs`, read those files and call again; `files` is empty until then, and on errors. */
export interface Generated {
  readonly files: readonly OutputFile[];
  readonly needs: readonly string[];
  readonly model: Model | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Contracts in, code out: the six steps of the generator, each a pure function over the value of the one before.
 *
 * - `load` reads texts and descriptors: values with places, references as edges, overlays applied, old versions raised.
 * - `lower` brings the formats to one model, policies merged.
 * - `check` judges the model as a whole.
 * - `plan` decides modules and names.
 * - `emit` makes code with symbols from it.
 * - `print` settles imports and layout.
 *
 * A step's errors end the run after that step, so that all of its findings are shown together.
 */
export function generate(input: LoadInput, options: GenerateOptions): Generated {
  const loaded = load(input);
  if (loaded.value.needs.length > 0) return stop({ needs: loaded.value.needs, diagnostics: [] });
  if (hasErrors(loaded.diagnostics)) return stop({ diagnostics: loaded.diagnostics });

  const lowered = lower(loaded.value.loaded, options);
  const soFar = [...loaded.diagnostics, ...lowered.diagnostics];
  if (hasErrors(soFar)) return stop({ diagnostics: soFar });
  const model = lowered.value;

  const checked = [...soFar, ...check(model)];
  if (hasErrors(checked)) return stop({ diagnostics: checked, model });

  const planned = plan(model, options.int64 === undefined ? {} : { int64: options.int64 });
  const diagnostics = [...checked, ...planned.diagnostics];
  if (hasErrors(diagnostics)) return stop({ diagnostics, model });

  const modules = emit(model, planned.value, options);
  const files = modules.map((module) => printModule(module, options));
  return { files, needs: [], model, diagnostics };
}

function stop(ended: Pick<Generated, "diagnostics"> & Partial<Generated>): Generated {
  return { files: [], needs: [], model: undefined, ...ended };
}
