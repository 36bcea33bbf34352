import type { DescFile, FileRegistry } from "@bufbuild/protobuf";
import * as wellKnown from "@bufbuild/protobuf/wkt";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { asyncApiMessages as messages } from "../diagnostics/catalogue/asyncapi.ts";
import { createDiagnostic, hasErrors, type Diagnostic, type MessageDefinition } from "../diagnostics/diagnostic.ts";
import type { JsonObject } from "../source/json.ts";
import { lineText, locate, offsetOf, type SourceFile, type SourceRange } from "../source/source-file.ts";
import { wellKnownProtos } from "../source/well-known-protos.ts";
import { findInlineProtos, type InlineProto } from "./find-inline-protos.ts";
import type { LoadedDocument, LoadedProtos, LoadInput } from "./loaded.ts";
import { linkProtos } from "./protos.ts";
import { describeProto } from "./proto-descriptor.ts";
import { parseProtoText, type ProtoSymbol, type ProtoText } from "./proto-text.ts";

/** Protos with those that stand as text in AsyncAPI documents. */
export interface InlineProtos {
  readonly protos: LoadedProtos | undefined;
  /** Full name of the payload's message, by the object that holds the text. */
  readonly messages: ReadonlyMap<JsonObject, string>;
  /** Imported files that the shell must read first. */
  readonly needs: readonly string[];
}

/**
 * Adds the Protobuf texts of AsyncAPI payloads to the protos of the run, each as a file of its own beside its document,
 * together with what they import. A compiled file wins over a text of the same name. Everything wrong is reported at
 * the line of the text.
 */
export function addInlineProtos(
  documents: readonly LoadedDocument[],
  compiled: LoadedProtos | undefined,
  { input, diagnostics }: { readonly input: LoadInput; readonly diagnostics: Diagnostic[] },
): InlineProtos {
  const found = findInlineProtos(documents);
  if (found.length === 0) return { protos: compiled, messages: new Map(), needs: [] };
  const own: Diagnostic[] = [];
  const adding: Adding = { compiled, input, diagnostics: own, files: new Map(), needs: new Set(), failed: new Set() };
  const described = new Map<string, Described>();
  const byHolder = new Map<JsonObject, string>();
  for (const inline of found) {
    const known = described.get(inline.text) ?? describeInline(inline, adding);
    described.set(inline.text, known);
    const root = known.kind === "described" ? chooseRoot(known, inline) : undefined;
    if (typeof root === "string") byHolder.set(inline.holder, root);
    else if (root !== undefined)
      own.push(createDiagnostic(messages.inlineProtoRoot, { candidates: root }, { range: inline.range }));
  }
  diagnostics.push(...own);
  if (hasErrors(own) || adding.needs.size > 0)
    return { protos: compiled, messages: byHolder, needs: [...adding.needs].sort() };
  return { protos: link(adding, diagnostics), messages: byHolder, needs: [] };
}

interface AddedFile {
  readonly proto: FileDescriptorProto;
  readonly symbols: ReadonlyMap<string, ProtoSymbol>;
  readonly source: SourceFile;
  /** Files whose names it can use; all that it reaches, because such texts are rarely strict about it. */
  readonly imports: readonly string[];
}

interface Adding {
  readonly compiled: LoadedProtos | undefined;
  readonly input: LoadInput;
  readonly diagnostics: Diagnostic[];
  readonly files: Map<string, AddedFile>;
  readonly needs: Set<string>;
  /** Imports that can't be read, so that each is reported once a text. */
  readonly failed: Set<string>;
}

type Described =
  | { readonly kind: "failed" }
  | { readonly kind: "described"; readonly text: ProtoText; readonly referenced: ReadonlySet<string> };

/** A proto text on its way, and where findings about its lines belong. */
interface Reading {
  readonly name: string;
  readonly text: ProtoText;
  readonly source: SourceFile;
  readonly placeOf: (line: number | undefined) => SourceRange;
}

