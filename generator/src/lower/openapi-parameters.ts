import {
  badParameter,
  badStyle,
  duplicateParameter,
  emptyValue,
  ignoredHeader,
  looseParameter,
  openApiExpected,
  undeclaredPathParameter,
  unusedPathParameter,
} from "../diagnostics/catalogue/openapi.ts";
import type { HttpParameterModel } from "../model/http.ts";
import type { Schema } from "../model/schema.ts";
import { isArray, rangeOf } from "../source/json.ts";
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

type Place = HttpParameterModel["in"];
type Style = HttpParameterModel["style"];

/** Styles of each location, the default first (OpenAPI 3.2 section 4.12.2.1). */
const styles: Readonly<Record<Place, readonly Style[]>> = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  querystring: ["form"],
  header: ["simple"],
  cookie: ["form", "cookie"],
};

/** Header parameters that OpenAPI ignores, with what they follow from. */
const ignoredHeaders: ReadonlyMap<string, string> = new Map([
  ["accept", "the media types of the responses"],
  ["content-type", "the media types of the request body"],
  ["authorization", "the security schemes"],
]);

/** The parameters of an operation: those of its path item, replaced and continued by its own; in their order. */
export function lowerParameters(
  context: OpenApiContext,
  holders: { readonly item: Located; readonly operation: Located },
  path: string | undefined,
): readonly HttpParameterModel[] {
  const merged = new Map<string, HttpParameterModel>();
  for (const holder of [holders.item, holders.operation]) {
    const own = new Map<string, HttpParameterModel>();
    for (const parameter of lowerList(context, holder)) {
      const key = keyOf(parameter);
      const first = own.get(key);
      if (first === undefined) own.set(key, parameter);
      else if (first !== parameter)
        reportAt(context, duplicateParameter, {
          parameters: { name: parameter.name, place: parameter.in },
          range: parameter.at,
          related: [{ range: first.at, message: "the first one" }],
        });
    }
    for (const [key, parameter] of own) merged.set(key, parameter);
  }
  const parameters = [...merged.values()];
  return path === undefined ? parameters : matchTemplate(context, parameters, { path, at: holders.operation.at });
}

/** Lowers the headers of a response or of an encoding. */
export function lowerHeaders(context: OpenApiContext, holder: Located): readonly HttpParameterModel[] {
  const headers = objectAt(context, holder, "headers");
  if (headers === undefined) return [];
  // Every key is a name here: many headers begin with "x-", as extensions do elsewhere.
  return Object.keys(headers.value)
    .filter((name) => name.toLowerCase() !== "content-type")
    .flatMap((name) => {
      const header = resolveEntry(context, headers, { key: name, what: `header "${name}"` });
      return header === undefined ? [] : [finishParameter(context, header, { name, place: "header" })];
    });
}

/** Names in the braces of a path template, in order. */
export function templateNames(path: string): readonly string[] {
  return [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "");
}

function lowerList(context: OpenApiContext, holder: Located): readonly HttpParameterModel[] {
  const list = holder.value["parameters"];
  // A null is an empty list, as load has said.
  if (list === undefined || list === null) return [];
  if (!isArray(list)) {
    const range = rangeOf(holder.value, "parameters");
    reportAt(context, openApiExpected, { parameters: { what: `"parameters"`, expected: "a list" }, range });
    return [];
  }
  return list.flatMap((_entry, index) => {
    const found = resolveEntry(
      context,
      { value: list, document: holder.document },
      { key: index, what: "a parameter" },
    );
    if (found === undefined) return [];
    if (!context.parameters.has(found.value)) context.parameters.set(found.value, lowerParameter(context, found));
    return context.parameters.get(found.value) ?? [];
  });
}

function lowerParameter(context: OpenApiContext, found: Located): HttpParameterModel | undefined {
  const { name, in: place } = found.value;
  if (typeof name !== "string" || typeof place !== "string" || !Object.hasOwn(styles, place)) {
    const why =
      typeof name !== "string" ? "has no name" : `has no location: "in" is ${JSON.stringify(place) ?? "missing"}`;
    reportAt(context, badParameter, { parameters: { name: String(name ?? "?"), why }, range: found.at });
    return undefined;
  }
  const instead = place === "header" ? ignoredHeaders.get(name.toLowerCase()) : undefined;
  if (instead === undefined) return finishParameter(context, found, { name, place: place as Place });
  reportAt(context, ignoredHeader, { parameters: { name, instead }, range: found.at });
  return undefined;
}

