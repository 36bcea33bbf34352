import type { HttpOperation } from "../descriptor/http.ts";
import { placeOfScheme } from "./security-places.ts";
import { queryDecode } from "./percent.ts";

interface QueryNames {
  /** All names of credentials. */
  readonly all: ReadonlySet<string>;
  /** Those that are no parameters of the contract as well. */
  readonly undeclared: ReadonlySet<string>;
}

const known = new WeakMap<HttpOperation, QueryNames>();

/**
 * A request's query without the credentials that its contract puts there: what was asked for is the same with a new
 * key. `declared` keeps those that the contract also declares as parameters.
 */
export function withoutQueryCredentials(operation: HttpOperation, query: string, keep: "none" | "declared"): string {
  if (operation.security === undefined || query === "") return query;
  const names = keep === "none" ? namesOf(operation).all : namesOf(operation).undeclared;
  if (names.size === 0) return query;
  return query
    .split("&")
    .filter((pair) => {
      const name = pair.split("=", 1)[0] ?? "";
      return !names.has(queryDecode(name) ?? name);
    })
    .join("&");
}

function namesOf(operation: HttpOperation): QueryNames {
  const found = known.get(operation);
  if (found !== undefined) return found;
  const places = (operation.security ?? []).flat().map(({ scheme }) => placeOfScheme(scheme));
  const all = new Set(places.flatMap((place) => (place?.in === "query" ? [place.name] : [])));
  const declared = new Set(
    (operation.parameters ?? []).flatMap((parameter) => (parameter.in === "query" ? [parameter.name] : [])),
  );
  const names = { all, undeclared: new Set([...all].filter((name) => !declared.has(name))) };
  known.set(operation, names);
  return names;
}
