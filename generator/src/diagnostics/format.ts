import { lineText, locate } from "../source/source-file.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { Diagnostic, Severity } from "./diagnostic.ts";

/** How to write diagnostics for people. */
export interface FormatOptions {
  /** ANSI colours; default false. */
  readonly color?: boolean;
  /** Width that a quoted line is clipped to; default 160. */
  readonly maxLineLength?: number;
  /** Warnings and infos of one code shown of a file, the rest being counted; default: all. Errors always are. */
  readonly maxAlike?: number;
}

/**
 * Diagnostics as text: `path:line:column severity code: message`, the line itself with a mark below, the help, and
 * related places. Each ends with a line break. Control characters of contracts are escaped.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: FormatOptions = {}): string {
  const { maxAlike = Infinity } = options;
  const totals = new Map<string, number>();
  for (const one of diagnostics) totals.set(kindOf(one), (totals.get(kindOf(one)) ?? 0) + 1);
  const shown = new Map<string, number>();
  return diagnostics
    .map((diagnostic) => {
      const kind = kindOf(diagnostic);
      const index = (shown.get(kind) ?? 0) + 1;
      shown.set(kind, index);
      const rest = (totals.get(kind) ?? 0) - maxAlike;
      // A line that says "1 more" is no shorter than the one.
      const isFolded = diagnostic.severity !== "error" && rest > 1;
      if (!isFolded || index < maxAlike) return formatOne(diagnostic, options);
      if (index > maxAlike) return "";
      const more = `and ${rest} more of ${diagnostic.code} in this file (--json has all)`;
      return `${formatOne(diagnostic, options)}  ${more}\n`;
    })
    .join("");
}

function kindOf({ severity, code, range }: Diagnostic): string {
  return `${severity} ${code} ${range?.file.path ?? ""}`;
}

function formatOne(diagnostic: Diagnostic, options: FormatOptions): string {
  const paint = options.color === true ? colored : plain;
  const { severity, code, range } = diagnostic;
  const place = range === undefined ? "" : `${paint(formatPlace(range), "bold")} `;
  const lines = [`${place}${paint(severity, severity)} ${code}: ${escapeControls(diagnostic.message)}`];
  if (range !== undefined) lines.push(...quoteLine(range, options, (text) => paint(text, severity)));
  lines.push(`  help: ${escapeControls(diagnostic.help)}`);
  for (const related of diagnostic.related ?? []) {
    lines.push(`  ${paint(formatPlace(related.range), "bold")} ${escapeControls(related.message)}`);
  }
  return `${lines.join("\n")}\n`;
}

function formatPlace(range: SourceRange): string {
  const { line, column } = locate(range.file, range.start);
  return `${escapeControls(range.file.displayPath)}:${line}:${column}`;
}

/** The line that a range begins in, with a mark below; nothing for an empty file. */
function quoteLine(range: SourceRange, options: FormatOptions, paint: (text: string) => string): readonly string[] {
  const { line, column } = locate(range.file, range.start);
  const text = lineText(range.file, line);
  if (text.trim() === "") return [];
  const maxLength = options.maxLineLength ?? 160;
  const from = column > maxLength - 20 ? Math.max(0, column - 1 - Math.floor(maxLength / 2)) : 0;
  const before = escapeControls(text.slice(from, column - 1));
  const head = `${from > 0 ? "…" : ""}${before}`;
  const tail = escapeControls(text.slice(column - 1, from + maxLength));
  const clipped = from + maxLength < text.length ? "…" : "";
  const length = Math.max(1, Math.min(range.end - range.start, tail.length));
  const indent = head.replace(/[^\t]/g, " ");
  return [`  ${head}${tail}${clipped}`, `  ${indent}${paint("^".repeat(length))}`];
}

const unsafe: RegExp = new RegExp(
  [
    "[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]",
    "[\\ud800-\\udbff](?![\\udc00-\\udfff])",
    "(?<![\\ud800-\\udbff])[\\udc00-\\udfff]",
  ].join("|"),
  "g",
);

/** Text of contracts as it may be shown: control, bidirectional and line separator characters are escaped, not tabs. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A place as other programs read it: line and column from 1. */
export interface PlaceJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A diagnostic as other programs read it. */
export interface DiagnosticJson extends Partial<PlaceJson> {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly related?: readonly (PlaceJson & { readonly message: string })[];
}

/** A diagnostic as plain JSON, for `--json`. */
export function toJson(diagnostic: Diagnostic): DiagnosticJson {
  const { severity, code, message, help, range, related } = diagnostic;
  return {
    ...(range === undefined ? {} : placeToJson(range)),
    severity,
    code,
    message,
    help,
    ...(related === undefined
      ? {}
      : { related: related.map((place) => ({ ...placeToJson(place.range), message: place.message })) }),
  };
}

function placeToJson(range: SourceRange): PlaceJson {
  const start = locate(range.file, range.start);
  const end = locate(range.file, Math.max(range.start, range.end));
  return {
    file: range.file.displayPath,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

type Color = Severity | "bold";

const codes: Readonly<Record<Color, string>> = {
  error: "\u001b[31m",
  warning: "\u001b[33m",
  info: "\u001b[36m",
  bold: "\u001b[1m",
};

function colored(text: string, color: Color): string {
  return `${codes[color]}${text}\u001b[0m`;
}

function plain(text: string): string {
  return text;
}
