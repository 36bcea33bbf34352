import { dedupeDiagnostics } from "../diagnostics/dedupe.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { isObject, rangeOf } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";
import { readSource } from "../source/read-source.ts";
import type { SourceFile } from "../source/source-file.ts";
import { checkShape } from "./check-shape.ts";
import { mayBeContract } from "./classify.ts";
import { checkForgotten, finishDocument, readDocument } from "./documents.ts";
import type { RawDocument } from "./documents.ts";
import { addInlineProtos } from "./inline-protos.ts";
import type { LoadedDocument, LoadInput, LoadResult } from "./loaded.ts";
import { metaSchemaFiles, metaSchemaPath } from "./meta-schemas.ts";
import { applyOverlay, findOverlayTarget } from "./overlay.ts";
import { loadProtos } from "./protos.ts";
import { findResources, indexOf } from "./resources.ts";
import { resolveRefs, type DocumentSource } from "./resolve-refs.ts";

/**
 * Reads the contracts: finds out what each file is, applies overlays, brings each document to its newest form and
 * resolves every reference. Pure: what it needs beyond the given files is returned in `needs`, and the caller calls
 * again. The value is usable when there is no error.
 */
export function load(input: LoadInput): Outcome<LoadResult> {
  const diagnostics: Diagnostic[] = [];
  const protos = loadProtos(input);
  diagnostics.push(...protos.diagnostics);
  const library = createLibrary(input, diagnostics);
  const entries = library.openEntries();
  const { refs, discriminators } = resolveRefs(entries, { ...library, protos: protos.value }, diagnostics);
  const documents = library.documents();
  const isRead = new Set(documents.map(({ file }) => file.path));
  for (const file of input.files) {
    if (input.entries.has(file.path) && !isRead.has(file.path)) checkForgotten(file, diagnostics);
  }
  const inline = addInlineProtos(documents, protos.value, { input, diagnostics });
  const resources = findResources(documents);
  const loaded = { documents, refs, discriminators, resources, protos: inline.protos, inlineProtos: inline.messages };
  const needs = [...new Set([...library.needs(), ...inline.needs])].sort();
  return { value: { loaded, needs }, diagnostics: sortByPlace(dedupeDiagnostics(diagnostics)) };
}

/** The documents of a run, each read once. */
interface Library {
  openEntries(): readonly LoadedDocument[];
  open(path: string, referrer?: LoadedDocument): LoadedDocument | "pending" | undefined;
  byUri: DocumentSource["byUri"];
  knownPaths(): Iterable<string>;
  documents(): readonly LoadedDocument[];
  needs(): readonly string[];
}

function createLibrary(input: LoadInput, diagnostics: Diagnostic[]): Library {
  const files = new Map([...metaSchemaFiles, ...input.files].map((file) => [file.path, file]));
  const documents = new Map<string, LoadedDocument | undefined>();
  const needs = new Set<string>();
  const entries = readEntries(input, diagnostics);
  const overlays = findOverlays(entries, diagnostics);
  const finish = (raw: RawDocument, referrer?: LoadedDocument): LoadedDocument => {
    const overlaid = (overlays.get(raw.file.path) ?? []).reduce(
      (target, overlay) => applyOverlay(target, overlay, diagnostics),
      raw,
    );
    checkShape(overlaid, diagnostics);
    return finishDocument(overlaid, { diagnostics, referrer, readOther });
  };
  const readOther = (path: string): JsonValue | undefined => {
    const file = files.get(path);
    // What is missing, or can't be read, is reported where the reference to it is resolved.
    if (file !== undefined) return readSource(file).value;
    if (!path.startsWith("../") && input.missing?.has(path) !== true) needs.add(path);
    return undefined;
  };
  const open: Library["open"] = (path, referrer) => {
    if (!documents.has(path)) {
      const file = files.get(path);
      if (file === undefined) {
        if (input.missing?.has(path) === true) return undefined;
        needs.add(path);
        return "pending";
      }
      const raw = readDocument(file, false, diagnostics);
      documents.set(path, raw === undefined ? undefined : finish(raw, referrer));
    }
    // What can't be read has been reported where it is wrong.
    return documents.get(path) ?? "pending";
  };
  return {
    open,
    openEntries: () => {
      for (const entry of entries) documents.set(entry.file.path, finish(entry));
      for (const [path, [overlay]] of overlays) {
        if (open(path) === undefined && overlay !== undefined) reportMissingTarget(overlay, path, diagnostics);
      }
      return [...documents.values()].filter((document) => document?.isEntry === true) as readonly LoadedDocument[];
    },
    byUri: (uri, preferred) => {
      const path = metaSchemaPath(uri);
      if (path !== undefined && !documents.has(path)) open(path);
      return findByUri([preferred, ...documents.values()], uri);
    },
    knownPaths: () => input.files.map(({ path }) => path),
    documents: () => [...documents.values()].filter((document) => document !== undefined).sort(byPath),
    needs: () => [...needs].sort(),
  };
}

function readEntries(input: LoadInput, diagnostics: Diagnostic[]): readonly RawDocument[] {
  const found: RawDocument[] = [];
  for (const file of input.files) {
    if (!input.entries.has(file.path) || !mayBeContract(file)) continue;
    const document = readDocument(file, true, diagnostics);
    if (document !== undefined) found.push(document);
  }
  return found.sort(byPath);
}

/** Overlays by the path of the document that they apply to, in the order of their paths. */
function findOverlays(
  entries: readonly RawDocument[],
  diagnostics: Diagnostic[],
): ReadonlyMap<string, readonly RawDocument[]> {
  const contracts = entries.filter(({ kind }) => kind === "openapi" || kind === "asyncapi");
  const byTarget = new Map<string, RawDocument[]>();
  for (const overlay of entries) {
    const target = overlay.kind === "overlay" ? findOverlayTarget(overlay, contracts, diagnostics) : undefined;
    if (target !== undefined) byTarget.set(target, [...(byTarget.get(target) ?? []), overlay]);
  }
  return byTarget;
}

function reportMissingTarget(overlay: RawDocument, path: string, diagnostics: Diagnostic[]): void {
  const range = isObject(overlay.root) ? rangeOf(overlay.root, "extends") : undefined;
  diagnostics.push(
    createDiagnostic(
      messages.overlayWithoutTarget,
      { found: `${JSON.stringify(path)}, which can't be read` },
      { range },
    ),
  );
}

function findByUri(
  documents: Iterable<LoadedDocument | undefined>,
  uri: string,
): { readonly document: LoadedDocument; readonly tokens: readonly string[] } | undefined {
  for (const document of documents) {
    const tokens = document === undefined ? undefined : indexOf(document).resources.get(uri);
    if (document !== undefined && tokens !== undefined) return { document, tokens };
  }
  return undefined;
}

function byPath(left: { readonly file: SourceFile }, right: { readonly file: SourceFile }): number {
  return left.file.path < right.file.path ? -1 : left.file.path > right.file.path ? 1 : 0;
}

function sortByPlace(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted((left, right) => {
    const leftPath = left.range?.file.path ?? "";
    const rightPath = right.range?.file.path ?? "";
    if (leftPath !== rightPath) return leftPath < rightPath ? -1 : 1;
    return (left.range?.start ?? 0) - (right.range?.start ?? 0);
  });
}
