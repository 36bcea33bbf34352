import {
  badMediaType,
  badStatus,
  bodyWithoutMeaning,
  duplicateMediaType,
  ignoredEncoding,
  noResponses,
  rawMultipart,
  eventStreamSchema,
  textBody,
} from "../diagnostics/catalogue/openapi.ts";
import type { HttpMediaTypeModel, HttpOperationModel, HttpResponseModel } from "../model/http.ts";
import { isObject, rangeOf, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import {
  docsOf,
  entryKeys,
  objectAt,
  reportAt,
  resolveEntry,
  type Located,
  type OpenApiContext,
} from "./openapi-context.ts";
import { lowerLinks } from "./openapi-links.ts";
import { fieldStyle, lowerHeaders } from "./openapi-parameters.ts";
import { followRefs } from "./schema-lookup.ts";

type Encoding = NonNullable<HttpMediaTypeModel["encoding"]>[number];

/** Methods to which RFC 9110 section 9.3 gives no request body. */
const bodiless: ReadonlySet<string> = new Set(["GET", "HEAD", "TRACE"]);

/** Lowers the request body of an operation, when it has one. */
export function lowerBody(
  context: OpenApiContext,
  operation: Located,
  { name, method }: { readonly name: string; readonly method: string },
): HttpOperationModel["body"] {
  const body = objectAt(context, operation, "requestBody");
  if (body === undefined) return undefined;
  const content = lowerContent(context, body);
  if (bodiless.has(method) && !content.every(isEmptyForm)) {
    reportAt(context, bodyWithoutMeaning, {
      parameters: { name, method },
      range: rangeOf(operation.value, "requestBody", "key"),
    });
  }
  if (content.length === 0) return undefined;
  const { description } = docsOf(context, body);
  return {
    required: body.value["required"] === true,
    ...(description === undefined ? {} : { description }),
    content,
  };
}

/** An object without properties, which tools write where there is no body at all. */
function isEmptyForm({ schema }: HttpMediaTypeModel): boolean {
  const { types = [], properties = [], additionalProperties } = schema ?? {};
  return types.join() === "object" && properties.length === 0 && additionalProperties?.always !== true;
}

/** Lowers the responses of an operation, in their order; without any, `default` stands for all. */
export function lowerResponses(
  context: OpenApiContext,
  operation: Located,
  name: string,
): readonly HttpResponseModel[] {
  const responses = objectAt(context, operation, "responses");
  const keys = responses === undefined ? [] : entryKeys(responses.value);
  if (responses === undefined || keys.length === 0) {
    reportAt(context, noResponses, { parameters: { name }, range: operation.at });
    return anyResponse(operation);
  }
  const models = keys.flatMap((key): readonly HttpResponseModel[] => {
    const status = statusOf(key);
    if (status === undefined) {
      reportAt(context, badStatus, { parameters: { status: key }, range: rangeOf(responses.value, key, "key") });
      return [];
    }
    const response = resolveEntry(context, responses, { key, what: `response "${key}"` });
    return response === undefined ? [] : [{ ...lowerResponse(context, response), status }];
  });
  return models.length === 0 ? anyResponse(operation) : models;
}

/** An answer of which nothing is known. */
function anyResponse({ at }: Located): readonly HttpResponseModel[] {
  return [{ at, status: "default", headers: [], content: [] }];
}

function statusOf(key: string): string | undefined {
  if (key === "default" || /^[1-5]\d\d$/.test(key)) return key;
  return /^[1-5]xx$/i.test(key) ? key.toUpperCase() : undefined;
}

function lowerResponse(context: OpenApiContext, response: Located): HttpResponseModel {
  const known = context.responses.get(response.value);
  if (known !== undefined) return known;
  const { description } = docsOf(context, response);
  const model: HttpResponseModel = {
    at: response.at,
    status: "default",
    ...(description === undefined ? {} : { description }),
    headers: lowerHeaders(context, response),
    ...(response.value["links"] === undefined ? {} : { links: lowerLinks(context, response) }),
    content: lowerContent(context, response),
  };
  context.responses.set(response.value, model);
  return model;
}

/** Lowers `content`: all media types, in their order. */
function lowerContent(context: OpenApiContext, holder: Located): readonly HttpMediaTypeModel[] {
  const known = context.contents.get(holder.value);
  if (known !== undefined) return known;
  const content = objectAt(context, holder, "content");
  const models: HttpMediaTypeModel[] = [];
  for (const key of content === undefined ? [] : entryKeys(content.value)) {
    const model = content === undefined ? undefined : lowerMediaType(context, content, key);
    if (model === undefined) continue;
    const first = models.find((other) => other.mediaType === model.mediaType);
    if (first === undefined) models.push(model);
    else
      reportAt(context, duplicateMediaType, {
        parameters: { mediaType: model.mediaType },
        range: model.at,
        related: [{ range: first.at, message: "the first one" }],
      });
  }
  context.contents.set(holder.value, models);
  return models;
}

function lowerMediaType(context: OpenApiContext, content: Located, key: string): HttpMediaTypeModel | undefined {
  const media = resolveEntry(context, content, { key, what: `media type "${key}"` });
  if (media === undefined) return undefined;
  const at = rangeOf(content.value, key, "key") ?? media.at;
  const strict = mediaTypeOf(key);
  const mediaType = strict ?? mediaTypeOf(/^[^/]+\/[^\s/,]+(?=[\s,])/.exec(key.trim())?.[0] ?? "");
  if (strict === undefined)
    reportAt(context, badMediaType, { parameters: { mediaType: key, readAs: mediaType }, range: at });
  if (mediaType === undefined) return undefined;
  const { schemas } = context.input;
  const { schema, itemSchema } = media.value;
  const encoding = lowerEncoding(context, media);
  reportUncarried(context, media, { mediaType, at });
  const example = exampleOf(context, media);
  return {
    at,
    mediaType,
    ...(schema === undefined ? {} : { schema: schemas.lower(schema, media.document, rangeOf(media.value, "schema")) }),
    ...(itemSchema === undefined
      ? {}
      : { itemSchema: schemas.lower(itemSchema, media.document, rangeOf(media.value, "itemSchema")) }),
    ...(encoding.length === 0 ? {} : { encoding }),
    ...(example === undefined ? {} : { example: { value: example } }),
  };
}

/** Lower-case but for the values of parameters, which may tell case apart; undefined when it is no media type. */
function mediaTypeOf(key: string): string | undefined {
  const match = /^\s*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)\s*(;.*)?$/.exec(key);
  if (match === null) return key.trim() === "*" ? "*/*" : undefined;
  const parameters = (match[2] ?? "").replace(
    /\s*;\s*([^=;]+)=/g,
    (_whole, name: string) => `; ${name.trim().toLowerCase()}=`,
  );
  return `${(match[1] ?? "").toLowerCase()}${parameters.trimEnd()}`;
}

