/** A contract file as it was read. */
export interface SourceFile {
  /** Relative to its contract directory, with `/`: `payments/v1/openapi.yaml`. Unique in a run. */
  readonly path: string;
  /** What to show to people, relative to where they are; same as `path` when not known. */
  readonly displayPath: string;
  readonly text: string;
}

/** A stretch of a file; offsets are UTF-16 code units into `text`. Lines are computed only when shown. */
export interface SourceRange {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Where something stands, for people: both from 1. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

const lineStartsByFile = new WeakMap<SourceFile, readonly number[]>();

/** Line and column of an offset. */
export function locate(file: SourceFile, offset: number): LineColumn {
  const starts = lineStarts(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The text of a line (from 1), without its end. */
export function lineText(file: SourceFile, line: number): string {
  const starts = lineStarts(file);
  const start = starts[line - 1] ?? file.text.length;
  return file.text.slice(start, starts[line] ?? file.text.length).replace(/\r?\n$/, "");
}

/** An offset of a line and column (both from 1); protos bring those instead of offsets. */
export function offsetOf(file: SourceFile, at: LineColumn): number {
  return Math.min((lineStarts(file)[at.line - 1] ?? file.text.length) + at.column - 1, file.text.length);
}

/** `payments/v1/openapi.yaml:41`, as generated docs name places. */
export function placeOf(range: SourceRange): string {
  return `${range.file.path}:${locate(range.file, range.start).line}`;
}

function lineStarts(file: SourceFile): readonly number[] {
  const known = lineStartsByFile.get(file);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = file.text.indexOf("\n"); at !== -1; at = file.text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStartsByFile.set(file, starts);
  return starts;
}
