import type { LoadedDocument } from "../load/loaded.ts";
import { isObject } from "../source/json.ts";

/** How the schemas of a document differ from JSON Schema 2020-12. */
export interface Dialect {
  /** For messages: `OpenAPI 3.1.0`. */
  readonly name: string;
  /** Whether keywords beside `$ref` apply (since JSON Schema 2019-09). */
  readonly hasRefSiblings: boolean;
  /** Whether `nullable` is a keyword; elsewhere it is honoured with a warning. */
  readonly hasNullable: boolean;
}

/**
 * The dialect of a document, by its own kind and version. A fragment has neither: there the newest reading applies,
 * with the keywords of OpenAPI 3.0, because nothing tells which contract it was written for.
 */
export function dialectOf(document: LoadedDocument): Dialect {
  switch (document.kind) {
    case "openapi": {
      const isOld = /^(?:2|3\.0)(?:\.|$)/.test(document.version);
      return {
        name: `OpenAPI ${document.version}`,
        hasRefSiblings: !isOld && !isOldDraft(document, "jsonSchemaDialect"),
        hasNullable: isOld,
      };
    }
    case "asyncapi":
      return { name: `AsyncAPI ${document.version}`, hasRefSiblings: false, hasNullable: false };
    case "fragment":
      return { name: "a fragment", hasRefSiblings: true, hasNullable: true };
    default:
      return { name: "JSON Schema", hasRefSiblings: !isOldDraft(document, "$schema"), hasNullable: false };
  }
}

function isOldDraft(document: LoadedDocument, key: string): boolean {
  const dialect = isObject(document.root) ? document.root[key] : undefined;
  return typeof dialect === "string" && /draft-0[3-7]/.test(dialect);
}
