import assert from "node:assert/strict";
import { test } from "node:test";
import { runVerdicts, type ValueVerdict } from "./run-verdicts.ts";
import { cases30, helpers30 } from "./schemas-30.ts";
import { cases31, helpers31 } from "./schemas-31.ts";

const wrong = (verdicts: readonly ValueVerdict[]): readonly string[] =>
  verdicts
    .filter(({ actual, expected }) => actual !== expected)
    .map(({ name, value, expected }) => `${name}: ${JSON.stringify(value)} is ${expected ? "good" : "bad"}`);

test("validators of OpenAPI 3.1 are right on every keyword that peers get wrong", async () => {
  const verdicts = await runVerdicts("3.1.0", helpers31, cases31);
  assert.deepEqual(wrong(verdicts), []);
  assert.ok(cases31.length >= 60 && verdicts.length >= 200, `${verdicts.length} values over ${cases31.length} schemas`);
  const agreed = verdicts.filter(({ ajv, expected }) => ajv === undefined || ajv === expected);
  assert.ok(agreed.length / verdicts.length > 0.9, "Ajv agrees with most of what the table says");
});

test("validators of OpenAPI 3.0 read its own words", async () => {
  assert.deepEqual(wrong(await runVerdicts("3.0.3", helpers30, cases30)), []);
});
