import { create, ScalarType, type DescEnum, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { reflect, type ReflectList, type ReflectMap, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";

/**
 * A message as protobufjs' `toObject` shows it with `{ longs: String, bytes: String }`: fields that are set, by their
 * names in the proto; enums as numbers, 64-bit integers and bytes (base64) as text.
 */
export type PlainMessage = Readonly<Record<string, unknown>>;

const deepest = 2;

/** Draws messages of any shape: all kinds of fields, set or not, nested up to two levels. */
export function drawMessage(desc: DescMessage): fc.Arbitrary<PlainMessage> {
  return draw(desc, deepest, new Map());
}

function draw(
  desc: DescMessage,
  depth: number,
  known: Map<string, fc.Arbitrary<PlainMessage>>,
): fc.Arbitrary<PlainMessage> {
  const key = `${desc.typeName} ${depth}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = (field: DescField): fc.Arbitrary<unknown> | undefined => drawField(field, depth, known);
  const members = desc.members.flatMap((member): fc.Arbitrary<readonly [string, unknown] | undefined>[] => {
    const fields = member.kind === "oneof" ? member.fields : [member];
    const drawn = fields.flatMap((field) => {
      const arbitrary = value(field);
      return arbitrary === undefined ? [] : [arbitrary.map((one) => [field.name, one] as const)];
    });
    if (drawn.length === 0) return [];
    const isRequired = member.kind === "field" && member.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED;
    return [isRequired ? fc.oneof(...drawn) : fc.option(fc.oneof(...drawn), { nil: undefined, freq: 3 })];
  });
  const arbitrary = fc
    .tuple(...members)
    .map((entries) => Object.fromEntries(entries.filter((entry) => entry !== undefined)) as PlainMessage);
  known.set(key, arbitrary);
  return arbitrary;
}

function drawField(
  field: DescField,
  depth: number,
  known: Map<string, fc.Arbitrary<PlainMessage>>,
): fc.Arbitrary<unknown> | undefined {
  const single = drawSingle(field, depth, known);
  if (single === undefined) return undefined;
  switch (field.fieldKind) {
    case "list":
      return fc.array(single, { minLength: 1, maxLength: 3 });
    case "map": {
      const key = drawScalar(field.mapKey).map(String);
      return fc
        .array(fc.tuple(key, single), { minLength: 1, maxLength: 3 })
        .map((entries) => Object.fromEntries(entries) as unknown);
    }
    default:
      // Without presence, what equals the default is not on the wire.
      return field.presence === FeatureSet_FieldPresence.IMPLICIT
        ? single.filter((value) => !isDefault(value))
        : single;
  }
}

function isDefault(value: unknown): boolean {
  return value === 0 || value === "" || value === "0" || value === false;
}

function drawSingle(
  field: DescField,
  depth: number,
  known: Map<string, fc.Arbitrary<PlainMessage>>,
): fc.Arbitrary<unknown> | undefined {
  if (field.message !== undefined) return depth === 0 ? undefined : draw(field.message, depth - 1, known);
  if (field.enum !== undefined) return drawEnum(field.enum);
  return drawScalar(field.scalar as ScalarType);
}

/** Open enums take any number. */
function drawEnum({ values, open }: DescEnum): fc.Arbitrary<number> {
  const declared = fc.constantFrom(...values.map(({ number }) => number));
  return open ? fc.oneof({ weight: 4, arbitrary: declared }, fc.integer()) : declared;
}

function drawScalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.STRING:
      return fc.string({ unit: "binary", maxLength: 12 });
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"));
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.integer();
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.nat(0xffff_ffff);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.bigInt(0n, 2n ** 64n - 1n).map(String);
  }
}

/** The message of our generated code with these values. */
export function buildMessage(desc: DescMessage, plain: PlainMessage): ReflectMessage {
  const message = reflect(desc, create(desc));
  for (const field of desc.fields) {
    const value = Object.hasOwn(plain, field.name) ? plain[field.name] : undefined;
    if (value === undefined) continue;
    const single = (one: unknown): unknown =>
      field.message !== undefined ? buildMessage(field.message, one as PlainMessage) : toLocal(field.scalar, one);
    if (field.fieldKind === "list") {
      const list = message.get(field) as ReflectList;
      for (const one of value as readonly unknown[]) list.add(single(one));
    } else if (field.fieldKind === "map") {
      const map = message.get(field) as ReflectMap;
      for (const [key, one] of Object.entries(value as object)) map.set(keyOf(field.mapKey, key), single(one));
    } else {
      message.set(field, single(value));
    }
  }
  return message;
}

/** The same of a message, the other way. */
export function readMessage(message: ReflectMessage): PlainMessage {
  const set = message.fields.filter((field) => message.isSet(field));
  return Object.fromEntries(
    set.map((field) => {
      const value = message.get(field) as unknown;
      const single = (one: unknown): unknown =>
        field.message !== undefined ? readMessage(one as ReflectMessage) : fromLocal(one);
      if (field.fieldKind === "list") return [field.name, Array.from(value as ReflectList, single)];
      if (field.fieldKind !== "map") return [field.name, single(value)];
      const entries = Array.from(value as ReflectMap, ([key, one]) => [String(key), single(one)] as const);
      return [field.name, Object.fromEntries(entries)];
    }),
  );
}

function toLocal(type: ScalarType | undefined, value: unknown): unknown {
  if (type === ScalarType.BYTES) return new Uint8Array(Buffer.from(value as string, "base64"));
  return typeof value === "string" && type !== ScalarType.STRING ? BigInt(value) : value;
}

function fromLocal(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function keyOf(type: ScalarType, key: string): unknown {
  if (type === ScalarType.STRING) return key;
  if (type === ScalarType.BOOL) return key === "true";
  return Number.isSafeInteger(Number(key)) && !isLong(type) ? Number(key) : BigInt(key);
}

function isLong(type: ScalarType): boolean {
  const longs = [ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64];
  return longs.includes(type as (typeof longs)[number]);
}
