import {
  arrayType,
  intersection,
  isKeyword,
  keyword,
  literalType,
  objectType,
  reference,
  union,
} from "../code/type-tree.ts";
import type { TypeMember, TypeTree } from "../code/type-tree.ts";
import type { JsonType, Schema, TypeId } from "../model/schema.ts";
import { holdsBigint, holdsBytes } from "../plan/schema-facts.ts";
import { isArray, isObject } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";
import { shapeSymbol } from "./pb-names.ts";
import { findProperty } from "./type-lookup.ts";
import { objectTree } from "./type-object.ts";
import { bytesType, fileType, innerScope } from "./type-scope.ts";
import type { TypeScope } from "./type-scope.ts";

/**
 * The TypeScript type of the values that are valid against a schema, or of a few more: `not`, conditions, formats and
 * bounds have no type and are left to validators. All keywords apply together, as an intersection.
 */
export function schemaType(schema: Schema, scope: TypeScope): TypeTree {
  if (schema.always === false) return keyword("never");
  const within: TypeScope = { ...scope, outer: [...scope.outer, schema] };
  const parts: TypeTree[] = [];
  if (schema.ref !== undefined) parts.push(refType(schema.ref, scope));
  if (schema.message !== undefined) parts.push(messageType(schema.message, scope));
  if (schema.constant !== undefined) parts.push(ownValueType(schema, schema.constant.value));
  if (schema.enum !== undefined)
    parts.push(
      union(schema.enum.filter((value) => hasType(value, schema.types)).map((value) => ownValueType(schema, value))),
    );
  for (const member of schema.allOf ?? []) parts.push(schemaType(member, within));
  for (const members of [schema.oneOf, schema.anyOf]) {
    if (members !== undefined) parts.push(alternatives(members, schema, within));
  }
  // Most schemas are a reference, or nothing but their own keywords.
  if (parts.length === 0) return ownType(schema, { scope: within, isAlone: true }) ?? keyword("unknown");
  const others = joinParts(parts);
  const own = ownType(schema, { scope: within, isAlone: isKeyword(others, "unknown") });
  return own === undefined ? others : joinParts([...parts, own]);
}

/** As `valueType`, of a schema's own values. */
function ownValueType({ bigint }: Schema, value: JsonValue): TypeTree {
  return bigint === true && Number.isInteger(value) ? literalType(BigInt(value as number)) : valueType(value);
}

/** The type of one JSON value and of no other. */
export function valueType(value: JsonValue): TypeTree {
  if (isArray(value))
    return { kind: "tuple", elements: value.map((item) => ({ type: valueType(item), mode: "required" })) };
  if (!isObject(value)) return literalType(value);
  return objectType(Object.entries(value).map(([name, item]) => ({ name, isOptional: false, type: valueType(item) })));
}

/** Literals of object types side by side become one object type, which reads better than an intersection. */
function joinParts(parts: readonly TypeTree[]): TypeTree {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const flat = parts.flatMap((part): readonly TypeTree[] => (part.kind === "intersection" ? part.members : [part]));
  const objects = flat.filter((part): part is ObjectTree => part.kind === "object");
  const [first] = objects;
  if (first === undefined) return intersection(parts);
  const merged = objects.slice(1).reduce<ObjectTree>(mergeObjects, first);
  const joined = intersection(flat.flatMap((part): readonly TypeTree[] => (part.kind === "object" ? [] : [part])));
  // "Some object" adds nothing to a type that says which.
  if (isAnyObject(merged) && !isKeyword(joined, "unknown")) return joined;
  return intersection(
    flat.flatMap((part): readonly TypeTree[] => (part === first ? [merged] : part.kind === "object" ? [] : [part])),
  );
}

function isAnyObject(tree: ObjectTree): boolean {
  return tree.members.length === 0 && tree.index !== undefined && isKeyword(tree.index, "unknown");
}

type ObjectTree = TypeTree & { readonly kind: "object" };

function mergeObjects(left: ObjectTree, right: ObjectTree): ObjectTree {
  if (isAnyObject(left)) return right;
  if (isAnyObject(right)) return left;
  const members = new Map<string, TypeMember>(left.members.map((member) => [member.name, member]));
  for (const member of right.members) {
    const other = members.get(member.name);
    members.set(
      member.name,
      other === undefined
        ? member
        : {
            ...other,
            ...member,
            type: joinParts([other.type, member.type]),
            isOptional: other.isOptional && member.isOptional,
          },
    );
  }
  const hasIndex = left.index !== undefined || right.index !== undefined;
  const isClosed =
    members.size > 0 && [left, right].some(({ index }) => index !== undefined && isKeyword(index, "never"));
  return {
    kind: "object",
    members: [...members.values()],
    ...(hasIndex && !isClosed ? { index: keyword("unknown") } : {}),
  };
}

function refType(id: TypeId, scope: TypeScope): TypeTree {
  const planned = scope.plan.types.get(id);
  if (planned === undefined) return keyword("unknown");
  return reference(planned.symbol);
}

