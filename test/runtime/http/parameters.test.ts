import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpParameter, ParameterStyle, ValueShape } from "../../../runtime/src/descriptor/http.ts";
import { parameter } from "./support.ts";
import { read, write } from "./wire-parameters.ts";

const string: ValueShape = { type: "string" };
const list: ValueShape = { type: "array", items: string };
const rgb: ValueShape = { type: "object", properties: { R: { type: "integer" }, G: { type: "integer" } } };

const styles: readonly (readonly [HttpParameter["in"], ParameterStyle])[] = [
  ["path", "simple"],
  ["path", "label"],
  ["path", "matrix"],
  ["query", "form"],
  ["query", "spaceDelimited"],
  ["query", "pipeDelimited"],
  ["query", "deepObject"],
  ["cookie", "form"],
];

/** Text that every place can carry; what splits lists is escaped, or refused where it can't be. */
const anyText = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text.isWellFormed());

for (const [place, style] of styles) {
  for (const explode of [false, true]) {
    test(`${place} ${style}${explode ? " exploded" : ""} gives back every text, list and object it accepts`, () => {
      fc.assert(
        fc.property(
          fc.oneof(
            anyText,
            fc.array(anyText, { minLength: 1, maxLength: 4 }),
            fc.record({ a: anyText, "b.c=d": anyText }, { noNullPrototype: true }),
          ),
          (value) => {
            const shape: ValueShape =
              typeof value === "string"
                ? string
                : Array.isArray(value)
                  ? list
                  : { type: "object", properties: { a: string, "b.c=d": string } };
            const each = parameter({ in: place, name: "pä r", style, explode, shape });
            const { text, issues } = write(place === "cookie" ? { ...each, name: "par" } : each, value);
            if (issues.length > 0) return;
            assert.deepEqual(read(place === "cookie" ? { ...each, name: "par" } : each, text), { value, issues: [] });
          },
        ),
        { numRuns: 150 },
      );
    });
  }
}

test("values can't leave their place", () => {
  assert.equal(write(parameter({ in: "path", name: "id" }), "a/b?c#d e%").text, "a%2Fb%3Fc%23d%20e%25");
  assert.equal(write(parameter({ in: "query", name: "q" }), "a&b=c+d#é").text, "q=a%26b%3Dc%2Bd%23%C3%A9");
  assert.match(write(parameter({ in: "header", name: "x" }), "a\r\nset-cookie: b").issues[0]?.expected ?? "", /header/);
  assert.match(
    write(parameter({ in: "cookie", name: "x", style: "cookie" }), "a; b=c").issues[0]?.expected ?? "",
    /cookie/,
  );
  assert.match(write(parameter({ in: "path", name: "id" }), "").issues[0]?.expected ?? "", /not empty/);
});

test("allowReserved leaves what is safe in a query", () => {
  const each = parameter({ in: "query", name: "next", allowReserved: true });
  assert.equal(write(each, "/a?b=c,d%41&e#f").text, "next=/a?b=c,d%41%26e%23f");
});

test("parameters by content are JSON or text", () => {
  const each = parameter({ in: "query", name: "filter", mediaType: "application/json", shape: { type: "any" } });
  assert.equal(write(each, { a: [1] }).text, "filter=%7B%22a%22%3A%5B1%5D%7D");
  assert.deepEqual(read(each, "filter=%7B%22a%22%3A%5B1%5D%7D").value, { a: [1] });
  assert.deepEqual(read(each, "filter=%7B").issues, [
    { pointer: "/query/filter", keyword: "contentMediaType", expected: "JSON" },
  ]);
});

test("JSON in a header is ASCII, whatever its texts are, and comes back as it was", () => {
  const each = parameter({ in: "header", name: "X-Json", mediaType: "application/json", shape: { type: "any" } });
  const value = { né: "日本 😀\u007f\u00ff", lone: "\ud800", breaks: "\r\nset-cookie: a=b" };
  const { text, issues } = write(each, value);
  assert.deepEqual(issues, []);
  assert.match(text, /^[\x20-\x7e]+$/);
  assert.match(text, /"\\u65e5\\u672c \\ud83d\\ude00\\u007f\\u00ff"/);
  assert.deepEqual(read(each, text), { value, issues: [] });
});

test("a whole query string is read by its media type", () => {
  const each = parameter({
    in: "querystring",
    name: "all",
    mediaType: "application/x-www-form-urlencoded",
    shape: { type: "object", properties: { a: { type: "integer" }, b: list } },
  });
  assert.equal(write(each, { a: 1, b: ["x", "y"] }).text, "a=1&b=x&b=y");
  assert.deepEqual(read(each, "a=1&b=x&b=y").value, { a: 1, b: ["x", "y"] });
});

