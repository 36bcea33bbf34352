import { line } from "../code/build.ts";
import type { Code } from "../code/code.ts";
import { quote } from "../code/text.ts";
import type { Schema } from "../model/schema.ts";
import { isPlainRef } from "../plan/schema-facts.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import {
  anyOf,
  argumentList,
  block,
  check,
  countOf,
  entryOf,
  freshName,
  hoist,
  hoistPattern,
  isTrivial,
  negate,
  noneHolds,
  pointerOf,
  when,
  whenNot,
  type Statement,
  type Subject,
  type ValidatorScope,
} from "./validate-code.ts";
import { evaluatedProperty } from "./validate-evaluated.ts";

/** Statements for the object keywords; they stand where the value is known to be an object. */
export function compileObject(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  return [
    ...compileRequired(schema, subject, scope),
    ...compileCounts(schema, subject),
    ...compileProperties(schema, subject, scope),
    ...compileOthers(schema, subject, scope),
    ...compileDependents(schema, subject, scope),
    ...compileUnevaluated(schema, subject, scope),
  ];
}

/** Reads a property; names that every object inherits are read as own properties only. */
export function readProperty(object: string, name: string): Code {
  if (name === "__proto__" || name in Object.prototype) return [runtimeSymbol("own"), `(${object}, ${quote(name)})`];
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${quote(name)}]`;
}

/** One test for all names; a helper then tells which are missing. */
function compileRequired({ required = [] }: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const names = [...new Set(required)];
  const [only] = names;
  if (only === undefined) return [];
  if (names.length === 1) {
    return [check(isAbsent(subject.value, only), subject, ["required", `property ${JSON.stringify(only)}`])];
  }
  const list = hoist(scope, "required", names);
  const bad = anyOf(names.map((name) => isAbsent(subject.value, name)));
  const note = [runtimeSymbol("failRequired"), argumentList(["i", pointerOf(subject), subject.value, list])];
  return [{ kind: "exit", bad: [bad], note, isPure: true }];
}

function isAbsent(object: string, name: string): Code {
  return [readProperty(object, name), " === undefined"];
}

function compileCounts(schema: Schema, subject: Subject): readonly Statement[] {
  const found: Statement[] = [];
  if (schema.minProperties !== undefined && schema.minProperties > 0) {
    found.push(
      check(`Object.keys(${subject.value}).length < ${schema.minProperties}`, subject, [
        "minProperties",
        `at least ${propertyCount(schema.minProperties)}`,
      ]),
    );
  }
  if (schema.maxProperties !== undefined) {
    found.push(
      check(`Object.keys(${subject.value}).length > ${schema.maxProperties}`, subject, [
        "maxProperties",
        `at most ${propertyCount(schema.maxProperties)}`,
      ]),
    );
  }
  return found;
}

function propertyCount(count: number): string {
  return count === 1 ? "1 property" : `${count} properties`;
}

function compileProperties(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  return (schema.properties ?? []).flatMap((property): readonly Statement[] => {
    if (isTrivial(property.schema)) return [];
    const escaped = property.name.replaceAll("~", "~0").replaceAll("/", "~1");
    const read = readProperty(subject.value, property.name);
    if (typeof read === "string") {
      const inPlace = entryOf(subject, read, `/${escaped}`);
      const plain = scope.plain(property.schema, inPlace);
      if (plain !== undefined) return [plain];
      if (isPlainRef(property.schema)) return [when(`${read} !== undefined`, scope.compile(property.schema, inPlace))];
    }
    const name = freshName(scope, "v");
    const statements = scope.compile(property.schema, entryOf(subject, name, `/${escaped}`));
    if (statements.length === 0) return [];
    return [[`const ${name} = `, read, ";"], whenNot(name, "undefined", statements)];
  });
}

/** One loop over all keys for patternProperties, additionalProperties and propertyNames. */
function compileOthers(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const { additionalProperties: additional, propertyNames } = schema;
  const key = freshName(scope, "key");
  const value = freshName(scope, "v");
  const inner = entryOf(subject, value, { expression: [runtimeSymbol("token"), `(${key})`] });
  const patterns = (schema.patternProperties ?? []).flatMap(({ pattern, schema: part }) => {
    const name = hoistPattern(scope, pattern);
    return name === undefined ? [] : [{ name, part }];
  });
  const body: Statement[] = [];
  if (propertyNames !== undefined && !isTrivial(propertyNames)) {
    // The fault is the property's: its pointer holds the name.
    body.push(
      check(negate(scope.predicate(propertyNames, key)), inner, ["propertyNames", nameExpected(propertyNames)]),
    );
  }
  for (const { name, part } of patterns) {
    const statements = scope.compile(part, inner);
    if (statements.length > 0) body.push(when(`${name}.test(${key})`, statements));
  }
  if (additional !== undefined && additional.always !== true) {
    const known = (schema.properties ?? []).map((property) => property.name);
    const listed = known.length === 0 ? undefined : hoist(scope, "known", known, "new Set");
    const tests = [
      ...(listed === undefined ? [] : [`${listed}.has(${key})`]),
      ...patterns.map(({ name }) => `${name}.test(${key})`),
    ];
    const statements = scope.compile(additional, inner);
    const rest =
      additional.always === false
        ? [check(undefined, inner, ["additionalProperties", "no further property"])]
        : statements;
    if (rest.length > 0)
      body.push(
        ...(tests.length === 0 ? rest : [when(tests.length === 1 ? negate(tests[0] ?? "") : noneHolds(tests), rest)]),
      );
  }
  return body.length === 0 ? [] : [loopOverKeys(subject, { key, value }, body)];
}

function nameExpected({ pattern, enum: values, maxLength }: Schema): string {
  if (values !== undefined) return `a name that is one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
  if (pattern !== undefined) return `a name that matches ${pattern}`;
  return maxLength === undefined
    ? "a name of the declared form"
    : `a name of at most ${countOf(maxLength, "character")}`;
}

