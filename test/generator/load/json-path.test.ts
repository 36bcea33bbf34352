import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { selectByPath } from "../../../generator/src/load/json-path.ts";
import type { JsonValue } from "../../../generator/src/source/json.ts";

const store: JsonValue = {
  book: [
    { title: "A", price: 8, tags: ["x", "y"] },
    { title: "B", price: 12, isbn: "1" },
    { title: "C", price: 9, isbn: "2" },
    { title: "D", price: 23 },
  ],
  bicycle: { color: "red", price: 20 },
  "x-y z": { "'": 1 },
};

function select(path: string, root: JsonValue = store): readonly JsonValue[] {
  const selection = selectByPath(root, path);
  assert.ok("nodes" in selection, JSON.stringify(selection));
  return selection.nodes.map(({ value }) => value);
}

test("selects by name, index, slice, wildcard and union", () => {
  assert.deepEqual(select("$.bicycle.color"), ["red"]);
  assert.deepEqual(select("$['book'][0][\"title\"]"), ["A"]);
  assert.deepEqual(select("$.book[-1].title"), ["D"]);
  assert.deepEqual(select("$.book[1:3].title"), ["B", "C"]);
  assert.deepEqual(select("$.book[::-2].title"), ["D", "B"]);
  assert.deepEqual(select("$.book[:1].title"), ["A"]);
  assert.deepEqual(select("$.book[::0].title"), []);
  assert.deepEqual(select("$.bicycle.*"), ["red", 20]);
  assert.deepEqual(select("$.book[0, 2]['title', 'price']"), ["A", 8, "C", 9]);
  assert.deepEqual(select("$['x-y z']['\\'']"), [1]);
  assert.deepEqual(select("$.none[0].x"), []);
  assert.deepEqual(select("$"), [store]);
});

test("selects descendants", () => {
  assert.deepEqual([...select("$..price")].sort(), [12, 20, 23, 8, 9]);
  assert.deepEqual(select("$..[0]"), [(store as { book: JsonValue[] }).book[0], "x"]);
  assert.equal(select("$..*").length, 23);
});

test("selects by filters", () => {
  const titles = (filter: string): readonly JsonValue[] => select(`$.book[?${filter}].title`);
  assert.deepEqual(titles("@.isbn"), ["B", "C"]);
  assert.deepEqual(titles("!@.isbn"), ["A", "D"]);
  assert.deepEqual(titles("@.price < 10 && @.isbn"), ["C"]);
  assert.deepEqual(titles("(@.price >= 23 || @.title == 'A')"), ["A", "D"]);
  assert.deepEqual(titles("@.price != 8"), ["B", "C", "D"]);
  assert.deepEqual(titles("@.price <= $.bicycle.price && 'B' < @.title"), ["C"]);
  assert.deepEqual(titles("match(@.title, '[AB]')"), ["A", "B"]);
  assert.deepEqual(titles("search(@.isbn, '2')"), ["C"]);
  assert.deepEqual(titles("length(@.tags) == 2"), ["A"]);
  assert.deepEqual(titles("count(@.*) > 2"), ["A", "B", "C"]);
  assert.deepEqual(titles("@.tags == $.book[0].tags"), ["A"]);
  assert.deepEqual(titles("@.none == @.nothing"), ["A", "B", "C", "D"]);
  assert.deepEqual(titles("@.price > 'a'"), []);
});

test("says what is wrong with a path and where", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /expected "\$" at character 1, found the end/],
    ["paths", /expected "\$"/],
    ["$.", /expected a name at character 3/],
    ["$[", /expected a name in quotes/],
    ["$['a'", /expected "]"/],
    ["$.a b", /expected the end/],
    ["$[?@.a ==]", /expected a value/],
    ["$[?1]", /expected a comparison/],
    ["$[?match(@.a, '(a+)+')]", /simple regular expression/],
    ["$[?match(@.a, '[')]", /simple regular expression/],
    [`$[?${"(".repeat(1000)}`, /less nesting/],
    [`$${".a".repeat(4000)}`, /longer than/],
  ];
  for (const [path, problem] of cases) {
    const selection = selectByPath(store, path);
    assert.ok("problem" in selection, path.slice(0, 50));
    assert.match(selection.problem, problem);
  }
});

test("bounds the work of a hostile path", () => {
  let deep: JsonValue = 1;
  for (let level = 0; level < 150; level += 1) deep = [deep];
  const selection = selectByPath(deep, "$..*..*..*..*");
  assert.ok("problem" in selection);
  assert.match(selection.problem, /too many/);
});

test("never throws and never runs code", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "$",
      "@",
      ".",
      "..",
      "[",
      "]",
      "?",
      "(",
      ")",
      "'a'",
      "*",
      "1",
      ":",
      ",",
      "==",
      "&&",
      "!",
      "a",
      "match(",
      "constructor",
      " ",
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const selection = selectByPath(store, `$${parts.join("")}`);
      assert.ok("problem" in selection || Array.isArray(selection.nodes));
    }),
    { numRuns: 2000 },
  );
});
