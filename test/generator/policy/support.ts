import assert from "node:assert/strict";
import type { Diagnostic, Outcome } from "../../../generator/src/diagnostics/diagnostic.ts";
import type { PolicyLayerName, PolicyValue, ResolvedPolicy } from "../../../generator/src/model/policy.ts";
import type { NativeFacts, PolicyLayer } from "../../../generator/src/policy/layers.ts";
import { resolvePolicy } from "../../../generator/src/policy/resolve.ts";
import { isObject, rangeOf, type JsonObject } from "../../../generator/src/source/json.ts";
import { readYaml } from "../../../generator/src/source/read-yaml.ts";
import { locate, type SourceFile, type SourceRange } from "../../../generator/src/source/source-file.ts";

export function fileOf(text: string, path = "api.yaml"): SourceFile {
  return { path, displayPath: path, text };
}

/** Reads YAML with places. */
export function yaml(text: string, path = "api.yaml"): JsonObject {
  const { value, problems } = readYaml(fileOf(text, path));
  assert.deepEqual(problems, []);
  assert.ok(isObject(value));
  return value;
}

export function layer(name: PolicyLayerName, text: string, extra: Partial<PolicyLayer> = {}): PolicyLayer {
  const value = yaml(text, `${name}.yaml`);
  return { name, value, range: rangeOf(value) ?? assert.fail("no range"), ...extra };
}

export const post: NativeFacts = {
  kind: "http",
  isStream: false,
  level: { value: "none", why: "POST" },
  levelIsFact: false,
  hasSecurity: true,
};
export const get: NativeFacts = { ...post, level: { value: "safe", why: "GET" }, levelIsFact: true };
export const keyedPost: NativeFacts = {
  ...post,
  level: { value: "keyed", why: "POST with Idempotency-Key" },
  levelIsFact: true,
  key: { from: "header", name: "Idempotency-Key", required: false },
};
export const rpc: NativeFacts = { ...post, kind: "rpc", level: { value: "none", why: "no idempotency_level" } };
export const event: NativeFacts = {
  kind: "event",
  isStream: false,
  level: { value: "keyed", why: "CloudEvents id" },
  levelIsFact: false,
  key: { from: "message", name: "id", required: false },
  hasSecurity: false,
};

export function resolve(facts: NativeFacts, ...layers: readonly PolicyLayer[]): Outcome<ResolvedPolicy> {
  const file = fileOf("paths:\n  createPayment\n");
  return resolvePolicy({ name: "createPayment", at: { file, start: 9, end: 22 } }, facts, layers);
}

/** `operation.yaml:2:5 error code: message`, and the related places below it. */
export function lines(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.flatMap(({ severity, code, message, range, related }) => [
    `${show(range)} ${severity} ${code}: ${message}`,
    ...(related ?? []).map((place) => `  ${show(place.range)} ${place.message}`),
  ]);
}

export function codes({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): readonly string[] {
  return diagnostics.map(({ code }) => code);
}

export function valueAt({ value }: Outcome<ResolvedPolicy>, path: string): PolicyValue | undefined {
  return value.values.find((entry) => entry.path === path);
}

function show(range: SourceRange | undefined): string {
  if (range === undefined) return "-";
  const { line, column } = locate(range.file, range.start);
  return `${range.file.path}:${line}:${column}`;
}
