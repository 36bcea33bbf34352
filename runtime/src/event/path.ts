/**
 * The value at `path` (`order.id`) in plain data or a message, own properties only; undefined when it isn't there.
 * Proto fields are found by their proto name too (`order_id` is `orderId`).
 */
export function readPath(value: unknown, path: string): unknown {
  let current = value;
  for (const segment of path.split(".")) {
    if (typeof current !== "object" || current === null) return undefined;
    const name = Object.hasOwn(current, segment) ? segment : camelCase(segment);
    if (!Object.hasOwn(current, name)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** A scalar as text, for keys and ids; undefined for everything else and for the empty text. */
export function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value === "" ? undefined : value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return undefined;
  }
}

function camelCase(name: string): string {
  return name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
