import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { unwritableParameter } from "../diagnostics/catalogue/check.ts";
import type { HttpParameterModel } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { JsonType, Schema } from "../model/schema.ts";
import type { CheckRule } from "./rule.ts";

/** Lists and objects within lists and objects have a text in `deepObject` and `content` alone. */
export const checkNestedParameters: CheckRule = ({ model, operations }, report) => {
  const seen = new Set<HttpParameterModel>();
  for (const operation of operations) {
    if (operation.kind !== "http") continue;
    for (const parameter of operation.model.parameters) {
      const { in: place, name, style, mediaType, schema, at } = parameter;
      if (seen.has(parameter) || mediaType !== undefined || style === "deepObject") continue;
      seen.add(parameter);
      const nested = nestedPart(schema, model);
      if (nested === undefined) continue;
      report(createDiagnostic(unwritableParameter, { place, name, style, nested }, { range: at }));
    }
  }
};

/** What of a schema can only be a list or an object: its items, or a property. */
function nestedPart(schema: Schema, model: Model): string | undefined {
  const { items, properties = [] } = behind(schema, model);
  if (items !== undefined && isNested(items, model)) return "items";
  const property = properties.find((each) => isNested(each.schema, model));
  return property === undefined ? undefined : `property "${property.name}"`;
}

function isNested(schema: Schema, model: Model): boolean {
  const { types } = behind(schema, model);
  return types !== undefined && types.length > 0 && types.every((type) => nestedTypes.has(type));
}

const nestedTypes: ReadonlySet<JsonType> = new Set(["array", "object"]);

/** The schema that a chain of references leads to. */
function behind(schema: Schema, model: Model): Schema {
  let current = schema;
  for (let steps = 0; steps < 32 && current.ref !== undefined && current.types === undefined; steps += 1) {
    const next = model.types.get(current.ref)?.schema;
    if (next === undefined) return current;
    current = next;
  }
  return current;
}
