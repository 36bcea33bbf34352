/** Where two values differ first, and how; undefined when they are equal. Files are equal when their bytes are. */
export function firstDifference(expected: unknown, found: unknown, pointer: string = ""): string | undefined {
  if (expected === found) return undefined;
  if (expected instanceof Uint8Array) {
    if (!(found instanceof Uint8Array)) return `${pointer}: expected bytes, found ${show(found)}`;
    const isEqual = expected.length === found.length && expected.every((byte, at) => byte === found[at]);
    return isEqual ? undefined : `${pointer}: other bytes`;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(found)) return `${pointer}: expected a list, found ${show(found)}`;
    if (expected.length !== found.length) return `${pointer}: expected ${expected.length} items, found ${found.length}`;
    for (const [at, item] of expected.entries()) {
      const difference = firstDifference(item, found[at], `${pointer}/${at}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (typeof expected !== "object" || expected === null || typeof found !== "object" || found === null) {
    return `${pointer}: expected ${show(expected)}, found ${show(found)}`;
  }
  const names = new Set([...definedKeys(expected), ...definedKeys(found)]);
  if (Array.isArray(found) || found instanceof Uint8Array)
    return `${pointer}: expected an object, found ${show(found)}`;
  for (const name of names) {
    const difference = firstDifference(own(expected, name), own(found, name), `${pointer}/${name}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** A short text of any value, for reports. */
export function show(value: unknown): string {
  if (value instanceof Blob) return `a file of ${value.size} bytes`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = JSON.stringify(value, (_name, item: unknown) =>
    item instanceof Blob || item instanceof Uint8Array
      ? `<${show(item)}>`
      : typeof item === "bigint"
        ? `${item}n`
        : item,
  );
  return text === undefined ? String(value) : text.length > 600 ? `${text.slice(0, 600)}...` : text;
}

function definedKeys(value: object): string[] {
  return Object.keys(value).filter((name) => (value as Record<string, unknown>)[name] !== undefined);
}

function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
