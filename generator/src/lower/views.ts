import type { HttpContract, HttpOperationModel } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { NamedType, Property, Schema, TypeId } from "../model/schema.ts";
import { mapOperation, reachTypes, refsOf, schemasOf } from "./model-schemas.ts";
import type { Types } from "./schema-in-place.ts";
import { mapList, mapParts, visitParts } from "./schema-parts.ts";
import type { Draft } from "./schema-state.ts";
import { createMarkFinder, type MarkFinder } from "./view-marks.ts";
import {
  createHiddenNameFinder,
  joinNames,
  mentionsAny,
  type HiddenNameFinder,
  type HiddenNames,
} from "./view-names.ts";

/**
 * Gives each direction of the wire its own view of schemas with `readOnly` and `writeOnly` properties (OpenAPI 3.2
 * section 4.24.1, JSON Schema 2020-12 validation section 9.4):
 *
 * - The output view is what responses carry. It keeps the type's own name; write-only properties are hidden in it.
 * - The input view, `<Name>Input`, is what requests carry. It is made where a request reaches a type that differs;
 *   read-only properties are hidden in it.
 *
 * A hidden property is no part of the type and isn't required. A value of it that comes all the same is known: it is
 * checked, and `additionalProperties: false` doesn't refuse it, because many clients send back what they were sent.
 *
 * Webhooks and callbacks turn round, because there the owner of the data is the one who calls. Types that only event
 * contracts reach are left as they are.
 */
export function createViews(model: Model): Model {
  const contracts = model.contracts.filter((contract) => contract.kind === "http");
  const isMarked = createMarkFinder(model.types);
  const marked = findMarked(model, contracts, isMarked);
  if (marked.size === 0) return model;
  const differing = findDiffering(model.types, marked);
  const requests = reachTypes(schemasSent(contracts, "request"), model.types);
  const responses = reachTypes(schemasSent(contracts, "response"), model.types);
  const homes = new Set(contracts.map(({ path }) => path));
  const differs = createDiffers(isMarked, differing);
  const input = createPass({ types: model.types, isMarked, differing, differs }, "request");
  const output = createPass({ types: model.types, isMarked, differing, differs }, "response");
  const types = [...model.types.values()].flatMap((type): readonly NamedType[] => {
    const isOfHttp = homes.has(type.home) || requests.has(type.id) || responses.has(type.id);
    const plain = isOfHttp ? { ...type, schema: viewOf(type.schema, output) } : type;
    if (!requests.has(type.id) || !differing.has(type.id)) return [plain];
    const schema = viewOf(type.schema, input);
    return [
      plain,
      { ...type, id: inputId(type.id), name: `${type.name}Input`, schema, view: { of: type.id, kind: "input" } },
    ];
  });
  const mapWith = (request: Pass, response: Pass) => (operation: HttpOperationModel) =>
    mapOperation(operation, (schema, { side }) => viewOf(schema, side === "request" ? request : response));
  return {
    types: new Map(types.map((type) => [type.id, type])),
    contracts: model.contracts.map((contract) =>
      contract.kind !== "http"
        ? contract
        : {
            ...contract,
            operations: contract.operations.map(mapWith(input, output)),
            webhooks: contract.webhooks.map(mapWith(output, input)),
          },
    ),
  };
}

function inputId(id: TypeId): TypeId {
  return `${id}?input`;
}

/** What goes to the owner of the data (`request`), or comes from it. */
function schemasSent(contracts: readonly HttpContract[], side: "request" | "response"): readonly Schema[] {
  const other = side === "request" ? "response" : "request";
  return contracts.flatMap(({ operations, webhooks }) => [
    ...operations.flatMap((operation) => schemasOf(operation, side)),
    ...webhooks.flatMap((operation) => schemasOf(operation, other)),
  ]);
}

/** Types with a property that one direction leaves out; inline schemas of operations count as one without id. */
function findMarked({ types }: Model, contracts: readonly HttpContract[], isMarked: MarkFinder): ReadonlySet<TypeId> {
  const found = new Set<TypeId>();
  for (const { id, schema } of types.values()) if (hasMark(schema, isMarked)) found.add(id);
  const inline = [...schemasSent(contracts, "request"), ...schemasSent(contracts, "response")];
  if (inline.some((schema) => hasMark(schema, isMarked))) found.add("");
  return found;
}

