import type { Code, CodeSymbol, GroupId, LayoutNode } from "./code.ts";

/** A value that another module exports. */
export function symbol(name: string, from: CodeSymbol["from"], alias?: string): CodeSymbol {
  return { kind: "symbol", name, from, isType: false, ...(alias === undefined ? {} : { alias }) };
}

/** A type that another module exports; imported by `import type`. */
export function typeSymbol(name: string, from: CodeSymbol["from"], alias?: string): CodeSymbol {
  return { kind: "symbol", name, from, isType: true, ...(alias === undefined ? {} : { alias }) };
}

/** Code on one line when it fits, else broken at its own lines; `break: true` always breaks. */
export function group(code: Code, options?: { readonly break?: boolean; readonly id?: GroupId }): LayoutNode {
  return { kind: "group", code, breaks: options?.break === true || hasBreak(code), group: options?.id };
}

/** Code whose lines stand two spaces further right; with a group only when that is broken. */
export function indent(code: Code, group?: GroupId): LayoutNode {
  return { kind: "indent", code, breaks: hasBreak(code), group };
}

/** Nothing, or a line break when the group is broken. */
export const softLine: LayoutNode = { kind: "line", mode: "soft", breaks: false };

/** A space, or a line break when the group is broken. */
export const line: LayoutNode = { kind: "line", mode: "space", breaks: false };

/** A line break, always; breaks every group around it. */
export const hardLine: LayoutNode = { kind: "line", mode: "hard", breaks: true };

/** An empty line. */
export const blankLine: LayoutNode = { kind: "line", mode: "blank", breaks: true };

/** One code when the group (or the one named) is broken, another when it is on one line. */
export function ifBroken(broken: Code, flat: Code = "", group?: GroupId): LayoutNode {
  return { kind: "ifBroken", broken, flat, breaks: hasBreak(broken) || hasBreak(flat), group };
}

/** Items with a space between them, as many on each line as fit. */
export function fill(items: readonly Code[]): LayoutNode {
  return { kind: "fill", items, from: 0, breaks: hasBreak(items) };
}

/** A new name for a group. */
export function createGroupId(): GroupId {
  return { kind: "groupId" };
}

/** Codes with a separator between them. */
export function join(separator: Code, codes: readonly Code[]): Code {
  const joined: Code[] = [];
  for (const code of codes) {
    if (joined.length > 0) joined.push(separator);
    joined.push(code);
  }
  return joined;
}

/** `left operator right`, with the right side on a line of its own before its own lines break. */
export function breakAfter(left: Code, operator: string, right: Code): LayoutNode {
  return group([group(left), operator, group(indent([line, right]))]);
}

/** `left operator right`, where the right side breaks before the line after the operator does. */
export function fluid(left: Code, operator: string, right: Code): LayoutNode {
  const id = createGroupId();
  return group([group(left), operator, group(indent(line), { id }), indent(right, id)]);
}

/** Lines of a statement: text and symbols, one line each, with a break between them. */
export function lines(codes: readonly Code[]): Code {
  return join(hardLine, codes);
}

/**
 * Template tag: text with symbols and layout between.
 *
 * ```ts
 * code`export const ${name}: ${typeSymbol} = ${value};`
 * ```
 */
export function code(text: TemplateStringsArray, ...values: readonly Code[]): Code {
  const parts: Code[] = [];
  for (const [index, piece] of text.entries()) {
    if (piece !== "") parts.push(piece);
    const value = values[index];
    if (value !== undefined) parts.push(value);
  }
  return parts;
}

/** Statements that `make` makes anew each time they are asked for. */
export function madeOnDemand(make: () => Iterable<Code>): Iterable<Code> {
  return { [Symbol.iterator]: () => make()[Symbol.iterator]() };
}

function hasBreak(code: Code): boolean {
  if (typeof code === "string") return false;
  if (!Array.isArray(code)) return "breaks" in code && code.breaks;
  for (const item of code as readonly Code[]) if (hasBreak(item)) return true;
  return false;
}
