import assert from "node:assert/strict";
import test from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { JsonObject } from "../../../generator/src/source/json.ts";
import { at, documentOf, loadTexts, openApi, plain, summarize, targetAt } from "./support.ts";

test("follows references over files to their definition", () => {
  const { value, diagnostics } = loadTexts({
    "a/one.yaml": openApi(
      "  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '../b/two.yaml#/defs/C'}\n",
    ),
    "b/two.yaml": "defs:\n  C: {$ref: './three.yaml'}\n",
    "b/three.yaml": "type: object\nproperties:\n  again: {$ref: 'two.yaml#/defs/C'}\n",
  });
  assert.deepEqual(summarize(diagnostics), []);
  const target = targetAt(value.loaded, "a/one.yaml", "components", "schemas", "A");
  assert.deepEqual([target.document.file.path, target.pointer], ["b/three.yaml", ""]);
  assert.equal(targetAt(value.loaded, "b/three.yaml", "properties", "again").value, target.value);
  assert.equal(documentOf(value.loaded, "b/three.yaml").isEntry, false);
});

test("stops at a schema that adds keywords to its reference", () => {
  const { value } = loadTexts({
    "a.yaml": openApi(
      "  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/C', maxLength: 3}\n    C: {type: string}\n",
    ),
  });
  assert.equal(targetAt(value.loaded, "a.yaml", "components", "schemas", "A").pointer, "/components/schemas/B");
  assert.equal(targetAt(value.loaded, "a.yaml", "components", "schemas", "B").pointer, "/components/schemas/C");
});

test("reports references that lead only to each other, and lets recursive schemas be", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(
      "  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n    C: {$ref: '#/components/schemas/C'}\n    D: {properties: {d: {$ref: '#/components/schemas/D'}}}\n",
    ),
  });
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["ref-circular", "ref-circular"],
  );
  assert.equal(value.loaded.refs.size, 1);
});

test("decodes pointers and suggests the nearest name for a broken one", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(
      "  schemas:\n    a/b~c d: {type: string}\n    Payment: {type: object}\n    X: {$ref: '#/components/schemas/a~1b~0c%20d'}\n    Y: {$ref: '#/components/schemas/Paymnt'}\n    Z: {$ref: '#/components/schemas/Nothing'}\n",
    ),
  });
  assert.equal(targetAt(value.loaded, "a.yaml", "components", "schemas", "X").pointer, "/components/schemas/a~1b~0c d");
  assert.deepEqual(summarize(diagnostics), ["a.yaml:9:15 error ref-not-found", "a.yaml:10:15 error ref-not-found"]);
  assert.match(diagnostics[0]?.help ?? "", /did you mean "#\/components\/schemas\/Payment"\?/);
});

test("repairs a pointer with an unescaped slash and warns", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi("  schemas:\n    a/b/c: {type: string}\n    X: {$ref: '#/components/schemas/a/b/c'}\n"),
  });
  assert.equal(targetAt(value.loaded, "a.yaml", "components", "schemas", "X").pointer, "/components/schemas/a~1b~1c");
  assert.deepEqual(summarize(diagnostics), ["a.yaml:7:15 warning ref-unescaped-slash"]);
});

test("goes through references on the way", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi("  schemas:\n    A: {$ref: 'b.yaml#/B'}\n    X: {$ref: '#/components/schemas/A/properties/p'}\n"),
    "b.yaml": "B: {properties: {p: {type: string}}}\n",
  });
  assert.deepEqual(summarize(diagnostics), []);
  const { document, pointer } = targetAt(value.loaded, "a.yaml", "components", "schemas", "X");
  assert.deepEqual([document.file.path, pointer], ["b.yaml", "/B/properties/p"]);
});

test("leaves names and data alone", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(`  schemas:
    A:
      properties: {$ref: {type: string}, default: {$ref: '#/components/schemas/B'}}
      default: {$ref: nowhere}
      example: {$ref: nowhere}
      examples: [{$ref: nowhere}]
      enum: [{$ref: nowhere}]
      const: {$ref: nowhere}
      x-own: {$ref: nowhere}
    B: {type: string}
  examples:
    one: {value: {$ref: nowhere}}
`),
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.deepEqual(value.needs, []);
  assert.equal(value.loaded.refs.size, 1);
});

test("reports a reference that is not a string", () => {
  const { diagnostics } = loadTexts({ "a.yaml": openApi("  schemas:\n    A: {$ref: 5}\n    B: {$ref: [x]}\n") });
  assert.deepEqual(summarize(diagnostics), ["a.yaml:6:15 error ref-not-string", "a.yaml:7:15 error ref-not-string"]);
});

