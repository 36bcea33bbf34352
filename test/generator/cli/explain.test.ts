import assert from "node:assert/strict";
import { test } from "node:test";
import { contractOf, project, trilogue } from "./support.ts";

const files = {
  "contracts/shop/a.yaml": contractOf("listThings").replace("paths:", "x-trilogue: { timeout: 3s }\npaths:"),
  "contracts/b.yaml": contractOf("listOthers").replace("Things", "Others"),
};

test("explain shows every operation", async (context) => {
  const { exitCode, stdout, stderr } = await trilogue(project(context, files), ["explain"]);
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.match(stdout, /^Others\/listOthers \(http, GET \/things/m);
  assert.match(stdout, /^shop\.Things\/listThings \(http, GET \/things, .*a\.yaml:6\)/m);
  assert.match(stdout, /^ {2}timeout +3s +.*shop\/a\.yaml:3$/m);
});

test("explain shows one operation, by its own name or in full", async (context) => {
  const folder = project(context, files);
  for (const name of ["listThings", "shop.Things/listThings"]) {
    const { exitCode, stdout } = await trilogue(folder, ["explain", name]);
    assert.equal(exitCode, 0);
    assert.ok(!stdout.includes("listOthers"));
    assert.ok(stdout.startsWith("shop.Things/listThings "));
  }
});

test("explain shows webhooks with their methods, and no control characters of the contract", async (context) => {
  const contract =
    contractOf("listThings") +
    'webhooks: { "placed\\e[31m": { put: { responses: { "204": { description: ok } } } } }\n';
  const { exitCode, stdout } = await trilogue(project(context, { "contracts/a.yaml": contract }), ["explain"]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^ThingsWebhooks\/\S+ \(http, PUT to webhook placed \[31m, /m);
  assert.ok(!stdout.includes("\u001b"));
});

test("explain of an unknown operation exits with 1 and suggests one", async (context) => {
  const { exitCode, stdout, stderr } = await trilogue(project(context, files), ["explain", "listThing"]);
  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.match(stderr, /error unknown-operation: .*"listThing"/);
  assert.match(stderr, /help: did you mean "listThings"\?/);
});

test("explain --json is one object with every value and its origin", async (context) => {
  const { stdout } = await trilogue(project(context, files), ["explain", "listThings", "--json"]);
  const { ok, operations } = JSON.parse(stdout);
  assert.equal(ok, true);
  assert.equal(operations.length, 1);
  const timeout = operations[0].values.find(({ path }: { readonly path: string }) => path === "timeout");
  assert.equal(timeout.value, "3s");
  assert.match(timeout.origin, /shop\/a\.yaml:3$/);
});

test("explain of contracts with errors shows the errors", async (context) => {
  const { exitCode, stderr } = await trilogue(project(context, { "contracts/a.yaml": "openapi: 9.0.0\n" }), [
    "explain",
  ]);
  assert.equal(exitCode, 1);
  assert.match(stderr, /unknown-version/);
});
