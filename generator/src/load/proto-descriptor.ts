import {
  create,
  fromJson,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  DescriptorProto_ExtensionRangeSchema,
  DescriptorProto_ReservedRangeSchema,
  DescriptorProtoSchema,
  Edition,
  EnumDescriptorProto_EnumReservedRangeSchema,
  EnumDescriptorProtoSchema,
  EnumOptionsSchema,
  EnumValueDescriptorProtoSchema,
  EnumValueOptionsSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
  OneofDescriptorProtoSchema,
  OneofOptionsSchema,
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import protobuf from "protobufjs";
import type { ProtoSymbol, ProtoText } from "./proto-text.ts";

/** A descriptor, what couldn't be resolved, and who refers to whom. */
export interface DescribedProto {
  readonly file: FileDescriptorProto;
  readonly problems: readonly { readonly reason: string; readonly name: string }[];
  /** Full names of messages that other top-level messages refer to. */
  readonly referenced: ReadonlySet<string>;
}

/** Where the descriptor is to stand, and what its imports declare. */
export interface DescribeOptions {
  /** Name of the file, as others would import it. */
  readonly name: string;
  readonly findImported: (fullName: string) => ProtoSymbol | undefined;
}

/**
 * The descriptor of a parsed proto file, as a compiler would make it: full type names, map entries, synthetic oneofs of
 * proto3 optional fields, JSON names. Services and custom options are left out: the file describes payloads.
 */
export function describeProto(source: ProtoText, { name, findImported }: DescribeOptions): DescribedProto {
  const problems: DescribedProto["problems"][number][] = [];
  const referenced = new Set<string>();
  const describing: Describing = {
    problems,
    find: (fullName) => source.symbols.get(fullName) ?? findImported(fullName),
    refer: (fullName, from) => {
      if (fullName !== from && !fullName.startsWith(`${from}.`)) referenced.add(fullName);
    },
    top: "",
  };
  const nested = describeNested(source.namespace, source.package, describing);
  const file = create(FileDescriptorProtoSchema, {
    name,
    package: source.package,
    dependency: [...source.imports],
    messageType: nested.messages,
    enumType: nested.enums,
    extension: nested.extensions,
    ...syntaxFields[source.syntax],
  });
  return { file, problems, referenced };
}

const syntaxFields = {
  proto2: {},
  proto3: { syntax: "proto3" },
  2023: { syntax: "editions", edition: Edition.EDITION_2023 },
  2024: { syntax: "editions", edition: Edition.EDITION_2024 },
} as const;

interface Describing {
  readonly problems: DescribedProto["problems"][number][];
  readonly find: (fullName: string) => ProtoSymbol | undefined;
  readonly refer: (fullName: string, from: string) => void;
  /** Full name of the top-level message on the way. */
  readonly top: string;
}

interface NestedTypes {
  readonly messages: DescriptorProto[];
  readonly enums: EnumDescriptorProto[];
  readonly extensions: FieldDescriptorProto[];
}

function describeNested(namespace: protobuf.NamespaceBase, scope: string, describing: Describing): NestedTypes {
  const found: NestedTypes = { messages: [], enums: [], extensions: [] };
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobuf.Type) {
      const fullName = scope === "" ? nested.name : `${scope}.${nested.name}`;
      const top = describing.top === "" ? fullName : describing.top;
      found.messages.push(describeMessage(nested, fullName, { ...describing, top }));
    } else if (nested instanceof protobuf.Enum) found.enums.push(describeEnum(nested, describing));
    else if (nested instanceof protobuf.Field) found.extensions.push(describeField(nested, scope, describing));
  }
  return found;
}