function lowerEncoding(context: OpenApiContext, media: Located): readonly Encoding[] {
  const encoding = objectAt(context, media, "encoding");
  if (encoding === undefined) return [];
  return entryKeys(encoding.value).flatMap((property): readonly Encoding[] => {
    const entry = resolveEntry(context, encoding, { key: property, what: `encoding of "${property}"` });
    if (entry === undefined) return [];
    reportEncoding(context, entry);
    const { contentType, explode, allowReserved } = entry.value;
    const style = fieldStyle(entry.value["style"]);
    return [
      {
        property,
        ...(typeof contentType === "string" ? { contentType } : {}),
        ...(style === undefined ? {} : { style }),
        ...(typeof explode === "boolean" ? { explode } : {}),
        ...(typeof allowReserved === "boolean" ? { allowReserved } : {}),
      },
    ];
  });
}

/** Says what of a media type goes no further than its text. */
function reportUncarried(
  context: OpenApiContext,
  media: Located,
  { mediaType, at }: { readonly mediaType: string; readonly at: SourceRange },
): void {
  const { schema, itemSchema } = media.value;
  const essence = mediaType.split(";")[0] ?? "";
  const isForm = essence === "multipart/form-data" || essence === "application/x-www-form-urlencoded";
  for (const field of ["itemEncoding", "prefixEncoding", "encoding"]) {
    if (media.value[field] === undefined || (field === "encoding" && isForm)) continue;
    const why = field === "encoding" ? `"${essence}" has no fields` : "parts without names are carried as bytes";
    reportAt(context, ignoredEncoding, { parameters: { field, why }, range: rangeOf(media.value, field, "key") });
  }
  if (essence.startsWith("multipart/") && !isForm)
    reportAt(context, rawMultipart, { parameters: { mediaType }, range: at });
  const isStructured = isObject(schema) && schema["type"] !== "string" && Object.keys(schema).length > 0;
  if ((isStructured || itemSchema !== undefined) && /^(?:application|text)\/(?:xml|yaml|x-yaml)$|\+xml$/.test(essence))
    reportAt(context, textBody, { parameters: { mediaType }, range: at });
  if (isStructured && itemSchema === undefined && essence === "text/event-stream")
    reportAt(context, eventStreamSchema, { parameters: { mediaType }, range: rangeOf(media.value, "schema", "key") });
}

/** Fields of an Encoding Object that nothing carries. */
function reportEncoding(context: OpenApiContext, { value }: Located): void {
  const reasons = {
    headers: "parts carry Content-Disposition and Content-Type alone",
    encoding: "a part is carried as a whole",
    itemEncoding: "a part is carried as a whole",
    prefixEncoding: "a part is carried as a whole",
  };
  for (const [field, why] of Object.entries(reasons)) {
    if (value[field] === undefined) continue;
    reportAt(context, ignoredEncoding, { parameters: { field, why }, range: rangeOf(value, field, "key") });
  }
}

/** `example`, else the first of `examples`. */
function exampleOf(context: OpenApiContext, media: Located): JsonValue | undefined {
  if (media.value["example"] !== undefined) return media.value["example"];
  const examples = media.value["examples"];
  const first = isObject(examples) ? Object.values(examples)[0] : undefined;
  const example = followRefs(context.input.loaded, first, media.document)?.value;
  return isObject(example) ? (example["value"] ?? example["dataValue"]) : undefined;
}