function describeInline(inline: InlineProto, adding: Adding): Described {
  const placeOf = (line: number | undefined): SourceRange => rangeOfLine(inline, line);
  const parsed = parseProtoText(inline.text);
  if ("reason" in parsed) {
    adding.diagnostics.push(
      createDiagnostic(messages.badInlineProto, { reason: parsed.reason }, { range: placeOf(parsed.line) }),
    );
    return { kind: "failed" };
  }
  if (parsed.hadRequired) {
    adding.diagnostics.push(
      createDiagnostic(messages.inlineProtoRequired, {}, { range: placeOf(lineOf(parsed.text, /\brequired\b/)) }),
    );
  }
  const name = freeName(inline, adding);
  const source: SourceFile = { path: name, displayPath: name, text: inline.text };
  const reading: Reading = { name, text: parsed, source, placeOf };
  const clash = findClash(parsed, adding);
  if (clash !== undefined) {
    const range = placeOf(lineOf(parsed.text, new RegExp(`\\b(?:message|enum)\\s+${lastPart(clash.name)}\\b`)));
    adding.diagnostics.push(createDiagnostic(messages.inlineProtoTwice, clash, { range }));
    return { kind: "failed" };
  }
  const referenced = addFile(reading, adding);
  return referenced === undefined ? { kind: "failed" } : { kind: "described", text: parsed, referenced };
}

/** Reads the imports first, then describes the file; undefined when it can't be, or not yet. */
function addFile(reading: Reading, adding: Adding): ReadonlySet<string> | undefined {
  const { name, text, placeOf } = reading;
  const report = <P>(definition: MessageDefinition<P>, parameters: P, line: number | undefined): void => {
    adding.diagnostics.push(createDiagnostic(definition, parameters, { range: placeOf(line) }));
  };
  let isComplete = true;
  for (const path of text.imports) {
    if (addImport(path, reading, adding)) continue;
    isComplete = false;
    if (!adding.needs.has(path)) report(messages.inlineProtoImport, { path }, lineOf(text.text, path));
  }
  if (!isComplete) return undefined;
  const reachable = reach(text.imports, adding);
  const findImported = (fullName: string): ProtoSymbol | undefined => {
    for (const symbols of reachable) {
      const symbol = symbols(fullName);
      if (symbol !== undefined) return symbol;
    }
    return undefined;
  };
  const { file, problems, referenced } = describeProto(text, { name, findImported });
  for (const { reason, name: word } of problems) report(messages.badInlineProto, { reason }, lineOf(text.text, word));
  adding.files.set(name, { proto: file, symbols: text.symbols, source: reading.source, imports: text.imports });
  return problems.length > 0 ? undefined : referenced;
}

/** False when the file is not there (yet). */
function addImport(path: string, from: Reading, adding: Adding): boolean {
  if (isKnown(path, adding)) return true;
  // A circle of imports ends here; the registry names it when the files are linked.
  if (adding.failed.has(path)) return false;
  const source = adding.input.files.find((file) => file.path === path);
  if (source === undefined) {
    const isSafe =
      /^[\w./-]+\.proto$/.test(path) && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    if (isSafe && adding.input.missing?.has(path) !== true) adding.needs.add(path);
    return false;
  }
  adding.failed.add(path);
  const parsed = parseProtoText(source.text);
  const placeOf = (line: number | undefined): SourceRange => {
    const start = line === undefined ? 0 : offsetOf(source, { line, column: 1 });
    return { file: source, start, end: start };
  };
  if ("reason" in parsed) {
    adding.diagnostics.push(
      createDiagnostic(messages.badInlineProto, { reason: parsed.reason }, { range: placeOf(parsed.line) }),
    );
    return false;
  }
  if (addFile({ name: path, text: parsed, source, placeOf }, adding) === undefined) return false;
  adding.failed.delete(path);
  return true;
}

function isKnown(path: string, adding: Adding): boolean {
  return adding.files.has(path) || adding.compiled?.registry.getFile(path) !== undefined || wellKnownFiles.has(path);
}

/** Every file of protobuf's own, by name. */
const wellKnownFiles: ReadonlyMap<string, DescFile> = new Map(
  Object.values(wellKnown).flatMap((value): [string, DescFile][] =>
    typeof value === "object" && "kind" in value && value.kind === "file"
      ? [[`${value.name}.proto`, value as DescFile]]
      : [],
  ),
);

/** Look-ups of all files that some imports reach, nearest first. */
function reach(imports: readonly string[], adding: Adding): readonly ((fullName: string) => ProtoSymbol | undefined)[] {
  const seen = new Set<string>(imports);
  const lookUps: ((fullName: string) => ProtoSymbol | undefined)[] = [];
  for (const path of seen) {
    const added = adding.files.get(path);
    const file = adding.compiled?.registry.getFile(path) ?? wellKnownFiles.get(path);
    if (added !== undefined) {
      lookUps.push((fullName) => added.symbols.get(fullName));
      for (const next of added.imports) seen.add(next);
    } else if (file !== undefined) {
      const symbols = symbolsOf(file);
      lookUps.push((fullName) => symbols.get(fullName));
      for (const next of file.dependencies) seen.add(`${next.name}.proto`);
    }
  }
  return lookUps;
}

