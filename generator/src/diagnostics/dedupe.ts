import type { Diagnostic } from "./diagnostic.ts";

/**
 * The same diagnostics, each once: what several operations share, or several documents refer to, is reported for each
 * of them. Two are the same when code, message and place are.
 */
export function dedupeDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, message, range }) => {
    const id = JSON.stringify([code, message, range?.file.path, range?.start, range?.end]);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
