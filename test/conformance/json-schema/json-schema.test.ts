import assert from "node:assert/strict";
import { test } from "node:test";
import { findProblem, readExclusions } from "./exclusions.ts";
import { drafts, runSuite } from "./run-suite.ts";

const listed = readExclusions();
const exclusions = new Map(listed.map(({ name, code }) => [name, code]));

for (const draft of drafts) {
  test(`compiled validators say what the JSON Schema Test Suite says, ${draft}`, async () => {
    const verdicts = await runSuite(draft, () => true);
    const problems = verdicts.map((verdict) => findProblem(verdict, exclusions)).filter((found) => found !== undefined);
    assert.deepEqual(problems, []);
    assert.ok(verdicts.length > 900, `the suite is whole: ${verdicts.length} cases`);
    const right = verdicts.filter(({ actual, expected }) => actual === expected).length;
    assert.ok(right / verdicts.length >= 0.99, `${right} of ${verdicts.length} are right`);
    const names = new Set(verdicts.map(({ name }) => name));
    const unknown = listed.filter(({ name }) => name.startsWith(`${draft}/`) && !names.has(name));
    assert.deepEqual(unknown, [], "each exclusion is a case of the suite");
  });
}
