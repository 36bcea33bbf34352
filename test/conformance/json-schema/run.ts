import { findProblem, readExclusions } from "./exclusions.ts";
import { drafts, runSuite, type Verdict } from "./run-suite.ts";

// Runs the JSON Schema Test Suite and prints a table by keyword. Arguments are parts of keyword names.
const wanted = process.argv.slice(2);
const exclusions = new Map(readExclusions().map(({ name, code }) => [name, code]));
const verdicts: Verdict[] = [];
for (const draft of drafts) {
  const isWanted = (keyword: string): boolean => wanted.length === 0 || wanted.some((part) => keyword.includes(part));
  verdicts.push(...(await runSuite(draft, isWanted)));
}
const groups = new Map<string, Verdict[]>();
for (const verdict of verdicts) groups.set(verdict.keyword, [...(groups.get(verdict.keyword) ?? []), verdict]);
printRow("keyword", ["cases", "right", "wrongly accepted", "wrongly refused", "excluded"], "codes");
for (const [keyword, group] of groups) print(keyword, group);
for (const draft of drafts) {
  print(
    draft,
    verdicts.filter(({ keyword }) => keyword.startsWith(`${draft}/`)),
  );
}
print("all", verdicts);
const problems = verdicts.map((verdict) => findProblem(verdict, exclusions)).filter((problem) => problem !== undefined);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function print(name: string, group: readonly Verdict[]): void {
  const isExcluded = ({ name: test }: Verdict): boolean => exclusions.has(test);
  const wrong = group.filter(({ actual, expected }) => actual !== expected);
  const excluded = wrong.filter(isExcluded);
  const refused = wrong.filter((verdict) => verdict.actual !== true && !isExcluded(verdict)).length;
  const accepted = wrong.filter(({ actual }) => actual === true).length;
  const codes = [...new Set(excluded.map(({ name: test }) => exclusions.get(test)))].join(", ");
  printRow(name, [group.length, group.length - wrong.length, accepted, refused, excluded.length], codes);
}

function printRow(name: string, cells: readonly (string | number)[], codes: string): void {
  console.log([name.padEnd(36), ...cells.map((cell) => String(cell).padStart(16)), ` ${codes}`].join("").trimEnd());
}
