import { setPlace } from "./json.ts";
import type { JsonValue } from "./json.ts";
import { defaultLimits, refuseLongText } from "./read-result.ts";
import type { ReadLimits, ReadProblem, ReadProblemKind, ReadResult } from "./read-result.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Reads JSON (RFC 8259) into plain values with places. Never throws. Reads what `JSON.parse` reads, with these
 * differences: a byte order mark is skipped, nesting is limited, and a key that stands twice is reported (the last
 * wins).
 */
export function readJson(file: SourceFile, limits: ReadLimits = defaultLimits): ReadResult {
  const refused = refuseLongText(file, limits);
  if (refused !== undefined) return refused;
  const state: State = {
    file,
    text: file.text,
    at: 0,
    depth: 0,
    maxDepth: limits.maxDepth,
    problems: [],
    keys: [],
    offsets: [],
  };
  if (state.text.charCodeAt(0) === 0xfeff) state.at = 1;
  skipSpace(state);
  const value = readValue(state);
  if (value === FAILED) return { value: undefined, problems: state.problems };
  skipSpace(state);
  if (state.at < state.text.length) {
    fail(state, "syntax", `expected the end of the file, found ${describe(state)}`);
    return { value: undefined, problems: state.problems };
  }
  return { value, problems: state.problems };
}

interface State {
  readonly file: SourceFile;
  readonly text: string;
  at: number;
  depth: number;
  readonly maxDepth: number;
  readonly problems: ReadProblem[];
  /** Keys and offsets of the open containers, innermost last: one stack makes less garbage than many arrays. */
  readonly keys: string[];
  readonly offsets: number[];
}

const FAILED: unique symbol = Symbol("failed");
type Read<Value> = Value | typeof FAILED;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literals: readonly (readonly [string, JsonValue])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

function readValue(state: State): Read<JsonValue> {
  const code = state.text.charCodeAt(state.at);
  if (code === QUOTE) return readString(state);
  if (code === OPEN_BRACE || code === OPEN_BRACKET) {
    if (state.depth >= state.maxDepth) {
      return fail(state, "too-deep", `expected at most ${state.maxDepth} levels of nesting, found more`);
    }
    state.depth += 1;
    const value = code === OPEN_BRACE ? readObject(state) : readArray(state);
    state.depth -= 1;
    return value;
  }
  for (const [text, value] of literals) {
    if (state.text.startsWith(text, state.at)) {
      state.at += text.length;
      return value;
    }
  }
  NUMBER.lastIndex = state.at;
  if (NUMBER.test(state.text)) {
    const start = state.at;
    state.at = NUMBER.lastIndex;
    return Number(state.text.slice(start, state.at));
  }
  return fail(state, "syntax", `expected a value, found ${describe(state)}`);
}

function readObject(state: State): Read<JsonValue> {
  const start = state.at;
  // Not `Object.create(null)`, which the engine keeps as a hash table: twice the memory, half the speed.
  const value = Object.setPrototypeOf({}, null) as Record<string, JsonValue>;
  const { keys, offsets } = state;
  const firstKey = keys.length;
  const firstOffset = offsets.length;
  state.at += 1;
  skipSpace(state);
  let code = state.text.charCodeAt(state.at);
  while (code !== CLOSE_BRACE) {
    if (code !== QUOTE) return fail(state, "syntax", `expected a key in double quotes, found ${describe(state)}`);
    const keyStart = state.at;
    const key = readString(state);
    if (key === FAILED) return FAILED;
    const keyEnd = state.at;
    skipSpace(state);
    if (state.text.charCodeAt(state.at) !== COLON)
      return fail(state, "syntax", `expected ":", found ${describe(state)}`);
    state.at += 1;
    skipSpace(state);
    const valueStart = state.at;
    const entry = readValue(state);
    if (entry === FAILED) return FAILED;
    if (key in value) {
      const first = offsets[firstOffset + keys.indexOf(key, firstKey) * 3 - firstKey * 3] ?? keyStart;
      reportDuplicate(state, { key, keyStart, keyEnd, first });
    } else {
      keys.push(key);
      offsets.push(keyStart, valueStart, state.at);
    }
    value[key] = entry;
    skipSpace(state);
    code = state.text.charCodeAt(state.at);
    if (code === CLOSE_BRACE) break;
    if (code !== COMMA) return fail(state, "syntax", `expected "," or "}", found ${describe(state)}`);
    state.at += 1;
    skipSpace(state);
    code = state.text.charCodeAt(state.at);
    if (code === CLOSE_BRACE) return fail(state, "syntax", `expected a key after ",", found "}"`);
  }
  state.at += 1;
  setPlace(value, {
    file: state.file,
    start,
    end: state.at,
    keys: keys.slice(firstKey),
    offsets: offsets.slice(firstOffset),
  });
  keys.length = firstKey;
  offsets.length = firstOffset;
  return value;
}

