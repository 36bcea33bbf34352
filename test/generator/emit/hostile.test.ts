import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import ts from "typescript";
import { generate } from "../../../generator/src/generate.ts";
import { openApi } from "./contracts.ts";

const attacks: readonly string[] = [
  "*/ evil(); /*",
  '"; evil(); "',
  "'; evil(); '",
  "`${evil()}`",
  "\\",
  "\n",
  "\r\nevil()",
  "\u2028evil()",
  "\u2029evil()",
  "__proto__",
  "constructor",
  "delete",
  "class",
  "-->",
  "// @ts-nocheck",
  "@ts-ignore",
  "</script>",
  "\u202eevil",
  "\ud800",
  "\0",
  "../../evil",
  "a b",
  "1st",
  "",
  "ﬀ",
  "𝒳",
  "'\"`",
  "}}; evil(); ({{",
  "<T extends evil>",
  "then",
  "undefined",
  "Array",
  "Uint8Array",
  "string",
];
const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...attacks),
  fc.tuple(fc.constantFrom(...attacks), fc.string({ unit: "binary", maxLength: 6 })).map((parts) => parts.join("")),
);

test("no text of a contract becomes code", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 12, maxLength: 12 }), (texts) => {
      for (const file of generateHostile(texts)) assertInert(file.text, file.path);
    }),
    { numRuns: 150 },
  );
});

test("hostile documents give the same bytes in any order of files", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 24, maxLength: 24 }), (texts) => {
      const one = { path: "one.yaml", text: document(texts.slice(0, 12)) };
      const two = { path: "folder/two.yaml", text: document(texts.slice(12)) };
      deepStrictEqual(filesOf([one, two]), filesOf([two, one]));
    }),
    { numRuns: 20 },
  );
});

function generateHostile(texts: readonly string[]): ReturnType<typeof filesOf> {
  return filesOf([{ path: "a.yaml", text: document(texts) }]);
}

function filesOf(
  texts: readonly { readonly path: string; readonly text: string }[],
): readonly { readonly path: string; readonly text: string }[] {
  const files = texts.map(({ path, text }) => ({ path, displayPath: path, text }));
  return generate(
    { files, entries: new Set(texts.map(({ path }) => path)) },
    { importExtension: "ts", messages: "own" },
  ).files;
}

function document(texts: readonly string[]): string {
  const [a = "", b = "", c = "", d = "", e = "", f = "", g = "", h = "", i = "", j = "", k = "", l = ""] = texts;
  const schemaName = `S${encodeURIComponent(a.toWellFormed()).replace(/%/g, "_")}`;
  const schemas = {
    [schemaName]: {
      type: "object",
      description: b,
      title: c,
      properties: record(d, { enum: [e, f, null] }),
      required: [d, e],
      default: { [g]: h },
    },
    [b]: { const: { [c]: i } },
    Plain: { type: "string", pattern: "^a", description: `${j}\n${k}` },
  };
  const parameters = [{ in: "query", name: l, description: a, schema: { type: "string", enum: [b] } }];
  const responses = {
    200: {
      description: c,
      content: { "application/json": { schema: { $ref: `#/components/schemas/${schemaName}` } } },
    },
  };
  const paths = { "/x": { get: { operationId: h, summary: i, description: j, parameters, responses } } };
  return openApi({ title: k, schemas, paths });
}

function record(key: string, value: unknown): object {
  return JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as object;
}

/** The text parses, nothing hidden is in it, and no name of a contract is called. */
function assertInert(text: string, path: string): void {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ESNext },
  });
  deepStrictEqual(
    diagnostics.map(({ messageText }) => messageText),
    [],
    text,
  );
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  strictEqual(/[\u202a-\u202e\u2066-\u2069]/.test(text), false, "bidirectional controls");
  strictEqual(
    ts.getLeadingCommentRanges(text, 0)?.some(({ pos, end }) => text.slice(pos, end).includes("evil")) ?? false,
    false,
  );
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) strictEqual(node.expression.getText(), "jsonCodec");
    ts.forEachChild(node, visit);
  };
  if (!path.endsWith("_validate.ts")) visit(source);
}
