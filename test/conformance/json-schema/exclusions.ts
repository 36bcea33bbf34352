import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "./run-suite.ts";

/** A case that is known not to be right. */
export interface Exclusion {
  readonly name: string;
  readonly code: string;
}

/** The known exclusions, of `exclusions.txt`. */
export function readExclusions(): readonly Exclusion[] {
  const lines = readFileSync(join(import.meta.dirname, "exclusions.txt"), "utf8").split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name = "", code = "", reason = ""] = line.split(" | ");
      if (reason === "") throw new Error(`an exclusion needs a name, a code and a reason: ${line}`);
      return { name, code };
    });
}

/** What is wrong with a verdict, in the light of the exclusions; undefined when nothing is. */
export function findProblem(verdict: Verdict, exclusions: ReadonlyMap<string, string>): string | undefined {
  const { name, expected, actual, codes } = verdict;
  const code = exclusions.get(name);
  if (actual === expected) return code === undefined ? undefined : `is excluded, but right: ${name}`;
  if (actual === true) return `accepts what is invalid: ${name}`;
  const what = actual === undefined ? "has no validator" : "refuses what is valid";
  if (code === undefined) return `${what} (${codes.join(", ") || "no diagnostic"}): ${name}`;
  return codes.includes(code) ? undefined : `is excluded without its diagnostic "${code}": ${name}`;
}
