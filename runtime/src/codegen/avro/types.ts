import type { AvroReader, AvroWriter } from "./bytes.ts";

/** How values of one Avro type are read and written. */
export interface AvroType {
  /** Bytes that a value takes at least; a count of items is checked against it. */
  readonly minBytes: () => number;
  /** @throws {RangeError} when the bytes are no value of the type. */
  read(reader: AvroReader, depth: number): unknown;
  /** @throws {TypeError} when the value is not of the type; it names the place, never the value. */
  write(writer: AvroWriter, value: unknown, place: Place): void;
  /** Whether a value fits, to choose the branch of a union; `isExact` allows no undeclared fields of records. */
  accepts(value: unknown, isExact: boolean): boolean;
  /** The value that a `default` of the schema means (Avro 1.12, "Schema Record", field defaults). */
  fromDefault(value: unknown): unknown;
}

/** Where a value stands in the payload. */
export interface Place {
  readonly path: string;
  readonly depth: number;
}

/** Values nested deeper are refused, in both directions. */
export const maxValueDepth = 200;

/** Items without bytes (nulls, empty records) in one block at most: their count is bounded by nothing else. */
const maxEmptyItems = 1000;

type Primitive = Pick<AvroType, "read" | "accepts"> & {
  readonly minBytes: number;
  readonly write: (writer: AvroWriter, value: never) => void;
};

const isInt = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) === ((value as number) | 0);
const isNumber = (value: unknown): value is number => typeof value === "number";
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

const primitives: Readonly<Record<string, Primitive>> = {
  null: { minBytes: 0, read: () => null, accepts: (value) => value === null, write: () => undefined },
  boolean: {
    minBytes: 1,
    read: (reader) => readFlag(reader),
    accepts: (value) => typeof value === "boolean",
    write: (writer, value: boolean) => writer.writeByte(value ? 1 : 0),
  },
  int: {
    minBytes: 1,
    accepts: isInt,
    read: (reader) => {
      const value = reader.readLong();
      if (!isInt(value)) throw new RangeError("an int is beyond 32 bits");
      return value;
    },
    write: (writer, value: number) => writer.writeLong(value),
  },
  long: {
    minBytes: 1,
    accepts: Number.isSafeInteger,
    read: (reader) => reader.readLong(),
    write: (writer, value: number) => writer.writeLong(value),
  },
  float: {
    minBytes: 4,
    accepts: isNumber,
    read: (reader) => reader.readFloat(),
    write: (writer, value: number) => writer.writeFloat(value),
  },
  double: {
    minBytes: 8,
    accepts: isNumber,
    read: (reader) => reader.readDouble(),
    write: (writer, value: number) => writer.writeDouble(value),
  },
  bytes: {
    minBytes: 1,
    accepts: isBytes,
    read: (reader) => reader.readBytes(),
    write: (writer, value: Uint8Array) => writer.writeBytes(value),
  },
  string: {
    minBytes: 1,
    accepts: (value) => typeof value === "string",
    read: (reader) => reader.readString(),
    write: (writer, value: string) => writer.writeString(value),
  },
};

function readFlag(reader: AvroReader): boolean {
  const byte = reader.readByte();
  if (byte > 1) throw new RangeError("a boolean is neither 0 nor 1");
  return byte === 1;
}

/** A primitive type by its name; undefined when there is none of that name. */
export function primitiveType(name: string): AvroType | undefined {
  if (!Object.hasOwn(primitives, name)) return undefined;
  const { minBytes, read, accepts, write } = primitives[name] as Primitive;
  return {
    read,
    accepts,
    minBytes: () => minBytes,
    write: (writer, value, place) => {
      if (!accepts(value, false)) throw mismatch(`an Avro ${name}`, place);
      write(writer, value as never);
    },
    fromDefault: (value) => (name === "bytes" ? bytesOf(value) : value),
  };
}

/** Bytes of a set length. */
export function fixedType(size: number): AvroType {
  const accepts = (value: unknown): boolean => isBytes(value) && value.length === size;
  return {
    accepts,
    minBytes: () => size,
    read: (reader) => reader.readFixed(size),
    write: (writer, value, place) => {
      if (!accepts(value)) throw mismatch(`${size} bytes`, place);
      writer.writeFixed(value as Uint8Array);
    },
    fromDefault: bytesOf,
  };
}

/** One of some names. */
export function enumType(symbols: readonly string[]): AvroType {
  const indexes = new Map(symbols.map((name, index) => [name, index]));
  return {
    accepts: (value) => indexes.has(value as string),
    minBytes: () => 1,
    read: (reader) => {
      const name = symbols[reader.readLong()];
      if (name === undefined) throw new RangeError("an enum has no such symbol");
      return name;
    },
    write: (writer, value, place) => {
      const index = indexes.get(value as string);
      if (index === undefined) throw mismatch("a symbol of the enum", place);
      writer.writeLong(index);
    },
    fromDefault: (value) => value,
  };
}

/** Any number of items, in blocks. */
export function arrayType(items: AvroType): AvroType {
  return {
    minBytes: () => 1,
    accepts: (value, isExact) => Array.isArray(value) && value.every((item) => items.accepts(item, isExact)),
    read: (reader, depth) => {
      const found: unknown[] = [];
      readBlocks(reader, { minBytes: items.minBytes(), depth }, () => found.push(items.read(reader, depth + 1)));
      return found;
    },
    write: (writer, value, place) => {
      if (!Array.isArray(value)) throw mismatch("an array", place);
      if (value.length > 0) writer.writeLong(value.length);
      value.forEach((item: unknown, index) => items.write(writer, item, below(place, `[${index}]`)));
      writer.writeByte(0);
    },
    fromDefault: (value) => (Array.isArray(value) ? value.map((item: unknown) => items.fromDefault(item)) : value),
  };
}

