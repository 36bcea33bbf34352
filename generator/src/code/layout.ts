import type { Code, CodeSymbol, GroupId } from "./code.ts";
import { textWidth } from "./text.ts";

/** Width that lines are laid out for, in columns. */
export const printWidth = 120;

/**
 * Lays out code as prettier does (the algorithm of its `printDocToString`): a group stays on one line when it and what
 * follows up to the next possible break fit, else its own lines break.
 */
export function layOut(code: Code, nameOf: (symbol: CodeSymbol) => string): string {
  const commands: Commands = { docs: [], indentations: [], flats: [] };
  const printer: Printer = { out: [], column: 0, broken: new Map(), commands, trial: { docs: [], flats: [] } };
  push(printer, 0, false, prepare(code, nameOf));
  for (let doc = commands.docs.pop(); doc !== undefined; doc = commands.docs.pop()) {
    step(printer, doc, commands.indentations.pop() ?? 0, commands.flats.pop() === true);
  }
  return printer.out.join("");
}

/** Code with names in place of symbols. Plain text, of a column a character, is the string itself. */
type Doc =
  | string
  | { readonly kind: "text"; readonly text: string; readonly width: number; readonly breaks: false }
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
  | FillDoc;

interface FillDoc {
  readonly kind: "fill";
  readonly docs: readonly Doc[];
  readonly from: number;
  readonly breaks: boolean;
}

/** What is still to be printed, the next at the end; arrays side by side, since millions of small objects cost more. */
interface Commands {
  readonly docs: Doc[];
  readonly indentations: number[];
  readonly flats: boolean[];
}

interface Printer {
  readonly out: string[];
  column: number;
  readonly broken: Map<GroupId, boolean>;
  readonly commands: Commands;
  /** Used by `fits` while it runs. */
  readonly trial: Pick<Commands, "docs" | "flats">;
}

const lineDocs: Readonly<Record<"soft" | "space" | "hard" | "blank", Doc>> = {
  soft: { kind: "line", mode: "soft", breaks: false },
  space: { kind: "line", mode: "space", breaks: false },
  hard: { kind: "line", mode: "hard", breaks: true },
  blank: { kind: "line", mode: "blank", breaks: true },
};

/** Puts names in place of symbols, and marks what holds a forced break. */
function prepare(code: Code, nameOf: (symbol: CodeSymbol) => string): Doc {
  if (typeof code === "string") return prepareText(code);
  if (isList(code)) {
    const docs = code.map((item) => prepare(item, nameOf));
    return { kind: "list", docs, breaks: docs.some(breaks) };
  }
  switch (code.kind) {
    case "symbol":
      return prepareText(nameOf(code));
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
      return lineDocs[code.mode];
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

function prepareText(text: string): Doc {
  const width = textWidth(text);
  return width === text.length ? text : { kind: "text", text, width, breaks: false };
}

function isList(code: Code): code is readonly Code[] {
  return Array.isArray(code);
}

function breaks(doc: Doc): boolean {
  return typeof doc !== "string" && doc.breaks;
}

function step(printer: Printer, doc: Doc, indentation: number, flat: boolean): void {
  if (typeof doc === "string") return print(printer, doc, doc.length);
  switch (doc.kind) {
    case "text":
      return print(printer, doc.text, doc.width);
    case "list":
      for (let index = doc.docs.length - 1; index >= 0; index--) push(printer, indentation, flat, doc.docs[index]);
      return;
    case "group": {
      const stays = !doc.breaks && (flat || fits(printer, doc.doc, printWidth - printer.column));
      push(printer, indentation, stays, doc.doc);
      if (doc.id !== undefined) printer.broken.set(doc.id, !stays);
      return;
    }
    case "indent": {
      const deeper = doc.group === undefined || printer.broken.get(doc.group) === true;
      return push(printer, deeper ? indentation + 2 : indentation, flat, doc.doc);
    }
    case "ifBroken": {
      const isBroken = doc.group === undefined ? !flat : printer.broken.get(doc.group) === true;
      return push(printer, indentation, flat, isBroken ? doc.broken : doc.flat);
    }
    case "line":
      if (!flat || doc.breaks) return breakLine(printer, indentation, doc.mode === "blank" ? 2 : 1);
      if (doc.mode === "space") print(printer, " ", 1);
      return;
    case "fill":
      stepFill(printer, doc, { indentation, flat });
  }
}

function print(printer: Printer, text: string, width: number): void {
  printer.out.push(text);
  printer.column += width;
}

function push({ commands }: Printer, indentation: number, flat: boolean, doc: Doc | undefined): void {
  if (doc === undefined) return;
  commands.docs.push(doc);
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
  out.push("\n".repeat(count), " ".repeat(indentation));
  printer.column = indentation;
}

/** One item, the break after it (a space when the next item fits on this line), then the rest. */
function stepFill(
  printer: Printer,
  fill: FillDoc,
  { indentation, flat }: { readonly indentation: number; readonly flat: boolean },
): void {
  const first = fill.docs[fill.from];
  if (first === undefined) return;
  const left = printWidth - printer.column;
  const firstFits = fits(printer, first, left, false);
  const second = fill.docs[fill.from + 1];
  if (second !== undefined) {
    const both: Doc = { kind: "list", docs: [first, lineDocs.space, second], breaks: false };
    const bothFit = fits(printer, both, left, false);
    push(printer, indentation, flat, { ...fill, from: fill.from + 1 });
    push(printer, indentation, bothFit, lineDocs.space);
  }
  push(printer, indentation, firstFits, first);
}

/** Whether `next` on one line, and with `withRest` what follows it up to the next possible break, fits in `width`. */
function fits(printer: Printer, next: Doc, width: number, withRest = true): boolean {
  const { commands, trial } = printer;
  const { docs, flats } = trial;
  let left = width;
  let restIndex = withRest ? commands.docs.length : 0;
  let doc: Doc | undefined = next;
  let flat = true;
  docs.length = 0;
  flats.length = 0;
  for (;;) {
    if (typeof doc === "string") left -= doc.length;
    else if (doc.kind === "text") left -= doc.width;
    else if (doc.kind === "line") {
      if (!flat || doc.breaks) return true;
      if (doc.mode === "space") left -= 1;
    } else tryInner(printer, doc, flat);
    if (left < 0) return false;
    doc = docs.pop();
    if (doc !== undefined) flat = flats.pop() === true;
    else {
      restIndex -= 1;
      doc = commands.docs[restIndex];
      if (doc === undefined) return true;
      flat = commands.flats[restIndex] === true;
    }
  }
}

/** Puts what is in `doc` on trial. */
function tryInner({ trial, broken }: Printer, doc: Exclude<Doc, string>, flat: boolean): void {
  const { docs, flats } = trial;
  const add = (inner: Doc, isFlat: boolean): void => {
    docs.push(inner);
    flats.push(isFlat);
  };
  switch (doc.kind) {
    case "list":
      for (let index = doc.docs.length - 1; index >= 0; index--) add(doc.docs[index] ?? "", flat);
      return;
    case "group":
      return add(doc.doc, doc.breaks ? false : flat);
    case "indent":
      return add(doc.doc, flat);
    case "ifBroken": {
      const isBroken = doc.group === undefined ? !flat : broken.get(doc.group) === true;
      return add(isBroken ? doc.broken : doc.flat, flat);
    }
    case "fill":
      for (let index = doc.docs.length - 1; index >= doc.from; index--) {
        add(doc.docs[index] ?? "", flat);
        if (index > doc.from) add(lineDocs.space, flat);
      }
  }
}
