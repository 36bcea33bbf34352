import { breakAfter, group, join, line } from "../code/build.ts";
import type { Code } from "../code/code.ts";
import { quote } from "../code/text.ts";
import type { Schema } from "../model/schema.ts";
import { assertionsOf } from "../plan/schema-facts.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import {
  check,
  delegate,
  freshName,
  negate,
  noneHolds,
  when,
  whenNot,
  type Statement,
  type Subject,
  type ValidatorScope,
} from "./validate-code.ts";

/** Statements for allOf, anyOf, oneOf, not, if, then and else. */
export function compileCombinations(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const { value } = subject;
  const found: Statement[] = (schema.allOf ?? []).flatMap((part) => [...scope.compile(part, subject)]);
  if (schema.anyOf !== undefined) found.push(...compileAnyOf(schema, subject, scope));
  if (schema.oneOf !== undefined) found.push(...compileOneOf(schema, subject, scope));
  if (schema.not !== undefined) {
    found.push(
      check(scope.predicate(schema.not, value), subject, ["not", "something that the contract does not exclude"]),
    );
  }
  if (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined)) {
    const test = scope.predicate(schema.if, value);
    const whenTrue = schema.then === undefined ? [] : scope.compile(schema.then, subject);
    const whenFalse = schema.else === undefined ? [] : scope.compile(schema.else, subject);
    if (whenTrue.length > 0) found.push(when(test, whenTrue));
    if (whenFalse.length > 0) found.push(when(negate(test), whenFalse));
  }
  return found;
}

function compileAnyOf(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const chosen = compileDiscriminator(schema, subject, scope) ?? compileNullable(schema.anyOf, subject, scope);
  if (chosen !== undefined) return chosen;
  const tests = (schema.anyOf ?? []).map((member) => scope.predicate(member, subject.value));
  return [check(noneHolds(tests), subject, ["anyOf", "one of the declared forms"])];
}

function compileOneOf(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const members = schema.oneOf ?? [];
  const isNullOnce = members.filter((member) => !excludesNull(member, scope)).length === 1;
  const chosen =
    compileDiscriminator(schema, subject, scope) ?? (isNullOnce ? compileNullable(members, subject, scope) : undefined);
  if (chosen !== undefined) return chosen;
  const count = freshName(scope, "matches");
  const counted = members.map((member): Code => ["Number(", scope.predicate(member, subject.value), ")"]);
  return [
    [breakAfter(`const ${count}`, " =", group(join([" +", line], counted))), ";"],
    check(`${count} !== 1`, subject, ["oneOf", "exactly one of the declared forms"]),
  ];
}

/** Null or one other form: then that form is checked itself, so that its issues are shown. */
function compileNullable(
  members: readonly Schema[] | undefined,
  subject: Subject,
  scope: ValidatorScope,
): readonly Statement[] | undefined {
  const others = members?.filter((member) => !isNull(member)) ?? [];
  const [other] = others;
  if (other === undefined || others.length > 1 || members?.length !== 2) return undefined;
  const statements = scope.compile(other, subject);
  return statements.length === 0 ? [] : [whenNot(subject.value, "null", statements)];
}

function isNull(schema: Schema): boolean {
  return schema.types?.length === 1 && schema.types[0] === "null" && assertionsOf(schema).length === 1;
}

/** Whether null is surely no value of the schema; looks through references and `allOf`. */
function excludesNull(schema: Schema, scope: ValidatorScope, depth: number = 0): boolean {
  if (schema.types !== undefined && !schema.types.includes("null")) return true;
  if (schema.enum !== undefined && !schema.enum.includes(null)) return true;
  if (schema.constant !== undefined && schema.constant.value !== null) return true;
  const target = schema.ref === undefined ? undefined : scope.types.get(schema.ref)?.schema;
  return (
    depth < 20 &&
    [...(schema.allOf ?? []), ...(target === undefined ? [] : [target])].some((part) =>
      excludesNull(part, scope, depth + 1),
    )
  );
}

/** A switch over the discriminator, when it tells every member apart: one branch is tried and its issues are shown. */
function compileDiscriminator(
  schema: Schema,
  subject: Subject,
  scope: ValidatorScope,
): readonly Statement[] | undefined {
  const members = schema.oneOf ?? schema.anyOf ?? [];
  const { discriminator } = schema;
  if (discriminator === undefined || discriminator.mapping.length === 0) return undefined;
  const mapped = new Set(discriminator.mapping.map(({ type }) => type));
  if (!members.every((member) => member.ref !== undefined && mapped.has(member.ref))) return undefined;
  const property = quote(discriminator.property);
  const tag = freshName(scope, "tag");
  const branches = discriminator.mapping.flatMap(({ value, type }): readonly Statement[] => {
    const validator = scope.validatorOf(type);
    return validator === undefined ? [] : [when(`${tag} === ${quote(value)}`, [delegate(validator, subject)])];
  });
  const values = discriminator.mapping.map(({ value }) => JSON.stringify(value)).join(", ");
  const known = discriminator.mapping.flatMap(({ value }, index): Code[] => [
    index === 0 ? "" : [" &&", line],
    `${tag} !== `,
    quote(value),
  ]);
  return [
    [
      `const ${tag} = `,
      runtimeSymbol("isObject"),
      `(${subject.value}) ? `,
      runtimeSymbol("own"),
      `(${subject.value}, `,
      property,
      ") : undefined;",
    ],
    check(known, subject, ["discriminator", `property ${property} to be one of ${values}`]),
    ...branches,
  ];
}
