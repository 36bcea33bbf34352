import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import type { Document, Pair, ParsedNode } from "yaml";
import type { ReadLimits, ReadProblem, ReadResult } from "./read-result.ts";
import { resolvePlainScalar } from "./scalar.ts";
import type { SourceFile } from "./source-file.ts";
import { createTreeBuilder } from "./tree-builder.ts";
import type { TreeBuilder } from "./tree-builder.ts";

/**
 * Reads YAML with the `yaml` package, which forgives flow collections that are indented too little. `strict` is what
 * the strict parser said; it becomes a warning (kind `lenient`) when this reader succeeds.
 */
export function readYamlLeniently(file: SourceFile, strict: ReadProblem, limits: ReadLimits): ReadResult {
  const parsed = parse(file);
  if (parsed === undefined) return { value: undefined, problems: [strict] };
  const [document, ...others] = parsed;
  const error = document?.errors[0];
  if (document === undefined || others.length > 0 || error !== undefined) {
    const start = Math.min(error?.pos[0] ?? strict.range.start, file.text.length);
    const message = error === undefined ? strict.message : (error.message.split(" at line ")[0] ?? error.message);
    const end = Math.min(Math.max(error?.pos[1] ?? start, start + 1), file.text.length);
    return {
      value: undefined,
      problems: [{ kind: "syntax", message: lowerFirst(message), range: { file, start, end } }],
    };
  }
  const builder = createTreeBuilder(file, limits);
  build(builder, document.contents, 0);
  if (builder.hasFailed) return { value: undefined, problems: builder.problems };
  return { value: builder.root ?? null, problems: [...builder.problems, { ...strict, kind: "lenient" }] };
}

function parse(file: SourceFile): readonly Document.Parsed[] | undefined {
  try {
    const options = { strict: false, uniqueKeys: false, prettyErrors: true, logLevel: "silent" } as const;
    const documents = parseAllDocuments(file.text, options);
    return Array.isArray(documents) ? documents : undefined;
  } catch (error) {
    // The package recurses without a limit; what it can't read is reported as the strict parser found it.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function build(builder: TreeBuilder, node: ParsedNode | null, fallback: number): void {
  if (builder.hasFailed) return;
  if (node === null) {
    builder.addScalar(null, "", { start: fallback, end: fallback });
    return;
  }
  const [start, end] = node.range;
  if (isAlias(node)) {
    builder.addAlias(node.source, { start, end });
  } else if (isScalar(node)) {
    const text = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    const isPlain = node.type === "PLAIN" && node.tag === undefined;
    const value = isPlain
      ? resolvePlainScalar(node.source ?? text)
      : typeof node.value === "number"
        ? node.value
        : text;
    builder.addScalar(value, text, { start, end, anchor: node.anchor, isMerge: isPlain && text === "<<" });
  } else if (isMap(node) || isSeq(node)) {
    builder.open(isMap(node) ? "object" : "array", { start, end: start, anchor: node.anchor });
    for (const item of node.items) {
      if (isMap(node)) buildPair(builder, item as Pair<ParsedNode, ParsedNode | null>, start);
      else build(builder, item as ParsedNode, start);
      if (builder.hasFailed) return;
    }
    builder.close(end);
  }
}

function buildPair(builder: TreeBuilder, pair: Pair<ParsedNode, ParsedNode | null>, fallback: number): void {
  build(builder, pair.key, fallback);
  build(builder, pair.value, pair.key.range[1]);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