function symbolsOf(file: DescFile): ReadonlyMap<string, ProtoSymbol> {
  const symbols = new Map<string, ProtoSymbol>(file.enums.map(({ typeName }) => [typeName, "enum"]));
  const pending = [...file.messages];
  for (let message = pending.pop(); message !== undefined; message = pending.pop()) {
    symbols.set(message.typeName, "message");
    for (const { typeName } of message.nestedEnums) symbols.set(typeName, "enum");
    pending.push(...message.nestedMessages);
  }
  return symbols;
}

/** The message that is the payload, or the names to choose from. */
function chooseRoot(
  { text, referenced }: Described & { readonly kind: "described" },
  { key }: InlineProto,
): string | readonly string[] {
  const tops = [...text.symbols]
    .filter(([name, symbol]) => symbol === "message" && parentOf(name) === text.package)
    .map(([name]) => name);
  const only = (names: readonly string[]): string | undefined => (names.length === 1 ? names[0] : undefined);
  const marked = tops.filter((name) => text.namespace.get(lastPart(name))?.comment?.includes("@RootNode") === true);
  return (
    only(marked) ??
    only(tops.filter((name) => !referenced.has(name))) ??
    tops.find((name) => lastPart(name).toLowerCase() === key.toLowerCase()) ??
    tops
  );
}

/** A full name that another file declares already. */
function findClash(text: ProtoText, adding: Adding): { readonly name: string; readonly other: string } | undefined {
  for (const name of text.symbols.keys()) {
    for (const [other, { symbols }] of adding.files) if (symbols.has(name)) return { name, other };
    const desc = adding.compiled?.registry.getMessage(name) ?? adding.compiled?.registry.getEnum(name);
    if (desc !== undefined) return { name, other: `${desc.file.name}.proto` };
  }
  return undefined;
}

/** The file's name: beside the document, after the message; numbered when two messages share a key. */
function freeName({ document, key }: InlineProto, adding: Adding): string {
  const folder = document.file.path.replace(/\.[^./]+$/, "");
  const stem = `${folder}/${key.replace(/[^\p{L}\p{N}_.-]+/gu, "_").replace(/^\.+/, "_") || "payload"}`;
  let name = `${stem}.proto`;
  for (let number = 2; isKnown(name, adding); number += 1) name = `${stem}-${number}.proto`;
  return name;
}

function link({ compiled, files, input }: Adding, diagnostics: Diagnostic[]): LoadedProtos | undefined {
  const protos = new Map<string, FileDescriptorProto>();
  const addDesc = (file: DescFile): void => {
    if (protos.has(file.proto.name)) return;
    protos.set(file.proto.name, file.proto);
    file.dependencies.forEach(addDesc);
  };
  for (const file of (compiled?.registry as FileRegistry | undefined)?.files ?? []) addDesc(file);
  for (const [name, { proto, imports }] of files) {
    protos.set(name, proto);
    for (const path of imports) {
      const file = files.has(path) ? undefined : wellKnownFiles.get(path);
      if (file !== undefined) addDesc(file);
    }
  }
  const toGenerate = [
    ...(compiled?.filesToGenerate ?? []),
    ...[...files.keys()].filter((name) => !wellKnownProtos.has(name)),
  ];
  const sources = [...input.files, ...[...files.values()].map(({ source }) => source)];
  const linked = linkProtos([...protos.values()], toGenerate, sources);
  diagnostics.push(...linked.diagnostics);
  return linked.value;
}

/** Where a line of the text stands in its document: block scalars keep their lines, other texts are one place. */
function rangeOfLine({ range, text }: InlineProto, line: number | undefined): SourceRange {
  if (line === undefined) return range;
  const wanted = (text.split("\n")[line - 1] ?? "").trim();
  const first = locate(range.file, range.start).line;
  for (const candidate of [first + line, first + line - 1]) {
    const shown = lineText(range.file, candidate);
    if (wanted === "" || shown.trim() !== wanted) continue;
    const start = offsetOf(range.file, { line: candidate, column: shown.length - shown.trimStart().length + 1 });
    return { file: range.file, start, end: start + wanted.length };
  }
  return range;
}

function lineOf(text: string, wanted: string | RegExp): number | undefined {
  const at = typeof wanted === "string" ? text.indexOf(wanted) : text.search(wanted);
  return at === -1 ? undefined : text.slice(0, at).split("\n").length;
}

function lastPart(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}

function parentOf(fullName: string): string {
  return fullName.includes(".") ? fullName.slice(0, fullName.lastIndexOf(".")) : "";
}
