import type { HttpMediaTypeModel } from "../model/http.ts";
import { isBinary } from "./schema-facts.ts";

/** How a body becomes a value; the runtime's `BodyCodec`. */
export type BodyCodec = "json" | "text" | "form" | "multipart" | "binary" | "eventStream" | "jsonLines";

/** The codec of a media type. One without a rule of its own is text when it is known to be, else bytes. */
export function codecOf(media: HttpMediaTypeModel): BodyCodec {
  const essence = (media.mediaType.split(";")[0] ?? "").trim().toLowerCase();
  if (isJson(essence)) return "json";
  if (essence === "application/x-www-form-urlencoded") return "form";
  if (essence === "multipart/form-data") return "multipart";
  if (essence === "text/event-stream") return "eventStream";
  if (jsonLineTypes.has(essence) || essence.endsWith("+json-seq")) return "jsonLines";
  if (essence.startsWith("text/") || essence.endsWith("+xml") || textTypes.has(essence)) return "text";
  if (essence === "*/*" && media.schema !== undefined && !isBinary(media.schema) && !isString(media)) return "json";
  return "binary";
}

function isJson(essence: string): boolean {
  return (
    essence === "application/json" ||
    essence === "text/json" ||
    essence === "application/*" ||
    essence.endsWith("+json")
  );
}

function isString(media: HttpMediaTypeModel): boolean {
  return media.schema?.types?.length === 1 && media.schema.types[0] === "string";
}

const jsonLineTypes: ReadonlySet<string> = new Set([
  "application/jsonl",
  "application/x-jsonl",
  "application/x-jsonlines",
  "application/x-ndjson",
  "application/ndjson",
  "application/json-seq",
]);

const textTypes: ReadonlySet<string> = new Set([
  "application/xml",
  "application/yaml",
  "application/x-yaml",
  "application/javascript",
  "application/graphql",
  "application/jwt",
  "application/sql",
  "application/x-sh",
]);
