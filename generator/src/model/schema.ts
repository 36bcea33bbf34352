import type { JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";

/** Identity of a named type: `<path>#<pointer>` for JSON schemas, `<path>#/<Avro full name>` for Avro. */
export type TypeId = string;

export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

/**
 * A schema of any format, normalised to JSON Schema 2020-12: `nullable` is a type `null`, boolean exclusive bounds are
 * numbers, `items` arrays are `prefixItems`, `definitions` are references. All keywords apply together, `ref` included.
 * An absent keyword says nothing; a boolean schema is `{ always: true | false }`.
 */
export interface Schema {
  readonly at: SourceRange;
  readonly always?: boolean;
  readonly ref?: TypeId;
  /** Full name of a proto message or enum that is the schema (cross-contract reference). */
  readonly message?: string;
  readonly types?: readonly JsonType[];
  readonly constant?: { readonly value: JsonValue };
  readonly enum?: readonly JsonValue[];
  /** Names of enum values where the contract gives them (x-enum-varnames, x-enumNames, oneOf+const+title). */
  readonly enumNames?: readonly string[];
  readonly format?: string;
  /** What is a number in JSON is a bigint here: a whole number of 64 bits, or a rule for one. */
  readonly bigint?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly properties?: readonly Property[];
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly patternProperties?: readonly { readonly pattern: string; readonly schema: Schema }[];
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependentRequired?: readonly { readonly property: string; readonly required: readonly string[] }[];
  readonly dependentSchemas?: readonly { readonly property: string; readonly schema: Schema }[];
  readonly unevaluatedProperties?: Schema;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly contains?: Schema;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly unevaluatedItems?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly discriminator?: Discriminator;
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  /** A file here, in a part of a form; elsewhere what the schema describes is text. */
  readonly file?: boolean;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
  readonly title?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly default?: { readonly value: JsonValue };
  readonly examples?: readonly JsonValue[];
  /** Avro: the logical type and the full Avro schema text, for the binary codec. */
  readonly avro?: { readonly schema: string; readonly logicalType?: string };
}

export interface Property {
  readonly name: string;
  readonly schema: Schema;
  readonly at: SourceRange;
  /**
   * True where the other side of the wire owns the property: read-only in requests, write-only in responses. It is no
   * part of the type and never required; a value of it that comes all the same is known and checked.
   */
  readonly hidden?: boolean;
}

/**
 * Which member of a union a value is. `mapping` holds every literal value, resolved: const or enum of the member, then
 * the mapping, then the name. Beside `oneOf` or `anyOf` each `type` is the `ref` of a member; on a schema without them
 * (a base that others extend by `allOf`) the types are its descendants, and a value need not be one of them.
 */
export interface Discriminator {
  readonly property: string;
  readonly mapping: readonly { readonly value: string; readonly type: TypeId }[];
  /** OpenAPI 3.2 `defaultMapping`: the type of a value without the property or with another literal. */
  readonly defaultType?: TypeId;
}

/** A schema with a name in the contract: it gets an exported type and a validator, in the file that defines it. */
export interface NamedType {
  readonly id: TypeId;
  /** As the contract names it (component key, message name, title, file name, pointer), not yet an identifier. */
  readonly name: string;
  /** Path of the document that defines it, and so of the output that exports it. */
  readonly home: string;
  readonly schema: Schema;
  readonly at: SourceRange;
  /**
   * Set on a view of another type, which serves instead of it: `input` in what goes to the owner of the data, `form` as
   * a multipart body, `file` as a part of one.
   */
  readonly view?: { readonly of: TypeId; readonly kind: "input" | "form" | "file" };
}
