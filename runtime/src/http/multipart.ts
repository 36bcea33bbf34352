import type { HttpEncoding, HttpMediaType, ValueShape } from "../descriptor/http.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import { ServiceError } from "../error/service-error.ts";
import { isHeaderValue } from "../wire/header-text.ts";
import { sha256Hex } from "../wire/sha256.ts";
import { decodeText, joinBytes, utf8 } from "./bytes.ts";
import { parseJson, writeJson } from "./json.ts";
import { isJsonType, parseMediaType } from "./media-type.ts";
import type { HttpLimits } from "./message.ts";
import { UnwritableValue } from "./parameters-write.ts";
import {
  getOwn,
  isRecord,
  issueAt,
  membersOf,
  pointerTo,
  readScalar,
  setOwn,
  writeScalar,
  type Read,
} from "./values.ts";

interface Part {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

const maxPartHeader = 16 * 1024;

/** A part ready to go; the bytes of a Blob are read when they are needed. */
export interface WrittenPart {
  /** Its headers, each with its line end. */
  readonly head: string;
  readonly content: Uint8Array | Blob;
}

/**
 * An object as parts of multipart/form-data, RFC 7578: files from Blob or Uint8Array, objects as JSON, scalars as text,
 * lists as a part an item.
 *
 * @throws {UnwritableValue} when a property has no form in it.
 */
export function toParts(
  media: Pick<HttpMediaType, "encoding">,
  value: Readonly<Record<string, unknown>>,
): readonly WrittenPart[] {
  return Object.entries(value).flatMap(([name, item]) => {
    if (item === undefined) return [];
    const encoding = getOwn(media.encoding, name);
    return (Array.isArray(item) ? item : [item]).map((member) => toPart(name, member, encoding));
  });
}

/** The body of these parts. Its boundary is made from the content's hash: the same parts give the same bytes. */
export async function writeMultipart(
  parts: readonly WrittenPart[],
): Promise<{ readonly bytes: Uint8Array; readonly boundary: string }> {
  const whole: { readonly head: string; readonly content: Uint8Array }[] = [];
  for (const { head, content } of parts) {
    whole.push({ head, content: content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content });
  }
  const boundary = `trilogue-${sha256Hex(...whole.flatMap(({ head, content }) => [head, content])).slice(0, 40)}`;
  const chunks = whole.flatMap(({ head, content }) => [utf8(`--${boundary}\r\n${head}\r\n`), content, utf8("\r\n")]);
  return { bytes: joinBytes([...chunks, utf8(`--${boundary}--\r\n`)]), boundary };
}

/** Reads multipart/form-data into the object that its shape describes; faults go to `issues`. */
export function readMultipart(
  media: Pick<HttpMediaType, "encoding" | "shape">,
  bytes: Uint8Array,
  options: {
    readonly boundary: string | undefined;
    readonly limits: HttpLimits;
    readonly issues: ValidationIssue[];
    readonly pointer: string;
  },
): Record<string, unknown> {
  const { boundary, limits, issues, pointer } = options;
  if (boundary === undefined || boundary === "" || boundary.length > 200) throw malformed("its boundary is missing");
  const groups = new Map<string, Part[]>();
  for (const part of splitParts(bytes, boundary, limits.maxCount)) {
    const group = groups.get(part.name);
    if (group === undefined) groups.set(part.name, [part]);
    else group.push(part);
  }
  const value: Record<string, unknown> = {};
  for (const [name, parts] of groups) {
    const shape = shapeOfField(media.shape, name);
    if (shape === undefined) continue;
    const read = readParts(parts, { shape, encoding: getOwn(media.encoding, name), limits });
    if ("value" in read) setOwn(value, name, read.value);
    else issues.push(issueAt(pointerTo(pointer, name), read.keyword, read.expected));
  }
  return value;
}

function toPart(name: string, item: unknown, encoding: HttpEncoding | undefined): WrittenPart {
  const declared = encoding?.contentType?.split(",")[0]?.trim();
  let type = declared !== undefined && !declared.includes("*") ? declared : undefined;
  let fileName: string | undefined;
  let content: Uint8Array | Blob;
  if (item instanceof Uint8Array) {
    type ??= "application/octet-stream";
    fileName = name;
    content = item;
  } else if (item instanceof Blob) {
    type ??= item.type === "" ? "application/octet-stream" : item.type;
    fileName = item instanceof File ? item.name : name;
    content = item;
  } else if (isRecord(item) || Array.isArray(item) || (type !== undefined && isJsonType(type))) {
    type ??= "application/json";
    content = textPart(writeJson(item), name);
  } else content = textPart(writeScalar(item), name);
  if (type !== undefined && !isHeaderValue(type)) throw new UnwritableValue("a part's type that a header can hold");
  const file = fileName === undefined ? "" : `; filename="${escapeName(fileName)}"`;
  const head =
    `content-disposition: form-data; name="${escapeName(name)}"${file}\r\n` +
    (type === undefined ? "" : `content-type: ${type}\r\n`);
  return { head, content };
}

function textPart(text: string | undefined, name: string): Uint8Array {
  if (text === undefined) throw new UnwritableValue(`a value that has a text in "${name}"`);
  return utf8(text);
}

/** As browsers do it (WHATWG HTML, multipart/form-data encoding): quotes and line ends percent-encoded. */
function escapeName(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22").replaceAll("\0", "%00");
}

function unescapeName(name: string): string;
function unescapeName(name: string | undefined): string | undefined;
function unescapeName(name: string | undefined): string | undefined {
  return name?.replace(/%(?:0D|0A|22|00)/gi, (escaped) => String.fromCharCode(Number.parseInt(escaped.slice(1), 16)));
}

function* splitParts(bytes: Uint8Array, boundary: string, maxCount: number): Generator<Part> {
  // With its line end, the search is linear: a delimiter can't begin within another one.
  const delimiter = utf8(`\r\n--${boundary}`);
  // The first one may open the body, without a line end before it.
  const opens = delimiter.subarray(2).every((byte, index) => bytes[index] === byte);
  let at = opens ? -2 : indexOfBytes(bytes, delimiter, 0);
  if (at === -1) throw malformed("its boundary does not occur");
  for (let count = 0; ; count += 1) {
    at += delimiter.length;
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return;
    if (count >= maxCount) throw malformed(`it has more than ${maxCount} parts`);
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
    if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) throw malformed("a boundary is not a line");
    // The next delimiter may begin with this line's end: then the part is empty.
    const end = indexOfBytes(bytes, delimiter, at);
    if (end < 0) throw malformed("its last boundary is missing");
    yield readPart(bytes.subarray(at + 2, Math.max(at + 2, end)));
    at = end;
  }
}

