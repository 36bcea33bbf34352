import type { FileRegistry } from "@bufbuild/protobuf";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { SourceFile, SourceRange } from "../source/source-file.ts";

/** What a file was found to be, by its content. `proto` occurs only as the target of a `$ref`, with a null root. */
export type DocumentKind =
  "openapi" | "asyncapi" | "overlay" | "policy" | "serviceConfig" | "jsonSchema" | "avro" | "fragment" | "proto";

/** A YAML or JSON file, read, overlaid and brought to its newest form: OpenAPI 3.x and AsyncAPI 3.x shapes only. */
export interface LoadedDocument {
  readonly kind: DocumentKind;
  readonly file: SourceFile;
  /** The version as written: `2.0`, `3.1.0`, `2.6.0`; of a fragment `2.0` when it was read so; empty otherwise. */
  readonly version: string;
  readonly root: JsonValue;
  /** True for contracts found by discovery; false for files that are only referenced. */
  readonly isEntry: boolean;
}

/** Where a `$ref` leads. */
export interface RefTarget {
  readonly document: LoadedDocument;
  /**
   * Canonical JSON Pointer in that document, `""` for the whole: `/components/schemas/Payment`. In an Avro schema
   * `/<full name>`, in a proto file `/<full name of the message>`.
   */
  readonly pointer: string;
  readonly value: JsonValue;
  /** From the key of the target to the end of its value. */
  readonly range: SourceRange;
}

/** Where the values of a discriminator lead, by mapping value. */
export interface DiscriminatorTargets {
  readonly mapping: ReadonlyMap<string, RefTarget>;
  /** OpenAPI 3.2. */
  readonly defaultMapping?: RefTarget;
}

/** Everything `lower` needs. */
export interface Loaded {
  readonly documents: readonly LoadedDocument[];
  /** Every resolved `$ref`, by the object that holds it; a broken one is absent and was reported. */
  readonly refs: ReadonlyMap<JsonObject, RefTarget>;
  /** Resolved mappings, by the discriminator object that holds them. */
  readonly discriminators: ReadonlyMap<JsonObject, DiscriminatorTargets>;
  /**
   * Schemas and documents that identifiers of their own count in (`$id`, `$self`, a document's root), with their
   * dynamic anchors; empty when no document has any.
   */
  readonly resources?: ReadonlyMap<object, ReadonlyMap<string, RefTarget>>;
  /** Protos, when there are any. */
  readonly protos: LoadedProtos | undefined;
  /** Full names of payload messages whose proto text stands in an AsyncAPI document, by the object that holds it. */
  readonly inlineProtos?: ReadonlyMap<JsonObject, string>;
}

/** Compiled protos with the texts they came from. */
export interface LoadedProtos {
  readonly registry: FileRegistry;
  /** Names of the files to generate, as in the descriptor set; the rest are imports. */
  readonly filesToGenerate: readonly string[];
  /** Texts by file name, where known, for places in diagnostics. */
  readonly sources: ReadonlyMap<string, SourceFile>;
}

/** Input of `load`: texts and bytes only. Paths are relative to the contract directory. */
export interface LoadInput {
  readonly files: readonly SourceFile[];
  /** Of `files`, those found in the contract directories (as against those asked for by `needs`). */
  readonly entries: ReadonlySet<string>;
  /** Paths that `needs` asked for and that can't be read; references to them become located errors. */
  readonly missing?: ReadonlySet<string>;
  /** A google.protobuf.FileDescriptorSet (or buf image) with source info. */
  readonly descriptorSet?: Uint8Array;
  readonly protoFilesToGenerate?: readonly string[];
}

/** Result of `load`. When `needs` is not empty, the shell reads those files and calls again. */
export interface LoadResult {
  readonly loaded: Loaded;
  /** Paths referenced by `$ref` that were not given; one that can't be read must be passed in `missing` next time. */
  readonly needs: readonly string[];
}
