import type { CodegenValueName } from "@trilogue/runtime/codegen/symbols";
import { line } from "../code/build.ts";
import type { Code } from "../code/code.ts";
import { quote } from "../code/text.ts";
import type { Schema } from "../model/schema.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import type { JsonValue } from "../source/json.ts";
import { compileArray } from "./validate-array.ts";
import {
  block,
  check,
  delegate,
  freshName,
  hoist,
  isTrivial,
  negate,
  printJson,
  toRegExp,
  type Fault,
  type Subject,
  type ValidatorScope,
} from "./validate-code.ts";
import { compileObject } from "./validate-object.ts";

/** Statements that check `subject` against a schema; each returns false from the function when it fails for good. */
export function compileSchema(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  if (isTrivial(schema)) return [];
  if (schema.always === false) return [check(undefined, subject, ["false", "nothing: the contract forbids it"])];
  return [
    ...compileReference(schema, subject, scope),
    ...compileValues(schema, subject, scope),
    ...compileTypes(schema, subject, scope),
    ...compileCombinations(schema, subject, scope),
  ];
}

/** An expression that is true when `value` fits the schema: a call of a named validator or of a function made here. */
export function compilePredicate(schema: Schema, value: string, scope: ValidatorScope): Code {
  if (schema.always === false) return "false";
  const reference = onlyReference(schema) ? scope.validatorOf(schema.ref as string) : undefined;
  if (reference !== undefined) return [reference, "(", value, ")"];
  if (isTrivial(schema)) return "true";
  return [compileFunction(schema, scope), "(", value, ")"];
}

/** The name of a validator function for the schema: a named one, or one made here. */
export function compileFunction(schema: Schema, scope: ValidatorScope): Code {
  const reference = onlyReference(schema) ? scope.validatorOf(schema.ref as string) : undefined;
  if (reference !== undefined) return reference;
  const name = freshName(scope, `${scope.owner}$`);
  const statements = compileSchema(schema, { value: "v", path: "p" }, scope);
  scope.statements.push(declareValidator(name, statements, false));
  return name;
}

/** A validator function around the statements of its schema. */
export function declareValidator(name: Code, statements: readonly Code[], isExported: boolean): Code {
  const head = `${isExported ? "export " : ""}function `;
  const parameters: Code = ['(v: any, p = "", i?: ', runtimeSymbol("ValidationIssue"), "[]): boolean"];
  if (statements.length === 0) return block([head, name, parameters], ["return true;"]);
  return block([head, name, parameters], ["const n = i?.length;", ...statements, "return i?.length === n;"]);
}

function onlyReference(schema: Schema): boolean {
  return schema.ref !== undefined && Object.keys(schema).every((key) => annotations.has(key));
}

const annotations: ReadonlySet<string> = new Set([
  "at",
  "ref",
  "title",
  "description",
  "deprecated",
  "default",
  "examples",
  "readOnly",
  "writeOnly",
]);

function compileReference(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const validator = schema.ref === undefined ? undefined : scope.validatorOf(schema.ref);
  return validator === undefined ? [] : [delegate(validator, subject)];
}

function compileValues(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const found: Code[] = [];
  if (schema.constant !== undefined) {
    const bad = differs(schema.constant.value, subject.value, scope);
    found.push(check(bad, subject, ["const", `the value ${JSON.stringify(schema.constant.value)}`]));
  }
  if (schema.enum !== undefined) {
    const isScalar = schema.enum.every((value) => typeof value !== "object" || value === null);
    const set = hoist(
      scope,
      "values",
      isScalar ? `new Set<unknown>(${printJson([...schema.enum])})` : printJson([...schema.enum]),
    );
    const bad: Code = isScalar
      ? `!${set}.has(${subject.value})`
      : [`!${set}.some((value: unknown) => `, runtimeSymbol("isEqual"), `(value, ${subject.value}))`];
    found.push(check(bad, subject, ["enum", `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`]));
  }
  return found;
}

function differs(value: JsonValue, subject: string, scope: ValidatorScope): Code {
  if (typeof value !== "object" || value === null) return `${subject} !== ${printJson(value)}`;
  return ["!", runtimeSymbol("isEqual"), `(${subject}, ${hoist(scope, "constant", printJson(value))})`];
}

