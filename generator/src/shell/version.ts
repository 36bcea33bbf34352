import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version of this package, as its package.json says. */
export function toolVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}

/**
 * What output depends on beside contracts and settings: the version and, in a checkout, where the version stays while
 * the generator changes, its source.
 */
export function toolFingerprint(): string {
  const isCheckout = import.meta.url.endsWith(".ts");
  return isCheckout ? `${toolVersion()} ${hashSource(fileURLToPath(new URL("..", import.meta.url)))}` : toolVersion();
}

function hashSource(folder: string): string {
  const hash = createHash("sha256");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  for (const path of paths.sort()) hash.update(path.replaceAll("\\", "/")).update(readFileSync(join(folder, path)));
  return hash.digest("hex");
}
