import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultConfig, selectDefaults } from "../../../generator/src/config/config.ts";
import { parseConfig } from "../../../generator/src/config/parse-config.ts";
import { codes, fileOf, get, lines, event, resolve } from "../policy/support.ts";

const parse = (text: string): ReturnType<typeof parseConfig> => parseConfig(fileOf(text, "trilogue.yaml"));

test("an empty file is the default configuration", () => {
  assert.deepEqual(parse(""), { value: defaultConfig, diagnostics: [] });
  assert.deepEqual(parse("# nothing yet\n"), { value: defaultConfig, diagnostics: [] });
});

test("every setting is read", () => {
  const { value, diagnostics } = parse(`
contracts: contracts
out: src/gen
importExtension: js
types: { int64: number }
format: prettier
validation: { formats: annotate }
messages: external
`);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(value, {
    contracts: ["contracts"],
    out: "src/gen",
    importExtension: "js",
    int64: "number",
    format: "prettier",
    formats: "annotate",
    messages: "external",
    defaults: defaultConfig.defaults,
  });
});

test("defaults of the kind are stronger than those of all", () => {
  const { value, diagnostics } = parse(
    "defaults:\n  timeout: 3s\n  bulkhead: { maxQueued: 5 }\n  http: { timeout: 2s }\n",
  );
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(resolve(get, ...selectDefaults(value.defaults, "http")).value.literal, {
    timeoutMs: 2000,
    bulkhead: { maxQueued: 5 },
    idempotency: { level: "safe" },
  });
  const resolved = resolve(event, ...selectDefaults(value.defaults, "event"));
  assert.deepEqual(codes(resolved), []);
  assert.equal(resolved.value.literal["timeoutMs"], 3000);
});

test("int64 of JSON is a number, or a bigint where that is asked for", () => {
  assert.equal(parse("").value.int64, "number");
  assert.equal(parse("types: { int64: bigint }").value.int64, "bigint");
  assert.match(parse("types: { int64: string }").diagnostics[0]?.message ?? "", /expected "number" or "bigint"/);
});

test("mistakes are located, all at once and each once", () => {
  const { diagnostics } = parse(`
contract: x
out: 5
types: { int32: number }
format: biome
defaults:
  timout: 1s
  http: { delivery: { outbox: true } }
  rpc: 7
`);
  assert.deepEqual(lines(diagnostics), [
    'trilogue.yaml:2:1 error unknown-config-key: the configuration has no field "contract"',
    'trilogue.yaml:3:6 error invalid-config-value: "out" expected a folder, found 5',
    'trilogue.yaml:4:10 error unknown-config-key: the configuration has no field "types.int32"',
    'trilogue.yaml:5:9 error invalid-config-value: "format" expected "none" or "prettier", found "biome"',
    'trilogue.yaml:7:3 error unknown-policy-key: a policy has no field "timout"',
    'trilogue.yaml:8:31 error policy-not-applicable: "delivery.outbox" means nothing for HTTP operations',
    'trilogue.yaml:9:8 error invalid-config-value: "defaults.rpc" expected a policy, found 7',
  ]);
  assert.equal(diagnostics[0]?.help, 'did you mean "contracts"?');
});

test("broken YAML and a list are errors, not exceptions", () => {
  assert.deepEqual(codes(parse("a: [")), ["invalid-config"]);
  assert.deepEqual(codes(parse("- a")), ["invalid-config"]);
  assert.deepEqual(codes(parse("defaults: 5")), ["invalid-config-value"]);
});
