import { asyncApiMessages } from "../diagnostics/catalogue/asyncapi.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { LoadedDocument } from "../load/loaded.ts";
import type { NamedType, Property, Schema, TypeId } from "../model/schema.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { describeLogicalType, isBeyondNumbers } from "./avro-logical.ts";
import {
  isSameAvro,
  namespaceOf,
  writeAvroText,
  type AvroContext,
  type AvroDeclaration,
  type AvroNames,
} from "./avro-names.ts";

/** Deeper schemas are refused, as the codec does: recursion goes by name. */
const maxDepth = 100;

/** Fixed values take at most so many bytes, as in the codec. */
const maxFixedBytes = 16 * 1024 * 1024;

/** What lowering an Avro schema needs. */
export interface AvroInput {
  /** The document that holds the schema, and so the home of its named types. */
  readonly document: LoadedDocument;
  readonly names: AvroNames;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly define: (type: NamedType) => void;
}

interface AvroFrame extends AvroInput {
  readonly context: AvroContext;
  /** Full names that are lowered already, or being lowered. */
  readonly done: Set<string>;
  readonly namespace: string;
  readonly depth: number;
  readonly at: SourceRange;
}

/**
 * Lowers an Avro schema (Avro 1.12, "Schema Declaration") to what its decoded values look like: records are objects
 * with every field present, unions are plain values, bytes and fixed are byte arrays, long is a safe whole number.
 * Logical types stay what they are built on. The result carries the schema's text for the binary codec.
 */
export function lowerAvro(root: JsonValue, input: AvroInput): Schema {
  const at = (isObject(root) ? rangeOf(root) : undefined) ?? { file: input.document.file, start: 0, end: 0 };
  const context = input.names.contextOf(root, input.document);
  const namespace = namespaceOf(context.names.get(root) ?? "");
  let isBroken = false;
  const report = (diagnostic: Diagnostic): void => {
    isBroken ||= diagnostic.severity === "error";
    input.report(diagnostic);
  };
  const schema = lowerType(root, { ...input, report, context, done: new Set(), namespace, depth: 0, at });
  // A schema that nests without end has no text.
  return isBroken ? schema : { ...schema, avro: { ...schema.avro, schema: writeAvroText(root, context, input.names) } };
}

/** Id of a named Avro type. */
export function avroTypeId(document: LoadedDocument, fullName: string): TypeId {
  return `${document.file.path}#/${fullName}`;
}

const primitives: Readonly<Record<string, Omit<Schema, "at">>> = {
  null: { types: ["null"] },
  boolean: { types: ["boolean"] },
  int: { types: ["integer"], format: "int32" },
  long: { types: ["integer"], format: "int64", avro: { schema: '"long"' } },
  float: { types: ["number"] },
  double: { types: ["number"] },
  string: { types: ["string"] },
  bytes: { types: ["string"], format: "binary", avro: { schema: '"bytes"' } },
};

function lowerType(type: JsonValue, frame: AvroFrame): Schema {
  const at = (isObject(type) ? rangeOf(type) : undefined) ?? frame.at;
  if (frame.depth > maxDepth) return fail(`it is nested more than ${maxDepth} deep`, at, frame);
  const inner: AvroFrame = { ...frame, at, depth: frame.depth + 1 };
  if (typeof type === "string") return lowerName(type, inner);
  if (isArray(type)) return lowerUnion(type, inner);
  if (!isObject(type)) return fail(`a schema is a name, an object or a list, not ${JSON.stringify(type)}`, at, frame);
  const { type: kind } = type;
  if (kind === "record" || kind === "error" || kind === "enum" || kind === "fixed") return lowerDeclared(type, inner);
  if (kind === "array") return { at, types: ["array"], items: lowerType(type["items"] ?? null, inner) };
  if (kind === "map") return { at, types: ["object"], additionalProperties: lowerType(type["values"] ?? null, inner) };
  if (kind === undefined) return fail('an object needs a "type"', at, frame);
  return withLogicalType(lowerType(kind, inner), type, inner);
}

function withLogicalType(schema: Schema, type: JsonObject, frame: AvroFrame): Schema {
  const { logicalType } = type;
  if (typeof logicalType !== "string") return { ...schema, at: frame.at };
  if (isBeyondNumbers(type)) {
    frame.report(
      createDiagnostic(asyncApiMessages.avroBeyondNumbers, { logicalType }, { range: rangeOf(type, "logicalType") }),
    );
  }
  const description = describeLogicalType(type);
  return {
    ...schema,
    at: frame.at,
    avro: { schema: "", ...schema.avro, logicalType },
    ...(description === undefined ? {} : { description }),
    ...(logicalType === "uuid" && schema.format === undefined ? { format: "uuid" } : {}),
  };
}

/** Branches are told apart by what they are, so none may be there twice, and none may be a union. */
function lowerUnion(branches: readonly JsonValue[], frame: AvroFrame): Schema {
  const kinds = new Set<string>();
  if (branches.length === 0) return fail("a union needs a branch", frame.at, frame);
  for (const branch of branches) {
    if (isArray(branch)) return fail("a union stands in a union", frame.at, frame);
    const kind = branchKind(branch);
    if (kinds.has(kind)) return fail(`a union has two branches "${kind}"`, frame.at, frame);
    kinds.add(kind);
  }
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return lowerType(only, frame);
  return { at: frame.at, anyOf: branches.map((branch) => lowerType(branch, frame)) };
}

