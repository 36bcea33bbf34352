import { formatUnknown } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { rangeOf } from "../source/json.ts";
import type { SchemaStep } from "./schema-state.ts";

/** Every format of JSON Schema 2020-12 and of the OpenAPI format registry; which of them are checked, `emit` knows. */
export const knownFormats: ReadonlySet<string> = new Set([
  ..."date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri".split(" "),
  ..."iri-reference uri-template uuid json-pointer relative-json-pointer regex".split(" "),
  ..."int8 int16 int32 int64 uint8 uint16 uint32 uint64 double-int float double decimal decimal128".split(" "),
  ..."byte binary base64url char password html commonmark media-range http-date unixtime".split(" "),
  ..."sf-string sf-token sf-integer sf-decimal sf-boolean sf-binary".split(" "),
  // Avro's logical types come as formats.
  ..."timestamp-millis timestamp-micros local-timestamp-millis local-timestamp-micros".split(" "),
]);

/** Names that are in wide use and mean something of their own, though no registry has them. */
const commonFormats: ReadonlySet<string> = new Set(
  "url id ip cidr phone currency string number integer int long bigint timestamp color slug ulid tel money text".split(
    " ",
  ),
);

/** Tells of a format that isn't known and looks like one that is, once a document and name. */
export function reportFormat(format: string, { state, frame, object }: SchemaStep): void {
  if (knownFormats.has(format) || commonFormats.has(format)) return;
  const nearest = suggestName(format, knownFormats);
  if (nearest === undefined || !state.isFirst(frame.document, `format ${format}`)) return;
  state.report(createDiagnostic(formatUnknown, { format, nearest }, { range: rangeOf(object, "format") }));
}