const typeTests: Readonly<Record<string, (value: string) => Code>> = {
  null: (value) => `${value} === null`,
  boolean: (value) => `typeof ${value} === "boolean"`,
  integer: (value) => `Number.isInteger(${value})`,
  number: (value) => `typeof ${value} === "number"`,
  string: (value) => `typeof ${value} === "string"`,
  array: (value) => `Array.isArray(${value})`,
  object: (value) => [runtimeSymbol("isObject"), `(${value})`],
};

const typeNames: Readonly<Record<string, string>> = {
  null: "null",
  boolean: "a boolean",
  integer: "a whole number",
  number: "a number",
  string: "a string",
  array: "an array",
  object: "an object",
};

function compileTypes(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const types = schema.types;
  const found: Code[] = [];
  if (types !== undefined) {
    const tests = types.map((type) => typeTests[type]?.(subject.value) ?? "true");
    const any = tests.flatMap((test, index): Code[] => (index === 0 ? [test] : [" || ", test]));
    const fault: Fault = ["type", types.map((type) => typeNames[type] ?? type).join(" or ")];
    const only = types.length === 1 ? groupOf(types[0]) : undefined;
    const statements = only === undefined ? [] : compileGroup(only, schema, subject, scope);
    const [first] = tests;
    if (only !== undefined && first !== undefined && statements.length > 0) {
      return [[block(["if (", first, ")"], statements), " else ", check(undefined, subject, fault)]];
    }
    found.push(check(tests.length === 1 ? negate(first ?? "true") : ["!(", any, ")"], subject, fault));
  }
  const allows = (type: string): boolean => types === undefined || types.includes(type as never);
  for (const group of ["string", "number", "array", "object"] as const) {
    if (!allows(group) && !(group === "number" && allows("integer"))) continue;
    const statements = compileGroup(group, schema, subject, scope);
    if (statements.length > 0)
      found.push(block(["if (", typeTests[group]?.(subject.value) ?? "true", ")"], statements));
  }
  return found;
}

/** Keywords come in groups, each for one type of value; other values pass them. */
type KeywordGroup = "string" | "number" | "array" | "object";

function groupOf(type: string | undefined): KeywordGroup | undefined {
  return type === "integer"
    ? "number"
    : type === "string" || type === "number" || type === "array" || type === "object"
      ? type
      : undefined;
}

function compileGroup(group: KeywordGroup, schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  switch (group) {
    case "string":
      return compileString(schema, subject, scope);
    case "number":
      return compileNumber(schema, subject);
    case "array":
      return compileArray(schema, subject, scope);
    case "object":
      return compileObject(schema, subject, scope);
  }
}

const stringFormats: Readonly<Record<string, readonly [check: CodegenValueName, expected: string]>> = {
  "date-time": ["isDateTime", "a date and time as in RFC 3339"],
  date: ["isDate", "a date as in RFC 3339"],
  time: ["isTime", "a time with offset as in RFC 3339"],
  uuid: ["isUuid", "a UUID"],
  email: ["isEmail", "an e-mail address"],
  hostname: ["isHostname", "a host name"],
  ipv4: ["isIpv4", "an IPv4 address"],
  ipv6: ["isIpv6", "an IPv6 address"],
  uri: ["isUri", "a URI"],
};

function compileString(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const { value } = subject;
  const found: Code[] = [];
  if (schema.minLength !== undefined && schema.minLength > 0) {
    const bad: Code =
      schema.minLength === 1 ? `${value}.length < 1` : [runtimeSymbol("lengthOf"), `(${value}) < ${schema.minLength}`];
    found.push(check(bad, subject, ["minLength", `at least ${schema.minLength} characters`]));
  }
  if (schema.maxLength !== undefined) {
    found.push(
      check([runtimeSymbol("lengthOf"), `(${value}) > ${schema.maxLength}`], subject, [
        "maxLength",
        `at most ${schema.maxLength} characters`,
      ]),
    );
  }
  const regExp = schema.pattern === undefined ? undefined : toRegExp(schema.pattern);
  if (regExp !== undefined) {
    const name = hoist(scope, "pattern", regExp);
    found.push(check(`!${name}.test(${value})`, subject, ["pattern", `text that matches ${schema.pattern ?? ""}`]));
  }
  const format =
    schema.format === undefined || !Object.hasOwn(stringFormats, schema.format)
      ? undefined
      : stringFormats[schema.format];
  if (format !== undefined)
    found.push(check(["!", runtimeSymbol(format[0]), `(${value})`], subject, ["format", format[1]]));
  return found;
}

