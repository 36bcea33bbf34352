import { breakAfter, createGroupId, fill, fluid, group, ifBroken, indent, join, line, softLine } from "./build.ts";
import type { Code } from "./code.ts";
import { printWidth } from "./layout.ts";
import { literalKey, numberText, quote, textWidth } from "./text.ts";

/**
 * What a literal is made of: JSON, and `expression`s in it. Keys whose value is `undefined` are left out.
 */
export type LiteralValue =
  | null
  | boolean
  | number
  | string
  | Expression
  | readonly LiteralValue[]
  | { readonly [key: string]: LiteralValue | undefined };

const expressionCode: unique symbol = Symbol("expression");

/** Code standing as a value in a literal: a symbol, a call. Made by `expression` and `call`; JSON can't hold one. */
export interface Expression {
  readonly [expressionCode]: Code;
  /** A call or member chain with nowhere to break: prettier rather breaks before it. */
  readonly isChain: boolean;
}

/** Code as a value in a literal: a name. */
export function expression(code: Code): Expression {
  return { [expressionCode]: code, isChain: false };
}

/** `root.a.b`; `isPure` marks the access as free of side effects. */
export function memberChain(root: Code, members: readonly string[], isPure: boolean = false): Expression {
  const links =
    members.length === 1
      ? members.map((member): Code => `.${member}`)
      : members.map((member) => group(indent([softLine, `.${member}`])));
  return { [expressionCode]: [isPure ? "/*@__PURE__*/ " : "", root, links], isChain: true };
}

/** A call; `isPure` marks it as free of side effects, so that bundlers may drop it. */
export function call(callee: Code, args: readonly LiteralValue[] = [], isPure: boolean = false): Expression {
  const [only] = args;
  const isHugging = args.length === 1 && isExpandable(only);
  const printed =
    args.length === 0
      ? "()"
      : isHugging
        ? ["(", literal(only), ")"]
        : group([
            "(",
            indent([
              softLine,
              join(
                [",", line],
                args.map((arg) => literal(arg)),
              ),
            ]),
            ifBroken(","),
            softLine,
            ")",
          ]);
  const isChain = args.length === 0 || (args.length === 1 && isShort(only));
  return { [expressionCode]: [isPure ? "/*@__PURE__*/ " : "", callee, printed], isChain };
}

/** Prettier's `isLoneShortArgument`: too short to be worth a line of its own. */
function isShort(value: LiteralValue | undefined): boolean {
  if (typeof value === "string") return quote(value).length <= printWidth / 4;
  if (isExpression(value)) return nameLength(value[expressionCode]) <= printWidth / 4;
  return !isExpandable(value);
}

function nameLength(code: Code): number {
  if (typeof code === "string") return code.length;
  return "kind" in code && code.kind === "symbol" ? code.name.length : Number.POSITIVE_INFINITY;
}

function isExpression(value: LiteralValue | undefined): value is Expression {
  return typeof value === "object" && value !== null && expressionCode in value;
}

/** The source text of a value; objects that don't fit on one line break, one property a line. */
export function literal(value: LiteralValue, options: { readonly break?: boolean } = {}): Code {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return quote(value);
  if (isExpression(value)) return value[expressionCode];
  return isList(value) ? arrayCode(value, options) : objectCode(value, options);
}

/**
 * A value after a name: `name = value` or `key: value`, broken where prettier breaks an assignment.
 *
 * `left` ends before the operator; `isKey` says that it is the key of an object literal.
 */
export function assignment(
  left: Code,
  operator: ":" | " =",
  right: { readonly value: LiteralValue; readonly break?: boolean },
): Code {
  const { value } = right;
  const code = literal(value, right.break === true ? { break: true } : {});
  const hasShortKey = operator === ":" && typeof left === "string" && textWidth(left) < 5;
  const isUnbreakable = typeof value === "string" || (isExpression(value) && value.isChain);
  if (isUnbreakable && !hasShortKey) return breakAfter(left, operator, code);
  const isScalar = typeof value === "number" || typeof value === "boolean";
  if (operator === ":" && (hasShortKey || isScalar)) return group([group(left), operator, " ", code]);
  return fluid(left, operator, code);
}

function isList(value: LiteralValue): value is readonly LiteralValue[] {
  return Array.isArray(value);
}

function isExpandable(
  value: LiteralValue | undefined,
): value is readonly LiteralValue[] | { readonly [key: string]: LiteralValue } {
  return typeof value === "object" && value !== null && !isExpression(value);
}

function arrayCode(values: readonly LiteralValue[], options: { readonly break?: boolean }): Code {
  if (values.length === 0) return "[]";
  const codes = values.map((value) => literal(value));
  if (values.every((value) => typeof value === "number")) {
    const id = createGroupId();
    const items = codes.map((code, index) => [code, index === codes.length - 1 ? ifBroken(",", "", id) : ","]);
    return group(["[", indent([softLine, fill(items)]), softLine, "]"], { id });
  }
  const content: Code = [
    "[",
    indent([
      softLine,
      join(
        [",", line],
        codes.map((code) => group(code)),
      ),
      ifBroken(","),
    ]),
    softLine,
    "]",
  ];
  return group(content, { break: options.break === true || isMatrix(values) });
}

/** Prettier always breaks arrays of two or more objects (or arrays) that have two or more entries each. */
function isMatrix(values: readonly LiteralValue[]): boolean {
  if (values.length < 2) return false;
  return values.every(isObjectOfSeveral) || values.every((value) => isList(value) && value.length > 1);
}

function isObjectOfSeveral(value: LiteralValue): boolean {
  return isExpandable(value) && !isList(value) && entriesOf(value).length > 1;
}

function objectCode(value: LiteralValue, options: { readonly break?: boolean }): Code {
  const entries = entriesOf(value);
  if (entries.length === 0) return "{}";
  const codes = entries.map(([key, entry]) =>
    isExpression(entry) && entry[expressionCode] === key ? key : assignment(literalKey(key), ":", { value: entry }),
  );
  const content: Code = ["{", indent([line, join([",", line], codes)]), ifBroken(","), line, "}"];
  return group(content, { break: options.break === true });
}

function entriesOf(value: LiteralValue): readonly (readonly [string, LiteralValue])[] {
  return Object.entries(value as { readonly [key: string]: LiteralValue | undefined }).filter(
    (entry): entry is [string, LiteralValue] => entry[1] !== undefined,
  );
}
