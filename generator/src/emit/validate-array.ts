import type { Schema } from "../model/schema.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import {
  block,
  check,
  countOf,
  entryOf,
  freshName,
  isTrivial,
  when,
  type Statement,
  type Subject,
  type ValidatorScope,
} from "./validate-code.ts";
import { evaluatedItem } from "./validate-evaluated.ts";

/** Statements for the array keywords; they stand where the value is known to be an array. */
export function compileArray(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const { value } = subject;
  const found: Statement[] = [];
  if (schema.minItems !== undefined && schema.minItems > 0) {
    found.push(
      check(`${value}.length < ${schema.minItems}`, subject, [
        "minItems",
        `at least ${countOf(schema.minItems, "item")}`,
      ]),
    );
  }
  if (schema.maxItems !== undefined) {
    found.push(
      check(`${value}.length > ${schema.maxItems}`, subject, [
        "maxItems",
        `at most ${countOf(schema.maxItems, "item")}`,
      ]),
    );
  }
  if (schema.uniqueItems === true) {
    found.push(
      check(["!", runtimeSymbol("areUnique"), `(${value})`], subject, ["uniqueItems", "items that all differ"]),
    );
  }
  return [
    ...found,
    ...compilePrefix(schema, subject, scope),
    ...compileItems(schema, subject, scope),
    ...compileContains(schema, subject, scope),
    ...compileUnevaluated(schema, subject, scope),
  ];
}

function compilePrefix(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  return (schema.prefixItems ?? []).flatMap((part, index): readonly Statement[] => {
    const inner = entryOf(subject, freshName(scope, "v"), `/${index}`);
    const statements = scope.compile(part, inner);
    if (statements.length === 0) return [];
    return [
      block(`if (${subject.value}.length > ${index})`, [
        `const ${inner.value} = ${subject.value}[${index}];`,
        ...statements,
      ]),
    ];
  });
}

function compileItems(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  if (schema.items === undefined || isTrivial(schema.items)) return [];
  return loopOverItems(
    subject,
    scope,
    (inner) =>
      schema.items?.always === false
        ? [check(undefined, inner, ["items", "no further item"])]
        : scope.compile(schema.items as Schema, inner),
    schema.prefixItems?.length ?? 0,
  );
}

// The index is the loop's; `body` gets the item as its subject.
function loopOverItems(
  subject: Subject,
  scope: ValidatorScope,
  body: (inner: Subject, index: string) => readonly Statement[],
  from = 0,
): readonly Statement[] {
  const index = freshName(scope, "n");
  const inner = entryOf(subject, freshName(scope, "v"), "/", { expression: index });
  const statements = body(inner, index);
  if (statements.length === 0) return [];
  const head = `for (let ${index} = ${from}; ${index} < ${subject.value}.length; ${index}++)`;
  return [block(head, [`const ${inner.value} = ${subject.value}[${index}];`, ...statements])];
}

function compileContains(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  if (schema.contains === undefined) return [];
  const count = freshName(scope, "count");
  const test = scope.predicate(schema.contains, "item");
  const minimum = schema.minContains ?? 1;
  const found: Statement[] = [[`const ${count} = ${subject.value}.filter((item: unknown) => `, test, ").length;"]];
  if (minimum > 0)
    found.push(
      check(`${count} < ${minimum}`, subject, [
        "contains",
        `at least ${countOf(minimum, "item")} of the declared form`,
      ]),
    );
  if (schema.maxContains !== undefined) {
    found.push(
      check(`${count} > ${schema.maxContains}`, subject, [
        "maxContains",
        `at most ${countOf(schema.maxContains, "item")} of the declared form`,
      ]),
    );
  }
  return found.length === 1 ? [] : found;
}

function compileUnevaluated(schema: Schema, subject: Subject, scope: ValidatorScope): readonly Statement[] {
  const rest = schema.unevaluatedItems;
  if (rest === undefined || isTrivial(rest)) return [];
  return loopOverItems(subject, scope, (inner, index) => {
    const evaluated = evaluatedItem(schema, { array: subject.value, index }, scope);
    const statements =
      rest.always === false
        ? [check(undefined, inner, ["unevaluatedItems", "no further item"])]
        : scope.compile(rest, inner);
    return statements.length === 0 ? [] : [when(["!(", evaluated, ")"], statements)];
  });
}
