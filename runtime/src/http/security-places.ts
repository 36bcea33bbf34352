import type { HttpSecurityScheme } from "../descriptor/http.ts";

/** Where the credential of a scheme stands in a request. */
export interface SecurityPlace {
  readonly in: "query" | "header" | "cookie";
  readonly name: string;
  /** The authentication scheme before it (RFC 9110 section 11.4): `Bearer`. */
  readonly prefix?: string;
}

/**
 * The place of a scheme's credential; undefined for certificates, and for schemes that nobody knows. Tokens of OAuth
 * 2.0 and OpenID Connect go as bearer tokens in the header (RFC 6750 section 2.1), nowhere else.
 */
export function placeOfScheme(scheme: HttpSecurityScheme): SecurityPlace | undefined {
  switch (scheme.kind) {
    case "apiKey":
      return scheme.in === undefined || scheme.parameter === undefined
        ? undefined
        : { in: scheme.in, name: scheme.in === "header" ? scheme.parameter.toLowerCase() : scheme.parameter };
    case "basic":
      return { in: "header", name: "authorization", prefix: "Basic" };
    case "bearer":
    case "oauth2":
    case "openIdConnect":
      return { in: "header", name: "authorization", prefix: "Bearer" };
    case "http":
      return scheme.scheme === undefined ? undefined : { in: "header", name: "authorization", prefix: scheme.scheme };
    case "mutualTLS":
    case "unknown":
      return undefined;
  }
}
