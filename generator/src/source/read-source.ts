import { readJson } from "./read-json.ts";
import type { ReadResult } from "./read-result.ts";
import { readYaml } from "./read-yaml.ts";
import type { SourceFile } from "./source-file.ts";

const results = new WeakMap<SourceFile, ReadResult>();

/**
 * Reads a YAML or JSON file. JSON is read by the JSON reader, which is faster and has exact places; a `.yaml` file
 * that looks like JSON and isn't quite is read as YAML. Values are immutable, so that a file object is read once.
 */
export function readSource(file: SourceFile): ReadResult {
  const known = results.get(file);
  if (known !== undefined) return known;
  const result = read(file);
  results.set(file, result);
  return result;
}

function read(file: SourceFile): ReadResult {
  if (/\.(?:md|txt)$/i.test(file.path)) return { value: file.text, problems: [] };
  if (/\.(?:json|avsc)$/i.test(file.path)) return readJson(file);
  if (/^\uFEFF?\s*[[{]/.test(file.text.slice(0, 1000))) {
    const result = readJson(file);
    if (result.value !== undefined) return result;
  }
  return readYaml(file);
}
