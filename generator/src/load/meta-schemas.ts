import type { SourceFile } from "../source/source-file.ts";
import { metaSchemas07 } from "./meta-schemas-07.ts";
import { metaSchemas2020 } from "./meta-schemas-2020.ts";

/** The metaschemas that a `$ref` may lead to, as files: those of drafts 2020-12 and 07. */
export const metaSchemaFiles: readonly SourceFile[] = Object.entries({ ...metaSchemas2020, ...metaSchemas07 }).map(
  ([path, schema]) => ({ path, displayPath: path, text: JSON.stringify(schema) }),
);

const paths: ReadonlySet<string> = new Set(metaSchemaFiles.map(({ path }) => path));

/** The path of the metaschema with this URI: `json-schema.org/draft/2020-12/schema.json`; undefined when not known. */
export function metaSchemaPath(uri: string): string | undefined {
  const path = `${uri.replace(/^https?:\/\//, "")}.json`;
  return paths.has(path) ? path : undefined;
}
