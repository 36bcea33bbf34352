import { percentDecode } from "./percent.ts";

/** A piece of one path segment. */
export type SegmentPart =
  { readonly kind: "literal"; readonly text: string } | { readonly kind: "parameter"; readonly name: string };

/** The segments of a path template such as `/files/{name}.{ext}`, without the leading slash and its `fixedQuery`. */
export function parsePathTemplate(path: string): readonly (readonly SegmentPart[])[] {
  return splitTemplate(path).path.replace(/^\//, "").split("/").map(parseSegment);
}

/**
 * The query that is part of a path template: `beta=true` of `/responses?beta=true`. Contracts write it to have several
 * operations of one path; every request of the operation has it. A fragment, written to the same end, is never sent.
 */
export function fixedQuery(path: string): string {
  return splitTemplate(path).query;
}

/** The template with `{name}` replaced by encoded texts; undefined when one is missing or a segment would be `..`. */
export function expandPath(
  template: readonly (readonly SegmentPart[])[],
  values: ReadonlyMap<string, string>,
): string | undefined {
  let path = "";
  for (const segment of template) {
    let text = "";
    for (const part of segment) {
      const piece = part.kind === "literal" ? encodeLiteral(part.text) : values.get(part.name);
      if (piece === undefined) return undefined;
      text += piece;
    }
    // "." and ".." (also as %2e) would be taken out of the path by every URL parser on the way.
    if (isDotSegment(text)) return undefined;
    path += `/${text}`;
  }
  return path;
}

/** Whether a raw segment is `.` or `..`, percent-encoded or not. */
export function isDotSegment(raw: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(raw);
}

/**
 * Matches one raw segment; undefined when it does not fit. Parameters take what stands before the next literal, at
 * least one character, the last one the rest; linear in the segment's length.
 */
export function matchSegment(parts: readonly SegmentPart[], raw: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === "literal") {
      const literal = encodeLiteral(part.text);
      if (!raw.startsWith(literal, at) && !raw.startsWith(part.text, at)) return undefined;
      at += raw.startsWith(literal, at) ? literal.length : part.text.length;
      continue;
    }
    const next = parts[index + 1];
    const end =
      next === undefined
        ? raw.length
        : index + 2 === parts.length && next.kind === "literal"
          ? lastIndexOf(raw, next.text)
          : next.kind === "literal"
            ? indexOf(raw, next.text, at + 1)
            : at + 1;
    if (end <= at) return undefined;
    values.set(part.name, raw.slice(at, end));
    at = end;
  }
  return at === raw.length ? values : undefined;
}

/** The decoded text of a segment without parameters; undefined when it has one. */
export function literalOf(parts: readonly SegmentPart[]): string | undefined {
  return parts.every((part) => part.kind === "literal")
    ? parts.map((part) => (part.kind === "literal" ? part.text : "")).join("")
    : undefined;
}

function splitTemplate(template: string): { readonly path: string; readonly query: string } {
  const [, path = "", query = ""] = /^((?:[^{?#]|\{[^}]*\}?)*)(?:\?([^#]*))?/.exec(template) ?? [];
  return { path, query };
}

function parseSegment(segment: string): SegmentPart[] {
  const parts: SegmentPart[] = [];
  for (const piece of segment.split(/(\{[^{}]*\})/)) {
    if (piece === "") continue;
    if (piece.startsWith("{") && piece.endsWith("}")) parts.push({ kind: "parameter", name: piece.slice(1, -1) });
    else parts.push({ kind: "literal", text: percentDecode(piece) ?? piece });
  }
  return parts;
}

/** Where a literal begins, percent-encoded or as the contract writes it. */
function indexOf(raw: string, text: string, from: number): number {
  const encoded = raw.indexOf(encodeLiteral(text), from);
  return encoded >= 0 ? encoded : raw.indexOf(text, from);
}

/** A suffix is only one when it ends the segment. */
function lastIndexOf(raw: string, text: string): number {
  const suffix = [encodeLiteral(text), text].find((written) => raw.endsWith(written));
  return suffix === undefined ? -1 : raw.length - suffix.length;
}

/** Literal text of a contract: what a path segment may hold stays readable. */
function encodeLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}
