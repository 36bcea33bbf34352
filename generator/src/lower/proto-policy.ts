import {
  fromBinary,
  toJson,
  type DescExtension,
  type DescFile,
  type DescMethod,
  type DescService,
  type FileRegistry,
} from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { protoMessages } from "../diagnostics/catalogue/proto.ts";
import type { PolicyLayer } from "../policy/layers.ts";
import { setPlace, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { policyProto } from "../source/well-known-protos.ts";
import { optionsField, type ProtoPlaces } from "./proto-places.ts";
import { locateOption, type OptionTree } from "./proto-option-text.ts";

/** Full names of our options. */
export const policyExtensions: ReadonlySet<string> = new Set([
  "trilogue.v1.policy",
  "trilogue.v1.service_policy",
  "trilogue.v1.file_policy",
]);

const kinds = {
  file: { extension: "trilogue.v1.file_policy", layer: "root" },
  service: { extension: "trilogue.v1.service_policy", layer: "service" },
  rpc: { extension: "trilogue.v1.policy", layer: "operation" },
} as const;

/** Finds other people's options with our numbers; nothing is said when our options are not imported. */
export function checkPolicyNumbers(registry: FileRegistry, report: (diagnostic: Diagnostic) => void): void {
  if (registry.getFile(policyProto) === undefined) return;
  const extendees = new Map(
    [...policyExtensions].flatMap((name) => {
      const ours = registry.getExtension(name);
      return ours === undefined ? [] : [[ours.extendee.typeName, ours] as const];
    }),
  );
  for (const type of registry) {
    if (type.kind !== "extension" || policyExtensions.has(type.typeName)) continue;
    const ours = extendees.get(type.extendee.typeName);
    if (ours?.number !== type.number) continue;
    report(
      createDiagnostic(protoMessages.policyNumberTaken, {
        extension: type.typeName,
        extendee: type.extendee.typeName,
        number: type.number,
        ours: ours.typeName,
      }),
    );
  }
}

/** The policy written at a file, service or method, in the shape of `x-trilogue`; undefined when there is none. */
export function readPolicy(
  desc: DescFile | DescService | DescMethod,
  context: { readonly registry: FileRegistry; readonly places: ProtoPlaces },
  report: (diagnostic: Diagnostic) => void,
): PolicyLayer | undefined {
  const kind = kinds[desc.kind];
  const extension = context.registry.getExtension(kind.extension);
  const bytes = extension === undefined ? undefined : optionBytes(desc, extension);
  if (extension?.fieldKind !== "message" || bytes === undefined) return undefined;
  const { places } = context;
  const path = [...places.pathOf(desc), optionsField[desc.kind === "rpc" ? "method" : desc.kind], extension.number];
  const stretches = places.rangesBelow(path);
  const range = stretches[0]?.range ?? places.rangeOf(desc) ?? { file: places.file, start: 0, end: 0 };
  try {
    const json = toJson(extension.message, fromBinary(extension.message, bytes), { registry: context.registry });
    const tree = locateOption(
      stretches.map((stretch) => stretch.range),
      kind.extension,
    );
    return { name: kind.layer, value: place(json as JsonValue, tree, range) as JsonObject, range };
  } catch (error) {
    // Only bytes that no compiler would have written end here.
    const reason = error instanceof Error ? error.message : String(error);
    report(createDiagnostic(protoMessages.policyUnreadable, { option: kind.extension, reason }, { range }));
    return undefined;
  }
}

/** All parts of the option's value; a compiler may write each statement as a part of its own. */
function optionBytes(desc: DescFile | DescService | DescMethod, extension: DescExtension): Uint8Array | undefined {
  const parts = (desc.proto.options?.$unknown ?? []).filter((field) => field.no === extension.number);
  if (parts.length === 0) return undefined;
  const writer = new BinaryWriter();
  for (const part of parts) writer.raw(new BinaryReader(part.data).bytes());
  return writer.finish();
}

/** A copy without prototypes whose containers know where their entries stand. */
function place(value: JsonValue, tree: OptionTree | undefined, range: SourceRange): JsonValue {
  const start = tree?.start ?? range.start;
  const end = tree?.end ?? range.end;
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue, index) => place(item, tree?.items?.[index], range));
    setPlace(items, {
      file: range.file,
      start,
      end,
      offsets: items.flatMap((_item, index) => offsetsOf(tree?.items?.[index], range)),
    });
    return items;
  }
  if (typeof value !== "object" || value === null) return value;
  const object = Object.create(null) as Record<string, JsonValue>;
  const offsets: number[] = [];
  for (const [key, entry] of Object.entries(value)) {
    const child = tree?.entries?.get(key);
    // One element of a repeated field stands alone in the text, but is a list in JSON.
    const fitting =
      Array.isArray(entry) && child !== undefined && child.items === undefined ? { ...child, items: [child] } : child;
    object[key] = place(entry as JsonValue, fitting, range);
    offsets.push(...offsetsOf(child, range));
  }
  setPlace(object, { file: range.file, start, end, keys: Object.keys(object), offsets });
  return object;
}

function offsetsOf(tree: OptionTree | undefined, range: SourceRange): readonly number[] {
  return tree === undefined ? [range.start, range.start, range.end] : [tree.keyStart, tree.start, tree.end];
}
