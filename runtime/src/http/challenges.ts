import type { HttpOperation, HttpSecurityScheme } from "../descriptor/http.ts";
import { placeOfScheme } from "./security-places.ts";

/** What is wrong with what came, for the challenges of a refusal. */
export interface ChallengeFault {
  /** RFC 6750 section 3.1. */
  readonly error: "invalid_token" | "insufficient_scope";
  /** The schemes for which something came that was refused. */
  readonly schemes: ReadonlySet<HttpSecurityScheme>;
}

/**
 * The text of `WWW-Authenticate` (RFC 9110 section 11.6.1), with one challenge an authentication scheme: `Basic` of RFC
 * 7617, `Bearer` of RFC 6750 with the scopes asked for, others by their names. API keys and client certificates have no
 * registered one; since a 401 must have a challenge, they get `ApiKey` with the key's place, and `ClientCertificate`.
 * Undefined for operations without security.
 */
export function challengesOf(operation: HttpOperation, fault?: ChallengeFault): string | undefined {
  const challenges = new Map<string, string>();
  const scopes = new Map<string, Set<string>>();
  const faults = new Set<string>();
  const isDenial = fault?.error === "insufficient_scope";
  const members = (operation.security ?? []).flat().filter(({ scheme }) => !isDenial || fault.schemes.has(scheme));
  for (const { scheme, scopes: asked = [] } of members) {
    const key = keyOf(scheme);
    const known = scopes.get(key) ?? new Set();
    if (isToken(scheme)) for (const scope of asked) known.add(scope);
    scopes.set(key, known);
    if (fault?.schemes.has(scheme) === true && isToken(scheme)) faults.add(key);
  }
  for (const { scheme } of members) {
    const key = keyOf(scheme);
    const wanted = [...(scopes.get(key) ?? [])].join(" ");
    challenges.set(
      key,
      [
        `${key} realm=${quoted(operation.service)}`,
        ...parametersOf(scheme),
        ...(faults.has(key) && fault !== undefined ? [`error="${fault.error}"`] : []),
        ...(wanted === "" ? [] : [`scope=${quoted(wanted)}`]),
      ].join(", "),
    );
  }
  return challenges.size === 0 ? undefined : [...challenges.values()].join(", ");
}

function keyOf(scheme: HttpSecurityScheme): string {
  if (scheme.kind === "mutualTLS") return "ClientCertificate";
  return placeOfScheme(scheme)?.prefix ?? (scheme.kind === "apiKey" ? "ApiKey" : "Unknown");
}

function parametersOf(scheme: HttpSecurityScheme): readonly string[] {
  if (scheme.kind === "basic") return [`charset="UTF-8"`];
  if (scheme.kind !== "apiKey") return [];
  return [`in="${scheme.in ?? ""}"`, `name=${quoted(scheme.parameter ?? "")}`];
}

function isToken({ kind }: HttpSecurityScheme): boolean {
  return kind === "bearer" || kind === "oauth2" || kind === "openIdConnect";
}

/** A quoted-string, RFC 9110 section 5.6.4; what no header can hold becomes "?". */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`;
}
