import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** Configurations that extend each other further than this are a loop. */
const maxExtends = 16;

/** How generated files name each other, and the tsconfig.json that says so; absent when there is none. */
export interface DetectedExtension {
  readonly extension: "ts" | "js";
  readonly tsconfig?: string;
}

/**
 * How generated files name each other: `ts` when the nearest tsconfig.json allows such imports
 * (`allowImportingTsExtensions`, `rewriteRelativeImportExtensions`) or there is none, else `js`.
 */
export function detectImportExtension(out: string): DetectedExtension {
  for (let folder = resolve(out); ; folder = dirname(folder)) {
    const path = join(folder, "tsconfig.json");
    const text = readText(path);
    if (text !== undefined) return { extension: allowsTs(path, text, 0) ? "ts" : "js", tsconfig: path };
    if (dirname(folder) === folder) return { extension: "ts" };
  }
}

function allowsTs(path: string, text: string, depth: number): boolean {
  const config = parseTsConfig(text);
  const options = config["compilerOptions"] as Record<string, unknown> | undefined;
  const own = options?.["allowImportingTsExtensions"] ?? options?.["rewriteRelativeImportExtensions"];
  if (own !== undefined || depth >= maxExtends) return own === true;
  const bases = [config["extends"]].flat().filter((base) => typeof base === "string");
  return bases.some((base) => {
    const candidates =
      base.startsWith(".") || isAbsolute(base)
        ? [resolve(dirname(path), base), `${resolve(dirname(path), base)}.json`]
        : [join(dirname(path), "node_modules", base), join(dirname(path), "node_modules", base, "tsconfig.json")];
    for (const candidate of candidates) {
      const inherited = readText(candidate);
      if (inherited !== undefined) return allowsTs(candidate, inherited, depth + 1);
    }
    return false;
  });
}

/** tsconfig.json is JSON with comments and trailing commas. */
function parseTsConfig(text: string): Record<string, unknown> {
  const plain = text
    .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_all, quoted: string | undefined) => quoted ?? "")
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_all, quoted: string | undefined) => quoted ?? "");
  try {
    const value: unknown = JSON.parse(plain);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A broken tsconfig is the compiler's to report; here it only means that nothing is allowed.
    return {};
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not there: look further up.
    return undefined;
  }
}