test("only warns of broken references in extensions of AsyncAPI", () => {
  const { diagnostics } = loadTexts({
    "a.yaml":
      "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nx-own: {$ref: '#/nowhere'}\nx-more:\n  a: {$ref: 'https://example.com'}\n",
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:3:15 warning ref-unused-not-found",
    "a.yaml:5:13 warning ref-unused-not-found",
  ]);
});

test("finds anchors, dynamic anchors and recursive references", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(`  schemas:
    A: {$ref: '#addr'}
    B: {$anchor: addr, type: string}
    Tree:
      $dynamicAnchor: node
      properties: {child: {$dynamicRef: '#node'}}
    Filter:
      $recursiveAnchor: true
      properties: {inner: {items: {$recursiveRef: '#'}}}
    Plain:
      properties: {inner: {$recursiveRef: '#'}}
    Bad: {$ref: '#adrr'}
`),
  });
  const pointer = (...keys: readonly string[]): string =>
    targetAt(value.loaded, "a.yaml", "components", "schemas", ...keys).pointer;
  assert.equal(pointer("A"), "/components/schemas/B");
  assert.equal(pointer("Tree", "properties", "child"), "/components/schemas/Tree");
  assert.equal(pointer("Filter", "properties", "inner", "items"), "/components/schemas/Filter");
  assert.equal(pointer("Plain", "properties", "inner"), "/components/schemas/Plain");
  assert.deepEqual(summarize(diagnostics), ["a.yaml:16:17 error ref-not-found"]);
  assert.match(diagnostics[0]?.help ?? "", /"#addr"/);
});

test("a pointer inside a schema with $id counts from there, else from the document", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(`  schemas:
    A:
      $id: 'https://example.com/a'
      $defs: {x: {type: string}}
      properties: {near: {$ref: '#/$defs/x'}, far: {$ref: '#/components/schemas/B'}}
    B: {type: integer}
`),
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.equal(
    targetAt(value.loaded, "a.yaml", "components", "schemas", "A", "properties", "near").pointer,
    "/components/schemas/A/$defs/x",
  );
  assert.equal(
    targetAt(value.loaded, "a.yaml", "components", "schemas", "A", "properties", "far").pointer,
    "/components/schemas/B",
  );
});

test("resolves the mappings of discriminators by name and by reference", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(`  schemas:
    Pet:
      discriminator:
        propertyName: kind
        mapping: {cat: Cat, dog: '#/components/schemas/Dog', bird: 'b.yaml#/Bird', fish: '#/components/schemas/Fsh'}
        defaultMapping: Cat
      oneOf: []
    Cat: {type: object}
    Dog: {type: object}
    Fish: {type: object}
`),
    "b.yaml": "Bird: {properties: {x: {$ref: '#/Wing'}}}\nWing: {type: object}\n",
  });
  const holder = at(
    documentOf(value.loaded, "a.yaml").root,
    "components",
    "schemas",
    "Pet",
    "discriminator",
  ) as JsonObject;
  const targets = value.loaded.discriminators.get(holder);
  assert.deepEqual(
    [...(targets?.mapping ?? [])].map(([name, { document, pointer }]) => [name, document.file.path, pointer]),
    [
      ["cat", "a.yaml", "/components/schemas/Cat"],
      ["dog", "a.yaml", "/components/schemas/Dog"],
      ["bird", "b.yaml", "/Bird"],
    ],
  );
  assert.equal(targets?.defaultMapping?.pointer, "/components/schemas/Cat");
  assert.equal(targetAt(value.loaded, "b.yaml", "Bird", "properties", "x").pointer, "/Wing");
  assert.deepEqual(summarize(diagnostics), ["a.yaml:9:90 error ref-not-found"]);
});

test("finds Avro types by short and full name", () => {
  const avro =
    '{"type": "record", "namespace": "shop.v1", "name": "Order", "fields": [{"name": "line", "type": {"type": "record", "name": "Line", "fields": []}}]}';
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(
      "  schemas:\n    A: {$ref: 'o.avsc#/Order'}\n    B: {$ref: 'o.avsc#/shop.v1.Line'}\n    C: {$ref: 'o.avsc'}\n    D: {$ref: 'o.avsc#/Lime'}\n",
    ),
    "o.avsc": avro,
  });
  const pointer = (name: string): string => targetAt(value.loaded, "a.yaml", "components", "schemas", name).pointer;
  assert.deepEqual([pointer("A"), pointer("B"), pointer("C")], ["/shop.v1.Order", "/shop.v1.Line", ""]);
  assert.deepEqual(summarize(diagnostics), ["a.yaml:9:15 error ref-not-found"]);
});

