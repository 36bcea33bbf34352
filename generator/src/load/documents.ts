import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { isObject, rangeOf } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";
import type { ReadProblem } from "../source/read-result.ts";
import { readSource } from "../source/read-source.ts";
import type { SourceFile } from "../source/source-file.ts";
import { convertAsyncApi2 } from "./asyncapi2.ts";
import { classify, findForgotten, findUnknownVersion, mayBeForgotten } from "./classify.ts";
import type { Classified } from "./classify.ts";
import type { ReadOther } from "./convert-context.ts";
import type { LoadedDocument } from "./loaded.ts";
import { folderOf, joinPath } from "./paths.ts";
import { convertSwagger2 } from "./swagger2.ts";
import { convertFragment2 } from "./swagger2-fragments.ts";

/** A file as it was read, before overlays and conversions. */
export interface RawDocument extends Classified {
  readonly file: SourceFile;
  readonly root: JsonValue;
  readonly isEntry: boolean;
}

/** Reads a file and tells its kind. Undefined when the text can't be read, or its version is not known. */
export function readDocument(file: SourceFile, isEntry: boolean, diagnostics: Diagnostic[]): RawDocument | undefined {
  const { value: root, problems } = readSource(file);
  const classified = root === undefined ? undefined : classify(root, file);
  // A fragment that nothing refers to is no contract; what is wrong with it is no business of ours.
  if (isEntry && classified?.kind === "fragment") return undefined;
  diagnostics.push(...problems.map(describeProblem));
  if (root === undefined || classified === undefined) return undefined;
  const unknown = findUnknownVersion(classified);
  if (unknown !== undefined) {
    const range = isObject(root) ? rangeOf(root, classified.versionKey) : undefined;
    const found = classified.version === "" ? "none" : JSON.stringify(classified.version.slice(0, 40));
    diagnostics.push(createDiagnostic(messages.unknownVersion, { ...unknown, found }, { range }));
    return undefined;
  }
  return { ...classified, file, root, isEntry };
}

/** Says of a file that nothing reads when it has the body of a contract: silence would look like success. */
export function checkForgotten(file: SourceFile, diagnostics: Diagnostic[]): void {
  const root = mayBeForgotten(file) ? readSource(file).value : undefined;
  const forgotten = root === undefined ? undefined : findForgotten(root);
  if (forgotten === undefined) return;
  const isJson = /^\uFEFF?\s*\{/.test(file.text);
  const range = { file, start: 0, end: 0 };
  diagnostics.push(createDiagnostic(messages.versionForgotten, { ...forgotten, isJson }, { range }));
}

/**
 * The document as `Loaded` gives it on: OpenAPI 2.0 and AsyncAPI 2.x in the shape of 3.x. A fragment is read in the
 * words of the document that first refers to it, because it does not say by itself which they are.
 */
export function finishDocument(raw: RawDocument, { diagnostics, referrer, readOther }: FinishOptions): LoadedDocument {
  const { kind, file, isEntry, root } = raw;
  const readBeside: ReadOther = (path) => readOther(joinPath(folderOf(file.path), path));
  if (kind === "fragment" && referrer?.version === "2.0" && isObject(root)) {
    const converted = convertFragment2(root, { referrer: referrer.root, diagnostics, readOther: readBeside });
    return { kind, file, version: "2.0", root: converted, isEntry };
  }
  return { kind, file, version: raw.version, root: convert(raw, diagnostics, readBeside), isEntry };
}

/** What a document is finished with. */
export interface FinishOptions {
  readonly diagnostics: Diagnostic[];
  /** The document that first refers to it. */
  readonly referrer?: LoadedDocument | undefined;
  /** The root of another file as it is written, by its path; undefined while the shell has yet to read it. */
  readonly readOther: ReadOther;
}

function convert({ kind, version, root }: RawDocument, diagnostics: Diagnostic[], readOther: ReadOther): JsonValue {
  if (!isObject(root)) return root;
  if (kind === "openapi" && version === "2.0") return convertSwagger2(root, diagnostics, readOther);
  if (kind === "asyncapi" && version.startsWith("2.")) return convertAsyncApi2(root, diagnostics);
  return root;
}

function describeProblem(problem: ReadProblem): Diagnostic {
  const related = problem.first === undefined ? [] : [{ range: problem.first, message: "it stood here first" }];
  return createDiagnostic(definitions[problem.kind], { problem: problem.message }, { range: problem.range, related });
}

const definitions = {
  syntax: messages.contractSyntax,
  "complex-key": messages.contractSyntax,
  "duplicate-key": messages.duplicateKey,
  "too-deep": messages.contractLimit,
  "too-large": messages.contractLimit,
  "alias-limit": messages.contractLimit,
  "several-documents": messages.severalDocuments,
  "unknown-tag": messages.unknownTag,
  lenient: messages.lenientYaml,
} as const;
