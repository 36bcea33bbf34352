import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { protoMessages } from "../diagnostics/catalogue/proto.ts";
import { offsetOf, type LineColumn, type SourceFile, type SourceRange } from "../source/source-file.ts";
import { findProtoHint } from "./proto-hint.ts";

/** Finds the file that a compiler means by a path; undefined when there is none. */
export type FindSource = (path: string) => SourceFile | undefined;

/** What buf says with `--error-format=json`: one object a line. */
export function readBufFindings(stderr: string, findSource: FindSource): readonly Diagnostic[] {
  const plain: string[] = [];
  const found = linesOf(stderr).flatMap((line): readonly Diagnostic[] => {
    const finding = parseJson(line);
    if (finding === undefined) {
      plain.push(line);
      return [];
    }
    const { path, message } = finding;
    if (typeof message !== "string") return [];
    const start = pointOf(finding, "start");
    const range = typeof path === "string" ? rangeOf(findSource(path), start, pointOf(finding, "end")) : undefined;
    return [describe(message.replaceAll("`", '"'), range)];
  });
  return found.length > 0 || plain.length === 0 ? found : [failure("buf", plain)];
}

/** What protoc says: `PATH:LINE:COLUMN: MESSAGE`. Warnings are left out, because buf has none of them. */
export function readProtocFindings(stderr: string, findSource: FindSource): readonly Diagnostic[] {
  const plain: string[] = [];
  const found = linesOf(stderr).flatMap((line): readonly Diagnostic[] => {
    const match = /^(.+?):(\d+):(\d+): (?!warning: )(.*)$/.exec(line);
    const [, path = "", lineNumber = "", column = "", message = ""] = match ?? [];
    if (match === null) {
      if (!/(?:^|: )warning: /.test(line)) plain.push(line);
      return [];
    }
    const range = rangeOf(findSource(path), { line: Number(lineNumber), column: Number(column) }, undefined);
    return [describe(lowerFirst(message).replace(/\.$/, ""), range)];
  });
  return found.length > 0 || plain.length === 0 ? found : [failure("protoc", plain)];
}

function describe(message: string, range: SourceRange | undefined): Diagnostic {
  return createDiagnostic(protoMessages.protoSyntax, { message, hint: findProtoHint(message, range) }, { range });
}

function failure(compiler: string, lines: readonly string[]): Diagnostic {
  return createDiagnostic(protoMessages.protoCompilerFailed, {
    compiler,
    reason: lines.slice(0, 5).join("; ").slice(0, 1000),
  });
}

function linesOf(stderr: string): readonly string[] {
  return stderr
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function parseJson(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // Not a finding but text that begins with a brace; it is shown as it is.
    return undefined;
  }
}

function pointOf(finding: Record<string, unknown>, side: "start" | "end"): LineColumn | undefined {
  const { [`${side}_line`]: line, [`${side}_column`]: column } = finding;
  return typeof line === "number" && typeof column === "number" ? { line, column } : undefined;
}

function rangeOf(
  file: SourceFile | undefined,
  start: LineColumn | undefined,
  end: LineColumn | undefined,
): SourceRange | undefined {
  if (file === undefined) return undefined;
  const from = start === undefined ? 0 : offsetOf(file, start);
  const to = end === undefined ? from : Math.max(from, offsetOf(file, end));
  return { file, start: from, end: to };
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
