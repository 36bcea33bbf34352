import type { ParameterStyle, ValueShape } from "../descriptor/http.ts";
import { readDelimited, readItems, readPairs, type ReadOptions } from "./parameters-read.ts";
import { getOwn, membersOf, propertyShape, readScalar, setOwn, type Read } from "./values.ts";

/** A query, form or cookie header taken apart: names decoded, values raw, both in order. */
export interface RawPairs {
  readonly all: readonly (readonly [name: string, raw: string])[];
  readonly byName: ReadonlyMap<string, readonly string[]>;
}

/** What a parameter read from pairs is; `undefined` when nothing of it is there. */
export type PairsRead = Read | undefined;

/** One parameter to be read from pairs. */
export interface PairsReadOptions extends ReadOptions {
  /** Names that other parameters own: an exploded free-form object does not take them. */
  readonly taken: ReadonlySet<string>;
  /** Those of them that own all names that begin with theirs and a bracket. */
  readonly takenDeep?: readonly string[];
}

const maxDeepLevels = 32;

/** Splits `text` at `separator` into pairs; undefined when there are more than `maxCount` or a name is broken. */
export function splitPairs(
  text: string,
  separator: "&" | ";",
  options: Pick<ReadOptions, "decode" | "maxCount">,
): RawPairs | undefined {
  const all: [string, string][] = [];
  const byName = new Map<string, string[]>();
  const parts = text === "" ? [] : text.split(separator, options.maxCount + 1);
  if (parts.length > options.maxCount) return undefined;
  for (const part of parts) {
    const piece = separator === ";" ? part.trim() : part;
    if (piece === "") continue;
    const at = piece.indexOf("=");
    const name = options.decode(at < 0 ? piece : piece.slice(0, at));
    if (name === undefined) return undefined;
    const raw = at < 0 ? "" : piece.slice(at + 1);
    all.push([name, raw]);
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [raw]);
    else list.push(raw);
  }
  return { all, byName };
}

/** Reads one parameter in `form`, `spaceDelimited`, `pipeDelimited`, `deepObject` or `cookie` style. */
export function readFromPairs(pairs: RawPairs, options: PairsReadOptions): PairsRead {
  if (options.style === "deepObject") return readDeep(pairs, options);
  const raws = pairs.byName.get(options.name) ?? [];
  let failed: Read | undefined;
  for (const shape of membersOf(options.shape)) {
    const read = readMember(pairs, raws, { ...options, shape });
    if (read === undefined) continue;
    if ("value" in read) return read;
    failed = read;
  }
  return failed;
}

function readMember(pairs: RawPairs, raws: readonly string[], options: PairsReadOptions): PairsRead {
  const { shape } = options;
  if (shape.type === "object" && options.explode) return readSpreadObject(pairs, options);
  const [first] = raws;
  if (first === undefined) return undefined;
  if (shape.type === "array" && options.explode) return readItems(options, raws, shape.items);
  if (raws.length > 1) return { expected: "one value", keyword: "type" };
  if (shape.type === "array" || shape.type === "object")
    return readDelimited(options, first, delimiterOf(options.style));
  return readDelimited(options, first, ",");
}

function delimiterOf(style: ParameterStyle): string | RegExp {
  if (style === "spaceDelimited") return /%20|\+| /;
  if (style === "pipeDelimited") return /%7[Cc]|\|/;
  return ",";
}

/** An exploded object has no name of its own in the query: its properties stand among the other parameters. */
function readSpreadObject(pairs: RawPairs, options: PairsReadOptions): PairsRead {
  const { shape, taken, takenDeep = [] } = options;
  if (shape.type !== "object") return undefined;
  const isTaken = (name: string): boolean => taken.has(name) || takenDeep.some((deep) => name.startsWith(`${deep}[`));
  const own = pairs.all.filter(
    ([name]) => getOwn(shape.properties, name) !== undefined || (shape.additional !== undefined && !isTaken(name)),
  );
  if (own.length === 0) return undefined;
  return readPairs({ ...options, hasPlainNames: true }, own, shape);
}

type Deep =
  { readonly kind: "leaf"; readonly raws: string[] } | { readonly kind: "node"; readonly children: Map<string, Deep> };

