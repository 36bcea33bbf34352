import type { Code, CodeSymbol, GroupId } from "./code.ts";
import { textWidth } from "./text.ts";

/** Width that lines are laid out for, in columns. */
export const printWidth = 120;

/**
 * Lays out code as prettier does (the algorithm of its `printDocToString`): a group stays on one line when it and what
 * follows up to the next possible break fit, else its own lines break.
 */
export function layOut(code: Code, nameOf: (symbol: CodeSymbol) => string): string {
  const doc = prepare(code, nameOf);
  const printer: Printer = { out: [], column: 0, broken: new Map(), commands: [{ indentation: 0, flat: false, doc }] };
  for (let command = printer.commands.pop(); command !== undefined; command = printer.commands.pop())
    step(printer, command);
  return printer.out.join("");
}

type Doc =
  | { readonly kind: "text"; readonly text: string; readonly width: number }
  | { readonly kind: "list"; readonly docs: readonly Doc[]; readonly breaks: boolean }
  | { readonly kind: "group"; readonly doc: Doc; readonly breaks: boolean; readonly id: GroupId | undefined }
  | { readonly kind: "indent"; readonly doc: Doc; readonly breaks: boolean; readonly group: GroupId | undefined }
  | { readonly kind: "line"; readonly mode: "soft" | "space" | "hard" | "blank"; readonly breaks: boolean }
  | {
      readonly kind: "ifBroken";
      readonly broken: Doc;
      readonly flat: Doc;
      readonly group: GroupId | undefined;
      readonly breaks: boolean;
    }
  | { readonly kind: "fill"; readonly docs: readonly Doc[]; readonly from: number; readonly breaks: boolean };

interface Command {
  readonly indentation: number;
  readonly flat: boolean;
  readonly doc: Doc;
}

interface Printer {
  readonly out: string[];
  column: number;
  readonly broken: Map<GroupId, boolean>;
  readonly commands: Command[];
}

const space: Doc = { kind: "line", mode: "space", breaks: false };

/** Puts names in place of symbols, and marks what holds a forced break. */
function prepare(code: Code, nameOf: (symbol: CodeSymbol) => string): Doc {
  if (typeof code === "string") return { kind: "text", text: code, width: textWidth(code) };
  if (isList(code)) {
    const docs = code.map((item) => prepare(item, nameOf));
    return { kind: "list", docs, breaks: docs.some(breaks) };
  }
  switch (code.kind) {
    case "symbol": {
      const text = nameOf(code);
      return { kind: "text", text, width: textWidth(text) };
    }
    case "group": {
      const doc = prepare(code.code, nameOf);
      return { kind: "group", doc, breaks: code.break === true || breaks(doc), id: code.id };
    }
    case "indent":
    case "indentIfBroken": {
      const doc = prepare(code.code, nameOf);
      return { kind: "indent", doc, breaks: breaks(doc), group: code.kind === "indent" ? undefined : code.group };
    }
    case "line":
      return { kind: "line", mode: code.mode, breaks: code.mode === "hard" || code.mode === "blank" };
    case "ifBroken": {
      const broken = prepare(code.broken, nameOf);
      const flat = prepare(code.flat, nameOf);
      return { kind: "ifBroken", broken, flat, group: code.group, breaks: breaks(broken) || breaks(flat) };
    }
    case "fill": {
      const docs = code.items.map((item) => prepare(item, nameOf));
      return { kind: "fill", docs, from: 0, breaks: docs.some(breaks) };
    }
  }
}

function isList(code: Code): code is readonly Code[] {
  return Array.isArray(code);
}

function breaks(doc: Doc): boolean {
  return doc.kind !== "text" && doc.breaks;
}