function loopOverKeys(
  subject: Subject,
  names: { readonly key: string; readonly value: string },
  body: readonly Statement[],
): Code {
  return block(`for (const ${names.key} of Object.keys(${subject.value}))`, [
    `const ${names.value} = ${subject.value}[${names.key}];`,
    `if (${names.value} === undefined) continue;`,
    ...body,
  ]);
}

function compileDependents(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const required = (schema.dependentRequired ?? []).flatMap(({ property, required: names }) =>
    names.map((name) =>
      check(
        [readProperty(subject.value, property), " !== undefined &&", line, isAbsent(subject.value, name)],
        subject,
        ["dependentRequired", `property ${JSON.stringify(name)} beside ${JSON.stringify(property)}`],
      ),
    ),
  );
  const schemas = (schema.dependentSchemas ?? []).flatMap(({ property, schema: part }): readonly Statement[] => {
    const statements = scope.compile(part, subject);
    return statements.length === 0 ? [] : [when([readProperty(subject.value, property), " !== undefined"], statements)];
  });
  return [...required, ...schemas];
}

function compileUnevaluated(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const rest = schema.unevaluatedProperties;
  if (rest === undefined || isTrivial(rest)) return [];
  const key = freshName(scope, "key");
  const value = freshName(scope, "v");
  const inner = entryOf(subject, value, { expression: [runtimeSymbol("token"), `(${key})`] });
  const evaluated = evaluatedProperty(schema, { object: subject.value, key }, scope);
  const statements =
    rest.always === false
      ? [check(undefined, inner, ["unevaluatedProperties", "no further property"])]
      : scope.compile(rest, inner);
  return statements.length === 0
    ? []
    : [loopOverKeys(subject, { key, value }, [when(["!(", evaluated, ")"], statements)])];
}
