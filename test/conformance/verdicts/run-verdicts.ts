import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { generate } from "../../../generator/src/generate.ts";
import type { Validator } from "../../../runtime/src/descriptor/validate.ts";
import { root } from "../../support/source-tree.ts";

/** A schema with values that fit it and values that don't; a note where Ajv can't be asked. */
export type VerdictCase = readonly [
  name: string,
  schema: object,
  good: readonly unknown[],
  bad: readonly unknown[],
  withoutAjv?: string,
];

/** One value with what it should be, what our validator says and what Ajv 2020 says. */
export interface ValueVerdict {
  readonly name: string;
  readonly value: unknown;
  readonly expected: boolean;
  readonly actual: boolean | undefined;
  /** Undefined where Ajv can't be asked: it doesn't know OpenAPI 3.0, nor mappings. */
  readonly ajv: boolean | undefined;
}

/** Generates one OpenAPI document with all schemas as components and asks the validator of each for its values. */
export async function runVerdicts(
  version: string,
  helpers: Readonly<Record<string, object>>,
  cases: readonly VerdictCase[],
): Promise<readonly ValueVerdict[]> {
  const schemas = { ...helpers, ...Object.fromEntries(cases.map(([, schema], index) => [`Case${index}`, schema])) };
  const module = await compile({
    openapi: version,
    info: { title: "Verdicts", version: "1" },
    components: { schemas },
  });
  return cases.flatMap(([name, , good, bad, withoutAjv], index) => {
    const validate = module[`validateCase${index}`] as Validator | undefined;
    const ajv = version.startsWith("3.1") && withoutAjv === undefined ? askAjv(schemas, `Case${index}`) : undefined;
    return [...good.map((value) => [value, true] as const), ...bad.map((value) => [value, false] as const)].map(
      ([value, expected]) => ({ name, value, expected, actual: validate?.(value), ajv: ajv?.(value) }),
    );
  });
}

async function compile(document: object): Promise<Readonly<Record<string, unknown>>> {
  const file = { path: "api.json", displayPath: "api.json", text: JSON.stringify(document) };
  const { files, diagnostics } = generate(
    { files: [file], entries: new Set([file.path]) },
    { importExtension: "ts", messages: "own" },
  );
  const module = files.find(({ path }) => path === "api_validate.ts");
  if (module === undefined) throw new Error(`no validators: ${diagnostics.map(({ message }) => message).join("\n")}`);
  const folder = mkdtempSync(join(tmpdir(), "trilogue-verdicts-"));
  try {
    const helpers = pathToFileURL(join(root, "runtime/src/codegen/v1/validate.ts")).href;
    const path = join(folder, "module.ts");
    writeFileSync(path, module.text.replaceAll("@trilogue/runtime/codegen/v1/validate", helpers));
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// As it comes: formats are a package of their own, and inherited names are read as properties.
function askAjv(schemas: object, name: string): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });
  const text = JSON.stringify({ $defs: schemas }).replaceAll("#/components/schemas/", "#/$defs/");
  const document = JSON.parse(text) as object;
  const validate = ajv.compile({ ...document, $ref: `#/$defs/${name}` });
  return (value) => validate(value) === true;
}
