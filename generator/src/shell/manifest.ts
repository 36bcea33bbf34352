import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf } from "./read-contracts.ts";

/** Name of the manifest in the output folder. */
export const manifestName = ".trilogue-manifest.json";

/**
 * What a run read and wrote, by hash. When inputs and settings are the same and the outputs are untouched, the next run
 * has nothing to do and parses nothing.
 */
export interface Manifest {
  /** Version of the tool and the settings that shape output, hashed. */
  readonly settings: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The manifest of an output folder; undefined when there is none, or not one that can be read. */
export function readManifest(out: string): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(join(out, manifestName), "utf8");
  } catch {
    // No manifest: a first run.
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) ? value : undefined;
  } catch {
    // A damaged manifest only costs the time of a full run.
    return undefined;
  }
}

/** The manifest as text: sorted, so that the same run gives the same bytes. */
export function printManifest(manifest: Manifest): string {
  const sorted = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  const value = { settings: manifest.settings, inputs: sorted(manifest.inputs), outputs: sorted(manifest.outputs) };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Whether a run with these settings and inputs would write what is there already. */
export function isCurrent(out: string, before: Manifest, now: Pick<Manifest, "settings" | "inputs">): boolean {
  if (before.settings !== now.settings || !sameRecord(before.inputs, now.inputs)) return false;
  return Object.entries(before.outputs).every(([path, hash]) => {
    try {
      return hashOf(readFileSync(join(out, path))) === hash;
    } catch {
      // A missing output is written again.
      return false;
    }
  });
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const { settings, inputs, outputs } = value as Partial<Record<keyof Manifest, unknown>>;
  return (
    typeof settings === "string" && isRecord(inputs) && isRecord(outputs) && Object.keys(outputs).every(staysInside)
  );
}

/** Left-over outputs are removed by these paths, so a damaged manifest must not lead out of the folder. */
function staysInside(path: string): boolean {
  return !/(?:^|[\\/])\.\.(?:[\\/]|$)|^[\\/]|^[A-Za-z]:/.test(path);
}

function isRecord(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" && value !== null && Object.values(value).every((entry) => typeof entry === "string")
  );
}
