import { ServiceError } from "../error/service-error.ts";
import type { HttpBody } from "./message.ts";

const encoder = new TextEncoder();
/** Made once: a decoder costs more than most of what it decodes. */
const utf8Decoder = new TextDecoder("utf-8", { fatal: true });

/** A body that is longer than it may be. Thrown while reading; the rest is not read. */
export class BodyTooLarge extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.limit = limit;
  }
}

/** UTF-8 bytes of text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * All bytes of a body.
 *
 * @throws {BodyTooLarge} as soon as more than `maxBytes` came; the source is closed then.
 */
export async function collectBytes(body: HttpBody | undefined, maxBytes: number): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array(0);
  if (body instanceof Uint8Array) {
    if (body.byteLength > maxBytes) throw new BodyTooLarge(maxBytes);
    return body;
  }
  const chunks = new ByteList();
  // Leaving the loop by the throw closes the source.
  for await (const chunk of body) {
    chunks.push(chunk);
    if (chunks.size > maxBytes) throw new BodyTooLarge(maxBytes);
  }
  return joinBytes(chunks.take(), chunks.size);
}

/**
 * A body that can't be longer than `maxBytes`.
 *
 * @throws {BodyTooLarge} while it is read, as soon as more came; the source is closed then.
 */
export async function* limitBytes(body: HttpBody, maxBytes: number): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    if (body.byteLength > maxBytes) throw new BodyTooLarge(maxBytes);
    yield body;
    return;
  }
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new BodyTooLarge(maxBytes);
    yield chunk;
  }
}

/** All of a body when it has at most `maxBytes`, else a stream of what came and what comes. */
export async function holdBytes(body: HttpBody, maxBytes: number): Promise<HttpBody> {
  if (body instanceof Uint8Array) return body;
  const source = body[Symbol.asyncIterator]();
  const chunks = new ByteList();
  while (chunks.size <= maxBytes) {
    const next = await source.next();
    if (next.done === true) return joinBytes(chunks.take(), chunks.size);
    chunks.push(next.value);
  }
  return continueBytes(chunks.take(), source);
}

async function* continueBytes(
  chunks: Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false;
  try {
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk;
    for (;;) {
      const next = await source.next();
      ended = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!ended) await source.return?.();
  }
}

/** So many chunks are kept as they came; then they become one. */
const maxLoose = 256;

/**
 * Chunks that wait for the rest. A chunk costs some 200 bytes beside its own, and a peer may send them of one byte
 * each: without joining them a body would cost a hundred times the memory that its limit says.
 */
export class ByteList {
  readonly #joined: Uint8Array[] = [];
  #loose: Uint8Array[] = [];
  #size = 0;

  /** Bytes that came. */
  get size(): number {
    return this.#size;
  }

  push(chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
    if (this.#loose.push(chunk) < maxLoose) return;
    this.#joined.push(joinBytes(this.#loose));
    this.#loose = [];
  }

  /** All of them, in their order. */
  take(): Uint8Array[] {
    return this.#joined.length === 0 ? this.#loose : [...this.#joined, ...this.#loose];
  }
}

/** Chunks as one array. */
export function joinBytes(chunks: readonly Uint8Array[], size?: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const joined = new Uint8Array(size ?? chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}

/** The same bytes in pieces; of a piece its taker can say that it is taken. */
export function* sliceBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += slicedBytes) yield bytes.subarray(at, at + slicedBytes);
}

/** Bytes up to this are written as one. */
export const slicedBytes: number = 256 * 1024;

/** A body whose source has a way of its own to be told that nobody will read it. */
export interface DiscardableBody extends AsyncIterable<Uint8Array> {
  discard(): void;
}

/**
 * Tells the source of a body that nobody will read it. It is asked for one chunk first, because a generator that never
 * began would not run its `finally`; nobody waits for that.
 */
export function discardBody(body: AsyncIterable<unknown> | Uint8Array | undefined): void {
  if (body === undefined || body instanceof Uint8Array) return;
  if ("discard" in body) {
    (body as DiscardableBody).discard();
    return;
  }
  // The body was not wanted: how its source ends can't matter to anybody.
  const ignore = (): void => undefined;
  try {
    const iterator = body[Symbol.asyncIterator]();
    iterator.next().catch(ignore);
    iterator.return?.().catch(ignore);
  } catch {
    // A Web stream that somebody else reads throws here, and is theirs to end.
  }
}

/** Chunks as a Web stream; cancelling it closes their source. */
export function toReadable(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/**
 * Text of bytes.
 *
 * @throws {ServiceError} invalid_argument when the charset is unknown or the bytes are not text in it.
 */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  let decoder = utf8Decoder;
  try {
    if (charset !== undefined) decoder = new TextDecoder(charset, { fatal: true });
  } catch (cause) {
    throw new ServiceError("invalid_argument", "the body's charset is not known", {
      cause,
      origin: "framework",
      reason: "UNSUPPORTED_MEDIA_TYPE",
    });
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ServiceError("invalid_argument", `the body is not ${decoder.encoding} text`, {
      cause,
      origin: "framework",
    });
  }
}
