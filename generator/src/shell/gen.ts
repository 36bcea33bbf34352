import { runGenerate, type RunResult } from "./run-generate.ts";
import { readGenSettings } from "./settings.ts";

/** What `gen` is asked for; all of it is optional, as on the command line. Paths may be relative. */
export interface GenOptions {
  /** Contract directories. Default: as trilogue.yaml says, else `contracts`. */
  readonly contracts?: string | readonly string[];
  /** Output folder. Default: as trilogue.yaml says, else `gen`; needed with `contracts`. */
  readonly out?: string;
  /** Configuration. Default: `trilogue.yaml`, where there is one. */
  readonly config?: string;
  /** A compiled google.protobuf.FileDescriptorSet instead of calling buf or protoc. */
  readonly descriptorSet?: string;
  /** How generated files import each other. Default: by the nearest tsconfig.json. */
  readonly importExtension?: "ts" | "js";
  /** `external` leaves `_pb` files to protoc-gen-es. Default `own`. */
  readonly messages?: "own" | "external";
  /** Write nothing; the result is `checked` when what is on disk is what would be written, else `failed`. */
  readonly check?: boolean;
  /** What relative paths are relative to. Default: the process's working directory. */
  readonly workingDirectory?: string;
}

/**
 * How a run ended: `written`, `unchanged` (nothing to do), `checked` (with `check`: up to date) or `failed`, with
 * everything that was found, and the numbers of files generated, written and removed.
 */
export type GenResult = RunResult;

/**
 * Does what `trilogue gen` does, without printing: reads the contracts, generates, and brings the output folder to
 * exactly what was generated. Errors in contracts, configuration and on disk are diagnostics of a `failed` result, with
 * which nothing was written.
 *
 * ```ts
 * const { outcome, diagnostics } = await gen({ contracts: "contracts", out: "src/gen" });
 * ```
 *
 * @throws {TypeError} when the options contradict each other, with the command line's words.
 */
export async function gen(options: GenOptions = {}): Promise<GenResult> {
  const { contracts, importExtension, descriptorSet, ...rest } = options;
  const flags = {
    ...rest,
    contracts: typeof contracts === "string" ? [contracts] : contracts,
    "import-extension": importExtension,
    "descriptor-set": descriptorSet,
  };
  const read = readGenSettings(flags, options.workingDirectory ?? process.cwd());
  if ("usage" in read) throw new TypeError(read.usage);
  const { settings, diagnostics } = read;
  if (settings === undefined) return { outcome: "failed", diagnostics, written: 0, removed: 0, files: 0 };
  const result = await runGenerate(settings, { check: options.check === true });
  return { ...result, diagnostics: [...diagnostics, ...result.diagnostics] };
}
