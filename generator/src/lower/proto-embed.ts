import { toBinary, type DescFile, type FileRegistry, type Message } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import {
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileOptionsSchema,
  MessageOptionsSchema,
  MethodOptionsSchema,
  OneofOptionsSchema,
  ServiceOptionsSchema,
  FieldDescriptorProto_Type,
  type DescriptorProto,
  type EnumDescriptorProto,
  type ExtensionRangeOptions,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  type ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { policyProto } from "../source/well-known-protos.ts";
import { createOptionCleaner, type OptionCleaner } from "./proto-options.ts";

/** What generated code embeds of a file. */
export interface EmbeddedFile {
  readonly descriptor: Uint8Array;
  readonly dependencies: readonly DescFile[];
}

/**
 * The embedded form of a file: no places, no default JSON names, no imports by name (`fileDesc` gets the imported
 * descriptors), no options with source retention, no policy options, all other options in canonical order.
 *
 * buf and protoc write option values in different order and split; after this step their output is equal.
 */
export function embedFile(file: DescFile, registry: FileRegistry): EmbeddedFile {
  const clean = createOptionCleaner(registry);
  const dependencies = file.dependencies.filter((dependency) => !isPolicyOnly(dependency, file));
  const kept = file.proto.dependency.map((name) =>
    dependencies.findIndex((dependency) => dependency.proto.name === name),
  );
  const proto = change(file.proto, {
    dependency: [],
    publicDependency: file.proto.publicDependency.map((index) => kept[index] ?? -1).filter((index) => index >= 0),
    weakDependency: file.proto.weakDependency.map((index) => kept[index] ?? -1).filter((index) => index >= 0),
    optionDependency: file.proto.optionDependency.filter((name) => name !== policyProto),
    sourceCodeInfo: undefined,
    options: clean(FileOptionsSchema, file.proto.options),
    messageType: file.proto.messageType.map((message) => embedMessage(message, clean)),
    enumType: file.proto.enumType.map((enumeration) => embedEnum(enumeration, clean)),
    service: file.proto.service.map((service) => embedService(service, clean)),
    extension: file.proto.extension.map((extension) => embedField(extension, clean, false)),
    // The only unknown field of a file is buf's own image extension.
    $unknown: undefined,
  } satisfies Partial<Record<keyof FileDescriptorProto, unknown>>);
  return { descriptor: toBinary(FileDescriptorProtoSchema, proto), dependencies };
}

function embedMessage(message: DescriptorProto, clean: OptionCleaner): DescriptorProto {
  return change(message, {
    field: message.field.map((field) => embedField(field, clean, true)),
    extension: message.extension.map((extension) => embedField(extension, clean, false)),
    nestedType: message.nestedType.map((nested) => embedMessage(nested, clean)),
    enumType: message.enumType.map((enumeration) => embedEnum(enumeration, clean)),
    oneofDecl: message.oneofDecl.map((oneof) => change(oneof, { options: clean(OneofOptionsSchema, oneof.options) })),
    extensionRange: message.extensionRange.map((range) =>
      change(range, { options: embedRangeOptions(range.options, clean) }),
    ),
    options: clean(MessageOptionsSchema, message.options),
  });
}

/** Compilers drop these options when only source-only ones were in them; other options stay as empty messages. */
function embedRangeOptions(
  options: ExtensionRangeOptions | undefined,
  clean: OptionCleaner,
): ExtensionRangeOptions | undefined {
  const cleaned = clean(ExtensionRangeOptionsSchema, options);
  const isEmpty = cleaned !== undefined && toBinary(ExtensionRangeOptionsSchema, cleaned).length === 0;
  return isEmpty ? undefined : cleaned;
}

function embedField(field: FieldDescriptorProto, clean: OptionCleaner, restoresName: boolean): FieldDescriptorProto {
  return change(field, {
    options: clean(FieldOptionsSchema, field.options),
    ...(restoresName && field.jsonName === protoCamelCase(field.name) ? { jsonName: undefined } : {}),
    ...(field.type === FieldDescriptorProto_Type.FLOAT && field.defaultValue !== ""
      ? { defaultValue: floatText(field.defaultValue) }
      : {}),
  });
}

/** A float default in the fewest digits that name it, written as protoc does (C's `%.6g`, else `%.9g`). */
function floatText(text: string): string {
  const value = Math.fround(Number(text));
  if (!Number.isFinite(value) || Object.is(value, -0)) return text;
  const digits = Math.fround(Number(value.toPrecision(6))) === value ? 6 : 9;
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < digits) return String(Number(value.toPrecision(digits)));
  const shortMantissa = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${shortMantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function embedEnum(enumeration: EnumDescriptorProto, clean: OptionCleaner): EnumDescriptorProto {
  return change(enumeration, {
    value: enumeration.value.map((value) => change(value, { options: clean(EnumValueOptionsSchema, value.options) })),
    options: clean(EnumOptionsSchema, enumeration.options),
  });
}

function embedService(service: ServiceDescriptorProto, clean: OptionCleaner): ServiceDescriptorProto {
  return change(service, {
    method: service.method.map((method) => change(method, { options: clean(MethodOptionsSchema, method.options) })),
    options: clean(ServiceOptionsSchema, service.options),
  });
}

/** True when `file` imports the policy options only to write options: the embedded descriptor does without. */
function isPolicyOnly(dependency: DescFile, file: DescFile): boolean {
  if (dependency.proto.name !== policyProto) return false;
  const isOurs = (name: string): boolean => name.startsWith(".trilogue.v1.");
  const usesInMessage = (message: DescriptorProto): boolean =>
    [...message.field, ...message.extension].some((field) => isOurs(field.typeName) || isOurs(field.extendee)) ||
    message.nestedType.some(usesInMessage);
  const { proto } = file;
  return (
    !proto.publicDependency.some((index) => proto.dependency[index] === policyProto) &&
    !proto.messageType.some(usesInMessage) &&
    !proto.extension.some((field) => isOurs(field.typeName) || isOurs(field.extendee)) &&
    !proto.service.some((service) =>
      service.method.some((method) => isOurs(method.inputType) || isOurs(method.outputType)),
    )
  );
}

/** A shallow copy with other field values; `undefined` clears a field. Messages are plain objects over a prototype. */
function change<Shape extends Message>(message: Shape, changes: Partial<Record<keyof Shape, unknown>>): Shape {
  const copy = Object.assign(
    Object.create(Object.getPrototypeOf(message) as object | null) as object,
    message,
  ) as Shape;
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete (copy as Record<string, unknown>)[key];
    else (copy as Record<string, unknown>)[key] = value;
  }
  return copy;
}
