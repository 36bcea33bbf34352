import { dialectUnknown, vocabularyUnknown } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Loaded, LoadedDocument } from "../load/loaded.ts";
import { indexOf } from "../load/resources.ts";
import { isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";

/** How the schemas of a document differ from JSON Schema 2020-12. */
export interface Dialect {
  /** For messages: `OpenAPI 3.1.0`. */
  readonly name: string;
  /** Whether keywords beside `$ref` apply (since JSON Schema 2019-09). */
  readonly hasRefSiblings: boolean;
  /** Whether `nullable` is a keyword; elsewhere it is honoured with a warning. */
  readonly hasNullable: boolean;
  /** Whether `type`, `maximum` and the like are checked: not where the metaschema leaves out their vocabulary. */
  readonly hasValidation: boolean;
  /** Whether a metaschema of the author's own may have keywords of its own. Absent: no. */
  readonly isCustom?: boolean;
}

type Vocabularies = Pick<Dialect, "hasValidation" | "isCustom">;

/** Finds the dialects of a run's schemas; says once a document what it doesn't know. */
export interface Dialects {
  /** Of a document as a whole. */
  of(document: LoadedDocument): Dialect;
  /** Of a schema with a `$schema` of its own; otherwise the one around it. */
  within(dialect: Dialect, schema: JsonValue, document: LoadedDocument): Dialect;
}

/** Creates the dialects of a run. */
export function createDialects(loaded: Loaded, report: (diagnostic: Diagnostic) => void): Dialects {
  const known = new Map<LoadedDocument, Dialect>();
  const custom = (holder: JsonObject, key: string): Vocabularies => {
    const uri = String(holder[key]);
    const range = rangeOf(holder, key);
    if (standardDialect.test(uri)) return { hasValidation: true };
    const vocabularies = vocabulariesOf(uri, loaded);
    if (vocabularies === undefined) {
      report(createDiagnostic(dialectUnknown, { uri }, { range }));
      return { hasValidation: true, isCustom: true };
    }
    for (const [name, isRequired] of Object.entries(vocabularies)) {
      if (isRequired === true && !standardVocabulary.test(name)) {
        report(createDiagnostic(vocabularyUnknown, { uri: name }, { range }));
      }
    }
    const hasValidation = Object.keys(vocabularies).some((name) => /\/vocab\/validation$/.test(name));
    return { hasValidation, isCustom: true };
  };
  return {
    of: (document) => {
      const found = known.get(document) ?? dialectOf(document, custom);
      known.set(document, found);
      return found;
    },
    within: (dialect, schema, document) => {
      if (!isObject(schema) || typeof schema["$schema"] !== "string" || schema === document.root) return dialect;
      const hasRefSiblings = !isOldDraft(schema, "$schema");
      return { name: "JSON Schema", hasRefSiblings, hasNullable: false, ...custom(schema, "$schema") };
    },
  };
}

const standardDialect =
  /^https?:\/\/(?:json-schema\.org\/(?:[\w-]+\/)*(?:hyper-)?schema#?$|spec\.openapis\.org\/oas\/)/;
const standardVocabulary =
  /^https:\/\/(?:json-schema\.org\/draft\/20(?:19-09|20-12)\/vocab|spec\.openapis\.org\/oas)\//;

/** The vocabularies that a metaschema among the contracts lists; empty when it lists none, undefined when not found. */
function vocabulariesOf(uri: string, { documents }: Loaded): Readonly<Record<string, JsonValue>> | undefined {
  const plain = uri.replace(/#$/, "");
  for (const document of documents) {
    if (indexOf(document).resources.get(plain)?.length !== 0 || !isObject(document.root)) continue;
    const vocabularies = document.root["$vocabulary"];
    return isObject(vocabularies ?? null) ? (vocabularies as JsonObject) : { "/vocab/validation": false };
  }
  return undefined;
}

/**
 * The dialect of a document, by its own kind and version. A fragment has neither: there the newest reading applies,
 * with the keywords of OpenAPI 3.0, because nothing tells which contract it was written for.
 */
function dialectOf(document: LoadedDocument, custom: (holder: JsonObject, key: string) => Vocabularies): Dialect {
  const { root, kind, version } = document;
  const declared = (key: string): Vocabularies =>
    isObject(root) && typeof root[key] === "string" ? custom(root, key) : { hasValidation: true };
  switch (kind) {
    case "openapi": {
      const isOld = /^(?:2|3\.0)(?:\.|$)/.test(version);
      return {
        name: `OpenAPI ${version}`,
        hasRefSiblings: !isOld && !isOldDraft(root, "jsonSchemaDialect"),
        hasNullable: isOld,
        ...(isOld ? { hasValidation: true } : declared("jsonSchemaDialect")),
      };
    }
    case "asyncapi":
      return { name: `AsyncAPI ${version}`, hasRefSiblings: false, hasNullable: false, hasValidation: true };
    case "fragment":
      return { name: "a fragment", hasRefSiblings: true, hasNullable: true, hasValidation: true };
    default:
      return {
        name: "JSON Schema",
        hasRefSiblings: !isOldDraft(root, "$schema"),
        hasNullable: false,
        ...declared("$schema"),
      };
  }
}

function isOldDraft(holder: JsonValue, key: string): boolean {
  const dialect = isObject(holder) ? holder[key] : undefined;
  return typeof dialect === "string" && /draft-0[3-7]/.test(dialect);
}
