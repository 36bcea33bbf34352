import assert from "node:assert/strict";
import test from "node:test";
import { locate } from "../../../generator/src/source/source-file.ts";
import { documentOf, loadTexts, openApi, plain, summarize } from "./support.ts";

test("tells documents by their content and ignores the rest silently", () => {
  const { value, diagnostics } = loadTexts({
    "a/openapi.yaml": openApi("  schemas: {}\n"),
    "a/events.json": '{"asyncapi": "3.0.0", "info": {"title": "E", "version": "1"}}',
    "trilogue.yaml": "trilogue: v1\ndefaults: {}\n",
    "grpc.json": '{"methodConfig": []}',
    "order.avsc": '{"type": "record", "name": "Order", "fields": []}',
    "order.schema.json": '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}',
    "package.json": '{"name": "x", "dependencies": {"openapi": "^1"}}',
    "buf.yaml": "version: v2\n",
    "broken.yaml": "{{ template }}: [",
    "broken.json": "{",
    "service.proto": 'syntax = "proto3";',
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.deepEqual(
    value.loaded.documents.map(({ file, kind, version }) => [file.path, kind, version]),
    [
      ["a/events.json", "asyncapi", "3.0.0"],
      ["a/openapi.yaml", "openapi", "3.1.0"],
      ["grpc.json", "serviceConfig", ""],
      ["order.avsc", "avro", ""],
      ["order.schema.json", "jsonSchema", ""],
      ["trilogue.yaml", "policy", "v1"],
    ],
  );
});

test("gives the same result whatever the order of files", () => {
  const texts = {
    "a.yaml": openApi("  schemas: {A: {$ref: 'b.yaml#/B'}}\n"),
    "b.yaml": "B: {type: string}\n",
    "c.yaml": openApi("  schemas: {}\n"),
  };
  const reversed = Object.fromEntries(Object.entries(texts).reverse());
  const paths = (given: Record<string, string>): readonly string[] =>
    loadTexts(given).value.loaded.documents.map(({ file }) => file.path);
  assert.deepEqual(paths(texts), ["a.yaml", "b.yaml", "c.yaml"]);
  assert.deepEqual(paths(reversed), paths(texts));
});

test("reports unknown versions with what is read", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": "openapi: 4.0.0\n",
    "b.yaml": "swagger: '1.2'\n",
    "c.yaml": "asyncapi: 1.2.0\n",
    "d.yaml": "overlay: 2.0.0\n",
    "e.yaml": "openapi:\n",
    "f.yaml": "swagger: 2.0\ninfo: {title: T, version: '1'}\npaths: {}\n",
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:1:10 error unknown-version",
    "b.yaml:1:10 error unknown-version",
    "c.yaml:1:11 error unknown-version",
    "d.yaml:1:10 error unknown-version",
    "e.yaml:1:8 error unknown-version",
  ]);
  assert.match(diagnostics[0]?.message ?? "", /expected OpenAPI version 3\.0, 3\.1 or 3\.2, found "4\.0\.0"/);
  assert.deepEqual(
    value.loaded.documents.map(({ file, version }) => [file.path, version]),
    [["f.yaml", "2.0"]],
  );
});

test("locates what can't be read", () => {
  const { diagnostics } = loadTexts({
    "a.yaml": "openapi: 3.1.0\ninfo: [1, 2\npaths: }\n",
    "b.json": '{"openapi": "3.1.0",\n "info": }',
    "c.yaml": "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\npaths: {}\n",
    "d.yaml": "openapi: 3.1.0\n---\nopenapi: 3.1.0\n",
    "e.yaml": `openapi: 3.1.0\nx-deep: ${"[".repeat(300)}`,
    "f.yaml": "openapi: 3.1.0\ninfo: {title: T, version: !local '1'}\npaths: {}\n",
    "g.yaml": "openapi: 3.1.0\ninfo: {\n  title: T, version: '1'\n}\nx-a:\n  b: {\n    c: 1\n  }\n",
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:3:1 error contract-syntax",
    "b.json:2:10 error contract-syntax",
    "c.yaml:4:1 error duplicate-key",
    "d.yaml:3:1 error several-documents",
    "e.yaml:2:208 error contract-limit",
    "f.yaml:2:27 warning unknown-tag",
    "g.yaml:4:1 warning lenient-yaml",
  ]);
});

