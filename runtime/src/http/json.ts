import type { JsonForm } from "../descriptor/json-form.ts";
import { ServiceError } from "../error/service-error.ts";
import { decodeText } from "./bytes.ts";

/**
 * Reads JSON bytes, RFC 8259. Own `__proto__` members stay data.
 *
 * @throws {ServiceError} invalid_argument for bytes that are no UTF-8 JSON, or nest deeper than `maxDepth`.
 */
export function parseJson(bytes: Uint8Array, maxDepth: number, form?: JsonForm): unknown {
  return parseJsonText(decodeText(bytes, undefined), maxDepth, form);
}

/** As `parseJson`, from text. */
export function parseJsonText(text: string, maxDepth: number, form?: JsonForm): unknown {
  if (isDeeper(text, maxDepth)) {
    throw new ServiceError("invalid_argument", `the JSON nests deeper than ${maxDepth} levels`, {
      origin: "framework",
    });
  }
  try {
    return form === undefined ? JSON.parse(text) : form.parse(text);
  } catch {
    // The engine's message quotes the payload, so it is neither passed on nor kept as the cause.
    throw new ServiceError("invalid_argument", "the body is not valid JSON", { origin: "framework" });
  }
}

/**
 * JSON text of a value; bigints become strings of their digits, because numbers could not hold them, unless `form` says
 * otherwise. Undefined for what has no JSON form: functions, and values that contain themselves.
 */
export function writeJson(value: unknown, form?: JsonForm): string | undefined {
  try {
    return form === undefined ? JSON.stringify(value) : form.write(value);
  } catch (error) {
    // A bigint, most likely. With a replacer the engine takes five times as long, so only what needs one gets it.
    if (isUnwritable(error)) return writeWithBigints(value);
    throw error;
  }
}

function writeWithBigints(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item));
  } catch (error) {
    if (isUnwritable(error)) return undefined;
    throw error;
  }
}

/** Circles, bigints, a depth beyond the stack; what else a value's own `toJSON` throws is not ours to hide. */
function isUnwritable(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** Counts brackets outside strings; cheap next to the parse, and the parse never sees hostile depth. */
function isDeeper(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      for (at += 1; at < text.length; at += 1) {
        const inner = text.charCodeAt(at);
        if (inner === 0x5c) at += 1;
        else if (inner === 0x22) break;
      }
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
  return false;
}
