import type { HttpMediaType, ServerSentEvent } from "../descriptor/http.ts";
import type { JsonForm } from "../descriptor/json-form.ts";
import { ServiceError } from "../error/service-error.ts";
import { BodyTooLarge, utf8 } from "./bytes.ts";
import { parseJsonText, writeJson } from "./json.ts";
import type { HttpLimits } from "./message.ts";
import { getOwn, isRecord, membersOf } from "./values.ts";

/** In the place of an event: nothing to tell, but still there. Known by identity: events may look like anything. */
export const silence: object = Object.freeze({});

/** Lines of a body, without their ends (LF, CRLF, CR); one longer than the limit is refused while it is read. */
export async function* readLines(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  let afterReturn = false;
  yield* readPieces(body, maxBytes, (chunk) => {
    // CRLF may be split over two chunks: the line already ended at CR.
    const text = afterReturn && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
    if (text !== "") afterReturn = text.endsWith("\r");
    return text.split(/\r\n|\n|\r/);
  });
}

/** Texts of a body between what `split` takes out of each chunk; the last one only when it is not empty. */
async function* readPieces(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  split: (chunk: string) => string[],
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of body) {
    const pieces = split(decode(decoder, chunk));
    pieces[0] = rest + (pieces[0] ?? "");
    rest = pieces.pop() ?? "";
    if (rest.length > maxBytes) throw new BodyTooLarge(maxBytes);
    yield* pieces;
  }
  rest += decode(decoder, undefined);
  if (rest !== "") yield rest;
}

/** Events of a body, as they come. Comments are left out; without data, `id` and `retry` are the next event's. */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
  media: Pick<HttpMediaType, "shape" | "json">,
  limits: HttpLimits,
): AsyncGenerator<ServerSentEvent<unknown>> {
  let data: string[] = [];
  let size = 0;
  let fields: { event?: string; id?: string; retry?: number } = {};
  for await (const line of readLines(body, limits.maxBodyBytes)) {
    if (line === "") {
      if (data.length > 0) {
        yield { ...fields, data: readData(data.join("\n"), media, limits) };
        fields = {};
      }
      // An id or a wait without data holds for what comes next.
      delete fields.event;
      [data, size] = [[], 0];
      continue;
    }
    size += line.length;
    if (size > limits.maxBodyBytes) throw new BodyTooLarge(limits.maxBodyBytes);
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") data.push(value);
    else if (name === "event") fields.event = value;
    else if (name === "id" && !value.includes("\0")) fields.id = value;
    else if (name === "retry" && /^[0-9]{1,9}$/.test(value)) fields.retry = Number(value);
  }
}

/**
 * Writes events, one chunk each. Data that is no text goes out as JSON, `silence` as a comment, which readers skip.
 *
 * @throws {ServiceError} internal for a field with a line end, which would begin another field.
 */
export async function* writeEventStream(events: AsyncIterable<unknown>, json?: JsonForm): AsyncGenerator<Uint8Array> {
  for await (const item of events) {
    yield utf8(item === silence ? ": \n\n" : eventText(item, json));
  }
}

function eventText(item: unknown, json: JsonForm | undefined): string {
  const event = isRecord(item) && Object.hasOwn(item, "data") ? item : { data: item };
  let text = "";
  for (const name of ["event", "id", "retry"]) {
    const value = event[name];
    if (value === undefined) continue;
    if (/[\r\n\0]/.test(String(value))) throw unwritable(`an event whose "${name}" has a line end or NUL`);
    text += `${name}: ${String(value)}\n`;
  }
  return `${text}${linesOf("data", typeof event.data === "string" ? event.data : jsonOf(event.data, json))}\n`;
}

function linesOf(field: string, text: string): string {
  const lines = text.split(/\r\n|\n|\r/);
  return lines.map((line) => `${field}: ${line}\n`).join("");
}

/**
 * Values of a JSON Lines body, or of a JSON text sequence (RFC 7464), whose records begin at a record separator and may
 * have line ends within. Empty ones are left out.
 */
export async function* readJsonLines(
  body: AsyncIterable<Uint8Array>,
  limits: HttpLimits,
  { isSequence, json }: { readonly isSequence: boolean; readonly json?: JsonForm | undefined },
): AsyncGenerator<unknown> {
  const texts = isSequence
    ? readPieces(body, limits.maxBodyBytes, (chunk) => chunk.split("\u001E"))
    : readLines(body, limits.maxBodyBytes);
  for await (const text of texts) {
    if (text.trim() === "") continue;
    // A record of a sequence that does not end in white space may have been cut: 12 of 123 (RFC 7464 section 2.4).
    if (isSequence && !/[\s"}\]]$/.test(text)) throw invalid("a record of the sequence is cut off");
    yield parseJsonText(text, limits.maxDepth, json);
  }
}

/** Writes values as JSON Lines, or as a JSON text sequence. */
export async function* writeJsonLines(
  values: AsyncIterable<unknown>,
  isSequence: boolean,
  json?: JsonForm,
): AsyncGenerator<Uint8Array> {
  for await (const value of values) yield utf8(`${isSequence ? "\u001E" : ""}${jsonOf(value, json)}\n`);
}

/** Whether a media type is a JSON text sequence. */
export function isJsonSequence(mediaType: string): boolean {
  return /[/+]json-seq\b/i.test(mediaType);
}

function jsonOf(value: unknown, json: JsonForm | undefined): string {
  const text = writeJson(value, json);
  if (text !== undefined) return text;
  throw unwritable("an item that has no JSON form");
}

function unwritable(what: string): ServiceError {
  return new ServiceError("internal", `the stream has ${what}`, { origin: "framework" });
}

function invalid(what: string): ServiceError {
  return new ServiceError("invalid_argument", what, { origin: "framework" });
}

function readData(text: string, { shape, json }: Pick<HttpMediaType, "shape" | "json">, limits: HttpLimits): unknown {
  const data =
    shape === undefined
      ? []
      : membersOf(shape).flatMap((member) => {
          const inner = member.type === "object" ? getOwn(member.properties, "data") : undefined;
          return inner === undefined ? [] : membersOf(inner);
        });
  const isText = data.length === 0 || data.some(({ type }) => type === "string" || type === "any");
  return isText ? text : parseJsonText(text, limits.maxDepth, json);
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new ServiceError("invalid_argument", "the stream is not UTF-8 text", { cause, origin: "framework" });
  }
}