function compileNumber(schema: Schema, subject: Subject): Code[] {
  const { value } = subject;
  const found: Code[] = [];
  const limit = (bound: number | undefined, operator: string, [keyword, expected]: readonly [string, string]): void => {
    if (bound !== undefined)
      found.push(check(`${value} ${operator} ${printNumber(bound)}`, subject, [keyword, `${expected} ${bound}`]));
  };
  limit(schema.minimum, "<", ["minimum", "at least"]);
  limit(schema.maximum, ">", ["maximum", "at most"]);
  limit(schema.exclusiveMinimum, "<=", ["exclusiveMinimum", "more than"]);
  limit(schema.exclusiveMaximum, ">=", ["exclusiveMaximum", "less than"]);
  if (schema.multipleOf !== undefined && schema.multipleOf > 0) {
    found.push(
      check(["!", runtimeSymbol("isMultipleOf"), `(${value}, ${printNumber(schema.multipleOf)})`], subject, [
        "multipleOf",
        `a multiple of ${schema.multipleOf}`,
      ]),
    );
  }
  if (schema.format === "int32")
    found.push(check(["!", runtimeSymbol("isInt32"), `(${value})`], subject, ["format", "a 32-bit whole number"]));
  if (schema.format === "int64") {
    found.push(
      check(["!", runtimeSymbol("isInt64"), `(${value})`], subject, [
        "format",
        "a whole number that is exact in 53 bits",
      ]),
    );
  }
  return found;
}

function compileCombinations(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const { value } = subject;
  const found: Code[] = (schema.allOf ?? []).flatMap((part) => compileSchema(part, subject, scope));
  if (schema.anyOf !== undefined) found.push(...compileAnyOf(schema, subject, scope));
  if (schema.oneOf !== undefined) found.push(...compileOneOf(schema, subject, scope));
  if (schema.not !== undefined) {
    found.push(
      check(compilePredicate(schema.not, value, scope), subject, [
        "not",
        "something that the contract does not exclude",
      ]),
    );
  }
  if (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined)) {
    const test = compilePredicate(schema.if, value, scope);
    const whenTrue = schema.then === undefined ? [] : compileSchema(schema.then, subject, scope);
    const whenFalse = schema.else === undefined ? [] : compileSchema(schema.else, subject, scope);
    if (whenTrue.length > 0) found.push(block(["if (", test, ")"], whenTrue));
    if (whenFalse.length > 0) found.push(block(["if (!", test, ")"], whenFalse));
  }
  return found;
}

function compileAnyOf(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const chosen = compileDiscriminator(schema, subject, scope);
  if (chosen !== undefined) return chosen;
  const tests = (schema.anyOf ?? []).flatMap((member, index): Code[] => {
    const test = compilePredicate(member, subject.value, scope);
    return index === 0 ? [test] : [" || ", test];
  });
  return [check(["!(", tests, ")"], subject, ["anyOf", "one of the declared forms"])];
}

function compileOneOf(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const chosen = compileDiscriminator(schema, subject, scope);
  if (chosen !== undefined) return chosen;
  const tests = (schema.oneOf ?? []).flatMap((member, index): Code[] => {
    const test: Code = ["Number(", compilePredicate(member, subject.value, scope), ")"];
    return index === 0 ? [test] : [" + ", test];
  });
  const count = freshName(scope, "matches");
  return [
    [`const ${count} = `, tests, ";"],
    check(`${count} !== 1`, subject, ["oneOf", "exactly one of the declared forms"]),
  ];
}

/** A switch over the discriminator, when it tells every member apart: one branch is tried and its issues are shown. */
function compileDiscriminator(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] | undefined {
  const members = schema.oneOf ?? schema.anyOf ?? [];
  const { discriminator } = schema;
  if (discriminator === undefined || discriminator.mapping.length === 0) return undefined;
  const mapped = new Set(discriminator.mapping.map(({ type }) => type));
  if (!members.every((member) => member.ref !== undefined && mapped.has(member.ref))) return undefined;
  const property = quote(discriminator.property);
  const tag = freshName(scope, "tag");
  const branches = discriminator.mapping.map(({ value, type }): Code => {
    const validator = scope.validatorOf(type);
    const body = validator === undefined ? [] : [delegate(validator, subject)];
    return block([`if (${tag} === `, quote(value), ")"], body);
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

function printNumber(value: number): string {
  return value < 0 || Object.is(value, -0) ? `(${value})` : String(value);
}
