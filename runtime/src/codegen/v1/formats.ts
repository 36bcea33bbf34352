/** Formats of JSON Schema and OpenAPI that validators assert, in linear time; every other format is an annotation. */

const dateParts = /^(\d{4})-(\d\d)-(\d\d)$/;
const timeParts = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i;
// A unit may be left out at either end, not in between; weeks stand alone.
const days = "(?:\\d+Y(?!\\d+D))?(?:\\d+M)?(?:\\d+D)?";
const hours = "(?:\\d+H(?!\\d+(?:\\.\\d+)?S))?(?:\\d+M)?(?:\\d+(?:\\.\\d+)?S)?";
const durationText = /*@__PURE__*/ new RegExp(`^P(?!$)(?:\\d+W|${days}(?:T(?!$)${hours})?)$`);
const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const ipv4Text = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const pointerText = /^(?:\/(?:[^~/]|~[01])*)*$/;
const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 3339 `full-date`. */
export function isDate(text: string): boolean {
  const parts = dateParts.exec(text);
  if (parts === null) return false;
  const year = Number(parts[1]);
  const month = Number(parts[2]);
  const day = Number(parts[3]);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && !isLeap ? 28 : (daysInMonth[month - 1] ?? 0));
}

/** RFC 3339 `full-time`; second 60 only where a leap second can be, at 23:59 UTC. */
export function isTime(text: string): boolean {
  const parts = timeParts.exec(text);
  if (parts === null) return false;
  const [hour = 0, minute = 0, second = 0] = parts.slice(1, 4).map(Number);
  const offsetHour = Number(parts[5] ?? 0);
  const offsetMinute = Number(parts[6] ?? 0);
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (parts[4] === "-" ? -1 : 1);
  return (hour * 60 + minute - offset + 2880) % 1440 === 1439;
}

/** RFC 3339 `date-time`; offsets other than Z included, and a space for the T, as its section 5.6 lets people write. */
export function isDateTime(text: string): boolean {
  return text.length > 11 && /[t ]/i.test(text.charAt(10)) && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

/** RFC 3339 appendix A `duration`; seconds may have a fraction, as ISO 8601 allows and most libraries write. */
export function isDuration(text: string): boolean {
  return durationText.test(text);
}

/** RFC 9562, any version, either case. */
export function isUuid(text: string): boolean {
  return uuidText.test(text);
}

/** RFC 1123 host name; labels that begin with `xn--` are not decoded. */
export function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => hostLabel.test(label) && !isOddLabel(label));
}

/** Hyphens in third and fourth place are kept for encodings, of which `xn--` is the only one (RFC 5891 4.2.3.1). */
function isOddLabel(label: string): boolean {
  return label.slice(2, 4) === "--" && !/^xn--/i.test(label);
}

/** Dotted quad, no leading zeros. */
export function isIpv4(text: string): boolean {
  return ipv4Text.test(text);
}

/** RFC 4291 text form, `::` and an embedded IPv4 address included. */
export function isIpv6(text: string): boolean {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const hasIpv4 = last.includes(".");
  if (hasIpv4 && (!isIpv4(last) || text.endsWith("::"))) return false;
  const plain = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = plain.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

/** RFC 6901. */
export function isJsonPointer(text: string): boolean {
  return pointerText.test(text);
}

/** A JSON Pointer after a number of levels up, or `#` for the name (draft-bhutton-relative-json-pointer-00). */
export function isRelativeJsonPointer(text: string): boolean {
  const up = /^(?:0|[1-9]\d*)(?:[+-][1-9]\d*)?/.exec(text)?.[0];
  if (up === undefined) return false;
  const rest = text.slice(up.length);
  return rest === "#" || isJsonPointer(rest);
}

/** A regular expression of ECMA-262 with the flag `u`; it is read, never run. */
export function isRegex(text: string): boolean {
  if (text.length > 8192) return false;
  try {
    return new RegExp(text, "u") !== undefined;
  } catch {
    // The only way to learn whether a text is a regular expression.
    return false;
  }
}

/** RFC 4648 section 4, with or without padding; line breaks as in MIME are left out of account. */
export function isBase64(text: string): boolean {
  const plain = text.includes("\n") ? text.replace(/\r?\n/g, "") : text;
  const length = plain.endsWith("=") ? plain.indexOf("=") : plain.length;
  return base64Text.test(plain) && length % 4 !== 1 && (length === plain.length || plain.length % 4 === 0);
}

/** RFC 4648 section 5, with or without padding. */
export function isBase64Url(text: string): boolean {
  return !/[+/]/.test(text) && isBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

/** A whole number of 32 bits. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -2147483648 && value <= 2147483647;
}

/** A whole number that a `number` carries exactly; larger ones would be rounded, so they are refused. */
export function isInt64(value: number): boolean {
  return Number.isSafeInteger(value);
}

/** A whole number within bounds: the formats int8, int16 and the unsigned ones. */
export function isIntegerIn(value: number, minimum: number, maximum: number): boolean {
  return Number.isSafeInteger(value) && value >= minimum && value <= maximum;
}
