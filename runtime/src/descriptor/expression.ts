/** A runtime expression of OpenAPI (3.2 section "Runtime Expressions"), read. */
export type RuntimeExpression =
  | { readonly from: "url" | "method" | "statusCode" }
  | { readonly from: "header" | "query" | "path"; readonly of: "request" | "response"; readonly name: string }
  /** `pointer`: unescaped steps of the JSON Pointer, none for the whole body. */
  | { readonly from: "body"; readonly of: "request" | "response"; readonly pointer: readonly string[] };

/** A text with expressions in braces: `https://x/{$request.path.id}`. */
export type RuntimeTemplate = readonly (string | RuntimeExpression)[];

/** Reads a whole text as one expression by the specification's ABNF; undefined when it is none. */
export function parseExpression(text: string): RuntimeExpression | undefined {
  if (text === "$url" || text === "$method" || text === "$statusCode") {
    return { from: text.slice(1) as "url" | "method" | "statusCode" };
  }
  const match = /^\$(request|response)\.(?:(header|query|path)\.(.+)|body(?:#(.*))?)$/s.exec(text);
  if (match === null) return undefined;
  const of = match[1] as "request" | "response";
  const from = match[2] as "header" | "query" | "path" | undefined;
  if (from === undefined) {
    const pointer = parsePointer(match[4] ?? "");
    return pointer === undefined ? undefined : { from: "body", of, pointer };
  }
  const name = match[3] ?? "";
  // A response has headers and a body; header names are tokens of RFC 9110.
  if (from === "header" ? !/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) : of === "response") return undefined;
  return { from, of, name };
}

/**
 * Reads a text that holds expressions in braces, or is one expression without them. Other braces are text.
 *
 * @returns the text that is no expression, when there is one: `{$request.bdy}`.
 */
export function parseTemplate(text: string): RuntimeTemplate | { readonly malformed: string } {
  if (text.startsWith("$")) {
    const whole = parseExpression(text);
    return whole === undefined ? { malformed: text } : [whole];
  }
  const parts: (string | RuntimeExpression)[] = [];
  let at = 0;
  for (let open = text.indexOf("{$"); open >= 0; open = text.indexOf("{$", at)) {
    const close = text.indexOf("}", open);
    const expression = close < 0 ? undefined : parseExpression(text.slice(open + 1, close));
    if (expression === undefined) return { malformed: text.slice(open, close < 0 ? undefined : close + 1) };
    if (open > at) parts.push(text.slice(at, open));
    parts.push(expression);
    at = close + 1;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

/** The steps of a JSON Pointer (RFC 6901), unescaped; undefined when it is none. */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
