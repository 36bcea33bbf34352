import type {
  AnyDesc,
  DescEnum,
  DescExtension,
  DescField,
  DescMessage,
  DescOneof,
  DescService,
} from "@bufbuild/protobuf";
import { nestedTypes, parentTypes } from "@bufbuild/protobuf/reflect";
import type { CodegenValueName } from "@trilogue/runtime/codegen/symbols";
import { fluid, group, hardLine, ifBroken, indent, join, line, lines } from "../code/build.ts";
import type { Code, CodeModule } from "../code/code.ts";
import { docComment, documented } from "../code/doc-comment.ts";
import { call, expression, literal, type LiteralValue } from "../code/literal.ts";
import { literalKey, propertyKey, quote } from "../code/text.ts";
import type { RpcContract } from "../model/rpc.ts";
import { descriptorSymbol, pbModuleOf, pbNamesOf, shapeSymbol, type PbImports } from "./pb-names.ts";
import { fieldType, generic } from "./pb-types.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/**
 * The `_pb` module of a proto file: types, schemas, enums, extensions and service descriptors onto the `codegenv2` ABI
 * of protobuf-es, equal in effect to protoc-gen-es with `target=ts,erasable_syntax=true`.
 */
export function emitPb(contract: RpcContract, imports: PbImports): CodeModule {
  const { file } = contract;
  const names = pbNamesOf(file);
  const emitter: Emitter = { contract, imports, indexes: indexTypes(contract) };
  const statements: Code[] = [fileStatement(emitter)];
  for (const desc of nestedTypes(file)) {
    switch (desc.kind) {
      case "message":
        statements.push(messageStatement(desc, emitter), schemaStatement(desc, emitter));
        break;
      case "enum":
        statements.push(...enumStatements(desc, emitter), schemaStatement(desc, emitter));
        break;
      case "extension":
        statements.push(extensionStatement(desc, emitter));
        break;
      case "service":
        statements.push(serviceStatement(desc, emitter));
    }
  }
  const declares = [...names.shapes.values(), ...names.descriptors.values()];
  return { path: pbModuleOf(file), source: contract.path, declares, statements };
}

type TypeDesc = DescMessage | DescEnum | DescExtension | DescService;

interface Emitter {
  readonly contract: RpcContract;
  readonly imports: PbImports;
  /** Path of every type as the ABI wants it: indexes from the file down. */
  readonly indexes: ReadonlyMap<TypeDesc, readonly number[]>;
}

function indexTypes(contract: RpcContract): ReadonlyMap<TypeDesc, readonly number[]> {
  const indexes = new Map<TypeDesc, readonly number[]>();
  const add = (list: readonly TypeDesc[], parent: readonly number[]): void =>
    list.forEach((desc, index) => indexes.set(desc, [...parent, index]));
  const addNested = (message: DescMessage): void => {
    const own = indexes.get(message) ?? [];
    for (const list of [message.nestedMessages, message.nestedEnums, message.nestedExtensions]) add(list, own);
    message.nestedMessages.forEach(addNested);
  };
  for (const list of [contract.file.messages, contract.file.enums, contract.file.extensions, contract.file.services])
    add(list, []);
  contract.file.messages.forEach(addNested);
  return indexes;
}

function fileStatement({ contract, imports }: Emitter): Code {
  const { file, descriptor, dependencies } = contract;
  const base64 = Buffer.from(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength)
    .toString("base64")
    .replace(/=+$/, "");
  const args: LiteralValue[] = [base64];
  if (dependencies.length > 0)
    args.push(dependencies.map((dependency) => expression(descriptorSymbol(dependency, imports, false))));
  const doc = docComment(`Describes the file ${contract.path}.`, { isDeprecated: file.deprecated });
  return documented(
    doc,
    constant(descriptorSymbol(file, imports, false), runtimeSymbol("GenFile"), pureCall("fileDesc", args)),
  );
}

function schemaStatement(desc: DescMessage | DescEnum, emitter: Emitter): Code {
  const isMessage = desc.kind === "message";
  const text = isMessage
    ? `Describes the message ${desc.typeName}. Use \`create(${nameOf(desc, emitter)})\` to make one.`
    : `Describes the enum ${desc.typeName}.`;
  const type = generic(runtimeSymbol(isMessage ? "GenMessage" : "GenEnum"), [shapeSymbol(desc, emitter.imports)]);
  return documented(docComment(text, { isDeprecated: isDeprecated(desc) }), typeConstant(desc, type, emitter));
}

function messageStatement(desc: DescMessage, emitter: Emitter): Code {
  const members = desc.members.map((member) =>
    member.kind === "oneof" ? oneofMember(member, emitter) : fieldMember(member, emitter),
  );
  const body: Code = members.length === 0 ? "{}" : ["{", indent([hardLine, join(hardLine, members)]), hardLine, "}"];
  const left: Code = ["export type ", shapeSymbol(desc, emitter.imports)];
  const marker: Code = generic(runtimeSymbol("Message"), [quote(desc.typeName)]);
  const statement = fluid(left, " =", [marker, " & ", body, ";"]);
  return documented(typeDoc(desc, emitter), statement);
}

function fieldMember(field: DescField, emitter: Emitter): Code {
  const { type, isOptional } = fieldType(field, emitter.imports);
  const key = `${propertyKey(field.localName)}${isOptional ? "?" : ""}:`;
  const code: Code = isOptional
    ? group([key, indent([line, group([ifBroken("| "), type, line, "| undefined"])]), ";"])
    : [key, " ", type, ";"];
  return documented(memberDoc(field, emitter), code);
}

