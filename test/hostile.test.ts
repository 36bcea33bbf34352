import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { generate, type Generated } from "../generator/src/generate.ts";
import { compileProtos } from "../generator/src/shell/compile-protos.ts";
import { findForeignCode } from "./hostile-code.ts";
import { hostileRecord, hostileText } from "./hostile-text.ts";

const runs = 300;

const json: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  hostileRecord(hostileText),
);

const leaf = fc.oneof(
  fc.record({ type: fc.constant("string"), pattern: hostileText, description: hostileText, default: json }),
  fc.record({ type: fc.constant("string"), enum: fc.uniqueArray(hostileText, { minLength: 1, maxLength: 4 }) }),
  fc.record({ const: json, title: hostileText, examples: fc.array(json, { maxLength: 2 }) }),
  fc.record({ type: fc.constant("string"), format: hostileText, contentMediaType: hostileText }),
);

const schema = fc.oneof(
  leaf,
  fc.record({
    type: fc.constant("object"),
    description: hostileText,
    properties: hostileRecord(leaf),
    patternProperties: hostileRecord(leaf, 1),
    dependentRequired: hostileRecord(fc.array(hostileText, { maxLength: 2 }), 1),
    required: fc.array(hostileText, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant("array"), items: leaf, description: hostileText }),
);

const operation = fc.record({
  operationId: hostileText,
  summary: hostileText,
  description: hostileText,
  tags: fc.array(hostileText, { maxLength: 2 }),
  parameters: fc.uniqueArray(
    fc.record({
      name: hostileText,
      in: fc.constantFrom("query", "header", "cookie"),
      description: hostileText,
      schema: leaf,
    }),
    { maxLength: 3, selector: (parameter) => `${parameter.in} ${parameter.name.toLowerCase()}` },
  ),
  responses: fc.record({
    "200": fc.record({
      description: hostileText,
      headers: hostileRecord(fc.record({ schema: leaf }), 2),
      content: fc.oneof(
        fc.record({ "application/json": fc.record({ schema }) }),
        hostileRecord(fc.record({ schema }), 1),
      ),
    }),
  }),
});

/** Under webhooks and callbacks, whose keys are names, addresses and expressions. */
const hook = fc
  .tuple(hostileText, hostileText)
  .map(([summary, description]) => ({ post: { summary, responses: { 200: { description } } } }));
const expressionText = fc.oneof(
  hostileText,
  hostileText.map((text) => `{$request.query.${text}}`),
);

const subscribing = fc
  .tuple(operation, hostileText, expressionText, hook)
  .map(([outer, name, expression, item]) => ({ ...outer, callbacks: { [name]: { [expression]: item } } }));

const openApi = fc.record({
  openapi: fc.constant("3.1.0"),
  info: fc.record({ title: hostileText, version: hostileText, description: hostileText }),
  servers: fc.array(fc.record({ url: hostileText, description: hostileText }), { maxLength: 1 }),
  paths: fc.tuple(hostileText, subscribing).map(([path, get]) => ({ [`/${path}`]: { get } })),
  webhooks: hostileRecord(hook, 2),
  components: fc.record({ schemas: hostileRecord(schema) }),
});

const asyncApi = fc
  .record({
    title: hostileText,
    name: hostileText,
    address: hostileText,
    summary: hostileText,
    messages: hostileRecord(
      fc.record({ name: hostileText, title: hostileText, description: hostileText, headers: schema, payload: schema }),
    ),
    schemas: hostileRecord(schema),
    bindings: hostileRecord(hostileRecord(json)),
  })
  .map(({ title, name, address, summary, messages, schemas, bindings }) => ({
    asyncapi: "3.0.0",
    info: { title, version: "1" },
    channels: { c: { address, messages, bindings } },
    operations: { [name]: { action: "send", summary, channel: { $ref: "#/channels/c" } } },
    components: { schemas },
  }));

/** The whole way from text to code, as the shell does it. */
function generateText(path: string, text: string): Generated {
  const files = [{ path, displayPath: path, text }];
  return generate({ files, entries: new Set([path]) }, { importExtension: "ts", messages: "own" });
}

test("the check of generated code sees what must not be there", () => {
  const find = (text: string): readonly string[] => findForeignCode([{ path: "a/b.ts", text }]);
  assert.deepEqual(find('import { x } from "@trilogue/runtime/codegen/v1/http";\nexport const a = { b: x };\n'), []);
  const bad = [
    "export const a = ;",
    'import "node:fs";',
    'import { x } from "./other.ts";',
    "export const a = 1;\nprocess.exit(1);",
    "export const a = Object.keys({});",
    "export const a = process.env;",
    "export function f(): void { fetch('x'); }",
    'export type A = import("node:fs").Stats;',
    "export const a = `${1}`;",
    "export const a = new Function('x');",
    "export function f() { return import('node:fs'); }",
  ];
  for (const text of bad) assert.notDeepEqual(find(text), [], text);
});

for (const [name, contract] of [
  ["an OpenAPI", openApi],
  ["an AsyncAPI", asyncApi],
] as const) {
  test(`nothing in ${name} document becomes code`, () => {
    let generated = 0;
    fc.assert(
      fc.property(contract, hostileText, (document: object, fileName) => {
        const { files, diagnostics } = generateText(`${fileName}.json`, JSON.stringify(document));
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        assert.deepEqual(
          errors.filter(({ range }) => range === undefined),
          [],
          "an error without a place",
        );
        assert.equal(files.length === 0, errors.length > 0);
        for (const { path } of files) assert.match(path, /^(?!\/|[A-Za-z]:|.*(?:^|\/)\.\.?\/)[^\\\0\n]+\.ts$/);
        assert.deepEqual(findForeignCode(files), []);
        if (files.length > 0) generated += 1;
      }),
      { numRuns: runs },
    );
    assert.equal("pwned" in globalThis, false);
    assert.ok(generated > runs / 4, `only ${generated} of ${runs} documents were generated: the test tests too little`);
  });
}

test("nothing in a proto becomes code", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-hostile-"));
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileText, { minLength: 20, maxLength: 40 }), async (texts) => {
        const text = protoOf(texts);
        writeFileSync(join(folder, "a.proto"), text);
        const files = [{ path: "a.proto", displayPath: "a.proto", text }];
        const protos = await compileProtos({ roots: [folder], files, workingDirectory: folder });
        assert.deepEqual(protos.diagnostics, []);
        const entries = new Set(["a.proto"]);
        const made = generate({ files, entries, ...protos.value }, { importExtension: "ts", messages: "own" });
        assert.ok(made.files.length > 1, JSON.stringify(made.diagnostics.map(({ message }) => message)));
        assert.deepEqual(findForeignCode(made.files), []);
      }),
      { numRuns: 6 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Hostile comments on everything, and hostile strings in defaults, JSON names and policies. */
function protoOf(texts: readonly string[]): string {
  const comments = texts.map((text) => `// ${text.toWellFormed().replace(/[\0\n\r\ufeff]/g, " ")}\n`);
  const literals = texts.map((text) => {
    const escaped = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
    return `"${escaped.join("")}"`;
  });
  const fields = comments.map(
    (comment, index) => `  ${comment}  optional string f${index} = ${index + 1} [default = ${literals[index]}];`,
  );
  return [
    `syntax = "proto2";`,
    `package hostile.v1;`,
    `import "trilogue/v1/policy.proto";`,
    `${comments[0]}message M {\n${fields.join("\n")}\n}`,
    `${comments[1]}enum E {\n  ${comments[2]}  E_ZERO = 0;\n}`,
    `${comments[3]}service S {\n  ${comments[4]}  rpc Do(M) returns (M) {`,
    `    option (trilogue.v1.policy) = { fallback: { example: { string_value: ${literals[5]} } } };`,
    `  }\n}`,
  ].join("\n");
}
