import type { Random } from "./random.ts";

/** A regular expression, as far as texts are made from it; look-arounds and back references are left out. */
type Node =
  | { readonly kind: "set"; readonly choose: (random: Random) => string }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly low: number; readonly high: number };

/** Makes texts that match a pattern, or nearly so: what comes is to be tested. */
export type PatternTexts = (random: Random, growth: number) => string;

const known = new Map<string, PatternTexts | undefined>();

/** The maker of texts for a pattern; undefined when the pattern can't be read. */
export function patternTexts(pattern: string): PatternTexts | undefined {
  if (!known.has(pattern)) known.set(pattern, create(pattern));
  return known.get(pattern);
}

function create(pattern: string): PatternTexts | undefined {
  try {
    const state = { text: pattern, at: 0 };
    const node = readChoice(state);
    return state.at < pattern.length ? undefined : (random, growth) => write(node, random, growth);
  } catch {
    // Whatever is not read here is looked for among the examples.
    return undefined;
  }
}

interface State {
  readonly text: string;
  at: number;
}

function readChoice(state: State): Node {
  const parts: Node[] = [readSequence(state)];
  while (state.text[state.at] === "|") {
    state.at += 1;
    parts.push(readSequence(state));
  }
  return parts.length === 1 ? (parts[0] as Node) : { kind: "choice", parts };
}

function readSequence(state: State): Node {
  const parts: Node[] = [];
  while (state.at < state.text.length && state.text[state.at] !== "|" && state.text[state.at] !== ")") {
    const atom = readAtom(state);
    if (atom !== undefined) parts.push(readRepeat(state, atom));
  }
  return { kind: "sequence", parts };
}

function readRepeat(state: State, part: Node): Node {
  const found = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(state.text.slice(state.at, state.at + 40));
  if (found === null) return part;
  state.at += found[0].length;
  const [sign] = found[0];
  if (sign === "*" || sign === "+" || sign === "?") {
    return { kind: "repeat", part, low: sign === "+" ? 1 : 0, high: sign === "?" ? 1 : Infinity };
  }
  const low = Number(found[1]);
  const high = found[2] === undefined ? low : found[3] === "" ? Infinity : Number(found[3]);
  return { kind: "repeat", part, low, high };
}

function readAtom(state: State): Node | undefined {
  const character = String.fromCodePoint(state.text.codePointAt(state.at) ?? 0);
  state.at += character.length;
  switch (character) {
    case "^":
    case "$":
      return undefined;
    case ".":
      return set("abcxyz019 -_/é");
    case "(":
      return readGroup(state);
    case "[":
      return readClass(state);
    case "\\":
      return readEscape(state);
    default:
      return set(character);
  }
}

function readGroup(state: State): Node | undefined {
  const head = /^\?(?::|<?[=!]|<[^>]*>)/.exec(state.text.slice(state.at, state.at + 60))?.[0] ?? "";
  state.at += head.length;
  const inner = readChoice(state);
  state.at += 1;
  return /^\?<?[=!]$/.test(head) ? undefined : inner;
}

const classes: Readonly<Record<string, string>> = {
  d: "0123456789",
  D: "abXY-_. ",
  w: "abcxyzABCXYZ0189_",
  W: "-. ,/!",
  s: " ",
  S: "abcXYZ019-_./é",
};

function readEscape(state: State): Node | undefined {
  const character = state.text[state.at] ?? "";
  if (character === "b" || character === "B") {
    state.at += 1;
    return undefined;
  }
  return set(readEscaped(state));
}

/** The characters that an escape stands for; the state is behind its backslash. */
function readEscaped(state: State): string {
  const character = state.text[state.at] ?? "";
  state.at += 1;
  const property = /^[pP]\{([^}]*)\}/.exec(state.text.slice(state.at - 1, state.at + 40));
  if (property !== null) {
    state.at += property[0].length - 1;
    const expression = new RegExp(`^\\${property[0]}$`, "u");
    return [..."abzAZ019 _-.,;:!$+<=>|~^`éßÑЖ中あ٣Ⅷ€😀"].filter((one) => expression.test(one)).join("");
  }
  const code = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\})/i.exec(state.text.slice(state.at - 1));
  if (code !== null) {
    state.at += code[0].length - 1;
    return String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3] ?? "", 16));
  }
  const control = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", "0": "\0" }[character];
  return classes[character] ?? control ?? character;
}

/** `[a-z\d_]`: ranges are kept as two code points, so that large ones cost nothing. */
function readClass(state: State): Node {
  const negated = state.text[state.at] === "^";
  if (negated) state.at += 1;
  const ranges: [number, number][] = [];
  const add = (characters: string): void => {
    for (const one of characters) ranges.push([one.codePointAt(0) ?? 0, one.codePointAt(0) ?? 0]);
  };
  while (state.at < state.text.length && state.text[state.at] !== "]") {
    const from = readClassItem(state);
    const next = state.text[state.at + 1];
    if (state.text[state.at] !== "-" || next === "]" || next === undefined || [...from].length > 1) {
      add(from);
      continue;
    }
    state.at += 1;
    const to = readClassItem(state);
    if ([...to].length > 1) add(`${from}-${to}`);
    else ranges.push([from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]);
  }
  state.at += 1;
  if (negated) {
    const isIn = (code: number): boolean => ranges.some(([low, high]) => code >= low && code <= high);
    return set([..."abzAZ019 _-.,/é中"].filter((one) => !isIn(one.codePointAt(0) ?? 0)).join(""));
  }
  return {
    kind: "set",
    choose: (random) => {
      const [low, high] = random.pick(ranges);
      const code = random.whole(low, high);
      return code >= 0xd800 && code <= 0xdfff ? "a" : String.fromCodePoint(code);
    },
  };
}

function readClassItem(state: State): string {
  const character = String.fromCodePoint(state.text.codePointAt(state.at) ?? 0);
  state.at += character.length;
  return character === "\\" ? readEscaped(state) : character;
}

function set(characters: string): Node {
  const list = [...characters];
  if (list.length === 0) throw new Error("a set without characters");
  return { kind: "set", choose: (random) => random.pick(list) };
}

/** `growth` is how often an open repetition goes on at most beyond its least. */
function write(node: Node, random: Random, growth: number): string {
  switch (node.kind) {
    case "set":
      return node.choose(random);
    case "sequence":
      return node.parts.map((part) => write(part, random, growth)).join("");
    case "choice":
      return write(random.pick(node.parts), random, growth);
    case "repeat": {
      const count = random.whole(node.low, Math.min(node.high, node.low + growth));
      let text = "";
      for (let at = 0; at < count; at++) text += write(node.part, random, growth);
      return text;
    }
  }
}
