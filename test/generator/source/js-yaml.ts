import { createRequire } from "node:module";

interface JsYaml {
  load(text: string): unknown;
  dump(value: unknown, options?: { readonly flowLevel?: number }): string;
}

/** The js-yaml that the generator uses; another version stands in the root for the tools. */
const jsYaml: JsYaml = createRequire(new URL("../../../generator/package.json", import.meta.url))("js-yaml");

/** Reads YAML with js-yaml. */
export function load(text: string): unknown {
  return jsYaml.load(text);
}

/** Writes YAML with js-yaml, in flow style or in block style. */
export function dump(value: unknown, isFlow: boolean): string {
  return jsYaml.dump(value, { flowLevel: isFlow ? 0 : -1 });
}
