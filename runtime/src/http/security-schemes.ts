import type { HttpOperation, HttpSecurityRequirement, HttpSecurityScheme, HttpService } from "../descriptor/http.ts";

/**
 * What is given by the names of schemes, for each scheme of a service or of chosen operations that has the name.
 *
 * @throws {Error} when the source has no scheme of a name.
 */
export function bindToSchemes<Value>(
  source: HttpService | Readonly<Record<string, HttpOperation>>,
  given: Readonly<Record<string, Value>>,
): Map<HttpSecurityScheme, Value> {
  const schemes = knownSchemes(source);
  const bound = new Map<HttpSecurityScheme, Value>();
  for (const [name, value] of Object.entries(given)) {
    const named = schemes.filter((scheme) => scheme.name === name);
    if (named.length === 0) throw new Error(`no security scheme is called "${name}"`);
    for (const scheme of named) bound.set(scheme, value);
  }
  return bound;
}

/** The schemes of a service, or of chosen operations. */
export function knownSchemes(source: HttpService | Readonly<Record<string, HttpOperation>>): HttpSecurityScheme[] {
  const isService = typeof (source as Partial<HttpService>).kind === "string";
  const service = source as HttpService;
  const operations = Object.values(isService ? service.operations : source) as readonly HttpOperation[];
  const declared = isService ? (Object.values(service.securitySchemes ?? {}) as readonly HttpSecurityScheme[]) : [];
  const used = operations.flatMap(({ security = [] }) => security.flat().map(({ scheme }) => scheme));
  return [...new Set([...declared, ...used])];
}

/** Whether a caller must be known: there are alternatives, and none of them is empty. */
export function asksForCaller({ security }: HttpOperation): boolean {
  return security !== undefined && security.length > 0 && security.every((alternative) => alternative.length > 0);
}

const words: Readonly<Record<HttpSecurityScheme["kind"], string>> = {
  apiKey: "API key",
  basic: "user name and password",
  bearer: "bearer token",
  http: "credential",
  oauth2: "OAuth 2.0 token",
  openIdConnect: "OpenID Connect token",
  mutualTLS: "client certificate",
  unknown: "unknown scheme",
};

/** `"customer" (bearer token), or "partner" (API key) and "certificate" (client certificate)`. */
export function describeAlternatives(security: readonly (readonly HttpSecurityRequirement[])[]): string {
  return security
    .filter((alternative) => alternative.length > 0)
    .map((alternative) => alternative.map(({ scheme }) => `"${scheme.name}" (${words[scheme.kind]})`).join(" and "))
    .join(", or ");
}
