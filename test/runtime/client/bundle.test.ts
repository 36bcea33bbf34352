import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTree } from "../../support/source-tree.ts";

/** What a browser's program imports: the client, its transport, and what generated code needs. */
const entries = ["client/index", "transport/fetch", "codegen/v1/http", "codegen/v1/validate"];

test("what a browser bundles needs nothing of Node, no server and no events", () => {
  const files = new Map(parseTree("runtime/src").map((file) => [file.path, file]));
  const reached = new Set<string>();
  const packages = new Set<string>();
  const pending = entries.map((entry) => `runtime/src/${entry}.ts`);
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const file = files.get(path);
    assert.ok(file, path);
    for (const { specifier, target, isType } of file.imports) {
      if (isType) continue;
      if (target === undefined) packages.add(`${path} imports ${specifier}`);
      else pending.push(target);
    }
  }
  assert.deepEqual([...packages], []);
  const folders = new Set([...reached].map((path) => path.split("/")[2]));
  for (const folder of ["server", "event", "store", "broker", "rpc"]) assert.ok(!folders.has(folder), folder);
});
