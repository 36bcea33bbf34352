/** Formats of JSON Schema and OpenAPI that validators assert; every other format is an annotation. */

const dateParts = /^(\d{4})-(\d\d)-(\d\d)$/;
const timeParts = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const emailText = /^[^\s@"<>()[\],;:\\]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const ipv4Text = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const uriText = /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]*$/i;
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

/** RFC 3339 `full-time`. */
export function isTime(text: string): boolean {
  return timeParts.test(text);
}

/** RFC 3339 `date-time`; offsets other than Z included. */
export function isDateTime(text: string): boolean {
  return text.length > 11 && /[t ]/i.test(text.charAt(10)) && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

/** RFC 9562, any version, either case. */
export function isUuid(text: string): boolean {
  return uuidText.test(text);
}

/** A usual address: local part without quotes, then a host. */
export function isEmail(text: string): boolean {
  return text.length <= 320 && emailText.test(text);
}

/** RFC 1123 host name. */
export function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => hostLabel.test(label));
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
  if (hasIpv4 && !isIpv4(last)) return false;
  const plain = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = plain.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

/** RFC 3986 URI with a scheme. */
export function isUri(text: string): boolean {
  return text.length <= 8192 && uriText.test(text);
}

/** A whole number of 32 bits. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -2147483648 && value <= 2147483647;
}

/** A whole number that a `number` carries exactly; larger ones would be rounded, so they are refused. */
export function isInt64(value: number): boolean {
  return Number.isSafeInteger(value);
}
