import type { ValidationIssue } from "../../descriptor/validate.ts";

/** Issues beyond this many are not collected. */
const maxIssues = 100;

/** Notes a fault. True when the validator shall stop: no issues are wanted, or there is no room for more. */
export function fail(
  issues: ValidationIssue[] | undefined,
  pointer: string | undefined,
  fault: readonly [keyword: string, expected: string],
): boolean {
  if (issues === undefined || issues.length >= maxIssues) return true;
  issues.push({ pointer: pointer ?? "", keyword: fault[0], expected: fault[1] });
  return issues.length >= maxIssues;
}