function readDeep(pairs: RawPairs, options: PairsReadOptions): PairsRead {
  const root: Deep = { kind: "node", children: new Map() };
  let found = false;
  for (const [name, raw] of pairs.all) {
    if (!name.startsWith(options.name)) continue;
    const path = readBrackets(name.slice(options.name.length));
    if (path === undefined) continue;
    if (path.length > maxDeepLevels) return { expected: `at most ${maxDeepLevels} levels`, keyword: "style" };
    found = true;
    if (!addDeep(root, path, raw)) return { expected: "either a value or properties of one name", keyword: "style" };
  }
  if (!found) return undefined;
  const only = root.children.get("");
  return readDeepValue(only?.kind === "leaf" && root.children.size === 1 ? only : root, options.shape, options);
}

/** `[a][b]` as `a`, `b`; undefined for names that merely begin alike. */
function readBrackets(rest: string): string[] | undefined {
  if (rest === "") return [""];
  if (!/^(?:\[[^[\]]*\])+$/.test(rest)) return undefined;
  return rest.slice(1, -1).split("][");
}

function addDeep(root: Deep, path: readonly string[], raw: string): boolean {
  let node = root;
  for (const [level, name] of path.entries()) {
    if (node.kind !== "node") return false;
    const isLast = level === path.length - 1;
    const next: Deep =
      node.children.get(name) ?? (isLast ? { kind: "leaf", raws: [] } : { kind: "node", children: new Map() });
    if (isLast) {
      if (next.kind !== "leaf") return false;
      next.raws.push(raw);
    }
    node.children.set(name, next);
    node = next;
  }
  return true;
}

function readDeepValue(deep: Deep, shape: ValueShape, options: ReadOptions): Read {
  let failed: Read = { expected: "a value", keyword: "type" };
  for (const member of byFit(deep, membersOf(shape))) {
    const read =
      member.type === "array"
        ? readDeepList(deep, member.items, options)
        : member.type === "object"
          ? readDeepObject(deep, member, options)
          : deep.kind === "leaf"
            ? readLeaf(deep.raws, member, options)
            : { expected: "a single value", keyword: "type" };
    if ("value" in read) return read;
    failed = read;
  }
  return failed;
}

/**
 * Members in the order in which they are tried: a value without brackets is a single one before it is a list, and an
 * object with all the names that came is one before those that know less of them.
 */
function byFit(deep: Deep, members: readonly ValueShape[]): readonly ValueShape[] {
  if (members.length < 2) return members;
  const unfitness = (member: ValueShape): number => {
    if (deep.kind === "leaf") return member.type === "array" ? 1 : 0;
    const names = [...deep.children.keys()];
    return names.filter((name) => member.type === "object" && propertyShape(member, name) === undefined).length;
  };
  return members.toSorted((left, right) => unfitness(left) - unfitness(right));
}

function readLeaf(raws: readonly string[], shape: ValueShape, options: ReadOptions): Read {
  if (raws.length !== 1) return { expected: "one value", keyword: "type" };
  const text = options.decode(raws[0] ?? "");
  return text === undefined ? { expected: "percent-encoded UTF-8", keyword: "format" } : readScalar(text, shape);
}

/** Lists come as `a[0]=x&a[1]=y`, `a[]=x&a[]=y` or `a=x&a=y`; indices count up from 0 without gaps. */
function readDeepList(deep: Deep, items: ValueShape, options: ReadOptions): Read {
  if (deep.kind === "leaf") return readItems(options, deep.raws, items);
  const bare = deep.children.get("");
  if (bare !== undefined && deep.children.size === 1) return readDeepList(bare, items, options);
  if (deep.children.size > options.maxCount)
    return { expected: `at most ${options.maxCount} items`, keyword: "maxItems" };
  const value: unknown[] = [];
  for (let index = 0; index < deep.children.size; index += 1) {
    const child = deep.children.get(String(index));
    if (child === undefined) return { expected: "indices that count up from 0", keyword: "style" };
    const read = readDeepValue(child, items, options);
    if (!("value" in read)) return read;
    value.push(read.value);
  }
  return { value };
}

function readDeepObject(deep: Deep, shape: ValueShape, options: ReadOptions): Read {
  if (deep.kind !== "node") return { expected: "properties in brackets", keyword: "style" };
  if (deep.children.size > options.maxCount) {
    return { expected: `at most ${options.maxCount} properties`, keyword: "maxProperties" };
  }
  const value: Record<string, unknown> = {};
  for (const [name, child] of deep.children) {
    const inner = propertyShape(shape, name);
    if (inner === undefined) continue;
    const read = readDeepValue(child, inner, options);
    if (!("value" in read)) return { expected: `${read.expected} in "${name}"`, keyword: read.keyword };
    setOwn(value, name, read.value);
  }
  return { value };
}
