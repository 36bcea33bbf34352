import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { LoadedDocument } from "./loaded.ts";

/** A Protobuf text in a document. */
export interface InlineProto {
  readonly document: LoadedDocument;
  /** The multi-format object: `schemaFormat` and `schema`. */
  readonly holder: JsonObject;
  readonly text: string;
  /** The nearest name above it: the key of the message or of the schema. */
  readonly key: string;
  /** Of the text. */
  readonly range: SourceRange;
}

/** Objects nested deeper are not looked at. */
const maxDepth = 200;

/** Fields of formats that stand between a name and a schema. */
const fields: ReadonlySet<string> = new Set([
  "payload",
  "headers",
  "schema",
  "message",
  "messages",
  "schemas",
  "components",
  "channels",
]);

/** The Protobuf texts of AsyncAPI documents and of what they refer to, in the order of documents and places. */
export function findInlineProtos(documents: readonly LoadedDocument[]): readonly InlineProto[] {
  const found: InlineProto[] = [];
  if (!documents.some(({ kind }) => kind === "asyncapi")) return found;
  const seen = new Set<object>();
  for (const document of documents) {
    if (document.kind !== "asyncapi" && document.kind !== "fragment") continue;
    if (document.file.text.includes("protobuf"))
      visit(document.root, { document, seen, found }, { path: [], depth: 0 });
  }
  return found;
}

interface Finding {
  readonly document: LoadedDocument;
  readonly seen: Set<object>;
  readonly found: InlineProto[];
}

interface At {
  readonly path: readonly string[];
  readonly depth: number;
}

function visit(value: JsonValue, finding: Finding, { path, depth }: At): void {
  if (depth > maxDepth || typeof value !== "object" || value === null || finding.seen.has(value)) return;
  finding.seen.add(value);
  if (isArray(value)) {
    for (const item of value) visit(item, finding, { path, depth: depth + 1 });
    return;
  }
  if (!isObject(value)) return;
  const { schemaFormat: format, schema: text } = value;
  if (typeof format === "string" && /protobuf/i.test(format) && typeof text === "string") {
    const range = rangeOf(value, "schema") ?? { file: finding.document.file, start: 0, end: 0 };
    const key = path.findLast((name) => !fields.has(name)) ?? "payload";
    finding.found.push({ document: finding.document, holder: value, text, key, range });
    return;
  }
  for (const name of Object.keys(value)) {
    visit(value[name] ?? null, finding, { path: [...path, name], depth: depth + 1 });
  }
}
