import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic } from "../../generator/src/diagnostics/diagnostic.ts";
import type { HttpContract, HttpOperationModel } from "../../generator/src/model/http.ts";
import type { HttpOperation, HttpService } from "../../runtime/src/descriptor/http.ts";
import type { CorpusDocument } from "../corpus/documents.ts";
import { runSteps } from "../corpus/generate-document.ts";
import { root } from "../support/source-tree.ts";
import type { Types } from "./facets.ts";

/** An operation as the model has it and as it was generated. */
export interface PreparedOperation {
  /** Its name in clients and servers. */
  readonly name: string;
  readonly model: HttpOperationModel;
  readonly descriptor: HttpOperation;
}

/** A contract, generated and imported. */
export interface PreparedContract {
  readonly service: HttpService;
  readonly operations: readonly PreparedOperation[];
}

/** A document, generated and imported. */
export interface Prepared {
  readonly types: Types;
  readonly contracts: readonly PreparedContract[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Generates a document as `trilogue gen` would, writes the output and imports it as users do. */
export async function prepareDocument(document: CorpusDocument): Promise<Prepared> {
  const { model, files, diagnostics } = await runSteps(document);
  if (model === undefined || diagnostics.some(({ severity }) => severity === "error")) {
    return { types: new Map(), contracts: [], diagnostics };
  }
  const folder = resolve(root, ".cache/roundtrip", `${document.name.replaceAll("/", "__")}-${process.pid}`);
  try {
    for (const file of files) {
      const path = join(folder, file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
    }
    const services: HttpService[] = [];
    for (const { path } of files.filter((file) => file.path.endsWith("_http.ts"))) {
      const module = (await import(pathToFileURL(join(folder, path)).href)) as object;
      services.push(...Object.values(module).filter(isService));
    }
    const contracts = model.contracts
      .filter((contract) => contract.kind === "http")
      .map((contract) => prepareContract(contract, services));
    return { types: model.types, contracts, diagnostics };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isService(value: unknown): value is HttpService {
  return (
    typeof value === "object" && value !== null && "operations" in value && "kind" in value && value.kind === "http"
  );
}

function prepareContract(contract: HttpContract, services: readonly HttpService[]): PreparedContract {
  const service = services.find(({ name }) => name === contract.fullName);
  if (service === undefined) throw new Error(`no generated service is named ${contract.fullName}`);
  const descriptors = new Map(
    Object.entries(service.operations as Readonly<Record<string, HttpOperation>>).map(([name, descriptor]) => [
      `${descriptor.method} ${descriptor.path}`,
      { name, descriptor },
    ]),
  );
  const operations = contract.operations.map((model) => {
    const found = descriptors.get(`${model.method} ${model.path}`);
    if (found === undefined) throw new Error(`no generated operation has ${model.method} ${model.path}`);
    return { ...found, model };
  });
  return { service, operations };
}
