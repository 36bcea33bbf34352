import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isObject, rangeOf } from "../../../generator/src/source/json.ts";
import type { JsonObject, JsonValue } from "../../../generator/src/source/json.ts";
import { defaultLimits } from "../../../generator/src/source/read-result.ts";
import { readSource } from "../../../generator/src/source/read-source.ts";
import { readYaml } from "../../../generator/src/source/read-yaml.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";
import { dump, load } from "./js-yaml.ts";

function file(text: string, path = "a.yaml"): SourceFile {
  return { path, displayPath: path, text };
}

function plain(value: JsonValue | undefined): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function read(text: string): JsonObject {
  const { value, problems } = readYaml(file(text));
  assert.deepEqual(problems, []);
  assert.ok(isObject(value));
  return value;
}

test("reads what js-yaml writes as js-yaml reads it", () => {
  const key = fc.string({ maxLength: 8 }).filter((text) => text !== "<<");
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.boolean(), (value, isFlow) => {
      const text = dump(value, isFlow);
      const { value: found, problems } = readYaml(file(text));
      assert.deepEqual(problems, [], text);
      assert.deepEqual(plain(found), JSON.parse(JSON.stringify(load(text))), text);
    }),
    { numRuns: 300 },
  );
});

test("follows the core schema: no dates, and yes and no are strings", () => {
  const text =
    "a: yes\nb: no\nc: 2024-01-02\nd: 0x1F\ne: 0o17\nf: 1e3\ng: ~\nh: True\ni: 012\nj: 1_000\nk: '1'\nl: .5\nm:\n";
  assert.deepEqual(plain(read(text)), {
    a: "yes",
    b: "no",
    c: "2024-01-02",
    d: 31,
    e: 15,
    f: 1000,
    g: null,
    h: true,
    i: 12,
    j: "1_000",
    k: "1",
    l: 0.5,
    m: null,
  });
});

test("turns keys that are not strings into the text that is written", () => {
  assert.deepEqual(Object.keys(read("200: a\n1.0: b\ntrue: c\n~: d\n")), ["200", "1.0", "true", "~"]);
});

test("knows where keys and values stand", () => {
  const text = "info:\n  title: 'A b'\nlist:\n  - one\n  - {two: 2}\n";
  const value = read(text);
  const slice = (range: ReturnType<typeof rangeOf>): string => text.slice(range?.start, range?.end);
  assert.equal(slice(rangeOf(value["info"] as object, "title")), "'A b'");
  assert.equal(slice(rangeOf(value["info"] as object, "title", "key")), "title: ");
  assert.equal(slice(rangeOf(value["list"] as object, 0)), "one");
  assert.equal(rangeOf(value, "list")?.start, text.indexOf("- one"));
});

test("shares anchors and merges keys, own ones first", () => {
  const text =
    "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\none:\n  <<: *base\n  b: 5\ntwo:\n  <<: [*more, *base]\nquoted:\n  '<<': 6\n";
  const value = read(text);
  assert.deepEqual(plain(value["one"]), { a: 1, b: 5 });
  assert.deepEqual(plain(value["two"]), { a: 1, b: 3, c: 4 });
  assert.deepEqual(plain(value["quoted"]), { "<<": 6 });
  assert.equal(rangeOf(value["one"] as object, "a")?.start, text.indexOf("1,"));
});

test("refuses aliases that expand beyond the limit", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level += 1) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  const { value, problems } = readYaml(file(lines.join("\n")));
  assert.equal(value, undefined);
  assert.equal(problems[0]?.kind, "alias-limit");
});

test("counts the depth of aliases", () => {
  const lines = ["a0: &a0 [x]"];
  for (let level = 1; level < 300; level += 1) lines.push(`a${level}: &a${level} [*a${level - 1}]`);
  assert.equal(readYaml(file(lines.join("\n"))).problems[0]?.kind, "too-deep");
});

test("refuses an alias to a value that contains it, and one without an anchor", () => {
  assert.match(readYaml(file("a: &a [*a]")).problems[0]?.message ?? "", /refers to a value that contains it/);
  assert.match(readYaml(file("a: *b")).problems[0]?.message ?? "", /has no anchor before it/);
});

test("reports several documents, complex keys and keys that stand twice, with their places", () => {
  const several = readYaml(file("a: 1\n---\nb: 2\n"));
  assert.equal(several.value, undefined);
  assert.deepEqual([several.problems[0]?.kind, several.problems[0]?.range.start], ["several-documents", 9]);
  assert.equal(readYaml(file("? [a]\n: b\n")).problems[0]?.kind, "complex-key");
  const twice = readYaml(file("a: 1\nb: 2\na: 3\n"));
  assert.deepEqual([twice.problems[0]?.kind, twice.problems[0]?.range.start], ["duplicate-key", 10]);
});