function readPart(bytes: Uint8Array): Part {
  const end = bytes[0] === 0x0d && bytes[1] === 0x0a ? -2 : indexOfBytes(bytes, utf8("\r\n\r\n"), 0);
  if (end === -1 || end > maxPartHeader) throw malformed("a part has no or too long headers");
  const headers = new Map<string, string>();
  for (const line of decodeText(bytes.subarray(0, Math.max(0, end)), undefined).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const parameters = readDisposition(headers.get("content-disposition") ?? "");
  const name = parameters?.get("name");
  if (name === undefined) throw malformed("a part has no name");
  return {
    name: unescapeName(name),
    fileName: unescapeName(parameters?.get("filename")),
    contentType: headers.get("content-type"),
    bytes: bytes.subarray(end + 4),
  };
}

/** Parameters of `form-data; name="x"; filename="y"`: quoted texts know no escapes, see `escapeName`. */
function readDisposition(text: string): ReadonlyMap<string, string> | undefined {
  const type = /^form-data\s*(?=;|$)/i.exec(text);
  if (type === null) return undefined;
  const parameters = new Map<string, string>();
  const next = /;\s*([^\s=;"]+)=(?:"([^"]*)"|([^";]*))\s*/y;
  next.lastIndex = type[0].length;
  while (next.lastIndex < text.length) {
    const found = next.exec(text);
    // The same name twice would mean one thing here and another thing elsewhere.
    const name = found?.[1]?.toLowerCase();
    if (found === null || name === undefined || parameters.has(name)) return undefined;
    parameters.set(name, found[2] ?? found[3]?.trim() ?? "");
  }
  return parameters;
}

interface FieldOptions {
  readonly shape: ValueShape;
  readonly encoding: HttpEncoding | undefined;
  readonly limits: HttpLimits;
}

function readParts(parts: readonly Part[], options: FieldOptions): Read {
  const list = membersOf(options.shape).find(({ type }) => type === "array");
  const [first] = parts;
  if (list?.type === "array" && !(first !== undefined && parts.length === 1 && isJsonPart(first))) {
    const value: unknown[] = [];
    for (const part of parts) {
      const read = readOne(part, { ...options, shape: list.items });
      if (!("value" in read)) return read;
      value.push(read.value);
    }
    return { value };
  }
  if (first === undefined || parts.length > 1) return { expected: "one part", keyword: "type" };
  return readOne(first, options);
}

function readOne(part: Part, { shape, encoding, limits }: FieldOptions): Read {
  const type = parseMediaType(part.contentType ?? encoding?.contentType);
  const isFile =
    part.fileName !== undefined || (type !== undefined && !type.essence.startsWith("text/") && !isJsonPart(part));
  const wantsObject = membersOf(shape).some((member) => member.type === "object" || member.type === "array");
  if ((isJsonPart(part) && (part.fileName === undefined || wantsObject)) || (!isFile && wantsObject)) {
    try {
      return { value: parseJson(part.bytes, limits.maxDepth) };
    } catch {
      // The only failure is bytes that are no JSON, which the issue tells with its place.
      return { expected: "JSON", keyword: "contentMediaType" };
    }
  }
  if (isFile) {
    const blobType = part.contentType ?? "application/octet-stream";
    const content = [new Uint8Array(part.bytes)];
    return {
      value:
        part.fileName === undefined
          ? new Blob(content, { type: blobType })
          : new File(content, part.fileName, { type: blobType }),
    };
  }
  const text = decodeText(part.bytes, type?.parameters.get("charset"));
  let failed: Read = { expected: "text", keyword: "type" };
  for (const member of membersOf(shape)) {
    const read = readScalar(text, member);
    if ("value" in read) return read;
    failed = read;
  }
  return failed;
}

function isJsonPart(part: Part): boolean {
  const type = parseMediaType(part.contentType);
  return type !== undefined && isJsonType(type.essence);
}

function shapeOfField(shape: ValueShape | undefined, name: string): ValueShape | undefined {
  if (shape === undefined) return { type: "any" };
  for (const member of membersOf(shape)) {
    if (member.type === "any") return member;
    if (member.type !== "object") continue;
    const inner = getOwn(member.properties, name) ?? member.additional;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same += 1;
    if (same === wanted.length) return at;
  }
  return -1;
}

function malformed(why: string): ServiceError {
  return new ServiceError("invalid_argument", `the multipart body is malformed: ${why}`, { origin: "framework" });
}