interface Duplicate {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly first: number;
}

function reportDuplicate(state: State, { key, keyStart, keyEnd, first }: Duplicate): void {
  state.problems.push({
    kind: "duplicate-key",
    message: `key ${JSON.stringify(key)} stands twice in one object`,
    range: { file: state.file, start: keyStart, end: keyEnd },
    first: { file: state.file, start: first, end: first + (keyEnd - keyStart) },
  });
}

function readArray(state: State): Read<JsonValue> {
  const start = state.at;
  const value: JsonValue[] = [];
  const { offsets } = state;
  const firstOffset = offsets.length;
  state.at += 1;
  skipSpace(state);
  let code = state.text.charCodeAt(state.at);
  while (code !== CLOSE_BRACKET) {
    const itemStart = state.at;
    const item = readValue(state);
    if (item === FAILED) return FAILED;
    value.push(item);
    offsets.push(itemStart, itemStart, state.at);
    skipSpace(state);
    code = state.text.charCodeAt(state.at);
    if (code === CLOSE_BRACKET) break;
    if (code !== COMMA) return fail(state, "syntax", `expected "," or "]", found ${describe(state)}`);
    state.at += 1;
    skipSpace(state);
    code = state.text.charCodeAt(state.at);
    if (code === CLOSE_BRACKET) return fail(state, "syntax", `expected a value after ",", found "]"`);
  }
  state.at += 1;
  setPlace(value, { file: state.file, start, end: state.at, offsets: offsets.slice(firstOffset) });
  offsets.length = firstOffset;
  return value;
}

function readString(state: State): Read<string> {
  const { text } = state;
  const start = state.at + 1;
  let escaped = false;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      state.at = at + 1;
      return escaped ? unescape(state, start, at) : text.slice(start, at);
    }
    if (code === BACKSLASH) {
      escaped = true;
      at += 1;
    } else if (code < 0x20) {
      state.at = at;
      return fail(state, "syntax", `expected an escaped control character, found ${describe(state)}`);
    }
  }
  state.at = start - 1;
  return fail(state, "syntax", `expected a closing double quote, found the end of the file`);
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/g;

function unescape(state: State, start: number, end: number): Read<string> {
  const raw = state.text.slice(start, end);
  const bad = raw.replace(ESCAPE, (found) => " ".repeat(found.length)).indexOf("\\");
  if (bad !== -1) {
    state.at = start + bad;
    return fail(
      state,
      "syntax",
      `expected an escape such as "\\n" or "\\u0041", found ${JSON.stringify(raw.slice(bad, bad + 2))}`,
    );
  }
  return raw.replace(ESCAPE, (found) => escapes[found] ?? String.fromCharCode(Number.parseInt(found.slice(2), 16)));
}

const escapes: Readonly<Record<string, string>> = {
  '\\"': '"',
  "\\\\": "\\",
  "\\/": "/",
  "\\b": "\b",
  "\\f": "\f",
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
};

function skipSpace(state: State): void {
  const { text } = state;
  let code = text.charCodeAt(state.at);
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
    state.at += 1;
    code = text.charCodeAt(state.at);
  }
}

function describe(state: State): string {
  return state.at >= state.text.length
    ? "the end of the file"
    : JSON.stringify(String.fromCodePoint(state.text.codePointAt(state.at) ?? 0));
}

function fail(state: State, kind: ReadProblemKind, message: string): typeof FAILED {
  const start = Math.min(state.at, state.text.length);
  state.problems.push({
    kind,
    message,
    range: { file: state.file, start, end: Math.min(start + 1, state.text.length) },
  });
  return FAILED;
}
