import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { printModule } from "../../generator/src/code/print.ts";
import type { Diagnostic } from "../../generator/src/diagnostics/diagnostic.ts";
import { emitValidators } from "../../generator/src/emit/validate.ts";
import { load } from "../../generator/src/load/load.ts";
import { createSchemaLowering } from "../../generator/src/lower/schema.ts";
import type { NamedType } from "../../generator/src/model/schema.ts";
import type { Validator } from "../../runtime/src/descriptor/validate.ts";
import { root } from "./source-tree.ts";

/** The text of the validators of a JSON Schema document, and a way to run them. */
export interface CompiledValidators {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  /** The validator of the document's `$defs` entry `name`. */
  get(name: string): Promise<Validator>;
}

/** Sends a JSON Schema document through load, lowering, emitter and printer; each of its `$defs` gives a validator. */
export function compileValidators(document: object): CompiledValidators {
  const text = JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...document });
  const file = { path: "schema.json", displayPath: "schema.json", text };
  const {
    value: { loaded },
    diagnostics,
  } = load({ files: [file], entries: new Set([file.path]) });
  const found: Diagnostic[] = [...diagnostics];
  const lowering = createSchemaLowering(loaded, { report: (diagnostic) => found.push(diagnostic) });
  const [schemaDocument] = loaded.documents;
  if (schemaDocument === undefined) throw new Error(`the schema did not load: ${JSON.stringify(found)}`);
  lowering.registerAll(schemaDocument, "/$defs");
  const types = lowering.finish();
  const nameOf = (type: NamedType): string => `validate${[...types.keys()].indexOf(type.id)}`;
  const [module] = emitValidators(
    [
      {
        module: "schema_validate",
        source: "schema.json",
        validators: [...types.values()].map((type) => ({ name: nameOf(type), schema: type.schema })),
      },
    ],
    {
      types,
      validatorOf: (id) => {
        const type = types.get(id);
        return type === undefined
          ? undefined
          : { kind: "symbol", name: nameOf(type), from: { module: "schema_validate" }, isType: false };
      },
    },
  );
  if (module === undefined) throw new Error("internal: no module came out");
  const printed = printModule(module, { importExtension: "ts" }).text;
  let imported: Promise<Record<string, unknown>> | undefined;
  return {
    text: printed,
    diagnostics: found,
    get: async (name) => {
      const type = [...types.values()].find((candidate) => candidate.id.endsWith(`#/$defs/${name}`));
      if (type === undefined) throw new Error(`there is no $defs entry "${name}"`);
      imported ??= importText(printed);
      return (await imported)[nameOf(type)] as Validator;
    },
  };
}

/** Runs the text of one `_validate` module. */
export async function importText(text: string): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "trilogue-validators-"));
  try {
    const helpers = pathToFileURL(join(root, "runtime/src/codegen/v1/validate.ts")).href;
    const path = join(folder, "module.ts");
    writeFileSync(path, text.replaceAll("@trilogue/runtime/codegen/v1/validate", helpers));
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
