import type { HttpMediaTypeModel, HttpOperationModel, HttpParameterModel, HttpResponseModel } from "../model/http.ts";
import type { Schema } from "../model/schema.ts";
import { isOf, itemsOf, partsOf, propertiesOf, propertyOf } from "./body-fields.ts";
import { escapeSegment } from "./names.ts";
import type { Types } from "./schema-in-place.ts";

/** What leads from one page of an operation to the next, in the words of `x-trilogue.pagination`. */
export interface Pagination {
  readonly kind: "link" | "url" | "cursor" | "lastItem" | "offset" | "page";
  readonly items: string;
  readonly parameter?: string;
  readonly next?: string;
  readonly more?: string;
  readonly total?: string;
  readonly first?: number;
}

/** A page as the contract declares it: its query parameters, and the one body of its one success. */
export interface PageFacts {
  readonly types: Types;
  readonly query: readonly HttpParameterModel[];
  readonly response: HttpResponseModel;
  readonly body: Schema;
  /** What it may say of itself. */
  readonly fields: readonly Field[];
  /** The last fixed segment of the path, which often names the list. */
  readonly noun: string;
}

/** An inference: what was found, and in what words `explain` says why. */
export interface Inferred {
  readonly pagination: Pagination;
  readonly why: string;
}

/** The facts of an operation whose success is one JSON body; undefined for all others. */
export function pageFactsOf(operation: HttpOperationModel, types: Types): PageFacts | undefined {
  const [response, ...others] = operation.responses.filter(({ status }) => status.startsWith("2"));
  const [media] = response?.content ?? [];
  if (response === undefined || others.length > 0 || response.content.length !== 1 || !isJson(media)) return undefined;
  if (media?.schema === undefined) return undefined;
  const query = operation.parameters.filter((parameter) => parameter.in === "query");
  const segments = operation.path.split("/").filter((segment) => segment !== "" && !segment.includes("{"));
  return {
    types,
    query,
    response,
    body: media.schema,
    fields: listFields(media.schema, types),
    noun: segments.at(-1) ?? "",
  };
}

/**
 * Reads from names and types alone how the pages of a list follow each other, only where one reading is left: a list
 * that can't be told from others, or two parameters that would do, mean that nothing is inferred.
 */
