import { isArray, isObject } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { DocumentKind, LoadedDocument } from "./loaded.ts";
import { fileUri, resolveUri } from "./uris.ts";

/** A place where a reference stands. */
export interface RefUse {
  readonly document: LoadedDocument;
  readonly holder: JsonObject;
  readonly keyword: "$ref" | "$dynamicRef" | "$recursiveRef";
  readonly scope: Scope | undefined;
  /** In an extension, an example or a text: a broken one is only a warning. */
  readonly isSoft: boolean;
  readonly state: ScanState;
}

/** A discriminator with a mapping, or with a default mapping. */
export interface DiscriminatorUse {
  readonly document: LoadedDocument;
  readonly holder: JsonObject;
}

/** A schema around a reference that gives it a meaning of its own: a resource with `$id`, an anchor, a named schema. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly value: JsonValue;
  readonly tokens: readonly string[];
  /** Of a resource (a schema with `$id`, or a document with `$self`): its absolute URI. */
  readonly uri: string | undefined;
  readonly isRecursiveAnchor: boolean;
  readonly dynamicAnchor: string | undefined;
}

/** `node`: keys are fields of the format; `map`: keys are names; `list`: an array of nodes; `shallow`: only `$ref`. */
export type ScanState = "node" | "map" | "shallow";

/** Which field names hold maps depends on the format; fragments are read as what refers to them. */
export type Flavour = "openapi" | "asyncapi";

/** What a scan reports to. */
export interface ScanVisitor {
  onRef(use: RefUse): void;
  onBadRef(document: LoadedDocument, holder: JsonObject): void;
  onDiscriminator(use: DiscriminatorUse): void;
  /** Each schema or document that can have an identifier of its own, with the scope in which it stands. */
  onNode?(value: JsonObject, path: readonly string[], scope: Scope | undefined): void;
}

/** Where a scan begins. */
export interface ScanStart {
  readonly document: LoadedDocument;
  readonly value: JsonValue;
  readonly tokens: readonly string[];
  readonly scope: Scope | undefined;
  readonly state: ScanState;
  readonly flavour: Flavour;
  readonly isSoft: boolean;
}

/**
 * Finds the references in a value: `$ref` keys where a reference object or a schema can stand. Names in maps
 * (a property called `$ref`) and data (`example`, `default`, `enum`, `const`) are left alone. Each object once.
 */
export function scanRefs(start: ScanStart, visited: Set<object>, visitor: ScanVisitor): void {
  const scan: Scan = {
    document: start.document,
    visited,
    visitor,
    maps: start.flavour === "openapi" ? openApiMaps : asyncApiMaps,
    followsExtensions: start.flavour === "asyncapi",
    path: [...start.tokens],
  };
  visit(scan, start.value, start);
}

interface Scan {
  readonly document: LoadedDocument;
  readonly visited: Set<object>;
  readonly visitor: ScanVisitor;
  readonly maps: ReadonlySet<string>;
  readonly followsExtensions: boolean;
  readonly path: string[];
}

interface At {
  readonly state: ScanState;
  readonly scope: Scope | undefined;
  readonly isSoft: boolean;
}

function visit(scan: Scan, value: JsonValue, at: At): void {
  if (typeof value !== "object" || value === null || scan.visited.has(value)) return;
  scan.visited.add(value);
  if (isArray(value)) {
    if (at.state === "shallow") return;
    for (let index = 0; index < value.length; index += 1) {
      scan.path.push(String(index));
      visit(scan, value[index] ?? null, at);
      scan.path.pop();
    }
    return;
  }
  if (!isObject(value)) return;
  const scope = at.state === "node" ? enterScope(scan, value, at.scope) : at.scope;
  if (at.state === "node") scan.visitor.onNode?.(value, scan.path, scope);
  const here = scope === at.scope ? at : { ...at, scope };
  report(scan, value, here);
  if (at.state === "shallow") return;
  for (const key of Object.keys(value)) {
    const child = value[key];
    if (typeof child !== "object" || child === null) continue;
    const next = at.state === "map" ? here : step(scan, key, child, here);
    if (next === undefined) continue;
    scan.path.push(key);
    visit(scan, child, at.state === "map" ? inMap(scan, child, here) : next);
    scan.path.pop();
  }
}

function inMap(scan: Scan, child: JsonValue, at: At): At {
  const isNamedSchema = schemaMaps.has(scan.path.at(-2) ?? "");
  if (!isNamedSchema) return { ...at, state: "node" };
  return {
    ...at,
    state: "node",
    scope: {
      parent: at.scope,
      value: child,
      tokens: [...scan.path],
      uri: undefined,
      isRecursiveAnchor: false,
      dynamicAnchor: undefined,
    },
  };
}

const schemaMaps: ReadonlySet<string> = new Set(["schemas", "definitions", "$defs"]);

