import { foreignSchema, nestingTooDeep, notASchema, tooManySchemas } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Loaded, LoadedDocument, RefTarget } from "../load/loaded.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import { isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { escapeSegment, schemaName } from "./names.ts";
import { untangle } from "./schema-circles.ts";
import { createDialects, type Dialects } from "./schema-dialect.ts";
import { readSchemaObject } from "./schema-keywords.ts";
import { keyRangeOfRoot, lookUp } from "./schema-lookup.ts";
import {
  createDynamicScopes,
  createVariantLimit,
  noScope,
  stepsTo,
  type DynamicScope,
  type DynamicScopes,
} from "./schema-dynamic.ts";
import type { Draft, ForeignSchemas, Frame, SchemaState } from "./schema-state.ts";

/** Inline schemas may be nested this deep; references don't count. */
const maxDepth = 200;
/** Schemas of a run, inline ones included: GitHub's whole API has a fortieth of it. */
const defaultMaxSchemas = 2_000_000;

/** What `createSchemaLowering` needs beside the documents. */
export interface SchemaLoweringOptions {
  readonly report: (diagnostic: Diagnostic) => void;
  readonly foreign?: ForeignSchemas;
  /** Schemas that are lowered at most; 2,000,000 by default. */
  readonly maxSchemas?: number;
}

/** Lowers JSON schemas of any dialect to the model's one, and collects the named types they refer to. */
export interface SchemaLowering {
  /** Lowers a schema that stands in `document`. `at` is used where the value has no place of its own. */
  lower(value: JsonValue, document: LoadedDocument, at?: SourceRange): Schema;
  /** The id of the type at a reference's target; it is lowered by `finish`, once. */
  register(target: RefTarget): TypeId;
  /** Registers each schema of a map such as `/components/schemas`. */
  registerAll(document: LoadedDocument, pointer: string): void;
  /** Adds a type that is lowered already; the first of an id stays. */
  define(type: NamedType): void;
  /** Lowers what is registered and returns all named types, in the order of their places. */
  finish(): ReadonlyMap<TypeId, NamedType>;
}

/** Creates the schema lowering of a run. */
export function createSchemaLowering(loaded: Loaded, options: SchemaLoweringOptions): SchemaLowering {
  const types = new Map<TypeId, NamedType>();
  const pending: TypeId[] = [];
  const registered = new Map<TypeId, Registered>();
  const dialects = createDialects(loaded, options.report);
  const dynamic = createDynamicScopes(loaded);
  const define = (type: NamedType): void => {
    if (!types.has(type.id)) types.set(type.id, type);
  };
  const mayVary = createVariantLimit(options.report);
  const register = (target: RefTarget, outer: DynamicScope = noScope): TypeId => {
    const variant = dynamic.variantOf(target, outer);
    const id = `${typeIdOf(target)}${variant?.id ?? ""}`;
    if (variant !== undefined && !registered.has(id) && !mayVary(target)) return register(target);
    if (!registered.has(id)) {
      const scope = dynamic.enterTarget(variant === undefined ? noScope : outer, target);
      registered.set(id, { target, scope, suffix: variant?.name ?? "" });
      pending.push(id);
    }
    return id;
  };
  const frameOf = (document: LoadedDocument): Frame => {
    return { document, dialect: dialects.of(document), scope: dynamic.enter(noScope, document.root) };
  };
  const frameAt = (target: RefTarget): Frame => {
    const { document } = target;
    const frame = frameOf(document);
    const dialect = stepsTo(target).reduce(
      (around, step) => dialects.within(around, step.value, document),
      frame.dialect,
    );
    return { ...frame, dialect };
  };
  const lowerValue = createValueLowering({ loaded, options, register, define, frameOf, dynamic, dialects });
  return {
    lower: (value, document, at) => lowerValue(value, frameOf(document), at ?? keyRangeOfRoot(document)),
    register,
    registerAll: (document, pointer) => {
      const written = lookUp(document, pointer);
      // Some documents keep all their schemas in a file of its own, behind one reference.
      const target = (isObject(written?.value) ? loaded.refs.get(written.value) : undefined) ?? written;
      if (target === undefined || !isObject(target.value)) return;
      for (const [key, value] of Object.entries(target.value)) {
        // AsyncAPI keeps schemas of other formats beside them; each is lowered where a message uses it.
        if (isObject(value) && typeof value["schemaFormat"] === "string" && value["schema"] !== undefined) continue;
        const range = rangeOf(target.value, key, "key") ?? target.range;
        register({ document: target.document, pointer: `${target.pointer}/${escapeSegment(key)}`, value, range });
      }
    },
    define,
    finish: () => {
      for (let id = pending.shift(); id !== undefined; id = pending.shift()) {
        const { target, scope, suffix } = registered.get(id) as Registered;
        const at = lookUp(target.document, target.pointer)?.range ?? target.range;
        const schema = lowerValue(target.value, { ...frameAt(target), scope }, at);
        const { path } = target.document.file;
        define({ id, name: `${schemaName(path, target.pointer)}${suffix}`, home: path, schema, at });
      }
      const sorted = sortTypes(withDistinctNames([...types.values()], registered));
      return untangle(sorted, options.report);
    },
  };
}

/** Identity of the type at a reference's target. */
export function typeIdOf(target: { readonly document: LoadedDocument; readonly pointer: string }): TypeId {
  return `${target.document.file.path}#${target.pointer}`;
}

/** A schema that becomes a named type. */
interface Registered {
  readonly target: RefTarget;
  /** The dynamic scope within it. */
  readonly scope: DynamicScope;
  /** What its name ends with, where the same schema has several types. */
  readonly suffix: string;
}

