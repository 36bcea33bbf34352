import { docComment } from "../code/doc-comment.ts";
import { isKeyword, keyword, objectType, union } from "../code/type-tree.ts";
import type { TypeMember, TypeTree } from "../code/type-tree.ts";
import type { Property, Schema } from "../model/schema.ts";
import { findProperty } from "./type-lookup.ts";
import { innerScope } from "./type-scope.ts";
import type { TypeScope } from "./type-scope.ts";

/** More types of values than this beside additional properties are not worth listing. */
const maxIndexTypes = 8;

/** The type of any schema; handed in, because that function needs this file. */
export type TypeOfSchema = (schema: Schema, scope: TypeScope) => TypeTree;

/** Copies within copies of property types; deeper ones are `unknown`, which the intersection makes harmless. */
const maxBorrowed = 3;

/**
 * The object type of a schema's own keywords. `scope.outer` ends with the schema itself, so that a `required` name can
 * find its property in what the schema is combined with. `isAlone`: its other keywords have no type.
 */
export function objectTree(
  schema: Schema,
  wholeScope: TypeScope,
  { isAlone, typeOf }: { readonly isAlone: boolean; readonly typeOf: TypeOfSchema },
): TypeTree {
  const scope: ObjectScope = { ...wholeScope, typeOf };
  const required = new Set(schema.required);
  const properties = (schema.properties ?? []).filter(({ hidden }) => hidden !== true);
  const members = properties.map((property) => memberOf(property, required, scope));
  const declared = new Set(properties.map(({ name }) => name));
  for (const name of required) {
    if (declared.has(name)) continue;
    const member = requiredMember(name, schema, scope);
    if (member !== undefined) members.push(member);
  }
  const isCombined = !isAlone || scope.outer.slice(0, -1).some((outer) => !isPassing(outer));
  const extra = extraType(schema, scope);
  if (extra === undefined) return objectType(members, members.length === 0 ? keyword("unknown") : undefined);
  // Combined with other types, an index signature would have to hold their properties too: only `unknown` always does.
  const isClosed = isKeyword(extra, "never") && members.length > 0;
  if (isCombined) return objectType(members, isClosed ? undefined : keyword("unknown"));
  if (isKeyword(extra, "never")) return objectType(members, members.length === 0 ? extra : undefined);
  return objectType(members, indexType(extra, members));
}

interface ObjectScope extends TypeScope {
  readonly typeOf: TypeOfSchema;
}

function memberOf({ name, schema }: Property, required: ReadonlySet<string>, scope: ObjectScope): TypeMember {
  const doc = docComment(schema.description, schema.deprecated === true ? { isDeprecated: true } : {});
  return {
    name,
    isOptional: !required.has(name),
    type: scope.typeOf(schema, innerScope(scope)),
    ...(doc === undefined ? {} : { doc }),
  };
}

/** A schema that says nothing but which alternatives there are: what is in it stands alone. */
function isPassing(schema: Schema): boolean {
  const { ref, message, properties, required, additionalProperties, patternProperties, allOf, anyOf, oneOf } = schema;
  if ([ref, message, properties, required, additionalProperties, patternProperties].some((part) => part !== undefined))
    return false;
  const compositions = [allOf, anyOf, oneOf].filter((members) => members !== undefined);
  return compositions.length === 1 && (allOf === undefined || allOf.length === 1);
}

/** A name that is required here and declared elsewhere, as in `allOf: [Base, { required: [id] }]`. */
function requiredMember(name: string, schema: Schema, scope: ObjectScope): TypeMember | undefined {
  const found = findProperty(scope.outer, name, { types: scope.types, except: schema });
  if (found?.isRequired === true) return undefined;
  if (found !== undefined) return { name, isOptional: false, type: borrowedType(found.schema, scope) };
  const extra = schema.additionalProperties;
  return {
    name,
    isOptional: false,
    type: extra === undefined ? keyword("unknown") : scope.typeOf(extra, innerScope(scope)),
  };
}

function borrowedType(schema: Schema, scope: ObjectScope): TypeTree {
  if (scope.borrowed.length >= maxBorrowed || scope.borrowed.includes(schema)) return keyword("unknown");
  return scope.typeOf(schema, { ...innerScope(scope), borrowed: [...scope.borrowed, schema] });
}

/** What keys without a declaration hold: undefined when nothing is said, `never` when there must be none. */
function extraType(schema: Schema, scope: ObjectScope): TypeTree | undefined {
  const { additionalProperties: additional, patternProperties: patterns } = schema;
  if (patterns === undefined || patterns.length === 0) {
    return additional === undefined ? undefined : scope.typeOf(additional, innerScope(scope));
  }
  const rest = additional === undefined ? keyword("unknown") : scope.typeOf(additional, innerScope(scope));
  return union([...patterns.map((pattern) => scope.typeOf(pattern.schema, innerScope(scope))), rest]);
}

/** An index signature must hold the declared properties too, or nothing could be assigned. */
function indexType(extra: TypeTree, members: readonly TypeMember[]): TypeTree {
  if (isKeyword(extra, "unknown") || members.length > maxIndexTypes) return keyword("unknown");
  const absent = members.some(({ isOptional }) => isOptional) ? [keyword("undefined")] : [];
  return union([extra, ...members.map(({ type }) => type), ...absent]);
}
