import type { HttpEncoding, HttpMediaType, ValueShape } from "../descriptor/http.ts";
import { ServiceError } from "../error/service-error.ts";
import { parseJsonText, writeJson } from "./json.ts";
import { isJsonType, parseMediaType } from "./media-type.ts";
import type { HttpLimits } from "./message.ts";
import { percentEncode, queryDecode } from "./percent.ts";
import { readFromPairs, splitPairs, type RawPairs } from "./parameters-query.ts";
import { encoderOf, UnwritableValue, writePairs, type Pairs } from "./parameters-write.ts";
import { getOwn, isRecord, issueAt, membersOf, pointerTo, setOwn, writeScalar, type Read } from "./values.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";

/** Fields that another style or `contentType` was not given for: lists repeat the name, objects are JSON. */
const anyShape: ValueShape = { type: "any" };

/**
 * Writes an object as application/x-www-form-urlencoded, property by property as its `encoding` says.
 *
 * @throws {UnwritableValue} when a property can't be written in its style.
 */
export function writeForm(media: Pick<HttpMediaType, "encoding">, value: unknown): string {
  if (!isRecord(value)) return "";
  const pairs: Pairs = [];
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    pairs.push(...writeField(name, item, getOwn(media.encoding, name)));
  }
  return pairs.map(([name, text]) => `${name}=${text}`).join("&");
}

/** Reads a form into the object that its shape describes; faults go to `issues` with their pointers. */
export function readForm(
  media: Pick<HttpMediaType, "encoding" | "shape">,
  text: string,
  options: { readonly limits: HttpLimits; readonly issues: ValidationIssue[]; readonly pointer: string },
): Record<string, unknown> {
  const { limits, issues, pointer } = options;
  const pairs = splitPairs(text, "&", { decode: queryDecode, maxCount: limits.maxCount });
  if (pairs === undefined) {
    throw new ServiceError("invalid_argument", `the form is malformed or has more than ${limits.maxCount} fields`, {
      origin: "framework",
    });
  }
  const value: Record<string, unknown> = {};
  const fields = fieldsOf(media.shape, pairs, media.encoding);
  const taken = new Set(fields.keys());
  for (const [name, shape] of fields) {
    const read = readField(pairs, { name, shape, encoding: getOwn(media.encoding, name), taken, limits });
    if (read === undefined) continue;
    if ("value" in read) setOwn(value, name, read.value);
    else issues.push(issueAt(pointerTo(pointer, name), read.keyword, read.expected));
  }
  return value;
}

function writeField(name: string, item: unknown, encoding: HttpEncoding | undefined): Pairs {
  const encode = encoderOf("query", encoding?.allowReserved);
  if (isJsonField(item, encoding)) return [[percentEncode(name), percentEncode(jsonText(item))]];
  if (Array.isArray(item) && !isStyled(encoding)) {
    return item.map((member) => [percentEncode(name), percentEncode(memberText(member))]);
  }
  const style = encoding?.style ?? "form";
  return writePairs({ name, style, explode: encoding?.explode ?? style === "form", encode, delimiters: "" }, item);
}

function memberText(member: unknown): string {
  if (isRecord(member) || Array.isArray(member)) return jsonText(member);
  const text = writeScalar(member);
  if (text === undefined) throw new UnwritableValue("items that have a text");
  return text;
}

function jsonText(value: unknown): string {
  const text = writeJson(value);
  if (text === undefined) throw new UnwritableValue("a JSON value");
  return text;
}

/** A field is JSON when its encoding says so, or says nothing and the value is an object. */
function isJsonField(item: unknown, encoding: HttpEncoding | undefined): boolean {
  const declared = parseMediaType(encoding?.contentType);
  if (isStyled(encoding)) return false;
  return declared !== undefined ? isJsonType(declared.essence) : isRecord(item);
}

/** `style`, `explode` and `allowReserved` switch `contentType` off (OpenAPI 3.1 Encoding Object). */
function isStyled(encoding: HttpEncoding | undefined): boolean {
  return encoding?.style !== undefined || encoding?.explode !== undefined || encoding?.allowReserved !== undefined;
}

interface Field {
  readonly name: string;
  readonly shape: ValueShape;
  readonly encoding: HttpEncoding | undefined;
  readonly taken: ReadonlySet<string>;
  readonly limits: HttpLimits;
}

function readField(pairs: RawPairs, field: Field): Read | undefined {
  const { name, shape, encoding, limits } = field;
  const style = encoding?.style ?? "form";
  const declared = parseMediaType(encoding?.contentType);
  const json =
    !isStyled(encoding) &&
    (declared === undefined ? membersOf(shape).some(({ type }) => type === "object") : isJsonType(declared.essence));
  const raws = pairs.byName.get(name) ?? [];
  if (json && raws.length === 1) return readJson(raws[0] ?? "", limits);
  const items = membersOf(shape).find(({ type }) => type === "array");
  if (!isStyled(encoding) && items?.type === "array" && membersOf(items.items).some(({ type }) => type === "object")) {
    return raws.length === 0 ? undefined : readJsonItems(raws, limits);
  }
  return readFromPairs(pairs, {
    name,
    shape,
    style,
    explode: encoding?.explode ?? style === "form",
    decode: queryDecode,
    maxCount: limits.maxCount,
    taken: field.taken,
  });
}

function readJsonItems(raws: readonly string[], limits: HttpLimits): Read {
  const value: unknown[] = [];
  for (const raw of raws) {
    const read = readJson(raw, limits);
    if (!("value" in read)) return read;
    value.push(read.value);
  }
  return { value };
}

function readJson(raw: string, limits: HttpLimits): Read {
  const text = queryDecode(raw);
  if (text === undefined) return { expected: "percent-encoded UTF-8", keyword: "format" };
  try {
    return { value: parseJsonText(text, limits.maxDepth) };
  } catch {
    // The only failure is text that is no JSON, which the issue tells with its place.
    return { expected: "JSON", keyword: "contentMediaType" };
  }
}

/** Declared properties, then names that came and that `additional` allows. */
function fieldsOf(
  shape: ValueShape | undefined,
  pairs: RawPairs,
  encoding: Readonly<Record<string, HttpEncoding>> | undefined,
): Map<string, ValueShape> {
  const fields = new Map<string, ValueShape>();
  const objects = shape === undefined ? [] : membersOf(shape).filter(({ type }) => type === "object");
  for (const object of objects) {
    if (object.type !== "object") continue;
    for (const [name, inner] of Object.entries(object.properties)) if (!fields.has(name)) fields.set(name, inner);
  }
  const additional =
    objects.length === 0
      ? anyShape
      : objects
          .map((object) => (object.type === "object" ? object.additional : undefined))
          .find((inner) => inner !== undefined);
  if (additional === undefined) return fields;
  const deep = Object.entries(encoding ?? {})
    .filter(([, { style }]) => style === "deepObject")
    .map(([name]) => `${name}[`);
  for (const name of pairs.byName.keys()) {
    if (!fields.has(name) && !deep.some((prefix) => name.startsWith(prefix))) fields.set(name, additional);
  }
  return fields;
}
