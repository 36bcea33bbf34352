import { collectBytes, decodeText, toReadable, utf8 } from "./bytes.ts";

/** Bytes as they may be given: at once, as a file, or piece by piece. */
export type BinaryContent =
  string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Bytes with a name and a media type, read in one of three ways. What came as a stream can be read once; leaving the
 * loop early closes it.
 *
 * ```ts
 * const photo = openFile(input.body.photo);
 * for await (const chunk of photo) await file.write(chunk);
 * ```
 */
export interface OpenFile extends AsyncIterable<Uint8Array> {
  /** As the sender says it: never a path to trust. */
  readonly name: string | undefined;
  readonly type: string;
  /** Bytes; undefined for a stream, whose end is not known. */
  readonly size: number | undefined;
  /** All of it; default at most 64 MiB, then it throws a `BodyTooLarge`. */
  bytes(maxBytes?: number): Promise<Uint8Array>;
  /** All of it as UTF-8 text, likewise. */
  text(maxBytes?: number): Promise<string>;
  stream(): ReadableStream<Uint8Array>;
}

/** What a stream's bytes are called. */
export interface OpenFileOptions {
  readonly name?: string | undefined;
  /** Default: the Blob's own, else `application/octet-stream`. */
  readonly type?: string | undefined;
}

const defaultMaxBytes = 64 * 1024 * 1024;
const standardType = "application/octet-stream";

/**
 * One view of bytes in whatever form they are. Clients give a stream its name and type by it; handlers read by it what
 * may have come at once or as a stream.
 */
export function openFile(content: BinaryContent | OpenFile, options: OpenFileOptions = {}): OpenFile {
  const own = describe(content);
  const chunks = chunksOf(content);
  const collect = (maxBytes = defaultMaxBytes): Promise<Uint8Array> => collectBytes(chunks, maxBytes);
  return {
    name: options.name ?? own.name,
    type: options.type ?? own.type,
    size: own.size,
    bytes: collect,
    text: async (maxBytes) => decodeText(await collect(maxBytes), undefined),
    stream: () => toReadable(chunks),
    [Symbol.asyncIterator]: () => chunks[Symbol.asyncIterator](),
  };
}

/** Whether a value is bytes in one of their forms, strings not among them. */
export function isBinaryContent(value: unknown): value is Exclude<BinaryContent, string> | OpenFile {
  if (typeof value !== "object" || value === null) return false;
  return (
    value instanceof Uint8Array ||
    value instanceof Blob ||
    value instanceof ArrayBuffer ||
    Symbol.asyncIterator in value ||
    value instanceof ReadableStream
  );
}

/** The media type that bytes say of themselves; undefined when they say none, or one that no header can hold. */
export function statedType(value: unknown): string | undefined {
  if (!isBinaryContent(value)) return undefined;
  const { type } = describe(value);
  return type === standardType || !/^[\t\x20-\x7e]+$/.test(type) ? undefined : type;
}

/** Name, type and size of content, where it has some. */
export function describe(content: BinaryContent | OpenFile): Pick<OpenFile, "name" | "type" | "size"> {
  if (typeof content === "string") return { name: undefined, type: standardType, size: utf8(content).byteLength };
  if (content instanceof Blob) {
    const name = content instanceof File ? content.name : undefined;
    return { name, type: content.type === "" ? standardType : content.type, size: content.size };
  }
  if (content instanceof Uint8Array || content instanceof ArrayBuffer) {
    return { name: undefined, type: standardType, size: content.byteLength };
  }
  const { name, type, size } = content as Partial<OpenFile>;
  return {
    name: typeof name === "string" ? name : undefined,
    type: typeof type === "string" && type !== "" ? type : standardType,
    size: typeof size === "number" ? size : undefined,
  };
}

/** The bytes piece by piece; of a stream once, of everything else as often as wanted. */
export function chunksOf(content: BinaryContent | OpenFile): AsyncIterable<Uint8Array> {
  if (typeof content === "string") return once(utf8(content));
  if (content instanceof Uint8Array) return once(content);
  if (content instanceof ArrayBuffer) return once(new Uint8Array(content));
  if (content instanceof Blob) return { [Symbol.asyncIterator]: () => slices(content) };
  return Symbol.asyncIterator in content ? content : { [Symbol.asyncIterator]: () => readerChunks(content) };
}

/** One chunk, as often as wanted. */
export function once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}

const sliceBytes = 256 * 1024;

/** Slices of one size, so that the same Blob always comes in the same pieces. */
async function* slices(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += sliceBytes) {
    yield new Uint8Array(await blob.slice(at, at + sliceBytes).arrayBuffer());
  }
}

/** For platforms whose Web streams are not iterable. */
async function* readerChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel();
    reader.releaseLock();
  }
}
