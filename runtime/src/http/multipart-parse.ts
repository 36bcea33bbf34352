import { ServiceError } from "../error/service-error.ts";
import { decodeText, joinBytes, utf8 } from "./bytes.ts";

/** A part on its way. Its content is read before the next part is asked for; what is not read is skipped then. */
export interface IncomingPart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  readonly content: AsyncIterable<Uint8Array>;
}

const maxPartHeader = 16 * 1024;
const emptyLine = utf8("\r\n\r\n");
const lineEnd = utf8("\r\n");

/**
 * The parts of multipart/form-data (RFC 7578, RFC 2046 section 5.1) as they come, holding no more than a chunk and a
 * part's headers.
 *
 * @throws {ServiceError} invalid_argument when the body is malformed or has more than `maxCount` parts.
 */
export async function* parseMultipart(
  body: AsyncIterable<Uint8Array>,
  { boundary, maxCount }: { readonly boundary: string | undefined; readonly maxCount: number },
): AsyncGenerator<IncomingPart, void, undefined> {
  if (boundary === undefined || boundary === "" || boundary.length > 200) throw malformed("its boundary is missing");
  const input = createInput(body);
  try {
    // The first delimiter may open the body, without the line end that stands before the others.
    input.unread(lineEnd);
    // With its line end, the search is linear: a delimiter can't begin within another one.
    const delimiter = utf8(`\r\n--${boundary}`);
    for await (const _preamble of until(input, delimiter, "its boundary does not occur"));
    for (let count = 0; !(await isLast(input)); count += 1) {
      if (count >= maxCount) throw malformed(`it has more than ${maxCount} parts`);
      const head = await readHead(input, delimiter);
      const content = until(input, delimiter, "its last boundary is missing");
      yield { ...head, content };
      for await (const _rest of content);
    }
    while (await input.fill()) input.take(input.rest.length);
  } finally {
    await input.close();
  }
}

/** The pieces of a multipart body between its boundaries: what it says, whatever its boundary is. */
export function withoutBoundary(bytes: Uint8Array, boundary: string): readonly Uint8Array[] {
  const delimiter = utf8(`--${boundary}`);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = indexOfBytes(bytes, delimiter, 0); at >= 0; at = indexOfBytes(bytes, delimiter, from)) {
    pieces.push(bytes.subarray(from, at));
    from = at + delimiter.length;
  }
  return [...pieces, bytes.subarray(from)];
}

/** What can't be read as multipart. */
export function malformed(why: string): ServiceError {
  return new ServiceError("invalid_argument", `the multipart body is malformed: ${why}`, { origin: "framework" });
}

interface Input {
  /** Bytes that came and were not taken. */
  readonly rest: Uint8Array;
  /** False at the end of the body. */
  fill(): Promise<boolean>;
  take(count: number): Uint8Array;
  unread(bytes: Uint8Array): void;
  close(): Promise<void>;
}

function createInput(body: AsyncIterable<Uint8Array>): Input {
  const chunks = body[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let isOpen = true;
  return {
    get rest() {
      return rest;
    },
    async fill() {
      if (!isOpen) return false;
      const next = await chunks.next();
      if (next.done === true) isOpen = false;
      else rest = rest.length === 0 ? next.value : joinBytes([rest, next.value]);
      return isOpen;
    },
    take(count) {
      const taken = rest.subarray(0, count);
      rest = rest.subarray(count);
      return taken;
    },
    unread(bytes) {
      rest = joinBytes([bytes, rest]);
    },
    async close() {
      if (isOpen) await chunks.return?.();
      isOpen = false;
    },
  };
}

/** The bytes before a delimiter, which is taken as well. */
async function* until(input: Input, delimiter: Uint8Array, missing: string): AsyncGenerator<Uint8Array> {
  for (;;) {
    const at = indexOfBytes(input.rest, delimiter, 0);
    if (at >= 0) {
      const last = input.take(at);
      input.take(delimiter.length);
      if (last.length > 0) yield last;
      return;
    }
    const safe = input.rest.length - delimiter.length + 1;
    if (safe > 0) yield input.take(safe);
    if (!(await input.fill())) throw malformed(missing);
  }
}

/** What stands behind a delimiter: the end of all, or the end of its line. */
async function isLast(input: Input): Promise<boolean> {
  for (;;) {
    while (input.rest.length < 2) if (!(await input.fill())) throw malformed("a boundary is not a line");
    const [first, second] = input.rest;
    if (first === 0x2d && second === 0x2d) return true;
    if (first === 0x0d && second === 0x0a) return false;
    if (first !== 0x20 && first !== 0x09) throw malformed("a boundary is not a line");
    input.take(1);
  }
}

/** The line end of the delimiter, the headers and the empty line behind them. */
async function readHead(input: Input, delimiter: Uint8Array): Promise<Omit<IncomingPart, "content">> {
  let from = 0;
  let end = -1;
  for (;;) {
    end = indexOfBytes(input.rest, emptyLine, from);
    if (end >= 0 || input.rest.length > maxPartHeader) break;
    from = Math.max(0, input.rest.length - emptyLine.length + 1);
    if (!(await input.fill())) throw malformed("its last boundary is missing");
  }
  if (end < 0 || end > maxPartHeader) throw malformed("a part has no or too long headers");
  const head = input.take(end + emptyLine.length).subarray(0, end);
  if (indexOfBytes(head, delimiter, 0) >= 0) throw malformed("a part has no or too long headers");
  const headers = new Map<string, string>();
  for (const line of decodeText(head, undefined).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const parameters = readDisposition(headers.get("content-disposition") ?? "");
  const name = parameters?.get("name");
  if (name === undefined) throw malformed("a part has no name");
  const fileName = parameters?.get("filename");
  return {
    name: unescapeName(name),
    fileName: fileName === undefined ? undefined : unescapeName(fileName),
    contentType: headers.get("content-type"),
  };
}

/** Parameters of `form-data; name="x"; filename="y"`: quoted texts know no escapes but those of `unescapeName`. */
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

/** As browsers write names (WHATWG HTML, multipart/form-data encoding). */
function unescapeName(name: string): string {
  return name.replace(/%(?:0D|0A|22|00)/gi, (escaped) => String.fromCharCode(Number.parseInt(escaped.slice(1), 16)));
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
