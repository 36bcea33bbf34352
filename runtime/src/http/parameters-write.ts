import type { ParameterStyle } from "../descriptor/http.ts";
import type { FullParameter } from "./full-parameter.ts";
import { percentEncode, type Reserved } from "./percent.ts";
import { isRecord, writeScalar } from "./values.ts";

/** A value that a parameter can't carry; the message says what was expected. */
export class UnwritableValue extends Error {}

/** How one value is written. */
export interface WriteOptions {
  readonly name: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  /** Encodes a name or a value for the place where it goes. */
  encode(text: string): string;
  /** Encodes the names of `deepObject`; absent: percent-encoding, brackets included. */
  readonly encodeName?: (text: string) => string;
  /** Characters between items that the place can't escape: an item that holds one is refused. */
  readonly delimiters: string;
}

/** Pairs of a query or form, encoded, without separators. */
export type Pairs = [name: string, value: string][];

/** The encoder of a place. */
export function encoderOf(place: "path" | "query" | "plain", allowReserved = false): (text: string) => string {
  if (place === "plain") return (text) => text;
  const reserved: Reserved = allowReserved ? place : "none";
  return (text) => percentEncode(text, reserved);
}

/**
 * Writes a path parameter in its style, RFC 6570 sections 3.2.2, 3.2.5 and 3.2.7.
 *
 * @throws {UnwritableValue} when the value has no text in this style.
 */
export function writePathValue(parameter: FullParameter, value: unknown): string {
  const options: WriteOptions = {
    name: percentEncode(parameter.name),
    style: parameter.style,
    explode: parameter.explode,
    delimiters: "",
    encode: encoderOf("path", parameter.allowReserved),
  };
  if (isItems(value) && options.explode === false) return prefixed(options, joinFlat(options, value, ","));
  switch (parameter.style) {
    case "label":
      return `.${joinExploded(options, value, ".")}`;
    case "matrix":
      return writeMatrix(options, value);
    default:
      return joinExploded(options, value, ",");
  }
}

/** Writes a header in `simple` style; headers know no percent-encoding, so a comma in an item is refused. */
export function writeHeaderValue(parameter: Pick<FullParameter, "name" | "explode">, value: unknown): string {
  const options: WriteOptions = {
    name: parameter.name,
    style: "simple",
    explode: parameter.explode,
    delimiters: ",",
    encode: encodeHeaderText,
  };
  return parameter.explode ? joinExploded(options, value, ",") : joinFlat(options, value, ",");
}

/** Spaces around a value are not part of it (RFC 9110 section 5.5). */
function encodeHeaderText(text: string): string {
  if (/^[ \t]|[ \t]$/.test(text)) throw new UnwritableValue("text without spaces around it");
  return text;
}

/** Writes a query parameter or form field as pairs; none for an empty exploded list or object. */
export function writePairs(options: WriteOptions, value: unknown): Pairs {
  const name = options.encode(options.name);
  if (options.style === "deepObject") return writeDeep(options, value);
  if (!isItems(value)) return [[name, options.encode(scalar(value))]];
  if (options.explode) {
    if (Array.isArray(value)) return value.map((item) => [name, options.encode(scalar(item))]);
    return definedEntries(value).map(([key, item]) => [options.encode(key), options.encode(scalar(item))]);
  }
  const delimiter = options.style === "spaceDelimited" ? " " : options.style === "pipeDelimited" ? "|" : ",";
  // The comma of `form` stays bare and is told apart from data by encoding; the others are encoded like data.
  if (delimiter === ",") return [[name, joinFlat(options, value, ",")]];
  return [[name, joinFlat({ ...options, delimiters: delimiter }, value, options.encode(delimiter))]];
}

function writeDeep(options: WriteOptions, value: unknown): Pairs {
  const pairs: Pairs = [];
  const visit = (name: string, item: unknown, depth: number): void => {
    if (depth > 32) throw new UnwritableValue("at most 32 levels");
    if (Array.isArray(item))
      item.forEach((member, index) => {
        visit(`${name}[${index}]`, member, depth + 1);
      });
    else if (isRecord(item)) {
      for (const [key, member] of definedEntries(item)) {
        // An empty name would read as an item of a list.
        if (key === "" || /[[\]]/.test(key)) throw new UnwritableValue("names without brackets, and none empty");
        visit(`${name}[${key}]`, member, depth + 1);
      }
    } else pairs.push([(options.encodeName ?? percentEncode)(name), options.encode(scalar(item))]);
  };
  visit(options.name, value, 0);
  return pairs;
}

function writeMatrix(options: WriteOptions, value: unknown): string {
  const pair = (name: string, item: unknown): string => {
    const text = encodeItem(options, scalar(item), ";");
    return text === "" ? `;${name}` : `;${name}=${text}`;
  };
  if (Array.isArray(value)) return value.map((item) => pair(options.name, item)).join("");
  if (!isItems(value)) return pair(options.name, value);
  return definedEntries(value)
    .map(([key, item]) => pair(encodeItem(options, key, ";="), item))
    .join("");
}

function prefixed(options: WriteOptions, text: string): string {
  if (options.style === "label") return `.${text}`;
  if (options.style === "matrix") return text === "" ? `;${options.name}` : `;${options.name}=${text}`;
  return text;
}

/** `a,b` for lists, `R,100,G,200` for objects. */
function joinFlat(options: WriteOptions, value: unknown, delimiter: string): string {
  if (!isItems(value)) return options.encode(scalar(value));
  const items = Array.isArray(value) ? value : definedEntries(value).flat();
  return joinItems(
    items.map((item) => encodeItem(options, scalar(item))),
    delimiter,
  );
}

/** `a,b` for lists, `R=100,G=200` for objects. */
function joinExploded(options: WriteOptions, value: unknown, delimiter: string): string {
  if (!isItems(value)) return options.encode(scalar(value));
  if (Array.isArray(value)) {
    return joinItems(
      value.map((item) => encodeItem(options, scalar(item), delimiter)),
      delimiter,
    );
  }
  return definedEntries(value)
    .map(([key, item]) => `${encodeName(options, key, delimiter)}=${encodeItem(options, scalar(item), delimiter)}`)
    .join(delimiter);
}

function joinItems(items: readonly string[], delimiter: string): string {
  // Would read as an empty list.
  if (items.length === 1 && items[0] === "") throw new UnwritableValue("more than one empty item");
  return items.join(delimiter);
}

function encodeName(options: WriteOptions, name: string, delimiter: string): string {
  // Where nothing can be escaped, a name would end at its own "=".
  const delimiters = options.delimiters === "" ? "" : `${options.delimiters}=`;
  return encodeItem({ ...options, delimiters }, name, `=${delimiter}`);
}

function encodeItem(options: WriteOptions, text: string, delimiters = ","): string {
  for (const character of options.delimiters) {
    if (text.includes(character)) throw new UnwritableValue(`items without "${character}"`);
  }
  let encoded = options.encode(text);
  if (options.delimiters !== "") return encoded;
  // "." is unreserved and "," may be let through by allowReserved: what splits must never stand bare in an item.
  for (const character of delimiters) {
    encoded = encoded.replaceAll(character, `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  }
  return encoded;
}

function isItems(value: unknown): value is readonly unknown[] | Readonly<Record<string, unknown>> {
  return Array.isArray(value) || isRecord(value);
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value as Readonly<Record<string, unknown>>).filter(([, item]) => item !== undefined);
}

function scalar(value: unknown): string {
  const text = writeScalar(value);
  if (text === undefined)
    throw new UnwritableValue(isItems(value) ? "no nested lists or objects" : "a value that has a text");
  return text;
}
