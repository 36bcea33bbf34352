import type { HttpEncoding, HttpMediaType } from "../descriptor/http.ts";
import type { JsonForm } from "../descriptor/json-form.ts";
import { isHeaderValue } from "../wire/header-text.ts";
import { joinBytes, utf8 } from "./bytes.ts";
import { chunksOf, describe, isBinaryContent, type BinaryContent, type OpenFile } from "./file.ts";
import { writeJson } from "./json.ts";
import { isJsonType, matchMediaType, parseMediaType } from "./media-type.ts";
import { UnwritableValue, writePairs } from "./parameters-write.ts";
import { getOwn, isRecord, writeScalar } from "./values.ts";

/** A part ready to go; what is in a Blob or a stream is read when it is sent. */
export interface WrittenPart {
  /** Its headers, each with its line end. */
  readonly head: string;
  readonly content: Exclude<BinaryContent, string | ArrayBuffer> | OpenFile;
  /** Bytes; undefined when only its end will tell. */
  readonly size: number | undefined;
}

/**
 * An object as parts of multipart/form-data, RFC 7578: bytes in any form as files, objects as JSON, scalars as text,
 * lists as a part an item, and what has a `style` as that style's names and texts (OpenAPI 3.1, Encoding Object).
 *
 * @throws {UnwritableValue} when a property has no form in it.
 */
export function toParts(
  media: Pick<HttpMediaType, "encoding" | "json">,
  value: Readonly<Record<string, unknown>>,
): readonly WrittenPart[] {
  return Object.entries(value).flatMap(([name, item]) => {
    if (item === undefined) return [];
    const encoding = getOwn(media.encoding, name);
    const members: readonly unknown[] = Array.isArray(item) ? item : [item];
    if (isStyledPart(encoding) && !members.some(isBinaryContent)) return toStyledParts(name, item, encoding);
    return members.map((member) => toPart(name, member, { encoding, json: media.json }));
  });
}

/** Whether a part is written by the rules of form styles. */
export function isStyledPart(encoding: HttpEncoding | undefined): encoding is HttpEncoding {
  return encoding?.style !== undefined || encoding?.explode !== undefined;
}

/** How many bytes the body of these parts has; undefined when one of them is a stream. */
export function sizeOfMultipart(parts: readonly WrittenPart[], boundary: string): number | undefined {
  let size = utf8(`--${boundary}--\r\n`).byteLength;
  for (const { head, size: own } of parts) {
    if (own === undefined) return undefined;
    size += utf8(`--${boundary}\r\n${head}\r\n\r\n`).byteLength + own;
  }
  return size;
}

/** The body of these parts, piece by piece. */
export async function* writeMultipart(parts: readonly WrittenPart[], boundary: string): AsyncGenerator<Uint8Array> {
  for (const { head, content } of parts) {
    yield utf8(`--${boundary}\r\n${head}\r\n`);
    yield* chunksOf(content);
    yield utf8("\r\n");
  }
  yield utf8(`--${boundary}--\r\n`);
}

/**
 * A boundary that the parts' own hash makes, so that the same parts give the same bytes, and no content can hold it. A
 * stream can't be read twice: with one among the parts, the boundary is drawn.
 */
export async function boundaryOf(parts: readonly WrittenPart[]): Promise<string> {
  // Pages that came over plain http have no `subtle`.
  const { subtle } = crypto as { readonly subtle?: typeof crypto.subtle };
  if (subtle === undefined || parts.some(({ size }) => size === undefined)) return drawBoundary();
  let state: Uint8Array = new Uint8Array(0);
  const add = async (bytes: Uint8Array): Promise<void> => {
    const length = utf8(`${bytes.byteLength}:`);
    state = new Uint8Array(
      await subtle.digest("SHA-256", joinBytes([state, length, bytes]) as Uint8Array<ArrayBuffer>),
    );
  };
  for (const { head, content } of parts) {
    await add(utf8(head));
    for await (const chunk of chunksOf(content)) await add(chunk);
  }
  return nameOf(state);
}

/** A boundary that nobody can foresee. */
export function drawBoundary(): string {
  return nameOf(crypto.getRandomValues(new Uint8Array(20)));
}

function nameOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, 20), (byte) => byte.toString(16).padStart(2, "0"));
  return `trilogue-${hex.join("")}`;
}

function toPart(
  name: string,
  item: unknown,
  { encoding, json }: { readonly encoding: HttpEncoding | undefined; readonly json: JsonForm | undefined },
): WrittenPart {
  if (isBinaryContent(item)) return toFilePart(name, item, encoding);
  const declared = concreteType(encoding);
  const isJson = isRecord(item) || Array.isArray(item) || isJsonType(parseMediaType(declared)?.essence ?? "");
  const type = declared ?? (isJson ? "application/json" : undefined);
  const content = textOf(isJson ? writeJson(item, json) : writeScalar(item), name);
  return { head: headOf(name, undefined, type), content, size: content.byteLength };
}

function toFilePart(
  name: string,
  item: Exclude<BinaryContent, string> | OpenFile,
  encoding: HttpEncoding | undefined,
): WrittenPart {
  const own = describe(item);
  const content = item instanceof ArrayBuffer ? new Uint8Array(item) : item;
  const isNamed = own.type !== "application/octet-stream";
  const actual = parseMediaType(own.type);
  const fits = (encoding?.contentType ?? "*/*")
    .split(",")
    .some((range) => actual !== undefined && matchMediaType(range.trim(), actual) > 0);
  // What the file says of itself counts where the contract allows it; bytes say nothing.
  const type = isNamed && fits ? own.type : (concreteType(encoding) ?? own.type);
  return { head: headOf(name, own.name ?? name, type), content, size: own.size };
}

/** Names and texts of a style; what can't be told apart from a separator is refused. */
function toStyledParts(name: string, item: unknown, encoding: HttpEncoding): readonly WrittenPart[] {
  const style = encoding.style ?? "form";
  const explode = encoding.explode ?? style === "form";
  const plain = (text: string): string => text;
  const options = { name, style, explode, encode: plain, encodeName: plain, delimiters: explode ? "" : "," };
  return writePairs(options, item).map(([key, text]) => {
    const content = utf8(text);
    return { head: headOf(key, undefined, undefined), content, size: content.byteLength };
  });
}

/** The first media type of an encoding that is one, not a range. */
function concreteType(encoding: HttpEncoding | undefined): string | undefined {
  return encoding?.contentType
    ?.split(",")
    .map((type) => type.trim())
    .find((type) => !type.includes("*"));
}

function headOf(name: string, fileName: string | undefined, type: string | undefined): string {
  if (type !== undefined && !isHeaderValue(type)) throw new UnwritableValue("a part's type that a header can hold");
  const file = fileName === undefined ? "" : `; filename="${escapeName(fileName)}"`;
  return (
    `content-disposition: form-data; name="${escapeName(name)}"${file}\r\n` +
    (type === undefined ? "" : `content-type: ${type}\r\n`)
  );
}

function textOf(text: string | undefined, name: string): Uint8Array {
  if (text === undefined) throw new UnwritableValue(`a value that has a text in "${name}"`);
  return utf8(text);
}

/** As browsers do it (WHATWG HTML, multipart/form-data encoding): quotes and line ends percent-encoded. */
function escapeName(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22").replaceAll("\0", "%00");
}