function branchKind(branch: JsonValue): string {
  if (!isObject(branch)) return typeof branch === "string" ? branch : JSON.stringify(branch);
  const { type, name } = branch;
  if (typeof name === "string" && (type === "record" || type === "error" || type === "enum" || type === "fixed"))
    return name;
  return type === undefined ? "" : branchKind(type);
}

function lowerName(name: string, frame: AvroFrame): Schema {
  const primitive = Object.hasOwn(primitives, name) ? primitives[name] : undefined;
  if (primitive !== undefined) return { at: frame.at, ...primitive };
  const found = frame.names.find(name, frame.namespace, frame.context);
  return found === undefined
    ? fail(`it names "${name}", which no Avro schema here declares`, frame.at, frame)
    : lowerNamed(found, frame);
}

function lowerDeclared(type: JsonObject, frame: AvroFrame): Schema {
  const { name } = type;
  if (typeof name !== "string" || !isFullName(name)) {
    return fail(`a ${String(type["type"])} needs a "name" of letters, digits and "_"`, frame.at, frame);
  }
  const fullName = frame.context.names.get(type) ?? name;
  const first = frame.context.declared.get(fullName);
  if (first !== undefined && !isSameAvro(first, type)) {
    return fail(`it declares "${fullName}" twice, with different contents`, frame.at, frame);
  }
  return lowerNamed({ fullName, value: type, context: frame.context }, frame);
}

function lowerNamed({ fullName, value, context }: AvroDeclaration, frame: AvroFrame): Schema {
  const id = avroTypeId(context.document, fullName);
  if (!frame.done.has(id)) {
    frame.done.add(id);
    const at = rangeOf(value) ?? frame.at;
    if (!frame.names.claim(id, value)) {
      return fail(`it declares "${fullName}", which another schema of this document declares differently`, at, frame);
    }
    const inner: AvroFrame = { ...frame, context, document: context.document, namespace: namespaceOf(fullName), at };
    const body = lowerBody(value, inner);
    const { doc } = value;
    const description = typeof doc === "string" ? doc : describeLogicalType(value);
    const schema: Schema = description === undefined ? body : { ...body, description };
    const name = fullName.slice(fullName.lastIndexOf(".") + 1);
    frame.define({ id, name, home: context.document.file.path, schema, at });
  }
  return { at: frame.at, ref: id };
}

function lowerBody(type: JsonObject, frame: AvroFrame): Schema {
  if (type["type"] === "enum") return lowerEnum(type, frame);
  if (type["type"] === "fixed") return lowerFixed(type, frame);
  const { fields } = type;
  if (!isArray(fields)) return fail('a record needs a list of "fields"', frame.at, frame);
  const properties: Property[] = [];
  for (const field of fields) {
    const at = (isObject(field) ? rangeOf(field) : undefined) ?? frame.at;
    const name = isObject(field) ? field["name"] : undefined;
    if (!isObject(field) || typeof name !== "string" || !isName(name)) {
      fail('a field needs a "name" of letters, digits and "_"', at, frame);
    } else if (properties.some((other) => other.name === name)) fail(`a record has two fields "${name}"`, at, frame);
    else properties.push({ name, at, schema: lowerField(field, { ...frame, at }) });
  }
  return { at: frame.at, types: ["object"], properties, required: properties.map(({ name }) => name) };
}

function lowerField(field: JsonObject, frame: AvroFrame): Schema {
  const schema = lowerType(field["type"] ?? null, frame);
  const fallback = field["default"];
  const docs = [field["doc"], schema.description].filter((doc) => typeof doc === "string");
  return {
    ...schema,
    ...(docs.length === 0 ? {} : { description: docs.join("\n\n") }),
    ...(fallback === undefined ? {} : { default: { value: fallback } }),
  };
}

function lowerEnum(type: JsonObject, frame: AvroFrame): Schema {
  const { symbols } = type;
  const names = (isArray(symbols) ? symbols : []).filter((symbol) => typeof symbol === "string" && isName(symbol));
  if (
    !isArray(symbols) ||
    names.length !== symbols.length ||
    names.length === 0 ||
    new Set(names).size < names.length
  ) {
    return fail('an enum needs a list of different "symbols" of letters, digits and "_"', frame.at, frame);
  }
  return { at: frame.at, types: ["string"], enum: names };
}

function lowerFixed(type: JsonObject, frame: AvroFrame): Schema {
  const { size } = type;
  if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > maxFixedBytes) {
    return fail(`a fixed needs a "size" from 0 to ${maxFixedBytes}`, frame.at, frame);
  }
  return { at: frame.at, types: ["string"], format: "binary", avro: { schema: '"bytes"' } };
}

function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function isFullName(name: string): boolean {
  return name.split(".").every(isName);
}

function fail(reason: string, at: SourceRange, frame: Pick<AvroInput, "report">): Schema {
  frame.report(createDiagnostic(asyncApiMessages.badAvro, { reason }, { range: at }));
  return { at };
}
