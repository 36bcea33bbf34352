import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic } from "../../generator/src/diagnostics/diagnostic.ts";
import type { HttpContract, HttpOperationModel } from "../../generator/src/model/http.ts";
import type { HttpOperation, HttpService, HttpWebhooks } from "../../runtime/src/descriptor/http.ts";
import { webhooksAt } from "../../runtime/src/http/webhooks-at.ts";
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
  /** Webhooks and callbacks as generated, before `service` gave them paths: senders are made of them. */
  readonly hooks?: HttpWebhooks;
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
      .flatMap((contract) => [prepareContract(contract, services), ...prepareHooks(contract, services)]);
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
  const service = serviceNamed(contract.fullName, services);
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

/** The webhooks and callbacks of a contract, each at a path of its own; none when there are none. */
function prepareHooks({ webhooks, webhooksName }: HttpContract, services: readonly HttpService[]): PreparedContract[] {
  if (webhooks.length === 0) return [];
  const hooks = serviceNamed(webhooksName, services) as HttpWebhooks;
  const names = Object.keys(hooks.operations);
  const paths = Object.fromEntries(names.map((name, at) => [name, `/hooks/${at}` as const]));
  const service = webhooksAt(hooks, paths as never);
  const left = new Map(Object.entries(service.operations as Readonly<Record<string, HttpOperation>>));
  const operations = webhooks.map((model) => {
    const found = [...left].find(([, descriptor]) => isSameHook(model, descriptor));
    if (found === undefined) throw new Error(`no generated webhook is ${model.name}`);
    const [name, descriptor] = found;
    left.delete(name);
    return { name, descriptor, model };
  });
  return [{ service, hooks, operations }];
}

/** Those that are alike in all of this come in the same order. */
function isSameHook(
  { hook, method }: HttpOperationModel,
  { webhook, callback, ...descriptor }: HttpOperation,
): boolean {
  if (hook === undefined || method !== descriptor.method) return false;
  if (hook.kind === "webhook") return hook.name === webhook;
  return hook.name === callback?.name && hook.expression === callback.expression;
}

function serviceNamed(fullName: string, services: readonly HttpService[]): HttpService {
  const service = services.find(({ name }) => name === fullName);
  if (service === undefined) throw new Error(`no generated service is named ${fullName}`);
  return service;
}
