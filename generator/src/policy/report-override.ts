import { configMessages } from "../diagnostics/catalogue/config.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { showValue } from "./read-field.ts";

/** A place in a policy file or service config that holds something else than it should. */
export interface OverrideProblem {
  readonly path: string;
  readonly expected: string;
  readonly found: JsonValue | undefined;
  readonly range: SourceRange;
}

/** Reports what is wrong in a policy file or a gRPC service config. */
export function reportOverride(diagnostics: Diagnostic[], problem: OverrideProblem): void {
  const { path, expected, found, range } = problem;
  diagnostics.push(
    createDiagnostic(configMessages.invalidOverride, { path, expected, found: showValue(found) }, { range }),
  );
}
