import type { SourceRange } from "../source/source-file.ts";

export type Severity = "error" | "warning" | "info";

/** A finding in a contract, for people and machines. Text is lower-case, in the contract's terms, no full stop. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable kebab-case code of the catalogue. */
  readonly code: string;
  readonly message: string;
  /** One action that mends it. */
  readonly help: string;
  readonly range?: SourceRange;
  /** Other places that matter, for example the other side of a contradiction. */
  readonly related?: readonly RelatedPlace[];
}

export interface RelatedPlace {
  readonly range: SourceRange;
  readonly message: string;
}

/** An entry of the catalogue: the parameters are typed, so a message can't be made with one missing. */
export interface MessageDefinition<Parameters> {
  readonly severity: Severity;
  readonly code: string;
  readonly message: (parameters: Parameters) => string;
  readonly help: (parameters: Parameters) => string;
}

/** Makes a catalogue entry; see `catalogue/`, one file a step. */
export function defineMessage<Parameters>(definition: MessageDefinition<Parameters>): MessageDefinition<Parameters> {
  return definition;
}

/** Makes a diagnostic from a catalogue entry. */
export function createDiagnostic<Parameters>(
  definition: MessageDefinition<Parameters>,
  parameters: Parameters,
  places: { readonly range?: SourceRange | undefined; readonly related?: readonly RelatedPlace[] } = {},
): Diagnostic {
  return {
    severity: definition.severity,
    code: definition.code,
    message: definition.message(parameters),
    help: definition.help(parameters),
    ...(places.range === undefined ? {} : { range: places.range }),
    ...(places.related === undefined || places.related.length === 0 ? {} : { related: places.related }),
  };
}

/** A step's value with everything it has to say. The value is usable when `hasErrors(diagnostics)` is false. */
export interface Outcome<Value> {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether a step's value is unusable. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
