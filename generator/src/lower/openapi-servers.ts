import { innerServers, serverVariable } from "../diagnostics/catalogue/openapi.ts";
import type { HttpOwnServersModel, HttpServerModel, HttpServerVariableModel } from "../model/http.ts";
import { isArray, isObject, rangeOf, type JsonObject } from "../source/json.ts";
import { reportAt, type Located, type OpenApiContext } from "./openapi-context.ts";

/** The servers of a document, path item or operation. */
export interface LoweredServers {
  readonly list: readonly HttpServerModel[];
  /** Their path prefixes, without a slash at the end, in their order and each once; `""` alone when there are none. */
  readonly basePaths: readonly string[];
}

/** More paths of one server than this are not listed: then variables stand for their defaults alone. */
const maxPaths = 64;

/** Lowers `servers` of a document, path item or operation. Variables in paths stand for each value of their `enum`. */
export function lowerServers(context: Pick<OpenApiContext, "input">, holder: JsonObject): LoweredServers {
  const written = holder["servers"];
  const list = (isArray(written) ? written : [])
    .filter(isObject)
    .flatMap((server) => (typeof server["url"] === "string" ? [lowerServer(server, server["url"])] : []));
  for (const [index, { url, variables }] of list.entries()) {
    for (const [, name = ""] of url.matchAll(/\{([^{}]*)\}/g)) {
      if (variables[name]?.default !== undefined) continue;
      const range = isArray(written) ? rangeOf(written, index) : undefined;
      reportAt(context as OpenApiContext, serverVariable, { parameters: { name, url }, range });
    }
  }
  const paths = list.flatMap(pathsOf);
  return { list, basePaths: paths.length === 0 ? [""] : [...new Set(paths)] };
}

/**
 * The servers that an operation, or its path item, has in place of the document's; undefined where they are the same.
 * Reports those of another origin: a client's transport goes to one.
 */
export function lowerOwnServers(
  context: OpenApiContext,
  { item, operation }: { readonly item: Located; readonly operation: Located },
  names: { readonly operation: string; readonly line: string },
): HttpOwnServersModel | undefined {
  const holder = [operation, item].find(({ value }) => isArray(value["servers"]) && value["servers"].length > 0);
  if (holder === undefined) return undefined;
  const { list, basePaths } = lowerServers(context, holder.value);
  const whole = context.servers;
  if (JSON.stringify(list) === JSON.stringify(whole.list)) return undefined;
  const origins = new Set(whole.list.map(originOf));
  const foreign = list.find((server) => originOf(server) !== "" && !origins.has(originOf(server)));
  if (foreign !== undefined) {
    const parameters = { path: names.line, name: names.operation, url: foreign.url };
    reportAt(context, innerServers, { parameters, range: rangeOf(holder.value, "servers", "key") });
  }
  return { list, basePaths, insteadOf: whole.basePaths };
}

function lowerServer(server: JsonObject, url: string): HttpServerModel {
  const { name, description, variables } = server;
  const read: [string, HttpServerVariableModel][] = [];
  for (const [key, variable] of isObject(variables) ? Object.entries(variables) : []) {
    if (!isObject(variable)) continue;
    const values = variable["enum"];
    const texts = isArray(values) ? values.filter(isText).map(String) : [];
    read.push([
      key,
      {
        ...(isText(variable["default"]) ? { default: String(variable["default"]) } : {}),
        ...(texts.length === 0 ? {} : { enum: texts }),
      },
    ]);
  }
  // Documents give numbers for ports, and names that objects inherit are names like others.
  const own = Object.assign(Object.create(null) as object, Object.fromEntries(read));
  return {
    url,
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof description === "string" ? { description } : {}),
    variables: own as Readonly<Record<string, HttpServerVariableModel>>,
  };
}

function isText(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Each path that the server's variables can give; one without default stays as it is written. */
function pathsOf(server: HttpServerModel): readonly string[] {
  const [, start = "", rest = ""] = /^((?:[^/?#]*:)?\/\/[^/?#]*|\{[^{}]*\})?(.*)$/s.exec(server.url) ?? [];
  const head = start.replace(/\{([^{}]*)\}/g, (whole, name: string) => server.variables[name]?.default ?? whole);
  let texts = [""];
  for (const part of rest.split(/(\{[^{}]*\})/)) {
    const variable = /^\{.*\}$/s.test(part) ? server.variables[part.slice(1, -1)] : undefined;
    const first = variable?.default ?? part;
    const values = variable === undefined ? [part] : [...new Set([first, ...(variable.enum ?? [])])];
    const isTooMany = texts.length * values.length > maxPaths;
    texts = texts.flatMap((text) => (isTooMany ? [first] : values).map((value) => text + value));
  }
  return texts.map((text) => pathOf(head + text));
}

/** `https://api.example.com:8443` in small letters, variables by their defaults; `""` of a relative URL. */
function originOf({ url, variables }: HttpServerModel): string {
  const whole = url.replace(/\{([^{}]*)\}/g, (text, name: string) => variables[name]?.default ?? text);
  return /^[a-z][\w+.-]*:\/\/[^/?#]*/i.exec(whole)?.[0].toLowerCase() ?? "";
}

/** The path of an absolute or relative URL; `URL` itself would refuse hosts such as `{region}.example.com`. */
function pathOf(url: string): string {
  const path = url
    .replace(/^(?:[a-z][\w+.-]*:)?\/\/[^/?#]*/i, "")
    .replace(/[?#].*$/s, "")
    .replace(/^(?:\.\.?\/)+/, "/");
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" || trimmed === "." ? "" : trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
}
