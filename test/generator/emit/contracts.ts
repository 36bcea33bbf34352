import { deepStrictEqual } from "node:assert/strict";
import { generate } from "../../../generator/src/generate.ts";
import type { Generated } from "../../../generator/src/generate.ts";

/** Generates from texts by path, JSON or YAML; fails on errors. */
export function generateFrom(texts: Readonly<Record<string, string>>): Generated {
  const files = Object.entries(texts).map(([path, text]) => ({ path, displayPath: path, text }));
  const generated = generate(
    { files, entries: new Set(files.map(({ path }) => path)) },
    { importExtension: "ts", messages: "own" },
  );
  deepStrictEqual(
    generated.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
    [],
  );
  return generated;
}

/** One generated file. */
export function fileOf(generated: Generated, path: string): string {
  const file = generated.files.find((candidate) => candidate.path === path);
  if (file === undefined)
    throw new Error(`${path} is not among ${generated.files.map((other) => other.path).join(", ")}`);
  return file.text;
}

/** An OpenAPI 3.1 document of these parts, as JSON. */
export function openApi(parts: {
  readonly schemas?: object;
  readonly paths?: object;
  readonly title?: string;
  readonly [key: string]: unknown;
}): string {
  const { schemas = {}, paths = {}, title = "Shop", ...rest } = parts;
  return JSON.stringify({ openapi: "3.1.0", info: { title, version: "1" }, paths, components: { schemas }, ...rest });
}

/** The declaration of one exported name, without docs and places. */
export function declarationOf(text: string, name: string): string {
  const start = text.search(new RegExp(`^export (?:interface|type|const) ${name}\\b`, "m"));
  if (start < 0) throw new Error(`${name} is not exported`);
  const end = text.indexOf("\n\n", start);
  return text
    .slice(start, end < 0 ? text.length : end)
    .replace(/^\s*\/\*\*.*\*\/\n/gm, "")
    .trimEnd();
}
