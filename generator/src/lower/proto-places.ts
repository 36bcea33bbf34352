import type { AnyDesc, DescEnum, DescFile, DescMessage } from "@bufbuild/protobuf";
import type { SourceCodeInfo_Location } from "@bufbuild/protobuf/wkt";
import type { ProtoDoc } from "../model/rpc.ts";
import { offsetOf, type SourceFile, type SourceRange } from "../source/source-file.ts";

/** Where the declarations of a proto file stand. */
export interface ProtoPlaces {
  readonly file: SourceFile;
  readonly docs: ReadonlyMap<AnyDesc, ProtoDoc>;
  /** The stretch of a declaration; undefined when the descriptors came without places. */
  rangeOf(desc: AnyDesc): SourceRange | undefined;
  /** The first stretch at a path of SourceCodeInfo (descriptor.proto, message Location). */
  rangeAt(path: readonly number[]): SourceRange | undefined;
  /** Every stretch at that path and below it, in source order. */
  rangesBelow(path: readonly number[]): readonly { readonly path: readonly number[]; readonly range: SourceRange }[];
  /** Path of a declaration in the FileDescriptorProto. */
  pathOf(desc: AnyDesc): readonly number[];
}

/** Field numbers of descriptor.proto that lead from a declaration to those inside it. */
const inFile = { message: 4, enum: 5, service: 6, extension: 7, options: 8 } as const;
const inMessage = { field: 2, nestedMessage: 3, enum: 4, extension: 6, oneof: 8 } as const;
const inEnum = { value: 2 } as const;
const inService = { method: 2, options: 3 } as const;
const inMethod = { options: 4 } as const;

/** Field number of the options in what they belong to. */
export const optionsField: { readonly file: number; readonly service: number; readonly method: number } = {
  file: inFile.options,
  service: inService.options,
  method: inMethod.options,
};

/** Reads the places and comments of a file; columns count as compilers count them (bytes, tabs to the next eighth). */
export function readPlaces(file: DescFile, source: SourceFile | undefined): ProtoPlaces {
  const locations = file.proto.sourceCodeInfo?.location ?? [];
  const byPath = new Map<string, SourceCodeInfo_Location>();
  for (const location of locations) {
    // Declarations have even paths (field, index, ...); the odd ones are names and types.
    if (location.path.length % 2 !== 0 || location.span.length < 3) continue;
    const key = location.path.join(".");
    if (!byPath.has(key)) byPath.set(key, location);
  }
  const paths = new Map<AnyDesc, readonly number[]>();
  const docs = new Map<AnyDesc, ProtoDoc>();
  walk(file, (desc, path) => {
    paths.set(desc, path);
    const location = byPath.get(path.join("."));
    docs.set(desc, { line: (location?.span[0] ?? -1) + 1, text: location === undefined ? "" : commentOf(location) });
  });
  const text = source ?? standIn(file.proto.name, locations);
  const toRange = (location: SourceCodeInfo_Location | undefined): SourceRange | undefined =>
    location === undefined ? undefined : rangeOfSpan(text, location.span);
  return {
    file: text,
    docs,
    rangeOf: (desc) => toRange(byPath.get((paths.get(desc) ?? []).join("."))),
    rangeAt: (path) => toRange(byPath.get(path.join("."))),
    rangesBelow: (path) =>
      locations
        .filter((location) => location.span.length >= 3 && path.every((part, index) => location.path[index] === part))
        .map((location) => ({ path: location.path, range: rangeOfSpan(text, location.span) })),
    pathOf: (desc) => paths.get(desc) ?? [],
  };
}

