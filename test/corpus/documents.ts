import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { root } from "../support/source-tree.ts";

/** One document to generate: the folder it may refer into, and which files of it are the contract. */
export interface CorpusDocument {
  readonly kind: "openapi" | "asyncapi" | "proto";
  /** For the table: path below the corpus. */
  readonly name: string;
  /** The contract directory. */
  readonly folder: string;
  /** Contract files, relative to `folder`; for protos all of them. */
  readonly entries: readonly string[];
}

/** The corpus folder; undefined when it is not there. */
export function findCorpus(): string | undefined {
  const folder = resolve(root, process.env["TRILOGUE_CORPUS"] ?? "../shared/corpus");
  return existsSync(folder) ? folder : undefined;
}

/** The committed sample, laid out as the corpus is. */
export const sampleFolder: string = join(root, "test/corpus/sample");

/** Every document of a corpus folder, in order. A file is a document when its content says so. */
export function listDocuments(corpus: string): readonly CorpusDocument[] {
  return [...listHttp(corpus), ...listEvents(corpus), ...listProtos(corpus)];
}

function listHttp(corpus: string): CorpusDocument[] {
  return listFiles(join(corpus, "openapi"), (path) => isDocument(path, ["openapi", "swagger"])).map((path) =>
    toDocument("openapi", corpus, path),
  );
}

function listEvents(corpus: string): CorpusDocument[] {
  return listFiles(join(corpus, "asyncapi"), (path) => isDocument(path, ["asyncapi"])).map((path) =>
    toDocument("asyncapi", corpus, path),
  );
}

function listProtos(corpus: string): CorpusDocument[] {
  const folder = join(corpus, "proto");
  const entries = listFiles(folder, (path) => path.endsWith(".proto")).map((path) => relative(folder, path));
  return entries.length === 0 ? [] : [{ kind: "proto", name: "proto", folder, entries }];
}

/** Documents in a folder of their own may refer to files around them; single ones stand alone. */
function toDocument(kind: "openapi" | "asyncapi", corpus: string, path: string): CorpusDocument {
  const parts = relative(join(corpus, kind), path).split("/");
  const folder = parts.length === 1 ? join(corpus, kind) : join(corpus, kind, parts[0] ?? "");
  return { kind, name: relative(corpus, path), folder, entries: [relative(folder, path)] };
}

function listFiles(folder: string, isWanted: (path: string) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && isWanted(path))
    .sort();
}

/** YAML keys stand at the start of a line; JSON may have them anywhere, so its version is looked for as well. */
function isDocument(path: string, keys: readonly string[]): boolean {
  if (!/\.(?:ya?ml|json)$/.test(path)) return false;
  const text = readFileSync(path, "utf8");
  return keys.some((key) =>
    (path.endsWith(".json")
      ? new RegExp(`"${key}"\\s*:\\s*"[23]\\.\\d`)
      : new RegExp(`^["']?${key}["']?\\s*:`, "m")
    ).test(text),
  );
}
