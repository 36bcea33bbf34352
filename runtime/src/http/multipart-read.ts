import type { HttpEncoding, HttpMediaType, ValueShape } from "../descriptor/http.ts";
import type { JsonForm } from "../descriptor/json-form.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { ServiceError } from "../error/service-error.ts";
import { violationsDetail } from "../wire/problem.ts";
import { BodyTooLarge, ByteList, decodeText, joinBytes } from "./bytes.ts";
import { openFile, type OpenFile } from "./file.ts";
import { parseJson } from "./json.ts";
import { isJsonType, matchMediaType, parseMediaType } from "./media-type.ts";
import type { HttpLimits } from "./message.ts";
import { parseMultipart, type IncomingPart } from "./multipart-parse.ts";
import { isStyledPart } from "./multipart-write.ts";
import { readFromPairs, type RawPairs } from "./parameters-query.ts";
import {
  getOwn,
  isNested,
  issueAt,
  joinShapes,
  membersOf,
  pointerTo,
  propertyShape,
  readScalar,
  readUnion,
  setOwn,
  type Read,
} from "./values.ts";

/** How multipart bodies are read. */
export interface ReadMultipartOptions {
  readonly boundary: string | undefined;
  readonly limits: HttpLimits;
  readonly issues: ValidationIssue[];
  readonly pointer: string;
  /** A file that does not fit into `limits.maxHeldBytes` comes as a stream; else it is too large. */
  readonly streamsFiles: boolean;
}

type ReadMedia = Pick<HttpMediaType, "encoding" | "shape" | "json">;

/** Whether names that the contract does not declare may come is for its validator to say. */
const anyShape: ValueShape = { type: "any" };

interface HeldPart extends Omit<IncomingPart, "content"> {
  readonly content: Uint8Array | OpenFile;
}

/**
 * Reads multipart/form-data into the object that its shape describes; faults go to `issues`. All parts are held, up to
 * `limits.maxHeldBytes` together. The first file that does not fit is handed over as it comes, and ends the reading
 * here: parts behind it make the reading of its stream fail with invalid_argument, PART_AFTER_STREAM.
 *
 * @throws {BodyTooLarge} when what has to be held is more than may be.
 */
export async function readMultipart(
  media: ReadMedia,
  body: AsyncIterable<Uint8Array>,
  options: ReadMultipartOptions,
): Promise<Record<string, unknown>> {
  const { limits, issues, pointer } = options;
  const held = await holdParts(media, body, options);
  const groups = new Map<string, HeldPart[]>();
  for (const part of held) {
    const group = groups.get(part.name);
    if (group === undefined) groups.set(part.name, [part]);
    else group.push(part);
  }
  const value: Record<string, unknown> = {};
  const add = (name: string, read: Read): void => {
    if ("value" in read) setOwn(value, name, read.value);
    else issues.push(issueAt(pointerTo(pointer, name), read.keyword, read.expected));
  };
  const styled = readStyled(media, groups, limits);
  for (const [name, read] of styled) add(name, read);
  for (const [name, parts] of groups) {
    if (isStyled(media, name)) continue;
    const shape = shapeOfField(media.shape, name) ?? (isPartOfStyled(media, name) ? undefined : anyShape);
    if (shape !== undefined)
      add(name, readParts(parts, { shape, encoding: getOwn(media.encoding, name), limits, json: media.json }));
  }
  return value;
}

async function holdParts(
  media: ReadMedia,
  body: AsyncIterable<Uint8Array>,
  options: ReadMultipartOptions,
): Promise<readonly HeldPart[]> {
  const { limits, boundary } = options;
  const parts = parseMultipart(body, { boundary, maxCount: limits.maxCount });
  const held: HeldPart[] = [];
  let left = limits.maxHeldBytes;
  let isHandedOver = false;
  try {
    for (;;) {
      const next = await parts.next();
      if (next.done === true) return held;
      const part = next.value;
      const content = part.content[Symbol.asyncIterator]();
      const { chunks, isWhole } = await hold(content, left);
      if (!isWhole) {
        if (
          !options.streamsFiles ||
          !isFile(part, shapeOfField(media.shape, part.name), getOwn(media.encoding, part.name))
        )
          throw new BodyTooLarge(limits.maxHeldBytes);
        isHandedOver = true;
        const rest = streamPart({ name: part.name, chunks, content, parts, pointer: options.pointer });
        const type = part.contentType;
        held.push({ ...part, content: openFile(rest, { name: part.fileName, type }) });
        return held;
      }
      const bytes = joinBytes(chunks);
      left -= bytes.byteLength;
      held.push({ ...part, content: bytes });
    }
  } finally {
    if (!isHandedOver) await parts.return();
  }
}

