import type { DocumentReport, RunOptions } from "./document.ts";

const columns = ["operations", "trips", "equal", "mutations", "placed", "excluded", "seconds"] as const;
const width = 44;

/** The first line of the table. */
export const heading: string = ["document".padEnd(width), ...columns.map((name) => name.padStart(10))].join("");

/** A document's line; below it what was left out, each with its reason. */
export function formatLine(report: DocumentReport): string {
  const { operations, roundTrips, equal, mutations, rightPlace, excluded, seconds, refused } = report;
  const name = report.name.replace("openapi/", "").padEnd(width);
  if (refused.length > 0) return `${name}refused: ${[...new Set(refused)].join(", ")}`;
  const counts = [operations, roundTrips, equal, mutations, rightPlace, excluded.length, seconds.toFixed(1)];
  const line = name + counts.map((count) => String(count).padStart(10)).join("");
  return [
    line,
    ...excluded.map(
      ({ operation, why, code }) => `  left out: ${operation}: ${why} (${code ?? "FAILED: no finding says so"})`,
    ),
  ].join("\n");
}

/** The sums over all documents. */
export function formatTotals(reports: readonly DocumentReport[]): string {
  const sum = (of: (report: DocumentReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const counts = [
    sum(({ operations }) => operations),
    sum(({ roundTrips }) => roundTrips),
    sum(({ equal }) => equal),
    sum(({ mutations }) => mutations),
    sum(({ rightPlace }) => rightPlace),
    sum(({ excluded }) => excluded.length),
    sum(({ seconds }) => seconds).toFixed(1),
  ];
  return `${`${reports.length} documents`.padEnd(width)}${counts.map((count) => String(count).padStart(10)).join("")}`;
}

/** Whether a document has failures, or exclusions that no finding of the generator gives a reason for. */
export function isBad({ failures, excluded }: DocumentReport): boolean {
  return failures.length > 0 || excluded.some(({ code }) => code === undefined);
}

const maxShown = 12;

/** What went wrong in a document, each with the line that does it again. */
export function formatFailures({ name, failures }: DocumentReport, { seed, draws }: RunOptions): string {
  const lines = failures
    .slice(0, maxShown)
    .flatMap(({ operation, what, value }) => [
      `  FAILED ${operation}: ${what}`,
      `    value: ${value}`,
      `    again: npm run roundtrip -- --document ${name} --operation ${operation} --seed ${seed} --draws ${draws}`,
    ]);
  if (failures.length > maxShown) lines.push(`  ... and ${failures.length - maxShown} more failures`);
  return lines.join("\n");
}
