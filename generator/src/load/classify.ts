import { suggestName } from "../diagnostics/suggest.ts";
import { isArray, isObject } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { DocumentKind } from "./loaded.ts";

/** What a document is and in which version it is written. */
export interface Classified {
  readonly kind: DocumentKind;
  readonly version: string;
  /** The key that holds the version. */
  readonly versionKey?: string;
}

/** Tells the kind of a document by its content. */
export function classify(root: JsonValue, file: SourceFile): Classified {
  if (isObject(root)) {
    for (const [key, kind] of versionKeys) {
      if (key in root) return { kind, version: versionText(root[key]), versionKey: key };
    }
    if (isArray(root["methodConfig"])) return { kind: "serviceConfig", version: "" };
  }
  if (/\.avsc$/i.test(file.path)) return { kind: "avro", version: "" };
  return { kind: isJsonSchema(root, file) ? "jsonSchema" : "fragment", version: "" };
}

const versionKeys: readonly (readonly [string, DocumentKind])[] = [
  ["openapi", "openapi"],
  ["swagger", "openapi"],
  ["asyncapi", "asyncapi"],
  ["overlay", "overlay"],
  ["trilogue", "policy"],
];

function versionText(value: JsonValue | undefined): string {
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  return typeof value === "string" ? value : "";
}

function isJsonSchema(root: JsonValue, file: SourceFile): boolean {
  const dialect = isObject(root) ? root["$schema"] : undefined;
  if (!isObject(root) && typeof root !== "boolean") return false;
  if (typeof dialect === "string" && /^https?:\/\/json-schema\.org\//.test(dialect)) return true;
  return /\.schema\.(?:json|ya?ml)$/i.test(file.path);
}

const marksInYaml = /^\uFEFF?["']?(?:openapi|swagger|asyncapi|overlay|trilogue|methodConfig)["']?[ \t]*:/m;
const marksInJson = /"(?:openapi|swagger|asyncapi|overlay|trilogue|methodConfig)"\s*:/;
const schemaMark = /^\s*["']?\$schema["']?\s*:\s*["']?https?:\/\/json-schema\.org\//m;

/**
 * True when a file found by discovery may be a contract. It looks for the marks of `classify` in the text, so that
 * the many other YAML and JSON files of a repository are neither parsed nor complained about.
 */
export function mayBeContract(file: SourceFile): boolean {
  if (/\.avsc$/i.test(file.path)) return true;
  if (!/\.(?:ya?ml|json)$/i.test(file.path)) return false;
  const isJson = /^\uFEFF?\s*[{[]/.test(file.text.slice(0, 1000));
  if ((isJson ? marksInJson : marksInYaml).test(file.text)) return true;
  return (
    /\.schema\.(?:json|ya?ml)$/i.test(file.path) ||
    schemaMark.test(file.text) ||
    (isJson && inlineSchemaMark.test(file.text))
  );
}

const inlineSchemaMark = /[{,]\s*"\$schema"\s*:\s*"https?:\/\/json-schema\.org\//;

const bodyInYaml = /^\uFEFF?["']?(?:paths|channels)["']?[ \t]*:/m;
const bodyInJson = /"(?:paths|channels)"\s*:/;

/** True when a text may be a contract whose version field was forgotten; `findForgotten` decides. */
export function mayBeForgotten(file: SourceFile): boolean {
  if (!/\.(?:ya?ml|json)$/i.test(file.path)) return false;
  return (/^\uFEFF?\s*[{[]/.test(file.text.slice(0, 1000)) ? bodyInJson : bodyInYaml).test(file.text);
}

/** A document with the body of a contract and without the field that makes it one. */
export interface Forgotten {
  readonly format: string;
  readonly field: string;
  readonly version: string;
  /** The key that was probably meant to be the field. */
  readonly nearest: string | undefined;
}

/** Tells a document without version field by its body; undefined for all others. */
export function findForgotten(root: JsonValue): Forgotten | undefined {
  if (!isObject(root) || versionKeys.some(([key]) => key in root)) return undefined;
  const has = (key: string): boolean => isObject(root[key] ?? null);
  const nearestTo = (field: string): string | undefined =>
    Object.keys(root).find((key) => suggestName(key, [field]) !== undefined);
  if (has("paths") && has("info")) {
    return { format: "OpenAPI", field: "openapi", version: "3.1.0", nearest: nearestTo("openapi") };
  }
  if (!has("channels") || !(has("info") || has("operations"))) return undefined;
  // Channels hold their operations until 2.6.
  const version = has("operations") ? "3.0.0" : "2.6.0";
  return { format: "AsyncAPI", field: "asyncapi", version, nearest: nearestTo("asyncapi") };
}

interface Supported {
  readonly format: string;
  readonly pattern: RegExp;
  readonly text: string;
}

const supported: Readonly<Record<string, Supported>> = {
  openapi: { format: "OpenAPI", pattern: /^3\.[012](?:\.\d+)?(?:-.+)?$/, text: "3.0, 3.1 or 3.2" },
  swagger: { format: "OpenAPI", pattern: /^2\.0$/, text: "2.0, 3.0, 3.1 or 3.2" },
  asyncapi: { format: "AsyncAPI", pattern: /^(?:2\.[0-6]|3\.[01])(?:\.\d+)?(?:-.+)?$/, text: "2.0 to 2.6, 3.0 or 3.1" },
  overlay: { format: "Overlay", pattern: /^1\.[01](?:\.\d+)?$/, text: "1.0 or 1.1" },
};

/** The format whose version is not read, with what is; undefined when all is well. */
export function findUnknownVersion(classified: Classified): { format: string; expected: string } | undefined {
  const known = supported[classified.versionKey ?? ""];
  if (known === undefined || known.pattern.test(classified.version)) return undefined;
  return { format: known.format, expected: known.text };
}
