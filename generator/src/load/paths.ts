/** True for a reference with a scheme (`https:`, `file:`, `urn:`) or an authority (`//host`). */
export function isRemote(reference: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(reference) || reference.startsWith("//");
}

/** The folder of a path, without a slash at the end: `""` for a file at the top. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/**
 * Joins a relative path to a folder and removes `.` and `..`. Steps out of the top stay in front (`../x.yaml`); whether
 * such a file may be read is up to the shell. A path with a leading slash begins at the contract directory.
 */
export function joinPath(folder: string, relative: string): string {
  const parts = relative.startsWith("/") ? [] : folder.split("/");
  const joined: string[] = [];
  for (const part of [...parts, ...relative.split("/")]) {
    if (part === "" || part === ".") continue;
    if (part === ".." && joined.length > 0 && joined.at(-1) !== "..") joined.pop();
    else joined.push(part);
  }
  return joined.join("/");
}

/** Percent-decoding that leaves a text with a wrong escape as it is. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray "%" is an ordinary character of a name.
    return text;
  }
}
