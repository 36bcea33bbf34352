const INTEGER = /^[-+]?[0-9]+$/;
const OCTAL = /^0o[0-7]+$/;
const HEXADECIMAL = /^0x[0-9a-fA-F]+$/;
const FLOAT = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/**
 * The value of a plain YAML scalar by the core schema (YAML 1.2.2 section 10.3): no dates, and `yes` and `no` are
 * strings. A number that doesn't fit a double stays a string.
 */
export function resolvePlainScalar(text: string): null | boolean | number | string {
  if (text === "" || text === "~" || text === "null" || text === "Null" || text === "NULL") return null;
  if (text === "true" || text === "True" || text === "TRUE") return true;
  if (text === "false" || text === "False" || text === "FALSE") return false;
  const first = text.charCodeAt(0);
  const maybeNumber = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
  return maybeNumber ? (resolveNumber(text) ?? text) : text;
}

/** The number that a YAML scalar writes, or undefined. */
export function resolveNumber(text: string): number | undefined {
  if (INTEGER.test(text) || FLOAT.test(text)) return finite(Number.parseFloat(text));
  if (OCTAL.test(text)) return finite(Number.parseInt(text.slice(2), 8));
  if (HEXADECIMAL.test(text)) return finite(Number.parseInt(text.slice(2), 16));
  if (INFINITE.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return NOT_A_NUMBER.test(text) ? Number.NaN : undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
