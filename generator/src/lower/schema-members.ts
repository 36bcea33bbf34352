import type { Loaded, LoadedDocument, RefTarget } from "../load/loaded.ts";
import { isArray, isObject, type JsonObject, type JsonValue } from "../source/json.ts";
import { followRefs, lookUp } from "./schema-lookup.ts";
import { escapeSegment } from "./names.ts";

/** The strings that a schema allows for a property by const or enum; undefined when it doesn't limit it. */
export function literalsOf(loaded: Loaded, value: JsonValue, property: string): readonly string[] | undefined {
  return searchLiterals(value, { loaded, property, known: new Map() });
}

interface LiteralSearch {
  readonly loaded: Loaded;
  readonly property: string;
  /** Schemas that were searched; one that is being searched has undefined, which ends recursion. */
  readonly known: Map<JsonObject, readonly string[] | undefined>;
}

function searchLiterals(value: JsonValue, search: LiteralSearch): readonly string[] | undefined {
  const schema = resolve(search.loaded, value);
  if (schema === undefined) return undefined;
  if (search.known.has(schema)) return search.known.get(schema);
  search.known.set(schema, undefined);
  const literals =
    literalsOfProperty(schema, search) ?? literalsOfParts(schema, search) ?? literalsOfUnion(schema, search);
  search.known.set(schema, literals);
  return literals;
}

function literalsOfProperty(schema: JsonObject, { loaded, property }: LiteralSearch): readonly string[] | undefined {
  const properties = schema["properties"];
  if (!isObject(properties) || !Object.hasOwn(properties, property)) return undefined;
  return literalsOfValue(loaded, properties[property] ?? null, 0);
}

function literalsOfParts(schema: JsonObject, search: LiteralSearch): readonly string[] | undefined {
  if (!isArray(schema["allOf"])) return undefined;
  const parts = schema["allOf"].map((part) => searchLiterals(part, search)).filter((part) => part !== undefined);
  const [narrowest] = parts.sort((left, right) => left.length - right.length);
  return narrowest;
}

function literalsOfUnion(schema: JsonObject, search: LiteralSearch): readonly string[] | undefined {
  for (const keyword of ["oneOf", "anyOf"]) {
    const union = schema[keyword];
    if (!isArray(union) || union.length === 0) continue;
    const all = union.map((part) => searchLiterals(part, search));
    if (all.every((part) => part !== undefined)) return [...new Set(all.flat())];
  }
  return undefined;
}

/** The names that a schema and its parts list or require; empty when it lists none, which leaves every name open. */
export function declaredNames(loaded: Loaded, value: JsonValue): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<JsonObject>();
  const queue: JsonValue[] = [value];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const schema = resolve(loaded, next);
    if (schema === undefined || seen.has(schema)) continue;
    seen.add(schema);
    const { properties, required } = schema;
    if (isObject(properties ?? null)) for (const name of Object.keys(properties as JsonObject)) names.add(name);
    if (isArray(required)) for (const name of required) if (typeof name === "string") names.add(name);
    for (const keyword of ["allOf", "oneOf", "anyOf"]) {
      const parts = schema[keyword];
      if (isArray(parts)) queue.push(...parts);
    }
  }
  return names;
}

const childrenByDocument = new WeakMap<LoadedDocument, ReadonlyMap<JsonObject, readonly RefTarget[]>>();

/** The schemas of a document's components that extend a schema by `allOf`, directly or through others. */
export function childrenOf(loaded: Loaded, document: LoadedDocument, base: JsonObject): readonly RefTarget[] {
  const index = childrenByDocument.get(document) ?? indexChildren(loaded, document);
  childrenByDocument.set(document, index);
  const found: RefTarget[] = [];
  const seen = new Set<JsonValue>([base]);
  const queue: JsonObject[] = [base];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const child of index.get(next) ?? []) {
      if (seen.has(child.value) || !isObject(child.value)) continue;
      seen.add(child.value);
      found.push(child);
      queue.push(child.value);
    }
  }
  return found;
}

function indexChildren(loaded: Loaded, document: LoadedDocument): ReadonlyMap<JsonObject, readonly RefTarget[]> {
  const index = new Map<JsonObject, RefTarget[]>();
  const schemas = lookUp(document, "/components/schemas")?.value;
  if (!isObject(schemas)) return index;
  for (const [name, schema] of Object.entries(schemas)) {
    if (!isObject(schema) || !isArray(schema["allOf"])) continue;
    const child = lookUp(document, `/components/schemas/${escapeSegment(name)}`);
    if (child === undefined) continue;
    for (const part of schema["allOf"]) {
      const base = isObject(part) && part["$ref"] !== undefined ? resolve(loaded, part) : undefined;
      if (base === undefined) continue;
      const children = index.get(base) ?? [];
      children.push(child);
      index.set(base, children);
    }
  }
  return index;
}

/** A property's own schema is a reference or an allOf of few parts; deeper ones are not searched. */
const maxDepth = 4;

function literalsOfValue(loaded: Loaded, value: JsonValue, depth: number): readonly string[] | undefined {
  const schema = resolve(loaded, value);
  if (schema === undefined || depth > maxDepth) return undefined;
  if (typeof schema["const"] === "string") return [schema["const"]];
  if (isArray(schema["enum"])) {
    const texts = schema["enum"].filter((entry) => typeof entry === "string");
    return texts.length === 0 ? undefined : texts;
  }
  const parts = isArray(schema["allOf"])
    ? schema["allOf"].map((part) => literalsOfValue(loaded, part, depth + 1)).filter((part) => part !== undefined)
    : [];
  return parts[0];
}

function resolve(loaded: Loaded, value: JsonValue): JsonObject | undefined {
  const place = isObject(value) && value["$ref"] !== undefined ? loaded.refs.get(value)?.document : undefined;
  if (isObject(value) && value["$ref"] === undefined) return value;
  const end = place === undefined || !isObject(value) ? undefined : followRefs(loaded, value, place)?.value;
  return isObject(end) ? end : undefined;
}
