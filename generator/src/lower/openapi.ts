import {
  badPath,
  openApiExpected,
  pathFragment,
  pathWithoutSlash,
  repeatedPathParameter,
  sameTemplate,
} from "../diagnostics/catalogue/openapi.ts";
import type { LoadedDocument } from "../load/loaded.ts";
import type { HttpContract } from "../model/http.ts";
import { isObject, rangeOf, type JsonObject } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { LoweringInput } from "./lowering.ts";
import { fileName, serviceFullName } from "./names.ts";
import {
  entryKeys,
  objectAt,
  reportAt,
  resolveEntry,
  textAt,
  type Located,
  type OpenApiContext,
} from "./openapi-context.ts";
import { settleLinks } from "./openapi-links.ts";
import {
  findCallbacks,
  findOperations,
  lowerOperation,
  nameOperations,
  type FoundOperation,
  type ItemPlace,
} from "./openapi-operations.ts";
import { layerOf, tagLayersOf, webhooksNameOf } from "./openapi-policy.ts";
import { checkRootSecurity, lowerSecuritySchemes } from "./openapi-security.ts";
import { lowerServers } from "./openapi-servers.ts";
import { keyRangeOfRoot } from "./schema-lookup.ts";

/** Lowers every OpenAPI document that was found in the contract directories. */
export function lowerOpenApi(input: LoweringInput): readonly HttpContract[] {
  return input.loaded.documents
    .filter(({ kind, isEntry }) => kind === "openapi" && isEntry)
    .flatMap((document) => {
      if (isObject(document.root)) return [lowerDocument(input, document, document.root)];
      return [];
    });
}

function lowerDocument(input: LoweringInput, document: LoadedDocument, root: JsonObject): HttpContract {
  const at = keyRangeOfRoot(document);
  const holder: Located = { value: root, document, at };
  const { context, name, description } = createContext(input, holder);
  input.schemas.registerAll(document, "/components/schemas");
  checkRootSecurity(context);
  const inPaths = findInPaths(context, holder);
  const webhooks = findWebhooks(context, holder);
  const callbacks = [...inPaths, ...webhooks].flatMap((found) => findCallbacks(context, found));
  const all = [...inPaths, ...webhooks, ...callbacks];
  const names = nameOperations(context, all);
  const lowerAll = (operations: readonly FoundOperation[]): HttpContract["operations"] =>
    operations.map((found) => lowerOperation(context, found, names));
  const operations = lowerAll(inPaths);
  const hooks = lowerAll([...webhooks, ...callbacks]);
  return {
    kind: "http",
    path: document.file.path,
    at,
    name,
    fullName: context.fullName,
    ...(description === undefined ? {} : { description }),
    servers: context.servers.list,
    basePaths: context.servers.basePaths,
    operations: settleLinks(context, operations, operations),
    webhooks: settleLinks(context, hooks, operations),
    webhooksName: webhooksNameOf(context),
    securitySchemes: [...new Set(context.schemes.values())],
  };
}

interface DocumentHead {
  readonly context: OpenApiContext;
  readonly name: string;
  readonly description: string | undefined;
}

function createContext(input: LoweringInput, holder: Located): DocumentHead {
  const { document, value: root } = holder;
  const bare: OpenApiContext = {
    input,
    document,
    root,
    fullName: "",
    servers: lowerServers({ input }, root),
    schemes: new Map(),
    tagLayers: new Map(),
    rootLayers: [],
    parameters: new Map(),
    responses: new Map(),
    contents: new Map(),
  };
  const info = objectAt(bare, holder, "info");
  const title = info === undefined ? undefined : textAt(bare, info, "title");
  const components = objectAt(bare, holder, "components");
  lowerSecuritySchemes(bare, components);
  const context: OpenApiContext = {
    ...bare,
    fullName: serviceFullName(document.file.path, title ?? ""),
    tagLayers: tagLayersOf(bare),
    rootLayers: [...(input.options.defaultsFor?.("http") ?? []), ...layerOf(bare, root, "root")],
  };
  return {
    context,
    name: title ?? fileName(document.file.path),
    description: info && textAt(bare, info, "description"),
  };
}