function step(scan: Scan, key: string, child: JsonValue, at: At): At | undefined {
  if (dataFields.has(key)) return undefined;
  if (key === "examples")
    return isArray(child) ? undefined : { ...at, state: isExampleMap(child) ? "map" : "shallow", isSoft: true };
  if (key === "description" && isObject(child)) return { ...at, state: "shallow", isSoft: true };
  if (key.startsWith("x-")) return scan.followsExtensions ? { ...at, state: "node", isSoft: true } : undefined;
  if (key === "headers" && isObject(child) && scan.maps.has(key)) {
    return withState(at, "type" in child && typeof child["type"] === "string" ? "node" : "map");
  }
  return withState(at, scan.maps.has(key) && !isArray(child) ? "map" : "node");
}

function withState(at: At, state: ScanState): At {
  return at.state === state ? at : { ...at, state };
}

function isExampleMap(child: JsonValue): boolean {
  return isObject(child) && !("$ref" in child);
}

const dataFields: ReadonlySet<string> = new Set([
  "example",
  "default",
  "const",
  "enum",
  "value",
  "dataValue",
  "mapping",
  "scopes",
]);

const schemaMapFields = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

const openApiMaps: ReadonlySet<string> = new Set([
  ...schemaMapFields,
  "paths",
  "webhooks",
  "schemas",
  "responses",
  "requestBodies",
  "headers",
  "securitySchemes",
  "links",
  "callbacks",
  "pathItems",
  "content",
  "encoding",
  "mediaTypes",
  "parameters",
  "variables",
  "additionalOperations",
]);

const asyncApiMaps: ReadonlySet<string> = new Set([
  ...schemaMapFields,
  "channels",
  "operations",
  "messages",
  "servers",
  "parameters",
  "schemas",
  "securitySchemes",
  "correlationIds",
  "operationTraits",
  "messageTraits",
  "serverBindings",
  "channelBindings",
  "operationBindings",
  "messageBindings",
  "replies",
  "replyAddresses",
  "serverVariables",
  "variables",
]);

function report(scan: Scan, value: JsonObject, at: At): void {
  if ("$ref" in value) {
    if (typeof value["$ref"] === "string") use(scan, value, "$ref", at);
    else if (at.state !== "map") scan.visitor.onBadRef(scan.document, value);
  } else if (at.state === "node") {
    if (typeof value["$dynamicRef"] === "string") use(scan, value, "$dynamicRef", at);
    else if (typeof value["$recursiveRef"] === "string") use(scan, value, "$recursiveRef", at);
  }
  const discriminator = at.state === "node" ? value["discriminator"] : undefined;
  if (isObject(discriminator) && ("mapping" in discriminator || "defaultMapping" in discriminator)) {
    scan.visitor.onDiscriminator({ document: scan.document, holder: discriminator });
  }
}

function use(scan: Scan, holder: JsonObject, keyword: RefUse["keyword"], at: At): void {
  const { scope, isSoft, state } = at;
  scan.visitor.onRef({ document: scan.document, holder, keyword, scope, isSoft, state });
}

function enterScope(scan: Scan, value: JsonObject, parent: Scope | undefined): Scope | undefined {
  return scopeOf(scan.document, { value, path: scan.path, parent }) ?? parent;
}

/** The scope that a schema opens, if it opens one. */
export function scopeOf(
  document: LoadedDocument,
  at: { readonly value: JsonValue; readonly path: readonly string[]; readonly parent: Scope | undefined },
): Scope | undefined {
  const { value, path, parent } = at;
  if (!isObject(value)) return undefined;
  const id = path.length === 0 && typeof value["$self"] === "string" ? value["$self"] : value["$id"];
  // A name alone is an anchor until draft-07; and there nothing beside "$ref" counts.
  const isIgnored = typeof value["$ref"] === "string" && ignoresSiblings(document);
  const uri =
    typeof id === "string" && !id.startsWith("#") && !isIgnored ? resolveUri(id, baseUri(document, parent)) : undefined;
  const isRecursiveAnchor = value["$recursiveAnchor"] === true;
  const dynamicAnchor = typeof value["$dynamicAnchor"] === "string" ? value["$dynamicAnchor"] : undefined;
  if (uri === undefined && !isRecursiveAnchor && dynamicAnchor === undefined) return undefined;
  return { parent, value, tokens: [...path], uri, isRecursiveAnchor, dynamicAnchor };
}

/** The URI that references in a scope are relative to: the nearest `$id`'s, else the document's. */
export function baseUri(document: LoadedDocument, scope: Scope | undefined): string {
  for (let next = scope; next !== undefined; next = next.parent) if (next.uri !== undefined) return next.uri;
  return fileUri(document.file.path);
}

function ignoresSiblings({ root }: LoadedDocument): boolean {
  const dialect = isObject(root) ? root["$schema"] : undefined;
  return typeof dialect === "string" && /draft-0[3-7]/.test(dialect);
}

/** The format whose fields a document of this kind uses; `inherited` for those that have none of their own. */
export function flavourOf(kind: DocumentKind, inherited: Flavour): Flavour {
  return kind === "openapi" || kind === "asyncapi" ? kind : inherited;
}
