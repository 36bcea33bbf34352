import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerSchemas, lowerTexts, withoutPlaces } from "./openapi-support.ts";

test("a dialect of its own is read by its vocabularies, and an unknown one as 2020-12", () => {
  const meta = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/meta",
    $vocabulary: {
      "https://json-schema.org/draft/2020-12/vocab/core": true,
      "https://example.com/vocab/units": true,
      "https://example.com/vocab/notes": false,
    },
    type: "object",
  };
  const files = (dialect: string): Readonly<Record<string, string>> => ({
    "meta.schema.json": JSON.stringify(meta),
    "size.schema.json": JSON.stringify({ $schema: dialect, type: "string", minLength: 1, not: { items: true } }),
  });
  const own = lowerTexts(files("https://example.com/meta"));
  assert.deepEqual(withoutPlaces(own.model.types.get("size.schema.json#")?.schema), {
    not: { items: { always: true } },
  });
  assert.deepEqual(own.found, ["size.schema.json:1 schema-vocabulary-unknown"]);
  const unknown = lowerTexts(files("https://example.com/other"));
  assert.deepEqual(unknown.found, ["size.schema.json:1 schema-dialect-unknown"]);
});

test("a generic schema is a type for each dynamic scope that it is used in", () => {
  const { types, found } = lowerSchemas(`Page:
  $id: Page
  type: object
  properties: { items: { type: array, items: { $dynamicRef: '#item' } } }
  $defs: { any: { $dynamicAnchor: item } }
Users: { $id: Users, $ref: Page, $defs: { user: { $dynamicAnchor: item, $ref: '#/components/schemas/User' } } }
User: { type: string }`);
  assert.deepEqual(found, []);
  assert.deepEqual(Object.keys(types).sort(), ["Page", "PageAny", "PageInUsers", "User", "Users", "UsersUser"]);
});

test("a schema that anchors give ever more meanings is an error, not a flood", () => {
  const names = Array.from({ length: 11 }, (_, index) => `R${index}`);
  const text = names.map((name, index) => {
    const used = names.map((other, at) => `r${at}: { $ref: ${other} }, d${at}: { $dynamicRef: '${other}#n${at}' }`);
    return `${name}: { $id: ${name}, $defs: { d: { $dynamicAnchor: n${index} } }, properties: { ${used.join(", ")} } }`;
  });
  const { found, types } = lowerSchemas(text.join("\n"));
  assert.equal(new Set(found.map((line) => line.split(" ")[1])).size, 1);
  assert.match(found[0] ?? "", /schema-dynamic-count$/);
  assert.ok(Object.keys(types).length < 12_000);
});

test("a pattern of older JavaScript is read as such, and told how to be written", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["^[\\w-.]+\\@x$", "^[\\w\\-.]+@x$"],
    ["a\\-b\\_[\\-\\@]", "a-b_[\\-@]"],
    ["{x}", "regular expression of ECMA-262"],
  ];
  for (const [pattern, fix] of cases) {
    const { types, diagnostics, found } = lowerSchemas(
      `S:\n  properties: { a: { pattern: ${JSON.stringify(pattern)} } }\n  patternProperties: { ${JSON.stringify(pattern)}: true }`,
    );
    assert.deepEqual(found, ["api.yaml:8 schema-pattern-legacy", "api.yaml:9 schema-pattern-legacy"], pattern);
    assert.equal(
      diagnostics[0]?.help,
      fix.startsWith("regular")
        ? 'write it as a regular expression of ECMA-262 with the flag "u"'
        : `write ${JSON.stringify(fix)}`,
    );
    assert.equal(types["S"]?.schema.patternProperties?.length, 1);
  }
});

test("an unknown format near a known one is told once a document", () => {
  const { diagnostics } = lowerSchemas(
    "S: { properties: { a: { format: datetime }, b: { format: datetime }, c: { format: url }, d: { format: sku } } }",
  );
  assert.deepEqual(
    diagnostics.map(({ code, severity, help }) => [code, severity, help]),
    [["schema-format-unknown", "info", 'did you mean "date-time"?']],
  );
});
