import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Loaded, LoadedDocument, RefTarget } from "../load/loaded.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { Dialect } from "./schema-dialect.ts";
import type { DynamicScope } from "./schema-dynamic.ts";

/** A schema under construction. */
export type Draft = { -readonly [Key in keyof Schema]: Schema[Key] };

/** Where a schema stands: its document with the rules for it. */
export interface Frame {
  readonly document: LoadedDocument;
  readonly dialect: Dialect;
  readonly scope: DynamicScope;
}

/** The state of one run of schema lowering, shared by the files beside this one. */
export interface SchemaState {
  readonly loaded: Loaded;
  readonly report: (diagnostic: Diagnostic) => void;
  /** True the first time that something is to be said of a document, for what would be said of many schemas alike. */
  readonly isFirst: (document: LoadedDocument, subject: string) => boolean;
  /** Lowers an entry of `holder`. */
  readonly lowerEntry: (holder: object, key: string | number, frame: Frame) => Schema;
  /** The frame of schemas that stand in a document. */
  readonly frameOf: (document: LoadedDocument) => Frame;
  /** The id of a referenced schema, which becomes a named type; one of its own in a dynamic scope that matters. */
  readonly register: (target: RefTarget, scope?: DynamicScope) => TypeId;
  /** What a `$ref` becomes: a type's id, a proto message, or nothing when it is broken. */
  readonly reference: (holder: JsonObject, frame: Frame) => Partial<Schema>;
}

/** One schema object being read. */
export interface SchemaStep {
  readonly state: SchemaState;
  readonly frame: Frame;
  readonly object: JsonObject;
}

/** Reads one keyword into the draft. */
export type KeywordReader = (draft: Draft, value: JsonValue, step: SchemaStep) => void;

/** Lowers schemas of formats that are not JSON Schema. A handler may register types of its own by `define`. */
export interface ForeignSchemas {
  /** The Avro schema that a `$ref` leads to. */
  readonly avro?: (target: RefTarget, at: SourceRange, define: (type: NamedType) => void) => Partial<Schema>;
}
