import { listAvroNames } from "../load/avro-names.ts";
import type { Loaded, LoadedDocument } from "../load/loaded.ts";
import type { TypeId } from "../model/schema.ts";
import { isArray, isObject, type JsonObject, type JsonValue } from "../source/json.ts";

const maxDepth = 300;

/** A named type where it is declared. */
export interface AvroDeclaration {
  readonly fullName: string;
  readonly value: JsonObject;
  /** The names around it, which it may use. */
  readonly context: AvroContext;
}

/** An Avro schema as a whole: a file, or one that stands in another document. */
export interface AvroContext {
  readonly document: LoadedDocument;
  /** Named types of this schema by full name; of two with one name the first. */
  readonly declared: ReadonlyMap<string, JsonObject>;
  /** Full names by the object that declares them. */
  readonly names: ReadonlyMap<JsonValue, string>;
}

/** Looks types up by name, over all Avro files of a run. */
export interface AvroNames {
  /** The context of a schema: its whole file where it stands in an Avro file, else itself. */
  contextOf(root: JsonValue, document: LoadedDocument): AvroContext;
  /** The type that a name means in a namespace. */
  find(name: string, namespace: string, context: AvroContext): AvroDeclaration | undefined;
  /** Takes an id for a type; false when a different one has it, as two schemas in one document can ask for. */
  claim(id: TypeId, value: JsonObject): boolean;
}

/** The names of the types that Avro itself has. */
export const avroPrimitives: ReadonlySet<string> = new Set([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "string",
  "bytes",
]);

/**
 * Names of a run. A schema's own types win over those of other files, which are found by their full names: teams keep
 * one type a file and leave it to their build to put them together.
 */
export function createAvroNames(loaded: Loaded): AvroNames {
  const contexts = new Map<JsonValue, AvroContext>();
  const contextOf: AvroNames["contextOf"] = (root, document) => {
    const whole = document.kind === "avro" ? document.root : root;
    const known = typeof whole === "object" ? contexts.get(whole) : undefined;
    if (known !== undefined) return known;
    const context = readContext(whole, document);
    if (typeof whole === "object") contexts.set(whole, context);
    return context;
  };
  const claimed = new Map<TypeId, JsonObject>();
  let elsewhere: ReadonlyMap<string, AvroDeclaration> | undefined;
  const findElsewhere = (fullName: string): AvroDeclaration | undefined => {
    elsewhere ??= new Map(
      loaded.documents
        .filter(({ kind }) => kind === "avro")
        .toReversed()
        .flatMap((document) => {
          const context = contextOf(document.root, document);
          return [...context.declared].map(([name, value]): [string, AvroDeclaration] => [
            name,
            { fullName: name, value, context },
          ]);
        }),
    );
    return elsewhere.get(fullName);
  };
  return {
    contextOf,
    find: (name, namespace, context) => {
      for (const fullName of new Set([qualifyAvro(name, namespace), name])) {
        const value = context.declared.get(fullName);
        if (value !== undefined) return { fullName, value, context };
        const found = findElsewhere(fullName);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    claim: (id, value) => {
      const first = claimed.get(id) ?? value;
      claimed.set(id, first);
      return isSameAvro(first, value);
    },
  };
}

/** Whether two schemas are written alike; what is nested deeper than any schema may be is not. */
export function isSameAvro(left: JsonValue, right: JsonValue, depth: number = 0): boolean {
  if (left === right) return true;
  if (depth > maxDepth || typeof left !== "object" || typeof right !== "object" || left === null || right === null)
    return false;
  const keys = Object.keys(left);
  return (
    isArray(left) === isArray(right) &&
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        isSameAvro((left as JsonObject)[key] ?? null, (right as JsonObject)[key] ?? null, depth + 1),
    )
  );
}

/** A name with its namespace, unless it has dots or there is none (Avro 1.12, "Names"). */
export function qualifyAvro(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

/** What stands before a full name's last dot. */
export function namespaceOf(fullName: string): string {
  return fullName.includes(".") ? fullName.slice(0, fullName.lastIndexOf(".")) : "";
}

function readContext(root: JsonValue, document: LoadedDocument): AvroContext {
  const declared = new Map<string, JsonObject>();
  const names = new Map<JsonValue, string>();
  for (const { fullName, value } of listAvroNames(root)) {
    if (!isObject(value)) continue;
    names.set(value, fullName);
    if (!declared.has(fullName)) declared.set(fullName, value);
  }
  return { document, declared, names };
}

/**
 * The text of a schema that needs nothing around it: full names, each type where it is used first, and no more than a
 * codec reads (no docs, aliases or logical types).
 */
export function writeAvroText(root: JsonValue, context: AvroContext, names: AvroNames): string {
  const writer: TextWriter = { names, written: new Set() };
  const namespace = namespaceOf(context.names.get(root) ?? "");
  return JSON.stringify(simplify(root, { context, namespace }, writer));
}

interface TextWriter {
  readonly names: AvroNames;
  readonly written: Set<string>;
}

interface TextPlace {
  readonly context: AvroContext;
  readonly namespace: string;
}

function simplify(type: JsonValue, place: TextPlace, writer: TextWriter): JsonValue {
  if (typeof type === "string") {
    const found = avroPrimitives.has(type) ? undefined : writer.names.find(type, place.namespace, place.context);
    return found === undefined ? type : simplifyNamed(found, writer);
  }
  if (isArray(type)) return type.map((branch) => simplify(branch, place, writer)) as unknown as JsonValue;
  if (!isObject(type)) return type;
  const fullName = place.context.names.get(type);
  if (fullName !== undefined) return simplifyNamed({ fullName, value: type, context: place.context }, writer);
  const { type: kind, items, values } = type;
  if (kind === "array") return plain({ type: kind, items: simplify(items ?? null, place, writer) });
  if (kind === "map") return plain({ type: kind, values: simplify(values ?? null, place, writer) });
  return kind === undefined ? type : simplify(kind, place, writer);
}

function simplifyNamed({ fullName, value, context }: AvroDeclaration, writer: TextWriter): JsonValue {
  if (writer.written.has(fullName)) return fullName;
  writer.written.add(fullName);
  const { type, fields, symbols, size } = value;
  const inner: TextPlace = { context, namespace: namespaceOf(fullName) };
  if (!isArray(fields)) return plain({ type, name: fullName, symbols, size });
  const simple = fields.flatMap((field) =>
    isObject(field)
      ? [
          plain({
            name: field["name"],
            type: simplify(field["type"] ?? null, inner, writer),
            default: field["default"],
          }),
        ]
      : [],
  );
  return plain({ type, name: fullName, fields: simple as unknown as JsonValue });
}

/** Entries that are there, as an object whose text is as short as can be. */
function plain(entries: Readonly<Record<string, JsonValue | undefined>>): JsonValue {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as JsonObject;
}
