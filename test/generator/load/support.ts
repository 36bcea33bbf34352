import assert from "node:assert/strict";
import type { Diagnostic, Outcome } from "../../../generator/src/diagnostics/diagnostic.ts";
import { load } from "../../../generator/src/load/load.ts";
import type { Loaded, LoadedDocument, LoadResult, RefTarget } from "../../../generator/src/load/loaded.ts";
import { isArray, isObject } from "../../../generator/src/source/json.ts";
import type { JsonObject, JsonValue } from "../../../generator/src/source/json.ts";
import { locate } from "../../../generator/src/source/source-file.ts";

/** Loads files given as texts; all are entries unless told otherwise. */
export function loadTexts(
  texts: Readonly<Record<string, string>>,
  options: {
    readonly entries?: readonly string[];
    readonly missing?: readonly string[];
    readonly descriptorSet?: Uint8Array;
  } = {},
): Outcome<LoadResult> {
  const files = Object.entries(texts).map(([path, text]) => ({ path, displayPath: path, text }));
  return load({
    files,
    entries: new Set(options.entries ?? Object.keys(texts)),
    ...(options.missing === undefined ? {} : { missing: new Set(options.missing) }),
    ...(options.descriptorSet === undefined ? {} : { descriptorSet: options.descriptorSet }),
  });
}

/** `path:line:column severity code`, for each. */
export function summarize(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ severity, code, range }) => {
    const at = range === undefined ? undefined : locate(range.file, range.start);
    return `${range?.file.path ?? "-"}:${at?.line ?? 0}:${at?.column ?? 0} ${severity} ${code}`;
  });
}

/** The document of a path; there must be one. */
export function documentOf(loaded: Loaded, path: string): LoadedDocument {
  const found = loaded.documents.find((document) => document.file.path === path);
  assert.ok(found, `no document ${path}`);
  return found;
}

/** The value at a path of keys. */
export function at(value: JsonValue, ...keys: readonly (string | number)[]): JsonValue {
  let current = value;
  for (const key of keys) {
    const next = isArray(current) ? current[Number(key)] : isObject(current) ? current[key] : undefined;
    assert.notEqual(next, undefined, `nothing at ${key} of ${keys.join(".")}`);
    current = next as JsonValue;
  }
  return current;
}

/** Where the reference at a path of keys leads. */
export function targetAt(loaded: Loaded, path: string, ...keys: readonly (string | number)[]): RefTarget {
  const target = loaded.refs.get(at(documentOf(loaded, path).root, ...keys) as JsonObject);
  assert.ok(target, `no target for ${keys.join(".")}`);
  return target;
}

/** A value with ordinary prototypes, to compare. */
export function plain(value: JsonValue): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** An OpenAPI 3.1 document with these components. */
export function openApi(components: string, paths = "{}"): string {
  return `openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: ${paths}\ncomponents:\n${components}`;
}
