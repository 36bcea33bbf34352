import type { ValueShape } from "../descriptor/http.ts";
import { ServiceError } from "../error/service-error.ts";
import { BodyTooLarge, utf8 } from "./bytes.ts";
import { parseJsonText, writeJson } from "./json.ts";
import type { HttpLimits } from "./message.ts";
import { getOwn, isRecord, membersOf } from "./values.ts";

/** One event of text/event-stream (WHATWG HTML, section "Server-sent events"). */
export interface ServerSentEvent {
  /** Text, or the parsed JSON when the contract says that it is more than text. */
  readonly data: unknown;
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds that the client waits before it comes back. */
  readonly retry?: number;
}

/** Lines of a body, without their ends (LF, CRLF, CR); one longer than the limit is refused while it is read. */
export async function* readLines(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let afterReturn = false;
  for await (const chunk of body) {
    let text = decode(decoder, chunk);
    // CRLF may be split over two chunks: the line already ended at CR.
    if (afterReturn && text.startsWith("\n")) text = text.slice(1);
    if (text === "") continue;
    afterReturn = text.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = rest + (lines[0] ?? "");
    rest = lines.pop() ?? "";
    if (rest.length > maxBytes) throw new BodyTooLarge(maxBytes);
    yield* lines;
  }
  rest += decode(decoder, undefined);
  if (rest !== "") yield rest;
}

/** Events of a body, as they come. Comments and events without data are left out. */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
  shape: ValueShape | undefined,
  limits: HttpLimits,
): AsyncGenerator<ServerSentEvent> {
  let data: string[] = [];
  let size = 0;
  let fields: { event?: string; id?: string; retry?: number } = {};
  for await (const line of readLines(body, limits.maxBodyBytes)) {
    if (line === "") {
      if (data.length > 0) yield { ...fields, data: readData(data.join("\n"), shape, limits) };
      [data, size, fields] = [[], 0, {}];
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

/** Writes events, one chunk each. Data that is no text goes out as JSON. */
export async function* writeEventStream(events: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const item of events) {
    const event = isRecord(item) && Object.hasOwn(item, "data") ? item : { data: item };
    let text = "";
    for (const name of ["event", "id", "retry"]) {
      const value = event[name];
      // A line end would begin another field: such a value can't be sent.
      if (value !== undefined && !/[\r\n\0]/.test(String(value))) text += `${name}: ${String(value)}\n`;
    }
    const data = typeof event.data === "string" ? event.data : jsonOf(event.data);
    yield utf8(
      `${text}${data
        .split(/\r\n|\n|\r/)
        .map((line) => `data: ${line}\n`)
        .join("")}\n`,
    );
  }
}

/** Values of a JSON Lines or JSON text sequence (RFC 7464) body, as they come; empty lines are left out. */
export async function* readJsonLines(body: AsyncIterable<Uint8Array>, limits: HttpLimits): AsyncGenerator<unknown> {
  for await (const line of readLines(body, limits.maxBodyBytes)) {
    const text = line.startsWith("\u001E") ? line.slice(1) : line;
    if (text.trim() !== "") yield parseJsonText(text, limits.maxDepth);
  }
}

/** Writes values as JSON Lines, or as a JSON text sequence. */
export async function* writeJsonLines(values: AsyncIterable<unknown>, isSequence: boolean): AsyncGenerator<Uint8Array> {
  for await (const value of values) yield utf8(`${isSequence ? "\u001E" : ""}${jsonOf(value)}\n`);
}

function jsonOf(value: unknown): string {
  const text = writeJson(value);
  if (text !== undefined) return text;
  throw new ServiceError("internal", "an item of the stream has no JSON form", { origin: "framework" });
}

function readData(text: string, shape: ValueShape | undefined, limits: HttpLimits): unknown {
  const data =
    shape === undefined
      ? []
      : membersOf(shape).flatMap((member) => {
          const inner = member.type === "object" ? getOwn(member.properties, "data") : undefined;
          return inner === undefined ? [] : membersOf(inner);
        });
  const isText = data.length === 0 || data.some(({ type }) => type === "string" || type === "any");
  return isText ? text : parseJsonText(text, limits.maxDepth);
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new ServiceError("invalid_argument", "the stream is not UTF-8 text", { cause, origin: "framework" });
  }
}