function findInPaths(context: OpenApiContext, root: Located): readonly FoundOperation[] {
  const paths = objectAt(context, root, "paths");
  if (paths === undefined) {
    if (
      root.value["paths"] === undefined &&
      root.value["webhooks"] === undefined &&
      root.value["components"] === undefined
    ) {
      const parameters = {
        what: "an OpenAPI document",
        expected: `an object with "paths", "webhooks" or "components"`,
      };
      reportAt(context, openApiExpected, { parameters, range: root.at });
    }
    return [];
  }
  const keys = new Map<string, string>();
  const operations = entryKeys(paths.value).flatMap((key) => {
    const path = settlePath(context, key, rangeOf(paths.value, key, "key") ?? paths.at);
    if (path === undefined) return [];
    keys.set(path, key);
    return findInItem(context, paths, { key, path });
  });
  reportSamePaths(context, operations, (path) => rangeOf(paths.value, keys.get(path) ?? path, "key") ?? paths.at);
  return operations;
}

/** Operations that requests can't tell apart: paths that differ in parameter names or in fragments only. */
function reportSamePaths(
  context: OpenApiContext,
  operations: readonly FoundOperation[],
  placeOf: (path: string) => SourceRange,
): void {
  const served = new Map<string, FoundOperation>();
  const hasFragment = ({ path }: FoundOperation): boolean => path.includes("#");
  // What has a fragment gives way to what has none.
  const ordered = [...operations.filter((one) => !hasFragment(one)), ...operations.filter(hasFragment)];
  for (const operation of ordered) {
    const { method, path } = operation;
    const template = `${method} ${path.replace(/#.*$/s, "").replace(/\{[^{}]*\}/g, "{}")}`;
    const first = served.get(template);
    if (first === undefined) {
      served.set(template, operation);
      continue;
    }
    reportAt(context, hasFragment(operation) ? pathFragment : sameTemplate, {
      parameters: { path, other: first.path, method },
      range: placeOf(path),
      related: [{ range: placeOf(first.path), message: "the other one" }],
    });
  }
}

/** Fields beside a path item's `$ref` count too, and go before those behind it. */
function findInItem(
  context: OpenApiContext,
  holder: Located,
  { key, ...path }: ItemPlace & { readonly key: string },
): readonly FoundOperation[] {
  const item = resolveEntry(context, holder, { key, what: `path item "${key}"` });
  const entry = holder.value[key];
  const beside =
    isObject(entry) && entry !== item?.value
      ? findOperations(context, { value: entry, document: holder.document, at: rangeOf(entry) ?? holder.at }, path)
      : [];
  const behind = item === undefined ? [] : findOperations(context, item, path);
  return [...beside, ...behind.filter(({ method }) => !beside.some((own) => own.method === method))];
}

function findWebhooks(context: OpenApiContext, root: Located): readonly FoundOperation[] {
  const webhooks = objectAt(context, root, "webhooks");
  if (webhooks === undefined) return [];
  return entryKeys(webhooks.value).flatMap((name) => {
    const hook = { kind: "webhook", name } as const;
    return findInItem(context, webhooks, { key: name, path: name, name, hook });
  });
}

/** The path that a key of `paths` stands for; undefined when nothing can be made of it. */
function settlePath(context: OpenApiContext, key: string, range: SourceRange): string | undefined {
  const outside = key.replace(/\{[^{}]+\}/g, "");
  if (/[{}]/.test(outside)) {
    const why = "has braces that don't pair, or an empty parameter";
    reportAt(context, badPath, { parameters: { path: key, why }, range });
    return undefined;
  }
  const names = [...key.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? "");
  const name = names.find((one, index) => names.indexOf(one) !== index);
  if (name !== undefined) reportAt(context, repeatedPathParameter, { parameters: { path: key, name }, range });
  if (key.startsWith("/")) return key;
  reportAt(context, pathWithoutSlash, { parameters: { path: key }, range });
  return `/${key}`;
}
