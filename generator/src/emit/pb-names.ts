import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { typeSymbol } from "../code/build.ts";
import type { CodeSymbol } from "../code/code.ts";
import { toPascalWords, toTypeName } from "../plan/identifiers.ts";
import { wellKnownProtos } from "../source/well-known-protos.ts";
import { wellKnownTypes } from "./runtime-symbols.ts";

/** Names that a `_pb` module exports; the same that protoc-gen-es gives, so that either can serve. */
export interface PbNames {
  /** Types of messages and enums: `Order_Line`. */
  readonly shapes: ReadonlyMap<DescMessage | DescEnum, string>;
  /** Descriptors: `OrderSchema`, `file_orders_v1_orders`, services and extensions under their own names. */
  readonly descriptors: ReadonlyMap<DescFile | DescMessage | DescEnum | DescExtension | DescService, string>;
}

/** Where the exports of generated and well-known protos come from. */
export interface PbImports {
  /** Paths of files whose `_pb` module is part of the output, or the user's own. */
  readonly isGenerated: (file: DescFile) => boolean;
}

const known = new WeakMap<DescFile, PbNames>();

/** Names of a file, in three rounds: types first, then descriptors; who comes later gets a `$`. */
export function pbNamesOf(file: DescFile): PbNames {
  const existing = known.get(file);
  if (existing !== undefined) return existing;
  const taken = new Set<string>();
  const take = (ideal: string): string => {
    let name = safeIdentifier(ideal);
    for (let count = 1; taken.has(name); count++) name = safeIdentifier(`${ideal}$${count === 1 ? "" : count - 1}`);
    taken.add(name);
    return name;
  };
  const types = [...nestedTypes(file)];
  const shapes = new Map<DescMessage | DescEnum, string>();
  for (const desc of types) {
    if (desc.kind === "message" || desc.kind === "enum") shapes.set(desc, take(localName(desc)));
  }
  const descriptors = new Map<DescFile | DescMessage | DescEnum | DescExtension | DescService, string>();
  descriptors.set(file, take(`file_${file.name.replace(/[^a-zA-Z0-9_]+/g, "_")}`));
  for (const desc of types) {
    const hasShape = desc.kind === "message" || desc.kind === "enum";
    descriptors.set(desc, take(hasShape ? `${localName(desc)}Schema` : localName(desc)));
  }
  const names = { shapes, descriptors };
  known.set(file, names);
  return names;
}

/** The type of a message or enum. */
export function shapeSymbol(desc: DescMessage | DescEnum, imports: PbImports): CodeSymbol {
  const name = pbNamesOf(desc.file).shapes.get(desc);
  if (name === undefined) throw new Error(`internal: ${desc.toString()} has no type`);
  const from = homeOf(desc.file, imports);
  return typeSymbol(name, from, packageName(desc.file, name));
}

/** The descriptor of a file or type; `isType` when it only stands behind `typeof`. */
export function descriptorSymbol(
  desc: DescFile | DescMessage | DescEnum | DescExtension | DescService,
  imports: PbImports,
  isType: boolean,
): CodeSymbol {
  const file = desc.kind === "file" ? desc : desc.file;
  const name = pbNamesOf(file).descriptors.get(desc);
  if (name === undefined) throw new Error(`internal: ${desc.toString()} has no descriptor name`);
  const alias = desc.kind === "service" ? `${name}Desc` : packageName(file, name);
  return { kind: "symbol", name, from: homeOf(file, imports), isType, alias };
}

/** What a type is called where another has its name: after its package (`acme.orders.v1`), `AcmeOrdersV1Order`. */
function packageName(file: DescFile, name: string): string {
  return toTypeName(`${toPascalWords(file.proto.package) || toPascalWords(file.name)}${name}`);
}

/** Module of a file's messages: `orders/v1/orders.proto` -> `orders/v1/orders_pb`. */
export function pbModuleOf(file: DescFile): string {
  return `${file.name}_pb`;
}

/** Well-known types come with protobuf-es, unless the run generates them itself. */
function homeOf(file: DescFile, imports: PbImports): CodeSymbol["from"] {
  return wellKnownProtos.has(file.proto.name) && !imports.isGenerated(file)
    ? wellKnownTypes
    : { module: pbModuleOf(file) };
}

/** `acme.v1.Order.Line` -> `Order_Line`; what begins with a digit, as descriptors allow, gets an underscore. */
function localName(desc: DescMessage | DescEnum | DescExtension | DescService): string {
  const { package: packageName } = desc.file.proto;
  const name = (packageName === "" ? desc.typeName : desc.typeName.slice(packageName.length + 1)).replaceAll(".", "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Appends `$` to what can't name a type or value; the list is that of protoc-gen-es. */
export function safeIdentifier(name: string): string {
  return reserved.has(name) ? `${name}$` : name;
}

const reserved: ReadonlySet<string> = new Set([
  "break",
  "case",
  "catch",
  "class",
  "const",
  "continue",
  "debugger",
  "default",
  "delete",
  "do",
  "else",
  "export",
  "extends",
  "false",
  "finally",
  "for",
  "function",
  "if",
  "import",
  "in",
  "instanceof",
  "new",
  "null",
  "return",
  "super",
  "switch",
  "this",
  "throw",
  "true",
  "try",
  "typeof",
  "var",
  "void",
  "while",
  "with",
  "yield",
  "enum",
  "implements",
  "interface",
  "let",
  "package",
  "private",
  "protected",
  "public",
  "static",
  "Object",
  "bigint",
  "number",
  "boolean",
  "string",
  "object",
  "globalThis",
  "Uint8Array",
  "Partial",
  "await",
  "arguments",
  "eval",
]);
