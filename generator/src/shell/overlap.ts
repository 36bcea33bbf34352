import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { showPath } from "./show-path.ts";

/** Where a run reads and writes. */
interface Places {
  readonly contracts: readonly string[];
  readonly out: string;
  readonly workingDirectory: string;
}

/**
 * What is wrong with an output folder that is a contract directory: people could not tell the two apart. One inside the
 * other is fine, because output is no contract and files without our header are never touched. Links are followed.
 */
export function findOverlap({ contracts, out, workingDirectory }: Places): string | undefined {
  const realOut = resolveLinks(out);
  if (!contracts.some((folder) => resolveLinks(folder) === realOut)) return undefined;
  const shown = JSON.stringify(showPath(out, workingDirectory));
  return `the output folder ${shown} is the contract directory; name a folder of its own with --out`;
}

/** The path without links; what does not exist yet has none. */
function resolveLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet, or not to be read: its parents may be links all the same.
    return dirname(path) === path ? path : join(resolveLinks(dirname(path)), basename(path));
  }
}
