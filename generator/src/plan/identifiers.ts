import { identifierPart, isIdentifierName } from "../code/text.ts";

/**
 * A name for an exported type: the contract's own whenever it is a valid identifier, else its words in PascalCase.
 * Never empty, never a reserved word.
 */
export function toTypeName(name: string): string {
  if (isUsable(name)) return name;
  const pascal = repair(words(name).map(capitalise).join(""), "Type");
  return isUsable(pascal) ? pascal : `${pascal}_`;
}

/** A name for an exported value: words in camelCase. Reserved words get `suffix`: `deleteOperation`. */
export function toValueName(name: string, suffix: string): string {
  const camel = toLocalName(name);
  return isUsable(camel) ? camel : `${camel}${suffix}`;
}

/** A name for a member of an object, in camelCase: any word will do but those that objects already answer to. */
export function toLocalName(name: string): string {
  const [first = "", ...rest] = words(name);
  const camel = repair(decapitalise(first) + rest.map(capitalise).join(""), "operation");
  return unsafeMembers.has(camel) ? `${camel}Operation` : camel;
}

/** Words in PascalCase, for parts of longer names; empty when there are none. */
export function toPascalWords(name: string): string {
  return words(name).map(capitalise).join("");
}

const wordPattern = new RegExp(`[${identifierPart}]+`, "g");

/** Words: runs of letters, digits and marks of any script. */
function words(name: string): readonly string[] {
  return (name.match(wordPattern) ?? [])
    .flatMap((run) => run.split(/[_$\u203f\u2040\ufe33\ufe34\ufe4d-\ufe4f\uff3f]+/))
    .filter((word) => word !== "");
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `HTTPServer` -> `httpServer`, `ID` -> `id`, `createPayment` as it is. */
function decapitalise(word: string): string {
  return word.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|[^\p{L}]|$)|^\p{Lu}/u, (start) => start.toLowerCase());
}

/** What can begin an identifier. */
function repair(name: string, otherwise: string): string {
  if (name === "") return otherwise;
  return isIdentifierName(name) ? name : `_${name}`;
}

function isUsable(name: string): boolean {
  return isIdentifierName(name) && !reserved.has(name);
}

/** Members that would make a client a promise, or that every object has. */
const unsafeMembers: ReadonlySet<string> = new Set([
  "then",
  "constructor",
  "prototype",
  "toString",
  "toLocaleString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toJSON",
]);

/** Words that can't name a declaration of a module, as a value or as a type. */
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
  "enum",
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
  "implements",
  "interface",
  "let",
  "package",
  "private",
  "protected",
  "public",
  "static",
  "yield",
  "await",
  "async",
  "of",
  "arguments",
  "eval",
  "undefined",
  "NaN",
  "Infinity",
  "globalThis",
  "any",
  "unknown",
  "never",
  "number",
  "bigint",
  "boolean",
  "string",
  "symbol",
  "object",
  "type",
  "as",
  "is",
  "asserts",
  "infer",
  "keyof",
  "readonly",
  "unique",
  "declare",
  "namespace",
  "module",
  "abstract",
  "global",
  "get",
  "set",
  "satisfies",
  "accessor",
  "using",
  "out",
  "override",
  "require",
  "exports",
  "intrinsic",
  "constructor",
  "prototype",
  "__proto__",
  "hasOwnProperty",
  "toString",
  "valueOf",
]);