function hasOwnMark(schema: Schema, isMarked: MarkFinder): boolean {
  const own = schema.properties?.some(
    (property) =>
      property.name !== schema.discriminator?.property &&
      (isMarked(property.schema, "readOnly") || isMarked(property.schema, "writeOnly")),
  );
  return own === true;
}

function hasMark(schema: Schema, isMarked: MarkFinder): boolean {
  if (hasOwnMark(schema, isMarked)) return true;
  let isFound = false;
  visitParts(schema, (part) => {
    isFound ||= hasMark(part, isMarked);
  });
  return isFound;
}

/** Types whose two views differ: those with a mark, and those that lead to one of them. */
function findDiffering(types: Types, marked: ReadonlySet<TypeId>): ReadonlySet<TypeId> {
  const users = new Map<TypeId, TypeId[]>();
  for (const { id, schema } of types.values()) {
    for (const used of refsOf(schema)) {
      const list = users.get(used);
      if (list === undefined) users.set(used, [id]);
      else list.push(id);
    }
  }
  const found = new Set<TypeId>();
  const pending = [...marked];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    pending.push(...(users.get(id) ?? []));
  }
  return found;
}

/** Tells schemas whose views may differ from each other: few do, and the others are left as they are. */
function createDiffers(isMarked: MarkFinder, differing: ReadonlySet<TypeId>): (schema: Schema) => boolean {
  const known = new Map<Schema, boolean>();
  const differs = (schema: Schema): boolean => {
    const before = known.get(schema);
    if (before !== undefined) return before;
    let found = hasOwnMark(schema, isMarked) || leadsTo(schema, differing);
    visitParts(schema, (part) => {
      found ||= differs(part);
    });
    known.set(schema, found);
    return found;
  };
  return differs;
}

function leadsTo({ ref, discriminator }: Schema, differing: ReadonlySet<TypeId>): boolean {
  if (ref !== undefined && differing.has(ref)) return true;
  if (discriminator === undefined) return false;
  const { mapping, defaultType } = discriminator;
  return mapping.some(({ type }) => differing.has(type)) || (defaultType !== undefined && differing.has(defaultType));
}

/** One direction's rewriting of schemas. */
interface Pass {
  readonly types: Types;
  readonly differs: (schema: Schema) => boolean;
  readonly names: HiddenNameFinder;
  /** The view of a type in this direction. */
  readonly idOf: (id: TypeId) => TypeId;
  /** Schemas that several places share stay shared: validators go by identity. */
  readonly known: Map<Schema, Schema>;
  /** Schemas whose view is being made. */
  readonly open: Set<Schema>;
}

interface PassParts extends Pick<Pass, "types" | "differs"> {
  readonly isMarked: MarkFinder;
  readonly differing: ReadonlySet<TypeId>;
}

function createPass({ types, isMarked, differing, differs }: PassParts, side: "request" | "response"): Pass {
  const mark = side === "request" ? "readOnly" : "writeOnly";
  return {
    types,
    differs,
    names: createHiddenNameFinder(types, (property) => isMarked(property, mark)),
    idOf: (id) => (side === "request" && differing.has(id) ? inputId(id) : id),
    known: new Map(),
    open: new Set(),
  };
}

/** The view of a schema for a value of its own: a body, a parameter, a property, an item. */
function viewOf(schema: Schema, pass: Pass): Schema {
  if (!pass.differs(schema)) return schema;
  const known = pass.known.get(schema);
  if (known !== undefined) return known;
  const names = pass.names.ofSchema(schema);
  // A copy that leads back to this schema ends here, with references as they are.
  if (pass.open.has(schema)) return viewInPlace(schema, { pass, names, copied: [], budget: { copies: 0 } });
  pass.open.add(schema);
  const view = viewInPlace(schema, { pass, names, copied: [], budget: { copies: maxCopies } });
  pass.open.delete(schema);
  pass.known.set(schema, view);
  return view;
}

/** A type is copied into another so often at most; bases that are reached in more ways are made to break readers. */
const maxCopies = 100;

/** Where a schema applies to a value, and what of the value is hidden. */
interface Place {
  readonly pass: Pass;
  readonly names: HiddenNames;
  /** Types that are being copied into this place. */
  readonly copied: readonly TypeId[];
  /** What may still be copied into the whole of the schema. */
  readonly budget: { copies: number };
}

