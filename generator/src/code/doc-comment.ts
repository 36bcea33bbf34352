import { lines } from "./build.ts";
import type { Code } from "./code.ts";

/** Longest text taken over into a doc comment, in UTF-16 units; more is cut, with an ellipsis. */
export const maxDocLength = 4000;

/**
 * A doc comment with the text of a contract, and at its end the place it comes from: `(orders/v1/orders.proto:22)`.
 *
 * Markdown lines stay as they are. Nothing in the text can end the comment, make a tag (`@deprecated`) or a compiler
 * directive, or reorder what is shown. Undefined when there is nothing to say.
 */
export function docComment(
  text: string | undefined,
  options: { readonly place?: string; readonly isDeprecated?: boolean } = {},
): Code | undefined {
  const cleaned = cleanText(text ?? "");
  const place = options.place === undefined ? "" : `(${cleanText(options.place).join(" ")})`;
  const tags = options.isDeprecated === true ? ["@deprecated"] : [];
  const single = [...cleaned, place].filter((part) => part !== "").join(" ");
  if (cleaned.length <= 1 && single.length <= 110) {
    if (tags.length === 0) return single === "" ? undefined : `/** ${single} */`;
    return single === "" ? "/** @deprecated */" : block([single, "", ...tags]);
  }
  const isFlowing = !cleaned.some((docLine) => docLine.startsWith("```") || /^(\s*([-*|]|\d+\.)|\s{4})/.test(docLine));
  const body =
    place === ""
      ? cleaned
      : isFlowing
        ? [...cleaned.slice(0, -1), `${cleaned.at(-1)} ${place}`]
        : [...cleaned, "", place];
  return block(tags.length === 0 ? body : [...body, "", ...tags]);
}

/** A doc comment followed by what it documents. */
export function documented(doc: Code | undefined, statement: Code): Code {
  return doc === undefined ? statement : lines([doc, statement]);
}

function block(body: readonly string[]): Code {
  return lines(["/**", ...body.map((docLine) => (docLine === "" ? " *" : ` * ${docLine}`)), " */"]);
}

/** Lines of a text, without trailing space, blank lines at either end, and anything that is more than text. */
function cleanText(text: string): readonly string[] {
  if (text === "") return [];
  const cut = text.length > maxDocLength ? `${text.slice(0, maxDocLength).toWellFormed()}…` : text;
  const cleaned = (plainText.test(cut) ? cut : withoutControls(cut))
    .replaceAll("*/", "*\\/")
    .split("\n")
    .map((docLine) => escapeTags(docLine.trimEnd()));
  while (cleaned[0]?.trim() === "") cleaned.shift();
  while (cleaned.at(-1) === "") cleaned.pop();
  return cleaned;
}

/** Nearly all texts: there is nothing in them to take out. */
const plainText = /^[\n\u0020-\u007e]*$/;

function withoutControls(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085\f\v]/g, "\n")
    .replace(/\t/g, "  ")
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "");
}

/**
 * Puts a backslash before what TypeScript would read as a tag: an `@` at the start of a line, and one that follows
 * white space and precedes a word. Code between backticks is no exception for TypeScript, and so for us.
 */
function escapeTags(docLine: string): string {
  return docLine.includes("@") ? docLine.replace(/^([\s/*]*)@|(?<=\s)@(?=\S)/g, "$1\\@") : docLine;
}
