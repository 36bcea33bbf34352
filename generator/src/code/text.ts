import { identifierLetters } from "./identifier-letters.ts";

const hidden = "\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff";
const loneSurrogate = "[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]";
const unsafeInString = new RegExp(`[${hidden}]|${loneSurrogate}`, "g");
/** Printable ASCII without quotes and backslashes: nearly all there is. */
const harmless = /^[ !#-&(-[\]-~]*$/;
const shortEscapes: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

/**
 * A string literal as prettier writes it: in double quotes, unless it holds more of those than of single ones.
 *
 * Control characters, line separators, bidirectional controls and lone surrogates are escaped, so that what stands in
 * a contract can neither end the literal nor disguise itself.
 */
export function quote(text: string): string {
  if (harmless.test(text)) return `"${text}"`;
  const doubles = text.split('"').length;
  const singles = text.split("'").length;
  const mark = doubles > singles ? "'" : '"';
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll(mark, `\\${mark}`)
    .replace(
      unsafeInString,
      (character) => shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return `${mark}${escaped}${mark}`;
}

/** Character class of what an identifier begins with, for use between brackets. */
export const identifierStart: string = `A-Za-z_$${characterClass(identifierLetters.start)}`;

/** Character class of what may follow. */
export const identifierPart: string = `${identifierStart}0-9${characterClass(identifierLetters.rest)}`;

const identifierName = new RegExp(`^[${identifierStart}][${identifierPart}]*$`);

/** True for names that need no quotes and no repair, reserved words included; see `identifierLetters`. */
export function isIdentifierName(name: string): boolean {
  return identifierName.test(name);
}

/** A property name: bare when it is an identifier, else quoted; prettier keeps both (`quoteProps: "as-needed"`). */
export function propertyKey(name: string): string {
  return isIdentifierName(name) ? name : quote(name);
}

/** A property name in an object literal: `__proto__` is computed, because as a plain key it would set the prototype. */
export function literalKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : propertyKey(name);
}

/** A number as source text; prettier writes exponents without a plus sign. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`internal: ${value} is not a JSON number`);
  return Object.is(value, -0) ? "0" : String(value).replace("e+", "e");
}

/** Text for a `//` comment: no character of it can end the line. */
export function lineCommentText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, " ").toWellFormed();
}

/** Columns that text takes in a terminal, as prettier counts them: East Asian wide characters and emoji take two. */
export function textWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(/\p{RGI_Emoji}/gv, "  ")) width += characterWidth(character.codePointAt(0) ?? 0);
  return width;
}

function characterClass(ranges: string): string {
  return ranges
    .trim()
    .replace(/[0-9a-f]+/g, (point) => `\\u${point.padStart(4, "0")}`)
    .replace(/\s+/g, "");
}

function characterWidth(point: number): number {
  if (point <= 0x1f || (point >= 0x7f && point <= 0x9f)) return 0;
  if (/^[\p{Nonspacing_Mark}\p{Enclosing_Mark}]$/u.test(String.fromCodePoint(point))) return 0;
  return wide.some(([from, to]) => point >= from && point <= to) ? 2 : 1;
}

/** East Asian Wide and Fullwidth, Unicode Standard Annex 11, in coarse ranges. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];
