/** Avro's binary primitives (Avro 1.12, "Binary Encoding"), read with every length checked against what is there. */
export interface AvroReader {
  /** Bytes not read yet. */
  remaining(): number;
  readByte(): number;
  /** @throws {RangeError} when the number is no safe integer: nothing is rounded silently. */
  readLong(): number;
  readFloat(): number;
  readDouble(): number;
  /** A copy, so that the message's buffer isn't kept alive. */
  readFixed(length: number): Uint8Array;
  readBytes(): Uint8Array;
  readString(): string;
}

/** The same primitives, written. */
export interface AvroWriter {
  writeByte(value: number): void;
  writeLong(value: number): void;
  writeFloat(value: number): void;
  writeDouble(value: number): void;
  writeFixed(value: Uint8Array): void;
  writeBytes(value: Uint8Array): void;
  writeString(value: string): void;
  finish(): Uint8Array;
}

const maxVarintBytes = 10;

/** Reads from `bytes`; every method throws a `RangeError` when they end too early. */
export function createReader(bytes: Uint8Array): AvroReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let at = 0;
  const take = (length: number): number => {
    if (length < 0 || length > bytes.length - at) throw new RangeError("the payload ends too early");
    const start = at;
    at += length;
    return start;
  };
  const readByte = (): number => view.getUint8(take(1));
  const readLong = (): number => {
    let byte = readByte();
    const isNegative = (byte & 1) === 1;
    let magnitude = (byte & 127) >> 1;
    for (let scale = 64, count = 1; byte > 127; scale *= 128, count += 1) {
      if (count === maxVarintBytes) throw new RangeError("a number takes too many bytes");
      byte = readByte();
      magnitude += (byte & 127) * scale;
    }
    const value = isNegative ? -magnitude - 1 : magnitude;
    if (!Number.isSafeInteger(value)) throw new RangeError("a long is beyond the safe integers");
    return value;
  };
  const readSpan = (length: number): Uint8Array => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  return {
    remaining: () => bytes.length - at,
    readByte,
    readLong,
    readFloat: () => view.getFloat32(take(4), true),
    readDouble: () => view.getFloat64(take(8), true),
    readFixed: (length) => new Uint8Array(readSpan(length)),
    readBytes: () => new Uint8Array(readSpan(readLong())),
    readString: () => decoder.decode(readSpan(readLong())),
  };
}

/** Writes to a buffer that grows as needed. */
export function createWriter(): AvroWriter {
  let bytes = new Uint8Array(256);
  let view = new DataView(bytes.buffer);
  let length = 0;
  const encoder = new TextEncoder();
  const reserve = (count: number): number => {
    if (length + count > bytes.length) {
      const grown = new Uint8Array(Math.max(bytes.length * 2, length + count));
      grown.set(bytes);
      bytes = grown;
      view = new DataView(bytes.buffer);
    }
    const start = length;
    length += count;
    return start;
  };
  const writeByte = (value: number): void => {
    // The buffer may be another one after reserving.
    const start = reserve(1);
    view.setUint8(start, value);
  };
  const writeLong = (value: number): void => {
    // Zig-zag without 64-bit arithmetic: the sign goes to the lowest bit, the rest in groups of 7.
    const magnitude = value < 0 ? -(value + 1) : value;
    let rest = Math.floor(magnitude / 64);
    writeByte(((magnitude % 64) * 2 + (value < 0 ? 1 : 0)) | (rest > 0 ? 128 : 0));
    while (rest > 0) {
      const next = Math.floor(rest / 128);
      writeByte((rest % 128) | (next > 0 ? 128 : 0));
      rest = next;
    }
  };
  const writeFixed = (value: Uint8Array): void => {
    const start = reserve(value.length);
    bytes.set(value, start);
  };
  const writeBytes = (value: Uint8Array): void => {
    writeLong(value.length);
    writeFixed(value);
  };
  return {
    writeByte,
    writeLong,
    writeFloat: (value) => {
      const start = reserve(4);
      view.setFloat32(start, value, true);
    },
    writeDouble: (value) => {
      const start = reserve(8);
      view.setFloat64(start, value, true);
    },
    writeFixed,
    writeBytes,
    writeString: (value) => writeBytes(encoder.encode(value)),
    finish: () => bytes.slice(0, length),
  };
}
