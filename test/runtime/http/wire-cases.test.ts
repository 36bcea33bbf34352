import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpParameter, ParameterStyle, ValueShape } from "../../../runtime/src/descriptor/http.ts";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import { serverLimits } from "../../../runtime/src/http/message.ts";
import { readParameters } from "../../../runtime/src/http/parameters.ts";
import { read, write } from "./wire-parameters.ts";
import { parameter } from "./support.ts";

const string: ValueShape = { type: "string" };
const numbers: ValueShape = { type: "array", items: { type: "integer" } };
const strings: ValueShape = { type: "array", items: string };
const rgb: ValueShape = {
  type: "object",
  properties: { R: { type: "integer" }, G: { type: "integer" }, B: { type: "integer" } },
};
const texts: ValueShape = { type: "object", properties: { a: string, "b c": string }, additional: string };
const nested: ValueShape = {
  type: "object",
  properties: { a: { type: "object", properties: { b: { type: "integer" }, c: strings } }, list: numbers },
};
const color = ["blue", "black", "brown"];
const object = { R: 100, G: 200, B: 150 };

/** Place, style, explode, shape, value, and the text of it. */
type Case = readonly [HttpParameter["in"], ParameterStyle, boolean, ValueShape, unknown, string];

/** OpenAPI 3.1.1 and 3.2.0, section "Style Examples", row by row; `deepObject` of lists and depth is ours. */
const styleExamples: readonly Case[] = [
  ["path", "matrix", false, string, "", ";color"],
  ["path", "matrix", false, string, "blue", ";color=blue"],
  ["path", "matrix", false, strings, color, ";color=blue,black,brown"],
  ["path", "matrix", false, rgb, object, ";color=R,100,G,200,B,150"],
  ["path", "matrix", true, string, "", ";color"],
  ["path", "matrix", true, string, "blue", ";color=blue"],
  ["path", "matrix", true, strings, color, ";color=blue;color=black;color=brown"],
  ["path", "matrix", true, rgb, object, ";R=100;G=200;B=150"],
  ["path", "label", false, string, "", "."],
  ["path", "label", false, string, "blue", ".blue"],
  ["path", "label", false, strings, color, ".blue,black,brown"],
  ["path", "label", false, rgb, object, ".R,100,G,200,B,150"],
  ["path", "label", true, string, "blue", ".blue"],
  ["path", "label", true, strings, color, ".blue.black.brown"],
  ["path", "label", true, rgb, object, ".R=100.G=200.B=150"],
  ["path", "simple", false, string, "blue", "blue"],
  ["path", "simple", false, strings, color, "blue,black,brown"],
  ["path", "simple", false, rgb, object, "R,100,G,200,B,150"],
  ["path", "simple", true, string, "blue", "blue"],
  ["path", "simple", true, strings, color, "blue,black,brown"],
  ["path", "simple", true, rgb, object, "R=100,G=200,B=150"],
  ["query", "form", false, string, "", "color="],
  ["query", "form", false, string, "blue", "color=blue"],
  ["query", "form", false, strings, color, "color=blue,black,brown"],
  ["query", "form", false, rgb, object, "color=R,100,G,200,B,150"],
  ["query", "form", true, string, "", "color="],
  ["query", "form", true, string, "blue", "color=blue"],
  ["query", "form", true, strings, color, "color=blue&color=black&color=brown"],
  ["query", "form", true, rgb, object, "R=100&G=200&B=150"],
  ["query", "spaceDelimited", false, strings, color, "color=blue%20black%20brown"],
  ["query", "spaceDelimited", false, rgb, object, "color=R%20100%20G%20200%20B%20150"],
  ["query", "pipeDelimited", false, strings, color, "color=blue%7Cblack%7Cbrown"],
  ["query", "pipeDelimited", false, rgb, object, "color=R%7C100%7CG%7C200%7CB%7C150"],
  ["query", "deepObject", true, rgb, object, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"],
  ["query", "deepObject", false, rgb, object, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"],
  ["query", "deepObject", true, strings, ["x", "y"], "color%5B0%5D=x&color%5B1%5D=y"],
  [
    "query",
    "deepObject",
    true,
    nested,
    { a: { b: 1, c: ["x"] }, list: [7] },
    "color%5Ba%5D%5Bb%5D=1&color%5Ba%5D%5Bc%5D%5B0%5D=x&color%5Blist%5D%5B0%5D=7",
  ],
  ["header", "simple", false, string, "blue", "blue"],
  ["header", "simple", false, string, "", ""],
  ["header", "simple", false, strings, color, "blue,black,brown"],
  ["header", "simple", false, rgb, object, "R,100,G,200,B,150"],
  ["header", "simple", true, strings, color, "blue,black,brown"],
  ["header", "simple", true, rgb, object, "R=100,G=200,B=150"],
  ["cookie", "form", false, string, "", "color="],
  ["cookie", "form", false, string, "blue", "color=blue"],
  ["cookie", "form", false, strings, color, "color=blue,black,brown"],
  ["cookie", "form", false, rgb, object, "color=R,100,G,200,B,150"],
  ["cookie", "cookie", false, string, "blue", "color=blue"],
  ["cookie", "cookie", false, strings, color, "color=blue,black,brown"],
  ["cookie", "cookie", false, rgb, object, "color=R,100,G,200,B,150"],
  ["cookie", "cookie", true, strings, color, "color=blue; color=black; color=brown"],
  ["cookie", "cookie", true, rgb, object, "R=100; G=200; B=150"],
];

/** What must not end, split or change its place, and back again. */
const difficult: readonly Case[] = [
  ["path", "simple", false, string, "a/b c?d", "a%2Fb%20c%3Fd"],
  ["path", "simple", false, string, "100%", "100%25"],
  ["path", "simple", false, string, "%2F", "%252F"],
  ["path", "simple", false, string, "1+1=2;#", "1%2B1%3D2%3B%23"],
  ["path", "simple", false, string, "é€😀", "%C3%A9%E2%82%AC%F0%9F%98%80"],
  ["path", "simple", false, string, "\r\n\0", "%0D%0A%00"],
  ["path", "simple", false, strings, ["a,b", "", "c"], "a%2Cb,,c"],
  ["path", "simple", true, texts, { a: "=,", "b c": "" }, "a=%3D%2C,b%20c="],
  ["path", "label", true, strings, ["1.5", "x"], ".1%2E5.x"],
  ["path", "label", true, texts, { a: "1.5=x", "b.": "y" }, ".a=1%2E5%3Dx.b%2E=y"],
  ["path", "label", false, strings, [], "."],
  ["path", "matrix", true, strings, ["a;b=c", ""], ";color=a%3Bb%3Dc;color"],
  ["path", "matrix", true, texts, { a: ";", "b;=": "" }, ";a=%3B;b%3B%3D"],
  ["path", "simple", false, { type: "number" }, -1.5e-7, "-1.5e-7"],
  ["path", "simple", false, { type: "boolean" }, false, "false"],
  ["query", "form", true, string, "a b&c=d+e%/?#é", "color=a%20b%26c%3Dd%2Be%25%2F%3F%23%C3%A9"],
  ["query", "form", true, strings, ["", "a&b", ""], "color=&color=a%26b&color="],
  ["query", "form", true, strings, [""], "color="],
  ["query", "form", false, strings, ["a,b", "c"], "color=a%2Cb,c"],
  ["query", "form", false, strings, [], "color="],
  ["query", "form", true, texts, { a: "&=", "b c": "+" }, "a=%26%3D&b%20c=%2B"],
  ["query", "spaceDelimited", false, numbers, [1, -2], "color=1%20-2"],
  ["query", "pipeDelimited", false, strings, ["a,b", "c d"], "color=a%2Cb%7Cc%20d"],
  ["query", "deepObject", true, texts, { a: "]=&", "b c": "é" }, "color%5Ba%5D=%5D%3D%26&color%5Bb%20c%5D=%C3%A9"],
  ["header", "simple", false, string, 'a, b; c="d"', 'a, b; c="d"'],
  ["header", "simple", false, string, "é", "é"],
  ["header", "simple", false, { type: "integer" }, 9007199254740991, "9007199254740991"],
  ["cookie", "form", false, string, 'a;b, "c"\\é', "color=a%3Bb%2C%20%22c%22%5C%C3%A9"],
];

for (const [place, style, explode, shape, value, text] of [...styleExamples, ...difficult]) {
  const how = `${place} ${style}${explode ? " exploded" : ""}`;
  test(`${how} writes ${JSON.stringify(value)} as ${text === "" ? "an empty text" : text}, and reads it`, () => {
    const each = parameter({ in: place, name: "color", style, explode, shape });
    assert.deepEqual(write(each, value), { text, issues: [] });
    assert.deepEqual(read(each, text), { value, issues: [] });
  });
}

/** Place, style, explode, value, and what was expected instead: nothing of it may leave, silently changed. */
const refusals: readonly (readonly [HttpParameter["in"], ParameterStyle, boolean, unknown, RegExp])[] = [
  ["path", "simple", false, "", /not empty/],
  ["path", "simple", false, [], /not empty/],
  ["path", "simple", false, {}, /not empty/],
  ["path", "simple", false, [[1]], /no nested/],
  ["path", "simple", false, { a: { b: 1 } }, /no nested/],
  ["path", "label", false, [""], /one empty item/],
  ["path", "simple", false, Number.NaN, /has a text/],
  ["query", "form", true, { a: [1] }, /no nested/],
  ["query", "form", true, [undefined], /has a text/],
  ["query", "form", false, [""], /one empty item/],
  ["query", "form", true, Number.POSITIVE_INFINITY, /has a text/],
  ["query", "form", true, () => 1, /has a text/],
  ["query", "spaceDelimited", false, ["a b"], /without " "/],
  ["query", "pipeDelimited", false, ["a|b"], /without "\|"/],
  ["query", "deepObject", true, { "a[b]": 1 }, /without brackets/],
  ["header", "simple", false, "a\r\nset-cookie: b", /header can hold/],
  ["header", "simple", false, "a\nb", /header can hold/],
  ["header", "simple", false, "a\0b", /header can hold/],
  ["header", "simple", false, "€", /header can hold/],
  ["header", "simple", false, ["a,b"], /without ","/],
  ["header", "simple", true, { "a=b": "c" }, /without "="/],
  ["cookie", "cookie", false, "a; b=c", /cookie can hold/],
  ["cookie", "cookie", false, "a\r\nb", /cookie can hold/],
  ["cookie", "cookie", true, { "a;b": "c" }, /cookie can hold/],
];

for (const [place, style, explode, value, expected] of refusals) {
  test(`${place} ${style}${explode ? " exploded" : ""} refuses ${String(JSON.stringify(value))}`, () => {
    const each = parameter({ in: place, name: "color", style, explode, shape: { type: "any" } });
    const { issues } = write(each, value);
    assert.equal(issues.length, 1);
    assert.match(issues[0]?.expected ?? "", expected);
    assert.equal(issues[0]?.pointer, `/${place}/color`);
  });
}

/** What other clients send, that is not what ours writes. */
const tolerated: readonly Case[] = [
  ["query", "form", true, string, "a b", "color=a+b"],
  ["query", "form", true, string, "a/b?c", "color=a/b?c"],
  ["query", "form", true, string, "", "color"],
  ["query", "form", true, string, "blue", "other=%E2%82%AC&&color=blue&"],
  ["query", "form", false, strings, ["a", "b c"], "color=a,b+c"],
  ["query", "spaceDelimited", false, strings, ["a", "b"], "color=a+b"],
  ["query", "pipeDelimited", false, strings, ["a", "b"], "color=a|b"],
  ["query", "pipeDelimited", false, strings, ["a", "b"], "color=a%7cb"],
  ["query", "deepObject", true, rgb, { R: 1 }, "color[R]=1&colors[R]=2&color[unknown]=3"],
  ["query", "deepObject", true, nested, { list: [1, 2] }, "color[list][]=1&color[list][]=2"],
  ["query", "deepObject", true, nested, { list: [1, 2] }, "color[list]=1&color[list]=2"],
  ["header", "simple", false, strings, ["a", "b"], " a , b "],
  ["header", "simple", true, rgb, { R: 1, G: 2 }, "R=1, G=2"],
  ["cookie", "form", true, string, "blue", "$Version=1; a=%zz; color=blue"],
  ["path", "simple", false, string, "a~b", "a%7eb"],
];

for (const [place, style, explode, shape, value, text] of tolerated) {
  test(`${place} ${style}${explode ? " exploded" : ""} reads ${text}`, () => {
    const each = parameter({ in: place, name: "color", style, explode, shape });
    assert.deepEqual(read(each, text), { value, issues: [] });
  });
}

test("a required list or object that would write nothing is told to the caller", () => {
  const each = parameter({ in: "query", name: "color", required: true, shape: strings });
  assert.match(write(each, []).issues[0]?.expected ?? "", /not empty/);
  assert.deepEqual(write({ ...each, required: false }, []), { text: "", issues: [] });
});

test("an exploded free-form object in the query takes no brackets of a deepObject", () => {
  const rest: ValueShape = { type: "object", properties: {}, additional: string };
  const input = readParameters(
    [
      parameter({ in: "query", name: "rest", explode: true, shape: rest }),
      parameter({ in: "query", name: "deep", style: "deepObject", shape: rest }),
    ],
    { path: new Map(), query: "deep[a]=1&deeper[a]=2&b=3", headers: createHeaders([]) },
    { limits: serverLimits, issues: [], validate: true },
  );
  assert.deepEqual(input, { query: { rest: { "deeper[a]": "2", b: "3" }, deep: { a: "1" } } });
});

test("an exploded free-form object in cookies takes what no other cookie parameter owns", () => {
  const rest: ValueShape = { type: "object", properties: {}, additional: string };
  const input = readParameters(
    [
      parameter({ in: "query", name: "theme" }),
      parameter({ in: "cookie", name: "session" }),
      parameter({ in: "cookie", name: "rest", explode: true, shape: rest }),
    ],
    { path: new Map(), query: "theme=x", headers: createHeaders([["cookie", "session=s; theme=dark"]]) },
    { limits: serverLimits, issues: [], validate: true },
  );
  assert.deepEqual(input, { query: { theme: "x" }, cookie: { session: "s", rest: { theme: "dark" } } });
});
