import { openApiExpected } from "../diagnostics/catalogue/openapi.ts";
import type { HttpOperationModel, HttpParameterModel } from "../model/http.ts";
import type { PolicyLayerName, ResolvedPolicy } from "../model/policy.ts";
import type { NativeFacts, PolicyLayer } from "../policy/layers.ts";
import { resolvePolicy } from "../policy/resolve.ts";
import { isArray, isObject, rangeOf, type JsonObject } from "../source/json.ts";
import { escapeSegment } from "./names.ts";
import { reportAt, resolveEntry, type Located, type OpenApiContext } from "./openapi-context.ts";
import { asksForCaller } from "./openapi-security.ts";
import { keyRangeOfRoot } from "./schema-lookup.ts";

/** Where OpenAPI and AsyncAPI documents carry policies. */
const extension = "x-trilogue";

/** Methods that RFC 9110 section 9.2 calls safe or idempotent; QUERY by its own draft. */
const levels: ReadonlyMap<string, "safe" | "idempotent"> = new Map([
  ["GET", "safe"],
  ["HEAD", "safe"],
  ["OPTIONS", "safe"],
  ["TRACE", "safe"],
  ["QUERY", "safe"],
  ["PUT", "idempotent"],
  ["DELETE", "idempotent"],
]);

/** Media types whose bodies are streams of items. */
const streamTypes = /^(?:text\/event-stream|application\/(?:jsonl|x-ndjson|ndjson|json-seq)|multipart\/mixed)(?:;|$)/;

type Unresolved = Omit<HttpOperationModel, "policy">;

/** The policy of an operation: what its method and parameters say, under the layers from the document to itself. */
export function lowerPolicy(
  context: OpenApiContext,
  operation: Unresolved,
  holders: { readonly item: Located; readonly operation: Located },
): ResolvedPolicy {
  const layers: PolicyLayer[] = [...context.rootLayers];
  for (const tag of operation.tags) {
    const layer = context.tagLayers.get(tag);
    if (layer !== undefined) layers.push(layer);
  }
  layers.push(
    ...pageableLayer(holders.operation),
    ...layerOf(context, holders.item.value, "path"),
    ...layerOf(context, holders.operation.value, "operation"),
  );
  const service = operation.hook === undefined ? context.fullName : webhooksNameOf(context);
  layers.push(...(context.input.options.overridesFor?.(`${service}/${operation.name}`) ?? []));
  const subject = { name: operation.name, at: operation.at };
  const { value, diagnostics } = resolvePolicy(subject, factsOf(operation), layers);
  for (const diagnostic of diagnostics) context.input.report(diagnostic);
  return value;
}

/** Azure's and AutoRest's `x-ms-pageable: { nextLinkName, itemName }`; below what anybody writes in our own words. */
function pageableLayer({ value: operation, at: range }: Located): readonly PolicyLayer[] {
  const written = operation["x-ms-pageable"];
  if (!isObject(written)) return [];
  const { nextLinkName: next, itemName = "value" } = written;
  if (typeof next !== "string" || typeof itemName !== "string") return [];
  const pagination = { kind: "url", next: `/${escapeSegment(next)}`, items: `/${escapeSegment(itemName)}` };
  return [{ name: "path", value: { pagination }, range, isWide: true }];
}

/** The full name of the service that a document's webhooks and callbacks make. */
export function webhooksNameOf(context: OpenApiContext): string {
  return `${context.fullName}Webhooks`;
}

/** The layer that an object carries, if it does. */
export function layerOf(context: OpenApiContext, holder: JsonObject, name: PolicyLayerName): readonly PolicyLayer[] {
  const value = holder[extension];
  if (value === undefined) return [];
  const range = rangeOf(holder, extension) ?? keyRangeOfRoot(context.document);
  if (isObject(value)) return [{ name, value, range }];
  reportAt(context, openApiExpected, { parameters: { what: `"${extension}"`, expected: "an object" }, range });
  return [];
}

/** The layers of the document's tags, by tag. */
export function tagLayersOf(context: OpenApiContext): ReadonlyMap<string, PolicyLayer> {
  const layers = new Map<string, PolicyLayer>();
  const tags = context.root["tags"];
  if (!isArray(tags)) return layers;
  for (const index of tags.keys()) {
    const tag = resolveEntry(context, { value: tags, document: context.document }, { key: index, what: "a tag" });
    const name = tag?.value["name"];
    if (tag === undefined || typeof name !== "string") continue;
    for (const layer of layerOf(context, tag.value, "tag")) layers.set(name, layer);
  }
  return layers;
}

function factsOf(operation: Unresolved): NativeFacts {
  const { method } = operation;
  const key = operation.parameters.find(isKeyHeader);
  const level = levels.get(method);
  return {
    kind: "http",
    isStream: operation.responses.some(({ content }) =>
      content.some((media) => media.itemSchema !== undefined || streamTypes.test(media.mediaType)),
    ),
    level: levelOf(operation, level, key),
    // POST and PATCH without a key promise nothing by themselves, so that a policy may well call one idempotent.
    levelIsFact: level !== undefined || (key !== undefined && (method === "POST" || method === "PATCH")),
    ...(key === undefined
      ? {}
      : { key: { from: "header" as const, name: key.name, required: key.required, range: key.at } }),
    hasSecurity: asksForCaller(operation.security),
  };
}

function levelOf(
  { method, at }: Unresolved,
  level: "safe" | "idempotent" | undefined,
  key: HttpParameterModel | undefined,
): NativeFacts["level"] {
  if (level !== undefined) return { value: level, why: `method ${method} is ${level}`, range: at };
  if (key !== undefined && (method === "POST" || method === "PATCH")) {
    return { value: "keyed", why: `${method} with the header parameter "${key.name}"`, range: key.at };
  }
  return { value: "none", why: `method ${method} promises nothing about repeats`, range: at };
}

function isKeyHeader(parameter: HttpParameterModel): boolean {
  return parameter.in === "header" && parameter.name.toLowerCase() === "idempotency-key";
}
