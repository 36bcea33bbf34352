import type { HttpMediaTypeModel } from "../../generator/src/model/http.ts";
import type { Schema } from "../../generator/src/model/schema.ts";
import type { HttpMediaType } from "../../runtime/src/descriptor/http.ts";
import { isJsonType, parseMediaType } from "../../runtime/src/http/media-type.ts";
import { drawChecked, type DrawOptions } from "./checked.ts";
import type { Direction } from "./draw.ts";
import { json, type Place } from "./place.ts";
import type { Random } from "./random.ts";

/** A body that goes item by item. */
export class Streamed {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A body with the media type that it goes as. */
export interface DrawnBody {
  readonly value: unknown;
  readonly contentType: string;
}

type Options = DrawOptions & { readonly direction: Direction };

/** A body of a media type; undefined when there is none. */
export function drawBody(media: HttpMediaTypeModel, declared: HttpMediaType, options: Options): DrawnBody | undefined {
  const value = drawValue(media, declared, options);
  return value === undefined ? undefined : { value, contentType: concreteType(media, declared) };
}

/** Ranges stand for what the contract does not list. */
function concreteType({ mediaType }: HttpMediaTypeModel, { codec }: HttpMediaType): string {
  if (!mediaType.includes("*")) return mediaType;
  const [type = "*"] = mediaType.split("/");
  if (type === "*") return codec === "json" ? "application/json" : "application/octet-stream";
  return type === "application" && codec === "json" ? "application/json" : `${type}/x-drawn`;
}

function drawValue(media: HttpMediaTypeModel, declared: HttpMediaType, options: Options): unknown {
  const { random } = options;
  const schema: Schema = media.schema ?? { at: media.at };
  const draw = (of: Schema, place: Place): unknown =>
    drawChecked(of, place, { ...options, validate: declared.validate, media: declared });
  switch (declared.codec) {
    case "json":
      return draw(schema, json);
    case "form":
    case "multipart":
      return draw(media.schema ?? { ...schema, types: ["object"] }, {
        kind: declared.codec,
        level: "whole",
        fields: fieldsOf(declared),
      });
    case "text":
      return declared.validate === undefined ? draw({ at: media.at, types: ["string"] }, json) : draw(schema, json);
    case "binary":
      return drawBytes(random);
    case "eventStream":
      return drawItems(random, () => drawEvent(media.itemSchema, draw, random));
    case "jsonLines":
      return drawItems(random, () => draw(media.itemSchema ?? { at: media.at }, json));
  }
}

/** Fields that an `encoding` writes in a way of its own. */
function fieldsOf({ encoding, codec }: HttpMediaType): ReadonlyMap<string, Place> {
  const fields = new Map<string, Place>();
  for (const [name, { style, explode, allowReserved, contentType }] of Object.entries(encoding ?? {})) {
    const isStyled = style !== undefined || explode !== undefined || allowReserved !== undefined;
    const isJson = isJsonType(parseMediaType(contentType)?.essence ?? "");
    if (style === "deepObject") fields.set(name, { kind: "deep", level: "whole" });
    else if (isStyled && contentType === undefined) {
      fields.set(name, {
        kind: "query",
        level: "whole",
        ...(allowReserved === true ? { keepsTriples: true } : {}),
        // Parts are not percent-encoded, so commas in them are the style's.
        ...((explode ?? (style ?? "form") === "form")
          ? {}
          : { itemsWithout: codec === "multipart" ? /^$|[ |,]/ : /^$|[ |]/ }),
      });
    } else if (codec === "form" && isJson) fields.set(name, json);
  }
  return fields;
}

function drawBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.whole(0, 100) }, () => random.whole(0, 255));
}

function drawItems(random: Random, drawOne: () => unknown): Streamed | undefined {
  const items: unknown[] = [];
  for (let left = random.whole(0, 3); left > 0; left--) {
    const item = drawOne();
    if (item === undefined) return undefined;
    items.push(item);
  }
  return new Streamed(items);
}

/** An event has data and at most three fields beside, which are lines; the line ends of its data become alike. */
function drawEvent(schema: Schema | undefined, draw: (of: Schema, place: Place) => unknown, random: Random): unknown {
  const data = random.pick(["", "a", "two\nlines", " é 😀", "{}"]);
  const named = random.chance(0.5)
    ? { event: "ping", id: `7 ${random.whole(0, 9)}`, retry: random.whole(0, 9_999) }
    : {};
  if (schema === undefined) return { ...named, data };
  const { at } = schema;
  const anything = { at };
  const closed: Schema = {
    at,
    types: ["object"],
    required: ["data"],
    properties: ["data", "event", "id", "retry"].map((name) => ({
      name,
      at,
      schema:
        name === "retry"
          ? { at, types: ["integer"], minimum: 0, maximum: 999_999_999 }
          : name === "data"
            ? anything
            : { at, types: ["string"], pattern: "^[^\\r\\n\\0]*$" },
    })),
  };
  const event = draw({ at, allOf: [schema, closed] }, json);
  if (typeof event !== "object" || event === null) return undefined;
  const fields = Object.entries(event).filter(([name]) => ["data", "event", "id", "retry"].includes(name));
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === "string" ? value.replace(/\r\n?/g, "\n") : value]),
  );
}