function walk(file: DescFile, visit: (desc: AnyDesc, path: readonly number[]) => void): void {
  visit(file, []);
  const visitEnum = (desc: DescEnum, path: readonly number[]): void => {
    visit(desc, path);
    desc.values.forEach((value, index) => visit(value, [...path, inEnum.value, index]));
  };
  const visitMessage = (desc: DescMessage, path: readonly number[]): void => {
    visit(desc, path);
    const fieldIndex = new Map(desc.proto.field.map((proto, index) => [proto, index]));
    const nestedIndex = new Map(desc.proto.nestedType.map((proto, index) => [proto, index]));
    for (const field of desc.fields) visit(field, [...path, inMessage.field, fieldIndex.get(field.proto) ?? -1]);
    for (const oneof of desc.oneofs)
      visit(oneof, [...path, inMessage.oneof, desc.proto.oneofDecl.indexOf(oneof.proto)]);
    for (const nested of desc.nestedMessages) {
      visitMessage(nested, [...path, inMessage.nestedMessage, nestedIndex.get(nested.proto) ?? -1]);
    }
    desc.nestedEnums.forEach((nested, index) => visitEnum(nested, [...path, inMessage.enum, index]));
    desc.nestedExtensions.forEach((nested, index) => visit(nested, [...path, inMessage.extension, index]));
  };
  file.messages.forEach((desc, index) => visitMessage(desc, [inFile.message, index]));
  file.enums.forEach((desc, index) => visitEnum(desc, [inFile.enum, index]));
  file.extensions.forEach((desc, index) => visit(desc, [inFile.extension, index]));
  file.services.forEach((service, index) => {
    visit(service, [inFile.service, index]);
    service.methods.forEach((method, at) => visit(method, [inFile.service, index, inService.method, at]));
  });
}

function commentOf(location: SourceCodeInfo_Location): string {
  const parts = [location.leadingComments, location.trailingComments].map((part) =>
    part
      .replace(/\r\n|[\r\u2028\u2029]/g, "\n")
      .split("\n")
      .map((line) => (line.startsWith(" ") ? line.slice(1) : line).trimEnd())
      .join("\n")
      .replace(/^\n+|\n+$/g, ""),
  );
  return parts.filter((part) => part !== "").join("\n\n");
}

function rangeOfSpan(file: SourceFile, span: readonly number[]): SourceRange {
  const [startLine = 0, startColumn = 0, third = 0, fourth] = span;
  const start = offsetAt(file, startLine, startColumn);
  const end = fourth === undefined ? offsetAt(file, startLine, third) : offsetAt(file, third, fourth);
  return { file, start, end: Math.max(start, end) };
}

/** Offset of a line and column (both from 0) as compilers count: tabs advance to a multiple of 8, the rest in bytes. */
function offsetAt(file: SourceFile, line: number, column: number): number {
  const lineStart = offsetOf(file, { line: line + 1, column: 1 });
  let at = lineStart;
  for (let counted = 0; counted < column && at < file.text.length; at++) {
    const unit = file.text.charCodeAt(at);
    if (unit === 0x0a) break;
    if (unit === 0x09) counted += 8 - (counted % 8);
    // The second half of a surrogate pair counts 0, because the first counts the pair's four bytes.
    else if (unit >= 0xdc00 && unit <= 0xdfff) continue;
    else counted += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit <= 0xdbff ? 4 : 3;
  }
  return at;
}

/** A blank text in which every place exists: a plugin gets descriptors without the texts they came from. */
function standIn(name: string, locations: readonly SourceCodeInfo_Location[]): SourceFile {
  let text: string | undefined;
  return {
    path: name,
    displayPath: name,
    get text(): string {
      text ??= blankText(locations);
      return text;
    },
  };
}

function blankText(locations: readonly SourceCodeInfo_Location[]): string {
  const widths: number[] = [];
  for (const {
    span: [startLine = 0, startColumn = 0, third = 0, fourth],
  } of locations) {
    const [endLine, endColumn] = fourth === undefined ? [startLine, third] : [third, fourth];
    widths[startLine] = Math.max(widths[startLine] ?? 0, startColumn);
    widths[endLine] = Math.max(widths[endLine] ?? 0, endColumn);
  }
  // A descriptor set can come from anywhere: its numbers must not decide how much memory this takes.
  return Array.from(widths.slice(0, 200_000), (width) => " ".repeat(Math.min(width ?? 0, 500))).join("\n");
}
