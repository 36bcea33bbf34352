import { createHash } from "node:crypto";

/** sha256 over `parts` as hex. Each goes in with its length, so that no two lists of parts are the same text. */
export function hashParts(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

/** JSON of decoded values for a fingerprint: objects in order of their keys, big integers and bytes as text. */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === "bigint") return { bigint: String(inner) };
      if (inner instanceof Uint8Array) return { bytes: Buffer.from(inner).toString("base64") };
      if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
      return Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)));
    }) ?? "undefined"
  );
}