function describeMessage(type: protobuf.Type, fullName: string, describing: Describing): DescriptorProto {
  const nested = describeNested(type, fullName, describing);
  const oneofs = type.oneofsArray;
  // Oneofs of proto3 optional fields come last (descriptor.proto, FieldDescriptorProto.proto3_optional).
  const ordered = [
    ...oneofs.filter((oneof) => !oneof.isProto3Optional),
    ...oneofs.filter((oneof) => oneof.isProto3Optional),
  ];
  // A field with another declaration is an extension, which protobufjs adds to what it extends as well.
  const fields = type.fieldsArray
    .filter(({ declaringField }) => declaringField === null)
    .map((field) => {
      const described = describeField(field, fullName, describing);
      if (field instanceof protobuf.MapField)
        nested.messages.push(describeEntry(field, described, { fullName, describing }));
      if (field.partOf !== null) described.oneofIndex = ordered.indexOf(field.partOf);
      return described;
    });
  const { ranges, names } = splitReserved(type.reserved);
  const options = describeOptions(MessageOptionsSchema, type, describing);
  return create(DescriptorProtoSchema, {
    name: type.name,
    field: fields,
    nestedType: nested.messages,
    enumType: nested.enums,
    extension: nested.extensions,
    oneofDecl: ordered.map((oneof) => {
      const own = describeOptions(OneofOptionsSchema, oneof, describing);
      return create(OneofDescriptorProtoSchema, { name: oneof.name, ...(own === undefined ? {} : { options: own }) });
    }),
    // Ends are exclusive here and inclusive in the language.
    reservedRange: ranges.map(([start, end]) => create(DescriptorProto_ReservedRangeSchema, { start, end: end + 1 })),
    reservedName: names,
    extensionRange: ((type.extensions ?? []) as number[][]).map(([start = 0, end = 0]) =>
      create(DescriptorProto_ExtensionRangeSchema, { start, end: end + 1 }),
    ),
    ...(options === undefined ? {} : { options }),
  });
}

function describeEnum(type: protobuf.Enum, describing: Describing): EnumDescriptorProto {
  const { ranges, names } = splitReserved(type.reserved);
  const options = describeOptions(EnumOptionsSchema, type, describing);
  return create(EnumDescriptorProtoSchema, {
    name: type.name,
    value: Object.entries(type.values).map(([name, number]) => {
      const own = describeOptions(EnumValueOptionsSchema, { name, options: type.valuesOptions?.[name] }, describing);
      return create(EnumValueDescriptorProtoSchema, { name, number, ...(own === undefined ? {} : { options: own }) });
    }),
    reservedRange: ranges.map(([start, end]) => create(EnumDescriptorProto_EnumReservedRangeSchema, { start, end })),
    reservedName: names,
    ...(options === undefined ? {} : { options }),
  });
}

const scalars: ReadonlyMap<string, FieldDescriptorProto_Type> = new Map([
  ["double", FieldDescriptorProto_Type.DOUBLE],
  ["float", FieldDescriptorProto_Type.FLOAT],
  ["int64", FieldDescriptorProto_Type.INT64],
  ["uint64", FieldDescriptorProto_Type.UINT64],
  ["int32", FieldDescriptorProto_Type.INT32],
  ["fixed64", FieldDescriptorProto_Type.FIXED64],
  ["fixed32", FieldDescriptorProto_Type.FIXED32],
  ["bool", FieldDescriptorProto_Type.BOOL],
  ["string", FieldDescriptorProto_Type.STRING],
  ["bytes", FieldDescriptorProto_Type.BYTES],
  ["uint32", FieldDescriptorProto_Type.UINT32],
  ["sfixed32", FieldDescriptorProto_Type.SFIXED32],
  ["sfixed64", FieldDescriptorProto_Type.SFIXED64],
  ["sint32", FieldDescriptorProto_Type.SINT32],
  ["sint64", FieldDescriptorProto_Type.SINT64],
]);

const typesOfSymbols: Readonly<Record<ProtoSymbol, FieldDescriptorProto_Type>> = {
  message: FieldDescriptorProto_Type.MESSAGE,
  group: FieldDescriptorProto_Type.GROUP,
  enum: FieldDescriptorProto_Type.ENUM,
};