/** As much of a content as may be held, and whether that is all of it. */
async function hold(
  content: AsyncIterator<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly chunks: Uint8Array[]; readonly isWhole: boolean }> {
  const chunks = new ByteList();
  for (;;) {
    const next = await content.next();
    if (next.done === true) return { chunks: chunks.take(), isWhole: true };
    chunks.push(next.value);
    if (chunks.size > maxBytes) return { chunks: chunks.take(), isWhole: false };
  }
}

interface StreamedPart {
  readonly name: string;
  readonly chunks: Uint8Array[];
  readonly content: AsyncIterator<Uint8Array>;
  readonly parts: AsyncGenerator<IncomingPart, void, undefined>;
  readonly pointer: string;
}

/** What was held of a file, then what comes of it; then nothing may come any more. */
async function* streamPart({ name, chunks, content, parts, pointer }: StreamedPart): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk;
    for (;;) {
      const next = await content.next();
      if (next.done === true) break;
      yield next.value;
    }
    const behind = await parts.next();
    if (behind.done !== true) throw partAfterStream(pointerTo(pointer, behind.value.name), name);
  } finally {
    await parts.return();
  }
}

function partAfterStream(pointer: string, name: string): ServiceError {
  const expected = `to stand before the file "${name}", which is too large to be held`;
  return new ServiceError("invalid_argument", `the part at ${pointer} is expected ${expected}`, {
    details: [violationsDetail([issueAt(pointer, "order", expected)])],
    origin: "framework",
    reason: "PART_AFTER_STREAM",
    retry: { class: "never" },
  });
}

interface FieldOptions {
  readonly shape: ValueShape;
  readonly encoding: HttpEncoding | undefined;
  readonly limits: HttpLimits;
  readonly json: JsonForm | undefined;
}

function readParts(parts: readonly HeldPart[], options: FieldOptions): Read {
  const list = membersOf(options.shape).find(({ type }) => type === "array");
  const [first] = parts;
  const isOneJson =
    first !== undefined && parts.length === 1 && isJsonPart(first) && !isFile(first, options.shape, undefined);
  if (first !== undefined && parts.length === 1 && isNullPart(first, options.shape)) return { value: null };
  if (list?.type === "array" && isOneJson) {
    const read = readOne(first, options);
    // A list of one object is written as one part, and some write a whole list as one.
    return "value" in read && !Array.isArray(read.value) && isListAlone(options.shape) ? { value: [read.value] } : read;
  }
  if (list?.type === "array" || (options.shape.type === "any" && parts.length > 1)) {
    const value: unknown[] = [];
    for (const part of parts) {
      const read = readOne(part, { ...options, shape: list?.type === "array" ? list.items : options.shape });
      if (!("value" in read)) return read;
      value.push(read.value);
    }
    return { value };
  }
  if (first === undefined || parts.length > 1) return { expected: "one part", keyword: "type" };
  return readOne(first, options);
}

function isNullPart({ content, fileName }: HeldPart, shape: ValueShape): boolean {
  if (fileName !== undefined || !(content instanceof Uint8Array) || content.byteLength !== 4) return false;
  return membersOf(shape).some(({ type }) => type === "null") && decodeText(content, undefined) === "null";
}

/** Whether a value is a list, null aside: what else it might be would also come as one part. */
function isListAlone(shape: ValueShape): boolean {
  return membersOf(shape).every(({ type }) => type === "array" || type === "null");
}

function readOne(part: HeldPart, { shape, encoding, limits, json }: FieldOptions): Read {
  const type = parseMediaType(part.contentType);
  if (type !== undefined && encoding?.contentType !== undefined) {
    const ranges = encoding.contentType.split(",").map((range) => range.trim());
    // A sender that does not know the type of its bytes says so by the most general one.
    if (type.essence !== "application/octet-stream" && !ranges.some((range) => matchMediaType(range, type) > 0))
      return { expected: `a part of type ${ranges.join(" or ")}`, keyword: "contentMediaType" };
  }
  if (isFile(part, shape, encoding)) return { value: toFile(part) };
  const content = part.content as Uint8Array;
  const text = (): string => decodeText(content, type?.parameters.get("charset"));
  if (isJsonPart(part) || isJsonEncoding(encoding)) return readJson(content, limits, json);
  const members = membersOf(shape);
  const scalars = members.filter((member) => !isNested(member));
  if (scalars.length === members.length) return readScalar(text(), shape);
  const read = readJson(content, limits, json);
  const isWhole = "value" in read && typeof read.value === "object" && read.value !== null;
  // What is no object or list may still be one of the other forms, which go as their text.
  return isWhole || scalars.length === 0 ? read : readUnion(scalars, (member) => readScalar(text(), member));
}