function step(printer: Printer, command: Command): void {
  const { doc, indentation, flat } = command;
  switch (doc.kind) {
    case "text":
      printer.out.push(doc.text);
      printer.column += doc.width;
      return;
    case "list":
      for (let index = doc.docs.length - 1; index >= 0; index--) push(printer, indentation, flat, doc.docs[index]);
      return;
    case "group": {
      const next: Command = { indentation, flat: true, doc: doc.doc };
      const stays = flat ? !doc.breaks : !doc.breaks && fits(printer, next, printWidth - printer.column);
      printer.commands.push(stays ? next : { indentation, flat: false, doc: doc.doc });
      if (doc.id !== undefined) printer.broken.set(doc.id, !stays);
      return;
    }
    case "indent": {
      const deeper = doc.group === undefined || printer.broken.get(doc.group) === true;
      push(printer, deeper ? indentation + 2 : indentation, flat, doc.doc);
      return;
    }
    case "ifBroken": {
      const isBroken = doc.group === undefined ? !flat : printer.broken.get(doc.group) === true;
      push(printer, indentation, flat, isBroken ? doc.broken : doc.flat);
      return;
    }
    case "line":
      if (flat && !doc.breaks) {
        if (doc.mode === "space") push(printer, indentation, flat, { kind: "text", text: " ", width: 1 });
      } else {
        breakLine(printer, indentation, doc.mode === "blank" ? 2 : 1);
      }
      return;
    case "fill":
      stepFill(printer, command, doc);
  }
}

function push(printer: Printer, indentation: number, flat: boolean, doc: Doc | undefined): void {
  if (doc !== undefined) printer.commands.push({ indentation, flat, doc });
}

function breakLine(printer: Printer, indentation: number, count: number): void {
  for (let last = printer.out.length - 1; last >= 0; last--) {
    const trimmed = (printer.out[last] ?? "").replace(/[ \t]+$/, "");
    printer.out[last] = trimmed;
    if (trimmed !== "") break;
    printer.out.pop();
  }
  printer.out.push("\n".repeat(count), " ".repeat(indentation));
  printer.column = indentation;
}

/** One item, the break after it (a space when the next item fits on this line), then the rest. */
function stepFill(printer: Printer, command: Command, fill: Doc & { readonly kind: "fill" }): void {
  const { indentation } = command;
  const first = fill.docs[fill.from];
  if (first === undefined) return;
  const firstFlat: Command = { indentation, flat: true, doc: first };
  const firstFits = fits(printer, firstFlat, printWidth - printer.column, false);
  const second = fill.docs[fill.from + 1];
  if (second !== undefined) {
    const both: Command = {
      indentation,
      flat: true,
      doc: { kind: "list", docs: [first, space, second], breaks: false },
    };
    const bothFit = fits(printer, both, printWidth - printer.column, false);
    push(printer, indentation, command.flat, { ...fill, from: fill.from + 1 });
    push(printer, indentation, bothFit, space);
  }
  printer.commands.push(firstFits ? firstFlat : { ...firstFlat, flat: false });
}

/** Whether `next`, and with `withRest` what follows it up to the first possible break, fits in `width` columns. */
function fits(printer: Printer, next: Command, width: number, withRest = true): boolean {
  let left = width;
  let restIndex = withRest ? printer.commands.length : 0;
  const commands: { readonly flat: boolean; readonly doc: Doc }[] = [next];
  while (left >= 0) {
    const command = commands.pop();
    if (command === undefined) {
      const rest = printer.commands[--restIndex];
      if (rest === undefined) return true;
      commands.push(rest);
      continue;
    }
    const { doc, flat } = command;
    switch (doc.kind) {
      case "text":
        left -= doc.width;
        break;
      case "list":
        for (let index = doc.docs.length - 1; index >= 0; index--)
          commands.push({ flat, doc: doc.docs[index] ?? space });
        break;
      case "group":
        commands.push({ flat: doc.breaks ? false : flat, doc: doc.doc });
        break;
      case "indent":
        commands.push({ flat, doc: doc.doc });
        break;
      case "ifBroken": {
        const isBroken = doc.group === undefined ? !flat : printer.broken.get(doc.group) === true;
        commands.push({ flat, doc: isBroken ? doc.broken : doc.flat });
        break;
      }
      case "line":
        if (!flat || doc.breaks) return true;
        if (doc.mode === "space") left -= 1;
        break;
      case "fill":
        for (let index = doc.docs.length - 1; index >= doc.from; index--) {
          commands.push({ flat, doc: doc.docs[index] ?? space });
          if (index > doc.from) commands.push({ flat, doc: space });
        }
    }
  }
  return false;
}
