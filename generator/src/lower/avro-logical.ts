import type { JsonObject } from "../source/json.ts";

/** What a number or byte array of a logical type means, for its doc (Avro 1.12, "Logical Types"). */
const meanings: ReadonlyMap<string, string> = new Map([
  ["date", "Days since 1970-01-01."],
  ["time-millis", "Milliseconds since midnight."],
  ["time-micros", "Microseconds since midnight."],
  ["timestamp-millis", "Milliseconds since 1970-01-01T00:00Z."],
  ["timestamp-micros", "Microseconds since 1970-01-01T00:00Z."],
  ["timestamp-nanos", "Nanoseconds since 1970-01-01T00:00Z."],
  ["local-timestamp-millis", "Milliseconds since 1970-01-01T00:00, local time."],
  ["local-timestamp-micros", "Microseconds since 1970-01-01T00:00, local time."],
  ["local-timestamp-nanos", "Nanoseconds since 1970-01-01T00:00, local time."],
  ["duration", "Months, days and milliseconds, each four bytes, little-endian."],
]);

/** The doc of a logical type; undefined for one that explains itself or isn't known. */
export function describeLogicalType(schema: JsonObject): string | undefined {
  const { logicalType, scale } = schema;
  if (typeof logicalType !== "string") return undefined;
  if (logicalType === "decimal") {
    const digits = typeof scale === "number" ? scale : 0;
    return `Decimal with ${digits} digits after the point: its digits as a big-endian two's complement.`;
  }
  return meanings.get(logicalType);
}

/** Whether values of our day are beyond what a number holds exactly. */
export function isBeyondNumbers({ logicalType }: JsonObject): boolean {
  return typeof logicalType === "string" && logicalType.endsWith("timestamp-nanos");
}
