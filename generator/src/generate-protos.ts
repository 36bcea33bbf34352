import type { OutputFile } from "./code/code.ts";
import type { ImportExtension } from "./code/imports.ts";
import { printModule } from "./code/print.ts";
import { hasErrors, type Outcome } from "./diagnostics/diagnostic.ts";
import { emitProtos, type EmitProtosOptions } from "./emit/protos.ts";
import type { LoadedProtos } from "./load/loaded.ts";
import { lowerProtos, type LowerProtoOptions } from "./lower/proto.ts";

/** What shapes the output of protos. */
export interface GenerateProtosOptions extends LowerProtoOptions, EmitProtosOptions {
  readonly importExtension: ImportExtension;
}

/** The steps from linked protos to files, as the CLI and the plugin both run them; no files when there are errors. */
export function generateProtos(loaded: LoadedProtos, options: GenerateProtosOptions): Outcome<readonly OutputFile[]> {
  const lowered = lowerProtos(loaded, options);
  if (hasErrors(lowered.diagnostics)) return { value: [], diagnostics: lowered.diagnostics };
  const modules = emitProtos(lowered.value, { messages: options.messages });
  return { value: modules.map((module) => printModule(module, options)), diagnostics: lowered.diagnostics };
}
