import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { generate } from "../../generator/src/generate.ts";
import { compileProtos, type CompileRequest } from "../../generator/src/shell/compile-protos.ts";
import { findCompiler } from "../../generator/src/shell/proto-compilers.ts";
import type { SourceFile } from "../../generator/src/source/source-file.ts";
import { root } from "../support/source-tree.ts";

const name = "inventory/v1/inventory.proto";
const contracts = join(root, "contracts");
const text = readFileSync(join(contracts, name), "utf8");
const files: readonly SourceFile[] = [{ path: name, displayPath: name, text }];

async function output(request: Partial<CompileRequest>): Promise<Readonly<Record<string, string>>> {
  const { value, diagnostics } = await compileProtos({ roots: [contracts], files, workingDirectory: root, ...request });
  assert.deepEqual(diagnostics, []);
  const generated = generate(
    { files, entries: new Set(), ...value, protoFilesToGenerate: [name] },
    { importExtension: "ts", messages: "own", protosOnly: true },
  );
  return Object.fromEntries(generated.files.map((file) => [file.path, file.text]));
}

test("buf, protoc and descriptor sets that either wrote give the same bytes for the shop's proto", async () => {
  const byProtoc = await output({ compilers: ["protoc"] });
  assert.deepEqual(Object.keys(byProtoc), ["inventory/v1/inventory_pb.ts", "inventory/v1/inventory_rpc.ts"]);
  assert.deepEqual(await output({ compilers: ["buf"] }), byProtoc);
  const folder = mkdtempSync(join(tmpdir(), "trilogue-sets-"));
  try {
    for (const compiler of ["buf", "protoc"] as const) {
      const descriptorSet = join(folder, `${compiler}.binpb`);
      run(
        compiler,
        compiler === "buf"
          ? ["build", contracts, "--path", join(contracts, name), "-o", descriptorSet, "--as-file-descriptor-set"]
          : [
              `-I${contracts}`,
              `-I${join(root, "generator/proto")}`,
              `-I${findCompiler(root, ["protoc"])?.include ?? contracts}`,
              "--include_imports",
              "--include_source_info",
              `--descriptor_set_out=${descriptorSet}`,
              name,
            ],
      );
      assert.deepEqual(await output({ descriptorSet }), byProtoc, compiler);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function run(compiler: "buf" | "protoc", args: readonly string[]): void {
  const found = findCompiler(root, [compiler]);
  assert.ok(found !== undefined, `${compiler} is not installed`);
  const result = spawnSync(found.executable, args, { cwd: root, encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
}