export function inferPagination(facts: PageFacts): Inferred | undefined {
  const items = findItems(facts);
  if (items === undefined) return undefined;
  const find = [inferLink, inferUrl, inferCursor, inferLastItem, inferOffset, inferPage];
  for (const infer of find) {
    const found = infer(facts, items);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where the list stands; undefined when there is none, or several. */
export function findItems({ body, types, noun }: PageFacts): string | undefined {
  if (itemsOf(body, types) !== undefined) return "";
  const lists = listsIn(body, types);
  if (lists.length <= 1) {
    const embedded = propertyOf(body, "_embedded", types);
    const inner = embedded === undefined || lists.length === 1 ? [] : listsIn(embedded, types);
    if (lists.length === 0) return inner.length === 1 ? `/_embedded/${escapeSegment(inner[0] ?? "")}` : undefined;
    return `/${escapeSegment(lists[0] ?? "")}`;
  }
  const usual = lists.filter((name) => listNames.has(words(name)) || words(name) === words(noun));
  return usual.length === 1 ? `/${escapeSegment(usual[0] ?? "")}` : undefined;
}

const listNames = new Set(["data", "items", "results", "values", "entries", "records", "value"]);

function listsIn(schema: Schema, types: Types): readonly string[] {
  return [...propertiesOf(schema, types)].flatMap(([name, property]) =>
    itemsOf(property, types) === undefined ? [] : [name],
  );
}

function inferLink(facts: PageFacts, items: string): Inferred | undefined {
  const header = facts.response.headers.find(({ name }) => name.toLowerCase() === "link");
  const asks = facts.query.some(({ name }) => pageWords.has(words(name)));
  if (header === undefined || !asks) return undefined;
  return { pagination: { kind: "link", items }, why: `the declared header "${header.name}"` };
}

/** Parameters that a page may be asked by; a Link header beside none of them is about something else. */
const pageWords = new Set([
  ...["page", "page number", "cursor", "after", "since", "offset", "skip", "start", "page token", "marker"],
  ...["per page", "page size", "page info", "before", "starting after", "continuation token", "pagination token"],
]);

/** What a next page's address is called, with what holds it; a bare `next` has to say by its format that it is one. */
const urlNames: ReadonlySet<string> = new Set([
  ...["next link", "odata next link", "next url", "next uri", "next page url", "next page uri", "next page link"],
  ...["links", "paging", "pagination", "meta", "metadata"].flatMap((holder) =>
    ["next", "next url", "next link", "next uri"].map((name) => `${holder}/${name}`),
  ),
  ...["links/next/href", "next", "next page/uri"],
]);

function inferUrl(facts: PageFacts, items: string): Inferred | undefined {
  const found = facts.fields.filter(({ schema, steps, name }) => {
    const full = steps.map(words).join("/");
    if (!urlNames.has(full) || !isOf(schema, ["string"], facts.types)) return false;
    const isUri = partsOf(schema, facts.types).some(({ format }) =>
      /^(?:ur[il]|iri)(?:-reference)?$/.test(format ?? ""),
    );
    return isUri || /(?:link|url|uri|href)$/.test(name) || full === "links/next";
  });
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) return undefined;
  const next = pointerOf(only.steps);
  return { pagination: { kind: "url", items, next, ...moreOf(facts) }, why: `the URL at "${next}" of the body` };
}

/** Parameters that carry a cursor, with what it is called in the body that hands it out. */
const cursors: readonly (readonly [parameter: string, next: readonly string[]])[] = [
  ["cursor", ["next cursor", "cursor next"]],
  ["page cursor", ["next cursor", "next page cursor"]],
  ["after", ["next cursor", "after", "end cursor", "last id"]],
  ["after id", ["last id"]],
  ["starting after", ["next cursor"]],
  ["start cursor", ["next cursor"]],
  ["page after", ["next cursor"]],
  ["page token", ["next page token", "page token next"]],
  ["token", ["next token", "next page token"]],
  ["next token", ["next token"]],
  ["next page token", ["next page token"]],
  ["next cursor", ["next cursor"]],
  ["pagination token", ["next token", "pagination token", "next pagination token"]],
  ["continuation token", ["continuation token", "next continuation token"]],
  ["marker", ["next marker"]],
  ["offset", ["next page offset"]],
  ["page", ["next page token", "next page"]],
];

/** Objects that hold what a page says of itself. */
const holders = [
  ...["paging", "pagination", "meta", "metadata", "page info", "page", "links", "response metadata", "cursors"],
  ...["next page", "next", "cursor"],
];

function inferCursor(facts: PageFacts, items: string): Inferred | undefined {
  const { types } = facts;
  const found = cursors.flatMap(([asked, names]) =>
    facts.query
      .filter((parameter) => words(parameter.name) === asked && isOf(parameter.schema, ["string"], types))
      .flatMap((parameter) =>
        names
          .flatMap((name) => [...findNamed(facts, name)])
          .filter(({ schema }) => isOf(schema, ["string", "integer"], types))
          .map(({ steps }) => ({ parameter: parameter.name, next: pointerOf(steps) })),
      ),
  );
  const [only, ...others] = found;
  const more = moreOf(facts);
  if (only === undefined || others.length > 0) return undefined;
  // The id of the last item is there on the last page too; something else has to tell the end.
  if (/last/i.test(only.next) && more.more === undefined) return undefined;
  const why = `the parameter "${only.parameter}" and "${only.next}" of the body`;
  return { pagination: { kind: "cursor", items, ...only, ...more }, why };
}

/** As Stripe: the id of the last item asks for what comes after, as long as the page says that there is more. */
function inferLastItem(facts: PageFacts, items: string): Inferred | undefined {
  const { types, query } = facts;
  const [parameter, ...others] = query.filter(
    ({ name }) => words(name) === "starting after" || words(name) === "after",
  );
  const more = moreOf(facts);
  if (parameter === undefined || others.length > 0 || more.more === undefined) return undefined;
  if (!isOf(parameter.schema, ["string"], types)) return undefined;
  // A page that names what comes next means that, not the id of its last item.
  if (facts.fields.some(({ name }) => /^next/.test(name))) return undefined;
  const list = items === "" ? facts.body : propertyOf(facts.body, items.slice(1), types);
  const item = list === undefined ? undefined : itemsOf(list, types);
  const alternatives = item === undefined ? [] : alternativesOf(item, types);
  const hasId = alternatives.every((each) => {
    const id = propertyOf(each, "id", types);
    return id !== undefined && isOf(id, ["string"], types);
  });
  if (alternatives.length === 0 || !hasId) return undefined;
  const why = `the parameter "${parameter.name}" and "${more.more}" of the body`;
  return { pagination: { kind: "lastItem", items, parameter: parameter.name, next: "/id", ...more }, why };
}

/** An item that is one of several is so by a union, or by a reference to one. */
function alternativesOf(item: Schema, types: Types): readonly Schema[] {
  const parts = partsOf(item, types);
  const union = parts.map(({ anyOf, oneOf }) => anyOf ?? oneOf).find((members) => (members?.length ?? 0) > 1);
  return union ?? [item];
}

function inferOffset(facts: PageFacts, items: string): Inferred | undefined {
  const [offset, ...others] = ofInteger(facts, ["offset", "skip"]);
  if (offset === undefined || others.length > 0 || ofInteger(facts, sizes).length !== 1) return undefined;
  const pagination = { kind: "offset", items, parameter: offset.name, ...totalOf(facts), ...moreOf(facts) } as const;
  return { pagination, why: `the parameter "${offset.name}"` };
}

const sizes = ["limit", "per page", "page size", "size", "count", "top", "max results", "page limit", "pagelen"];

function inferPage(facts: PageFacts, items: string): Inferred | undefined {
  const [page, ...others] = ofInteger(facts, ["page", "page number", "page no", "page num"]);
  if (page === undefined || others.length > 0 || ofInteger(facts, sizes).length !== 1) return undefined;
  const parts = partsOf(page.schema, facts.types);
  const numbers = parts.flatMap(({ default: usual, minimum }) => (usual === undefined ? [minimum] : [usual.value]));
  const first = numbers.find((value) => value === 0 || value === 1);
  // Whether pages are counted from 0 or from 1 is nothing to guess.
  if (typeof first !== "number") return undefined;
  const pagination = { kind: "page", items, parameter: page.name, first, ...totalOf(facts), ...moreOf(facts) } as const;
  return { pagination, why: `the parameter "${page.name}", counted from ${first}` };
}

function ofInteger({ query, types }: PageFacts, names: readonly string[]): readonly HttpParameterModel[] {
  return query.filter(({ name, schema }) => names.includes(words(name)) && isOf(schema, ["integer", "number"], types));
}

function moreOf(facts: PageFacts): { readonly more?: string } {
  const names = ["has more", "has next", "has next page", "more available"];
  const found = names
    .flatMap((name) => findNamed(facts, name))
    .filter(({ schema }) => isOf(schema, ["boolean"], facts.types));
  const [only, ...others] = found;
  return only === undefined || others.length > 0 ? {} : { more: pointerOf(only.steps) };
}

function totalOf(facts: PageFacts): { readonly total?: string } {
  const names = ["total", "total count", "total items", "total results", "total records", "total entries"];
  const found = names
    .flatMap((name) => findNamed(facts, name))
    .filter(({ schema }) => isOf(schema, ["integer", "number"], facts.types));
  const [only, ...others] = found;
  return only === undefined || others.length > 0 ? {} : { total: pointerOf(only.steps) };
}

interface Field {
  readonly steps: readonly string[];
  /** The last step's words. */
  readonly name: string;
  readonly schema: Schema;
}

/** Fields of this name, or named so together with what holds them: `next_page: { offset }`. */
function findNamed({ fields }: PageFacts, name: string): readonly Field[] {
  return fields.filter(({ steps, name: own }) => {
    return own === name || (steps.length > 1 && `${words(steps.at(-2) ?? "")} ${own}` === name);
  });
}

/** Fields at the top, in what a page says of itself, and one level further. */
function listFields(body: Schema, types: Types): readonly Field[] {
  const tops = fieldsOf({ steps: [], name: "", schema: body }, types);
  const holding = ({ name }: Field): boolean => holders.includes(name);
  const inner = tops.filter(holding).flatMap((top) => fieldsOf(top, types));
  const innermost = inner.filter(holding).flatMap((field) => fieldsOf(field, types));
  return [...tops, ...inner, ...innermost];
}

function fieldsOf({ steps, schema }: Field, types: Types): readonly Field[] {
  return [...propertiesOf(schema, types)].map(([name, property]) => {
    return { steps: [...steps, name], name: words(name), schema: property };
  });
}

function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${escapeSegment(step)}`).join("");
}

function isJson(media: HttpMediaTypeModel | undefined): boolean {
  return /^application\/(?:[\w.!#$&^-]+\+)?json(?:;|$)/.test(media?.mediaType ?? "");
}

/** `nextPageToken`, `next_page_token` and `next-page-token` are one name. */
function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim();
}
