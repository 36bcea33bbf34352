import { isServiceError, ServiceError } from "../error/service-error.ts";
import { discardBody, toReadable, type DiscardableBody } from "./bytes.ts";
import { chunksOf } from "./file.ts";
import type { HttpBody } from "./message.ts";

/** Undoes one content coding (RFC 9110 section 8.4.1) of a body, as it comes. Throws for bytes that are none of it. */
export type ContentDecoder = (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** The content codings that a side reads, by name in lower case. */
export type ContentCodings = Readonly<Record<string, ContentDecoder>>;

/** The codings that every platform has: gzip and deflate, by its DecompressionStream. */
export const webCodings: ContentCodings = {
  gzip: (body) => decompress(body, "gzip"),
  deflate: (body) => decompress(body, "deflate"),
};

/** A body that says that it is in a coding which is not read, or in too many. */
export class UnknownCoding extends Error {}

const maxCodings = 3;

/**
 * The body without its content codings; the body itself when it has none. Nothing is decoded before it is read, and no
 * more than is read, so that a limit on the result bounds memory and work.
 *
 * @throws {UnknownCoding} for a coding that is not among `codings`.
 */
export function decodeContent(body: HttpBody, header: string | null, codings: ContentCodings): HttpBody {
  if (header === null) return body;
  const names = header
    .toLowerCase()
    .split(",")
    .map((name) => name.trim().replace(/^x-gzip$/, "gzip"))
    .filter((name) => name !== "" && name !== "identity");
  if (names.length === 0) return body;
  if (names.length > maxCodings) throw new UnknownCoding("too many content codings");
  let decoded = chunksOf(body);
  for (const name of names.toReversed()) {
    const decode = Object.hasOwn(codings, name) ? codings[name] : undefined;
    if (decode === undefined) throw new UnknownCoding("the content coding is not known");
    decoded = guarded(decoded, decode, name);
  }
  const whole: DiscardableBody = {
    [Symbol.asyncIterator]: () => decoded[Symbol.asyncIterator](),
    discard: () => {
      discardBody(body);
    },
  };
  return whole;
}

/** Failures of the source stay what they are; those of the decoder mean that the bytes are not of the coding. */
async function* guarded(
  source: AsyncIterable<Uint8Array>,
  decode: ContentDecoder,
  name: string,
): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  try {
    yield* decode(watched());
  } catch (cause) {
    if (failure !== undefined) throw failure.error;
    if (isServiceError(cause)) throw cause;
    throw new ServiceError("invalid_argument", `the body is not ${name}`, { cause, origin: "framework" });
  }
}

function decompress(body: AsyncIterable<Uint8Array>, format: CompressionFormat): AsyncIterable<Uint8Array> {
  const decoder = new DecompressionStream(format) as ReadableWritablePair<Uint8Array, Uint8Array>;
  return chunksOf(toReadable(body).pipeThrough(decoder));
}
