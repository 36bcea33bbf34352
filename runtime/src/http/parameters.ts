import type { HttpParameter } from "../descriptor/http.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";
import type { HeaderMap } from "../call/headers.ts";
import { readForm, writeForm } from "./form.ts";
import { completeParameter, completeParameters, type FullParameter } from "./full-parameter.ts";
import { parseJsonText, writeJson } from "./json.ts";
import { isJsonType, parseMediaType } from "./media-type.ts";
import type { HttpLimits } from "./message.ts";
import { percentDecode, percentEncode, queryDecode } from "./percent.ts";
import { readFromPairs, splitPairs, type PairsReadOptions, type RawPairs } from "./parameters-query.ts";
import { readDelimited, readPathValue } from "./parameters-read.ts";
import { isHeaderValue } from "../wire/header-text.ts";
import { encoderOf, UnwritableValue, writeHeaderValue, writePairs, writePathValue } from "./parameters-write.ts";
import { getOwn, isRecord, issueAt, pointerTo, readScalar, setOwn, writeScalar, type Read } from "./values.ts";

/** Parameters of one request as they go on the wire. */
export interface WrittenParameters {
  /** Path segments' texts by parameter name, encoded. */
  readonly path: ReadonlyMap<string, string>;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The `cookie` header; empty when there is none. */
  readonly cookie: string;
}

/** The input's parts: objects of parameters by name, and the whole query string where the contract reads it as one. */
type Input = Partial<Record<"path" | "query" | "header" | "cookie", Record<string, unknown>>> & {
  querystring?: unknown;
};

/** Parameters that HTTP itself owns, which OpenAPI says are ignored. */
const ignoredHeaders = new Set(["accept", "content-type", "authorization"]);

/**
 * Writes all parameters of a request. What is missing, not valid or unwritable goes to `issues` with its place, for
 * example `/query/limit`.
 */
export function writeParameters(
  parameters: readonly HttpParameter[],
  input: Readonly<Record<string, unknown>>,
  issues: ValidationIssue[],
): WrittenParameters {
  const path = new Map<string, string>();
  const query: string[] = [];
  const headers: (readonly [string, string])[] = [];
  const cookies: string[] = [];
  for (const parameter of completeParameters(parameters)) {
    const { pointer } = parameter;
    const value = readInput(parameter, input);
    if (value === undefined) {
      if (parameter.required && !isIgnored(parameter)) issues.push(issueAt(pointer, "required", "a value"));
      continue;
    }
    if (parameter.validate !== undefined && !parameter.validate(value)) {
      parameter.validate(value, pointer, issues);
      continue;
    }
    try {
      switch (parameter.in) {
        case "path":
          path.set(parameter.name, writePath(parameter, value));
          break;
        case "query":
          query.push(...required(parameter, writeQuery(parameter, value)));
          break;
        case "querystring":
          query.push(writeContent(parameter, value, true));
          break;
        case "header":
          if (!isIgnored(parameter)) headers.push([parameter.name.toLowerCase(), writeHeader(parameter, value)]);
          break;
        case "cookie":
          cookies.push(...required(parameter, writeCookie(parameter, value)));
          break;
      }
    } catch (error) {
      if (!(error instanceof UnwritableValue)) throw error;
      issues.push(issueAt(pointer, "style", error.message));
    }
  }
  return { path, query: query.filter((text) => text !== "").join("&"), headers, cookie: cookies.join("; ") };
}

/** The raw parameters of a request as a server got them. */
export interface RawParameters {
  readonly path: ReadonlyMap<string, string>;
  /** Without `?`. */
  readonly query: string;
  readonly headers: HeaderMap;
}

/** Reads all parameters of a request into the parts of its input; parts without a value are left out. */
export function readParameters(
  declared: readonly HttpParameter[],
  raw: RawParameters,
  options: { readonly limits: HttpLimits; readonly issues: ValidationIssue[]; readonly validate: boolean },
): Input {
  const { limits, issues } = options;
  const parameters = completeParameters(declared);
  const input: Input = {};
  const inQuery = parameters.filter((parameter) => parameter.in === "query");
  const query =
    inQuery.length === 0 ? undefined : splitPairs(raw.query, "&", { decode: queryDecode, maxCount: limits.maxCount });
  const hasCookies = parameters.some((parameter) => parameter.in === "cookie");
  const cookies = !hasCookies
    ? undefined
    : splitPairs(raw.headers.get("cookie") ?? "", ";", {
        // Cookies of others may have names that are no percent-encoded text; they are just not ours.
        decode: (text) => percentDecode(text) ?? text,
        maxCount: limits.maxCount,
      });
  if (inQuery.length > 0 && query === undefined) {
    issues.push(issueAt("/query", "format", `a well-formed query of at most ${limits.maxCount} parameters`));
    return input;
  }
  for (const parameter of parameters) {
    if (isIgnored(parameter)) continue;
    const { pointer } = parameter;
    const read = readParameter(parameter, { raw, query, cookies, parameters, limits });
    if (read === undefined) {
      if (parameter.required) issues.push(issueAt(pointer, "required", "a value"));
    } else if (!("value" in read)) issues.push(issueAt(pointer, read.keyword, read.expected));
    else {
      if (options.validate && parameter.validate !== undefined && !parameter.validate(read.value)) {
        parameter.validate(read.value, pointer, issues);
      }
      if (parameter.in === "querystring") input.querystring = read.value;
      else setOwn((input[parameter.in] ??= {}), parameter.name, read.value);
    }
  }
  return input;
}

