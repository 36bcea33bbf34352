import type { JsonValue } from "./json.ts";
import type { SourceFile, SourceRange } from "./source-file.ts";

/** What a reader may find wrong; `load` turns each into an entry of the catalogue. */
export type ReadProblemKind =
  | "syntax"
  | "duplicate-key"
  | "too-deep"
  | "too-large"
  | "several-documents"
  | "alias-limit"
  | "complex-key"
  | "unknown-tag"
  | "lenient";

/** A finding of a reader: lower-case text without a full stop, and where. */
export interface ReadProblem {
  readonly kind: ReadProblemKind;
  readonly message: string;
  readonly range: SourceRange;
  /** For duplicate keys: where the key stood first. */
  readonly first?: SourceRange;
}

/** A read file. The value is undefined when the text can't be read at all; the problems then say why. */
export interface ReadResult {
  readonly value: JsonValue | undefined;
  readonly problems: readonly ReadProblem[];
}

/** Limits of the readers, so that a hostile file costs bounded time and memory. */
export interface ReadLimits {
  /** Longest text, in UTF-16 code units; default 64 Mi. */
  readonly maxLength: number;
  /** Deepest nesting of objects and arrays, aliases counted as if they were written out; default 200. */
  readonly maxDepth: number;
  /** Values that YAML aliases and merge keys may add, counted as if they were written out; default 1,000,000. */
  readonly maxAliasedValues: number;
}

/** The limits of a normal run. */
export const defaultLimits: ReadLimits = { maxLength: 64 * 1024 * 1024, maxDepth: 200, maxAliasedValues: 1_000_000 };

/** The result for a text that is too long, or undefined when it is not. */
export function refuseLongText(file: SourceFile, limits: ReadLimits): ReadResult | undefined {
  if (file.text.length <= limits.maxLength) return undefined;
  const mebibytes = Math.floor(limits.maxLength / (1024 * 1024));
  const found = Math.ceil(file.text.length / (1024 * 1024));
  const message = `expected a file of at most ${mebibytes} MiB, found ${found} MiB`;
  return { value: undefined, problems: [{ kind: "too-large", message, range: { file, start: 0, end: 0 } }] };
}