test("finds proto messages by short and full name", () => {
  const set = create(FileDescriptorSetSchema, {
    file: [
      {
        name: "shop/v1/orders.proto",
        package: "shop.v1",
        syntax: "proto3",
        messageType: [{ name: "Order", nestedType: [{ name: "Line" }] }],
      },
    ],
  });
  const { value, diagnostics } = loadTexts(
    {
      "shop/v1/a.yaml": openApi(
        "  schemas:\n    A: {$ref: './orders.proto#shop.v1.Order'}\n    B: {$ref: './orders.proto#Line'}\n    C: {$ref: './orders.proto#Ordre'}\n    D: {$ref: './none.proto#X'}\n",
      ),
      "shop/v1/orders.proto": 'syntax = "proto3";\npackage shop.v1;\nmessage Order { message Line {} }\n',
    },
    { descriptorSet: toBinary(FileDescriptorSetSchema, set) },
  );
  const target = targetAt(value.loaded, "shop/v1/a.yaml", "components", "schemas", "A");
  assert.deepEqual([target.document.kind, target.pointer, plain(target.value)], ["proto", "/shop.v1.Order", null]);
  assert.equal(targetAt(value.loaded, "shop/v1/a.yaml", "components", "schemas", "B").pointer, "/shop.v1.Order.Line");
  assert.deepEqual(summarize(diagnostics), [
    "shop/v1/a.yaml:8:15 error ref-proto-not-found",
    "shop/v1/a.yaml:9:15 error ref-proto-not-found",
  ]);
});

test("a long chain of references is followed without overflowing", () => {
  const schemas = Array.from(
    { length: 500 },
    (_, index) => `    A${index}: {$ref: '#/components/schemas/A${index + 1}'}`,
  ).join("\n");
  const { value, diagnostics } = loadTexts({ "a.yaml": openApi(`  schemas:\n${schemas}\n    A500: {type: string}\n`) });
  assert.deepEqual(summarize(diagnostics), []);
  assert.equal(targetAt(value.loaded, "a.yaml", "components", "schemas", "A0").pointer, "/components/schemas/A500");
});

test("gives up on a chain of references that is too long, with a place", () => {
  const schemas = Array.from(
    { length: 5000 },
    (_, index) => `    A${index}: {$ref: '#/components/schemas/A${index + 1}'}`,
  )
    .reverse()
    .join("\n");
  const { diagnostics } = loadTexts({ "a.yaml": openApi(`  schemas:\n    A5000: {type: string}\n${schemas}\n`) });
  assert.ok(diagnostics.every(({ code, range }) => code === "contract-limit" && range !== undefined));
  assert.ok(diagnostics.length >= 1);
});

test("ten thousand broken references are reported in good time", () => {
  const names = Array.from(
    { length: 5000 },
    (_, index) => `    Name${index}: {type: string}\n    Use${index}: {$ref: '#/components/schemas/Nome${index}x'}`,
  ).join("\n");
  const { diagnostics } = loadTexts({ "a.yaml": openApi(`  schemas:\n${names}\n`) });
  assert.equal(diagnostics.filter(({ code }) => code === "ref-not-found").length, 5000);
});

test("a broken reference in an example or a text is a warning: no code needs it", () => {
  const { diagnostics } = loadTexts(
    {
      "a.yaml":
        "openapi: 3.0.3\ninfo: {title: T, version: '1', description: {$ref: './about.md'}}\npaths:\n  /a:\n    get:\n" +
        "      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n" +
        "              examples: {one: {$ref: '#/components/examples/One'}}\n",
    },
    { missing: ["about.md"] },
  );
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:2:52 warning ref-unused-not-found",
    "a.yaml:11:38 warning ref-unused-not-found",
  ]);
});

test("a pointer may name the whole document as #/, and hold an escape that is part of a name", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi(
      "  schemas:\n    Pick.%22id%22: {type: string}\n    X: {$ref: '#/components/schemas/Pick.%22id%22'}\n    Y: {$ref: 'b.yaml#/'}\n",
    ),
    "b.yaml": "type: integer\n",
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.equal(
    targetAt(value.loaded, "a.yaml", "components", "schemas", "X").pointer,
    "/components/schemas/Pick.%22id%22",
  );
  assert.equal(targetAt(value.loaded, "a.yaml", "components", "schemas", "Y").pointer, "");
});
