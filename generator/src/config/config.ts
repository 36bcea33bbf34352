import type { NativeFacts, PolicyLayer } from "../policy/layers.ts";

/** The project's settings from `trilogue.yaml`; what is undefined is up to the command line or its default. */
export interface Config {
  /** Contract directories, relative to the configuration's folder. */
  readonly contracts: readonly string[] | undefined;
  /** Output folder, relative to the configuration's folder. */
  readonly out: string | undefined;
  /** Undefined: read from the tsconfig nearest to the output. */
  readonly importExtension: "ts" | "js" | undefined;
  /** What JSON's `format: int64` becomes; proto is always `bigint`. */
  readonly int64: "number" | "bigint";
  /** `prettier` formats the output with the project's own prettier. */
  readonly format: "none" | "prettier";
  /** Whether validators check `format` (`assert`) or ignore it (`annotate`). */
  readonly formats: "assert" | "annotate";
  /** `external` leaves the messages of protos (`_pb` files) to the user's own protoc-gen-es. */
  readonly messages: "own" | "external";
  /** The weakest layers of every operation's policy: those of all kinds, then the kind's own. */
  readonly defaults: PolicyDefaults;
}

/** Policy defaults by the kind of operation that they are for. */
export type PolicyDefaults = Readonly<Record<"all" | NativeFacts["kind"], PolicyLayer | undefined>>;

/** The settings of a project without `trilogue.yaml`. */
export const defaultConfig: Config = {
  contracts: undefined,
  out: undefined,
  importExtension: undefined,
  int64: "number",
  format: "none",
  formats: "assert",
  messages: "own",
  defaults: { all: undefined, http: undefined, rpc: undefined, event: undefined },
};

/** The policy layers that the configuration gives operations of a kind, weakest first. */
export function selectDefaults(defaults: PolicyDefaults, kind: NativeFacts["kind"]): readonly PolicyLayer[] {
  return [defaults.all, defaults[kind]].filter((layer) => layer !== undefined);
}
