import { line } from "../code/build.ts";
import type { Code } from "../code/code.ts";
import { numberText, quote } from "../code/text.ts";
import type { JsonType, Schema } from "../model/schema.ts";
import { assertionsOf, holdsBytes, isPlainRef } from "../plan/schema-facts.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { isArray, isObject, type JsonValue } from "../source/json.ts";
import { compileArray } from "./validate-array.ts";
import {
  argumentList,
  block,
  check,
  countOf,
  delegate,
  freshName,
  hoist,
  hoistPattern,
  isTrivial,
  negate,
  noneHolds,
  when,
  wholeSubject,
  type Fault,
  type Statement,
  type Subject,
  type ValidatorScope,
} from "./validate-code.ts";
import { compileCombinations } from "./validate-combinations.ts";
import { compileNumberFormat, formatCheckOf } from "./validate-formats.ts";
import { compileObject } from "./validate-object.ts";

/** Statements that check `subject` against a schema; each returns false from the function when it fails for good. */
export function compileSchema(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  if (!scope.repeated.isRepeated(schema)) return compileKeywords(schema, subject, scope);
  return [delegate(compileFunction(schema, scope), subject)];
}

/** As `compileSchema`, never by a call of a function for the whole schema. */
export function compileKeywords(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  if (isTrivial(schema)) return [];
  if (schema.always === false) return [check(undefined, subject, ["false", "nothing: the contract forbids it"])];
  return [
    ...compileReference(schema, subject, scope),
    ...compileValues(schema, subject, scope),
    ...compileTypes(schema, subject, scope),
    ...compileCombinations(schema, subject, scope),
  ];
}

/** An expression that is true when `value` fits the schema: a test, or a call of a validator. */
export function compilePredicate(schema: Schema, value: string, scope: ValidatorScope): Code {
  if (schema.always === false) return "false";
  if (isTrivial(schema)) return "true";
  return inlinePredicate(schema, value, scope) ?? [compileFunction(schema, scope), "(", value, ")"];
}

/** A test of a few words, for schemas that are no more than a type or a list of values. */
function inlinePredicate(schema: Schema, value: string, scope: ValidatorScope): Code | undefined {
  if (!assertionsOf(schema).every((keyword) => ["types", "enum", "constant"].includes(keyword))) return undefined;
  const [only, ...more] = compileKeywords(schema, { value, path: [] }, scope);
  if (only === undefined) return "true";
  if (more.length > 0 || typeof only !== "object" || !("kind" in only) || only.kind !== "exit") return undefined;
  const [bad] = only.bad;
  return typeof bad !== "string" || only.bad.length > 1 || !only.isPure ? undefined : negate(bad);
}

/** The name of a validator function for the schema: a named one, or one made here; equal schemas share one. */
function compileFunction(schema: Schema, scope: ValidatorScope): Code {
  const reference = isPlainRef(schema) ? scope.validatorOf(schema.ref as string) : undefined;
  if (reference !== undefined) return reference;
  const key = scope.repeated.keyOf(schema);
  const known = scope.functions.get(key);
  if (known !== undefined) return known;
  const name = freshName(scope, `${scope.owner}$`);
  scope.functions.set(key, name);
  scope.statements.push(declareValidator(name, compileKeywords(schema, wholeSubject, scope), false));
  return name;
}

/** A validator function around the statements of its schema. */
export function declareValidator(name: Code, statements: readonly Statement[], isExported: boolean): Code {
  const head = `${isExported ? "export " : ""}function `;
  const parameters: Code = [
    argumentList(["v: any", 'p = ""', ["i?: ", runtimeSymbol("ValidationIssue"), "[]"]]),
    ": boolean",
  ];
  if (statements.length === 0) return block([head, name, parameters], ["return true;"]);
  return block([head, name, parameters], ["const n = i?.length;", ...statements, "return i?.length === n;"]);
}

