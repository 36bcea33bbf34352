import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import { isObject } from "../source/json.ts";
import type { SourceFile } from "../source/source-file.ts";
import { mayBeContract } from "./classify.ts";
import { finishDocument, readDocument } from "./documents.ts";
import type { RawDocument } from "./documents.ts";
import type { LoadedDocument, LoadInput, LoadResult } from "./loaded.ts";
import { loadProtos } from "./protos.ts";
import { resolveRefs } from "./resolve-refs.ts";
import type { DocumentSource } from "./resolve-refs.ts";

/**
 * Reads the contracts: finds out what each file is, brings it to its newest form and resolves every reference.
 * Pure: what it needs beyond the given files is returned in `needs`, and the caller calls again.
 */
export function load(input: LoadInput): Outcome<LoadResult> {
  const diagnostics: Diagnostic[] = [];
  const protos = loadProtos(input);
  diagnostics.push(...protos.diagnostics);
  const files = new Map(input.files.map((file) => [file.path, file]));
  const documents = new Map<string, LoadedDocument | undefined>();
  const entries = readEntries(input, diagnostics).map((raw) => finishDocument(raw, diagnostics));
  for (const document of entries) documents.set(document.file.path, document);
  const needs = new Set<string>();
  const source: DocumentSource = {
    open: (path) => {
      if (!documents.has(path)) {
        const file = files.get(path);
        if (file === undefined) {
          if (input.missing?.has(path) === true) return undefined;
          needs.add(path);
          return "pending";
        }
        documents.set(path, openReferenced(file, diagnostics));
      }
      // What can't be read has been reported where it is wrong.
      return documents.get(path) ?? "pending";
    },
    byId: createIdIndex(documents),
    knownPaths: () => files.keys(),
    protos: protos.value,
  };
  const { refs, discriminators } = resolveRefs(entries, source, diagnostics);
  const all = [...documents.values()].filter((document) => document !== undefined);
  const loaded = { documents: all.sort(byPath), refs, discriminators, protos: protos.value };
  return { value: { loaded, needs: [...needs].sort() }, diagnostics: sortByPlace(diagnostics) };
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

function openReferenced(file: SourceFile, diagnostics: Diagnostic[]): LoadedDocument | undefined {
  const raw = readDocument(file, false, diagnostics);
  return raw === undefined ? undefined : finishDocument(raw, diagnostics);
}

function createIdIndex(documents: ReadonlyMap<string, LoadedDocument | undefined>): (id: string) => LoadedDocument | undefined {
  return (id) => {
    if (!id.includes(":")) return undefined;
    for (const document of documents.values()) {
      const root = document?.root;
      if (isObject(root) && (root["$id"] === id || root["$self"] === id)) return document;
    }
    return undefined;
  };
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
