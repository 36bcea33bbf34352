import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import type { Event, ScalarEvent } from "js-yaml";
import type { JsonValue } from "./json.ts";
import { defaultLimits, refuseLongText } from "./read-result.ts";
import type { ReadLimits, ReadProblem, ReadResult } from "./read-result.ts";
import { readYamlLeniently } from "./read-yaml-leniently.ts";
import { resolveNumber, resolvePlainScalar } from "./scalar.ts";
import type { SourceFile } from "./source-file.ts";
import { createTreeBuilder } from "./tree-builder.ts";
import type { TreeBuilder } from "./tree-builder.ts";

/**
 * Reads one YAML 1.2 document (core schema, merge keys) into plain values with places. Never throws. What the strict
 * parser rejects is tried with a lenient one, which is seven times slower; success is then a problem of kind `lenient`.
 */
export function readYaml(file: SourceFile, limits: ReadLimits = defaultLimits): ReadResult {
  const refused = refuseLongText(file, limits);
  if (refused !== undefined) return refused;
  const parsed = parse(file, limits);
  if (parsed.events === undefined) {
    return parsed.isTooDeep
      ? { value: undefined, problems: [parsed.problem] }
      : readYamlLeniently(file, parsed.problem, limits);
  }
  const second = findSecondDocument(parsed.events);
  if (second !== -1) {
    return { value: undefined, problems: [{ ...severalDocuments, range: { file, start: second, end: second } }] };
  }
  const builder = createTreeBuilder(file, limits);
  const extra: ReadProblem[] = [];
  for (const event of parsed.events) {
    build(builder, event, { file, problems: extra });
    if (builder.hasFailed) return { value: undefined, problems: builder.problems };
  }
  return { value: builder.root ?? null, problems: [...builder.problems, ...extra] };
}

/** The problem of a file with several YAML documents, without its range. */
export const severalDocuments: Omit<ReadProblem, "range"> = {
  kind: "several-documents",
  message: "expected one YAML document, found several",
};

type Parsed =
  | { readonly events: Event[] }
  | { readonly events: undefined; readonly problem: ReadProblem; readonly isTooDeep: boolean };

function parse(file: SourceFile, limits: ReadLimits): Parsed {
  try {
    return { events: parseEvents(file.text, { maxDepth: limits.maxDepth }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const isTooDeep = error.reason.includes("maxDepth");
    const start = Math.min(error.mark?.position ?? 0, file.text.length);
    const message = isTooDeep ? `expected at most ${limits.maxDepth} levels of nesting, found more` : error.reason;
    const range = { file, start, end: Math.min(start + 1, file.text.length) };
    return { events: undefined, problem: { kind: isTooDeep ? "too-deep" : "syntax", message, range }, isTooDeep };
  }
}

function findSecondDocument(events: readonly Event[]): number {
  let documents = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents += 1;
    else if (documents > 1) {
      const start = "start" in event ? event.start : "valueStart" in event ? event.valueStart : 0;
      // An empty second document, as after a trailing "---", says nothing and is let pass.
      if (start >= 0 && event.type !== EVENT_ID.POP) return start;
    }
  }
  return -1;
}

interface BuildContext {
  readonly file: SourceFile;
  readonly problems: ReadProblem[];
}

function build(builder: TreeBuilder, event: Event, context: BuildContext): void {
  const { text } = context.file;
  switch (event.type) {
    case EVENT_ID.DOCUMENT:
      return;
    case EVENT_ID.POP:
      builder.close();
      return;
    case EVENT_ID.ALIAS:
      builder.addAlias(text.slice(event.anchorStart, event.anchorEnd), {
        start: event.anchorStart - 1,
        end: event.anchorEnd,
      });
      return;
    case EVENT_ID.SCALAR:
      buildScalar(builder, event, context);
      return;
    default: {
      const anchor = event.anchorStart < 0 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
      builder.open(event.type === EVENT_ID.MAPPING ? "object" : "array", {
        start: event.start,
        end: event.start,
        anchor,
      });
    }
  }
}

function buildScalar(builder: TreeBuilder, event: ScalarEvent, context: BuildContext): void {
  const { file } = context;
  const scalar = getScalarValue(file.text, event);
  const isPlain = event.style === SCALAR_STYLE.PLAIN;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const margin = isQuoted ? 1 : 0;
  const tag = event.tagStart < 0 ? undefined : file.text.slice(event.tagStart, event.tagEnd);
  const value = tag === undefined ? (isPlain ? resolvePlainScalar(scalar) : scalar) : resolveTagged(tag, scalar);
  if (value === undefined) {
    context.problems.push({
      kind: "unknown-tag",
      message: `tag ${JSON.stringify(tag)} doesn't fit this value; it is read as text`,
      range: { file, start: event.tagStart, end: event.tagEnd },
    });
  }
  builder.addScalar(value ?? (value === null ? null : scalar), scalar, {
    start: event.valueStart < 0 ? -1 : event.valueStart - margin,
    end: event.valueEnd < 0 ? -1 : event.valueEnd + margin,
    anchor: event.anchorStart < 0 ? undefined : file.text.slice(event.anchorStart, event.anchorEnd),
    isMerge: isPlain && scalar === "<<" && (tag === undefined || tag === "!!merge"),
  });
}

/** The value of a scalar with an explicit tag of the core schema; undefined for other tags and for a wrong text. */
export function resolveTagged(tag: string, text: string): JsonValue | undefined {
  switch (tag.replace(/^!<tag:yaml\.org,2002:(.*)>$/, "!!$1")) {
    case "!":
    case "!!str":
    case "!!merge":
      return text;
    case "!!null":
      return resolvePlainScalar(text) === null ? null : undefined;
    case "!!bool": {
      const value = resolvePlainScalar(text);
      return typeof value === "boolean" ? value : undefined;
    }
    case "!!int":
    case "!!float":
      return resolveNumber(text);
    default:
      return undefined;
  }
}
