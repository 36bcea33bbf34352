import {
  ScalarType,
  type DescExtension,
  type DescField,
  type DescMessage,
  type FileRegistry,
  type Message,
} from "@bufbuild/protobuf";
import { FeatureSetSchema, FieldOptions_OptionRetention, type FeatureSet } from "@bufbuild/protobuf/wkt";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { policyExtensions } from "./proto-policy.ts";

/** Cleans an options message; undefined stays undefined. */
export type OptionCleaner = <Shape extends Message>(
  schema: DescMessage,
  options: Shape | undefined,
) => Shape | undefined;

/** A field as it stands on the wire; `data` includes the length of a length-delimited value and the end of a group. */
interface WireField {
  readonly no: number;
  readonly wireType: WireType;
  readonly data: Uint8Array;
}

/**
 * Makes the function that brings options into canonical form: source-only options and policy options out, parts of one
 * message value merged, fields in order of their numbers, repeated scalars packed as declared, one NaN.
 */
export function createOptionCleaner(registry: FileRegistry): OptionCleaner {
  const clean: OptionCleaner = (schema, options) => {
    if (options === undefined) return undefined;
    const { features } = options as { features?: FeatureSet };
    const sourceOnly = sourceOnlyFields(schema).filter((name) => Object.hasOwn(options, name));
    if (features === undefined && sourceOnly.length === 0 && (options.$unknown?.length ?? 0) === 0) return options;
    const copy = Object.assign(Object.create(Object.getPrototypeOf(options) as object | null) as object, options);
    for (const name of sourceOnly) {
      const record = copy as unknown as Record<string, unknown>;
      if (Array.isArray(record[name])) record[name] = [];
      else delete record[name];
    }
    if (features !== undefined)
      (copy as { features?: FeatureSet | undefined }).features = clean(FeatureSetSchema, features);
    if (options.$unknown !== undefined) copy.$unknown = cleanFields(schema, options.$unknown, { registry, depth: 0 });
    return copy;
  };
  return clean;
}

const sourceOnlyNames = new WeakMap<DescMessage, readonly string[]>();

function sourceOnlyFields(schema: DescMessage): readonly string[] {
  const known = sourceOnlyNames.get(schema);
  if (known !== undefined) return known;
  const names = schema.fields.filter(isSourceOnly).map((field) => field.localName);
  sourceOnlyNames.set(schema, names);
  return names;
}

interface CleanContext {
  readonly registry: FileRegistry;
  readonly depth: number;
}

/** Descriptors come from anywhere, so nesting is bounded as in protobuf's own readers. */
const maxDepth = 100;

function cleanFields(message: DescMessage, fields: readonly WireField[], context: CleanContext): WireField[] {
  const byNumber = new Map<number, WireField[]>();
  for (const field of fields) {
    const same = byNumber.get(field.no);
    if (same === undefined) byNumber.set(field.no, [field]);
    else same.push(field);
  }
  return [...byNumber.entries()]
    .sort(([a], [b]) => a - b)
    .flatMap(([no, same]) => {
      const desc = message.fields.find((field) => field.number === no) ?? context.registry.getExtensionFor(message, no);
      if (desc === undefined || context.depth >= maxDepth) return same;
      if (isSourceOnly(desc) || isPolicyOption(desc)) return [];
      return cleanField(desc, same, context);
    });
}

function cleanField(
  desc: DescField | DescExtension,
  same: readonly WireField[],
  context: CleanContext,
): readonly WireField[] {
  const deeper = { ...context, depth: context.depth + 1 };
  switch (desc.fieldKind) {
    case "message": {
      const merged = concatenate(same.map(contentOf));
      return [messageField(desc.number, desc.delimitedEncoding, cleanBytes(desc.message, merged, deeper))];
    }
    case "map":
      return same;
    case "list":
      if (desc.listKind === "message") {
        const { message, delimitedEncoding } = desc;
        return same.map((field) =>
          messageField(desc.number, delimitedEncoding, cleanBytes(message, contentOf(field), deeper)),
        );
      }
      return cleanList(desc, same);
    default:
      return same
        .slice(-1)
        .map((field) => (isNotANumber(desc, field.data) ? { ...field, data: notANumber(field.data.length) } : field));
  }
}

/** NaN has a sign on some compilers and none on others. */
function isNotANumber(desc: DescField | DescExtension, data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (desc.scalar === ScalarType.DOUBLE && data.length === 8) return Number.isNaN(view.getFloat64(0, true));
  return desc.scalar === ScalarType.FLOAT && data.length === 4 && Number.isNaN(view.getFloat32(0, true));
}

function notANumber(length: number): Uint8Array {
  const data = new Uint8Array(length);
  data.set([...(length === 8 ? [0xf8] : [0xc0]), 0x7f], length - 2);
  return data;
}

function cleanBytes(message: DescMessage, bytes: Uint8Array, context: CleanContext): Uint8Array {
  const reader = new BinaryReader(bytes);
  const fields: WireField[] = [];
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    fields.push({ no, wireType, data: reader.skip(wireType, no) });
  }
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of cleanFields(message, fields, context)) writer.tag(no, wireType).raw(data);
  return writer.finish();
}

/** Elements of a repeated scalar come one by one, packed, or both; they leave as declared. */
function cleanList(desc: DescField | DescExtension, same: readonly WireField[]): readonly WireField[] {
  const elementType =
    same.find((field) => field.wireType !== WireType.LengthDelimited)?.wireType ?? elementTypeOf(desc);
  if (elementType === WireType.LengthDelimited) return same;
  const elements = same.flatMap((field) =>
    field.wireType === WireType.LengthDelimited ? unpack(field, elementType) : [field.data],
  );
  if (!("packed" in desc) || desc.packed !== true)
    return elements.map((data) => ({ no: desc.number, wireType: elementType, data }));
  return [
    {
      no: desc.number,
      wireType: WireType.LengthDelimited,
      data: new BinaryWriter().bytes(concatenate(elements)).finish(),
    },
  ];
}

function elementTypeOf(desc: DescField | DescExtension): WireType {
  switch (desc.scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    default:
      return WireType.Varint;
  }
}

function unpack(field: WireField, elementType: WireType): Uint8Array[] {
  const reader = new BinaryReader(contentOf(field));
  const elements: Uint8Array[] = [];
  while (reader.pos < reader.len) elements.push(reader.skip(elementType));
  return elements;
}

/** The bytes of a message value, without the length before a string of bytes or the end tag behind a group. */
function contentOf(field: WireField): Uint8Array {
  if (field.wireType === WireType.LengthDelimited) return new BinaryReader(field.data).bytes();
  if (field.wireType !== WireType.StartGroup) return field.data;
  const endTag = new BinaryWriter().tag(field.no, WireType.EndGroup).finish();
  return field.data.subarray(0, field.data.length - endTag.length);
}

function messageField(no: number, isGroup: boolean, content: Uint8Array): WireField {
  return isGroup
    ? { no, wireType: WireType.StartGroup, data: new BinaryWriter().raw(content).tag(no, WireType.EndGroup).finish() }
    : { no, wireType: WireType.LengthDelimited, data: new BinaryWriter().bytes(content).finish() };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const writer = new BinaryWriter();
  for (const part of parts) writer.raw(part);
  return writer.finish();
}

function isSourceOnly(desc: DescField | DescExtension): boolean {
  return desc.proto.options?.retention === FieldOptions_OptionRetention.RETENTION_SOURCE;
}

function isPolicyOption(desc: DescField | DescExtension): boolean {
  return desc.kind === "extension" && policyExtensions.has(desc.typeName);
}
