import type { IdempotencyKeySource } from "../descriptor/policy.ts";
import type { OperationBase } from "../descriptor/operation.ts";

/** The longest key, characters. */
export const maxKeyLength = 255;

/** A key, or why what came is none; the text never repeats what came. */
export type KeyReading = { readonly key: string } | { readonly fault: string };

const bareKey = /^[!#-+\--~]+$/;
const quotedKey = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/**
 * Reads an `Idempotency-Key` header: an RFC 8941 string (`"8e03..."`, as the draft says) or bare, as most clients send
 * it. Both forms of one key are the same key. Lists, control characters and more than 255 characters are refused.
 */
export function parseKeyHeader(value: string): KeyReading {
  // Each character may be escaped, and there are two quotes.
  if (value.length > maxKeyLength * 2 + 2) return { fault: `longer than ${maxKeyLength} characters` };
  const text = value.trim();
  const quoted = quotedKey.exec(text);
  const key = quoted === null ? text : (quoted[1] ?? "").replace(/\\(["\\])/g, "$1");
  if (key === "") return { fault: "empty" };
  if (key.length > maxKeyLength) return { fault: `longer than ${maxKeyLength} characters` };
  if (quoted !== null || bareKey.test(text)) return { key };
  return { fault: text.includes(",") ? "a list" : "not visible ASCII characters" };
}

/** Reads a key out of a field; text of 1 to 255 characters without control characters. */
export function parseKeyField(value: unknown): KeyReading | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "number" || typeof value === "bigint") return { key: String(value) };
  if (typeof value !== "string") return { fault: "not text" };
  if (value.length > maxKeyLength) return { fault: `longer than ${maxKeyLength} characters` };
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(value) ? { fault: "not visible characters" } : { key: value };
}

/** The value at the key's field, or undefined. In HTTP operations the path starts in the body. */
export function readKeyField(operation: OperationBase, source: IdempotencyKeySource, input: unknown): unknown {
  return readField(operation, source.name, input);
}

/** The value at a field's path as the contract writes it (`order.id`), or undefined. */
export function readField(operation: OperationBase, path: string, input: unknown): unknown {
  let value: unknown = input;
  for (const name of fieldPath(operation, path)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** A copy of `input` with `key` at the key's field; what is on the way is copied, the rest shared. */
export function writeKeyField(
  operation: OperationBase,
  source: IdempotencyKeySource,
  change: { readonly input: unknown; readonly key: string },
): unknown {
  return writePath(change.input, fieldPath(operation, source.name), change.key);
}

function writePath(value: unknown, path: readonly string[], key: string): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return key;
  const object = typeof value === "object" && value !== null ? value : {};
  // Messages of proto2 have defaults in their prototype.
  const copy = Object.assign(Object.create(Object.getPrototypeOf(object) as object) as Record<string, unknown>, object);
  const inner = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
  Object.defineProperty(copy, name, {
    value: writePath(inner, rest, key),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

function fieldPath(operation: OperationBase, path: string): readonly string[] {
  const names = path.split(".");
  if (operation.kind === "http") return ["body", ...names];
  return operation.kind === "rpc" ? names.map(protoCamelCase) : names;
}

/** The name that protobuf-es gives a field: `reservation_id` becomes `reservationId` (descriptor.proto, json_name). */
function protoCamelCase(name: string): string {
  return name.replace(/_+([^_])/g, (_, letter: string) => letter.toUpperCase()).replace(/_+$/, "");
}
