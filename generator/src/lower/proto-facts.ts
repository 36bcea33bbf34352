import {
  getOption,
  type DescExtension,
  type DescField,
  type DescMethod,
  type FileRegistry,
  type Message,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { NativeFacts } from "../policy/layers.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { ProtoPlaces } from "./proto-places.ts";

type Level = NativeFacts["level"];

/**
 * What the proto language says of a method, strongest evidence first: `idempotency_level` (a fact), an AIP-155
 * `request_id` field, the verb of `google.api.http`; the last two are defaults that a policy may overrule.
 */
export function readFacts(method: DescMethod, registry: FileRegistry, places: ProtoPlaces): NativeFacts {
  const isStream = method.methodKind !== "unary";
  const range = places.rangeOf(method);
  const base = { kind: "rpc", isStream, hasSecurity: false } as const;
  const stated = statedLevel(method, optionRange(method, places) ?? range);
  if (stated !== undefined) return { ...base, level: stated, levelIsFact: true };
  const verb = httpVerb(method, registry);
  const derived = verb === undefined ? undefined : verbLevel(verb, range);
  const key = isStream || derived?.value === "safe" ? undefined : requestId(method);
  if (key !== undefined) {
    const keyRange = method.input.file === method.parent.file ? places.rangeOf(key) : undefined;
    return {
      ...base,
      level: { value: "keyed", why: `field "${key.name}" of the request (AIP-155)`, ...withRange(keyRange ?? range) },
      levelIsFact: false,
      key: { from: "field", name: key.name, required: isRequired(key, registry), ...withRange(keyRange) },
    };
  }
  const level =
    derived ?? ({ value: "none", why: "rpc without idempotency_level", ...withRange(range) } satisfies Level);
  return { ...base, level, levelIsFact: false };
}

function statedLevel(method: DescMethod, range: SourceRange | undefined): Level | undefined {
  switch (method.idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return { value: "safe", why: "idempotency_level = NO_SIDE_EFFECTS", ...withRange(range) };
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return { value: "idempotent", why: "idempotency_level = IDEMPOTENT", ...withRange(range) };
    default:
      return undefined;
  }
}

function optionRange(method: DescMethod, places: ProtoPlaces): SourceRange | undefined {
  // MethodDescriptorProto.options = 4, MethodOptions.idempotency_level = 34.
  return places.rangeAt([...places.pathOf(method), 4, 34]);
}

function verbLevel(verb: string, range: SourceRange | undefined): Level | undefined {
  const why = `google.api.http ${verb}`;
  if (verb === "GET" || verb === "HEAD") return { value: "safe", why, ...withRange(range) };
  if (verb === "PUT" || verb === "DELETE") return { value: "idempotent", why, ...withRange(range) };
  return undefined;
}

/** The verb of the method's `google.api.http` rule, upper-case; the user's own copy of that file serves. */
function httpVerb(method: DescMethod, registry: FileRegistry): string | undefined {
  const extension = optionExtension(registry, "google.api.http", "google.protobuf.MethodOptions");
  if (extension?.fieldKind !== "message" || !hasOptionField(method.proto.options, extension.number)) return undefined;
  const rule: unknown = getOption(method, extension);
  if (!isRecord(rule) || !isRecord(rule["pattern"])) return undefined;
  const { case: verb, value } = rule["pattern"];
  if (verb === "custom")
    return isRecord(value) && typeof value["kind"] === "string" ? value["kind"].toUpperCase() : undefined;
  return typeof verb === "string" ? verb.toUpperCase() : undefined;
}

function requestId(method: DescMethod): DescField | undefined {
  return method.input.fields.find(
    (field) =>
      field.name === "request_id" &&
      field.fieldKind === "scalar" &&
      field.proto.type === 9 &&
      field.oneof === undefined,
  );
}

function isRequired(field: DescField, registry: FileRegistry): boolean {
  const extension = optionExtension(registry, "google.api.field_behavior", "google.protobuf.FieldOptions");
  if (extension?.fieldKind !== "list" || !hasOptionField(field.proto.options, extension.number)) return false;
  const behaviors: unknown = getOption(field, extension);
  // google.api.FieldBehavior.REQUIRED = 2.
  return Array.isArray(behaviors) && behaviors.includes(2);
}

function optionExtension(registry: FileRegistry, name: string, extendee: string): DescExtension | undefined {
  const extension = registry.getExtension(name);
  return extension?.extendee.typeName === extendee ? extension : undefined;
}

function hasOptionField(options: Message | undefined, no: number): boolean {
  return options?.$unknown?.some((field) => field.no === no) === true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function withRange(range: SourceRange | undefined): { readonly range?: SourceRange } {
  return range === undefined ? {} : { range };
}