function readJson(content: Uint8Array, { maxDepth }: HttpLimits, json: JsonForm | undefined): Read {
  try {
    return { value: parseJson(content, maxDepth, json) };
  } catch {
    // The only failure is bytes that are no JSON, which the issue tells with its place.
    return { expected: "JSON", keyword: "contentMediaType" };
  }
}

function toFile({ content, fileName, contentType }: HeldPart): unknown {
  if (!(content instanceof Uint8Array)) return content;
  const type = contentType ?? "application/octet-stream";
  const parts = [content as Uint8Array<ArrayBuffer>];
  return fileName === undefined ? new Blob(parts, { type }) : new File(parts, fileName, { type });
}

/** What the contract says is bytes, and what comes as a file where it does not say. */
function isFile(
  part: Pick<IncomingPart, "fileName" | "contentType">,
  shape: ValueShape | undefined,
  encoding: HttpEncoding | undefined,
): boolean {
  const leaves = shape === undefined ? [] : leavesOf(shape);
  const canBeObject = leaves.some(({ type }) => type === "object");
  const isJson = isJsonPart(part) && part.fileName === undefined;
  if (leaves.some(isBinaryShape)) return !(isJson && canBeObject);
  if (isJson) return false;
  if (part.fileName !== undefined) return !canBeObject;
  // A text of the contract stays one, whatever its encoding calls it.
  if (leaves.length > 0 && leaves.every(({ type }) => type !== "any")) return false;
  const type = parseMediaType(part.contentType ?? encoding?.contentType);
  const isText = type === undefined || type.essence.startsWith("text/") || isJsonType(type.essence);
  return !isText && !canBeObject;
}

function leavesOf(shape: ValueShape): readonly ValueShape[] {
  return membersOf(shape).flatMap((member) => (member.type === "array" ? membersOf(member.items) : [member]));
}

function isBinaryShape({ type }: ValueShape): boolean {
  return type === "binary";
}

function isJsonPart({ contentType }: Pick<IncomingPart, "contentType">): boolean {
  const type = parseMediaType(contentType);
  return type !== undefined && isJsonType(type.essence);
}

function isJsonEncoding(encoding: HttpEncoding | undefined): boolean {
  return isJsonType(parseMediaType(encoding?.contentType)?.essence ?? "");
}

/** Properties that are written in a style: their parts are the pairs of a form. */
function readStyled(
  media: ReadMedia,
  groups: ReadonlyMap<string, readonly HeldPart[]>,
  limits: HttpLimits,
): ReadonlyMap<string, Read> {
  const reads = new Map<string, Read>();
  const styled = Object.entries(media.encoding ?? {}).filter(([name]) => isStyled(media, name));
  if (styled.length === 0) return reads;
  const all: [string, string][] = [];
  const byName = new Map<string, string[]>();
  for (const [name, parts] of groups) {
    const shape = shapeOfField(media.shape, name);
    for (const part of parts) {
      const { content } = part;
      // Files are no text of anything that has a style.
      if (!(content instanceof Uint8Array) || isFile(part, shape, getOwn(media.encoding, name))) continue;
      const text = decodeText(content, undefined);
      all.push([name, text]);
      byName.set(name, [...(byName.get(name) ?? []), text]);
    }
  }
  const pairs: RawPairs = { all, byName };
  const taken = new Set([...byName.keys()].filter((name) => shapeOfField(media.shape, name) !== undefined));
  for (const [name, encoding] of styled) {
    const shape = shapeOfField(media.shape, name);
    const style = encoding.style ?? "form";
    if (shape === undefined) continue;
    const explode = encoding.explode ?? style === "form";
    const decode = (text: string): string => text;
    const read = readFromPairs(pairs, { name, shape, style, explode, decode, maxCount: limits.maxCount, taken });
    if (read !== undefined) reads.set(name, read);
  }
  return reads;
}

/** Whether a name is, or may be, of a property that is spread over several parts. */
function isPartOfStyled(media: ReadMedia, name: string): boolean {
  return Object.entries(media.encoding ?? {}).some(([property, { style }]) => {
    if (!isStyled(media, property)) return false;
    return style === "deepObject" ? name.startsWith(`${property}[`) : true;
  });
}

/** Files have no style, whatever their encoding says. */
function isStyled(media: ReadMedia, name: string): boolean {
  const shape = shapeOfField(media.shape, name);
  return isStyledPart(getOwn(media.encoding, name)) && (shape === undefined || !leavesOf(shape).some(isBinaryShape));
}

function shapeOfField(shape: ValueShape | undefined, name: string): ValueShape | undefined {
  let found: ValueShape | undefined;
  for (const member of shape === undefined ? [] : membersOf(shape)) {
    const inner = propertyShape(member, name);
    if (inner !== undefined) found = found === undefined ? inner : joinShapes(found, inner);
  }
  return found;
}
