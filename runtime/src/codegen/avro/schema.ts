import {
  arrayType,
  enumType,
  fixedType,
  mapType,
  primitiveType,
  recordType,
  unionType,
  type AvroField,
  type AvroType,
} from "./types.ts";

/** Schemas nested deeper are refused. */
const maxSchemaDepth = 100;
/** Types of one schema at most. */
const maxTypes = 20_000;
/** Fields of a record, those of the records in it counted each time, at most: they may take no bytes at all. */
const maxWeight = 10_000;
/** Bytes of a `fixed` at most. */
const maxFixedBytes = 16 * 1024 * 1024;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;

/**
 * The type that the text of an Avro schema declares (Avro 1.12, "Schema Declaration"). Logical types are read as the
 * types they are built on.
 *
 * @throws {Error} when the text is no schema, or one beyond the limits.
 */
export function compileAvroSchema(text: string): AvroType {
  return compile(JSON.parse(text) as unknown, {
    named: new Map(),
    namespace: "",
    depth: 0,
    count: { types: 0 },
    weights: new Map(),
  });
}

interface Frame {
  readonly named: Map<string, AvroType>;
  readonly namespace: string;
  readonly depth: number;
  readonly count: { types: number };
  /** Of records, and of unions with records. */
  readonly weights: Map<AvroType, number>;
}

type SchemaObject = Readonly<Record<string, unknown>>;

function compile(schema: unknown, outer: Frame): AvroType {
  outer.count.types += 1;
  if (outer.count.types > maxTypes) throw fail(`it has more than ${maxTypes} types`);
  if (outer.depth > maxSchemaDepth) throw fail(`it is nested more than ${maxSchemaDepth} deep`);
  const frame: Frame = { ...outer, depth: outer.depth + 1 };
  if (typeof schema === "string") return findType(schema, frame);
  if (Array.isArray(schema)) return compileUnion(schema, frame);
  if (typeof schema !== "object" || schema === null) throw fail("a type is a name, an object or a list");
  const { type, items, values, ...rest } = schema as SchemaObject;
  switch (type) {
    case "record":
    case "error":
      return compileRecord(rest, frame);
    case "enum":
      return declare(rest, frame, () => enumType(namesOf(rest["symbols"])));
    case "fixed":
      return declare(rest, frame, () => fixedType(sizeOf(rest["size"])));
    case "array":
      return arrayType(compile(items, frame));
    case "map":
      return mapType(compile(values, frame));
    default:
      return compile(type, frame);
  }
}

function compileUnion(schema: readonly unknown[], frame: Frame): AvroType {
  const branches = schema.map((branch) => compile(branch, frame));
  const type = unionType(branches);
  frame.weights.set(type, Math.max(1, ...branches.map((branch) => frame.weights.get(branch) ?? 1)));
  return type;
}

function compileRecord(schema: SchemaObject, frame: Frame): AvroType {
  const fields: AvroField[] = [];
  const type = declare(schema, frame, () => recordType(fields));
  const { namespace } = splitName(schema, frame);
  const written = schema["fields"];
  if (!Array.isArray(written)) throw fail('a record needs a list of "fields"');
  for (const field of written as readonly unknown[]) {
    const { name, type: inner, default: fallback } = (field ?? {}) as SchemaObject;
    if (typeof name !== "string" || !namePattern.test(name)) throw fail("a field needs a name");
    if (fields.some((other) => other.name === name)) throw fail(`it has two fields "${name}"`);
    const compiled = compile(inner, { ...frame, namespace });
    fields.push({ name, type: compiled, ...(fallback === undefined ? {} : { fallback: { value: fallback } }) });
  }
  const weight = fields.reduce((sum, field) => sum + (frame.weights.get(field.type) ?? 1), 1);
  if (weight > maxWeight) throw fail(`a record has more than ${maxWeight} fields, those of records in it included`);
  frame.weights.set(type, weight);
  return type;
}

function declare(schema: SchemaObject, frame: Frame, create: () => AvroType): AvroType {
  const { fullName } = splitName(schema, frame);
  if (frame.named.has(fullName)) throw fail(`it declares "${fullName}" twice`);
  const type = create();
  frame.named.set(fullName, type);
  return type;
}

function splitName(schema: SchemaObject, frame: Frame): { readonly fullName: string; readonly namespace: string } {
  const { name, namespace: own } = schema;
  if (typeof name !== "string" || !namePattern.test(name)) throw fail("a record, enum or fixed needs a name");
  const fullName = qualify(name, typeof own === "string" ? own : frame.namespace);
  const dot = fullName.lastIndexOf(".");
  return { fullName, namespace: dot === -1 ? "" : fullName.slice(0, dot) };
}

function findType(name: string, frame: Frame): AvroType {
  const found = primitiveType(name) ?? frame.named.get(qualify(name, frame.namespace)) ?? frame.named.get(name);
  if (found === undefined) throw fail(`it names "${name}", which is declared nowhere before`);
  return found;
}

function qualify(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function namesOf(symbols: unknown): readonly string[] {
  if (!Array.isArray(symbols) || !symbols.every((name) => typeof name === "string"))
    throw fail('an enum needs "symbols"');
  return symbols;
}

function sizeOf(size: unknown): number {
  if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > maxFixedBytes) {
    throw fail(`a fixed needs a "size" from 0 to ${maxFixedBytes}`);
  }
  return size;
}

function fail(reason: string): Error {
  return new Error(`the Avro schema can't be used: ${reason}`);
}
