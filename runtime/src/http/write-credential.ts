import type { AttachedCredentials } from "../call/credentials.ts";
import type { HttpSecurityScheme } from "../descriptor/http.ts";
import { base64Encode } from "../wire/base64.ts";
import { isHeaderValue } from "../wire/header-text.ts";
import { writeParameters } from "./parameters.ts";
import { placeOfScheme } from "./security-places.ts";
import { isRecord } from "./values.ts";

/** One credential as it goes on the wire; a certificate goes with the connection, and needs nothing. */
export interface WrittenCredential {
  readonly header?: readonly [string, string];
  readonly query?: string;
  readonly cookie?: string;
}

/**
 * Writes a credential at its scheme's place, escaped as parameters are; else tells what was expected, not what came.
 */
export function writeCredential(
  scheme: HttpSecurityScheme,
  value: unknown,
): WrittenCredential | { readonly expected: string } {
  if (scheme.kind === "mutualTLS") return value === true ? {} : { expected: "true" };
  const place = placeOfScheme(scheme);
  if (place === undefined) return { expected: "known to the contract: its scheme is not declared" };
  const text = scheme.kind === "basic" ? basicText(value) : value;
  if (typeof text !== "string") {
    return { expected: scheme.kind === "basic" ? "a user name without colon, and a password" : "a string" };
  }
  if (place.in !== "header") return writeParameter(place.in, place.name, text);
  const isToken = place.prefix === "Bearer";
  if (!isHeaderValue(text) || text.trim() !== text || (isToken && /[^\x21-\x7e]/.test(text))) {
    return { expected: isToken ? "a token of visible ASCII characters" : "text that a header can hold" };
  }
  return { header: [place.name, place.prefix === undefined ? text : `${place.prefix} ${text}`] };
}

/** All credentials of a call as one. */
export function joinWritten(written: readonly WrittenCredential[]): AttachedCredentials {
  const cookies = written.flatMap(({ cookie = [] }) => cookie);
  return {
    headers: [
      ...written.flatMap(({ header }) => (header === undefined ? [] : [header])),
      ...(cookies.length === 0 ? [] : [["cookie", cookies.join("; ")] as const]),
    ],
    query: written.flatMap(({ query = [] }) => query).join("&"),
  };
}

function writeParameter(
  place: "query" | "cookie",
  name: string,
  text: string,
): WrittenCredential | { readonly expected: string } {
  const written = writeParameters([{ in: place, name }], { [place]: Object.fromEntries([[name, text]]) }, []);
  const result = place === "query" ? written.query : written.cookie;
  return result === "" ? { expected: `text that a ${place} can hold` } : { [place]: result };
}

/** RFC 7617 section 2, in UTF-8 (section 2.1); neither part may hold control characters. */
function basicText(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  const { username, password } = value;
  if (typeof username !== "string" || typeof password !== "string" || username.includes(":")) return undefined;
  if (/[\x00-\x1f\x7f]/.test(username + password)) return undefined;
  return base64Encode(new TextEncoder().encode(`${username}:${password}`));
}
