import type { AttachedCredentials } from "../../runtime/src/call/credentials.ts";
import type { HttpOperation, HttpSecurityScheme } from "../../runtime/src/descriptor/http.ts";
import { placeOfScheme } from "../../runtime/src/http/security-places.ts";
import { joinWritten, writeCredential } from "../../runtime/src/http/write-credential.ts";
import type { Random } from "./random.ts";

/** Credentials of one call, by the names of their schemes: what the client has, and what its server is to be given. */
export type DrawnCredentials = ReadonlyMap<string, unknown>;

/** Whether credentials of a scheme can be drawn: nobody knows how the others look, and certificates need TLS. */
export function isDrawable({ kind }: HttpSecurityScheme): boolean {
  return kind !== "mutualTLS" && kind !== "unknown";
}

/** Whether authenticators take the place of a general hook: there is an alternative that can be drawn. */
export function hasAuthenticator({ security = [] }: HttpOperation): boolean {
  return security.some(
    (alternative) => alternative.length > 0 && alternative.every(({ scheme }) => isDrawable(scheme)),
  );
}

/**
 * Credentials for one alternative of an operation. Empty where nobody has to be known, or where the call's own input
 * stands at the place of a credential: what a caller gives wins.
 */
export function drawCredentials(
  operation: HttpOperation,
  input: Readonly<Record<string, unknown>>,
  random: Random,
): DrawnCredentials {
  const alternatives = (operation.security ?? []).filter((alternative) =>
    alternative.every(({ scheme }) => isDrawable(scheme) && !isTaken(scheme, input)),
  );
  // Callers without a name share the keys that they send, and then an earlier outcome would be replayed.
  const isKeyed = operation.policy.idempotency.key !== undefined;
  const usable = isKeyed ? alternatives.filter(({ length }) => length > 0) : alternatives;
  if (usable.length === 0) return new Map();
  return new Map(random.pick(usable).map(({ scheme }) => [scheme.name, drawCredential(scheme, random)]));
}

/** Whether a parameter of the call is at the scheme's place. */
function isTaken(scheme: HttpSecurityScheme, input: Readonly<Record<string, unknown>>): boolean {
  const place = placeOfScheme(scheme);
  const part = place === undefined ? undefined : input[place.in];
  if (place === undefined || typeof part !== "object" || part === null) return false;
  return Object.keys(part).some((name) => name.toLowerCase() === place.name.toLowerCase());
}

/** As clients write them, past the client. */
export function attach({ security = [] }: HttpOperation, drawn: DrawnCredentials): AttachedCredentials {
  const schemes = new Map(security.flat().map(({ scheme }) => [scheme.name, scheme]));
  return joinWritten(
    [...drawn].map(([name, value]) => {
      const written = writeCredential(schemes.get(name) as HttpSecurityScheme, value);
      if ("expected" in written) throw new Error(`expected ${written.expected} for "${name}"`);
      return written;
    }),
  );
}

const keys = ["k", "a b", "a&b=c;d", "é 😀", "100%", "%41", '"quoted"', "a+b/c==", "x,y"];
const headerKeys = keys.filter((key) => /^[\x20-\x7e]*$/.test(key));
const tokens = ["t", "eyJhbGciOiJub25lIn0.e30.", "a-b._~+/9==", "0123456789abcdef"];

function drawCredential(scheme: HttpSecurityScheme, random: Random): unknown {
  const unique = String(random.whole(0, 999_999));
  switch (scheme.kind) {
    case "basic":
      return {
        username: random.pick(["", "Zoë", "a b", "user"]) + unique,
        password: random.pick(["", ":", "pa:ss wörd", "😀"]),
      };
    case "http":
      return random.pick(["token68==", 'key="value", other=1', "a b"]);
    case "apiKey":
      return random.pick(scheme.in === "header" ? headerKeys : keys) + unique;
    default:
      return `${unique}${random.pick(tokens)}`;
  }
}