/** Writes a declared header of a response, or of a request. Values that headers can't hold are refused. */
export function writeHeader(declared: HttpParameter, value: unknown): string {
  const parameter = completeParameter(declared);
  const text =
    parameter.mediaType === undefined ? writeHeaderValue(parameter, value) : writeContent(parameter, value, false);
  if (!isHeaderValue(text)) throw new UnwritableValue("text that a header can hold");
  return text;
}

/** Reads a header's text in its declared shape. */
export function readHeader(declared: HttpParameter, text: string, limits: HttpLimits): Read {
  const parameter = completeParameter(declared);
  if (parameter.mediaType !== undefined) return readContent(parameter, text, limits);
  return readDelimited(
    {
      name: parameter.name,
      style: "simple",
      explode: parameter.explode,
      shape: parameter.shape,
      decode: trimSpaces,
      maxCount: limits.maxCount,
    },
    trimSpaces(text),
    ",",
  );
}

/** Optional white space of HTTP, which is less than what JavaScript takes for it. */
function trimSpaces(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from += 1;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

interface ReadSources {
  readonly raw: RawParameters;
  readonly query: RawPairs | undefined;
  readonly cookies: RawPairs | undefined;
  readonly parameters: readonly FullParameter[];
  readonly limits: HttpLimits;
}

function readParameter(parameter: FullParameter, sources: ReadSources): Read | undefined {
  const { raw, limits } = sources;
  const { name, shape, style, explode } = parameter;
  const maxCount = limits.maxCount;
  switch (parameter.in) {
    case "path": {
      const text = raw.path.get(name);
      if (text === undefined) return undefined;
      if (parameter.mediaType !== undefined)
        return decodeThen(text, percentDecode, (plain) => readContent(parameter, plain, limits));
      return readPathValue(parameter, text, { name, shape, decode: percentDecode, maxCount });
    }
    case "header": {
      const text = raw.headers.get(name);
      return text === null ? undefined : readHeader(parameter, text, limits);
    }
    case "querystring":
      if (raw.query === "") return undefined;
      return isForm(parameter)
        ? readContent(parameter, raw.query, limits)
        : decodeThen(raw.query, percentDecode, (plain) => readContent(parameter, plain, limits));
    case "query":
    case "cookie": {
      const pairs = parameter.in === "query" ? sources.query : sources.cookies;
      if (pairs === undefined) return { expected: `at most ${maxCount} cookies`, keyword: "maxItems" };
      const decode =
        parameter.in === "query" ? queryDecode : style === "cookie" ? (text: string) => text : percentDecode;
      if (parameter.mediaType === undefined) {
        const names = namesOf(sources.parameters)[parameter.in];
        return readFromPairs(pairs, { name, style, explode, shape, decode, maxCount, ...names });
      }
      const raws = pairs.byName.get(name) ?? [];
      if (raws.length > 1) return { expected: "one value", keyword: "type" };
      return raws[0] === undefined
        ? undefined
        : decodeThen(raws[0], decode, (plain) => readContent(parameter, plain, limits));
    }
  }
}

type NamesByPlace = Record<"query" | "cookie", Pick<PairsReadOptions, "taken" | "takenDeep">>;

const knownNames = new WeakMap<readonly FullParameter[], NamesByPlace>();

/** Names that have owners, by their place; computed once a list. */
function namesOf(parameters: readonly FullParameter[]): NamesByPlace {
  let known = knownNames.get(parameters);
  if (known === undefined) {
    known = { query: namesIn(parameters, "query"), cookie: namesIn(parameters, "cookie") };
    knownNames.set(parameters, known);
  }
  return known;
}

function namesIn(parameters: readonly FullParameter[], place: "query" | "cookie"): NamesByPlace["query"] {
  const likewise = parameters.filter((one) => one.in === place);
  return {
    taken: new Set(likewise.map(({ name }) => name)),
    takenDeep: likewise.filter(({ style }) => style === "deepObject").map(({ name }) => name),
  };
}

function decodeThen(raw: string, decode: (text: string) => string | undefined, read: (text: string) => Read): Read {
  const text = decode(raw);
  return text === undefined ? { expected: "percent-encoded UTF-8", keyword: "format" } : read(text);
}

function readContent(parameter: FullParameter, text: string, limits: HttpLimits): Read {
  if (isForm(parameter)) {
    const issues: ValidationIssue[] = [];
    const value = readForm(
      parameter.json === undefined ? { shape: parameter.shape } : { shape: parameter.shape, json: parameter.json },
      text,
      { limits, issues, pointer: "" },
    );
    const [issue] = issues;
    return issue === undefined
      ? { value: settled(parameter, value) }
      : { expected: `${issue.expected} at ${issue.pointer}`, keyword: issue.keyword };
  }
  if (!isJsonType(parseMediaType(parameter.mediaType)?.essence ?? "")) return readScalar(text, parameter.shape);
  try {
    return { value: settled(parameter, parseJsonText(text, limits.maxDepth, parameter.json)) };
  } catch {
    // The only failure is text that is no JSON, which the issue tells with its place.
    return { expected: "JSON", keyword: "contentMediaType" };
  }
}

function settled({ json }: FullParameter, value: unknown): unknown {
  return json === undefined ? value : json.settle(value);
}

function writeContent(parameter: FullParameter, value: unknown, encode: boolean): string {
  if (isForm(parameter)) {
    const form = writeForm(parameter.json === undefined ? {} : { json: parameter.json }, value);
    return encode && parameter.in !== "querystring" ? percentEncode(form) : form;
  }
  const isJson = isJsonType(parseMediaType(parameter.mediaType)?.essence ?? "");
  const text = isJson ? writeJson(value, parameter.json) : writeScalar(value);
  if (text === undefined) throw new UnwritableValue(isJson ? "a JSON value" : "a value that has a text");
  if (encode) return percentEncode(text);
  return isJson ? toAsciiJson(text) : text;
}

/** The same JSON for headers, which hold no more than ASCII safely: what is beyond stands in strings, as escapes. */
function toAsciiJson(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function writePath(parameter: FullParameter, value: unknown): string {
  const text =
    parameter.mediaType === undefined ? writePathValue(parameter, value) : writeContent(parameter, value, true);
  if (text === "") throw new UnwritableValue("a value that is not empty");
  return text;
}

function writeQuery(parameter: FullParameter, value: unknown): string[] {
  const { name, style, explode } = parameter;
  if (parameter.mediaType !== undefined) return [`${percentEncode(name)}=${writeContent(parameter, value, true)}`];
  const encode = encoderOf("query", parameter.allowReserved);
  return writePairs({ name, style, explode, encode, delimiters: "" }, value).map(
    ([key, text]) => `${parameter.allowReserved === true ? key.replaceAll("=", "%3D") : key}=${text}`,
  );
}

/** An exploded list or object without members writes nothing at all: the peer would not see that it was given. */
function required(parameter: FullParameter, pairs: readonly string[]): readonly string[] {
  if (parameter.required && pairs.length === 0) throw new UnwritableValue("a value that is not empty");
  return pairs;
}

function writeCookie(parameter: FullParameter, value: unknown): string[] {
  const { name, style, explode } = parameter;
  if (parameter.mediaType !== undefined) return [`${name}=${writeContent(parameter, value, true)}`];
  const encode = encoderOf(style === "cookie" ? "plain" : "query");
  return writePairs({ name, style, explode, encode, delimiters: style === "cookie" ? "," : "" }, value).map(
    ([key, text]) => {
      // Cookie octets (RFC 6265 section 4.1.1), with the bare comma that joins lists.
      if (!/^[\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(text) || !/^[^\s;=,"]+$/.test(key)) {
        throw new UnwritableValue("text that a cookie can hold");
      }
      return `${key}=${text}`;
    },
  );
}

function readInput(parameter: FullParameter, input: Readonly<Record<string, unknown>>): unknown {
  const part = input[parameter.in];
  if (parameter.in === "querystring") return part;
  if (!isRecord(part)) return undefined;
  const value = getOwn(part, parameter.name);
  // Header names are case-insensitive, so the input may spell them in another case than the contract.
  if (value !== undefined || parameter.in !== "header") return value;
  const name = parameter.name.toLowerCase();
  return Object.entries(part).find(([key]) => key.toLowerCase() === name)?.[1];
}

function isIgnored(parameter: FullParameter): boolean {
  return parameter.in === "header" && ignoredHeaders.has(parameter.name.toLowerCase());
}

function isForm(parameter: FullParameter): boolean {
  return parseMediaType(parameter.mediaType)?.essence === "application/x-www-form-urlencoded";
}
