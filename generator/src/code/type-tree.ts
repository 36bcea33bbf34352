import type { Code, CodeSymbol } from "./code.ts";
import { numberText, quote } from "./text.ts";

/**
 * A TypeScript type, as far as emitters need to look into one: to join it with others and to lay it out as prettier
 * does. All members are readonly; names are symbols or names the module declares.
 */
export type TypeTree =
  | { readonly kind: "keyword"; readonly name: TypeKeyword }
  | { readonly kind: "literal"; readonly text: string; readonly base: "string" | "number" | "bigint" | "boolean" }
  | { readonly kind: "reference"; readonly name: CodeSymbol | string; readonly args?: readonly TypeTree[] }
  | { readonly kind: "typeof"; readonly name: CodeSymbol | string }
  | {
      readonly kind: "object";
      readonly members: readonly TypeMember[];
      readonly index?: TypeTree;
      readonly break?: boolean;
    }
  | { readonly kind: "array"; readonly element: TypeTree }
  | { readonly kind: "tuple"; readonly elements: readonly TupleElement[] }
  | { readonly kind: "union"; readonly members: readonly TypeTree[] }
  | { readonly kind: "intersection"; readonly members: readonly TypeTree[] };

/** Types that are words of the language. */
export type TypeKeyword =
  "unknown" | "never" | "null" | "undefined" | "void" | "boolean" | "number" | "bigint" | "string";

/** A property of an object type. */
export interface TypeMember {
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: TypeTree;
  /** A doc comment, made by `docComment`. */
  readonly doc?: Code;
}

/** An element of a tuple; `rest` elements are printed `...T[]`. */
export interface TupleElement {
  readonly type: TypeTree;
  readonly mode: "required" | "optional" | "rest";
}

const keywords = new Map<TypeKeyword, TypeTree>();

/** A type that is a word of the language. */
export function keyword(name: TypeKeyword): TypeTree {
  const known = keywords.get(name);
  if (known !== undefined) return known;
  const tree: TypeTree = { kind: "keyword", name };
  keywords.set(name, tree);
  return tree;
}

/** The type of one JSON scalar, or of a bigint that stands for one. */
export function literalType(value: string | number | bigint | boolean | null): TypeTree {
  if (value === null) return keyword("null");
  if (typeof value === "string") return { kind: "literal", text: quote(value), base: "string" };
  if (typeof value === "number") return { kind: "literal", text: numberText(value), base: "number" };
  if (typeof value === "bigint") return { kind: "literal", text: `${value}n`, base: "bigint" };
  return { kind: "literal", text: String(value), base: "boolean" };
}

/** A named type, with type arguments when it has some. */
export function reference(name: CodeSymbol | string, args: readonly TypeTree[] = []): TypeTree {
  return args.length === 0 ? { kind: "reference", name } : { kind: "reference", name, args };
}

/** `typeof name`. */
export function typeOf(name: CodeSymbol | string): TypeTree {
  return { kind: "typeof", name };
}

/** An object type; `index` is what its other keys hold. */
export function objectType(members: readonly TypeMember[], index?: TypeTree): TypeTree {
  return { kind: "object", members, ...(index === undefined ? {} : { index }) };
}

/** `readonly T[]`. */
export function arrayType(element: TypeTree): TypeTree {
  return { kind: "array", element };
}

/**
 * The union of types, flattened and without repeats; `never` adds nothing and `unknown` swallows all.
 *
 * Literals beside their base type stay visible (`"a" | (string & {})`), so that editors still offer them.
 */