function compileReference(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const validator = schema.ref === undefined ? undefined : scope.validatorOf(schema.ref);
  return validator === undefined ? [] : [delegate(validator, subject)];
}

function compileValues(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const found: Statement[] = [];
  if (schema.constant !== undefined) {
    const bad = differs(schema, subject.value, scope);
    found.push(check(bad, subject, ["const", `the value ${JSON.stringify(schema.constant.value)}`]));
  }
  if (schema.enum !== undefined) {
    const isScalar = schema.enum.every((value) => typeof value !== "object" || value === null);
    const set = hoist(scope, "values", schema.enum, isScalar ? "new Set<unknown>" : "");
    const bad: Code = isScalar
      ? [`!${set}.has(`, comparable(schema, subject.value), ")"]
      : [`!${set}.some((value: unknown) => `, runtimeSymbol("isEqual"), `(value, ${subject.value}))`];
    found.push(check(bad, subject, ["enum", `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`]));
  }
  return found;
}

/** The value as it can be compared with a contract's. */
function comparable({ bigint }: Schema, value: string): Code {
  return bigint === true ? [runtimeSymbol("plainNumber"), `(${value})`] : value;
}

function differs(schema: Schema, subject: string, scope: ValidatorScope): Code {
  const value = schema.constant?.value as JsonValue;
  if (typeof value === "number" && schema.bigint === true) return [comparable(schema, subject), ` !== ${value}`];
  if (typeof value === "string") return `${subject} !== ${quote(value)}`;
  if (typeof value !== "object" || value === null) return `${subject} !== ${String(value)}`;
  return ["!", runtimeSymbol("isEqual"), `(${subject}, ${hoist(scope, "constant", value)})`];
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

/** Where numbers of JSON are bigints; small ones may be numbers, which are as good on the wire. */
const bigintTests: typeof typeTests = {
  integer: (value) => [runtimeSymbol("isWhole"), `(${value})`],
  number: (value) => [runtimeSymbol("isNumeric"), `(${value})`],
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

function compileTypes(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const { types } = schema;
  const tests = schema.bigint === true ? { ...typeTests, ...bigintTests } : typeTests;
  const testOf = (type: string): Code => tests[type]?.(subject.value) ?? "true";
  // Forms carry files as bytes; what its schema says of text is then not checked.
  const isFile = types?.includes("string") === true && holdsBytes(schema);
  const typeTestOf = (type: string): Code =>
    isFile && type === "string" ? [runtimeSymbol("isFilePart"), `(${subject.value})`] : testOf(type);
  const groups = (["string", "number", "array", "object"] as const).flatMap((group) => {
    const isAllowed = types === undefined || types.some((type) => groupOf(type) === group);
    const statements = isAllowed ? compileGroup(group, schema, subject, scope) : [];
    return statements.length === 0 ? [] : [{ group, statements }];
  });
  if (types === undefined || types.length === 0) {
    return groups.map(({ group, statements }) => when(testOf(group), statements));
  }
  const nameOf = (type: string): string => (isFile && type === "string" ? "a file" : (typeNames[type] ?? type));
  const fault: Fault = ["type", types.map(nameOf).join(" or ")];
  const [only, ...more] = groups;
  const ofGroup = types.filter((type) => groupOf(type) === only?.group);
  const [type] = ofGroup;
  if (only !== undefined && type !== undefined && more.length === 0 && ofGroup.length === 1 && !isFile) {
    const others = types.filter((other) => other !== type);
    const otherwise = check(others.length === 0 ? undefined : noneOf(others.map(testOf)), subject, fault);
    return [{ kind: "either", test: testOf(type), body: only.statements, otherwise }];
  }
  return [
    ...(impliesTypes(schema) ? [] : [check(noneOf(types.map(typeTestOf)), subject, fault)]),
    ...groups.map(({ group, statements }) => when(testOf(group), statements)),
  ];
}

function noneOf(tests: readonly Code[]): Code {
  const [only, ...more] = tests;
  if (only !== undefined && more.length === 0) return negate(only);
  return tests.length === 2 && tests.every((test) => typeof test === "string")
    ? tests.map((test) => negate(test)).flatMap((test, index): Code[] => (index === 0 ? [test] : [" &&", line, test]))
    : noneHolds(tests);
}

/** Whether values from a list are of the declared types already. */
export function impliesTypes({ types, enum: values, constant }: Schema): boolean {
  const listed = constant === undefined ? values : [constant.value];
  return listed?.every((value) => types?.some((type) => hasType(value, type))) === true;
}

function hasType(value: JsonValue, type: JsonType): boolean {
  if (value === null || isArray(value) || isObject(value)) {
    return type === (value === null ? "null" : isArray(value) ? "array" : "object");
  }
  return typeof value === type || (type === "integer" && Number.isInteger(value));
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

function compileGroup(
  group: KeywordGroup,
  schema: Schema,
  subject: Subject,
  scope: ValidatorScope,
): readonly Statement[] {
  switch (group) {
    case "string":
      return compileString(schema, subject, scope);
    case "number":
      return compileNumber(schema, subject, scope);
    case "array":
      return compileArray(schema, subject, scope);
    case "object":
      return compileObject(schema, subject, scope);
  }
}

function compileString(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const { value } = subject;
  const found: Statement[] = [];
  if (schema.minLength !== undefined && schema.minLength > 0) {
    const bad: Code =
      schema.minLength === 1 ? `${value}.length < 1` : [runtimeSymbol("lengthOf"), `(${value}) < ${schema.minLength}`];
    found.push(check(bad, subject, ["minLength", `at least ${countOf(schema.minLength, "character")}`]));
  }
  if (schema.maxLength !== undefined) {
    found.push(
      check([runtimeSymbol("lengthOf"), `(${value}) > ${schema.maxLength}`], subject, [
        "maxLength",
        `at most ${countOf(schema.maxLength, "character")}`,
      ]),
    );
  }
  const name = schema.pattern === undefined ? undefined : hoistPattern(scope, schema.pattern);
  if (name !== undefined) {
    // A text that is too long is not searched: its length is what peers choose, and patterns can be slow.
    const fault = check(`!${name}.test(${value})`, subject, ["pattern", `text that matches ${schema.pattern ?? ""}`]);
    const isShort = schema.maxLength === undefined ? undefined : `${value}.length <= ${schema.maxLength * 2}`;
    found.push(isShort === undefined ? fault : when(isShort, [fault]));
  }
  const format = formatCheckOf(schema, scope);
  if (format !== undefined)
    found.push(check(["!", runtimeSymbol(format[0]), `(${value})`], subject, ["format", format[1]]));
  return found;
}

function compileNumber(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const { value } = subject;
  const found: Statement[] = [];
  const limit = (bound: number | undefined, operator: string, [keyword, expected]: readonly [string, string]): void => {
    if (bound !== undefined)
      found.push(check(`${value} ${operator} ${numberText(bound)}`, subject, [keyword, `${expected} ${bound}`]));
  };
  limit(schema.minimum, "<", ["minimum", "at least"]);
  limit(schema.maximum, ">", ["maximum", "at most"]);
  limit(schema.exclusiveMinimum, "<=", ["exclusiveMinimum", "more than"]);
  limit(schema.exclusiveMaximum, ">=", ["exclusiveMaximum", "less than"]);
  if (schema.multipleOf !== undefined && schema.multipleOf > 0) {
    found.push(
      check(
        [
          "!",
          runtimeSymbol(schema.bigint === true ? "isMultipleOfWhole" : "isMultipleOf"),
          `(${value}, ${numberText(schema.multipleOf)})`,
        ],
        subject,
        ["multipleOf", `a multiple of ${schema.multipleOf}`],
      ),
    );
  }
  return [...found, ...compileNumberFormat(schema, subject, scope)];
}
