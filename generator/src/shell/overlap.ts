import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { showPath } from "./show-path.ts";

/** Where a run reads and writes. */
interface Places {
  readonly contracts: readonly string[];
  readonly out: string;
  readonly workingDirectory: string;
}

/**
 * What is wrong with an output folder that is, holds or lies in a contract directory: output would be taken for
 * contracts, and contracts for what may be written over. Links are followed.
 */
export function findOverlap({ contracts, out, workingDirectory }: Places): string | undefined {
  const realOut = resolveLinks(out);
  for (const folder of contracts) {
    const realFolder = resolveLinks(folder);
    const relation =
      realFolder === realOut
        ? "is the contract directory"
        : isBelow(realOut, realFolder)
          ? "lies in the contract directory"
          : isBelow(realFolder, realOut)
            ? "holds the contract directory"
            : undefined;
    if (relation === undefined) continue;
    const [shownOut, shownFolder] = [out, folder].map((path) => JSON.stringify(showPath(path, workingDirectory)));
    return `the output folder ${shownOut} ${relation} ${shownFolder}; name a folder of its own with --out`;
  }
  return undefined;
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

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
