import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { getPlace, isObject, rangeOf } from "../../../generator/src/source/json.ts";
import type { JsonValue } from "../../../generator/src/source/json.ts";
import { readJson } from "../../../generator/src/source/read-json.ts";
import { defaultLimits } from "../../../generator/src/source/read-result.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";

function file(text: string): SourceFile {
  return { path: "a.json", displayPath: "a.json", text };
}

function plain(value: JsonValue | undefined): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

test("reads every JSON value as JSON.parse does", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 2), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), null, indent);
      const { value, problems } = readJson(file(written));
      assert.deepEqual(problems, []);
      assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(written)));
    }),
    { numRuns: 500 },
  );
});

test("accepts exactly the texts that JSON.parse accepts", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"\\n"',
      '"\\x"',
      "1",
      "-",
      "0",
      ".5",
      "e3",
      "true",
      "nul",
      " ",
      "\n",
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join("");
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        // Not JSON: the reader must say so too.
        isValid = false;
      }
      assert.equal(readJson(file(text)).value !== undefined, isValid, text);
    }),
    { numRuns: 3000 },
  );
});

test("knows where every entry stands", () => {
  const text = '{ "a": [1, "two"], "b\\n": {} }';
  const { value } = readJson(file(text));
  assert.ok(isObject(value));
  const slice = (range: ReturnType<typeof rangeOf>): string => text.slice(range?.start, range?.end);
  assert.equal(slice(rangeOf(value)), text);
  assert.equal(slice(rangeOf(value, "a")), '[1, "two"]');
  assert.equal(slice(rangeOf(value, "a", "key")).trim(), '"a":');
  assert.equal(slice(rangeOf(value["a"] as object, 1)), '"two"');
  assert.equal(slice(rangeOf(value, "b\n")), "{}");
  assert.deepEqual(getPlace(value)?.keys, ["a", "b\n"]);
});

test("treats __proto__ and constructor as plain keys", () => {
  const { value } = readJson(file('{"__proto__": {"polluted": true}, "constructor": 1}'));
  assert.ok(isObject(value));
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(value), null);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("reports a key that stands twice, with both places, and keeps the last value", () => {
  const { value, problems } = readJson(file('{"a": 1, "b": 2, "a": 3}'));
  assert.deepEqual(plain(value), { a: 3, b: 2 });
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.kind, "duplicate-key");
  assert.equal(problems[0]?.range.start, 17);
  assert.equal(problems[0]?.first?.start, 1);
});

test("locates what is wrong", () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['{"a": }', 6, /expected a value, found "}"/],
    ['{"a" 1}', 5, /expected ":", found "1"/],
    ['{"a": 1,}', 8, /expected a key after ","/],
    ["[1,]", 3, /expected a value after ","/],
    ['["a\\q"]', 3, /expected an escape/],
    ['["a\nb"]', 3, /control character/],
    ['{"a": "b', 6, /closing double quote/],
    ["[1] x", 4, /expected the end of the file/],
    ["", 0, /expected a value, found the end of the file/],
    ["// no", 0, /expected a value/],
  ];
  for (const [text, start, message] of cases) {
    const { value, problems } = readJson(file(text));
    assert.equal(value, undefined, text);
    assert.equal(problems[0]?.range.start, start, text);
    assert.match(problems[0]?.message ?? "", message);
  }
});

test("skips a byte order mark and reads Windows line ends", () => {
  assert.deepEqual(plain(readJson(file('\uFEFF{\r\n"a": 1\r\n}\r\n')).value), { a: 1 });
});

test("refuses nesting beyond the limit instead of overflowing the stack", () => {
  const { value, problems } = readJson(file("[".repeat(100_000)));
  assert.equal(value, undefined);
  assert.equal(problems[0]?.kind, "too-deep");
  assert.equal(problems[0]?.range.start, 200);
  assert.notEqual(readJson(file(`${"[".repeat(200)}${"]".repeat(200)}`)).value, undefined);
});

test("refuses a text beyond the size limit", () => {
  const { value, problems } = readJson(file("[1, 2, 3]"), { ...defaultLimits, maxLength: 5 });
  assert.equal(value, undefined);
  assert.equal(problems[0]?.kind, "too-large");
});
