import assert from "node:assert/strict";
import test from "node:test";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { escapeControls, formatDiagnostics, toJson } from "../../../generator/src/diagnostics/format.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";

function file(text: string): SourceFile {
  return { path: "v1/openapi.yaml", displayPath: "contracts/v1/openapi.yaml", text };
}

function diagnostic(text: string, start: number, end: number): Diagnostic {
  return {
    severity: "error",
    code: "some-code",
    message: "expected a, found b",
    help: "write a",
    range: { file: file(text), start, end },
  };
}

test("writes place, severity, code, message, line, mark and help", () => {
  assert.equal(
    formatDiagnostics([diagnostic("a: 1\nb: two\n", 8, 11)]),
    [
      "contracts/v1/openapi.yaml:2:4 error some-code: expected a, found b",
      "  b: two",
      "     ^^^",
      "  help: write a",
      "",
    ].join("\n"),
  );
});

test("writes related places, and a diagnostic without a place", () => {
  const source = file("a: 1\nb: 2\n");
  const related = [{ range: { file: source, start: 5, end: 6 }, message: "declared here" }];
  assert.equal(
    formatDiagnostics([{ severity: "warning", code: "c", message: "m", help: "h", related }]),
    ["warning c: m", "  help: h", "  contracts/v1/openapi.yaml:2:1 declared here", ""].join("\n"),
  );
});

test("clips a long line around its place", () => {
  const text = `${"x".repeat(5000)}HERE${"y".repeat(5000)}`;
  const [, line = "", mark = ""] = formatDiagnostics([diagnostic(text, 5000, 5004)]).split("\n");
  assert.ok(line.length < 170);
  assert.equal(line.slice(mark.indexOf("^"), mark.indexOf("^") + 4), "HERE");
  assert.equal(mark.trim(), "^^^^");
});

test("marks only the first line of a range, and never less than one column", () => {
  assert.match(formatDiagnostics([diagnostic("abc\ndef\n", 1, 7)]), /\n  abc\n   \^\^\n/);
  assert.match(formatDiagnostics([diagnostic("abc\n", 3, 3)]), /\n  abc\n     \^\n/);
});

test("shows nothing for an empty file and keeps tabs under tabs", () => {
  assert.equal(formatDiagnostics([diagnostic("", 0, 0)]).split("\n").length, 3);
  assert.match(formatDiagnostics([diagnostic("\ta: 1", 4, 5)]), /\n  \ta: 1\n  \t   \^\n/);
});

test("escapes control characters of contracts in every part", () => {
  const evil = "\u001b[31mred\u0007\u202e";
  const text = formatDiagnostics([{ ...diagnostic(`a: ${evil}`, 3, 4), message: evil, help: evil }]);
  assert.doesNotMatch(text, /[\u001b\u0007\u202e]/);
  assert.match(text, /\\u001b\[31mred\\u0007\\u202e/);
  assert.equal(escapeControls("\ud800x😀"), "\\ud800x😀");
  assert.equal(escapeControls("line\nbreak"), "line\\u000abreak");
});

test("colours only when asked to", () => {
  const given = [diagnostic("a: 1", 0, 1)];
  assert.doesNotMatch(formatDiagnostics(given), /\u001b/);
  assert.match(formatDiagnostics(given, { color: true }), /\u001b\[31merror\u001b\[0m some-code/);
});

test("becomes JSON with lines and columns from 1", () => {
  const source = file("a: 1\nb: two\n");
  const related = [{ range: { file: source, start: 0, end: 1 }, message: "here" }];
  assert.deepEqual(toJson({ ...diagnostic("a: 1\nb: two\n", 8, 11), related }), {
    file: "contracts/v1/openapi.yaml",
    line: 2,
    column: 4,
    endLine: 2,
    endColumn: 7,
    severity: "error",
    code: "some-code",
    message: "expected a, found b",
    help: "write a",
    related: [{ file: "contracts/v1/openapi.yaml", line: 1, column: 1, endLine: 1, endColumn: 2, message: "here" }],
  });
  assert.deepEqual(toJson({ severity: "info", code: "c", message: "m", help: "h" }), {
    severity: "info",
    code: "c",
    message: "m",
    help: "h",
  });
});

test("alike findings of a file are counted after the first ones, errors never", () => {
  const file = { path: "a.yaml", displayPath: "a.yaml", text: "a: 1\n" };
  const make = (severity: "warning" | "error", index: number) =>
    ({ severity, code: "c", message: `m${index}`, help: "h", range: { file, start: 0, end: 1 } }) as const;
  const warnings = Array.from({ length: 7 }, (_, index) => make("warning", index));
  const text = formatDiagnostics(warnings, { maxAlike: 3 });
  assert.deepEqual([...text.matchAll(/m\d/g)].join(), "m0,m1,m2");
  assert.match(text, /\n {2}and 4 more of c in this file \(--json has all\)\n$/);
  assert.equal([...formatDiagnostics(warnings.slice(0, 4), { maxAlike: 3 }).matchAll(/m\d/g)].length, 4);
  const errors = warnings.map((_, index) => make("error", index));
  assert.equal([...formatDiagnostics(errors, { maxAlike: 3 }).matchAll(/m\d/g)].length, 7);
});