function messageType(fullName: string, scope: TypeScope): TypeTree {
  const desc = scope.plan.messages.get(fullName);
  return desc === undefined ? keyword("unknown") : reference(shapeSymbol(desc, scope.plan));
}

/** `oneOf` and `anyOf`: a union, whose members are told apart by the discriminator's literals where there is one. */
function alternatives(members: readonly Schema[], schema: Schema, scope: TypeScope): TypeTree {
  const types = members.map((member) => {
    const type = schemaType(member, scope);
    const tags = member.ref === undefined ? [] : tagsOf(member.ref, schema);
    const property = schema.discriminator?.property;
    if (property === undefined || tags.length === 0 || isTagged(member, property, { scope, count: tags.length }))
      return type;
    return intersection([
      type,
      objectType([{ name: property, isOptional: false, type: union(tags.map(literalType)) }]),
    ]);
  });
  return union(types);
}

function tagsOf(member: TypeId, schema: Schema): readonly string[] {
  return schema.discriminator?.mapping.filter(({ type }) => type === member).map(({ value }) => value) ?? [];
}

/** Whether a member itself limits the tag to as few values as the mapping does. */
function isTagged(
  member: Schema,
  property: string,
  { scope, count }: { readonly scope: TypeScope; readonly count: number },
): boolean {
  const found = findProperty([member], property, { types: scope.types });
  if (found === undefined || !found.isRequired) return false;
  const { constant, enum: values } = resolveAlias(found.schema, scope);
  return constant !== undefined || (values !== undefined && values.length <= count);
}

function resolveAlias(schema: Schema, scope: TypeScope): Schema {
  return schema.ref === undefined ? schema : (scope.types.get(schema.ref)?.schema ?? schema);
}

/** What `type` and the keywords of objects and arrays say; undefined when they add nothing to the other keywords. */
function ownType(
  schema: Schema,
  { scope, isAlone }: { readonly scope: TypeScope; readonly isAlone: boolean },
): TypeTree | undefined {
  const isShaped = hasObjectKeywords(schema) || hasArrayKeywords(schema);
  if (!isShaped && !isAlone) return undefined;
  const types =
    schema.types ?? (hasObjectKeywords(schema) ? ["object"] : hasArrayKeywords(schema) ? ["array"] : undefined);
  if (types === undefined) return isAlone && holdsBytes(schema) ? binaryType(schema) : undefined;
  const typeOf = (type: JsonType): TypeTree =>
    type === "object" ? objectTree(schema, scope, { isAlone, typeOf: schemaType }) : jsonType(type, schema, scope);
  const [only] = types;
  return types.length === 1 && only !== undefined ? typeOf(only) : union(types.map(typeOf));
}

function jsonType(type: Exclude<JsonType, "object">, schema: Schema, scope: TypeScope): TypeTree {
  switch (type) {
    case "null":
    case "boolean":
      return keyword(type);
    case "integer":
    case "number":
      return keyword(holdsBigint(schema) ? "bigint" : "number");
    case "string":
      return holdsBytes(schema) ? binaryType(schema) : keyword("string");
    case "array":
      return arrayTree(schema, innerScope(scope));
  }
}

function binaryType(schema: Schema): TypeTree {
  return schema.avro === undefined ? fileType : bytesType;
}

function arrayTree(schema: Schema, scope: TypeScope): TypeTree {
  const prefix = schema.prefixItems ?? [];
  const rest = schema.items ?? schema.unevaluatedItems;
  if (prefix.length === 0 && schema.maxItems !== 0) {
    return arrayType(rest === undefined ? keyword("unknown") : schemaType(rest, scope));
  }
  const isClosed = rest?.always === false || (schema.maxItems !== undefined && schema.maxItems <= prefix.length);
  const elements = prefix.slice(0, schema.maxItems).map((item, index) => ({
    type: schemaType(item, scope),
    mode: index < (schema.minItems ?? 0) ? ("required" as const) : ("optional" as const),
  }));
  const restType = rest === undefined ? keyword("unknown") : schemaType(rest, scope);
  return { kind: "tuple", elements: isClosed ? elements : [...elements, { type: restType, mode: "rest" }] };
}

function hasObjectKeywords(schema: Schema): boolean {
  return (
    schema.properties !== undefined ||
    schema.additionalProperties !== undefined ||
    schema.patternProperties !== undefined ||
    (schema.required !== undefined && schema.required.length > 0)
  );
}

function hasArrayKeywords(schema: Schema): boolean {
  return schema.items !== undefined || schema.prefixItems !== undefined;
}

function hasType(value: JsonValue, types: readonly JsonType[] | undefined): boolean {
  if (types === undefined) return true;
  if (value === null) return types.includes("null");
  if (isArray(value)) return types.includes("array");
  if (typeof value === "number")
    return types.includes("number") || (types.includes("integer") && Number.isInteger(value));
  return types.includes(typeof value as JsonType);
}
