import { serverVariable } from "../diagnostics/catalogue/openapi.ts";
import { isArray, isObject, rangeOf, type JsonObject } from "../source/json.ts";
import { reportAt, type OpenApiContext } from "./openapi-context.ts";

/**
 * The path prefixes of a document's servers, without a slash at the end, in their order and each once; `""` alone when
 * there are none. Variables stand for their defaults.
 */
export function lowerServers(context: OpenApiContext): readonly string[] {
  const servers = context.root["servers"];
  const paths = (isArray(servers) ? servers : []).filter(isObject).flatMap((server) => {
    const url = server["url"];
    return typeof url === "string" ? [pathOf(expandVariables(context, server, url))] : [];
  });
  return paths.length === 0 ? [""] : [...new Set(paths)];
}

function expandVariables(context: OpenApiContext, server: JsonObject, url: string): string {
  return url.replace(/\{([^{}]*)\}/g, (whole, name: string) => {
    const variables = server["variables"];
    const variable = isObject(variables) && Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value = isObject(variable) ? variable["default"] : undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    reportAt(context, serverVariable, { parameters: { name, url }, range: rangeOf(server, "url") });
    return whole;
  });
}

/** The path of an absolute or relative URL; `URL` itself would refuse hosts such as `{region}.example.com`. */
function pathOf(url: string): string {
  const path = url
    .replace(/^(?:[a-z][\w+.-]*:)?\/\/[^/?#]*/i, "")
    .replace(/[?#].*$/, "")
    .replace(/^(?:\.\.?\/)+/, "/");
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" || trimmed === "." ? "" : trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
}
