/** Formats of addresses: URIs, IRIs, templates, host names of all scripts and e-mail. All in linear time. */
import { isHostname, isIpv4, isIpv6 } from "./formats.ts";

const maxLength = 8192;

// RFC 3986 appendix B; every group ends at a character that it can't contain.
const uriParts = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const scheme = /^[a-z][a-z0-9+.-]*$/i;
const ascii = "\\w.~!$&'()*+,;=:@/?-";
// RFC 3987 section 2.2, ucschar; private use is let through with it.
const beyond = "\\u{a0}-\\u{d7ff}\\u{e000}-\\u{fdcf}\\u{fdf0}-\\u{ffef}\\u{10000}-\\u{10fffd}";
const uriText = /*@__PURE__*/ new RegExp(`^(?:[${ascii}]|%[0-9a-fA-F]{2})*$`);
const iriText = /*@__PURE__*/ new RegExp(`^(?:[${beyond}${ascii}]|%[0-9a-fA-F]{2})*$`, "u");
const bracketed = /^\[(.*)\](?::\d*)?$/;
const namedHost = /^[^[\]@:]*(?::\d*)?$/;
const localText = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const localTextOfAll = /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10ffff}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10ffff}-]+)*$/u;
const quotedText = /^"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"$/u;
const labelText =
  /^[\p{L}\p{N}\u06fd\u06fe\u30fb][\p{L}\p{M}\p{N}\p{Join_C}\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u30fb-]*$/u;
const variable = /^(?:\w|%[0-9a-fA-F]{2})+(?:\.(?:\w|%[0-9a-fA-F]{2})+)*(?:\*|:[1-9]\d{0,3})?$/;

/** RFC 3986 URI with a scheme. */
export function isUri(text: string): boolean {
  return hasScheme(text) && isReference(text, uriText);
}

/** RFC 3986 URI or relative reference. */
export function isUriReference(text: string): boolean {
  return isReference(text, uriText);
}

/** RFC 3987 IRI with a scheme. */
export function isIri(text: string): boolean {
  return hasScheme(text) && isReference(text, iriText);
}

/** RFC 3987 IRI or relative reference. */
export function isIriReference(text: string): boolean {
  return isReference(text, iriText);
}

/** RFC 6570, all levels. */
export function isUriTemplate(text: string): boolean {
  if (text.length > maxLength) return false;
  // Literals and expressions take turns; an expression holds no braces. Errata 6937 lets literals have apostrophes.
  return text.split(/(\{[^{}]*\})/).every((part, index) => {
    if (index % 2 === 0) return !/[\p{Cc} "<>\\^`{|}]|%(?![0-9a-fA-F]{2})/u.test(part);
    const list = part.slice(1, -1).replace(/^[+#./;?&]/, "");
    return list.split(",").every((each) => variable.test(each));
  });
}

/** RFC 5321 mailbox: a local part, maybe in quotes, at a host name or an address in brackets. */
export function isEmail(text: string): boolean {
  return isMailbox(text, localText, isHostname);
}

/** RFC 6531 mailbox: as `isEmail`, in all scripts. */
export function isIdnEmail(text: string): boolean {
  return isMailbox(text, localTextOfAll, isIdnHostname);
}

/** RFC 5890 host name in all scripts: letters, marks, digits and hyphens; each label is at most 63 octets encoded. */
export function isIdnHostname(text: string): boolean {
  if (text.length > 253) return false;
  return text.split(/[.\u3002\uff0e\uff61]/).every((label) => {
    if (/^[\0-\x7f]*$/.test(label)) return isHostname(label);
    if (!labelText.test(label)) return false;
    if (label.endsWith("-") || label.slice(2, 4) === "--" || !isInContext(label)) return false;
    return URL.canParse(`http://${label}`) && new URL(`http://${label}`).hostname.length <= 63;
  });
}

/** Letters that are no part of names by themselves, only beside others (RFC 5892 appendix A). */
function isInContext(label: string): boolean {
  return !(
    /(?<!l)\u00b7|\u00b7(?!l)|\u0375(?!\p{Script=Greek})|(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u.test(label) ||
    /(?<![\u094d\p{L}])\u200d|(?<!\u094d)\u200d|[\u302e\u302f\u3031-\u3035\u303b\u0640\u07fa]/u.test(label) ||
    (label.includes("\u30fb") &&
      !/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(label.replaceAll("\u30fb", ""))) ||
    (/[\u0660-\u0669]/.test(label) && /[\u06f0-\u06f9]/.test(label))
  );
}

function isMailbox(text: string, local: RegExp, isHost: (host: string) => boolean): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > 320) return false;
  const name = text.slice(0, at);
  const host = text.slice(at + 1);
  const address = /^\[(?:IPv6:(.*)|(.*))\]$/.exec(host);
  const isPlace = address === null ? isHost(host) : isIpv6(address[1] ?? "") || isIpv4(address[2] ?? "");
  return isPlace && (local.test(name) || quotedText.test(name));
}

function hasScheme(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

function isReference(text: string, allowed: RegExp): boolean {
  if (text.length > maxLength) return false;
  const parts = uriParts.exec(text);
  if (parts === null) return false;
  const [, given, authority, path = "", query = "", fragment = ""] = parts;
  if (given !== undefined && !scheme.test(given)) return false;
  return [path, query, fragment].every((part) => allowed.test(part)) && isAuthority(authority ?? "", allowed);
}

function isAuthority(authority: string, allowed: RegExp): boolean {
  const at = authority.lastIndexOf("@");
  if (at !== -1 && !/^[^@]*$/.test(authority.slice(0, at))) return false;
  const place = authority.slice(at + 1);
  const inBrackets = bracketed.exec(place)?.[1];
  if (inBrackets !== undefined) {
    return (
      (isIpv6(inBrackets) || /^v[0-9a-f]+\.[\w.~!$&'()*+,;=:-]+$/i.test(inBrackets)) &&
      allowed.test(authority.slice(0, Math.max(at, 0)))
    );
  }
  return namedHost.test(place) && allowed.test(authority) && !/[/?]/.test(authority);
}