function oneofMember(oneof: DescOneof, emitter: Emitter): Code {
  const cases = oneof.fields.map((field): Code => {
    const doc = memberDoc(field, emitter);
    const { type } = fieldType(field, emitter.imports);
    const value = documented(doc, ["value: ", type]);
    return group(["{", indent([line, value, ";", line, `case: ${quote(field.localName)}`, ifBroken(";")]), line, "}"]);
  });
  const members = [...cases, "{ case: undefined; value?: undefined }"];
  const separated = members.map((member, index): Code => [
    index === 0 ? ifBroken("| ", "") : [line, "| "],
    indent(member),
  ]);
  const key = `${propertyKey(oneof.localName)}:`;
  return documented(memberDoc(oneof, emitter), group([key, indent([line, group(separated)]), ";"]));
}

/** An erasable enum: its values as a constant, and their type under the same name. */
function enumStatements(desc: DescEnum, emitter: Emitter): readonly Code[] {
  const shape = shapeSymbol(desc, emitter.imports);
  const seen = new Set<string>();
  const values = desc.values.flatMap((value): readonly Code[] => {
    // Names that differ only in the case of a shared prefix become equal; the first stays, as in the descriptor.
    if (seen.has(value.localName)) return [];
    seen.add(value.localName);
    return [documented(memberDoc(value, emitter), `${literalKey(value.localName)}: ${value.number},`)];
  });
  const body: Code = values.length === 0 ? "{}" : ["{", indent([hardLine, join(hardLine, values)]), hardLine, "}"];
  const doc = typeDoc(desc, emitter);
  const value = documented(doc, ["export const ", shape, " = ", body, " as const;"]);
  const keys: Code = ["(typeof ", shape, ")[keyof typeof ", shape, "]"];
  const left: Code = ["export type ", shape, " ="];
  const type = desc.open
    ? group([left, indent([line, group([ifBroken("| "), keys, line, "| ", runtimeSymbol("UnknownEnum")])]), ";"])
    : group([left, group(indent([line, keys])), ";"]);
  return [value, documented(doc, type)];
}

function extensionStatement(desc: DescExtension, emitter: Emitter): Code {
  const type = generic(runtimeSymbol("GenExtension"), [
    shapeSymbol(desc.extendee, emitter.imports),
    fieldType(desc, emitter.imports).type,
  ]);
  return documented(typeDoc(desc, emitter), typeConstant(desc, type, emitter));
}

function serviceStatement(desc: DescService, emitter: Emitter): Code {
  const methods = desc.methods.map((method): Code => {
    const parts: readonly Code[] = [
      `methodKind: ${quote(method.methodKind)}`,
      ["input: typeof ", descriptorSymbol(method.input, emitter.imports, true)],
      ["output: typeof ", descriptorSymbol(method.output, emitter.imports, true)],
    ];
    const shape = ["{", indent([hardLine, lines(parts.map((part) => [part, ";"]))]), hardLine, "};"];
    return documented(methodDoc(method, emitter), [propertyKey(method.localName), ": ", shape]);
  });
  const shape: Code = methods.length === 0 ? "{}" : ["{", indent([hardLine, join(hardLine, methods)]), hardLine, "}"];
  return documented(typeDoc(desc, emitter), typeConstant(desc, generic(runtimeSymbol("GenService"), [shape]), emitter));
}

const descriptorFunctions = {
  message: "messageDesc",
  enum: "enumDesc",
  extension: "extDesc",
  service: "serviceDesc",
} as const;

function typeConstant(desc: TypeDesc, type: Code, emitter: Emitter): Code {
  const file = expression(descriptorSymbol(emitter.contract.file, emitter.imports, false));
  const value = pureCall(descriptorFunctions[desc.kind], [file, ...(emitter.indexes.get(desc) ?? [])]);
  return constant(descriptorSymbol(desc, emitter.imports, false), type, value);
}

function constant(name: Code, type: Code, value: Code): Code {
  return [fluid(["export const ", name, ": ", type], " =", value), ";"];
}

function pureCall(name: CodegenValueName, args: readonly LiteralValue[]): Code {
  return literal(call(runtimeSymbol(name), args, true));
}

function nameOf(desc: TypeDesc, { contract }: Emitter): string {
  return pbNamesOf(contract.file).descriptors.get(desc) ?? desc.name;
}

/** The comment of a type, else its name, and its place. */
function typeDoc(desc: TypeDesc, emitter: Emitter): Code | undefined {
  const { line: at, text } = emitter.contract.docs.get(desc) ?? { line: 0, text: "" };
  const place = at === 0 ? {} : { place: `${emitter.contract.path}:${at}` };
  return docComment(text === "" ? `The ${desc.toString()}.` : text, { ...place, isDeprecated: isDeprecated(desc) });
}

function methodDoc(desc: AnyDesc & { readonly kind: "rpc" }, emitter: Emitter): Code | undefined {
  const { line: at, text } = emitter.contract.docs.get(desc) ?? { line: 0, text: "" };
  return docComment(text, {
    ...(at === 0 ? {} : { place: `${emitter.contract.path}:${at}` }),
    isDeprecated: desc.deprecated,
  });
}

/** Members of a type stand next to each other, so their docs need no place. */
function memberDoc(desc: AnyDesc, emitter: Emitter): Code | undefined {
  return docComment(emitter.contract.docs.get(desc)?.text, { isDeprecated: desc.deprecated });
}

function isDeprecated(desc: TypeDesc): boolean {
  return desc.deprecated || parentTypes(desc).some((parent) => parent.deprecated);
}