test("lets a document marker at either end pass", () => {
  assert.deepEqual(plain(readYaml(file("---\na: 1\n...\n")).value), { a: 1 });
});

test("keeps the text of values with unknown tags and warns", () => {
  const { value, problems } = readYaml(file("a: !!str 12\nb: !!int '7'\nc: !!timestamp 2024-01-02\nd: !local x\n"));
  assert.deepEqual(plain(value), { a: "12", b: 7, c: "2024-01-02", d: "x" });
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ["unknown-tag", "unknown-tag"],
  );
});

test("reads leniently what only the lenient parser reads, and says where", () => {
  const { value, problems } = readYaml(file("a:\n  b: {\n    c: 1,\n  }\nd: &x [2]\ne: *x\n"));
  assert.deepEqual(plain(value), { a: { b: { c: 1 } }, d: [2], e: [2] });
  assert.deepEqual([problems[0]?.kind, problems[0]?.range.start], ["lenient", 22]);
});

test("locates what no parser reads", () => {
  const { value, problems } = readYaml(file("a: 1\nb: [1, 2\nc: }\n"));
  assert.equal(value, undefined);
  assert.equal(problems[0]?.kind, "syntax");
  assert.ok((problems[0]?.range.start ?? 0) > 4);
});

test("never throws on arbitrary text", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "? ",
      "{",
      "}",
      "[",
      "]",
      ",",
      "&a ",
      "*a",
      "<<: ",
      "!x ",
      "|",
      ">",
      "'",
      '"',
      "#",
      "---\n",
      "\t",
      "%",
      "\u0000",
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const { value, problems } = readYaml(file(parts.join("")));
      assert.ok(value !== undefined || problems.length > 0);
      for (const { range } of problems)
        assert.ok(range.start >= 0 && range.end <= range.file.text.length && range.start <= range.end);
    }),
    { numRuns: 2000 },
  );
});

test("refuses deep nesting and long texts", () => {
  assert.equal(readYaml(file("[".repeat(100_000))).problems[0]?.kind, "too-deep");
  assert.equal(readYaml(file("a: b"), { ...defaultLimits, maxLength: 2 }).problems[0]?.kind, "too-large");
});

test("keeps __proto__ a plain key, also by merge", () => {
  const value = read("x: &x {__proto__: {polluted: true}}\ny:\n  <<: *x\n");
  assert.deepEqual(Object.keys(value["y"] as object), ["__proto__"]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("chooses the reader by content and reads a file once", () => {
  const yaml = file("{a: 1}\n");
  assert.deepEqual(plain(readSource(yaml).value), { a: 1 });
  assert.equal(readSource(yaml), readSource(yaml));
  assert.equal(readSource(file("{a: 1}", "a.json")).value, undefined);
  assert.equal(readSource(file("# A title\n: x", "a.md")).value, "# A title\n: x");
});

test("quoted texts that go on in a line indented too little are read, each place as it is written", () => {
  const file: SourceFile = {
    path: "a.yaml",
    displayPath: "a.yaml",
    text: `a:\n  b: "one\n  two, \\"three\\"\n four"\n  c: 'it''s\n\n  fine'\n  d: end\n`,
  };
  const { value, problems } = readYaml(file);
  assert.deepEqual(JSON.parse(JSON.stringify(value)), { a: { b: 'one two, "three" four', c: "it's fine", d: "end" } });
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ["lenient"],
  );
  assert.ok(value !== undefined && isObject(value) && isObject(value["a"]));
  assert.equal(rangeOf(value["a"], "d")?.start, file.text.indexOf("end"));
});

test("a quoted text that never closes is said where it begins to be wrong", () => {
  const text = 'a:\n  b: "one\nc: 1\nd: "two"\n';
  const { value, problems } = readYaml({ path: "a.yaml", displayPath: "a.yaml", text });
  assert.equal(value, undefined);
  assert.deepEqual([problems[0]?.kind, problems[0]?.range.start], ["syntax", text.indexOf("\nc")]);
});

test("a merge key may carry its tag, as some tools write it", () => {
  const text = "a: &a { b: 1 }\nc: { !!merge <<: *a, d: 2 }\n";
  const { value, problems } = readYaml({ path: "a.yaml", displayPath: "a.yaml", text });
  assert.deepEqual(problems, []);
  assert.deepEqual(JSON.parse(JSON.stringify(value)), { a: { b: 1 }, c: { b: 1, d: 2 } });
});
