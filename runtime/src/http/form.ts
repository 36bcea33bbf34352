import type { HttpEncoding, HttpMediaType, ValueShape } from "../descriptor/http.ts";
import type { JsonForm } from "../descriptor/json-form.ts";
import { ServiceError } from "../error/service-error.ts";
import { parseJsonText, writeJson } from "./json.ts";
import { isJsonType, parseMediaType } from "./media-type.ts";
import type { HttpLimits } from "./message.ts";
import { percentEncode, queryDecode } from "./percent.ts";
import { readFromPairs, splitPairs, type RawPairs } from "./parameters-query.ts";
import { encoderOf, UnwritableValue, writePairs, type Pairs } from "./parameters-write.ts";
import {
  getOwn,
  isNested,
  isRecord,
  issueAt,
  joinShapes,
  membersOf,
  pointerTo,
  readScalar,
  readUnion,
  setOwn,
  writeScalar,
  type Read,
} from "./values.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";

/** Fields that another style or `contentType` was not given for: lists repeat the name, objects are JSON. */
const anyShape: ValueShape = { type: "any" };

/**
 * Writes an object as application/x-www-form-urlencoded, property by property as its `encoding` says.
 *
 * @throws {UnwritableValue} when a property can't be written in its style.
 */
export function writeForm(media: Pick<HttpMediaType, "encoding" | "json">, value: unknown): string {
  if (!isRecord(value)) return "";
  const pairs: Pairs = [];
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    pairs.push(...writeField(name, item, { encoding: getOwn(media.encoding, name), json: media.json }));
  }
  return pairs.map(([name, text]) => `${name}=${text}`).join("&");
}

/** Reads a form into the object that its shape describes; faults go to `issues` with their pointers. */
export function readForm(
  media: Pick<HttpMediaType, "encoding" | "shape" | "json">,
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
    const read = readField(pairs, {
      name,
      shape,
      encoding: getOwn(media.encoding, name),
      taken,
      limits,
      json: media.json,
    });
    if (read === undefined) continue;
    if ("value" in read) setOwn(value, name, read.value);
    else issues.push(issueAt(pointerTo(pointer, name), read.keyword, read.expected));
  }
  return value;
}

function writeField(name: string, item: unknown, { encoding, json }: Pick<Field, "encoding" | "json">): Pairs {
  const encode = encoderOf("query", encoding?.allowReserved);
  if (isJsonField(item, encoding)) return [[percentEncode(name), percentEncode(jsonText(item, json))]];
  if (Array.isArray(item) && !isStyled(encoding)) {
    return item.map((member) => [percentEncode(name), percentEncode(memberText(member, json))]);
  }
  const style = encoding?.style ?? "form";
  return writePairs({ name, style, explode: encoding?.explode ?? style === "form", encode, delimiters: "" }, item);
}

function memberText(member: unknown, json: JsonForm | undefined): string {
  if (isRecord(member) || Array.isArray(member)) return jsonText(member, json);
  const text = writeScalar(member);
  if (text === undefined) throw new UnwritableValue("items that have a text");
  return text;
}

function jsonText(value: unknown, json: JsonForm | undefined): string {
  const text = writeJson(value, json);
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
  readonly json: JsonForm | undefined;
}

function readField(pairs: RawPairs, field: Field): Read | undefined {
  const { name, shape, encoding } = field;
  if (isStyled(encoding)) return readStyled(pairs, field);
  const raws = pairs.byName.get(name) ?? [];
  const [first] = raws;
  if (first === undefined) return undefined;
  const members = membersOf(shape);
  if (shape.type === "any" && raws.length > 1) return readJsonItems(raws, shape, field);
  const declared = parseMediaType(encoding?.contentType);
  if (declared !== undefined && isJsonType(declared.essence) && raws.length === 1) return readJson(first, field);
  if (declared === undefined && raws.length === 1 && members.some(({ type }) => type === "object")) {
    const read = readJson(first, field);
    // What is no object may still be one of the other forms.
    if (members.length === 1 || ("value" in read && isRecord(read.value))) return read;
  }
  const isNull = raws.length === 1 && first === "null" && members.some(({ type }) => type === "null");
  const list = members.find(({ type }) => type === "array");
  if (isNull || list?.type !== "array" || !membersOf(list.items).some(isNested)) return readStyled(pairs, field);
  return readJsonItems(raws, list.items, field);
}

function readStyled(pairs: RawPairs, { name, shape, encoding, taken, limits }: Field): Read | undefined {
  const style = encoding?.style ?? "form";
  return readFromPairs(pairs, {
    name,
    shape,
    style,
    explode: encoding?.explode ?? style === "form",
    decode: queryDecode,
    maxCount: limits.maxCount,
    taken,
  });
}

/** Items that are lists or objects are JSON; others stand as their text. */
function readJsonItems(raws: readonly string[], items: ValueShape, field: Field): Read {
  const scalars = membersOf(items).filter((member) => !isNested(member));
  const value: unknown[] = [];
  for (const raw of raws) {
    const json = readJson(raw, field);
    const isWhole = "value" in json && typeof json.value === "object" && json.value !== null;
    const text = isWhole || scalars.length === 0 ? undefined : queryDecode(raw);
    const read = text === undefined ? json : readUnion(scalars, (member) => readScalar(text, member));
    if (!("value" in read)) return read;
    value.push(read.value);
  }
  return { value };
}

function readJson(raw: string, { limits, json }: Field): Read {
  const text = queryDecode(raw);
  if (text === undefined) return { expected: "percent-encoded UTF-8", keyword: "format" };
  try {
    return { value: parseJsonText(text, limits.maxDepth, json) };
  } catch {
    // The only failure is text that is no JSON, which the issue tells with its place.
    return { expected: "JSON", keyword: "contentMediaType" };
  }
}

/** Declared properties, then names that came: whether they may is for the contract's validator to say. */
function fieldsOf(
  shape: ValueShape | undefined,
  pairs: RawPairs,
  encoding: Readonly<Record<string, HttpEncoding>> | undefined,
): Map<string, ValueShape> {
  const fields = new Map<string, ValueShape>();
  let additional: ValueShape = anyShape;
  for (const object of shape === undefined ? [] : membersOf(shape)) {
    if (object.type !== "object") continue;
    for (const [name, inner] of Object.entries(object.properties)) {
      const known = fields.get(name);
      fields.set(name, known === undefined ? inner : joinShapes(known, inner));
    }
    if (additional === anyShape && object.additional !== undefined) additional = object.additional;
  }
  const styled = Object.entries(encoding ?? {});
  const deep = styled.filter(([, { style }]) => style === "deepObject").map(([name]) => `${name}[`);
  // The properties of an object that is spread out stand among the fields.
  const spread = styled.flatMap(([name, one]) =>
    isStyled(one) && one.style !== "deepObject" ? membersOf(fields.get(name) ?? anyShape) : [],
  );
  const isSpread = (name: string): boolean =>
    spread.some(
      (member) => member.type === "object" && (getOwn(member.properties, name) ?? member.additional) !== undefined,
    );
  for (const name of pairs.byName.keys()) {
    if (!fields.has(name) && !deep.some((prefix) => name.startsWith(prefix)) && !isSpread(name))
      fields.set(name, additional);
  }
  return fields;
}
