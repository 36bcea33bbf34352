import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { isArray, isObject, rangeOf } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { Move } from "./moves.ts";
import { decodePercent, folderOf, isRemote, joinPath } from "./paths.ts";
import { getEntry, parsePointer } from "./pointer.ts";

/** What the conversions of old versions share. They run after the shape check, and pass by what has a wrong shape. */
export interface ConvertContext {
  readonly root: JsonObject;
  readonly moves: Move[];
  readonly diagnostics: Diagnostic[];
  /** The root of another file as it is written, by its path relative to this one. */
  readonly readOther?: ReadOther;
}

/** Gives the root of a file by its path relative to the document that is converted. */
export type ReadOther = (path: string) => JsonValue | undefined;

/** A value behind references, and where it stands when that is another file. */
export interface Followed {
  readonly value: JsonValue | undefined;
  /** A reference to it, relative to the document that is converted. */
  readonly ref?: string;
}

/** The object under a key; an empty one when there is none. */
export function objectAt(value: JsonObject, key: string): JsonObject {
  const child = value[key];
  return isObject(child) ? child : empty;
}

const empty: JsonObject = Object.create(null);

/** The array under a key; an empty one when there is none. */
export function arrayAt(value: JsonObject, key: string): readonly JsonValue[] {
  const child = value[key];
  return isArray(child) ? child : [];
}

/** The string under a key. */
export function stringAt(value: JsonObject, key: string): string | undefined {
  const child = value[key];
  return typeof child === "string" ? child : undefined;
}

/** The strings of the array under a key; undefined when there is no array. */
export function stringsAt(value: JsonObject, key: string): readonly string[] | undefined {
  const child = value[key];
  return isArray(child) ? child.filter((item) => typeof item === "string") : undefined;
}

/** A value with its local references (`#/...`) followed, within the document as it was written. */
export function followLocal(context: ConvertContext, value: JsonValue | undefined): JsonValue | undefined {
  let current = value;
  for (let steps = 0; steps < 32; steps += 1) {
    const ref = isObject(current) ? current["$ref"] : undefined;
    if (typeof ref !== "string") return current;
    if (!ref.startsWith("#/")) return undefined;
    let next: JsonValue | undefined = context.root;
    for (const token of parsePointer(ref.slice(1))) next = next === undefined ? undefined : getEntry(next, token);
    current = next;
  }
  return undefined;
}

/** A value with its references followed, into other files too. */
export function followAll(context: ConvertContext, value: JsonValue | undefined): Followed {
  let current: Followed = { value };
  let root: JsonValue | undefined = context.root;
  let file = "";
  for (let steps = 0; steps < 32; steps += 1) {
    const ref = isObject(current.value) ? current.value["$ref"] : undefined;
    if (typeof ref !== "string") return current;
    const [filePart = "", fragment = ""] = ref.split("#", 2);
    if (isRemote(filePart)) return { value: undefined };
    if (filePart !== "") {
      file = joinPath(folderOf(file), decodePercent(filePart));
      root = context.readOther?.(file);
    }
    let next = root;
    for (const token of parsePointer(fragment)) next = next === undefined ? undefined : getEntry(next, token);
    current = { value: next, ...(file === "" ? {} : { ref: `${encodeURI(file)}#${fragment}` }) };
  }
  return { value: undefined };
}

/** Warns of something that the newer version can't say. */
export function warnOfLoss(
  context: ConvertContext,
  problem: string,
  at: { readonly in: JsonObject; readonly key: string },
): void {
  context.diagnostics.push(createDiagnostic(messages.conversionLoss, { problem }, { range: rangeOf(at.in, at.key) }));
}

/** True for extensions. */
export function isExtension(key: string): boolean {
  return key.startsWith("x-");
}
