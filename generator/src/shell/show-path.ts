import { posix, relative, sep } from "node:path";

/** A path as messages show it: with `/`, relative to the working directory unless it lies far away. */
export function showPath(path: string, workingDirectory: string): string {
  const shown = toPosix(relative(workingDirectory, path));
  if (shown === "") return ".";
  return shown.startsWith("../..") ? toPosix(path) : shown;
}

/** The path with `/` between its parts. */
export function toPosix(path: string): string {
  return sep === posix.sep ? path : path.replaceAll(sep, posix.sep);
}
