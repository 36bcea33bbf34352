import { line } from "./build.ts";
import type { Code, CodeSymbol, Fill, GroupId, IfBroken, LayoutNode } from "./code.ts";
import { textWidth } from "./text.ts";

/** Width that lines are laid out for, in columns. */
export const printWidth = 120;

/**
 * Lays out code as prettier does (the algorithm of its `printDocToString`): a group stays on one line when it and what
 * follows up to the next possible break fit, else its own lines break.
 *
 * Nearly all code is plain ASCII, a column a character. Only what isn't is laid out again by the width of its letters.
 */
export function layOut(code: Code, nameOf: (symbol: CodeSymbol) => string): string {
  const text = print(code, { nameOf, widthOf: lengthOf });
  return plainText.test(text) ? text : print(code, { nameOf, widthOf: textWidth });
}

const plainText = /^[\n\u0020-\u007e]*$/;

function lengthOf(text: string): number {
  return text.length;
}

/** What is still to be printed, the next at the end; arrays side by side, since millions of small objects cost more. */
interface Commands {
  readonly codes: Code[];
  readonly indentations: number[];
  readonly flats: boolean[];
}

interface Printer {
  readonly nameOf: (symbol: CodeSymbol) => string;
  readonly widthOf: (text: string) => number;
  readonly out: string[];
  column: number;
  readonly broken: Map<GroupId, boolean>;
  readonly commands: Commands;
}

function print(code: Code, { nameOf, widthOf }: Pick<Printer, "nameOf" | "widthOf">): string {
  const commands: Commands = { codes: [], indentations: [], flats: [] };
  const printer: Printer = { nameOf, widthOf, out: [], column: 0, broken: new Map(), commands };
  push(printer, 0, false, code);
  for (let next = commands.codes.pop(); next !== undefined; next = commands.codes.pop()) {
    step(printer, next, commands.indentations.pop() ?? 0, commands.flats.pop() === true);
  }
  return printer.out.join("");
}

function step(printer: Printer, code: Code, indentation: number, flat: boolean): void {
  if (flat) return printFlat(printer, code);
  if (typeof code === "string") return write(printer, code);
  if (isList(code)) {
    for (let index = code.length - 1; index >= 0; index--) push(printer, indentation, false, code[index]);
    return;
  }
  switch (code.kind) {
    case "symbol":
      return write(printer, printer.nameOf(code));
    case "group": {
      const stays = !code.breaks && fits(printer, code.code);
      if (code.group !== undefined) printer.broken.set(code.group, !stays);
      return stays ? printFlat(printer, code.code) : push(printer, indentation, false, code.code);
    }
    case "indent": {
      const deeper = code.group === undefined || printer.broken.get(code.group) === true;
      return push(printer, deeper ? indentation + 2 : indentation, false, code.code);
    }
    case "ifBroken":
      return push(printer, indentation, false, chosen(printer, code, false));
    case "line":
      return breakLine(printer, indentation, code.mode === "blank" ? 2 : 1);
    case "fill":
      return stepFill(printer, code, indentation);
  }
}

/** Prints what is known to fit on this line. */
function printFlat(printer: Printer, code: Code): void {
  if (typeof code === "string") return write(printer, code);
  if (isList(code)) {
    for (const item of code) printFlat(printer, item);
    return;
  }
  switch (code.kind) {
    case "symbol":
      return write(printer, printer.nameOf(code));
    case "group":
      if (code.group !== undefined) printer.broken.set(code.group, false);
      return printFlat(printer, code.code);
    case "indent":
      return printFlat(printer, code.code);
    case "ifBroken":
      return printFlat(printer, chosen(printer, code, true));
    case "line":
      if (code.mode === "space") write(printer, " ");
      return;
    case "fill":
      for (let index = code.from; index < code.items.length; index++) {
        if (index > code.from) write(printer, " ");
        printFlat(printer, code.items[index] ?? "");
      }
  }
}

function chosen({ broken }: Printer, { group, broken: ifSo, flat: ifNot }: IfBroken, flat: boolean): Code {
  const isBroken = group === undefined ? !flat : broken.get(group) === true;
  return isBroken ? ifSo : ifNot;
}

function isList(code: Code): code is readonly Code[] {
  return Array.isArray(code);
}

function write(printer: Printer, text: string): void {
  printer.out.push(text);
  printer.column += printer.widthOf(text);
}

function push({ commands }: Printer, indentation: number, flat: boolean, code: Code | undefined): void {
  if (code === undefined) return;
  commands.codes.push(code);
  commands.indentations.push(indentation);
  commands.flats.push(flat);
}

function breakLine(printer: Printer, indentation: number, count: number): void {
  const { out } = printer;
  for (let last = out.at(-1); last !== undefined; last = out.at(-1)) {
    if (last !== "" && !last.endsWith(" ") && !last.endsWith("\t")) break;
    out.pop();
    const trimmed = last.replace(/[ \t]+$/, "");
    if (trimmed !== "") {
      out.push(trimmed);
      break;
    }
  }
  out.push(count === 1 ? "\n" : "\n\n", " ".repeat(indentation));
  printer.column = indentation;
}

/** One item, the break after it (a space when the next item fits on this line), then the rest. */
function stepFill(printer: Printer, fill: Fill, indentation: number): void {
  const first = fill.items[fill.from];
  if (first === undefined) return;
  const firstFits = fits(printer, first, false);
  const second = fill.items[fill.from + 1];
  if (second !== undefined) {
    const bothFit = fits(printer, [first, line, second], false);
    push(printer, indentation, false, { ...fill, from: fill.from + 1 });
    push(printer, indentation, bothFit, line);
  }
  push(printer, indentation, firstFits, first);
}

/** Whether `next` on one line, and with `withRest` what follows it up to the next possible break, fits on this line. */
function fits(printer: Printer, next: Code, withRest: boolean = true): boolean {
  const { codes, flats } = printer.commands;
  let left = measure(printer, next, true, printWidth - printer.column);
  for (let index = withRest ? codes.length - 1 : -1; index >= 0 && isOpen(left); index--) {
    left = measure(printer, codes[index] ?? "", flats[index] === true, left);
  }
  return left >= 0;
}

/** The columns that are left of `left` after the code: below 0 when it doesn't fit, `Infinity` from a break on. */
function measure(printer: Printer, code: Code, flat: boolean, left: number): number {
  if (typeof code === "string") return left - printer.widthOf(code);
  if (isList(code)) {
    for (let index = 0; index < code.length && isOpen(left); index++) {
      left = measure(printer, code[index] ?? "", flat, left);
    }
    return left;
  }
  switch (code.kind) {
    case "symbol":
      return left - printer.widthOf(printer.nameOf(code));
    case "group":
      return measure(printer, code.code, flat && !code.breaks, left);
    case "indent":
      return measure(printer, code.code, flat, left);
    case "ifBroken":
      return measure(printer, chosen(printer, code, flat), flat, left);
    case "line":
      if (!flat || code.breaks) return Number.POSITIVE_INFINITY;
      return code.mode === "space" ? left - 1 : left;
    case "fill":
      for (let index = code.from; index < code.items.length && isOpen(left); index++) {
        if (index > code.from) left = measure(printer, line, flat, left);
        if (isOpen(left)) left = measure(printer, code.items[index] ?? "", flat, left);
      }
      return left;
  }
}

function isOpen(left: number): boolean {
  return left >= 0 && left !== Number.POSITIVE_INFINITY;
}
