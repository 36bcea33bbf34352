import assert from "node:assert/strict";
import test from "node:test";
import type { Diagnostic } from "../../../generator/src/diagnostics/diagnostic.ts";
import { rangeOf } from "../../../generator/src/source/json.ts";
import type { JsonValue } from "../../../generator/src/source/json.ts";
import { placeOf } from "../../../generator/src/source/source-file.ts";
import { at, documentOf, loadTexts, plain, summarize } from "./support.ts";

const base = `openapi: 3.1.0
info: {title: T, version: '1'}
tags: [{name: a}, {name: b}]
paths:
  /a:
    get: {operationId: a, deprecated: true}
    post: {operationId: b, tags: [x]}
`;

function overlay(actions: string, head = ""): string {
  return `overlay: 1.1.0\ninfo: {title: O, version: '1'}\n${head}actions:\n${actions}`;
}

function apply(actions: string): { root: JsonValue; diagnostics: readonly Diagnostic[] } {
  const { value, diagnostics } = loadTexts({ "v1/a.yaml": base, "v1/o.yaml": overlay(actions) });
  return { root: documentOf(value.loaded, "v1/a.yaml").root, diagnostics };
}

test("merges objects, concatenates arrays and replaces the rest", () => {
  const { root, diagnostics } = apply(`  - target: $.paths['/a'].post
    update: {operationId: c, tags: [y], x-trilogue: {timeout: 1s}}
  - target: $.tags
    update: {name: c}
  - target: $.info.title
    update: New
`);
  assert.deepEqual(summarize(diagnostics), []);
  assert.deepEqual(plain(at(root, "paths", "/a", "post")), {
    operationId: "c",
    tags: ["x", "y"],
    "x-trilogue": { timeout: "1s" },
  });
  assert.deepEqual(plain(at(root, "tags")), [{ name: "a" }, { name: "b" }, { name: "c" }]);
  assert.equal(at(root, "info", "title"), "New");
});

test("removes and copies", () => {
  const { root, diagnostics } = apply(`  - {target: "$.tags[?@.name == 'a']", remove: true}
  - {target: "$.paths['/a'].get.deprecated", remove: true}
  - {target: "$.paths['/a'].get", copy: "$.paths['/a'].post"}
`);
  assert.deepEqual(summarize(diagnostics), []);
  assert.deepEqual(plain(at(root, "tags")), [{ name: "b" }]);
  assert.deepEqual(plain(at(root, "paths", "/a", "get")), { operationId: "b", tags: ["x"] });
});

test("what is added carries the place in the overlay, what stays its own", () => {
  const { root } = apply(
    "  - target: $.paths['/a'].post\n    update:\n      tags: [y]\n      x-trilogue:\n        timeout: 1s\n",
  );
  const post = at(root, "paths", "/a", "post") as object;
  const place = (range: ReturnType<typeof rangeOf>): string => (range === undefined ? "" : placeOf(range));
  assert.equal(place(rangeOf(post, "x-trilogue", "key")), "v1/o.yaml:7");
  assert.equal(place(rangeOf(at(post as JsonValue, "x-trilogue") as object, "timeout")), "v1/o.yaml:8");
  assert.equal(place(rangeOf(at(post as JsonValue, "tags") as object, 1)), "v1/o.yaml:6");
  assert.equal(place(rangeOf(post, "operationId")), "v1/a.yaml:7");
});

test("applies overlays in the order of their paths, to the document as it is written", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n",
    "o2.yaml": overlay("  - {target: $.info.title, update: Two}\n"),
    "o1.yaml": overlay("  - {target: $.info.title, update: One}\n  - {target: $, update: {host: h.example}}\n"),
  });
  assert.deepEqual(summarize(diagnostics), []);
  const { root } = documentOf(value.loaded, "a.yaml");
  assert.equal(at(root, "info", "title"), "Two");
  assert.equal(at(root, "servers", 0, "url"), "https://h.example");
});

test("applies to the document that extends names, also to AsyncAPI, and asks for it when it isn't given", () => {
  const texts = {
    "v1/a.yaml": base,
    "v1/b.yaml": "asyncapi: 3.0.0\ninfo: {title: E, version: '1'}\n",
    "policy/o.yaml": overlay("  - {target: $.info, update: {x-a: 1}}\n", "extends: ../v1/b.yaml\n"),
  };
  const { value, diagnostics } = loadTexts(texts);
  assert.deepEqual(summarize(diagnostics), []);
  assert.equal(at(documentOf(value.loaded, "v1/b.yaml").root, "info", "x-a"), 1);
  const { "v1/b.yaml": _, ...others } = texts;
  assert.deepEqual(loadTexts(others).value.needs, ["v1/b.yaml"]);
  assert.deepEqual(summarize(loadTexts(others, { missing: ["v1/b.yaml"] }).diagnostics), [
    "policy/o.yaml:3:10 error overlay-without-target",
  ]);
});

test("reports an overlay without one target", () => {
  const actions = "  - {target: $.info, remove: true}\n";
  const several = loadTexts({ "a.yaml": base, "b.yaml": base, "o.yaml": overlay(actions) });
  const none = loadTexts({ "x/a.yaml": base, "o.yaml": overlay(actions) });
  const remote = loadTexts({ "a.yaml": base, "o.yaml": overlay(actions, "extends: https://example.com/a.yaml\n") });
  for (const { diagnostics } of [several, none, remote])
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["overlay-without-target"],
    );
});

test("warns of a target that matches nothing, with its place", () => {
  const { diagnostics } = apply("  - {target: \"$.paths['/b']\", remove: true}\n");
  assert.deepEqual(summarize(diagnostics), ["v1/o.yaml:4:14 warning overlay-matches-nothing"]);
});

test("locates wrong actions and paths, and applies the others", () => {
  const { root, diagnostics } = apply(`  - {target: "$.paths[", remove: true}
  - {target: 5}
  - {target: $.info}
  - {target: $.info, update: text}
  - {target: $.info, copy: "$.paths.*.*"}
  - {target: $.info, update: {x-a: 1}}
`);
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["overlay-bad-path", "overlay-bad-action", "overlay-bad-action", "overlay-bad-action", "overlay-bad-action"],
  );
  assert.ok(diagnostics.every(({ range }) => range?.file.path === "v1/o.yaml"));
  assert.equal(at(root, "info", "x-a"), 1);
  const { diagnostics: noActions } = loadTexts({ "a.yaml": base, "o.yaml": "overlay: 1.0.0\n" });
  assert.deepEqual(
    noActions.map(({ code }) => code),
    ["overlay-bad-action"],
  );
});

test("an update does not pollute prototypes, and leaves the file's own values alone", () => {
  const texts = { "a.yaml": base, "o.yaml": overlay("  - {target: $.info, update: {__proto__: {polluted: 1}}}\n") };
  const { value } = loadTexts(texts);
  assert.deepEqual(Object.keys(at(documentOf(value.loaded, "a.yaml").root, "info") as object), [
    "title",
    "version",
    "__proto__",
  ]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
