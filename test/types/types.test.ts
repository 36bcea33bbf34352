import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "../support/source-tree.ts";

const folder = join(root, "test/types");

/** Type-checks files with the options of the repository; `texts` stand in for files that are not there. */
function check(files: readonly string[], texts: Readonly<Record<string, string>> = {}): readonly string[] {
  const path = join(root, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => texts[name] ?? readFile(name);
  host.fileExists = (name) => name in texts || fileExists(name);
  const program = ts.createProgram(files, { ...options, noEmit: true }, host);
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    assert.ok(source !== undefined, file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((found) => {
      const { line } = source.getLineAndCharacterOfPosition(found.start ?? 0);
      return `${file.slice(root.length + 1)}:${line + 1} ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`;
    });
  });
}

test("what must compile compiles, and what must not does not", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".test-d.ts"));
  assert.ok(files.includes("shop.test-d.ts") && files.includes("client.test-d.ts"), files.join(", "));
  assert.deepEqual(check(files.map((name) => join(folder, name))), []);
});

test("the blocks of the HTTP guide are those that compile", () => {
  const compiled = readFileSync(join(folder, "http-guide.test-d.ts"), "utf8");
  const guide = readFileSync(join(root, "runtime/HTTP.md"), "utf8");
  const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  assert.ok(blocks.length > 5);
  for (const block of blocks) assert.ok(compiled.includes(block), `test/types/http-guide.test-d.ts lacks\n${block}`);
});

test("the check tells of an expected error that is none, and of a type that is not exact", () => {
  const file = join(folder, "made-up.test-d.ts");
  const text = [
    'import { createClient, type Transport } from "@trilogue/runtime";',
    'import { Orders } from "../../examples/shop/gen/orders/v1/openapi_http.ts";',
    'declare const http: Transport<"http">;',
    "// @ts-expect-error: this is right",
    "createClient(Orders, http);",
    "export const page: Promise<string> = createClient(Orders, http).listOrders();",
  ].join("\n");
  const found = check([file], { [file]: text });
  assert.match(found[0] ?? "", /^test\/types\/made-up\.test-d\.ts:4 Unused '@ts-expect-error'/);
  assert.match(found[1] ?? "", /^test\/types\/made-up\.test-d\.ts:6 Type 'Promise<OrderPage>'/);
  assert.equal(found.length, 2);
});

test("the statuses of a range are never gone through in pairs", () => {
  const path = join(root, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, root);
  const program = ts.createProgram([join(folder, "status.test-d.ts")], { ...options, noEmit: true });
  program.getSemanticDiagnostics(program.getSourceFile(join(folder, "status.test-d.ts")));
  // 400 statuses by 400 would be 160,000, and much memory.
  assert.ok(program.getInstantiationCount() < 40_000, String(program.getInstantiationCount()));
});
