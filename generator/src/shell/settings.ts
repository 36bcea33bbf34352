import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defaultConfig, selectDefaults } from "../config/config.ts";
import { parseConfig } from "../config/parse-config.ts";
import { createDiagnostic, hasErrors, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { shellMessages } from "../diagnostics/catalogue/shell.ts";
import type { NativeFacts, PolicyLayer } from "../policy/layers.ts";
import { detectImportExtension } from "./import-extension.ts";
import { findOverlap } from "./overlap.ts";
import { showPath } from "./show-path.ts";

/** Flags as the command line gives them. */
export interface Flags {
  readonly contracts?: readonly string[] | undefined;
  readonly out?: string | undefined;
  readonly config?: string | undefined;
  readonly "descriptor-set"?: string | undefined;
  readonly "import-extension"?: string | undefined;
  readonly messages?: string | undefined;
}

/** Flags of `gen` beside those that settle what is read and written. */
export interface GenFlags extends Flags {
  readonly check?: boolean | undefined;
  readonly watch?: boolean | undefined;
}

/** What a run works with: flags over configuration over defaults. Paths are absolute. */
export interface Settings {
  readonly workingDirectory: string;
  readonly contracts: readonly string[];
  readonly out: string;
  readonly descriptorSet?: string;
  readonly importExtension: "ts" | "js";
  /** Neither flags nor configuration nor a tsconfig.json say how files import each other. */
  readonly isExtensionAssumed: boolean;
  readonly messages: "own" | "external";
  readonly formats: "assert" | "annotate";
  readonly int64: "number" | "bigint";
  readonly defaultsFor: (kind: NativeFacts["kind"]) => readonly PolicyLayer[];
  readonly format: "none" | "prettier";
  /** The configuration's text, so that a changed one makes the output stale. */
  readonly configText: string;
  /** Where the configuration is, or would be. */
  readonly configPath: string;
}

/** A usage error is a text; everything wrong in the configuration is a diagnostic. */
export type ReadSettings =
  { readonly usage: string } | { readonly settings: Settings | undefined; readonly diagnostics: readonly Diagnostic[] };

/** Settles what `gen` is to do; beside what holds for every command, output and contracts must lie apart. */
export function readGenSettings(flags: GenFlags, workingDirectory: string): ReadSettings {
  if (flags.check === true && flags.watch === true) {
    return { usage: "gen takes --check or --watch, not both: --check compares once and ends" };
  }
  const read = readSettings(flags, workingDirectory);
  if ("usage" in read || read.settings === undefined) return read;
  const usage = findOverlap(read.settings);
  return usage === undefined ? read : { usage };
}

/** Settles flags and configuration. */
export function readSettings(flags: Flags, workingDirectory: string): ReadSettings {
  const usage = checkFlags(flags);
  if (usage !== undefined) return { usage };
  const configPath = resolve(workingDirectory, flags.config ?? "trilogue.yaml");
  if (flags.config !== undefined && !existsSync(configPath)) {
    return { settings: undefined, diagnostics: [createDiagnostic(shellMessages.noConfig, { path: flags.config })] };
  }
  const shown = showPath(configPath, workingDirectory);
  const { value: configText, diagnostics: unreadable } = readConfig(configPath, shown);
  if (configText === undefined) return { settings: undefined, diagnostics: unreadable };
  const { value: config, diagnostics } =
    configText === ""
      ? { value: defaultConfig, diagnostics: [] }
      : parseConfig({ path: shown, displayPath: shown, text: configText });
  if (hasErrors(diagnostics)) return { settings: undefined, diagnostics };
  const base = resolve(configPath, "..");
  const out = flags.out === undefined ? resolve(base, config.out ?? "gen") : resolve(workingDirectory, flags.out);
  const contracts =
    flags.contracts?.map((folder) => resolve(workingDirectory, folder)) ??
    (config.contracts ?? ["contracts"]).map((folder) => resolve(base, folder));
  const descriptorSet = flags["descriptor-set"];
  const wanted = (flags["import-extension"] as "ts" | "js" | undefined) ?? config.importExtension;
  const detected = wanted === undefined ? detectImportExtension(out) : undefined;
  return {
    settings: {
      workingDirectory,
      contracts,
      out,
      ...(descriptorSet === undefined ? {} : { descriptorSet: resolve(workingDirectory, descriptorSet) }),
      importExtension: wanted ?? detected?.extension ?? "ts",
      isExtensionAssumed: detected !== undefined && detected.tsconfig === undefined,
      messages: (flags.messages as "own" | "external" | undefined) ?? config.messages,
      formats: config.formats,
      int64: config.int64,
      defaultsFor: (kind) => selectDefaults(config.defaults, kind),
      format: config.format,
      configText,
      configPath,
    },
    diagnostics,
  };
}

function checkFlags(flags: Flags): string | undefined {
  if (flags.contracts !== undefined && flags.out === undefined) {
    return "--contracts needs --out, so that nothing is written where it was not meant to be";
  }
  const extension = flags["import-extension"];
  if (extension !== undefined && extension !== "ts" && extension !== "js") {
    return `--import-extension is ts or js, found ${JSON.stringify(extension)}`;
  }
  if (flags.messages !== undefined && flags.messages !== "own" && flags.messages !== "external") {
    return `--messages is own or external, found ${JSON.stringify(flags.messages)}`;
  }
  return undefined;
}

function readConfig(path: string, shown: string): Outcome<string | undefined> {
  if (!existsSync(path)) return { value: "", diagnostics: [] };
  try {
    return { value: readFileSync(path, "utf8"), diagnostics: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { value: undefined, diagnostics: [createDiagnostic(shellMessages.unreadableFile, { path: shown, reason })] };
  }
}
