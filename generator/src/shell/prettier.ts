import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { OutputFile } from "../code/code.ts";
import { createDiagnostic, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { shellMessages } from "../diagnostics/catalogue/shell.ts";
import { showPath } from "./show-path.ts";

/** What we use of prettier 3. */
interface Prettier {
  readonly version: string;
  readonly format: (text: string, options: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly resolveConfig: (
    path: string,
    options: { readonly editorconfig: boolean },
  ) => Promise<Readonly<Record<string, unknown>> | null>;
}

/** Formats output the way the user's project is formatted. */
export interface Formatter {
  /** Changes whenever the formatting may: prettier's version and the project's settings for the output folder. */
  readonly fingerprint: string;
  readonly format: (files: readonly OutputFile[]) => Promise<Outcome<readonly OutputFile[]>>;
}

/**
 * The project's own prettier, looked up from the output folder and then from the working directory; it is no dependency
 * of ours. An error names the package when it is not there.
 */
export async function findFormatter(out: string, workingDirectory: string): Promise<Outcome<Formatter | undefined>> {
  const path = [out, workingDirectory].map(resolvePrettier).find((found) => found !== undefined);
  if (path === undefined) {
    return { value: undefined, diagnostics: [createDiagnostic(shellMessages.noPrettier, {})] };
  }
  const imported = (await import(pathToFileURL(path).href)) as { readonly default?: Prettier } & Prettier;
  const prettier = imported.default ?? imported;
  const formatter: Formatter = {
    fingerprint: JSON.stringify([prettier.version, await settingsOf(prettier, join(out, "index.ts"))]),
    format: (files) => formatFiles(prettier, files, { out, workingDirectory }),
  };
  return { value: formatter, diagnostics: [] };
}

async function formatFiles(
  prettier: Prettier,
  files: readonly OutputFile[],
  { out, workingDirectory }: { readonly out: string; readonly workingDirectory: string },
): Promise<Outcome<readonly OutputFile[]>> {
  const diagnostics: Diagnostic[] = [];
  const value: OutputFile[] = [];
  for (const file of files) {
    const path = join(out, file.path);
    try {
      const settings = await settingsOf(prettier, path);
      value.push({ ...file, text: await prettier.format(file.text, { ...settings, filepath: path }) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const parameters = { path: showPath(path, workingDirectory), reason };
      diagnostics.push(createDiagnostic(shellMessages.prettierFailed, parameters));
    }
  }
  return { value, diagnostics };
}

async function settingsOf(prettier: Prettier, path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await prettier.resolveConfig(path, { editorconfig: true })) ?? {};
}

function resolvePrettier(folder: string): string | undefined {
  try {
    return createRequire(join(folder, "package.json")).resolve("prettier");
  } catch {
    // Not installed here: the next folder, or an error that names the package.
    return undefined;
  }
}