test("deepObject nests, and reads the three ways to write lists", () => {
  const shape: ValueShape = {
    type: "object",
    properties: {
      items: { type: "array", items: { type: "object", properties: { price: { type: "integer" } } } },
      tags: list,
    },
  };
  const each = parameter({ in: "query", name: "f", style: "deepObject", explode: true, shape });
  const value = { items: [{ price: 1 }, { price: 2 }], tags: ["a"] };
  assert.deepEqual(read(each, write(each, value).text).value, value);
  for (const text of ["f[tags][]=a&f[tags][]=b", "f[tags]=a&f[tags]=b", "f%5Btags%5D%5B0%5D=a&f[tags][1]=b"]) {
    assert.deepEqual(read(each, text).value, { tags: ["a", "b"] });
  }
});

test("text that is not of the shape is an issue at its place", () => {
  const cases: readonly (readonly [HttpParameter, string, string])[] = [
    [parameter({ in: "query", name: "n", shape: { type: "integer" } }), "n=1.5", "an integer"],
    [
      parameter({ in: "query", name: "n", shape: { type: "integer" } }),
      "n=9007199254740993",
      "an integer that a number can hold exactly",
    ],
    [parameter({ in: "query", name: "n", shape: { type: "number" } }), "n=0x10", "a number"],
    [parameter({ in: "query", name: "n", shape: { type: "boolean" } }), "n=1", "true or false"],
    [parameter({ in: "query", name: "n" }), "n=a&n=b", "one value"],
    [parameter({ in: "query", name: "n" }), "n=%FF", "percent-encoded UTF-8"],
    [parameter({ in: "query", name: "n", required: true }), "m=1", "a value"],
    [
      parameter({ in: "query", name: "n", style: "deepObject", shape: rgb }),
      "n[R]=1&n[R][x]=2",
      "either a value or properties of one name",
    ],
    [
      parameter({ in: "query", name: "n", style: "deepObject", shape: list }),
      "n[9999999]=a",
      "indices that count up from 0",
    ],
  ];
  for (const [each, text, expected] of cases) assert.equal(read(each, text).issues[0]?.expected, expected, text);
  assert.equal(read(parameter({ in: "query", name: "a/b~", required: true }), "").issues[0]?.pointer, "/query/a~1b~0");
});

test("names of the prototype are data", () => {
  const shape: ValueShape = { type: "object", properties: {}, additional: { type: "any" } };
  for (const style of ["form", "deepObject"] as const) {
    const each = parameter({ in: "query", name: "o", style, explode: true, shape });
    const text = style === "form" ? "__proto__=x&constructor=y" : "o[__proto__]=x&o[constructor]=y";
    const value = read(each, text).value as object;
    assert.deepEqual(Object.keys(value).sort(), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  }
  assert.deepEqual(
    read(parameter({ in: "query", name: "o", style: "deepObject", shape: rgb }), "o[toString]=1").value,
    {},
  );
});

test("too many parameters, items and levels are refused", () => {
  const many = Array.from({ length: 1001 }, (_, index) => `n=${index}`).join("&");
  assert.match(
    read(parameter({ in: "query", name: "n", shape: list }), many).issues[0]?.expected ?? "",
    /at most 1000/,
  );
  const items = `n=${"a,".repeat(1001)}`;
  assert.match(
    read(parameter({ in: "query", name: "n", explode: false, shape: list }), items).issues[0]?.expected ?? "",
    /at most 1000/,
  );
  const deep = `n${"[a]".repeat(40)}=1`;
  assert.match(
    read(parameter({ in: "query", name: "n", style: "deepObject", shape: rgb }), deep).issues[0]?.expected ?? "",
    /at most 32/,
  );
});

test("arbitrary text never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.constantFrom(...styles), (text, [place, style]) => {
      for (const shape of [
        string,
        list,
        rgb,
        { type: "union", members: [rgb, list, { type: "integer" }] } satisfies ValueShape,
      ]) {
        read(parameter({ in: place, name: "color", style, shape, explode: true }), text);
        read(parameter({ in: place, name: "color", style, shape, explode: false }), text);
      }
    }),
    { numRuns: 300 },
  );
});

test("null is the word, so that empty text stays text", () => {
  const shape: ValueShape = { type: "union", members: [{ type: "null" }, string] };
  const each = parameter({ in: "query", name: "n", shape });
  assert.deepEqual(
    [null, ""].map((value) => write(each, value).text),
    ["n=null", "n="],
  );
  assert.deepEqual(
    ["n=null", "n="].map((text) => read(each, text).value),
    [null, ""],
  );
});