/** Values by name, in blocks. */
export function mapType(values: AvroType): AvroType {
  return {
    minBytes: () => 1,
    accepts: (value, isExact) =>
      isPlainObject(value) && Object.values(value).every((entry) => values.accepts(entry, isExact)),
    read: (reader, depth) => {
      const found: Record<string, unknown> = {};
      readBlocks(reader, { minBytes: values.minBytes() + 1, depth }, () => {
        setEntry(found, reader.readString(), values.read(reader, depth + 1));
      });
      return found;
    },
    write: (writer, value, place) => {
      if (!isPlainObject(value)) throw mismatch("an object", place);
      const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
      if (entries.length > 0) writer.writeLong(entries.length);
      for (const [name, entry] of entries) {
        writer.writeString(name);
        values.write(writer, entry, below(place, "[key]"));
      }
      writer.writeByte(0);
    },
    fromDefault: (value) => mapValues(value, (entry) => values.fromDefault(entry)),
  };
}

/** One of several types. A value goes to the first branch that fits exactly, else to the first that fits at all. */
export function unionType(branches: readonly AvroType[]): AvroType {
  const branchOf = (value: unknown): number => {
    const exact = branches.findIndex((branch) => branch.accepts(value, true));
    return exact === -1 ? branches.findIndex((branch) => branch.accepts(value, false)) : exact;
  };
  return {
    minBytes: () => 1,
    accepts: (value, isExact) => branches.some((branch) => branch.accepts(value, isExact)),
    read: (reader, depth) => {
      const branch = branches[reader.readLong()];
      if (branch === undefined) throw new RangeError("a union has no such branch");
      return branch.read(reader, deeper(depth));
    },
    write: (writer, value, place) => {
      // An absent field of an optional one reads as null on the other side.
      const given = value === undefined ? null : value;
      const index = branchOf(given);
      const branch = branches[index];
      if (branch === undefined) throw mismatch("a value of one of the union's types", place);
      writer.writeLong(index);
      branch.write(writer, given, below(place, ""));
    },
    fromDefault: (value) => branches[0]?.fromDefault(value),
  };
}

/** A field of a record. */
export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  /** What an absent value is written as. */
  readonly fallback?: { readonly value: unknown };
}

/** Fields in their order. The list is filled after the type exists, because records may hold themselves. */
export function recordType(fields: readonly AvroField[]): AvroType {
  let isMeasuring = false;
  let least: number | undefined;
  const valueOf = (record: Record<string, unknown>, { name, fallback, type }: AvroField): unknown => {
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    return value === undefined && fallback !== undefined ? type.fromDefault(fallback.value) : value;
  };
  return {
    minBytes: () => {
      // A record within itself adds nothing to the least that it takes.
      if (least !== undefined || isMeasuring) return least ?? 0;
      isMeasuring = true;
      least = fields.reduce((bytes, { type }) => bytes + type.minBytes(), 0);
      isMeasuring = false;
      return least;
    },
    accepts: (value, isExact) =>
      isPlainObject(value) &&
      fields.every((field) => field.type.accepts(valueOf(value, field) ?? null, isExact)) &&
      (!isExact || Object.keys(value).every((key) => fields.some(({ name }) => name === key))),
    read: (reader, depth) => {
      const record: Record<string, unknown> = {};
      for (const { name, type } of fields) setEntry(record, name, type.read(reader, deeper(depth)));
      return record;
    },
    write: (writer, value, place) => {
      if (!isPlainObject(value)) throw mismatch("an object", place);
      for (const field of fields) field.type.write(writer, valueOf(value, field), below(place, `.${field.name}`));
    },
    fromDefault: (value) => {
      if (!isPlainObject(value)) return value;
      const record: Record<string, unknown> = {};
      for (const field of fields) {
        const written = Object.hasOwn(value, field.name) ? value[field.name] : field.fallback?.value;
        setEntry(record, field.name, field.type.fromDefault(written));
      }
      return record;
    },
  };
}

/** Blocks of items until an empty one; a negative count is followed by the block's size in bytes. */
function readBlocks(
  reader: AvroReader,
  { minBytes, depth }: { readonly minBytes: number; readonly depth: number },
  readItem: () => void,
): void {
  deeper(depth);
  let empty = 0;
  for (;;) {
    let count = reader.readLong();
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      reader.readLong();
    }
    if (minBytes === 0) empty += count;
    if (minBytes === 0 ? empty > maxEmptyItems : count > reader.remaining() / minBytes) {
      throw new RangeError("a block announces more items than the payload holds");
    }
    for (let index = 0; index < count; index += 1) readItem();
  }
}

function deeper(depth: number): number {
  if (depth >= maxValueDepth) throw new RangeError(`the payload is nested more than ${maxValueDepth} deep`);
  return depth + 1;
}

function below(place: Place, step: string): Place {
  if (place.depth >= maxValueDepth) throw new TypeError(`the payload is nested more than ${maxValueDepth} deep`);
  return { path: place.path + step, depth: place.depth + 1 };
}

function mismatch(expected: string, place: Place): TypeError {
  return new TypeError(`${place.path === "" ? "the payload" : place.path.replace(/^\./, "")}: expected ${expected}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isBytes(value);
}

/** Names come from payloads and schemas: `__proto__` is an entry like any other. */
function setEntry(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

function mapValues(value: unknown, change: (entry: unknown) => unknown): unknown {
  if (!isPlainObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value)) setEntry(result, name, change(entry));
  return result;
}

/** Defaults of bytes are written as text, one character a byte. */
function bytesOf(value: unknown): unknown {
  return typeof value === "string" ? Uint8Array.from(value, (character) => character.charCodeAt(0)) : value;
}
