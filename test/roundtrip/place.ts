/** Where a value goes, and so what of the values that its schema allows can be told apart there. */
export interface Place {
  /**
   * `json`: anything. Otherwise text: of a parameter, of a form or multipart body (`form`, `multipart`), in brackets
   * (`deep`), in a field of a server-sent event (`event`).
   */
  readonly kind: "json" | "path" | "query" | "header" | "cookie" | "form" | "multipart" | "deep" | "event";
  /** How far within: the parameter or body itself, a field of a form, an item of a list or object. */
  readonly level: "whole" | "field" | "item";
  /** `plain`: letters and digits, where several parameters share a segment; `ascii`: what cookies hold unescaped. */
  readonly charset?: "plain" | "ascii";
  /** `allowReserved`: percent-encoded triples in a value are taken as such. */
  readonly keepsTriples?: boolean;
  /** Items that can't be told apart from what stands between them. */
  readonly itemsWithout?: RegExp;
  /** Fields of a form that are written in a way of their own. */
  readonly fields?: ReadonlyMap<string, Place>;
}

/** JSON, where every value has a place. */
export const json: Place = { kind: "json", level: "whole" };

/** Whether a place holds values as JSON. */
export function isJson(place: Place): boolean {
  return place.kind === "json";
}

/** Whether a text stands among others, between delimiters. */
export function isItem(place: Place): boolean {
  return place.level === "item";
}

/** The place of the items of a list that is here; undefined where a list can't be. */
export function placeOfItems(place: Place): Place | undefined {
  switch (place.kind) {
    case "json":
      return place;
    case "deep":
      return place;
    case "form":
    case "multipart":
      return place.level === "field" ? { ...place, level: "item" } : undefined;
    case "event":
      return undefined;
    default:
      return place.level === "whole" ? { ...place, level: "item" } : undefined;
  }
}

/** The place of a property of an object that is here; undefined where an object can't be. */
export function placeOfProperty(place: Place, name: string): Place | undefined {
  switch (place.kind) {
    case "json":
    case "deep":
      return place;
    case "form":
    case "multipart":
      return place.level === "whole" ? (place.fields?.get(name) ?? { ...place, level: "field" }) : json;
    case "event":
      return undefined;
    default:
      return place.level === "whole" ? { ...place, level: "item" } : undefined;
  }
}
