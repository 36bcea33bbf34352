import { breakAfter, fluid, group, hardLine, indent, join } from "./build.ts";
import type { Code } from "./code.ts";
import { documented } from "./doc-comment.ts";
import { assignment, literal } from "./literal.ts";
import type { LiteralValue } from "./literal.ts";
import { indentedTypeCode, isBreakableUnion, memberLines, typeCode } from "./type-layout.ts";
import type { TypeTree } from "./type-tree.ts";

/** `export interface Name { ... }`; an empty one has no lines. */
export function interfaceStatement(name: string, tree: TypeTree & { readonly kind: "object" }, doc?: Code): Code {
  const members = memberLines(tree);
  const body: Code =
    members.length === 0
      ? "{}"
      : [
          "{",
          indent([
            hardLine,
            join(
              hardLine,
              members.map((member) => [member, ";"]),
            ),
          ]),
          hardLine,
          "}",
        ];
  return documented(doc, [`export interface ${name} `, body]);
}

/** `export type Name = ...;` */
export function typeAlias(name: string, tree: TypeTree, doc?: Code): Code {
  const left = `export type ${name}`;
  const statement = isBreakableUnion(tree)
    ? breakAfter(left, " =", indentedTypeCode(tree))
    : fluid(left, " =", typeCode(tree));
  return documented(doc, [statement, ";"]);
}

/** An interface for an object type, else a type alias. */
export function typeStatement(name: string, tree: TypeTree, doc?: Code): Code {
  return tree.kind === "object" ? interfaceStatement(name, tree, doc) : typeAlias(name, tree, doc);
}

/** `export const name: Type = value;` with an object literal on lines of its own. */
export function constStatement(
  name: string,
  type: TypeTree,
  options: { readonly value: LiteralValue; readonly doc?: Code | undefined },
): Code {
  const left: Code = [`export const ${name}: `, typeCode(type)];
  const statement = hasNestedArguments(type)
    ? group([left, " = ", group(literal(options.value, { break: true }))])
    : // A list breaks when it must, as prettier has it; only an object keeps lines of its own.
      assignment(left, " =", { value: options.value, break: !Array.isArray(options.value) });
  return documented(options.doc, [statement, ";"]);
}

/** Prettier breaks such an annotation before anything else (`hasComplexTypeAnnotation`). */
function hasNestedArguments(type: TypeTree): boolean {
  if (type.kind !== "reference" || type.args === undefined || type.args.length < 2) return false;
  return type.args.some((argument) => argument.kind === "reference" && argument.args !== undefined);
}
