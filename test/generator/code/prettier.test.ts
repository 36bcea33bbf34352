import { strictEqual } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { format } from "prettier";
import { symbol, typeSymbol } from "../../../generator/src/code/build.ts";
import type { CodeModule } from "../../../generator/src/code/code.ts";
import { docComment } from "../../../generator/src/code/doc-comment.ts";
import { call, expression, memberChain } from "../../../generator/src/code/literal.ts";
import type { LiteralValue } from "../../../generator/src/code/literal.ts";
import { printModule } from "../../../generator/src/code/print.ts";
import { constStatement, typeStatement } from "../../../generator/src/code/statement.ts";
import {
  arrayType,
  intersection,
  keyword,
  literalType,
  objectType,
  reference,
  typeOf,
  union,
} from "../../../generator/src/code/type-tree.ts";
import type { TypeTree } from "../../../generator/src/code/type-tree.ts";

const runs = 500;

const names: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("id", "a", "status", "Idempotency-Key", "x", "größe", "名前", "1", "__proto__"),
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.stringMatching(/^[a-z]{20,60}$/),
);
const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
  fc.constantFrom('say "hi"', "it's", "a\nb", "\u2028", "\\", "状態", "👍🏽 ok"),
  fc.stringMatching(/^[a-z ]{30,130}$/),
);
const typeNames: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[A-Z][a-z]{1,10}$/),
  fc.stringMatching(/^[A-Z][a-zA-Z]{30,60}$/),
);

const { tree: types } = fc.letrec<{ tree: TypeTree; object: TypeTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("unknown", "null", "string", "number", "boolean").map((name) => keyword(name as "string")),
    fc.oneof(texts, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()).map(literalType),
    typeNames.map((name) => reference(name)),
    typeNames.map((name) => typeOf(name)),
    fc
      .tuple(typeNames, fc.array(tie("tree"), { minLength: 1, maxLength: 4 }))
      .map(([name, args]) => reference(name, args)),
    tie("object"),
    tie("tree").map(arrayType),
    fc
      .array(fc.record({ type: tie("tree"), mode: fc.constantFrom("required", "optional") }), { maxLength: 4 })
      .chain((elements) => fc.constantFrom(elements, [...elements, { type: keyword("string"), mode: "rest" }]))
      .map((elements) => ({ kind: "tuple", elements }) as TypeTree),
    fc.array(tie("tree"), { minLength: 2, maxLength: 7 }).map(union),
    fc.array(tie("tree"), { minLength: 2, maxLength: 4 }).map(intersection),
  ),
  object: fc
    .tuple(
      fc.uniqueArray(
        fc.record({
          name: names,
          isOptional: fc.boolean(),
          type: tie("tree"),
          doc: fc.option(fc.constant(docComment("A doc.") ?? ""), { nil: undefined, freq: 6 }),
        }),
        { maxLength: 5, selector: (member) => member.name },
      ),
      fc.option(tie("tree"), { nil: undefined, freq: 3 }),
    )
    .map(([members, index]) =>
      objectType(
        members.map(({ doc, ...member }) => (doc === undefined ? member : { ...member, doc })),
        index,
      ),
    ),
}));

const { value: values } = fc.letrec<{ value: LiteralValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    texts,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    typeNames.map((name) => expression(name)),
    fc.tuple(typeNames, fc.array(texts, { maxLength: 1 })).map(([name, args]) => call(name, args, true)),
    fc
      .tuple(typeNames, typeNames, names)
      .map(([first, second, last]) => memberChain(first, [second, `m${last.length}`])),
    fc
      .tuple(typeNames, fc.dictionary(names, tie("value"), { maxKeys: 3, minKeys: 1 }))
      .map(([name, arg]) => call(name, [arg])),
    fc.tuple(typeNames, texts, texts).map(([name, one, two]) => call(name, [one, two])),
    fc.array(fc.integer(), { maxLength: 60 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 5 }),
  ),
}));

test("prettier leaves printed types as they are", async () => {
  await fc.assert(
    fc.asyncProperty(typeNames, types, async (name, tree) => {
      await assertStable(moduleOf([typeStatement(name, tree)]));
    }),
    { numRuns: runs },
  );
});

test("prettier leaves printed constants as they are", async () => {
  await fc.assert(
    fc.asyncProperty(
      typeNames,
      fc.dictionary(names, values, { maxKeys: 6 }),
      fc.array(types, { maxLength: 4 }),
      async (name, value, args) => {
        await assertStable(moduleOf([constStatement(name, reference("HttpOperation", args), { value })]));
      },
    ),
    { numRuns: runs },
  );
});

test("prettier leaves docs and imports as they are", async () => {
  const many = Array.from({ length: 12 }, (_, index) =>
    typeSymbol(`SomeRatherLongName${index}`, { module: "a/v1/b_http" }),
  );
  const statements = [
    constStatement(
      "one",
      reference(
        many[0] ?? "",
        many.map((name) => reference(name)),
      ),
      {
        value: { a: expression(symbol("value", { package: "@trilogue/runtime/codegen/v1/http" })), b: "x".repeat(120) },
        doc: docComment("Line one  \n\n  * item\n```\ncode */ here\n```\n@deprecated", {
          place: "a.yaml:3",
          isDeprecated: true,
        }),
      },
    ),
    typeStatement("Empty", objectType([])),
  ];
  await assertStable(moduleOf(statements));
});

function moduleOf(statements: CodeModule["statements"]): CodeModule {
  return { path: "shop/v1/openapi_http", source: "shop/v1/openapi.yaml", declares: ["one", "Empty"], statements };
}

async function assertStable(module: CodeModule): Promise<void> {
  const { text } = printModule(module, { importExtension: "ts" });
  const formatted = await format(text, { parser: "typescript", printWidth: 120 });
  strictEqual(text, formatted);
}
