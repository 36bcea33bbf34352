import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import type { Document, Pair, ParsedNode } from "yaml";
import type { ReadLimits, ReadProblem, ReadResult } from "./read-result.ts";
import { resolvePlainScalar } from "./scalar.ts";
import type { SourceFile } from "./source-file.ts";
import { createTreeBuilder } from "./tree-builder.ts";
import type { TreeBuilder } from "./tree-builder.ts";

/**
 * Reads YAML with the `yaml` package, which forgives flow collections that are indented too little; quoted texts that
 * are, are joined to one line. `strict` is what the strict parser said; it becomes a warning (kind `lenient`) when this
 * reader succeeds.
 */
export function readYamlLeniently(file: SourceFile, strict: ReadProblem, limits: ReadLimits): ReadResult {
  const { parsed, joined } = parseJoined(file.text);
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
  build({ builder, joined }, document.contents, 0);
  if (builder.hasFailed) return { value: undefined, problems: builder.problems };
  return { value: builder.root ?? null, problems: [...builder.problems, { ...strict, kind: "lenient" }] };
}

/** Stands for a line break that was taken out of a quoted text, so that all offsets stay. */
const joint = "\ue000";

/** Quoted texts that are joined in one file, and characters that may be parsed for them in all. */
const maxJoins = 50;
const maxJoinedLength = 50_000_000;

interface Joined {
  readonly parsed: readonly Document.Parsed[] | undefined;
  /** The text that was parsed, when lines of it were joined. */
  readonly joined: string | undefined;
}

/** Parses; the lines of quoted texts that go on in a line indented too little are joined, and it is tried again. */
function parseJoined(text: string): Joined {
  const first: Joined = { parsed: parse(text), joined: undefined };
  if (text.includes(joint)) return first;
  let { parsed, joined } = first;
  for (let joins = 0; joins < maxJoins && joins * text.length <= maxJoinedLength; joins += 1) {
    const error = parsed?.[0]?.errors[0];
    if (error === undefined) return { parsed, joined };
    const quote = error.code === "MISSING_CHAR" ? /^Missing closing (["'])/.exec(error.message)?.[1] : undefined;
    joined = quote === undefined ? undefined : joinLines(joined ?? text, error.pos[0], quote);
    // What is wrong first is wrong in any case, and what comes after it may follow from it.
    if (joined === undefined) return first;
    parsed = parse(joined);
  }
  return first;
}

/** The text with the lines from `start` to the closing quote as one; undefined when it never closes. */
function joinLines(text: string, start: number, quote: string): string | undefined {
  const closing = quote === '"' ? /(?:[^"\\]|\\[^])*"/y : /(?:[^']|'')*'/y;
  closing.lastIndex = start;
  const rest = closing.exec(text)?.[0];
  if (rest === undefined || !/[\r\n]/.test(rest)) return undefined;
  return text.slice(0, start) + rest.replace(/[\r\n]/g, joint) + text.slice(start + rest.length);
}

function parse(text: string): readonly Document.Parsed[] | undefined {
  try {
    const options = { strict: false, uniqueKeys: false, prettyErrors: true, logLevel: "silent" } as const;
    const documents = parseAllDocuments(text, options);
    return Array.isArray(documents) ? documents : undefined;
  } catch (error) {
    // The package recurses without a limit; what it can't read is reported as the strict parser found it.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Building {
  readonly builder: TreeBuilder;
  readonly joined: string | undefined;
}

function build(building: Building, node: ParsedNode | null, fallback: number): void {
  const { builder, joined } = building;
  if (builder.hasFailed) return;
  if (node === null) {
    builder.addScalar(null, "", { start: fallback, end: fallback });
    return;
  }
  const [start, end] = node.range;
  if (isAlias(node)) {
    builder.addAlias(node.source, { start, end });
  } else if (isScalar(node)) {
    const whole = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    const isJoined = joined?.slice(start, end).includes(joint) === true;
    const text = isJoined ? whole.replace(/[ \t\ue000]*\ue000[ \t]*/g, " ") : whole;
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
      if (isMap(node)) buildPair(building, item as Pair<ParsedNode, ParsedNode | null>, start);
      else build(building, item as ParsedNode, start);
      if (builder.hasFailed) return;
    }
    builder.close(end);
  }
}

function buildPair(building: Building, pair: Pair<ParsedNode, ParsedNode | null>, fallback: number): void {
  build(building, pair.key, fallback);
  build(building, pair.value, pair.key.range[1]);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
