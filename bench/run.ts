import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { benchCalls } from "./calls.ts";
import { benchGenerateCold, benchGenerateUnchanged, type Row } from "./generate.ts";
import { install } from "./installed.ts";
import { rounds } from "./measure.ts";
import { benchOpenApi } from "./openapi.ts";
import { benchCallOverhead, benchConsumer } from "./runtime.ts";
import { benchValidation } from "./validation.ts";

const benches: Readonly<Record<string, (folder: string) => readonly Row[] | Promise<readonly Row[]>>> = {
  "generate-cold": benchGenerateCold,
  "generate-unchanged": benchGenerateUnchanged,
  "openapi-github": benchOpenApi("github"),
  "openapi-stripe": benchOpenApi("stripe"),
  "openapi-petstore": benchOpenApi("petstore"),
  validation: benchValidation,
  calls: benchCalls,
  "call-overhead": benchCallOverhead,
  consumer: benchConsumer,
};

/** `npm run bench [-- NAME...]`: the named benches, or all. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => benches[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
  const folder = mkdtempSync(join(tmpdir(), "trilogue-bench-"));
  try {
    install(folder);
    console.log(`\n${describeMachine()}; medians of ${rounds}, interleaved`);
    for (const name of names.length > 0 ? names : Object.keys(benches)) {
      const rows = (await benches[name]?.(folder)) ?? [];
      console.log(`\n## ${name}\n\n${toTable(rows)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeMachine(): string {
  const root = resolve(import.meta.dirname, "..");
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const named = ["@bufbuild/buf", "@bufbuild/protoc-gen-es", "openapi-typescript", "typescript"];
  const versions = named.map((name) => `${name} ${manifest.devDependencies[name]}`);
  return [`Node ${process.versions.node}`, ...versions, `${cpus().length} cores (${cpus()[0]?.model})`].join(", ");
}

function toTable([head = [], ...rows]: readonly Row[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

await main(process.argv.slice(2));
