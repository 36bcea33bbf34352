import type { CodegenValueName } from "@trilogue/runtime/codegen/symbols";
import type { Code } from "../code/code.ts";
import type { Schema } from "../model/schema.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { check, type Statement, type Subject, type ValidatorScope } from "./validate-code.ts";

/** Formats of text that validators check: the runtime's check of each, and what to tell people. */
export const stringFormats: Readonly<Record<string, readonly [check: CodegenValueName, expected: string]>> = {
  "date-time": ["isDateTime", "a date and time as in RFC 3339"],
  date: ["isDate", "a date as in RFC 3339"],
  time: ["isTime", "a time with offset as in RFC 3339"],
  duration: ["isDuration", "a duration as in ISO 8601"],
  uuid: ["isUuid", "a UUID"],
  email: ["isEmail", "an e-mail address"],
  "idn-email": ["isIdnEmail", "an e-mail address"],
  hostname: ["isHostname", "a host name"],
  "idn-hostname": ["isIdnHostname", "a host name"],
  ipv4: ["isIpv4", "an IPv4 address"],
  ipv6: ["isIpv6", "an IPv6 address"],
  uri: ["isUri", "a URI"],
  "uri-reference": ["isUriReference", "a URI or a relative reference"],
  iri: ["isIri", "an IRI"],
  "iri-reference": ["isIriReference", "an IRI or a relative reference"],
  "uri-template": ["isUriTemplate", "a URI template as in RFC 6570"],
  "json-pointer": ["isJsonPointer", "a JSON Pointer"],
  "relative-json-pointer": ["isRelativeJsonPointer", "a relative JSON Pointer"],
  regex: ["isRegex", "a regular expression"],
  byte: ["isBase64", "base64 text"],
  base64url: ["isBase64Url", "base64url text"],
};

/** Formats of numbers that are checked by their bounds alone, lowest and highest whole number. */
const integerFormats: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

const exact = "a whole number that is exact in 53 bits";

/** The runtime's check of a string's format, and what it expects; undefined for formats that are not checked. */
export function formatCheckOf(
  { format }: Schema,
  { checksFormats }: ValidatorScope,
): readonly [CodegenValueName, string] | undefined {
  return !checksFormats || format === undefined || !Object.hasOwn(stringFormats, format)
    ? undefined
    : stringFormats[format];
}

/** Statements that check a number's format. */
export function compileNumberFormat(
  { format, bigint }: Schema,
  subject: Subject,
  { checksFormats }: ValidatorScope,
): readonly Statement[] {
  const unless = (fits: Code, expected: string): readonly Statement[] => [
    check(["!", fits], subject, ["format", expected]),
  ];
  const isLong = format === "int64" || format === "uint64";
  if (bigint === true && isLong) {
    // Unlike other formats, this one decides what the type is: what doesn't fit is no bigint.
    const name = format === "int64" ? "isBigint64" : "isBigUint64";
    const expected = `a whole number of 64 bits${format === "int64" ? "" : ", from 0"}`;
    return unless([runtimeSymbol(name), `(${subject.value})`], expected);
  }
  if (!checksFormats || format === undefined) return [];
  const value = bigint === true ? `Number(${subject.value})` : subject.value;
  if (format === "int32") return unless([runtimeSymbol("isInt32"), `(${value})`], "a 32-bit whole number");
  if (format === "int64" || format === "double-int") return unless([runtimeSymbol("isInt64"), `(${value})`], exact);
  const bounds = Object.hasOwn(integerFormats, format) ? integerFormats[format] : undefined;
  if (bounds === undefined) return [];
  const [minimum, maximum] = bounds;
  return unless(
    [runtimeSymbol("isIntegerIn"), `(${value}, ${minimum}, ${maximum})`],
    format === "uint64" ? `${exact}, from 0` : `a whole number from ${minimum} to ${maximum}`,
  );
}
