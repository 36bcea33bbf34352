import type { ParameterStyle, ValueShape } from "../descriptor/http.ts";
import type { FullParameter } from "./full-parameter.ts";
import { membersOf, propertyShape, readScalar, readUnion, setOwn, type Read } from "./values.ts";

/** Pieces of raw text become values as shape and style say. */
export interface ReadOptions {
  readonly name: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly shape: ValueShape;
  /** Undoes the encoding of the place; undefined when it is broken. */
  decode(text: string): string | undefined;
  readonly maxCount: number;
  /** The names of pairs are decoded already. */
  readonly hasPlainNames?: boolean;
}

const broken: Read = { expected: "percent-encoded UTF-8", keyword: "format" };

/** Reads the raw text of a path parameter: what `writePathValue` wrote. */
export function readPathValue(
  parameter: FullParameter,
  raw: string,
  options: Omit<ReadOptions, "style" | "explode">,
): Read {
  const full: ReadOptions = { ...options, style: parameter.style, explode: parameter.explode };
  switch (parameter.style) {
    case "label": {
      if (!raw.startsWith(".")) return { expected: `text that begins with "."`, keyword: "style" };
      return readDelimited(full, raw.slice(1), parameter.explode ? "." : ",");
    }
    case "matrix":
      return readMatrix(full, raw);
    default:
      return readDelimited(full, raw, ",");
  }
}

/** Reads text whose items stand between `delimiter`, in the shape that fits: scalar, list or object. */
export function readDelimited(options: ReadOptions, raw: string, delimiter: string | RegExp): Read {
  return readUnion(membersOf(options.shape), (shape) => {
    if (shape.type === "array") {
      return readItems(options, raw === "" ? [] : raw.split(delimiter, options.maxCount + 1), shape.items);
    }
    if (shape.type === "object") return readObjectText(options, raw, delimiter, shape);
    const text = options.decode(raw);
    return text === undefined ? broken : readScalar(text, shape);
  });
}

/** Reads raw texts as the items of a list. */
export function readItems(options: ReadOptions, raws: readonly string[], items: ValueShape): Read {
  if (raws.length > options.maxCount) return { expected: `at most ${options.maxCount} items`, keyword: "maxItems" };
  const value: unknown[] = [];
  for (const raw of raws) {
    const text = options.decode(raw);
    if (text === undefined) return broken;
    const read = readScalar(text, items);
    if (!("value" in read)) return read;
    value.push(read.value);
  }
  return { value };
}

/** Reads pairs of raw names and values as an object. Names that the shape does not know are left out. */
export function readPairs(
  options: ReadOptions,
  pairs: readonly (readonly [string, string])[],
  shape: ValueShape,
): Read {
  if (pairs.length > options.maxCount)
    return { expected: `at most ${options.maxCount} properties`, keyword: "maxProperties" };
  const value: Record<string, unknown> = {};
  for (const [rawName, rawValue] of pairs) {
    const name = options.hasPlainNames === true ? rawName : options.decode(rawName);
    const text = options.decode(rawValue);
    if (name === undefined || text === undefined) return broken;
    const inner = propertyShape(shape, name);
    if (inner === undefined) continue;
    if (Object.hasOwn(value, name)) return { expected: `one "${name}"`, keyword: "type" };
    const read = readScalar(text, inner);
    if (!("value" in read)) return { expected: `${read.expected} in "${name}"`, keyword: read.keyword };
    setOwn(value, name, read.value);
  }
  return { value };
}

function readObjectText(options: ReadOptions, raw: string, delimiter: string | RegExp, shape: ValueShape): Read {
  const items = raw === "" ? [] : raw.split(delimiter, 2 * options.maxCount + 2);
  const pairs: [string, string][] = [];
  if (options.explode) {
    for (const item of items) {
      const at = item.indexOf("=");
      if (at < 0) return { expected: "name=value pairs", keyword: "style" };
      pairs.push([item.slice(0, at), item.slice(at + 1)]);
    }
  } else {
    if (items.length % 2 !== 0) return { expected: "names and values in turn", keyword: "style" };
    for (let at = 0; at < items.length; at += 2) pairs.push([items[at] ?? "", items[at + 1] ?? ""]);
  }
  return readPairs(options, pairs, shape);
}

function readMatrix(options: ReadOptions, raw: string): Read {
  if (!raw.startsWith(";")) return { expected: `text that begins with ";"`, keyword: "style" };
  const pairs = raw
    .slice(1)
    .split(";", options.maxCount + 1)
    .map((text): [string, string] => {
      const at = text.indexOf("=");
      return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
    });
  const own = pairs.filter(([name]) => options.decode(name) === options.name);
  const [first] = own;
  return readUnion(membersOf(options.shape), (shape) => {
    if (shape.type === "object" && options.explode) return readPairs(options, pairs, shape);
    if (first === undefined || own.length !== pairs.length)
      return { expected: `";${options.name}=..."`, keyword: "style" };
    if (shape.type === "array" && options.explode)
      return readItems(
        options,
        own.map(([, value]) => value),
        shape.items,
      );
    if (own.length > 1) return { expected: "one value", keyword: "type" };
    return readDelimited({ ...options, shape }, first[1], ",");
  });
}
