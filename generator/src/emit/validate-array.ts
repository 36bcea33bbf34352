import type { Code } from "../code/code.ts";
import type { Schema } from "../model/schema.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { block, check, entryOf, freshName, isTrivial, type Subject, type ValidatorScope } from "./validate-code.ts";
import { evaluatedItem } from "./validate-evaluated.ts";

/** Statements for the array keywords; they stand where the value is known to be an array. */
export function compileArray(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const { value } = subject;
  const found: Code[] = [];
  if (schema.minItems !== undefined && schema.minItems > 0) {
    found.push(
      check(`${value}.length < ${schema.minItems}`, subject, ["minItems", `at least ${schema.minItems} items`]),
    );
  }
  if (schema.maxItems !== undefined) {
    found.push(
      check(`${value}.length > ${schema.maxItems}`, subject, ["maxItems", `at most ${schema.maxItems} items`]),
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

function compilePrefix(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  return (schema.prefixItems ?? []).flatMap((part, index): Code[] => {
    const inner = entryOf(subject, freshName(scope, "v"), `"/${index}"`);
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

function compileItems(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
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
  body: (inner: Subject, index: string) => Code[],
  from = 0,
): Code[] {
  const index = freshName(scope, "n");
  const inner = entryOf(subject, freshName(scope, "v"), `"/" + ${index}`);
  const statements = body(inner, index);
  if (statements.length === 0) return [];
  const head = `for (let ${index} = ${from}; ${index} < ${subject.value}.length; ${index}++)`;
  return [block(head, [`const ${inner.value} = ${subject.value}[${index}];`, ...statements])];
}

function compileContains(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  if (schema.contains === undefined) return [];
  const count = freshName(scope, "count");
  const test = scope.predicate(schema.contains, "item");
  const minimum = schema.minContains ?? 1;
  const found: Code[] = [[`const ${count} = ${subject.value}.filter((item: unknown) => `, test, ").length;"]];
  if (minimum > 0)
    found.push(check(`${count} < ${minimum}`, subject, ["contains", `at least ${minimum} items of the declared form`]));
  if (schema.maxContains !== undefined) {
    found.push(
      check(`${count} > ${schema.maxContains}`, subject, [
        "maxContains",
        `at most ${schema.maxContains} items of the declared form`,
      ]),
    );
  }
  return found.length === 1 ? [] : found;
}

function compileUnevaluated(schema: Schema, subject: Subject, scope: ValidatorScope): Code[] {
  const rest = schema.unevaluatedItems;
  if (rest === undefined || isTrivial(rest)) return [];
  return loopOverItems(subject, scope, (inner, index) => {
    const evaluated = evaluatedItem(schema, { array: subject.value, index }, scope);
    const statements =
      rest.always === false
        ? [check(undefined, inner, ["unevaluatedItems", "no further item"])]
        : scope.compile(rest, inner);
    return statements.length === 0 ? [] : [block(["if (!(", evaluated, "))"], statements)];
  });
}
