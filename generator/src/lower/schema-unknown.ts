import { readOnlyAndWriteOnly, unknownKeyword } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { rangeOf } from "../source/json.ts";
import type { Draft, SchemaStep } from "./schema-state.ts";

/**
 * Keywords that ask nothing of a value, and those that the reader takes together with others: JSON Schema up to
 * 2020-12, and the Schema Objects of OpenAPI 2.0 to 3.2 and of AsyncAPI.
 */
const silent: ReadonlySet<string> = new Set([
  "$ref",
  "$id",
  "id",
  "$schema",
  "$anchor",
  "$dynamicAnchor",
  "$recursiveAnchor",
  "$vocabulary",
  "$comment",
  "$defs",
  "definitions",
  "items",
  "additionalItems",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "contentSchema",
  "nullable",
  "discriminator",
  "xml",
  "externalDocs",
  "collectionFormat",
  "enumNames",
]);

/**
 * Reports a keyword that neither JSON Schema nor OpenAPI knows, as a slip of the pen is one; once a document, because
 * the keywords of a tool stand in many schemas. `x-` and other dialects' vocabularies are the author's own.
 */
export function reportUnknown({ state, frame, object }: SchemaStep, keyword: string, known: Iterable<string>): void {
  if (silent.has(keyword) || /^x-/i.test(keyword) || frame.dialect.isCustom) return;
  if (!state.isFirst(frame.document, `keyword ${keyword}`)) return;
  const nearest = suggestName(keyword, [...known, ...silent]);
  state.report(createDiagnostic(unknownKeyword, { keyword, nearest }, { range: rangeOf(object, keyword, "key") }));
}

/** Reports a schema that is marked both ways, which OpenAPI forbids: nobody could ever send a value. */
export function reportBothMarks(draft: Draft, { state, object }: SchemaStep): void {
  if (draft.readOnly !== true || draft.writeOnly !== true) return;
  state.report(createDiagnostic(readOnlyAndWriteOnly, {}, { range: rangeOf(object, "writeOnly", "key") }));
}