function describeField(field: protobuf.Field, scope: string, describing: Describing): FieldDescriptorProto {
  const { rule, options } = field as { readonly rule?: string; readonly options?: Readonly<Record<string, unknown>> };
  const isMap = field instanceof protobuf.MapField;
  const isRepeated = rule === "repeated" || isMap;
  const { label, type } = {
    label: isRepeated
      ? FieldDescriptorProto_Label.REPEATED
      : rule === "required"
        ? FieldDescriptorProto_Label.REQUIRED
        : FieldDescriptorProto_Label.OPTIONAL,
    type: isMap
      ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.${scope}.${entryName(field.name)}` }
      : resolveType(field.type, scope, describing),
  };
  const own = describeOptions(FieldOptionsSchema, field, describing);
  const fallback = options?.["default"];
  const jsonName = options?.["json_name"];
  return create(FieldDescriptorProtoSchema, {
    name: field.name,
    number: field.id,
    label,
    ...type,
    jsonName: typeof jsonName === "string" ? jsonName : toJsonName(field.name),
    ...(field.extend === undefined ? {} : { extendee: resolveType(field.extend, scope, describing).typeName ?? "" }),
    ...(fallback === undefined ? {} : { defaultValue: String(fallback) }),
    ...(options?.["proto3_optional"] === true ? { proto3Optional: true } : {}),
    ...(own === undefined ? {} : { options: own }),
  });
}

/** `map<K, V> by_id` is a repeated message `ByIdEntry { K key = 1; V value = 2; }` (proto3 guide, "Maps"). */
function describeEntry(
  field: protobuf.MapField,
  described: FieldDescriptorProto,
  { fullName, describing }: { readonly fullName: string; readonly describing: Describing },
): DescriptorProto {
  const label = FieldDescriptorProto_Label.OPTIONAL;
  return create(DescriptorProtoSchema, {
    name: described.typeName.slice(fullName.length + 2),
    options: { mapEntry: true },
    field: [
      { name: "key", number: 1, label, jsonName: "key", ...resolveType(field.keyType, fullName, describing) },
      { name: "value", number: 2, label, jsonName: "value", ...resolveType(field.type, fullName, describing) },
    ],
  });
}

interface ResolvedType {
  readonly type: FieldDescriptorProto_Type;
  readonly typeName?: string;
}

/** Names are looked for from the innermost scope outwards (language guide, "Packages and name resolution"). */
function resolveType(written: string, scope: string, describing: Describing): ResolvedType {
  const scalar = scalars.get(written);
  if (scalar !== undefined) return { type: scalar };
  const scopes = written.startsWith(".") ? [""] : listScopes(scope);
  for (const outer of scopes) {
    const fullName = `${outer}${written.replace(/^\./, "")}`;
    const symbol = describing.find(fullName);
    if (symbol === undefined) continue;
    describing.refer(fullName, describing.top);
    return { type: typesOfSymbols[symbol], typeName: `.${fullName}` };
  }
  describing.problems.push({
    reason: `type "${written}" is declared neither here nor in a file that is imported`,
    name: written,
  });
  return { type: FieldDescriptorProto_Type.STRING };
}

function listScopes(scope: string): readonly string[] {
  const parts = scope === "" ? [] : scope.split(".");
  return [...parts.map((_part, index) => `${parts.slice(0, parts.length - index).join(".")}.`), ""];
}

function splitReserved(reserved: readonly (readonly number[] | string)[] | undefined): {
  readonly ranges: readonly (readonly [number, number])[];
  readonly names: string[];
} {
  const entries = reserved ?? [];
  return {
    ranges: entries.flatMap((entry): (readonly [number, number])[] =>
      typeof entry === "string" ? [] : [[entry[0] ?? 0, entry[1] ?? 0]],
    ),
    names: entries.filter((entry) => typeof entry === "string"),
  };
}

/** Options that are fields of the descriptor itself. */
const notOptions: ReadonlySet<string> = new Set(["default", "json_name", "proto3_optional"]);

/** Options of descriptor.proto by the names they are written with. */
function describeOptions<Desc extends DescMessage>(
  schema: Desc,
  of: { readonly name: string; readonly options?: Readonly<Record<string, unknown>> | undefined },
  describing: Describing,
): MessageShape<Desc> | undefined {
  const written = Object.entries(of.options ?? {}).filter(([name]) => !name.startsWith("(") && !notOptions.has(name));
  if (written.length === 0) return undefined;
  try {
    return fromJson(schema, Object.fromEntries(written) as JsonObject & JsonValue, { ignoreUnknownFields: true });
  } catch {
    // The field's name says enough; the library's words are about its own types.
    describing.problems.push({ reason: `options of "${of.name}" have values of the wrong type`, name: of.name });
    return undefined;
  }
}

/** As protoc makes it: underscores go, and the letter after each is a capital. */
function toJsonName(name: string): string {
  return name.replace(/_+(.)?/g, (_underscores, next: string | undefined) => next?.toUpperCase() ?? "");
}

function entryName(field: string): string {
  const name = toJsonName(field);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Entry`;
}