export function union(members: readonly TypeTree[]): TypeTree {
  const flat = distinct(members.flatMap((member) => (member.kind === "union" ? member.members : [member]))).filter(
    (member) => !isKeyword(member, "never"),
  );
  if (flat.some((member) => isKeyword(member, "unknown"))) return keyword("unknown");
  const [only] = flat;
  if (only === undefined) return keyword("never");
  if (flat.length === 1) return only;
  const hasTags = flat.some((member) => member.kind === "literal" && member.base === "string");
  const kept = flat.flatMap((member): readonly TypeTree[] => {
    if (member.kind === "literal" && member.base !== "string" && flat.some((other) => isKeyword(other, member.base)))
      return [];
    return hasTags && isKeyword(member, "string") ? [openString] : [member];
  });
  const isBoolean = (text: string): boolean => kept.some((member) => member.kind === "literal" && member.text === text);
  const folded =
    isBoolean("true") && isBoolean("false")
      ? kept.flatMap((member) =>
          member.kind !== "literal" || member.base !== "boolean"
            ? [member]
            : member.text === "true"
              ? [keyword("boolean")]
              : [],
        )
      : kept;
  return folded.length === 1 && folded[0] !== undefined ? folded[0] : { kind: "union", members: folded };
}

/** The intersection of types, flattened and without repeats; `unknown` adds nothing and `never` swallows all. */
export function intersection(members: readonly TypeTree[]): TypeTree {
  const flat = distinct(
    members.flatMap((member) => (member.kind === "intersection" && member !== openString ? member.members : [member])),
  ).filter((member) => !isKeyword(member, "unknown"));
  if (flat.some((member) => isKeyword(member, "never"))) return keyword("never");
  const kept = flat.filter((member) => !isBaseOfLiteral(member, flat));
  const keywords = kept.filter((member) => member.kind === "keyword");
  if (keywords.length > 1) return keyword("never");
  const [only] = kept;
  if (only === undefined) return keyword("unknown");
  return kept.length === 1 ? only : { kind: "intersection", members: kept };
}

/** A text that is equal for equal types, for comparison and sorting only. */
export function typeKey(tree: TypeTree): string {
  switch (tree.kind) {
    case "keyword":
      return tree.name;
    case "literal":
      return tree.text;
    case "reference":
      return `${nameKey(tree.name)}<${(tree.args ?? []).map(typeKey).join()}>`;
    case "typeof":
      return `typeof ${nameKey(tree.name)}`;
    case "object": {
      const members = tree.members.map(
        (member) => `${quote(member.name)}${member.isOptional ? "?" : ""}:${typeKey(member.type)}`,
      );
      return `{${members.join(";")};${tree.index === undefined ? "" : `[]:${typeKey(tree.index)}`}}`;
    }
    case "array":
      return `(${typeKey(tree.element)})[]`;
    case "tuple":
      return `[${tree.elements.map((element) => `${element.mode} ${typeKey(element.type)}`).join()}]`;
    case "union":
      return `(${tree.members.map(typeKey).join("|")})`;
    case "intersection":
      return `(${tree.members.map(typeKey).join("&")})`;
  }
}

/** Whether a type is that word. */
export function isKeyword(tree: TypeTree, name: TypeKeyword): boolean {
  return tree.kind === "keyword" && tree.name === name;
}

/** `string & {}`: every string, without swallowing the literals beside it. */
const openString: TypeTree = {
  kind: "intersection",
  members: [
    { kind: "keyword", name: "string" },
    { kind: "object", members: [] },
  ],
};

function nameKey(name: CodeSymbol | string): string {
  if (typeof name === "string") return name;
  return `${"package" in name.from ? name.from.package : name.from.module}#${name.name}`;
}

function distinct(members: readonly TypeTree[]): readonly TypeTree[] {
  if (members.length < 2) return members;
  const seen = new Set<string>();
  return members.filter((member) => {
    const key = typeKey(member);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** `string` beside `"a"` in an intersection adds nothing. */
function isBaseOfLiteral(member: TypeTree, all: readonly TypeTree[]): boolean {
  return member.kind === "keyword" && all.some((other) => isWithin(other, member.name));
}

function isWithin(tree: TypeTree, base: TypeKeyword): boolean {
  if (tree.kind === "literal") return tree.base === base;
  return tree.kind === "union" && tree.members.every((member) => isWithin(member, base));
}