function finishParameter(
  context: OpenApiContext,
  found: Located,
  { name, place }: { readonly name: string; readonly place: Place },
): HttpParameterModel {
  const { value, at } = found;
  const style = styleOf(context, found, { name, place });
  const { description } = docsOf(context, found);
  const content = contentOf(context, found, name);
  const { types } = content.schema;
  if (value["allowEmptyValue"] === true && types !== undefined && !types.includes("string"))
    reportAt(context, emptyValue, { parameters: { name }, range: rangeOf(value, "allowEmptyValue", "key") });
  return {
    at,
    in: place,
    name,
    required: place === "path" || value["required"] === true,
    ...(value["deprecated"] === true ? { deprecated: true } : {}),
    ...(description === undefined ? {} : { description }),
    style,
    explode: typeof value["explode"] === "boolean" ? value["explode"] : style === "form" || style === "cookie",
    allowReserved: value["allowReserved"] === true,
    ...(content.mediaType === undefined ? {} : { mediaType: content.mediaType }),
    schema: content.schema,
  };
}

function styleOf(
  context: OpenApiContext,
  found: Located,
  { name, place }: { readonly name: string; readonly place: Place },
): Style {
  const allowed = styles[place];
  const standard = allowed[0] ?? "simple";
  const written = found.value["style"];
  if (written === undefined) return standard;
  const style = allowed.find((candidate) => candidate === written);
  if (style !== undefined) return style;
  const parameters = { name, style: String(written), place, used: standard };
  reportAt(context, badStyle, { parameters, range: rangeOf(found.value, "style") });
  return standard;
}

/** The schema of a parameter, by `schema` or by the one media type of `content`. */
function contentOf(
  context: OpenApiContext,
  found: Located,
  name: string,
): { readonly schema: Schema; readonly mediaType?: string } {
  const { schemas } = context.input;
  const written = found.value["schema"];
  if (written !== undefined) {
    return { schema: schemas.lower(written, found.document, rangeOf(found.value, "schema")) };
  }
  const content = objectAt(context, found, "content");
  const [mediaType, ...others] = content === undefined ? [] : entryKeys(content.value);
  if (others.length > 0) {
    const why = `has several media types, where one is allowed; "${mediaType}" is used`;
    reportAt(context, looseParameter, { parameters: { name, why }, range: found.at });
  }
  if (content === undefined || mediaType === undefined) {
    // A header may well be declared with a description alone; then it is any text.
    if (found.value["in"] === undefined) return { schema: { at: found.at } };
    const why = "has neither schema nor content; it is read as a string";
    reportAt(context, looseParameter, { parameters: { name, why }, range: found.at });
    return { schema: { at: found.at, types: ["string"] } };
  }
  const media = resolveEntry(context, content, { key: mediaType, what: `media type "${mediaType}"` });
  const inner = media?.value["schema"];
  const schema =
    media === undefined || inner === undefined
      ? { at: found.at }
      : schemas.lower(inner, media.document, rangeOf(media.value, "schema"));
  return { schema, mediaType: mediaType.toLowerCase() };
}

/** Path parameters and template must name the same things; the template wins, because it is what goes over the wire. */
function matchTemplate(
  context: OpenApiContext,
  parameters: readonly HttpParameterModel[],
  { path, at }: { path: string; at: SourceRange },
): readonly HttpParameterModel[] {
  const names = new Set(templateNames(path));
  const kept = parameters.filter((parameter) => {
    if (parameter.in !== "path" || names.has(parameter.name)) return true;
    reportAt(context, unusedPathParameter, { parameters: { name: parameter.name, path }, range: parameter.at });
    return false;
  });
  const missing = [...names].filter(
    (name) => !kept.some((parameter) => parameter.in === "path" && parameter.name === name),
  );
  return [
    ...kept,
    ...missing.map((name): HttpParameterModel => {
      reportAt(context, undeclaredPathParameter, { parameters: { name, path }, range: at });
      const schema: Schema = { at, types: ["string"] };
      return { at, in: "path", name, required: true, style: "simple", explode: false, allowReserved: false, schema };
    }),
  ];
}

function keyOf({ in: place, name }: HttpParameterModel): string {
  return `${place} ${place === "header" ? name.toLowerCase() : name}`;
}

/** Whether a value is an object that names a style of form fields. */
export function fieldStyle(value: unknown): Style | undefined {
  return styles.query.find((style) => style === value);
}
