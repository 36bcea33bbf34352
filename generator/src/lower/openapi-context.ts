import { openApiExpected } from "../diagnostics/catalogue/openapi.ts";
import { createDiagnostic, type MessageDefinition, type RelatedPlace } from "../diagnostics/diagnostic.ts";
import type { LoadedDocument } from "../load/loaded.ts";
import type {
  HttpMediaTypeModel,
  HttpParameterModel,
  HttpResponseModel,
  HttpSecuritySchemeModel,
} from "../model/http.ts";
import type { PolicyLayer } from "../policy/layers.ts";
import { isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { LoweringInput } from "./lowering.ts";
import type { LoweredServers } from "./openapi-servers.ts";
import { followRefs, keyRangeOfRoot } from "./schema-lookup.ts";

/** What is known while one OpenAPI document is lowered. */
export interface OpenApiContext {
  readonly input: LoweringInput;
  readonly document: LoadedDocument;
  readonly root: JsonObject;
  readonly fullName: string;
  readonly servers: LoweredServers;
  /** Security schemes by the name that requirements give them; those found by URI, or nowhere, come in as needed. */
  readonly schemes: Map<string, HttpSecuritySchemeModel>;
  /** `x-trilogue` of the tags that have one. */
  readonly tagLayers: ReadonlyMap<string, PolicyLayer>;
  /** Layers below those of tags: the configuration's, then the document's own. */
  readonly rootLayers: readonly PolicyLayer[];
  /** Shared components are lowered (and complained about) once. */
  readonly parameters: Map<JsonObject, HttpParameterModel | undefined>;
  readonly responses: Map<JsonObject, HttpResponseModel>;
  readonly contents: Map<JsonObject, readonly HttpMediaTypeModel[]>;
}

/** An object of a document, behind any references. */
export interface Located {
  readonly value: JsonObject;
  readonly document: LoadedDocument;
  readonly at: SourceRange;
}

/**
 * The object at an entry of `holder`, behind its references; an empty one for null, as load has said; undefined when
 * the entry is absent, its reference broken (load reported that), or it is no object (reported here as `what`).
 */
export function resolveEntry(
  context: OpenApiContext,
  holder: Located | { readonly value: object; readonly document: LoadedDocument },
  { key, what }: { readonly key: string | number; readonly what: string },
): Located | undefined {
  const entry = (holder.value as Readonly<Record<string | number, JsonValue>>)[key];
  if (entry === undefined) return undefined;
  const at = rangeOf(holder.value, key, "key") ?? keyRangeOfRoot(holder.document);
  if (entry === null) return { value: emptyObject, document: holder.document, at };
  const isReference = isObject(entry) && typeof entry["$ref"] === "string";
  if (isObject(entry) && !isReference) return { value: entry, document: holder.document, at };
  const end = isReference ? followRefs(context.input.loaded, entry, holder.document) : undefined;
  if (isReference && end === undefined) return undefined;
  if (end !== undefined && isObject(end.value)) {
    return { value: end.value, document: end.document, at: rangeOf(end.value) ?? at };
  }
  reportAt(context, openApiExpected, { parameters: { what, expected: "an object" }, range: at });
  return undefined;
}

const emptyObject: JsonObject = Object.freeze(Object.create(null) as JsonObject);

/** The entry of `holder` as a plain object without references, such as `paths`; reported as `what` when it is none. */
export function objectAt(context: OpenApiContext, holder: Located, key: string): Located | undefined {
  return resolveEntry(context, holder, { key, what: `"${key}"` });
}

/** The entries of an object that are not extensions. */
export function entryKeys(value: JsonObject): readonly string[] {
  return Object.keys(value).filter((key) => !key.startsWith("x-"));
}

/** A text; some documents keep long ones in files of their own, behind a `$ref`. */
export function textAt(context: OpenApiContext, holder: Located, key: string): string | undefined {
  const entry = holder.value[key];
  const value = isObject(entry) ? followRefs(context.input.loaded, entry, holder.document)?.value : entry;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `summary` and `description` where they are given. */
export function docsOf(context: OpenApiContext, holder: Located): { summary?: string; description?: string } {
  const summary = textAt(context, holder, "summary");
  const description = textAt(context, holder, "description");
  return { ...(summary === undefined ? {} : { summary }), ...(description === undefined ? {} : { description }) };
}

/** Reports a finding. */
export function reportAt<Parameters>(
  context: OpenApiContext,
  message: MessageDefinition<Parameters>,
  found: {
    readonly parameters: Parameters;
    readonly range: SourceRange | undefined;
    readonly related?: readonly RelatedPlace[];
  },
): void {
  const { parameters, range, related = [] } = found;
  context.input.report(createDiagnostic(message, parameters, { range, related }));
}