test("asks for files that are referenced and not given, then reports those that are missing", () => {
  const texts = {
    "x/a.yaml": openApi(
      "  schemas:\n    A: {$ref: '../y/b.yaml#/B'}\n    C: {$ref: '../../up.yaml'}\n    D: {$ref: ./c%20d.yaml}\n",
    ),
  };
  const first = loadTexts(texts);
  assert.deepEqual(first.value.needs, ["x/c d.yaml", "y/b.yaml"]);
  assert.deepEqual(summarize(first.diagnostics), ["x/a.yaml:7:15 error ref-outside"]);
  const second = loadTexts(
    { ...texts, "y/b.yaml": "B: {type: string}\n" },
    { entries: ["x/a.yaml"], missing: ["x/c d.yaml"] },
  );
  assert.deepEqual(second.value.needs, []);
  assert.deepEqual(summarize(second.diagnostics), [
    "x/a.yaml:7:15 error ref-outside",
    "x/a.yaml:8:15 error ref-file-not-found",
  ]);
});

test("suggests the file that was perhaps meant", () => {
  const { diagnostics } = loadTexts(
    {
      "a.yaml": openApi("  schemas: {A: {$ref: 'paymnt.yaml#/B'}}\n"),
      "payment.yaml": "B: {}\n",
    },
    { missing: ["paymnt.yaml"] },
  );
  assert.match(diagnostics[0]?.help ?? "", /did you mean "payment\.yaml"\?/);
});

test("refuses remote references with their place and a help, in every form", () => {
  const refs = ["https://example.com/a.yaml#/A", "//example.com/a.yaml", "file:///etc/passwd", "HTTP://x/y", "urn:a:b"];
  for (const ref of refs) {
    const { value, diagnostics } = loadTexts({ "a.yaml": openApi(`  schemas:\n    A: {$ref: '${ref}'}\n`) });
    assert.deepEqual(summarize(diagnostics), ["a.yaml:6:15 error ref-remote"], ref);
    assert.match(diagnostics[0]?.help ?? "", /save the file/);
    assert.deepEqual(value.needs, []);
  }
});

test("a reference to an $id or $self that is loaded needs no network", () => {
  const { value, diagnostics } = loadTexts({
    "a.yaml": openApi("  schemas: {A: {$ref: 'https://example.com/order.json#/$defs/Id'}}\n"),
    "order.schema.json":
      '{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/order.json", "$defs": {"Id": {"type": "string"}}}',
  });
  assert.deepEqual(summarize(diagnostics), []);
  assert.deepEqual(
    [...value.loaded.refs.values()].map(({ document, pointer }) => [document.file.path, pointer]),
    [["order.schema.json", "/$defs/Id"]],
  );
});

test("reports a corrupt descriptor set", () => {
  const { diagnostics } = loadTexts({}, { descriptorSet: new Uint8Array([255, 255, 255, 1, 2, 3]) });
  assert.equal(diagnostics.filter(({ severity }) => severity === "error").length, 1);
});

test("warns of unknown fields and suggests the right name", () => {
  const { diagnostics } = loadTexts({
    "a.yaml":
      "openapi: 3.0.0\ninfo: {title: T, version: '1'}\nx-own: 1\npaths:\n  /a:\n    get:\n      operationID: a\n      responses: {}\ntgas: []\n",
  });
  assert.deepEqual(summarize(diagnostics), ["a.yaml:7:7 warning unknown-field", "a.yaml:9:1 warning unknown-field"]);
  assert.match(diagnostics[0]?.help ?? "", /"operationId"/);
  assert.match(diagnostics[1]?.help ?? "", /"tags"/);
});

test("locates wrong structure in OpenAPI, all at once", () => {
  const { diagnostics } = loadTexts({
    "a.yaml": `openapi: 3.0.0
info: {title: T}
paths:
  /a:
    get: 5
    post:
      tags: x
      parameters:
        - {name: a}
        - {in: query, name: 3}
        - {in: body, name: b}
        - 7
      requestBody: {required: yes}
      responses: {'200': text}
  /b: []
components:
  parameters: []
`,
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:2:7 warning missing-field-unused",
    "a.yaml:5:10 error wrong-type",
    "a.yaml:7:13 error wrong-type",
    "a.yaml:9:11 error missing-field",
    "a.yaml:10:29 error wrong-type",
    "a.yaml:11:16 error wrong-value",
    "a.yaml:12:11 error wrong-type",
    "a.yaml:13:20 error missing-field",
    "a.yaml:13:31 error wrong-type",
    "a.yaml:14:26 error wrong-type",
    "a.yaml:15:7 error wrong-type",
    "a.yaml:17:15 error wrong-type",
  ]);
});

