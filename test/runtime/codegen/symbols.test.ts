import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codegenNames, codegenSpecifier, type CodegenModule } from "@trilogue/runtime/codegen/symbols";

test("every name that generated code may import is exported by its module, types as types", async () => {
  for (const module of Object.keys(codegenNames) as CodegenModule[]) {
    const { types, values } = codegenNames[module];
    const found = (await import(codegenSpecifier(module))) as object;
    assert.deepEqual(
      values.filter((name) => !(name in found)),
      [],
    );
    const source = readFileSync(new URL(`../../../runtime/src/codegen/v1/${module}.ts`, import.meta.url), "utf8");
    assert.deepEqual(
      types.filter((name) => !new RegExp(`export type .*\\b${name}\\b`, "s").test(source)),
      [],
    );
  }
});
