import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { formatDiagnostics } from "../../generator/src/diagnostics/format.ts";
import { generate } from "../../generator/src/generate.ts";
import type { HttpOperation, HttpService } from "../../runtime/src/descriptor/http.ts";
import { root } from "./source-tree.ts";

/** The service that a contract generates: read, generated, printed and imported, as a user's program would. */
export async function importService(
  document: object,
  name: string,
): Promise<HttpService<Record<string, HttpOperation>>> {
  const file = { path: "api.json", displayPath: "api.json", text: JSON.stringify(document) };
  const { files, diagnostics } = generate(
    { files: [file], entries: new Set([file.path]) },
    { importExtension: "ts", messages: "own" },
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(formatDiagnostics(errors));
  const folder = mkdtempSync(join(tmpdir(), "trilogue-generated-"));
  const runtime = pathToFileURL(join(root, "runtime/src/codegen/v1")).href;
  try {
    for (const { path, text } of files) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text.replaceAll(/"@trilogue\/runtime\/codegen\/v1\/(\w+)"/g, `"${runtime}/$1.ts"`));
    }
    const module = (await import(pathToFileURL(join(folder, "api_http.ts")).href)) as Record<string, unknown>;
    return module[name] as HttpService<Record<string, HttpOperation>>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