function viewInPlace(schema: Schema, place: Place): Schema {
  const { pass, names } = place;
  const mapped = mapParts(schema, (part, relation) => {
    switch (relation) {
      case "inner":
        return viewOf(part, pass);
      case "whole":
        return viewInPlace(part, place);
      case "member":
      case "condition":
        return viewInPlace(part, { ...place, names: joinNames(names, pass.names.ofSchema(part)) });
      case "test":
        // Without what they require, "not" and "if" would ask for something else.
        return part;
    }
  });
  return withViewOfRef(withoutExclusion(withoutHidden(mapped, names), schema, place), place);
}

function withoutHidden(schema: Schema, { hidden, loose }: HiddenNames): Schema {
  if (loose.size === 0) return schema;
  const { required = [], dependentRequired, properties, ...rest } = schema;
  const withoutLoose = (names: readonly string[]): readonly string[] => names.filter((name) => !loose.has(name));
  const kept = withoutLoose(required);
  const mark = (property: Property): Property => (hidden.has(property.name) ? { ...property, hidden: true } : property);
  return {
    ...rest,
    ...(kept.length === 0 ? {} : { required: kept }),
    ...(properties === undefined ? {} : { properties: properties.map(mark) }),
    ...(dependentRequired === undefined
      ? {}
      : {
          dependentRequired: dependentRequired.map((entry) => ({ ...entry, required: withoutLoose(entry.required) })),
        }),
  };
}

/**
 * Members of `oneOf` that lose a required name may no longer exclude each other, and a value that was right would be
 * refused: they are judged as `anyOf`. `before` is the schema with the names still in it.
 */
function withoutExclusion(schema: Schema, before: Schema, { pass, names }: Place): Schema {
  const isLoosened = before.oneOf?.some((member) => {
    const { loose } = joinNames(names, pass.names.ofSchema(member));
    return loose.size > 0 && mentionsAny(member, [...loose], { types: pass.types, where: "required" });
  });
  const { oneOf, ...rest } = schema;
  if (isLoosened !== true || oneOf === undefined) return schema;
  if (rest.anyOf === undefined) return { ...rest, anyOf: oneOf };
  return { ...rest, allOf: [...(rest.allOf ?? []), { at: schema.at, anyOf: oneOf }] };
}

/**
 * References lead to the target's view. Where this place hides more than the target knows of (`allOf: [Base, {
 * properties: { id: { readOnly: true } } }]` with `id` in the base) the target is copied here without it.
 */
function withViewOfRef(schema: Schema, { pass, names, copied, budget }: Place): Schema {
  const withTags = withViewOfTags(schema, pass);
  const { ref, ...rest } = withTags;
  const target = ref === undefined ? undefined : pass.types.get(ref);
  if (ref === undefined || target === undefined) return withTags;
  const own = pass.names.ofType(ref);
  const more = [...names.loose].filter((name) => !own.loose.has(name));
  const isCopied =
    more.length > 0 &&
    budget.copies > 0 &&
    !copied.includes(ref) &&
    mentionsAny(target.schema, more, { types: pass.types, where: "anywhere" });
  if (isCopied) {
    budget.copies -= 1;
    const copy = viewInPlace(target.schema, { pass, names: joinNames(names, own), copied: [...copied, ref], budget });
    return { ...rest, allOf: [copy, ...(rest.allOf ?? [])] };
  }
  const id = pass.idOf(ref);
  return id === ref ? withTags : { ...withTags, ref: id };
}

function withViewOfTags(schema: Schema, { idOf }: Pass): Schema {
  const { discriminator } = schema;
  if (discriminator === undefined) return schema;
  const { defaultType } = discriminator;
  const mapping = mapList(discriminator.mapping, (entry) => {
    const type = idOf(entry.type);
    return type === entry.type ? entry : { ...entry, type };
  });
  if (mapping === discriminator.mapping && (defaultType === undefined || idOf(defaultType) === defaultType)) {
    return schema;
  }
  const otherwise = defaultType === undefined ? {} : { defaultType: idOf(defaultType) };
  return { ...schema, discriminator: { ...discriminator, mapping, ...otherwise } };
}
