import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import ts from "typescript";
import { docComment } from "../../../generator/src/code/doc-comment.ts";
import { relativeSpecifier } from "../../../generator/src/code/imports.ts";
import { layOut } from "../../../generator/src/code/layout.ts";
import { literal } from "../../../generator/src/code/literal.ts";
import { generatorVersion } from "../../../generator/src/code/print.ts";
import { literalKey, propertyKey, quote, textWidth } from "../../../generator/src/code/text.ts";
import manifest from "../../../generator/package.json" with { type: "json" };

test("a quoted string reads as the text it was made from", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      strictEqual((0, eval)(quote(text)), text);
    }),
  );
});

test("quotes are double unless that means more escapes", () => {
  deepStrictEqual(["it's", 'say "hi"', '"\'"'].map(quote), ['"it\'s"', "'say \"hi\"'", "'\"\\'\"'"]);
});

test("a literal evaluates to the value it was made from, __proto__ included", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = layOut(literal(value as Parameters<typeof literal>[0]), () => "");
      deepStrictEqual(JSON.stringify((0, eval)(`(${text})`)), JSON.stringify(value));
    }),
  );
});

test("keys are quoted when they are no identifiers", () => {
  deepStrictEqual(["a", "a-b", "größe", "1", "", "class"].map(propertyKey), [
    "a",
    '"a-b"',
    "größe",
    '"1"',
    '""',
    "class",
  ]);
  strictEqual(literalKey("__proto__"), '["__proto__"]');
});

test("wide characters take two columns", () => {
  deepStrictEqual(["abc", "状態", "👍🏽", "e\u0301"].map(textWidth), [3, 4, 2, 1]);
});

test("a doc can't end its comment, make a tag or hide text", () => {
  const doc = layOut(docComment("a */ evil()\n@deprecated now\n\u202eabc\u2028x") ?? "", () => "");
  strictEqual(doc, "/**\n * a *\\/ evil()\n * \\@deprecated now\n * abc\n * x\n */");
});

test("TypeScript finds no tag in a doc's text, wherever its at signs are", () => {
  const tagsOf = (text: string): readonly string[] => {
    const source = `${layOut(docComment(text) ?? "", () => "")}\nexport const x = 1;`;
    const file = ts.createSourceFile("x.ts", source, ts.ScriptTarget.Latest, true);
    return file.statements.flatMap((statement) => ts.getJSDocTags(statement).map((tag) => tag.tagName.text));
  };
  for (const text of ["Old @deprecated thing", "a\n  @internal b", "a `b` @see c `@x`", "* @see", "`a\n@b` @c"]) {
    deepStrictEqual(tagsOf(text), [], text);
  }
  fc.assert(
    fc.property(fc.array(fc.constantFrom("@", "see", " ", "\n", "`", "{", "*", "/", "\\", "x", "1")), (parts) => {
      deepStrictEqual(tagsOf(parts.join("")), []);
    }),
  );
  const print = (text: string): string => layOut(docComment(text) ?? "", () => "");
  strictEqual(print("Mail a@b.c, `@x/y`, 5 @ 3, or @home"), "/** Mail a@b.c, `@x/y`, 5 @ 3, or \\@home */");
});

test("a doc ends with its place, after lists on a line of its own", () => {
  const print = (text: string): string => layOut(docComment(text, { place: "a.yaml:1" }) ?? "", () => "");
  strictEqual(print("One."), "/** One. (a.yaml:1) */");
  strictEqual(print("One\n\n- two"), "/**\n * One\n *\n * - two\n *\n * (a.yaml:1)\n */");
  strictEqual(docComment("  \n"), undefined);
});

test("relative imports climb to the first shared folder", () => {
  strictEqual(relativeSpecifier("a/v1/x_http", "a/v1/y_schema", "ts"), "./y_schema.ts");
  strictEqual(relativeSpecifier("a/v1/x_http", "b/y_pb", "js"), "../../b/y_pb.js");
  strictEqual(relativeSpecifier("index", "a/x_http", "ts"), "./a/x_http.ts");
});

test("the version in headers is the package's", () => {
  strictEqual(generatorVersion, manifest.version);
});
