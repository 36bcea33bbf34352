import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  [key: string]: Json;
}

const root = resolve(import.meta.dirname, "..");

/** The corpus of real contracts; benches need it, since speed on made-up contracts says little. */
export function findCorpus(): string {
  const corpus = resolve(root, process.env["TRILOGUE_CORPUS"] ?? "../shared/corpus");
  if (existsSync(corpus)) return corpus;
  throw new Error(`there is no corpus at ${corpus}; set TRILOGUE_CORPUS`);
}

/** The acceptance input in `folder`: 28 protos, an OpenAPI document of 100 operations, an AsyncAPI document. */
export function writeInputs(folder: string): void {
  const corpus = findCorpus();
  const protos = listProtos(join(corpus, "proto", "googleapis"), ["google/cloud/eventarc/v1", "google/cloud/kms/v1"]);
  for (const name of protos) copy(join(corpus, "proto", "googleapis", name), join(folder, "protos", name));
  if (protos.length !== 28) throw new Error(`the corpus has changed: ${protos.length} protos where 28 are expected`);
  const box = JSON.parse(readFileSync(join(corpus, "openapi", "box-3.0.json"), "utf8")) as JsonObject;
  write(join(folder, "http", "box", "v1", "openapi.json"), JSON.stringify(takeOperations(box, 100), undefined, 2));
  copy(join(corpus, "asyncapi", "deepgram", "asyncapi.yml"), join(folder, "events", "agent", "v1", "asyncapi.yaml"));
  for (const part of ["protos", "http", "events"]) {
    cpSync(join(folder, part), join(folder, "all"), { recursive: true });
  }
}

/** The protos of some folders with all that they import. */
function listProtos(protoRoot: string, folders: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name) || name.startsWith("google/protobuf/")) return;
    found.add(name);
    const text = readFileSync(join(protoRoot, name), "utf8");
    for (const [, imported = ""] of text.matchAll(/^import\s+(?:public |weak )?"([^"]+)"/gm)) visit(imported);
  };
  for (const folder of folders) {
    for (const file of readdirSync(join(protoRoot, folder))) visit(`${folder}/${file}`);
  }
  return [...found].sort();
}

const methods = new Set(["get", "put", "post", "delete", "patch", "options", "head", "trace"]);

/** The first operations of a document, with the components that they reach. */
function takeOperations(document: JsonObject, wanted: number): JsonObject {
  let count = 0;
  const paths: JsonObject = {};
  for (const [path, item] of Object.entries(document["paths"] as Record<string, JsonObject>)) {
    const kept = Object.entries(item).filter(([key]) => !methods.has(key) || count++ < wanted);
    if (kept.some(([key]) => methods.has(key))) paths[path] = Object.fromEntries(kept);
  }
  const reached = new Set<string>();
  const visit = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    const reference = (value as JsonObject)["$ref"];
    if (typeof reference === "string" && !reached.has(reference)) {
      reached.add(reference);
      visit(
        reference
          .slice(2)
          .split("/")
          .reduce<Json>((at, key) => (at as JsonObject)[key] ?? null, document),
      );
    }
    for (const entry of Object.values(value)) visit(entry as Json);
  };
  visit(paths);
  const components = Object.entries(document["components"] as Record<string, JsonObject>).map(([kind, entries]) => [
    kind,
    Object.fromEntries(
      Object.entries(entries).filter(
        ([name]) => kind === "securitySchemes" || reached.has(`#/components/${kind}/${name}`),
      ),
    ),
  ]);
  return { ...document, paths, components: Object.fromEntries(components) as JsonObject };
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