test("locates wrong structure in AsyncAPI 2 and 3", () => {
  const { diagnostics } = loadTexts({
    "a.yaml":
      "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels:\n  a: 1\noperations:\n  b: {action: publish, channel: {$ref: '#/channels/a'}}\n  c: {action: send}\n",
    "b.yaml": "asyncapi: 2.6.0\ninfo: {title: T, version: '1'}\nchannels:\n  a:\n    publish: []\n    subscrib: {}\n",
    "c.yaml": "asyncapi: 3.0.0\n",
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:4:6 error wrong-type",
    "a.yaml:6:15 error wrong-value",
    "a.yaml:7:6 error missing-field",
    "b.yaml:5:14 error wrong-type",
    "b.yaml:6:5 warning unknown-field",
    "c.yaml:1:1 warning missing-field-unused",
  ]);
});

test("reads hostile names as plain data", () => {
  const { value, diagnostics } = loadTexts({
    "a.json": JSON.stringify({ openapi: "3.1.0", info: { title: "*/ alert(1)", version: "1" }, paths: {} })
      .replace("}}", '}, "__proto__": {"x": 1}}')
      .replace(
        '"paths":{}',
        '"paths":{"__proto__":{}},"components":{"schemas":{"__proto__":{"type":"string"}, "A":{"$ref":"#/components/schemas/__proto__"}, "B":{"$ref":"#/constructor"}}}',
      ),
  });
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["ref-not-found", "unknown-field"],
  );
  assert.deepEqual(
    [...value.loaded.refs.values()].map(({ value: target }) => plain(target)),
    [{ type: "string" }],
  );
});

test("knows the place of a target from its key on", () => {
  const { value } = loadTexts({
    "a.yaml": openApi("  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B:\n      type: string\n"),
  });
  const [target] = [...value.loaded.refs.values()];
  assert.ok(target);
  assert.deepEqual(locate(target.range.file, target.range.start), { line: 7, column: 5 });
  assert.equal(documentOf(value.loaded, "a.yaml"), target.document);
});

test("what is wrong with a file is said once, however many documents refer to it", () => {
  const { diagnostics } = loadTexts({
    "a.yaml": openApi("  schemas: {A: {$ref: 'broken.yaml#/A'}, B: {$ref: 'old.yaml#/B'}}\n"),
    "broken.yaml": "openapi: 3.1.0\ninfo: [\n",
    "c.yaml": openApi("  schemas: {C: {$ref: 'broken.yaml#/C'}, D: {$ref: 'old.yaml#/D'}}\n"),
    "old.yaml": "openapi: 1.0.0\n",
  });
  const found = diagnostics.map(({ code, range }) => `${range?.file.path ?? "-"} ${code}`);
  assert.deepEqual(found, ["broken.yaml contract-syntax", "old.yaml unknown-version"]);
});

test("a contract without its version field is a warning, unless another refers to it", () => {
  const body = "info: {title: T, version: '1'}\npaths: {}\n";
  const { diagnostics } = loadTexts({
    "a.yaml": body,
    "b.json": '{"info": {"title": "E", "version": "1"}, "channels": {}, "operations": {}}',
    "c.yaml": `openApi: 3.1.0\n${body}`,
    "d.yaml": "channels: {}\ninfo: {title: T, version: '1'}\n",
    "part.yaml": `${body}A: {type: string}\n`,
    "uses.yaml": openApi("  schemas: {A: {$ref: 'part.yaml#/A'}}\n"),
    "ci.yaml": "paths: [src]\ninfo: none\n",
    "mkdocs.yaml": "paths: {a: b}\n",
    "template.yaml": "paths: {{ x }}\ninfo: [\n",
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:1:1 warning version-forgotten",
    "b.json:1:1 warning version-forgotten",
    "c.yaml:1:1 warning version-forgotten",
    "d.yaml:1:1 warning version-forgotten",
  ]);
  assert.equal(diagnostics[0]?.message, 'looks like OpenAPI, but has no "openapi" field; nothing is generated from it');
  assert.deepEqual(
    diagnostics.map(({ help }) => help),
    [
      "add openapi: 3.1.0 as its first line",
      'add "asyncapi": "3.0.0" as its first line',
      'write "openapi" instead of "openApi"',
      "add asyncapi: 2.6.0 as its first line",
    ],
  );
});

test("null in place of an object or a list is an empty one, but for security", () => {
  const { diagnostics } = loadTexts({
    "a.yaml":
      "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      parameters:\n      responses:\n" +
      "        '200': {description: ok, headers: null, content: {application/json: null}}\n    put:\n      security:\n",
  });
  assert.deepEqual(summarize(diagnostics), [
    "a.yaml:6:17 warning null-field",
    "a.yaml:8:43 warning null-field",
    "a.yaml:8:77 warning null-field",
    "a.yaml:10:15 error wrong-type",
  ]);
});
