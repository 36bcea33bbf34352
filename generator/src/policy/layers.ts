import type { PolicyLayerName } from "../model/policy.ts";
import type { JsonObject } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";

/** One policy as written, in the shape of `x-trilogue` whatever its syntax was. Its objects carry places. */
export interface PolicyLayer {
  readonly name: PolicyLayerName;
  readonly value: JsonObject;
  readonly range: SourceRange;
  /**
   * Whether it was written for more than this operation: what can't hold here is then left off without an error.
   * Absent: every layer but `operation` and `override` is.
   */
  readonly isWide?: boolean;
  /** True for another tool's policy, read as it is (gRPC service config): what can't hold here is a warning. */
  readonly isImported?: boolean;
}

/** What the contract's own language says of an operation, before any policy. */
export interface NativeFacts {
  readonly kind: "rpc" | "http" | "event";
  /** Streams have no default deadline and no retry after the first message. */
  readonly isStream: boolean;
  readonly level: {
    readonly value: "safe" | "idempotent" | "keyed" | "none";
    readonly why: string;
    readonly range?: SourceRange;
  };
  /** True when `level` is stated (GET, `NO_SIDE_EFFECTS`, ...), so that a policy against it is a contradiction. */
  readonly levelIsFact: boolean;
  readonly key?: {
    readonly from: "header" | "field" | "message";
    readonly name: string;
    readonly required: boolean;
    readonly range?: SourceRange;
  };
  /** Whether the operation asks for an authenticated caller. */
  readonly hasSecurity: boolean;
}
