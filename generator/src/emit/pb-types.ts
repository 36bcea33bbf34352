import { ScalarType, type DescExtension, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { group, ifBroken, indent, line, softLine } from "../code/build.ts";
import type { Code } from "../code/code.ts";
import { shapeSymbol, type PbImports } from "./pb-names.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/** The type of a field in TypeScript, and whether it may be absent. */
export interface FieldType {
  readonly type: Code;
  readonly isOptional: boolean;
}

/** Exactly what protobuf-es expects of a message's property (its manual, section "Fields"). */
export function fieldType(field: DescField | DescExtension, imports: PbImports): FieldType {
  switch (field.fieldKind) {
    case "scalar":
      return { type: scalarType(field.scalar, field.longAsString), isOptional: field.proto.proto3Optional };
    case "enum":
      return { type: shapeSymbol(field.enum, imports), isOptional: field.proto.proto3Optional };
    case "message":
      return { type: messageType(field, field.message, imports), isOptional: true };
    case "list":
      return { type: [listElement(field, imports), "[]"], isOptional: false };
    case "map": {
      const value =
        field.mapKind === "scalar"
          ? scalarType(field.scalar, false)
          : field.mapKind === "enum"
            ? shapeSymbol(field.enum, imports)
            : messageType(field, field.message, imports);
      const inner: Code = ["[key: ", mapKeyType(field.mapKey), "]: ", value];
      return { type: group(["{", indent([line, inner, ifBroken(";")]), line, "}"]), isOptional: false };
    }
  }
}

function listElement(field: (DescField | DescExtension) & { readonly fieldKind: "list" }, imports: PbImports): Code {
  switch (field.listKind) {
    case "scalar":
      return scalarType(field.scalar, field.longAsString);
    case "enum":
      return shapeSymbol(field.enum, imports);
    case "message":
      return messageType(field, field.message, imports);
  }
}

/** protobuf-es unwraps google.protobuf.*Value of singular fields, and shows Struct as JSON. */
function messageType(field: DescField | DescExtension, message: DescMessage, imports: PbImports): Code {
  if (field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(message)) {
    return scalarType(message.fields[0].scalar, false);
  }
  if (message.typeName === "google.protobuf.Struct" && field.parent?.typeName !== "google.protobuf.Value") {
    return runtimeSymbol("JsonObject");
  }
  return shapeSymbol(message, imports);
}

function scalarType(scalar: ScalarType, isLongAsString: boolean): string {
  switch (scalar) {
    case ScalarType.STRING:
      return "string";
    case ScalarType.BOOL:
      return "boolean";
    case ScalarType.BYTES:
      return "Uint8Array";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return isLongAsString ? "string" : "bigint";
    default:
      return "number";
  }
}

function mapKeyType(key: ScalarType): "number" | "string" {
  const isNumber = scalarType(key, true) === "number";
  return isNumber ? "number" : "string";
}

/** `Name<A, B>`, broken between its arguments when the line is too short. */
export function generic(name: Code, args: readonly Code[]): Code {
  const [only] = args;
  if (args.length === 1 && only !== undefined) return [name, "<", only, ">"];
  return group([
    name,
    "<",
    indent([softLine, args.flatMap((arg, index) => (index === 0 ? [arg] : [",", line, arg]))]),
    softLine,
    ">",
  ]);
}
