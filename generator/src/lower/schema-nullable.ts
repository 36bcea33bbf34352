import { oldNullable } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Schema } from "../model/schema.ts";
import { rangeOf } from "../source/json.ts";
import type { Draft, SchemaStep } from "./schema-state.ts";

/** Annotations that describe the place and so stay outside when the rest becomes one of two alternatives. */
const annotations = ["title", "description", "deprecated", "default", "examples", "readOnly", "writeOnly"] as const;

/**
 * Turns `nullable: true` of OpenAPI 3.0 into a type `null`. Beside references and compositions, which would each refuse
 * null, the whole becomes `anyOf: [null, ...]`: that is what authors mean, though 3.0.3 read to the letter says less.
 */
export function applyNullable(draft: Draft, step: SchemaStep): Schema {
  if (step.object["nullable"] !== true) return draft;
  if (!step.frame.dialect.hasNullable) warnOnce(step);
  const isComposed =
    draft.ref !== undefined ||
    draft.message !== undefined ||
    draft.allOf !== undefined ||
    draft.anyOf !== undefined ||
    draft.oneOf !== undefined ||
    draft.constant !== undefined ||
    draft.if !== undefined;
  if (isComposed) return asAlternative(draft);
  if (draft.types !== undefined && !draft.types.includes("null")) draft.types = [...draft.types, "null"];
  if (draft.enum !== undefined && !draft.enum.includes(null)) draft.enum = [...draft.enum, null];
  return draft;
}

function asAlternative(draft: Draft): Schema {
  const outer: Draft = { at: draft.at };
  const inner: Draft = { ...draft };
  for (const key of annotations) {
    if (draft[key] === undefined) continue;
    Object.assign(outer, { [key]: draft[key] });
    delete inner[key];
  }
  outer.anyOf = [inner, { at: draft.at, types: ["null"] }];
  return outer;
}

function warnOnce(step: SchemaStep): void {
  const {
    state,
    frame: { document, dialect },
  } = step;
  if (!state.isFirst(document, "nullable")) return;
  state.report(
    createDiagnostic(oldNullable, { version: dialect.name }, { range: rangeOf(step.object, "nullable", "key") }),
  );
}
