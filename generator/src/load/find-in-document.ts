import { suggestName } from "../diagnostics/suggest.ts";
import { isArray, isObject, rangeOf } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { listAvroNames } from "./avro-names.ts";
import type { LoadedDocument, RefTarget } from "./loaded.ts";
import { applyMoves } from "./moves.ts";
import { entryRange, formatPointer, getEntry, parsePointer, splitPointer } from "./pointer.ts";
import { decodePercent } from "./paths.ts";
import { indexOf, resourceOf, type Anchor } from "./resources.ts";
import type { Scope } from "./scan-refs.ts";

/** What was found for the fragment of a reference. */
export interface FoundInDocument {
  readonly target: RefTarget | undefined;
  /** A fragment that was perhaps meant. */
  readonly nearest?: string | undefined;
  /** True when the target was found only by taking an unescaped "/" as part of a name. */
  readonly wasRepaired?: boolean;
}

/** How to look. */
export interface FindOptions {
  readonly scope?: Scope | undefined;
  /** False to look for no similar name, which costs time; default true. */
  readonly isSuggesting?: boolean;
  /** Tokens instead of the fragment. */
  readonly tokens?: readonly string[];
  /** Resolves a reference on the way; without it, the way ends there. */
  readonly follow?: (holder: JsonObject) => RefTarget | undefined;
}

/** Finds what a fragment names in a document: the root, a JSON Pointer, an anchor or an Avro name. */
export function findInDocument(document: LoadedDocument, fragment: string, options: FindOptions = {}): FoundInDocument {
  if (options.tokens !== undefined) return walk(document, options.tokens, options);
  if (document.kind === "avro" && fragment !== "" && fragment !== "/") return findAvro(document, fragment, options);
  if (fragment === "" || fragment.startsWith("/")) return findPointer(document, fragment, options);
  return findAnchor(document, fragment, options);
}

function findPointer(document: LoadedDocument, fragment: string, options: FindOptions): FoundInDocument {
  const found = findTokens(document, parsePointer(fragment), options);
  if (found.target !== undefined) return found;
  // Tools write "#/" for the whole document, and names that hold escapes as they are.
  if (fragment === "/") return walk(document, [], options);
  const asWritten = fragment.includes("%") ? findTokens(document, splitPointer(fragment), options) : found;
  return asWritten.target === undefined ? found : asWritten;
}

function findTokens(document: LoadedDocument, tokens: readonly string[], options: FindOptions): FoundInDocument {
  for (let scope = options.scope; scope !== undefined; scope = scope.parent) {
    if (scope.uri === undefined) continue;
    // A pointer inside a resource with "$id" counts from there; many documents don't mean it so, hence the second try.
    const inResource = walk(document, [...scope.tokens, ...tokens], options);
    if (inResource.target !== undefined) return inResource;
    break;
  }
  return walk(document, applyMoves(document.root, tokens), options);
}

function walk(document: LoadedDocument, tokens: readonly string[], options: FindOptions): FoundInDocument {
  let home = document;
  let value = document.root;
  let range: SourceRange = rangeOfRoot(document);
  const path: string[] = [];
  let wasRepaired = false;
  for (let index = 0; index < tokens.length; index += 1) {
    let token = tokens[index] ?? "";
    let next = getEntry(value, token);
    if (next === undefined && isObject(value)) {
      const repaired = repair(value, tokens, index);
      if (repaired !== undefined) {
        token = repaired.name;
        index = repaired.last;
        next = value[token];
        wasRepaired = true;
      } else if (document.version === "2.0" && token === "schema" && isObject(value["content"])) {
        // A response of OpenAPI 2.0 had its schema here; all its media types have the same one now.
        const [mediaType = ""] = Object.keys(value["content"]);
        path.push("content", mediaType);
        value = getEntry(value["content"], mediaType) ?? null;
        next = getEntry(value, token);
      } else if (typeof value["$ref"] === "string" && options.follow !== undefined) {
        const followed = options.follow(value);
        if (followed === undefined) return { target: undefined };
        home = followed.document;
        path.splice(0, path.length, ...splitPointer(followed.pointer));
        value = followed.value;
        next = getEntry(value, token);
      }
    }
    if (next === undefined && options.isSuggesting === false) return { target: undefined };
    if (next === undefined)
      return { target: undefined, nearest: suggest(value, path, { token, rest: tokens.slice(index + 1) }) };
    range = entryRange(value, token, home.file);
    path.push(token);
    value = next;
  }
  return { target: { document: home, pointer: formatPointer(path), value, range }, wasRepaired };
}

/** A name that holds "/": the longest run of tokens that, joined, is a key. */
function repair(
  value: JsonObject,
  tokens: readonly string[],
  index: number,
): { name: string; last: number } | undefined {
  for (let last = tokens.length - 1; last > index; last -= 1) {
    const name = tokens.slice(index, last + 1).join("/");
    if (name in value) return { name, last };
  }
  return undefined;
}

function suggest(
  value: JsonValue,
  path: readonly string[],
  missing: { token: string; rest: readonly string[] },
): string | undefined {
  if (!isObject(value)) return undefined;
  const near = suggestName(missing.token, Object.keys(value));
  return near === undefined ? undefined : formatPointer([...path, near, ...missing.rest]);
}

/** The anchor of the resource around, else any of the document; of several of a name the nearest around. */
function findAnchor(document: LoadedDocument, name: string, options: FindOptions): FoundInDocument {
  const { anchors } = indexOf(document);
  const named = anchors.filter((anchor) => anchor.name === decodePercent(name));
  const resource = resourceOf(options.scope) ?? document.root;
  const own = named.filter((anchor) => anchor.resource === resource);
  const found = (own.length > 1 ? nearestOf(own, options.scope) : own[0]) ?? named[0];
  if (found !== undefined) return walk(document, found.tokens, {});
  const near = suggestName(
    name,
    anchors.map((anchor) => anchor.name),
  );
  const asPointer = walk(document, parsePointer(`/${name}`), {});
  return { target: undefined, nearest: near ?? (asPointer.target === undefined ? undefined : `/${name}`) };
}

function nearestOf(anchors: readonly Anchor[], scope: Scope | undefined): Anchor | undefined {
  for (let next = scope; next !== undefined; next = next.parent) {
    const path = formatPointer(next.tokens);
    const found = anchors.find(({ tokens }) => formatPointer(tokens) === path);
    if (found !== undefined) return found;
  }
  return anchors[0];
}

function findAvro(document: LoadedDocument, fragment: string, options: FindOptions): FoundInDocument {
  const wanted = parsePointer(fragment.startsWith("/") ? fragment : `/${fragment}`).join("/");
  const names = listAvroNames(document.root);
  const named =
    names.find(({ fullName }) => fullName === wanted) ?? names.find(({ fullName }) => fullName.endsWith(`.${wanted}`));
  if (named !== undefined) {
    const range = (isObject(named.value) ? rangeOf(named.value) : undefined) ?? rangeOfRoot(document);
    return { target: { document, pointer: `/${named.fullName}`, value: named.value, range } };
  }
  const nearest = suggestName(
    wanted,
    names.map(({ fullName }) => fullName),
  );
  const found = walk(document, parsePointer(fragment), options);
  return found.target === undefined && nearest !== undefined ? { target: undefined, nearest: `/${nearest}` } : found;
}

function rangeOfRoot(document: LoadedDocument): SourceRange {
  const { root, file } = document;
  return (typeof root === "object" && root !== null ? rangeOf(root) : undefined) ?? { file, start: 0, end: 0 };
}