interface ValueLoweringParts {
  readonly loaded: Loaded;
  readonly options: SchemaLoweringOptions;
  readonly register: SchemaState["register"];
  readonly dynamic: DynamicScopes;
  readonly dialects: Dialects;
  readonly define: (type: NamedType) => void;
  readonly frameOf: (document: LoadedDocument) => Frame;
}

function createValueLowering(parts: ValueLoweringParts): (value: JsonValue, frame: Frame, at: SourceRange) => Schema {
  const {
    loaded,
    dynamic,
    dialects,
    options: { report, maxSchemas = defaultMaxSchemas },
  } = parts;
  // One schema object is lowered once, however many places share it: common parameters, YAML aliases.
  const known = new Map<JsonObject, Schema>();
  const inScopes = new Map<string, Map<JsonObject, Schema>>();
  const knownIn = ({ scope }: Frame): Map<JsonObject, Schema> => {
    if (scope.size === 0) return known;
    const key = JSON.stringify([...scope].map(([name, target]) => [name, typeIdOf(target)]).sort());
    const found = inScopes.get(key) ?? new Map<JsonObject, Schema>();
    inScopes.set(key, found);
    return found;
  };
  const open = new Set<JsonObject>();
  let count = 0;
  const lowerValue = (value: JsonValue, outer: Frame, at: SourceRange): Schema => {
    const scope = dynamic.enter(outer.scope, value);
    const dialect = dialects.within(outer.dialect, value, outer.document);
    const isSame = scope === outer.scope && dialect === outer.dialect;
    const frame = isSame ? outer : { ...outer, scope, dialect };
    if (typeof value === "boolean") return { at, always: value };
    if (!isObject(value)) {
      report(createDiagnostic(notASchema, { found: describe(value) }, { range: at }));
      return { at };
    }
    const before = knownIn(frame).get(value);
    if (before !== undefined) return before;
    const range = rangeOf(value) ?? at;
    // A value that holds itself, as a YAML alias can make it, is endless nesting.
    if (open.size >= maxDepth || open.has(value)) {
      report(createDiagnostic(nestingTooDeep, { limit: maxDepth }, { range }));
      return { at: range };
    }
    if (++count > maxSchemas) {
      // Said once: from here on every schema would say it again.
      if (count === maxSchemas + 1) report(createDiagnostic(tooManySchemas, { limit: maxSchemas }, { range }));
      return { at: range };
    }
    open.add(value);
    const schema = readSchemaObject({ at: range }, { state, frame, object: value });
    open.delete(value);
    knownIn(frame).set(value, schema);
    return schema;
  };
  const said = new Map<LoadedDocument, Set<string>>();
  const state: SchemaState = {
    loaded,
    report,
    isFirst: (document, subject) => {
      const subjects = said.get(document) ?? new Set<string>();
      const isFirst = !subjects.has(subject);
      said.set(document, subjects.add(subject));
      return isFirst;
    },
    lowerEntry: (holder, key, frame) => {
      const value = (holder as Readonly<Record<string | number, JsonValue>>)[key] ?? null;
      const at = isObject(value) ? undefined : rangeOf(holder, key);
      return lowerValue(value, frame, at ?? rangeOf(holder) ?? keyRangeOfRoot(frame.document));
    },
    register: parts.register,
    frameOf: parts.frameOf,
    reference: (holder, frame) => referenceOf(holder, frame, parts),
  };
  return lowerValue;
}

function referenceOf(holder: JsonObject, frame: Frame, parts: ValueLoweringParts): Partial<Draft> {
  const {
    loaded,
    options: { report, foreign },
  } = parts;
  const direct = loaded.refs.get(holder);
  // A reference without a target was reported by load.
  if (direct === undefined) return {};
  const target = parts.dynamic.resolve(holder, direct, frame.scope);
  const at = rangeOf(holder, "$ref") ?? keyRangeOfRoot(frame.document);
  switch (target.document.kind) {
    case "proto":
      return { message: target.pointer.slice(1) };
    case "avro":
      if (foreign?.avro !== undefined) return foreign.avro(target, at, parts.define);
      report(createDiagnostic(foreignSchema, { format: "an Avro schema" }, { range: at }));
      return {};
    default:
      return { ref: parts.register(target, frame.scope) };
  }
}

/** Short names that two types of a file share become long ones; component keys stay as the contract has them. */
function withDistinctNames(
  types: readonly NamedType[],
  targets: ReadonlyMap<TypeId, Registered>,
): readonly NamedType[] {
  const counts = new Map<string, number>();
  const keyOf = (type: NamedType): string => JSON.stringify([type.home, type.name]);
  for (const type of types) counts.set(keyOf(type), (counts.get(keyOf(type)) ?? 0) + 1);
  return types.map((type) => {
    const target = targets.get(type.id)?.target;
    const isKey =
      target === undefined || /^(?:\/components\/\w+|\/(?:definitions|\$defs))?\/[^/]*$/.test(target.pointer);
    if (isKey || (counts.get(keyOf(type)) ?? 0) < 2) return type;
    return { ...type, name: schemaName(type.home, target.pointer, true) };
  });
}

function sortTypes(types: readonly NamedType[]): ReadonlyMap<TypeId, NamedType> {
  const compare = <Value extends string | number>(left: Value, right: Value): number =>
    left < right ? -1 : left > right ? 1 : 0;
  const sorted = [...types].sort(
    (left, right) =>
      compare(left.home, right.home) || compare(left.at.start, right.at.start) || compare(left.id, right.id),
  );
  return new Map(sorted.map((type) => [type.id, type]));
}

function describe(value: JsonValue): string {
  return value === null ? "nothing" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
