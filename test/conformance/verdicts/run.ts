import { runVerdicts } from "./run-verdicts.ts";
import { cases30, helpers30 } from "./schemas-30.ts";
import { cases31, helpers31 } from "./schemas-31.ts";

// Prints our verdicts beside Ajv 2020's, schema by schema, and each value on which one of them is wrong.
const verdicts = [
  ...(await runVerdicts("3.1.0", helpers31, cases31)),
  ...(await runVerdicts("3.0.3", helpers30, cases30)),
];
const show = (verdict: boolean | undefined): string => (verdict === undefined ? "-" : verdict ? "good" : "bad");
for (const { name, value, expected, actual, ajv } of verdicts) {
  if (actual === expected && (ajv === undefined || ajv === expected)) continue;
  console.log(
    `${name.padEnd(52)} is ${show(expected).padEnd(5)} ours ${show(actual).padEnd(5)} ajv ${show(ajv).padEnd(5)} ${JSON.stringify(value)}`,
  );
}
const asked = verdicts.filter(({ ajv }) => ajv !== undefined);
const ours = verdicts.filter(({ actual, expected }) => actual === expected).length;
const theirs = asked.filter(({ ajv, expected }) => ajv === expected).length;
console.log(
  `ours: ${ours} of ${verdicts.length} right; ajv 2020: ${theirs} of the ${asked.length} that it can be asked`,
);
process.exitCode = ours === verdicts.length ? 0 : 1;
