import { madeOnDemand } from "../code/build.ts";
import type { CodeModule } from "../code/code.ts";
import type { PlannedHome } from "../plan/plan.ts";
import { namedTypeStatements } from "./named-types.ts";
import type { TypeScope } from "./type-scope.ts";

/** The `_schema` module of a document that is no contract itself: its types. */
export function emitSchema(home: PlannedHome, scope: TypeScope): CodeModule {
  return {
    path: home.module,
    source: home.source,
    declares: home.declares,
    statements: madeOnDemand(() => namedTypeStatements(home, scope)),
  };
}
