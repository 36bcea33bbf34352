import * as fc from "fast-check";

/** Pieces that end strings, comments, templates and lines, that import, call and pollute. */
const pieces: readonly string[] = [
  "*/",
  "/*",
  "//",
  "\n",
  "\r",
  "\u2028",
  "\u2029",
  "\\",
  '"',
  "'",
  "`",
  "${process.exit(1)}",
  '"; process.exit(1); "',
  "'); globalThis.pwned = true; ('",
  '*/ globalThis.pwned = true; import "node:fs"; /*',
  "\nimport 'node:child_process';\n",
  "</script>",
  "<!--",
  "-->",
  "__proto__",
  "constructor",
  "prototype",
  "eval",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "\ufeff",
  "\ud800",
  "\\u0022",
  "\\x22",
  "@ts-ignore",
  "@ts-nocheck",
  "{@link x}",
  "@deprecated",
  "[]",
  "{}",
  "=>",
  "delete",
  "class",
  "await",
  "../",
  "..\\",
  "%2e%2e%2f",
  "https://example.com",
  "#",
  "?",
  "~1",
  "~0",
  "$&",
  "$1",
  "ünïcode",
  "日本",
  "a",
  "B",
  "1",
  " ",
  "-",
  "_",
];

/** Text that a contract has no business to hold, and sometimes plain words between. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }).map((p) => p.join("")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 12 }) },
);

/** An object with hostile keys; `__proto__` is a key like others. */
export function hostileRecord<Value>(value: fc.Arbitrary<Value>, maxKeys = 3): fc.Arbitrary<Record<string, Value>> {
  return fc
    .uniqueArray(fc.tuple(hostileText, value), { minLength: 1, maxLength: maxKeys, selector: ([key]) => key })
    .map((entries) => {
      const record: Record<string, Value> = Object.create(null);
      for (const [key, entry] of entries) {
        Object.defineProperty(record, key, { value: entry, enumerable: true, configurable: true, writable: true });
      }
      return record;
    });
}
