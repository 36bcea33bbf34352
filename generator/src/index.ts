export { gen, type GenOptions, type GenResult } from "./shell/gen.ts";
export type { Diagnostic, RelatedPlace, Severity } from "./diagnostics/diagnostic.ts";
export { formatDiagnostics, type FormatOptions } from "./diagnostics/format.ts";
export { locate, type SourceFile, type SourceRange } from "./source/source-file.ts";
