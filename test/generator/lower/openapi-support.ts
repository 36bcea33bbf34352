import assert from "node:assert/strict";
import { locate } from "../../../generator/src/source/source-file.ts";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { load } from "../../../generator/src/load/load.ts";
import type { Loaded } from "../../../generator/src/load/loaded.ts";
import { lower } from "../../../generator/src/lower/lower.ts";
import type { LowerOptions } from "../../../generator/src/lower/lowering.ts";
import type { HttpContract, HttpOperationModel } from "../../../generator/src/model/http.ts";
import type { Model } from "../../../generator/src/model/model.ts";
import type { NamedType } from "../../../generator/src/model/schema.ts";

/** Texts by path; those under `parts/` are only referenced. */
export type Texts = Readonly<Record<string, string>>;

/** What lowering gave, with findings as `path:line code`. */
export interface LoweredTexts {
  readonly model: Model;
  readonly diagnostics: readonly Diagnostic[];
  readonly found: readonly string[];
}

/** Loads texts; they must load without an error. */
export function loadTexts(texts: Texts): Loaded {
  const files = Object.entries(texts).map(([path, text]) => ({ path, displayPath: path, text }));
  const entries = new Set(files.map(({ path }) => path).filter((path) => !path.startsWith("parts/")));
  const { value, diagnostics } = load({ files, entries });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
    [],
  );
  assert.deepEqual(value.needs, []);
  return value.loaded;
}

/** Loads and lowers texts. */
export function lowerTexts(texts: Texts, options: LowerOptions = {}): LoweredTexts {
  const { value, diagnostics } = lower(loadTexts(texts), options);
  return { model: value, diagnostics, found: diagnostics.map(show) };
}

/** A finding as `path:line code`. */
export function show({ range, code }: Diagnostic): string {
  return range === undefined ? code : `${range.file.path}:${locate(range.file, range.start).line} ${code}`;
}

/** Lowers one OpenAPI document given from `paths:` on, as `api.yaml` of which the first four lines are the head. */
export function lowerApi(text: string, version: string = "3.1.0"): LoweredTexts & { readonly contract: HttpContract } {
  const lowered = lowerTexts({ "api.yaml": `openapi: ${version}\ninfo:\n  title: Test\n  version: "1"\n${text}` });
  const [contract] = lowered.model.contracts;
  assert.ok(contract?.kind === "http");
  return { ...lowered, contract };
}

/** Lowers one component schema `S` (and others beside it), written as YAML flow or block text. */
export function lowerSchemas(
  text: string,
  version?: string,
): LoweredTexts & { readonly types: Readonly<Record<string, NamedType>> } {
  const indented = text
    .trim()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
  const lowered = lowerApi(`components:\n  schemas:\n${indented}\n`, version);
  return { ...lowered, types: Object.fromEntries([...lowered.model.types.values()].map((type) => [type.name, type])) };
}

/** A value without the places in it, for comparison. */
export function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, entry: unknown) => (key === "at" || key === "range" ? undefined : entry)),
  );
}

/** The operation of a contract by its name. */
export function operationNamed(contract: HttpContract, name: string): HttpOperationModel {
  const operation = [...contract.operations, ...contract.webhooks].find((candidate) => candidate.name === name);
  assert.ok(
    operation,
    `no operation "${name}" among ${contract.operations.map((candidate) => candidate.name).join(", ")}`,
  );
  return operation;
}
