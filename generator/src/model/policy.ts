import type { SourceRange } from "../source/source-file.ts";

/** Where an effective value comes from. */
export type Origin =
  | { readonly kind: "builtin" }
  /** Derived from a native fact, for example the HTTP method; `why` says from which. */
  | { readonly kind: "derived"; readonly why: string; readonly range?: SourceRange }
  | { readonly kind: "contract"; readonly layer: PolicyLayerName; readonly range: SourceRange };

/** Layers, weakest first (DESIGN: precedence). */
export type PolicyLayerName =
  "config" | "root" | "service" | "tag" | "path" | "server" | "channel" | "operation" | "override";

/** One effective value with its origin; `path` is dotted: `retry.backoff.initial`. */
export interface PolicyValue {
  readonly path: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** The effective policy of an operation: every value with its origin, and the runtime's literal made from them. */
export interface ResolvedPolicy {
  /** Sorted by path; built-in defaults included. */
  readonly values: readonly PolicyValue[];
  /** What the generated descriptor carries: runtime field names, milliseconds, built-in defaults left out. */
  readonly literal: { readonly [key: string]: unknown };
}
