import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import type { SourceRange } from "../source/source-file.ts";

/** Where the parts of an option's value stand; keys are JSON names. Compilers give places for whole options only. */
export interface OptionTree {
  keyStart: number;
  start: number;
  end: number;
  entries?: Map<string, OptionTree>;
  items?: OptionTree[];
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
}

/** Deeper values than any policy has are not located. */
const maxDepth = 20;

/**
 * Reads the text of option statements (`option (NAME) = { ... };`, `option (NAME).retry.max_attempts = 3;`) just far
 * enough to tell where every field stands. Undefined when the text is none of that; nothing is reported, because the
 * compiler has accepted the text already.
 */
export function locateOption(statements: readonly SourceRange[], name: string): OptionTree | undefined {
  let tree: OptionTree | undefined;
  for (const { file, start, end } of statements) {
    const cursor: Cursor = { tokens: tokenize(file.text, start, end), at: 0 };
    const path = readName(cursor, name);
    if (path === undefined || cursor.tokens[cursor.at]?.text !== "=") continue;
    cursor.at += 1;
    tree ??= { keyStart: start, start, end, entries: new Map() };
    const value = path.length === 0 ? tree : { keyStart: start, start, end };
    readValue(cursor, value, 0);
    if (path.length > 0) putAt(tree, path, value);
  }
  return tree;
}

/** `option ( trilogue . v1 . policy ) . retry . max_attempts` as the JSON names behind the parenthesis. */
function readName(cursor: Cursor, name: string): readonly string[] | undefined {
  const texts = cursor.tokens.map((token) => token.text);
  const open = texts.indexOf("(");
  const close = texts.indexOf(")");
  if (open === -1 || close < open) return undefined;
  const written = texts
    .slice(open + 1, close)
    .join("")
    .replace(/^\./, "");
  // Names may be relative to the package: `policy` inside trilogue.v1, `v1.policy` inside trilogue.
  if (name !== written && !name.endsWith(`.${written}`)) return undefined;
  cursor.at = close + 1;
  const path: string[] = [];
  while (cursor.tokens[cursor.at]?.text === ".") {
    path.push(...(cursor.tokens[cursor.at + 1]?.text ?? "").split(".").map(protoCamelCase));
    cursor.at += 2;
  }
  return path;
}

function putAt(tree: OptionTree, path: readonly string[], value: OptionTree): void {
  let parent = tree;
  for (const [index, key] of path.entries()) {
    parent.entries ??= new Map();
    if (index === path.length - 1) {
      addEntry(parent, key, value);
      return;
    }
    const next = parent.entries.get(key) ?? { keyStart: value.keyStart, start: value.start, end: value.end };
    parent.entries.set(key, next);
    parent = next;
  }
}

function readValue(cursor: Cursor, into: OptionTree, depth: number): void {
  const first = cursor.tokens[cursor.at];
  if (first === undefined || depth > maxDepth) return;
  into.start = first.start;
  if (first.text === "{" || first.text === "<") readMessage(cursor, into, depth);
  else if (first.text === "[") readList(cursor, into, depth);
  else readScalar(cursor, into);
}

function readMessage(cursor: Cursor, into: OptionTree, depth: number): void {
  cursor.at += 1;
  into.entries ??= new Map();
  for (let token = cursor.tokens[cursor.at]; token !== undefined; token = cursor.tokens[cursor.at]) {
    cursor.at += 1;
    if (token.text === "}" || token.text === ">") {
      into.end = token.end;
      return;
    }
    if (!/^[A-Za-z_]/.test(token.text)) continue;
    const entry: OptionTree = { keyStart: token.start, start: token.start, end: token.end };
    if (cursor.tokens[cursor.at]?.text === ":") cursor.at += 1;
    readValue(cursor, entry, depth + 1);
    addEntry(into, protoCamelCase(token.text), entry);
  }
}

function readList(cursor: Cursor, into: OptionTree, depth: number): void {
  cursor.at += 1;
  into.items = [];
  for (let token = cursor.tokens[cursor.at]; token !== undefined; token = cursor.tokens[cursor.at]) {
    if (token.text === "]") {
      cursor.at += 1;
      into.end = token.end;
      return;
    }
    if (token.text === ",") {
      cursor.at += 1;
      continue;
    }
    const item: OptionTree = { keyStart: token.start, start: token.start, end: token.end };
    const before = cursor.at;
    readValue(cursor, item, depth + 1);
    if (cursor.at === before) cursor.at += 1;
    into.items.push(item);
  }
}

function readScalar(cursor: Cursor, into: OptionTree): void {
  let token = cursor.tokens[cursor.at];
  if (token !== undefined && (token.text === "-" || token.text === "+")) token = cursor.tokens[++cursor.at];
  if (token === undefined) return;
  cursor.at += 1;
  into.end = token.end;
  // Adjacent strings are one string.
  for (
    let next = cursor.tokens[cursor.at];
    /^["']/.test(token.text) && next !== undefined && /^["']/.test(next.text);
  ) {
    into.end = next.end;
    cursor.at += 1;
    next = cursor.tokens[cursor.at];
  }
}

/** A field that comes again is repeated, or one message in two parts. */
function addEntry(parent: OptionTree, key: string, entry: OptionTree): void {
  parent.entries ??= new Map();
  const known = parent.entries.get(key);
  if (known === undefined) {
    parent.entries.set(key, entry);
    return;
  }
  known.items = [...(known.items ?? [{ ...known }]), ...(entry.items ?? [entry])];
  for (const [name, value] of entry.entries ?? []) {
    known.entries ??= new Map();
    if (!known.entries.has(name)) known.entries.set(name, value);
  }
}

const tokenPattern =
  /\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z0-9_][\w.]*|[\s\S]/y;

function tokenize(text: string, start: number, end: number): readonly Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = start;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text)?.[0];
    if (match === undefined) break;
    if (!/^(?:\s|\/\/|#|\/\*)/.test(match)) tokens.push({ text: match, start: at, end: at + match.length });
  }
  return tokens;
}
