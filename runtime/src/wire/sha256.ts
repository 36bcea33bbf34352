import { createHash } from "node:crypto";

/** sha256 over `parts` as lower-case hex. Each part goes in with its length: no two lists give the same text. */
export function sha256Hex(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest("hex");
}
