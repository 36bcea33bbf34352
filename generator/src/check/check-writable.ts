import { ambiguousQuery, unwritable } from "../diagnostics/catalogue/check.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { HttpMediaTypeModel, HttpOperationModel, HttpParameterModel } from "../model/http.ts";
import type { JsonType, NamedType, Schema, TypeId } from "../model/schema.ts";
import { listHttpOperations } from "./operations.ts";
import type { CheckRule } from "./rule.ts";

type Types = ReadonlyMap<TypeId, NamedType>;

/** Forms are objects. */
export const checkWritable: CheckRule = ({ model }, report) => {
  const mayBe = createMayBe(model.types);
  const found = (
    operation: HttpOperationModel,
    { at }: { readonly at: Schema["at"] },
    parameters: { readonly what: string; readonly why: string; readonly instead: string },
  ): void => {
    report(createDiagnostic(unwritable, { ...parameters, operation: operation.name }, { range: at }));
  };
  for (const operation of listHttpOperations(model)) {
    for (const media of operation.body?.content ?? []) {
      if (!isForm(media) || media.schema === undefined || mayBe(media.schema, "object")) continue;
      const why = "fields are properties of an object, which its schema does not allow";
      const instead = "make its schema an object, or take another media type";
      found(operation, media, { what: `the ${media.mediaType} body`, why, instead });
    }
  }
};

/** Exploded objects of any names stand among the other parameters of a query, so there can be one alone. */
export const checkAmbiguousQueries: CheckRule = ({ model }, report) => {
  const mayBe = createMayBe(model.types);
  for (const operation of listHttpOperations(model)) {
    const [first, ...others] = operation.parameters.filter((parameter) => takesAnyName(parameter, model.types, mayBe));
    for (const other of first === undefined ? [] : others) {
      const parameters = { operation: operation.name, name: other.name, other: first?.name ?? "" };
      report(createDiagnostic(ambiguousQuery, parameters, { range: other.at }));
    }
  }
};

function isForm({ mediaType }: HttpMediaTypeModel): boolean {
  return /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/.test(mediaType);
}

/** Null aside, which says nothing of what else a value may be. */
const scalars: readonly JsonType[] = ["string", "number", "integer", "boolean"];

function takesAnyName(
  { in: place, style, explode, mediaType, schema }: HttpParameterModel,
  types: Types,
  mayBe: MayBe,
): boolean {
  if (place !== "query" || style !== "form" || !explode || mediaType !== undefined) return false;
  const all = unfold(schema, types, true);
  if ([...scalars, "array" as const].some((type) => mayBe(schema, type))) return false;
  const additional = all.flatMap(({ additionalProperties }) => additionalProperties ?? []);
  const isFree = additional.length > 0 || !all.some(({ properties }) => properties !== undefined);
  return isFree && additional.every(({ always }) => always !== false);
}

/** Whether a value of the type can be valid, as far as types, enums and choices say. */
type MayBe = (schema: Schema, type: JsonType) => boolean;

/** Choices within choices are followed so far; beyond, anything may be. */
const maxDepth = 50;

/** Looks at each schema once a type: choices may lead to the same schema in many ways, or back. */
function createMayBe(types: Types): MayBe {
  const known = new Map<JsonType, Map<Schema, boolean>>();
  let depth = 0;
  const mayBe: MayBe = (schema, type) => {
    const ofType = known.get(type) ?? new Map<Schema, boolean>();
    known.set(type, ofType);
    const before = ofType.get(schema);
    if (before !== undefined) return before;
    if (depth >= maxDepth) return true;
    ofType.set(schema, true);
    depth += 1;
    const found = unfold(schema, types).every((one) => {
      if (!allowsType(one, type)) return false;
      return [one.oneOf, one.anyOf].every(
        (members) => members === undefined || members.some((member) => mayBe(member, type)),
      );
    });
    depth -= 1;
    ofType.set(schema, found);
    return found;
  };
  return mayBe;
}

function allowsType({ always, types, constant, enum: listed }: Schema, type: JsonType): boolean {
  if (always === false) return false;
  const isListed = types === undefined || types.includes(type) || (type === "integer" && types.includes("number"));
  const values = constant === undefined ? listed : [constant.value];
  const fits = (value: unknown): boolean => typeOf(value) === type || (type === "number" && typeof value === "number");
  return isListed && (values === undefined || values.some(fits));
}

function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "string" || typeof value === "boolean" ? (typeof value as "string" | "boolean") : "object";
}

const maxUnfolded = 200;

/** A schema with all that holds beside it, and where asked all that may. */
function unfold(schema: Schema, types: Types, withChoices: boolean = false): readonly Schema[] {
  const all = new Set<Schema>();
  const pending = [schema];
  for (let next = pending.pop(); next !== undefined && all.size < maxUnfolded; next = pending.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    pending.push(...(next.allOf ?? []));
    if (withChoices) pending.push(...(next.oneOf ?? []), ...(next.anyOf ?? []));
    const target = next.ref === undefined ? undefined : types.get(next.ref)?.schema;
    if (target !== undefined) pending.push(target);
  }
  return [...all];
}
