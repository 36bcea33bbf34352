import assert from "node:assert/strict";
import { test } from "node:test";
import { findLink, parseLinks } from "../../../runtime/src/http/link-header.ts";

test("the next link is found among others, however it is written", () => {
  const found: readonly (readonly [string, string | undefined])[] = [
    ['<https://x/?page=2>; rel="next", <https://x/?page=9>; rel="last"', "https://x/?page=2"],
    ['<https://x/?page=1>; rel=prev,<?a=1,2;3>;title="a, <b>; rel=next";REL = "last Next"', "?a=1,2;3"],
    ["<a>; rel=first; rel=next, <b>;rel=next", "b"],
    ['<a>; anchor="#other"; rel=next', undefined],
    ['<a>; title="say \\"next\\""; rel="x"', undefined],
    ["<a>, <b>; rel=next", "b"],
    ["<>; rel=next", ""],
    ["rel=next", undefined],
    ["", undefined],
    ["<a; rel=next", undefined],
  ];
  for (const [text, target] of found) assert.equal(findLink(text, "next"), target, text);
});

test("a header of any text is read in no time", () => {
  for (const piece of ["<a>;", "; ", "<", 'x="\\', " ,"]) {
    const text = `<a>${piece.repeat(20_000)}`;
    const startedAt = performance.now();
    parseLinks(text);
    assert.ok(performance.now() - startedAt < 500, piece);
  }
});
