import type { Code } from "../code/code.ts";
import { quote } from "../code/text.ts";
import type { Schema, TypeId } from "../model/schema.ts";
import { hoist, hoistPattern, negate, type ValidatorScope } from "./validate-code.ts";

// Which properties and items other keywords have evaluated (JSON Schema 2020-12 core, section 11), as one expression:
// keywords that always apply are listed, those that apply only when a sub-schema fits test it first.

/** An expression that is true when the property `key` of `object` has been evaluated. */
export function evaluatedProperty(
  schema: Schema,
  at: { readonly object: string; readonly key: string },
  scope: ValidatorScope,
): Code {
  const own = (part: Schema): Code[] => {
    if (part.additionalProperties !== undefined) return ["true"];
    const names = (part.properties ?? []).map((property) => property.name);
    const known = names.length === 0 ? [] : [`${hoist(scope, "known", names, "new Set")}.has(${at.key})`];
    const patterns = (part.patternProperties ?? []).flatMap(({ pattern }) => {
      const name = hoistPattern(scope, pattern);
      return name === undefined ? [] : [`${name}.test(${at.key})`];
    });
    return [...known, ...patterns];
  };
  const nested = (part: Schema): boolean => part.unevaluatedProperties !== undefined;
  return joinOr(collect(schema, at.object, { scope, own, nested, trail: new Set(), isRoot: true }));
}

/** An expression that is true when the item at `index` of `array` has been evaluated. */
export function evaluatedItem(
  schema: Schema,
  at: { readonly array: string; readonly index: string },
  scope: ValidatorScope,
): Code {
  const own = (part: Schema): Code[] => {
    if (part.items !== undefined) return ["true"];
    const prefix = part.prefixItems?.length ?? 0;
    const contained: Code[] =
      part.contains === undefined ? [] : [scope.predicate(part.contains, `${at.array}[${at.index}]`)];
    return [...(prefix === 0 ? [] : [`${at.index} < ${prefix}`]), ...contained];
  };
  const nested = (part: Schema): boolean => part.unevaluatedItems !== undefined;
  return joinOr(collect(schema, at.array, { scope, own, nested, trail: new Set(), isRoot: true }));
}

interface Collecting {
  readonly scope: ValidatorScope;
  readonly own: (schema: Schema) => Code[];
  /** Whether a schema inside evaluates everything itself. */
  readonly nested: (schema: Schema) => boolean;
  readonly trail: ReadonlySet<TypeId>;
  readonly isRoot: boolean;
}

function collect(schema: Schema, value: string, how: Collecting): Code[] {
  if (!how.isRoot && how.nested(schema)) return ["true"];
  const inner: Collecting = { ...how, isRoot: false };
  const whenFits = (part: Schema): Code[] => {
    const evaluated = collect(part, value, inner);
    return evaluated.length === 0 ? [] : [["(", how.scope.predicate(part, value), " && (", joinOr(evaluated), "))"]];
  };
  const found: Code[] = [...how.own(schema)];
  for (const part of schema.allOf ?? []) found.push(...collect(part, value, inner));
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) found.push(...whenFits(part));
  for (const { property, schema: part } of schema.dependentSchemas ?? []) {
    const evaluated = collect(part, value, inner);
    if (evaluated.length > 0)
      found.push([`(Object.hasOwn(${value}, ${quote(property)}) && (`, joinOr(evaluated), "))"]);
  }
  if (schema.if !== undefined) {
    found.push(...whenFits(schema.if));
    const test = how.scope.predicate(schema.if, value);
    const then = schema.then === undefined ? [] : collect(schema.then, value, inner);
    const otherwise = schema.else === undefined ? [] : collect(schema.else, value, inner);
    if (then.length > 0) found.push(["(", test, " && (", joinOr(then), "))"]);
    if (otherwise.length > 0) found.push(["(", negate(test), " && (", joinOr(otherwise), "))"]);
  }
  const target = schema.ref === undefined || how.trail.has(schema.ref) ? undefined : how.scope.types.get(schema.ref);
  if (target !== undefined && schema.ref !== undefined) {
    found.push(...collect(target.schema, value, { ...inner, trail: new Set([...how.trail, schema.ref]) }));
  }
  return found;
}

function joinOr(tests: readonly Code[]): Code {
  if (tests.length === 0) return "false";
  return tests.flatMap((test, index): Code[] => (index === 0 ? [test] : [" || ", test]));
}
