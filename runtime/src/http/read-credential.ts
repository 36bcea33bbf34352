import type { HeaderMap } from "../call/headers.ts";
import type { HttpSecurityScheme } from "../descriptor/http.ts";
import { base64Decode } from "../wire/base64.ts";
import type { BasicCredential } from "./credentials.ts";
import { serverLimits, type HttpPeer, type PeerCertificate } from "./message.ts";
import { splitPairs } from "./parameters-query.ts";
import { percentDecode, queryDecode } from "./percent.ts";
import { placeOfScheme, type SecurityPlace } from "./security-places.ts";

/** What came for a scheme: nothing, a credential, or something at its place that is none. */
export type ReadCredential =
  | { readonly kind: "absent" }
  | { readonly kind: "malformed" }
  | { readonly kind: "found"; readonly credential: string | BasicCredential | PeerCertificate | undefined };

/** The parts of a request that credentials are read from. */
export interface CredentialParts {
  readonly headers: HeaderMap;
  /** Path and query as on the wire. */
  readonly target: string | undefined;
  readonly peer: HttpPeer | undefined;
}

const absent: ReadCredential = { kind: "absent" };
const malformed: ReadCredential = { kind: "malformed" };

/** Reads the credential of a scheme. Nothing that a peer sends makes it throw. */
export function readCredential(scheme: HttpSecurityScheme, parts: CredentialParts): ReadCredential {
  if (scheme.kind === "unknown") return { kind: "found", credential: undefined };
  if (scheme.kind === "mutualTLS") {
    const certificate = parts.peer?.certificate;
    return certificate === undefined ? absent : { kind: "found", credential: certificate };
  }
  const place = placeOfScheme(scheme);
  if (place === undefined) return absent;
  if (place.in !== "header") return readPair(place, parts);
  const text = parts.headers.get(place.name);
  if (text === null) return absent;
  if (place.prefix === undefined) return text.trim() === "" ? malformed : { kind: "found", credential: text.trim() };
  return readAuthorization(scheme, text, place.prefix);
}

/** `<scheme> <credentials>` of RFC 9110 section 11.6.2; scheme names know no letter case. */
function readAuthorization(scheme: HttpSecurityScheme, text: string, prefix: string): ReadCredential {
  const [, name = "", rest = ""] = /^([^\t ]*)[\t ]*(.*)$/s.exec(text.trim()) ?? [];
  if (name.toLowerCase() !== prefix.toLowerCase()) return absent;
  switch (scheme.kind) {
    case "basic":
      return readBasic(rest);
    case "http":
      return rest === "" ? malformed : { kind: "found", credential: rest };
    default:
      // Token68 (RFC 9110 section 11.2) has no comma, which is how two headers would look here.
      return /^[A-Za-z0-9\-._~+/]+=*$/.test(rest) ? { kind: "found", credential: rest } : malformed;
  }
}

/** RFC 7617 section 2. */
function readBasic(token: string): ReadCredential {
  const bytes = token === "" ? undefined : base64Decode(token);
  if (bytes === undefined) return malformed;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // A TypeError is the only way that TextDecoder has to say that bytes are no UTF-8.
    return malformed;
  }
  const colon = text.indexOf(":");
  if (colon < 0 || /\p{Cc}/u.test(text)) return malformed;
  return { kind: "found", credential: { username: text.slice(0, colon), password: text.slice(colon + 1) } };
}

/** A key that is there twice is none: others on the way may have read the other one. */
function readPair({ in: place, name }: SecurityPlace, { headers, target = "" }: CredentialParts): ReadCredential {
  const isQuery = place === "query";
  const mark = target.indexOf("?");
  const text = isQuery ? (mark < 0 ? "" : target.slice(mark + 1)) : (headers.get("cookie") ?? "");
  const pairs = splitPairs(text, isQuery ? "&" : ";", {
    // Names that are no percent-encoded text are just not ours.
    decode: (raw) => (isQuery ? queryDecode(raw) : percentDecode(raw)) ?? raw,
    maxCount: serverLimits.maxCount,
  });
  if (pairs === undefined) return malformed;
  const raws = pairs.byName.get(name) ?? [];
  const [raw] = raws;
  if (raw === undefined) return absent;
  const value = isQuery ? queryDecode(raw) : (percentDecode(raw) ?? raw);
  return raws.length > 1 || value === undefined || value === "" ? malformed : { kind: "found", credential: value };
}
