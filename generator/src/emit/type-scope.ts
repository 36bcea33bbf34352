import { reference } from "../code/type-tree.ts";
import type { TypeTree } from "../code/type-tree.ts";
import type { Model } from "../model/model.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import type { Plan } from "../plan/plan.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/** What the type of a schema depends on beside the schema. */
export interface TypeScope {
  readonly plan: Plan;
  readonly types: ReadonlyMap<TypeId, NamedType>;
  /** Schemas that hold together with this one: those whose `allOf`, `anyOf` or `oneOf` it is in, outermost first. */
  readonly outer: readonly Schema[];
  /** Properties of other types whose types are being copied; a copy within its own copy would never end. */
  readonly borrowed: readonly Schema[];
}

/** Bytes of a message: whole payloads, and `bytes` and `fixed` of Avro. */
export const bytesType: TypeTree = reference(runtimeSymbol("BinaryPayload"));

/** A file of a form. */
export const fileType: TypeTree = reference(runtimeSymbol("FilePart"));

/** The scope of a whole run; emitters derive theirs from it. */
export function createTypeScope(model: Model, plan: Plan): TypeScope {
  return {
    plan,
    types: model.types,
    outer: [],
    borrowed: [],
  };
}

/** The scope of a schema in its own right: a property, an item, a body. */
export function innerScope(scope: TypeScope): TypeScope {
  return scope.outer.length === 0 ? scope : { ...scope, outer: [] };
}
