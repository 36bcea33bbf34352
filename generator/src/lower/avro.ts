import { asyncApiMessages } from "../diagnostics/catalogue/asyncapi.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { LoadedDocument } from "../load/loaded.ts";
import type { JsonType, NamedType, Property, Schema, TypeId } from "../model/schema.ts";
import { isArray, isObject, rangeOf, type JsonArray, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";

/** Deeper schemas are refused: no real one comes near, and recursion goes by name. */
const maxDepth = 100;

/** What lowering an Avro schema needs. */
export interface AvroInput {
  /** The document that holds the schema, and so the home of its named types. */
  readonly document: LoadedDocument;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly define: (type: NamedType) => void;
}

interface AvroFrame extends AvroInput {
  /** Types by full name, as they are declared. */
  readonly named: Map<string, TypeId>;
  readonly namespace: string;
  readonly depth: number;
  readonly at: SourceRange;
}

/**
 * Lowers an Avro schema (Avro 1.12, "Schema Declaration") to what its decoded values look like: records are objects
 * with every field present, unions are plain values, bytes and fixed are byte arrays, long is a safe whole number.
 * The result carries the schema's text for the binary codec.
 */
export function lowerAvro(root: JsonValue, input: AvroInput): Schema {
  const at = (isObject(root) ? rangeOf(root) : undefined) ?? { file: input.document.file, start: 0, end: 0 };
  const schema = lowerType(root, { ...input, named: new Map(), namespace: "", depth: 0, at });
  return { ...schema, avro: { ...schema.avro, schema: JSON.stringify(root) } };
}

/** Id of a named Avro type. */
export function avroTypeId(document: LoadedDocument, fullName: string): TypeId {
  return `${document.file.path}#/${fullName}`;
}

const primitives: Readonly<Record<string, Omit<Schema, "at">>> = {
  null: { types: ["null"] },
  boolean: { types: ["boolean"] },
  int: { types: ["integer"], format: "int32" },
  long: { types: ["integer"], format: "int64" },
  float: { types: ["number"] },
  double: { types: ["number"] },
  string: { types: ["string"] },
  bytes: { types: ["string"], format: "binary" },
};

function lowerType(type: JsonValue, frame: AvroFrame): Schema {
  const at = (isObject(type) ? rangeOf(type) : undefined) ?? frame.at;
  if (frame.depth > maxDepth) return fail(`it is nested more than ${maxDepth} deep`, at, frame);
  const inner: AvroFrame = { ...frame, at, depth: frame.depth + 1 };
  if (typeof type === "string") return lowerName(type, inner);
  if (isArray(type)) return { at, anyOf: type.map((member) => lowerType(member, inner)) };
  if (!isObject(type)) return fail(`a schema is a name, an object or a list, not ${JSON.stringify(type)}`, at, frame);
  const { type: kind } = type;
  if (kind === "record" || kind === "error") return lowerNamed(type, inner, lowerRecord);
  if (kind === "enum") return lowerNamed(type, inner, lowerEnum);
  if (kind === "fixed") return lowerNamed(type, inner, () => ({ at, types: ["string"], format: "binary" }));
  if (kind === "array") return { at, types: ["array"], items: lowerType(type["items"] ?? null, inner) };
  if (kind === "map") return { at, types: ["object"], additionalProperties: lowerType(type["values"] ?? null, inner) };
  if (kind === undefined) return fail('an object needs a "type"', at, frame);
  const schema = lowerType(kind, inner);
  const logicalType = type["logicalType"];
  return typeof logicalType === "string" ? { ...schema, at, avro: { schema: "", logicalType } } : { ...schema, at };
}

function lowerName(name: string, frame: AvroFrame): Schema {
  const primitive = Object.hasOwn(primitives, name) ? primitives[name] : undefined;
  if (primitive !== undefined) return { at: frame.at, ...primitive };
  const id = frame.named.get(qualify(name, frame.namespace)) ?? frame.named.get(name);
  return id === undefined ? fail(`it names "${name}", which is declared nowhere before`, frame.at, frame) : { at: frame.at, ref: id };
}

function lowerNamed(
  type: JsonObject, frame: AvroFrame, lowerBody: (type: JsonObject, frame: AvroFrame) => Schema,
): Schema {
  const name = type["name"];
  if (typeof name !== "string" || name === "") return fail(`a ${String(type["type"])} needs a "name"`, frame.at, frame);
  const namespace = typeof type["namespace"] === "string" ? type["namespace"] : frame.namespace;
  const fullName = qualify(name, namespace);
  const id = avroTypeId(frame.document, fullName);
  frame.named.set(fullName, id);
  const inner = { ...frame, namespace: fullName.includes(".") ? fullName.slice(0, fullName.lastIndexOf(".")) : "" };
  const description = type["doc"];
  const schema: Schema = {
    ...lowerBody(type, inner), ...(typeof description === "string" ? { description } : {}),
    avro: { schema: JSON.stringify(type) },
  };
  frame.define({ id, name: fullName.slice(fullName.lastIndexOf(".") + 1), home: frame.document.file.path, schema, at: frame.at });
  return { at: frame.at, ref: id };
}

function lowerRecord(type: JsonObject, frame: AvroFrame): Schema {
  const fields: JsonArray = isArray(type["fields"]) ? type["fields"] : [];
  if (!isArray(type["fields"])) return fail('a record needs a list of "fields"', frame.at, frame);
  const properties = fields.flatMap((field): Property[] => {
    const name = isObject(field) ? field["name"] : undefined;
    if (!isObject(field) || typeof name !== "string") {
      fail('a field needs a "name"', isObject(field) ? (rangeOf(field) ?? frame.at) : frame.at, frame);
      return [];
    }
    const at = rangeOf(field) ?? frame.at;
    const schema = lowerType(field["type"] ?? null, { ...frame, at });
    const doc = field["doc"];
    return [{ name, at, schema: typeof doc === "string" ? { ...schema, description: doc } : schema }];
  });
  return { at: frame.at, types: ["object"], properties, required: properties.map(({ name }) => name) };
}

function lowerEnum(type: JsonObject, frame: AvroFrame): Schema {
  const symbols = isArray(type["symbols"]) ? type["symbols"] : [];
  if (symbols.length === 0) return fail('an enum needs a list of "symbols"', frame.at, frame);
  const types: readonly JsonType[] = ["string"];
  return { at: frame.at, types, enum: symbols.filter((symbol) => typeof symbol === "string") };
}

function qualify(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function fail(reason: string, at: SourceRange, frame: AvroInput): Schema {
  frame.report(createDiagnostic(asyncApiMessages.badAvro, { reason }, { range: at }));
  return { at };
}
