import { group, hardLine, ifBroken, indent, join, line, softLine } from "./build.ts";
import type { Code } from "./code.ts";
import { propertyKey } from "./text.ts";
import { isKeyword } from "./type-tree.ts";
import type { TypeMember, TypeTree } from "./type-tree.ts";

/** Where a type stands; it decides on parentheses and on who indents a broken union. */
type Position = "plain" | "indented" | "argument" | "operand" | "union" | "intersection" | "tuple";

/** A type after `name: `, or anywhere else where prettier indents a broken union itself. */
export function typeCode(tree: TypeTree): Code {
  return layOutType(tree, "plain");
}

/** A type after the `=` of a type alias; see `typeAlias`. */
export function isBreakableUnion(tree: TypeTree): boolean {
  return tree.kind === "union" && !isHuggedUnion(tree);
}

/** A union whose lines are indented by what stands around it. */
export function indentedTypeCode(tree: TypeTree): Code {
  return layOutType(tree, "indented");
}

/** Lines of an interface body or object type: docs, members, index signature. */
export function memberLines(tree: TypeTree & { readonly kind: "object" }): readonly Code[] {
  const members = tree.members.map(memberCode);
  if (tree.index !== undefined)
    members.push(
      group(["readonly [", group([indent([softLine, "key: string"]), softLine]), "]: ", typeCode(tree.index)]),
    );
  return members;
}

function layOutType(tree: TypeTree, position: Position): Code {
  switch (tree.kind) {
    case "keyword":
      return tree.name;
    case "literal":
      return tree.text;
    case "reference":
      return tree.args === undefined ? tree.name : [tree.name, typeArguments(tree.args)];
    case "typeof":
      return inParentheses(position === "operand", ["typeof ", tree.name]);
    case "object":
      return objectCode(tree);
    case "array":
      return inParentheses(position === "operand", ["readonly ", layOutType(tree.element, "operand"), "[]"]);
    case "tuple":
      return inParentheses(position === "operand", ["readonly ", tupleCode(tree)]);
    case "union":
      return unionCode(tree, position);
    case "intersection":
      return inParentheses(position === "operand" || position === "union", intersectionCode(tree));
  }
}

function inParentheses(isNeeded: boolean, code: Code): Code {
  return isNeeded ? ["(", code, ")"] : code;
}

function memberCode(member: TypeMember): Code {
  const signature: Code = [
    `readonly ${propertyKey(member.name)}${member.isOptional ? "?" : ""}: `,
    typeCode(member.type),
  ];
  return member.doc === undefined ? signature : [member.doc, hardLine, signature];
}

function objectCode(tree: TypeTree & { readonly kind: "object" }): Code {
  const members = memberLines(tree);
  if (members.length === 0) return "{}";
  return group(["{", indent([line, join([";", line], members)]), ifBroken(";"), line, "}"], {
    break: tree.break === true,
  });
}

/** `<A, B>`: one plain argument hugs its brackets, the rest break one a line. */
function typeArguments(args: readonly TypeTree[]): Code {
  const [only] = args;
  if (args.length === 1 && only !== undefined && isHugged(only)) return ["<", layOutType(only, "argument"), ">"];
  const codes = args.map((argument) => layOutType(argument, "argument"));
  return group(["<", indent([softLine, join([",", line], codes)]), softLine, ">"]);
}

function tupleCode(tree: TypeTree & { readonly kind: "tuple" }): Code {
  if (tree.elements.length === 0) return "[]";
  const isSeveral = tree.elements.length > 1;
  const codes = tree.elements.map((element): Code => {
    if (element.mode === "rest") return ["...", layOutType(element.type, "operand"), "[]"];
    if (element.mode === "optional")
      return [layOutType(element.type, element.type.kind === "typeof" ? "plain" : "operand"), "?"];
    return group(layOutType(element.type, isSeveral ? "tuple" : "argument"));
  });
  return group(["[", indent([softLine, join([",", line], codes), ifBroken(",")]), softLine, "]"]);
}

function unionCode(tree: TypeTree & { readonly kind: "union" }, position: Position): Code {
  const needsParentheses = position === "operand" || position === "intersection";
  if (isHuggedUnion(tree)) {
    const members = join(
      " | ",
      tree.members.map((member) => layOutType(member, "union")),
    );
    return inParentheses(needsParentheses, members);
  }
  const printed = group(
    tree.members.map((member, index) => [
      index === 0 ? ifBroken("| ") : [line, "| "],
      indent(layOutType(member, "union")),
    ]),
  );
  if (needsParentheses) return ["(", group([indent([softLine, printed]), softLine]), ")"];
  if (position === "tuple") return group([indent([ifBroken(["(", softLine]), printed]), softLine, ifBroken(")")]);
  return position === "plain" ? group(indent([softLine, printed])) : printed;
}

function intersectionCode(tree: TypeTree & { readonly kind: "intersection" }): Code {
  let wasIndented = false;
  return group(
    tree.members.map((member, index): Code => {
      const code = layOutType(member, "intersection");
      const previous = tree.members[index - 1];
      if (previous === undefined) return code;
      const isObject = member.kind === "object";
      const isPreviousObject = previous.kind === "object";
      if (isObject && isPreviousObject) return [" & ", wasIndented ? indent(code) : code];
      if (!isObject && !isPreviousObject) return indent([" &", line, code]);
      if (index > 1) wasIndented = true;
      return [" & ", index > 1 ? indent(code) : code];
    }),
  );
}

/** Prettier's `shouldHugType`: what stands directly between type brackets. */
function isHugged(tree: TypeTree): boolean {
  if (tree.kind === "keyword" || tree.kind === "literal" || tree.kind === "object") return true;
  if (tree.kind === "reference") return tree.args === undefined;
  return tree.kind === "union" && isHuggedUnion(tree);
}

/** Prettier's `shouldHugUnionType`: one object-like type, and `null` or `void` beside it. */
function isHuggedUnion(tree: TypeTree & { readonly kind: "union" }): boolean {
  const objectLike = tree.members.find((member) => member.kind === "object" || member.kind === "reference");
  if (objectLike === undefined) return false;
  return tree.members.every(
    (member) => member === objectLike || isKeyword(member, "null") || isKeyword(member, "void"),
  );
}
